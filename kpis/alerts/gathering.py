"""What each rule sees of each person on a day: figures are read, `kpis.calc.alerts` judges."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import singledispatch
from typing import Any

from kernel.numbers import as_text
from kernel.periods import Period, start_of_day
from kpis.alerts.reading import Reader
from kpis.calc.alerts import judging
from kpis.calc.alerts.judging import Observation
from kpis.calc.alerts.rules import (
    Crossed,
    DealAtRisk,
    Demotivation,
    Level,
    Pace,
    RuleSheet,
    Silence,
    Stall,
    Trend,
)
from kpis.engine.attention import open_deals
from kpis.queries.objectives import ObjectiveRow, objectives_in, pace_of
from people import queries as people
from people.queries import AssignmentRow

DEAL = "deal:"
"""How the subject of an alert about a deal begins; its id follows."""
Cause = tuple[int, int, str]
"""Rule, person, and the KPI, objective or deal."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in force, and the teams whose people it is for (None: all)."""

    id: int
    sheet: RuleSheet
    team_ids: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule saw: of whom, of what, over which days; `name` is that of a deal, `planned` the
    closing date that it is past."""

    person_id: int
    subject: str
    window: Period
    found: Observation
    kpi: str = ""
    name: str = ""
    planned: date | None = None

    def as_json(self) -> dict[str, Any]:
        """For storage: exact numbers as texts."""
        part = self.found.part
        return {
            "kpi": self.kpi,
            "name": self.name,
            "planned": None if self.planned is None else self.planned.isoformat(),
            "from": self.window.start.isoformat(),
            "to": self.window.end.isoformat(),
            "value": as_text(self.found.value),
            "against": as_text(self.found.against),
            "part": None if part is None else as_text(part),
            "holds": self.found.holds,
        }


def seen_by(
    rules: Sequence[RuleRow], sellers: Sequence[AssignmentRow], day: date
) -> Mapping[Cause, Seen]:
    """What the rules see on the morning of `day`, by cause.

    The number of statements grows with the number of rules and of different periods of objectives,
    not with the number of people.
    """
    reader = Reader(sellers, day)
    found: dict[Cause, Seen] = {}
    for row in rules:
        chosen = [one for one in sellers if _is_for(row, one)]
        for seen in _looked(row.sheet.rule, reader, chosen) if chosen else ():
            found[row.id, seen.person_id, seen.subject] = seen
    return found


def _is_for(row: RuleRow, seller: AssignmentRow) -> bool:
    roles = row.sheet.roles
    return (not roles or seller.role_key in roles) and (
        row.team_ids is None or seller.team_id in row.team_ids
    )


@singledispatch
def _looked(rule: object, _reader: Reader, _sellers: Sequence[AssignmentRow]) -> Iterator[Seen]:
    raise TypeError(rule)


@_looked.register
def _level(rule: Level, reader: Reader, sellers: Sequence[AssignmentRow]) -> Iterator[Seen]:
    window = reader.last_days(rule.days)
    for one in sellers:
        for key in reader.keys_of(one.role_key, rule.kpi):
            if not reader.was_there(one.person_id, window):
                continue
            found = judging.level(rule, reader.figure(one.person_id, key, window, [key]))
            if found is not None:
                yield Seen(one.person_id, key, window, found, key)


@_looked.register
def _trend(rule: Trend, reader: Reader, sellers: Sequence[AssignmentRow]) -> Iterator[Seen]:
    window = reader.last_days(rule.days)
    before = reader.days_before(window, rule.days)
    both = Period(before.start, window.end)
    keys = {one.person_id: reader.counts_of(one.role_key, rule.kpi) for one in sellers}
    every = sorted({key for found in keys.values() for key in found})
    for one in sellers:
        for key in keys[one.person_id] if reader.was_there(one.person_id, both) else ():
            seen = judging.trend(
                rule,
                reader.known.kpi(key).better,
                reader.figure(one.person_id, key, window, every),
                reader.figure(one.person_id, key, before, every),
            )
            if seen is not None:
                yield Seen(one.person_id, key, window, seen, key)


@_looked.register
def _stall(rule: Stall, reader: Reader, sellers: Sequence[AssignmentRow]) -> Iterator[Seen]:
    window = reader.last_days(rule.days, with_today=True)
    before = reader.days_before(window, 2 * rule.days)
    whole = Period(before.start, reader.day)
    keys = {one.person_id: reader.counts_of(one.role_key, rule.kpi) for one in sellers}
    every = sorted({key for found in keys.values() for key in found})
    for one in sellers:
        for key in keys[one.person_id] if _may_stall(reader, one.person_id, whole) else ():
            seen = judging.stall(
                rule,
                reader.figure(one.person_id, key, window, every),
                reader.figure(one.person_id, key, before, every),
            )
            if seen is not None:
                yield Seen(one.person_id, key, window, seen, key)


def _may_stall(reader: Reader, person_id: int, whole: Period) -> bool:
    return whole.start < whole.end and reader.was_there(person_id, whole)


@_looked.register
def _silence(rule: Silence, reader: Reader, sellers: Sequence[AssignmentRow]) -> Iterator[Seen]:
    window = reader.last_days(rule.days, with_today=True)
    if not reader.traces:
        return
    records = reader.records(window)
    for one in sellers:
        if reader.was_there(one.person_id, window):
            found = judging.silence(rule, records.get(one.person_id, judging.ZERO))
            yield Seen(one.person_id, "", window, found)


@_looked.register
def _crossed(rule: Crossed, reader: Reader, sellers: Sequence[AssignmentRow]) -> Iterator[Seen]:
    window = reader.last_days(rule.days)
    keys = {
        one.person_id: [
            key
            for key in reader.keys_of(one.role_key, rule.kpi)
            if reader.known.kpi(key).bands.bad is not None
        ]
        for one in sellers
    }
    every = sorted({key for found in keys.values() for key in found})
    for one in sellers:
        for key in keys[one.person_id] if reader.was_there(one.person_id, window) else ():
            value = reader.figure(one.person_id, key, window, every)
            found = judging.crossed(rule, reader.known.kpi(key).bands, value)
            if found is not None:
                yield Seen(one.person_id, key, window, found, key)


@_looked.register
def _pace(rule: Pace, reader: Reader, sellers: Sequence[AssignmentRow]) -> Iterator[Seen]:
    mine = _objectives(rule, reader, sellers)
    keys: dict[Period, set[str]] = {}
    for _person_id, row in mine:
        keys.setdefault(row.period, set()).add(row.kpi_key)
    for person_id, row in mine:
        info = reader.known.kpi(row.kpi_key)
        paced = pace_of(info.unit, row.period, reader.day, reader.calendar, reader.away(person_id))
        passed = pace_of("count", row.period, reader.day, reader.calendar)
        if paced is None or passed is None:
            continue
        value = reader.figure(person_id, row.kpi_key, row.period, sorted(keys[row.period]))
        held = judging.Held(info.unit, info.better, row.target, paced, passed)
        found = judging.pace(rule, held, value)
        if found is not None:
            subject = f"{row.kpi_key}:{row.period.start.isoformat()}"
            yield Seen(person_id, subject, row.period, found, row.kpi_key)


def _objectives(
    rule: Pace, reader: Reader, sellers: Sequence[AssignmentRow]
) -> list[tuple[int, ObjectiveRow]]:
    """Each person's objectives that hold on the day: the own one before that of the role."""
    rows = objectives_in(
        Period.day(reader.day),
        person_ids=[one.person_id for one in sellers],
        role_keys={one.role_key for one in sellers},
        kpi_keys=[rule.kpi] if rule.kpi else list(reader.known.kpis),
    )
    own = {(row.person_id, row.kpi_key) for row in rows}
    found = []
    for one in sellers:
        for row in rows:
            is_mine = row.person_id == one.person_id
            is_of_role = row.role_key == one.role_key and (one.person_id, row.kpi_key) not in own
            if is_mine or is_of_role:
                found.append((one.person_id, row))
    return found


@_looked.register
def _deal(rule: DealAtRisk, reader: Reader, sellers: Sequence[AssignmentRow]) -> Iterator[Seen]:
    tomorrow = reader.last_days(1, with_today=True).end
    tz = people.company().tz
    ids = [one.person_id for one in sellers]
    for one in open_deals(ids, start_of_day(tomorrow, tz)):
        last_on = None if one.last_at is None else one.last_at.astimezone(tz).date()
        # where nobody knows since when it is open, only its plan can be past
        after = reader.day if last_on is None else last_on + timedelta(days=1)
        window = Period(min(after, reader.day), tomorrow)
        quiet = reader.calendar.working_days(Period(after, reader.day)) if after < reader.day else 0
        late = 0 if one.planned_on is None else (reader.day - one.planned_on).days
        yield Seen(
            one.person_id, f"{DEAL}{one.deal_id}", window, judging.deal(rule, quiet, late),
            name=one.name, planned=one.planned_on if judging.is_late(rule, late) else None,
        )  # fmt: skip


@_looked.register
def _demotivation(
    rule: Demotivation, reader: Reader, sellers: Sequence[AssignmentRow]
) -> Iterator[Seen]:
    if not reader.traces:
        return
    parts, records = reader.weeks(rule.past + rule.weeks)
    window = Period(parts[-rule.weeks].start, parts[-1].end)
    for one in sellers:
        weeks = [reader.week_of(one.person_id, part, records) for part in parts]
        found = judging.demotivation(rule, weeks)
        if found is not None:
            yield Seen(one.person_id, "", window, found)
