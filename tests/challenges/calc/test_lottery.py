"""Format 24, lottery: tickets, the committed seed, a draw that anyone can repeat."""

from collections import Counter
from fractions import Fraction
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import Cancellation, Roster, as_json, canonical, maximum_liability, parse_rules
from kernel.issues import Invalid
from tests.challenges.calc.builders import (
    HEAD,
    at,
    board,
    member,
    people,
    record,
    result,
    rules_of,
    won,
)

SEED = "a red bicycle"
HASH = sha256(SEED.encode()).hexdigest()
LOTTERY = "format: lottery\nscore: {metric: calls%s}\n"
PRIZES = """prizes:
  - {for: draw, kind: gift, label: Bike}
  - {for: draw, times: 2, kind: money, amount: 25, currency: EUR}
"""


def made(**calls: int) -> list[Any]:
    return [record(name, name, "11-03 10:00", count, "calls") for name, count in calls.items()]


def by_hand(seed: str, tickets: dict[str, int], draws: int, *, once: bool = True) -> list[str]:
    """A second way: the list written out ticket by ticket."""
    drawn: list[str] = []
    for number in range(1, draws + 1):
        out = set(drawn) if once else set()
        hat = [name for name in sorted(tickets) for _ in range(tickets[name]) if name not in out]
        if hat:
            lot = int(sha256(f"{seed}\n{number}".encode()).hexdigest(), 16)
            drawn.append(hat[lot % len(hat)])
    return drawn


def test_a_ticket_for_each_whole_unit_up_to_the_most() -> None:
    rules = rules_of(LOTTERY % f", every: 5, at_most: 3, seed_sha256: {HASH}")
    records = [
        *made(ana=14, ben=15, cleo=99, dora=4),
        record("e", "emil", "11-03 10:00", -9, "calls"),
    ]
    standings = result(rules, records, people("ana", "ben", "cleo", "dora", "emil"))
    assert board(standings) == [
        (None, "ben", "3"),
        (None, "cleo", "3"),
        (None, "ana", "2"),
        (None, "dora", "0"),
        (None, "emil", "0"),
    ]
    plain: Any = as_json(standings)
    assert plain["draw"]["tickets"] == [
        {"entrant": "ana", "first": 1, "last": 2},
        {"entrant": "ben", "first": 3, "last": 5},
        {"entrant": "cleo", "first": 6, "last": 8},
    ]


def test_nothing_is_drawn_before_the_cut_off_and_the_seed_stays_secret() -> None:
    rules = rules_of(LOTTERY % f", seed: {SEED}" + PRIZES)
    records = made(ana=3, ben=2)
    plain: Any = as_json(result(rules, records, people("ana", "ben"), at("12-03 22:59")))
    assert plain["draw"] == {
        "seed_sha256": HASH,
        "seed": None,
        "frozen": False,
        "tickets": [
            {"entrant": "ana", "first": 1, "last": 3},
            {"entrant": "ben", "first": 4, "last": 5},
        ],
        "drawn": [],
    }
    assert plain["awards"] == []
    assert {row["reason"]["code"] for row in plain["standings"]} == {"in_the_draw"}
    # the cut-off is 4 December, 00:00 in Paris
    after: Any = as_json(result(rules, records, people("ana", "ben"), at("12-03 23:00")))
    assert (after["draw"]["seed"], len(after["draw"]["drawn"])) == (SEED, 2)


def test_with_only_the_commitment_the_draw_waits_for_the_seed() -> None:
    rules = rules_of(LOTTERY % f", seed_sha256: {HASH}" + PRIZES)
    standings = result(rules, made(ana=3), people("ana"))
    reason = standings.row("ana").reason
    assert (won(standings), reason and reason.code) == ([], "no_seed_yet")
    told = rules_of(LOTTERY % f", seed_sha256: {HASH.upper()}, seed: {SEED}" + PRIZES)
    assert won(result(told, made(ana=3), people("ana"))) == [("ana", 1, 1)]


def test_each_prize_has_its_draw_and_each_one_wins_once() -> None:
    tickets = {"ana": 3, "ben": 2, "cleo": 4, "dora": 1}
    standings = result(
        rules_of(LOTTERY % f", seed: {SEED}" + PRIZES), made(**tickets), people(*tickets)
    )
    first, second, third = by_hand(SEED, tickets, 3)
    assert len({first, second, third}) == 3
    assert won(standings) == [(first, 1, 1), *((n, 2, 2500) for n in sorted([second, third]))]
    assert {row.entrant for row in standings.rows if row.winner} == {first, second, third}
    (left,) = {*tickets} - {first, second, third}
    reason = standings.row(left).reason
    assert reason is not None
    assert reason.code == "not_drawn"


def test_who_may_win_often_gets_each_prize_in_one_award() -> None:
    rules = rules_of(LOTTERY % f", seed: {SEED}, win_once: false" + PRIZES)
    standings = result(rules, made(ana=1), people("ana", "ben"))
    assert won(standings) == [("ana", 1, 1), ("ana", 2, 5000)]
    assert standings.awards[1].reason.text() == "Drawn with ticket 1 / 1, 1 / 1."
    once = rules_of(LOTTERY % f", seed: {SEED}" + PRIZES)
    assert won(result(once, made(ana=1), people("ana", "ben"))) == [("ana", 1, 1)]
    assert won(result(once, [], people("ana", "ben"))) == []


def test_the_tickets_are_frozen_at_the_cut_off() -> None:
    rules = rules_of(LOTTERY % f", seed: {SEED}" + PRIZES)
    roster = people("ana", "ben", "cleo")
    records = [
        *made(ana=3, ben=2),
        record("in time", "cleo", "11-29 10:00", 4, "calls", known="12-03 10:00"),
        record("late", "cleo", "11-29 10:00", 40, "calls", known="12-04 10:00"),
        record("mended", "ana", "11-03 10:00", 90, "calls", known="12-05 10:00", supersedes="ana"),
        Cancellation("taken", "ben", at("12-06 10:00")),
    ]
    frozen = [result(rules, records, roster, at(m)) for m in ("12-03 23:00", "12-20 00:00")]
    assert {tuple(board(one)) for one in frozen} == {
        ((None, "cleo", "4"), (None, "ana", "3"), (None, "ben", "2"))
    }
    assert frozen[0].awards == frozen[1].awards
    before = [Cancellation("taken", "ben", at("12-03 10:00")), *records[:-1]]
    assert result(rules, before, roster).row("ben").score == 0


def test_a_cancelled_lottery_draws_nothing() -> None:
    rules = rules_of(LOTTERY % f", seed: {SEED}" + PRIZES + "cancelled_at: 2026-12-05\n")
    standings = result(rules, made(ana=3), people("ana"))
    assert (standings.awards, standings.draw and standings.draw.drawn) == ((), ())


def test_a_teams_tickets_are_those_of_its_members() -> None:
    text = LOTTERY % f", every: 2, seed: {SEED}" + "entrants: {kind: team, team_score: %s}\n"
    roster = Roster((member("ana", "north"), member("ben", "north"), member("cleo", "south")))
    standings = result(rules_of(text % "sum"), made(ana=3, ben=3, cleo=5), roster)
    assert board(standings) == [(None, "north", "2"), (None, "south", "2")]
    with pytest.raises(Invalid) as caught:
        rules_of(text % "mean")
    assert [issue.code for issue in caught.value.issues] == ["team_score_not_possible"]


def test_the_seed_is_needed_and_has_to_be_the_committed_one() -> None:
    for score, codes in {
        "": ["lottery_without_seed"],
        ", seed_sha256: abc": ["not_a_sha256"],
        f", seed_sha256: {HASH}, seed: other": ["other_seed"],
    }.items():
        with pytest.raises(Invalid) as caught:
            parse_rules(HEAD + LOTTERY % score)
        assert [issue.code for issue in caught.value.issues] == codes
    with pytest.raises(Invalid) as caught:
        parse_rules(
            HEAD
            + LOTTERY % ", seed: x"
            + "after_official: {policy: amend}\nprizes: [{for: rank, rank: 1, kind: trophy}]\n"
        )
    assert [issue.code for issue in caught.value.issues] == ["nothing_to_amend", "no_ranks"]


def test_records_of_a_lottery_cannot_be_put_under_review() -> None:
    with pytest.raises(Invalid) as caught:
        parse_rules(HEAD + LOTTERY % ", seed: x" + "integrity: {duplicates: true}\n")
    assert [(one.code, one.place.path) for one in caught.value.issues] == [
        ("nothing_to_review", "integrity")
    ]


def test_liability_of_draws() -> None:
    def most(text: str, entrants: int) -> dict[str, int | None]:
        return {d.kind.value: d.most for d in maximum_liability(rules_of(text), entrants)}

    text = LOTTERY % ", seed: x" + PRIZES
    assert most(text, 9) == {"gift": 1, "money": 5000}
    assert most(text, 2) == {"gift": 1, "money": 2500}
    assert most(text, 0) == {"gift": 0, "money": 0}
    assert most(LOTTERY % ", seed: x, win_once: false" + PRIZES, 1) == {"gift": 1, "money": 5000}


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["ana", "ben", "cleo", "dora", "émil"]), st.integers(0, 6)),
    st.text("abcxyz 019", min_size=1, max_size=8).filter(lambda t: t.strip() == t),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_anyone_can_repeat_the_draw(
    tickets: dict[str, int], seed: str, once: bool, random: Any
) -> None:
    text = LOTTERY % f', seed: "{seed}", win_once: {str(once).lower()}' + PRIZES
    records, names = made(**tickets), [*tickets]
    rules = rules_of(text)
    standings = result(rules, records, people(*names))
    drawn = by_hand(seed, tickets, 3, once=once)
    assert standings.draw is not None
    assert [one.entrant for one in standings.draw.drawn] == drawn
    assert {row.entrant for row in standings.rows if row.winner} == set(drawn)
    money = Counter(drawn[1:])
    assert [(a.entrant, a.amount) for a in standings.awards if a.prize == 2] == [
        (name, 2500 * money[name]) for name in sorted(money)
    ]
    random.shuffle(records)
    assert canonical(result(rules, records, people(*reversed(names)))) == canonical(standings)
    assert all(row.score == Fraction(tickets[row.entrant]) for row in standings.rows)
