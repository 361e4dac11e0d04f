"""The tables of docs/algorithms/alerts.md, recomputed."""

from datetime import datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kpis.calc.alerts import judging
from kpis.calc.alerts.judging import Held, Observation, Week
from kpis.calc.alerts.rules import DealAtRisk, Demotivation, Level, Pace, Stall, Trend
from kpis.calc.alerts.sending import Hours, due_at

PAGE = Path(__file__).parents[4] / "docs" / "algorithms" / "alerts.md"
PARIS = ZoneInfo("Europe/Paris")


def rows(after: str) -> list[list[str]]:
    """The rows of the first table after a text."""
    text = PAGE.read_text(encoding="utf-8")
    lines = text[text.index(after) :].splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("|"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    assert found, f"no table after {after!r}"
    return found


def said(found: Observation | None) -> str:
    return "yes" if found is not None and found.holds else "no"


def test_level() -> None:
    rule = Level("calls_count", 5, Fraction(20))
    for value, holds in rows("`level` below 20"):
        assert said(judging.level(rule, Fraction(value))) == holds, value


def test_trend() -> None:
    rule = Trend("", 20, Fraction(40), Fraction(10))
    for better, before, value, holds in rows("`trend` of 40 %"):
        found = judging.trend(rule, better, Fraction(value), Fraction(before))
        assert said(found) == holds, (better, before, value)


def test_pace() -> None:
    rule = Pace("", Fraction(80), Fraction(20), Fraction(2))
    for unit, paced, passed, value, holds, grave in rows("`pace` of 80 %"):
        held = Held(unit, "up", Fraction(100), Fraction(paced), Fraction(passed))
        found = judging.pace(rule, held, Fraction(value))
        is_grave = found is not None and found.is_grave
        assert (said(found), "yes" if is_grave else "no") == (holds, grave), (unit, paced, value)


def test_stall() -> None:
    rule = Stall("", 8, Fraction(6))
    for before, value, holds in rows("`stall`, at least 6"):
        found = judging.stall(rule, Fraction(value), Fraction(before))
        assert said(found) == holds, (before, value)


def test_deal() -> None:
    for quiet, late, holds in rows("`deal` of 15"):
        found = judging.deal(DealAtRisk(15, 2), int(quiet), int(late))
        assert said(found) == holds, (quiet, late)


def weeks(text: str) -> list[Week]:
    pairs = (one.split("/") for one in text.split())
    return [Week(Fraction(records), int(days)) for records, days in pairs]


def test_demotivation() -> None:
    rule = Demotivation(3, 4, Fraction(35), Fraction(1))
    for past, last, holds in rows("`demotivation` of 3 weeks"):
        found = judging.demotivation(rule, [*weeks(past), *weeks(last)])
        assert said(found) == holds, (past, last)


DAYS = {"Mon": 23, "Tue": 24}


def moment(text: str) -> datetime:
    day, clock = text.split()
    return datetime.combine(datetime(2026, 11, DAYS[day]).date(), time.fromisoformat(clock), PARIS)


def test_when_messages_leave() -> None:
    for now, digest, quiet, leaves in rows("| now | digest"):
        start, _dash, end = quiet.partition("-")
        hours = Hours(
            time.fromisoformat(start) if start else None,
            time.fromisoformat(end) if end else None,
            time.fromisoformat(digest) if digest else None,
        )
        assert due_at(moment(now), hours, PARIS) == moment(leaves), (now, digest, quiet)


@pytest.mark.parametrize("tries", range(1, 6))
def test_each_wait_is_twice_the_one_before(tries: int) -> None:
    from kpis.calc.alerts.sending import retry_at

    now = moment("Mon 10:00")
    assert retry_at(now, tries) == now + timedelta(minutes=2 ** (tries - 1))
    assert retry_at(now, 6) is None
