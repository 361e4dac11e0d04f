"""Every score opens into what it is made of, in every format."""

from typing import Any

import pytest
from django.utils.translation import override

from challenges import queries
from challenges.boards.views import words_of
from challenges.calc.formats import FORMATS
from challenges.gathering import documents
from challenges.models import Challenge, Standing
from challenges.studio.sheet_views import starting_document
from challenges.studio.starting import starts
from challenges.words import record_text
from people.models import User
from tests.challenges.games import AFTER_CUT_OFF, live, rescore, win
from tests.challenges.test_pages import client_of, read, text_of
from tests.kpis.crew import Crew, at, event, record

PAIRS = frozenset({"duel", "tug_of_war"})
EARLIER = {"start": "2026-02-01", "end": "2026-03-01"}


def started(key: str) -> dict[str, Any]:
    """The rules that the studio begins with, in March."""
    start = next(one for one in starts() if one.key == key)
    document: dict[str, Any] = documents.read(starting_document(start, seed="f" * 16))
    window = {"start": "2026-03-01", "end": "2026-04-01"}
    document |= {"window": window, "prizes": document.get("prizes", [])}
    for part in ("baseline", "placed_by"):
        if part in document["score"]:
            document["score"][part] = EARLIER
    if key in ("lottery", "steps"):
        document["score"]["metric"] = "calls"
    if key in PAIRS:
        document["entrants"] = {"kind": "person", "people": ["P1", "P2"]}
    if key == "team_against_team":
        document["entrants"] = {"kind": "team", "team_score": "mean"}
    return document


def busy() -> None:
    """Deals and calls of Léa and Hugo in three weeks, on hours of the clock that count too."""
    for number, (day, who, amount) in enumerate(
        [("03", "P1", 9000), ("04", "P2", 7000), ("10", "P1", 4000), ("12", "P2", 65_000),
         ("17", "P1", 500), ("19", "P2", 300), ("10", "P3", 100)]
    ):  # fmt: skip
        win(f"deal-{number}", f"2026-03-{day} 10:30", who, amount)
        for nth in range(12):
            call = event(f"call-{number}-{nth}", f"2026-03-{day} 10:{nth:02}", who)
            record(call, recorded_at=at(f"2026-03-{day} 10:{nth + 5:02}"))
    win("before", "2026-02-10 10:30", "P1", 800)


def explained(challenge: Challenge, entrant_key: str) -> str:
    admin = client_of(User.objects.get(rights__contains=["admin"]))
    return read(admin, "explain", challenge_id=challenge.pk, entrant_key=entrant_key)


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_every_record_of_a_score_stands_in_its_explanation(crew: Crew, key: str) -> None:
    busy()
    challenge = live(started(key))
    rescore(challenge, AFTER_CUT_OFF)
    challenge.refresh_from_db()
    whole = queries.explained(challenge)
    rows = Standing.objects.filter(challenge=challenge).select_related("person", "team")
    standing = rows.order_by("position")[0]
    row = whole.row(queries.entrant_of(standing))
    said = explained(challenge, standing.entrant_key)

    records = {effect.record.id for effect in row.effects}
    records |= {out.record.id for out in row.left_out}
    assert records or row.score is None  # nobody has a target of their own here
    assert [one for one in records if record_text(one) not in said] == []
    with override("en"):
        score = text_of(words_of(whole.rules).score(row.score))
    assert f"Score {score}" in said
    lines = [line for one in whole.rounds or () for line in one.lines]
    assert ("Rounds " in said) == any(line.entrant == row.entrant for line in lines)


def key_of(number: str) -> str:
    return Standing.objects.get(person__number=number).entrant_key


def test_the_sides_of_a_rate_are_told_apart_in_their_units(crew: Crew) -> None:
    busy()
    challenge = live({
        "prizes": [], "format": "rate",
        "score": {"numerator": [{"metric": "revenue"}],
                  "denominator": [{"metric": "calls", "measure": "count"}], "factor": "1"},
    })  # fmt: skip
    rescore(challenge, AFTER_CUT_OFF)
    said = explained(challenge, key_of("P1"))

    assert "Above the line +€13,500" in said
    assert "Below the line +36" in said
    assert "Divided by €13,500 / 36" in said


def test_a_mean_is_divided_by_a_number_of_records(crew: Crew) -> None:
    busy()
    challenge = live({"prizes": [], "format": "average", "score": {"metric": "revenue"}})
    rescore(challenge, AFTER_CUT_OFF)

    assert "Divided by €13,500 / 3" in explained(challenge, key_of("P1"))


def test_the_second_place_is_not_told_the_reserve_of_the_first(crew: Crew) -> None:
    busy()
    challenge = live({
        "winners": "2", "format": "ranking_with_minimum",
        "score": {"metric": "revenue", "reserves": ["70000", "20000"], "below_reserve": "lapse"},
    })  # fmt: skip
    rescore(challenge, AFTER_CUT_OFF)
    first, second = (explained(challenge, key_of(number)) for number in ("P2", "P1"))

    assert "Place 2 asks for at least €20,000: its prize lapses." in second
    assert "Place 1" not in second
    assert "Prize" not in second
    assert "Place 1" not in first
    assert "Rank 1." in first


def test_tickets_acts_and_rounds_are_told(crew: Crew) -> None:
    busy()
    told = {}
    for key in ("lottery", "mission_path", "championship"):
        document = started(key)
        if key == "lottery":
            document["score"] |= {"metric": "calls", "every": "5"}
        challenge = live(document)
        rescore(challenge, AFTER_CUT_OFF)
        standing = Standing.objects.get(challenge=challenge, person__number="P1")
        told[key] = explained(challenge, standing.entrant_key)

    assert "A ticket for every 5 36" in told["lottery"]
    assert "Fifty calls" in told["mission_path"]
    assert "Round 1" in told["championship"]
    assert "rank 1 · 10 pts" in told["championship"]
