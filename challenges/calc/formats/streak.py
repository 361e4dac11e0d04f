"""Format 27, streak: consecutive own working days or weeks that meet a minimum.

Days that are not the person's (weekends, public holidays, leave, days off of a part-timer,
before joining, after leaving, whole days of a pause) freeze the streak: they neither add nor
break.  A week's minimum is lowered to the share of its usual working days that were the person's,
so by a public holiday as by a day of leave; a week without any freezes.  Where of a part-timer only
the share is known, `days_off` says which days are free, and the week's minimum is lowered by the
share.
A day or week that is still running cannot break the streak yet.  A repair token saves a missed
one: it adds nothing, and the streak goes on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from challenges.calc.formats.base import Case, Effect, Format, Score, day_in, last_moment, text_of
from challenges.calc.formats.days_off import share_in, with_days_off
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.notes import Note, note
from challenges.calc.records import Record
from challenges.calc.roster import usual_days
from challenges.calc.shapes import Choice, Field, Number, Obj, Values, Whole
from kernel.issues import N_
from kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Streak:
    """What must be met in each day or week, how many misses are repaired, which run counts."""

    measure: Measure
    by_week: bool
    minimum: Fraction
    repairs: int
    current: bool


@dataclass(frozen=True, slots=True)
class _Unit:
    """One day or week: its records, what it needs (None is frozen), and whether it is over."""

    records: tuple[Record, ...]
    needs: Fraction | None
    over: bool


@dataclass(slots=True)
class _Run:
    length: int
    records: list[Record]


def _build(values: Values) -> Streak:
    return Streak(
        measure_from(values),
        values["per"] == "week",
        values["at_least"],
        values["repairs"],
        values["counts"] == "current",
    )


def _score(params: Streak, case: Case) -> Score:
    run = _run(params, case)
    effects = tuple(Effect(record, params.measure.of(record)) for record in run.records)
    return Score(Fraction(run.length), effects, achieved_at=last_moment(effects))


def _run(params: Streak, case: Case) -> _Run:
    best, now, repairs = _Run(0, []), _Run(0, []), params.repairs
    for unit in _units(params, case):
        if unit.needs is None:
            continue
        if params.measure.total(unit.records) >= unit.needs:
            now = _Run(now.length + 1, [*now.records, *unit.records])
        elif unit.over and now.length and repairs:
            repairs -= 1
        elif unit.over:
            now = _Run(0, [])
        # the first of equal runs is the one that is shown
        best = now if now.length > best.length else best
    return now if params.current else best


def _units(params: Streak, case: Case) -> Iterator[_Unit]:
    ground = case.ground
    by_day: dict[date, list[Record]] = {}
    for record in case.records:
        if record.metric == params.measure.metric:
            by_day.setdefault(day_in(record, ground), []).append(record)
    today = ground.as_of.astimezone(ground.zone).date()
    case = case if params.by_week else _with_days_off(params, case, by_day)
    for period in _periods(params, ground.period):
        if period.start > today:
            return
        days = list(period.dates())
        records = tuple(record for day in days for record in by_day.get(day, ()))
        yield _Unit(records, _needs(params, case, period), over=period.end <= today)


def _with_days_off(params: Streak, case: Case, by_day: Mapping[date, Sequence[Record]]) -> Case:
    ground = case.ground

    def met(day: date) -> bool:
        # a day of a pause asks for nothing, so it takes none of the free ones either
        return day in ground.paused or params.measure.total(by_day.get(day, ())) != 0

    return replace(case, person=with_days_off(case.person, ground.period, met, ground.calendar))


def _periods(params: Streak, window: Period) -> Iterator[Period]:
    if not params.by_week:
        yield from (Period.day(day) for day in window.dates())
        return
    monday = window.start - timedelta(days=window.start.weekday())
    while monday < window.end:
        part = Period.week(monday).overlap(window)
        if part is not None:
            yield part
        monday += timedelta(days=7)


def _needs(params: Streak, case: Case, period: Period) -> Fraction | None:
    calendar, paused = case.ground.calendar, case.ground.paused
    days = [day for day in period.dates() if day not in paused]
    own = sum(1 for day in days if case.person.works_on(day, calendar))
    if own == 0:
        return None
    if not params.by_week:
        return params.minimum
    week = Period.week(period.start)
    usual = usual_days(case.person, week, calendar)
    return params.minimum * share_in(case.person, week, calendar) * own / usual


def _describe(params: Streak) -> Sequence[Note]:
    template = (
        N_("The score counts consecutive working weeks with at least {least} “{metric}”.")
        if params.by_week
        else N_("The score counts consecutive working days with at least {least} “{metric}”.")
    )
    found = [
        note("score", template, least=text_of(params.minimum), metric=params.measure.metric),
        note("frozen", N_("Leave, holidays and days off neither add nor break.")),
        _part_time(params),
    ]
    if params.repairs:
        repairs = str(params.repairs)
        found.append(note("repairs", N_("{repairs} missed ones are forgiven."), repairs=repairs))
    if params.current:
        found.append(note("current", N_("The run that lasts until now counts.")))
    else:
        found.append(note("longest", N_("The longest run counts.")))
    return found


def _part_time(params: Streak) -> Note:
    if params.by_week:
        template = N_("Who works part-time needs their share of the minimum in a week.")
        return note("part_time_week", template)
    template = N_(
        "Who works part-time, and whose weekdays are not known, has in each week as many days off "
        "as their share leaves free: days without a record, the first ones."
    )
    return note("part_time_day", template)


FORMAT = Format(
    key="streak",
    title=N_("Streak"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "per": Field(Choice(("day", "week")), "working days or ISO weeks", default="day"),
            "at_least": Field(
                Number(above=0), "what each day or week must reach", default=Fraction(1)
            ),
            "repairs": Field(Whole(0, 100), "how many misses are forgiven", default=0),
            "counts": Field(
                Choice(("longest", "current")), "which run is the score", default="longest"
            ),
        }
    ),
    build=_build,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    daily=True,
    takes_charges=False,
)
