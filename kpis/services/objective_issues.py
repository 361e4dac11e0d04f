"""What can be wrong with an objective, each with its remedy."""

from collections.abc import Iterable
from datetime import date, timedelta
from difflib import get_close_matches
from fractions import Fraction

from kernel.issues import N_, Issue, Place, error
from kernel.numbers import as_text

PLACES = 6
LARGEST = 10**15
HEAVIEST = 10**5


def range_issues(start: date | None, end: date | None, place: Place) -> list[Issue]:
    """What is wrong with the dates."""
    if start is None or end is None:
        return [
            error(
                "objective.dates_missing",
                N_("The first day and the day after the last are needed."),
                N_("Write both dates; the second is exclusive (2026-12-01 ends with November)."),
                place,
            )
        ]
    if start >= end:
        return [
            error(
                "objective.dates_order",
                N_("The objective ends on {end}, before it begins on {start}."),
                N_("Choose an end after the start."),
                place,
                start=start,
                end=end,
            )
        ]
    return []


def target_issues(target: Fraction | None, place: Place) -> list[Issue]:
    """What is wrong with the value."""
    if target is None:
        return [
            error("objective.target_missing", N_("The target is missing."),
                  N_("Write a number in the unit of the KPI."), place)
        ]  # fmt: skip
    if (target * 10**PLACES).denominator != 1 or not 0 <= target < LARGEST:
        return [
            error(
                "objective.target_range",
                N_('"{target}" cannot be a target.'),
                N_("Write a number from 0, with at most {places} decimals."),
                place,
                target=as_text(target),
                places=PLACES,
            )
        ]
    return []


def weight_issues(weight: Fraction | None, place: Place) -> list[Issue]:
    """What is wrong with the weight; none given is right."""
    if weight is None or ((weight * 1000).denominator == 1 and 0 < weight < HEAVIEST):
        return []
    return [
        error(
            "objective.weight_range",
            N_('"{weight}" cannot be a weight.'),
            N_("Write a number over 0 and under {most}, with at most 3 decimals."),
            place.under("weight"),
            weight=as_text(weight),
            most=HEAVIEST,
        )
    ]


def unknown_kpi(name: str, text: str, known: Iterable[str], place: Place) -> Issue:
    """A KPI that does not exist, with the closest match."""
    near = get_close_matches(text, sorted(known), n=1)
    return error(
        "objective.unknown_kpi",
        N_('There is no KPI "{text}".'),
        N_('Did you mean "{closest}"?') if near else N_("Use the key of a KPI of the dictionary."),
        place.under(name),
        text=text,
        closest=near[0] if near else "",
    )


_SCOPES = {
    "person": N_('Nobody is called "{text}".'),
    "team": N_('There is no team "{text}".'),
    "role": N_('There is no role "{text}".'),
}


def not_found(name: str, text: str, place: Place) -> Issue:
    """A person, team or role that does not exist."""
    remedy = N_("Use a number, an e-mail address, a key or a name that is known.")
    return error(f"objective.unknown_{name}", _SCOPES[name], remedy, place.under(name), text=text)


def ambiguous(name: str, text: str, place: Place) -> Issue:
    """A name that several have."""
    return error(
        "objective.ambiguous",
        N_('"{text}" can mean more than one.'),
        N_("Use the number or the key instead of the name."),
        place.under(name),
        text=text,
    )


def one_scope(place: Place) -> Issue:
    """None or several of person, team and role."""
    return error(
        "objective.one_scope",
        N_("An objective is for one person, one team or one role."),
        N_("Fill exactly one of person, team and role."),
        place,
    )


def overlaps(start: date | None, end: date | None, place: Place) -> Issue:
    """Another objective of the same scope and KPI on some of the days."""
    return error(
        "objective.overlap",
        N_("There is already an objective from {start} to {end} for the same KPI."),
        N_("Use the same dates to amend it, or dates that do not overlap."),
        place,
        start=start or "",
        # people say the last day, not the day after it
        end=end - timedelta(days=1) if end else "",
    )


def said_twice(line: int, place: Place) -> Issue:
    """Two rows of a file for the same scope and KPI on some of the days."""
    return error(
        "objective.said_twice",
        N_("Row {row} has an objective for the same KPI and some of the same days."),
        N_("Keep one of the two rows, or give them days that do not overlap."),
        place,
        row=line,
    )


def no_reason(place: Place) -> Issue:
    """A change without a reason."""
    return error(
        "objective.reason_missing",
        N_("A changed objective needs a reason."),
        N_("Say in a sentence why; the person sees both values and the reason."),
        place.under("reason"),
    )
