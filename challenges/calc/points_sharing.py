"""How the points prize of a team reaches its members. Pure."""


def team_part(points: int, members: int) -> int:
    """The part of each: equal whole points; what does not divide stays with the company, so that
    no order of names decides who gets more."""
    return points // members
