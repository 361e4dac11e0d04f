"""A person's places in time: how a planned one fits between those that are known."""

from datetime import date

from people.services.load_state import PlannedPlace


def settle(places: list[PlannedPlace], place: PlannedPlace) -> bool:
    """Fit a place into a person's timeline; whether anything changed.

    A place that holds on the first day is confirmed when it says the same, replaced when it
    starts on the same day, and closed otherwise. What starts later stays and bounds the new one.
    """
    current = next((one for one in places if _holds(one, place.valid_from)), None)
    if current is not None and current.content == place.content:
        return _end(current, place.valid_to, places)
    end = current.valid_to if current and place.valid_to is None else place.valid_to
    place.valid_to = _bounded(place.valid_from, end, places)
    if current is None:
        places.append(place)
        return True
    if current.valid_from == place.valid_from:
        current.team, current.role, current.manager = place.team, place.role, place.manager
        current.share, current.valid_to = place.share, place.valid_to
    else:
        current.valid_to = place.valid_from
        places.append(place)
    current.dirty = True
    return True


def _holds(place: PlannedPlace, day: date) -> bool:
    return place.valid_from <= day and (place.valid_to is None or day < place.valid_to)


def _end(current: PlannedPlace, end: date | None, places: list[PlannedPlace]) -> bool:
    """Let a confirmed place end as the row says, where a later place does not end it before."""
    bounded = _bounded(current.valid_from, end, places)
    if end is None or bounded == current.valid_to:
        return False
    current.valid_to, current.dirty = bounded, True
    return True


def _bounded(start: date, end: date | None, places: list[PlannedPlace]) -> date | None:
    ends = [one.valid_from for one in places if one.valid_from > start]
    return min([*ends, *([end] if end else [])], default=None)
