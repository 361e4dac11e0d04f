"""A person's own target for the window: dated targets and presence, by working days."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from challenges.calc.formats.base import OwnTarget
from challenges.calc.notes import Note, note
from challenges.calc.roster import ALWAYS, Person, Span, Target, full_days, own_days
from challenges.calc.rules import Rules, ScoresFrom
from kernel.calendars import WorkCalendar
from kernel.issues import N_
from kernel.numbers import as_text
from kernel.periods import Period

EVERY_DAY = WorkCalendar(weekdays=frozenset(range(7)))


def own_target(
    rules: Rules,
    person: Person,
    metric: str,
    period: Period,
    calendar: WorkCalendar,
    spans: Sequence[Span] = ALWAYS,
) -> OwnTarget | None:
    """The sum over dated targets of target x own working days / working days of the window.

    A target named for the metric goes before one that fits any. None when there is none. With
    `prorate: false` presence does not matter. `spans` limits it to membership of one team. A
    window without any working day counts all days.
    """
    chosen = [t for t in person.targets if t.metric == metric] or [
        t for t in person.targets if t.metric is None
    ]
    if not chosen:
        return None
    if full_days(person, period, calendar) == 0:
        person, calendar = replace(person, weekdays=None), EVERY_DAY
    whole = full_days(person, period, calendar)
    parts = [
        (target, _days(rules, person, target.span.both(span).within(period), calendar))
        for target in chosen
        for span in spans
    ]
    value = sum((target.value * days / whole for target, days in parts), Fraction(0))
    notes = tuple(_why(target, days, whole) for target, days in parts if days < whole)
    return OwnTarget(value, notes)


def _days(rules: Rules, person: Person, span: Period | None, calendar: WorkCalendar) -> int:
    if span is None:
        return 0
    if not rules.prorate:
        return full_days(person, span, calendar)
    joining = rules.entrants.scores_from is ScoresFrom.JOINING
    return own_days(person, span, calendar, joining=joining)


def _why(target: Target, days: int, whole: int) -> Note:
    return note(
        "prorated",
        N_("Target {whole}, for {days} of {all} working days: {value}."),
        whole=as_text(target.value),
        days=str(days),
        all=str(whole),
        value=as_text(target.value * days / whole),
    )
