"""Every format can be rehearsed, and its replays are the challenges that they replay."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest

from challenges.calc import Membership, Person, Record, Roster, Target, standings
from challenges.calc.formats import FORMATS
from challenges.calc.rehearsal import Game, rehearse
from challenges.calc.rehearsal_output import rehearsal_json
from challenges.calc.replays import replays
from challenges.calc.rules import Rules
from challenges.calc.verdict import verdict
from challenges.studio.starting import document_to_start
from kernel.documents import load_text, texts_of

AS_OF = datetime(2026, 11, 20, 9, tzinfo=UTC)
TEAMS = {"ana": "north", "ben": "north", "cleo": "south", "dora": "south"}
PEOPLE = tuple(
    Person(name, name.title(), (Membership(team, Fraction(1)),), targets=(Target(Fraction(900)),))
    for name, team in TEAMS.items()
)
TWO_SIDES = ("duel",)


def six_months_of(key: str) -> tuple[Rules, ...]:
    text = document_to_start(
        key, titles=("Spring", "Printemps"), today=AS_OF.date(), timezone="Europe/Paris",
        currency="EUR", seed="sealed",
    )  # fmt: skip
    plain = texts_of(load_text(text, "rules").value)
    assert isinstance(plain, dict)
    return replays(plain, months=6, as_of=AS_OF)


def log_of(rules: Rules) -> Iterator[Record]:
    """Working days of eight months; Ana and Cleo do more than the others."""
    chance = Random(7)
    for number in range(240):
        day = date(2026, 3, 20) + timedelta(days=number)
        if day.weekday() > 4:
            continue
        for who in TEAMS:
            for metric in sorted(rules.metrics):
                often = 10 if metric == "calls" else 1
                for n in range(chance.randint(often // 2, often + 2 * (who in ("ana", "cleo")))):
                    at = datetime(
                        day.year, day.month, day.day, chance.randint(6, 16), n, tzinfo=UTC
                    )
                    value = Fraction(chance.randint(1, 20_000))
                    yield Record(f"{metric}:{who}:{day}:{n}", who, metric, at, at, value)


@pytest.mark.parametrize("key", FORMATS)
def test_a_format_is_replayed_month_by_month_with_a_verdict(key: str) -> None:
    windows = six_months_of(key)
    entries = tuple(log_of(windows[0]))
    roster = Roster(PEOPLE[::2] if key in TWO_SIDES else PEOPLE)
    found = rehearse([Game(one, entries, roster) for one in windows], AS_OF)
    said = [one.says.text() for one in verdict(found)]
    told = json.loads(json.dumps(rehearsal_json(windows[0], found, AS_OF)))

    assert len(found.plays) == len(told["replays"]) == 6
    assert all(one.records > 0 for one in found.plays)
    assert any(one.winners for one in found.plays)
    assert said
    assert not any("{" in one for one in said)
    for window, one in zip(windows, found.plays, strict=True):
        truth = standings(window, entries, roster, window.calendar, window.cut_off_at)
        assert [w.entrant for w in one.winners] == [r.entrant for r in truth.rows if r.winner]
        assert one.awards == truth.awards
