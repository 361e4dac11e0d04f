"""Who may make, change and give badges."""

from collections.abc import Callable, Collection
from datetime import date
from functools import cache

from challenges.badges.visibility import colleagues
from challenges.models import Badge, BadgeAward
from people import access
from people.access import Area, Viewer
from people.queries import people_on, team_ids_above, team_ids_below


def may_make(viewer: Viewer, team_id: int | None) -> bool:
    """A badge for everybody is an administrator's affair; one of a team also its leader's."""
    if viewer.is_admin:
        return True
    return team_id is not None and access.can_configure(viewer, Area.CHALLENGES, team_ids=[team_id])


def may_change(viewer: Viewer, badge: Badge) -> bool:
    """As for a new one of the same team."""
    return may_make(viewer, badge.team_id)


def may_make_any(viewer: Viewer) -> bool:
    """Whether there is anything that the viewer could make."""
    return viewer.is_admin or bool(viewer.led_team_ids)


def may_meet(viewer: Viewer) -> Callable[[Badge], bool]:
    """Whether a badge is one that the viewer, a colleague or somebody whom the viewer leads can
    have. Two queries with the first badge of a team, none for who sees everybody."""
    if viewer.is_admin or access.figures_scope(viewer).everyone:
        return lambda _badge: True

    @cache
    def teams() -> frozenset[int]:
        mine = frozenset(viewer.own_team_ids | viewer.led_team_ids)
        return team_ids_above(mine) | team_ids_below(mine) if mine else frozenset()

    return lambda badge: badge.team_id is None or badge.team_id in teams()


def receivers(viewer: Viewer) -> frozenset[int]:
    """To whom the viewer may give a badge: the colleagues of the own teams, and the people led."""
    return (colleagues(viewer) | access.led_people(viewer)) - {viewer.person_id or 0}


def may_give(viewer: Viewer) -> bool:
    """Whether there are badges that the viewer could give."""
    return viewer.is_rep or viewer.is_manager


def may_withdraw(viewer: Viewer, award: BadgeAward) -> bool:
    """Who gave the badge, and administrators; nobody an earned one, nor their own."""
    if award.given_by_id is None or viewer.user_id is None or award.person_id == viewer.person_id:
        return False
    return viewer.is_admin or award.given_by_id == viewer.user_id


def is_for_any(badge: Badge, person_ids: Collection[int], day: date) -> bool:
    """Whether the badge is for one of the people: one of a team is for those who are there."""
    if badge.team_id is None:
        return True
    return any(row.person_id in person_ids for row in people_on(day, badge.team_id))


def leads(viewer: Viewer, person_id: int) -> bool:
    """Whether the viewer leads the person."""
    return person_id in access.led_people(viewer)


def visible_teams(viewer: Viewer, all_ids: Collection[int]) -> frozenset[int]:
    """Teams whose jerseys the viewer may look at: the own, the led, all for who sees all."""
    if access.figures_scope(viewer).everyone:
        return frozenset(all_ids)
    return frozenset(viewer.own_team_ids | viewer.led_team_ids)
