"""The tables of docs/algorithms/badges.md are recomputed."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from challenges.calc.badges.deserving import Ground, deserved
from challenges.calc.badges.jerseys import POINTS, Rider, jerseys
from challenges.calc.badges.known import Log
from challenges.calc.badges.levels import THRESHOLDS, level_of
from challenges.calc.badges.periods import periods_from
from challenges.calc.badges.rules import Form, parse_badge
from challenges.calc.badges.streaks import params_of, run_at
from challenges.calc.formats.measure import Measure
from challenges.calc.records import Cancellation, Entry, Record
from challenges.calc.roster import Membership, Person, Span
from kernel.calendars import WorkCalendar
from kernel.numbers import as_text
from kernel.periods import Period

PAGE = (Path(__file__).resolve().parents[4] / "docs/algorithms/badges.md").read_text()
PARIS, FRANCE = ZoneInfo("Europe/Paris"), WorkCalendar("FR")
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
RECORD = re.compile(
    r"(?P<at>\d\d \d\d:\d\d)(?: \*(?P<value>\d+))?(?: known (?P<known>\d\d))?"
    r"(?: gone (?P<gone>\d\d))?"
)


def table(head: str) -> list[list[str]]:
    """The rows of the table whose first line begins so."""
    lines = PAGE[PAGE.index(f"| {head}") :].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("| ").split(" | ")])
    return rows


def moment(text: str) -> datetime:
    day, clock = text.split()
    local = datetime.fromisoformat(f"2026-03-{day}T{clock}")
    return local.replace(tzinfo=PARIS).astimezone(UTC)


def entries(text: str) -> Iterator[Entry]:
    for number, part in enumerate(text.split("; ")):
        found = RECORD.fullmatch(part)
        assert found, part
        at = moment(found["at"])
        known = moment(f"{found['known']} 12:00") if found["known"] else at
        yield Record(f"{number}#1", "p", "m", at, known, Fraction(found["value"] or 1))
        if found["gone"]:
            yield Cancellation(f"{number}#2", f"{number}#1", moment(f"{found['gone']} 12:00"))


ROWS = table("rule | records")


@pytest.mark.parametrize("row", ROWS, ids=[str(n) for n in range(len(ROWS))])
def test_a_worked_badge(row: list[str]) -> None:
    rule = parse_badge(row[0].strip("`"))
    leave = Span(date(2026, 3, 11), date(2026, 3, 12))
    person = Person("p", memberships=(Membership("t"),), absences=(leave,))
    as_of = moment(row[2])
    ground = Ground({"p": person}, PARIS, FRANCE, as_of, Log(entries(row[1]), PARIS))
    periods = periods_from(rule.per, date(2026, 3, 2), as_of.date())
    found = [f"{one.period.start.day:02}" for one in deserved(rule, ground, periods)]
    assert (", ".join(found) or "-") == row[3]


def test_the_worked_month() -> None:
    riders = [
        Rider(
            name,
            date.fromisoformat(joined),
            Fraction(part.removesuffix(" %")) / 100,
            {"calls": Fraction(calls), "demos": Fraction(demos)},
            Fraction(value),
            tuple(map(Fraction, before.split())),
            int(days),
            (20, 20, 20),
        )
        for name, joined, part, calls, demos, value, days, before in table("person | joined")
    ]
    found = [
        [one.kind.value, ", ".join(one.holders), as_text(one.lines[0].value)]
        for one in jerseys(riders, MARCH)
    ]
    assert found == table("jersey | worn by")


def test_the_stated_tables_are_those_of_the_code() -> None:
    assert [[key, str(points)] for key, points in POINTS.items()] == table("metric | activity")
    levels = [[str(n), str(points)] for n, points in enumerate(THRESHOLDS, start=1)]
    assert levels == table("level | from")
    assert {row[0].strip("`") for row in table("form | keys")} == {form.value for form in Form}


@pytest.mark.parametrize(
    ("points", "level", "missing"),
    [(-5, 1, 55), (0, 1, 50), (49, 1, 1), (50, 2, 100), (4000, 10, 0), (9999, 10, 0)],
)
def test_a_level_begins_on_its_threshold(points: int, level: int, missing: int) -> None:
    found = level_of(points)
    assert (found.number, found.missing) == (level, missing)


def week_of(marks: str, monday: date) -> Iterator[tuple[date, str]]:
    return ((monday + timedelta(days=n), mark) for n, mark in enumerate(marks.split()))


RUNS = table("share | week 1")


@pytest.mark.parametrize("row", RUNS, ids=[str(n) for n in range(len(RUNS))])
def test_a_run_of_a_part_timer(row: list[str]) -> None:
    share, first, second, length = row
    marks = dict(week_of(first, date(2026, 3, 2))) | dict(week_of(second, date(2026, 3, 9)))
    away = tuple(Span(day, day + timedelta(days=1)) for day, mark in marks.items() if mark == "L")
    person = Person("p", memberships=(Membership("t", fte=Fraction(share)),), absences=away)
    days = {day: (record_on(day),) for day, mark in marks.items() if mark == "x"}
    measure = Measure("m")
    run = run_at(
        params_of(measure, Fraction(1), "day"), person, days,
        Period(date(2026, 3, 2), date(2026, 3, 16)), moment("16 00:00"), PARIS, FRANCE,
    )  # fmt: skip
    assert run.length == int(length)


def record_on(day: date) -> Record:
    at = moment(f"{day.day:02} 12:00")
    return Record(day.isoformat(), "p", "m", at, at)
