"""Format 23, power hour: only what happens within the named hours counts.

The hours are dated, or repeated by the clock of the challenge's zone on days of the week; what
lies in several of them counts once, in the one that began first.  A record that carries only a
date happened in no hour.  Arrival plays no part: the business time alone places a record.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from challenges.calc.formats.base import Case, Effect, Format, Frame, Score, last_moment, text_of
from challenges.calc.formats.hours import (
    Dated,
    Repeated,
    check_clocks,
    check_dated,
    check_some,
    dated_from,
    repeated_from,
)
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.most import HIGHEST_WINS
from challenges.calc.moments import iso_in
from challenges.calc.notes import Note, note
from challenges.calc.records import Charge, Record
from challenges.calc.shapes import Choice, Clock, Field, ListOf, MomentText, Number, Obj, Values
from kernel.issues import N_, Issue, error

OUTSIDE = note("outside_hours", N_("It happened outside the power hours."))
ONLY_A_DAY = note("only_a_day", N_("Only its day is known, so it lies in no power hour."))
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SLOWEST = 10


@dataclass(frozen=True, slots=True)
class PowerHour:
    """What is added up, and in which hours; `feed_delay` are minutes, as stated."""

    measure: Measure
    dated: tuple[Dated, ...]
    repeated: tuple[Repeated, ...]
    feed_delay: Fraction = Fraction(0)

    @property
    def bearable(self) -> Fraction:
        """Minutes after which a record must have arrived to be seen in its hour."""
        return _shortest(self.dated, self.repeated) / SLOWEST


def _build(values: Values) -> PowerHour:
    repeated = repeated_from(values["repeated"], WEEKDAYS)
    return PowerHour(measure_from(values), (), repeated, values["feed_delay"])


def _timed(params: PowerHour, values: Values, frame: Frame) -> PowerHour:
    return replace(params, dated=dated_from(values["hours"], frame, []))


def _check(values: Values, issues: list[Issue]) -> None:
    if not values["hours"] and not values["repeated"]:
        issues.append(
            error(
                "no_hours",
                N_("There is no power hour."),
                N_("Write “hours” with a start and an end, or “repeated” with times."),
                values.at("hours"),
            )
        )
    check_clocks(values["repeated"], issues)


def _check_in(values: Values, frame: Frame, issues: list[Issue]) -> None:
    before = len(issues)
    dated = dated_from(values["hours"], frame, issues)
    check_dated(values["hours"], dated, frame, issues)
    repeated = repeated_from(values["repeated"], WEEKDAYS)
    check_some(values, repeated, frame, issues)
    if len(issues) == before and (dated or repeated):
        _check_feed(values, dated, repeated, issues)


def _check_feed(
    values: Values, dated: Sequence[Dated], repeated: Sequence[Repeated], issues: list[Issue]
) -> None:
    """The board of an hour whose records arrive too late to be seen in it is worth nothing."""
    shortest = _shortest(dated, repeated)
    delay: Fraction = values["feed_delay"]
    if delay * SLOWEST > shortest:
        issues.append(
            error(
                "slow_feed",
                N_(
                    "Records that arrive {delay} minutes later are too slow for a power hour of "
                    "{minutes} minutes: at most a tenth of it is possible."
                ),
                N_("Choose longer hours, or connect a faster source."),
                values.at("feed_delay"),
                delay=text_of(delay),
                minutes=text_of(shortest),
            )
        )


def _shortest(dated: Sequence[Dated], repeated: Sequence[Repeated]) -> Fraction:
    lengths = [Fraction((one.end - one.start) // timedelta(seconds=1), 60) for one in dated]
    return min([*lengths, *(Fraction(one.until - one.since) for one in repeated)])


def _score(params: PowerHour, case: Case) -> Score:
    effects: list[Effect] = []
    aside: list[tuple[Record, Note]] = []
    totals: dict[datetime, Fraction] = {}
    charged = Fraction(0)
    for record in case.records:
        if record.metric != params.measure.metric:
            continue
        if isinstance(record, Charge):
            charged += params.measure.of(record)
            effects.append(Effect(record, params.measure.of(record)))
            continue
        began = None if record.date_only else _hour_of(params, case, record)
        if began is None:
            aside.append((record, ONLY_A_DAY if record.date_only else OUTSIDE))
            continue
        amount = params.measure.of(record)
        totals[began] = totals.get(began, Fraction(0)) + amount
        effects.append(Effect(record, amount, iso_in(began, case.ground.zone)))
    return Score(
        sum(totals.values(), charged),
        tuple(effects),
        achieved_at=last_moment(effects),
        notes=tuple(_total(case, began, totals[began]) for began in sorted(totals)),
        set_aside=tuple(aside),
    )


def _total(case: Case, began: datetime, value: Fraction) -> Note:
    start = iso_in(began, case.ground.zone)
    return note("hour", N_("Power hour of {start}: {value}."), start=start, value=text_of(value))


def _hour_of(params: PowerHour, case: Case, record: Record) -> datetime | None:
    """When the hour began in which the record happened."""
    return min(_hours_of(params, case, record), default=None)


def _hours_of(params: PowerHour, case: Case, record: Record) -> Iterator[datetime]:
    yield from (h.start for h in params.dated if h.start <= record.occurred_at < h.end)
    local = record.occurred_at.astimezone(case.ground.zone)
    yield from (h.began(local) for h in params.repeated if h.contains(local))


DAYS = (
    N_("Mondays from {from} until just before {until}."),
    N_("Tuesdays from {from} until just before {until}."),
    N_("Wednesdays from {from} until just before {until}."),
    N_("Thursdays from {from} until just before {until}."),
    N_("Fridays from {from} until just before {until}."),
    N_("Saturdays from {from} until just before {until}."),
    N_("Sundays from {from} until just before {until}."),
)
EVERY_DAY = N_("Every day from {from} until just before {until}.")
MONDAY_TO_FRIDAY = N_("Monday to Friday from {from} until just before {until}.")


def _describe(params: PowerHour) -> Sequence[Note]:
    template = (
        N_("The score is the number of “{metric}” records in the power hours.")
        if params.measure.count
        else N_("The score is the total of “{metric}” in the power hours.")
    )
    found = [note("score", template, metric=params.measure.metric)]
    for hour in params.repeated:
        times = {"from": _clock(hour.since), "until": _clock(hour.until)}
        found.extend(note("repeated", said, **times) for said in _days(hour))
    template = N_("From {start} until just before {end}.")
    for one in params.dated:
        start, end = one.start.isoformat(), one.end.isoformat()
        found.append(note("dated", template, start=start, end=end))
    return (*found, HIGHEST_WINS)


def _days(hour: Repeated) -> Sequence[str]:
    match sorted(hour.days):
        case [0, 1, 2, 3, 4, 5, 6]:
            return (EVERY_DAY,)
        case [0, 1, 2, 3, 4]:
            return (MONDAY_TO_FRIDAY,)
        case days:
            return tuple(DAYS[day] for day in days)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


HOUR = Obj(
    {
        "start": Field(MomentText(), "first moment of the hour", required=True),
        "end": Field(MomentText(), "first moment after it", required=True),
    }
)
REPEATED = Obj(
    {
        "days": Field(ListOf(Choice(WEEKDAYS), 1, 7), "days of the week; every day if not written"),
        "from": Field(Clock(), "first minute, by the clock of the zone", required=True),
        "to": Field(Clock(), "first minute after it, of the same day; 24:00 too", required=True),
    }
)

FORMAT = Format(
    key="power_hour",
    title=N_("Power hour"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "hours": Field(ListOf(HOUR, 0, 100), "single hours with their dates", default=()),
            "repeated": Field(
                ListOf(REPEATED, 0, 20), "hours that come back every day or week", default=()
            ),
            "feed_delay": Field(
                Number(at_least=0),
                "minutes after which a record has arrived; at most a tenth of the shortest hour",
                required=True,
            ),
        }
    ),
    build=_build,
    check=_check,
    check_in=_check_in,
    timed=_timed,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
)
