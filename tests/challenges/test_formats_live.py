"""Formats that read more than a total, in the database: baselines, tickets, pots, scorecards."""

from datetime import date
from hashlib import sha256

import pytest

from challenges import queries, services
from challenges.gathering.inputs import inputs_of
from challenges.models import Challenge, Result, Standing
from kernel.issues import Invalid
from people import access
from people.models import Assignment, Person, Role
from tests.challenges.games import AFTER_CUT_OFF, MARCH, board, lines, live, made, rescore, win
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, at, cancel, event, record

FEBRUARY = {"start": "2026-02-01", "end": "2026-03-01"}
SEED = "a red bicycle"
HASH = sha256(SEED.encode()).hexdigest()


def improved(**more: object) -> dict[str, object]:
    score = {"metric": "revenue", "baseline": FEBRUARY, **more}
    return {"format": "most_improved", "score": score}


def lottery(**more: object) -> dict[str, object]:
    score = {"metric": "revenue", "measure": "count", "seed_sha256": HASH, **more}
    prizes = [{"for": "draw", "kind": "money", "amount": "50", "currency": "EUR"}]
    return {"format": "lottery", "score": score, "prizes": prizes}


def calls(who: str, count: int) -> None:
    for number in range(count):
        record(
            event(f"{who}-{number}", "2026-03-05 10:00", who), recorded_at=at("2026-03-05 10:00")
        )


def test_the_baseline_is_february_as_it_was_known_in_the_beginning(crew: Crew) -> None:
    win("f1", "2026-02-10 11:00", "P1", 700)
    win("f2", "2026-02-11 11:00", "P1", 200)
    win("f3", "2026-02-12 11:00", "P2", 100)
    win("late", "2026-02-20 11:00", "P2", 5000, known=at("2026-03-05 10:00"))
    win("d1", "2026-03-10 11:00", "P1", 1000)
    win("d2", "2026-03-11 11:00", "P2", 400)
    challenge = live(improved())

    # Léa changed teams in March: she was there in February all the same
    assert board(challenge) == [(1, "Hugo", "300"), (2, "Léa", "100"), (None, "Noor", "0")]

    record(cancel("f1"), recorded_at=at("2026-03-17 10:00"))
    assert rescore(challenge, at("2026-03-17 12:00")) is False


def test_a_baseline_that_arrives_in_time_is_named_as_the_cause(crew: Crew) -> None:
    win("d1", "2026-03-02 11:00", "P1", 1000)
    challenge = launch(made(improved()), "2026-03-03 09:00")
    win("f1", "2026-02-10 11:00", "P1", 700, known=at("2026-03-03 10:00"))
    rescore(challenge, at("2026-03-03 12:00"))

    assert lines(challenge) == [
        ("", "opening", "+1000", "", "1000"),
        ("", "baseline", "-700", "1000", "300"),
    ]


def launch(challenge: Challenge, when: str) -> Challenge:
    return services.launch(actor=None, challenge=challenge, at=at(when))


def test_who_began_in_the_meantime_has_the_median_of_the_role(crew: Crew) -> None:
    zoe = Person.objects.create(number="P9", first_name="Zoé", last_name="Bert")
    role = Role.objects.get(key="ae")
    Assignment.objects.create(
        person=zoe, team=crew.north, role=role, manager=crew.ines, valid_from=date(2026, 2, 15)
    )
    win("f1", "2026-02-10 11:00", "P1", 900)
    win("f2", "2026-02-12 11:00", "P2", 100)
    win("f9", "2026-02-20 11:00", "P9", 8000)
    win("d9", "2026-03-10 11:00", "P9", 150)
    challenge = live(improved())

    # Léa 900, Hugo 100, Noor 0: the median is 100
    assert board(challenge)[0] == (1, "Zoé", "50")
    row = queries.explained(challenge).row("P9")
    assert [note.code for note in row.notes] == ["baseline_role"]


def test_a_scorecard_counts_deals_and_calls(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 500)
    calls("P1", 3)
    calls("P2", 6)
    parts = [
        {"metric": "revenue", "target": "1000", "weight": "3"},
        {"metric": "calls", "target": "6", "cap": "1"},
    ]
    challenge = live({"format": "scorecard", "score": {"parts": parts}})

    assert board(challenge) == [(1, "Léa", "50"), (2, "Hugo", "25"), (None, "Noor", "0")]
    names = [part.name for part in queries.explained(challenge).row("P1").parts]
    assert names == ["revenue", "calls"]


def test_a_pot_follows_the_deals(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 100)
    pot = {"for": "pot", "kind": "money", "currency": "EUR", "of_total": "10 %",
           "split": ["60 %", "40 %"]}  # fmt: skip
    challenge = live({"format": "ranking_with_pot", "prizes": [pot]})
    before = amounts(challenge)
    record(cancel("d1"), recorded_at=at("2026-03-17 10:00"))
    rescore(challenge, at("2026-03-17 12:00"))

    assert (before, amounts(challenge)) == ({"Léa": 6000, "Hugo": 4000}, {"Hugo": 600})


def amounts(challenge: Challenge) -> dict[str, int]:
    rows = Standing.objects.filter(challenge=challenge).select_related("person")
    return {
        row.person.first_name: award["amount"]
        for row in rows
        for award in row.detail["awards"]
        if row.person is not None
    }


def test_a_lottery_is_drawn_when_its_seed_is_told_and_signed_then(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P1", 100)
    win("d3", "2026-03-11 11:00", "P2", 100)
    challenge = live(lottery())
    assert board(challenge) == [(None, "Léa", "2"), (None, "Hugo", "1"), (None, "Noor", "0")]
    services.advance(challenge_id=challenge.pk, at=AFTER_CUT_OFF)
    assert amounts(challenge) == {}

    with pytest.raises(Invalid) as caught:
        services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    assert [issue.code for issue in caught.value.issues] == ["challenges.not_drawn"]
    amended = {**MARCH, **lottery(seed_sha256=sha256(b"other").hexdigest(), seed="other")}
    with pytest.raises(Invalid) as caught:
        services.amend_challenge(
            actor=None, challenge=challenge, document=amended, reason="luck", at=AFTER_CUT_OFF
        )
    assert [issue.code for issue in caught.value.issues] == ["challenges.seed_is_committed"]

    told = {**MARCH, **lottery(seed=SEED)}
    services.amend_challenge(
        actor=None, challenge=challenge, document=told, reason="The draw", at=AFTER_CUT_OFF
    )
    # by hand: the first SHA-256 modulo 3 tickets; 1 and 2 are Léa's
    lot = int(sha256(f"{SEED}\n1".encode()).hexdigest(), 16) % 3
    winner = "Hugo" if lot == 2 else "Léa"
    assert amounts(challenge) == {winner: 5000}
    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    document = Result.objects.get(challenge=challenge).document
    assert document["draw"]["seed"] == SEED
    assert [row["ticket"] for row in document["draw"]["drawn"]] == [lot + 1]


def test_the_roster_knows_the_roles(crew: Crew) -> None:
    challenge = live()
    people = inputs_of(challenge, at("2026-03-17 10:00")).roster.people
    assert {person.id: person.role for person in people} == {"P1": "ae", "P2": "ae", "P3": "ae"}


def test_everybody_sees_who_was_drawn(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P2", 900)
    challenge = live(lottery(seed=SEED))
    noor = access.viewer_of(crew.user_of(crew.noor))
    assert [row.name for row in queries.board(challenge, noor).rows] == ["Noor Haddad"]
    services.advance(challenge_id=challenge.pk, at=AFTER_CUT_OFF)
    challenge.refresh_from_db()
    assert [row.name for row in queries.board(challenge, noor).rows] == [
        "Hugo Petit",
        "Noor Haddad",
    ]


MONEY = {"kind": "money", "currency": "EUR"}
PAGES: dict[str, tuple[dict[str, object], list[str], list[str]]] = {
    "scorecard": (
        {
            "score": {
                "parts": [
                    {"metric": "revenue", "target": "1000", "weight": "3", "cap": "1"},
                    {"metric": "calls", "measure": "count", "target": "5"},
                ]
            }
        },
        ["“Booked revenue” against €1,000: 75 %.", "“Booked revenue”: it counts up to 100 % of"],
        ["“Booked revenue”: €500 of €1,000; 50 % counts with a weight of 75 %.", "Score 37.5%"],
    ),
    "most_improved": (
        {"score": {"metric": "revenue", "baseline": FEBRUARY, "floor": "100"}},
        ["The score is “Booked revenue” minus each one's own baseline.", "below €100 counts as"],
        ["Own baseline: €200.", "Score €300"],
    ),
    "ranking_with_minimum": (
        {"score": {"metric": "revenue", "reserves": ["600", "50"], "below_reserve": "lapse"}},
        ["ask for at least this score: €600; €50.", "the prize of that place lapses."],
        ["Place 1 asks for at least €600: its prize lapses."],
    ),
    "ranking_with_pot": (
        {"prizes": [{"for": "pot", **MONEY, "of_total": "10 %", "split": ["60 %", "40 %"]}]},
        ["places, in this order: 60% · 40% 10% of everyone's total Léa Martin"],
        ["Score €500"],
    ),
    "proportional_share": (
        {"prizes": [{"for": "share", **MONEY, "amount": "100"}]},
        ["everyone with a rank, by their part of the total €100.00", "€100.00 are shared by"],
        ["Score €500"],
    ),
    "lottery": (
        {
            "score": {"metric": "revenue", "every": "200", "seed_sha256": HASH},
            "prizes": [{"for": "draw", "times": "2", **MONEY, "amount": "50"}],
        },
        ["Every €200 of “Booked revenue” is a ticket.", "drawn by lot, 2 times €50.00", HASH],
        ["Score 2"],
    ),
    "record": (
        {"score": {"metric": "revenue", "to_beat": "400"}},
        ["To beat first: €400.", "rank 1 €500.00 Léa Martin"],
        ["Score €500"],
    ),
}


@pytest.mark.parametrize("key", PAGES)
def test_the_pages_say_it_in_words_and_units(crew: Crew, key: str) -> None:
    more, on_page, on_explanation = PAGES[key]
    win("f1", "2026-02-10 11:00", "P1", 200)
    win("d1", "2026-03-10 11:00", "P1", 500)
    challenge = live({"format": key, **more})
    lea = client_of(crew.user_of(crew.lea))

    page = read(lea, "page", challenge_id=challenge.pk)
    row = f"person:{crew.lea.pk}"
    explained = read(lea, "explain", challenge_id=challenge.pk, entrant_key=row)

    assert [said for said in on_page if said not in page] == []
    assert [said for said in on_explanation if said not in explained] == []
    assert "{" not in page + explained
