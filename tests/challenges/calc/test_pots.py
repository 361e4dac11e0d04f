"""Formats 13, 14 and 15: reserves of places, pots that grow with the scores, shared pools."""

from collections import defaultdict
from fractions import Fraction
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import (
    Cancellation,
    Roster,
    as_json,
    json_schema,
    maximum_liability,
    parse_rules,
)
from challenges.calc.ranking import draw
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

RESERVED = "format: ranking_with_minimum\nscore: {metric: revenue, reserves: [100, 60, 30]%s}\n"
THREE = """prizes:
  - {for: rank, rank: 1, kind: money, amount: 500, currency: EUR}
  - {for: rank, rank: 2, kind: money, amount: 300, currency: EUR}
  - {for: rank, rank: 3, kind: money, amount: 100, currency: EUR}
"""
LAPSE, PASS = ", below_reserve: lapse", ", below_reserve: pass_down"
POT = """format: ranking_with_pot
score: {metric: revenue}
prizes:
  - {for: pot, kind: money, currency: EUR, of_total: 5 %, split: [50 %, 30 %, 20 %]}
"""
POOL = """format: proportional_share
score: {metric: revenue}
prizes:
  - {for: share, kind: money, amount: 100, currency: EUR}
"""


def sold(**amounts: int) -> list[Any]:
    return [record(name, name, "11-03 10:00", value) for name, value in amounts.items()]


def paid(text: str, records: list[Any], *names: str) -> list[tuple[str, int, int]]:
    return won(result(rules_of(text), records, people(*(names or [r.person for r in records]))))


# 13, ranking with minimum -----------------------------------------------------------------------


def test_a_place_pays_exactly_on_its_reserve() -> None:
    records = sold(ana=100, ben=60, cleo=30, dora=29)
    for how in (LAPSE, PASS):
        standings = result(
            rules_of(RESERVED % how + THREE), records, people("ana", "ben", "cleo", "dora")
        )
        assert won(standings) == [("ana", 1, 50000), ("ben", 2, 30000), ("cleo", 3, 10000)]


def test_a_missed_reserve_lapses_and_the_others_keep_their_rank() -> None:
    standings = result(
        rules_of(RESERVED % LAPSE + THREE + "winners: 2\n"),
        sold(ana=99, ben=70, cleo=30),
        people("ana", "ben", "cleo"),
    )
    assert board(standings) == [(1, "ana", "99"), (2, "ben", "70"), (3, "cleo", "30")]
    assert won(standings) == [("ben", 2, 30000), ("cleo", 3, 10000)]
    assert [row.winner for row in standings.rows] == [False, True, False]
    assert [note.text() for note in standings.row("ana").notes] == [
        "Place 1 asks for at least 100: its prize lapses."
    ]


def test_a_missed_reserve_passes_down_and_those_behind_follow() -> None:
    standings = result(
        rules_of(RESERVED % PASS + THREE + "winners: 2\n"),
        sold(ana=99, ben=70, cleo=25),
        people("ana", "ben", "cleo"),
    )
    assert [row.rank for row in standings.rows] == [1, 2, 3]
    assert won(standings) == [("ana", 2, 30000), ("ben", 3, 10000)]
    assert [row.winner for row in standings.rows] == [True, False, False]
    assert [award.reason.text() for award in standings.awards] == [
        "Rank 1, paid as place 2.",
        "Rank 2, paid as place 3.",
    ]


def test_tied_places_with_reserves() -> None:
    tied = sold(ana=80, ben=80, cleo=40)
    assert paid(RESERVED % LAPSE + THREE, tied) == [("cleo", 3, 10000)]
    assert paid(RESERVED % PASS + THREE, tied) == [("ana", 2, 30000), ("ben", 2, 30000)]
    pool = "ties: {rule: pool}\n"
    # of places 1 and 2 only the second is reached: 300 between two
    assert paid(RESERVED % LAPSE + THREE + pool, tied) == [
        ("ana", 2, 15000),
        ("ben", 2, 15000),
        ("cleo", 3, 10000),
    ]
    # passed down they take places 2 and 3: 400 between two, and Cleo comes after them
    assert paid(RESERVED % PASS + THREE + pool, tied) == [("ana", 2, 20000), ("ben", 2, 20000)]


def test_a_cancellation_can_take_a_reserve_away() -> None:
    records = [*sold(ana=100, ben=60), Cancellation("x", "ana", at("11-20 10:00"))]
    rules, roster = rules_of(RESERVED % LAPSE + THREE), people("ana", "ben")
    assert won(result(rules, records, roster, at("11-10 10:00"))) == [
        ("ana", 1, 50000),
        ("ben", 2, 30000),
    ]
    assert won(result(rules, records, roster)) == []  # Ben is first now and short of 100


def test_reserves_may_not_rise_and_the_fate_is_stated() -> None:
    text = f"{HEAD}format: ranking_with_minimum\nscore: {{metric: x, reserves: [30, 60]{{}}}}\n"
    with pytest.raises(Invalid) as caught:
        parse_rules(text.replace("{}", ""))
    assert [(i.code, i.place.path) for i in caught.value.issues] == [
        ("missing_key", "score.below_reserve"),
        ("reserves_rising", "score.reserves"),
    ]
    assert parse_rules(text.replace("{}", LAPSE).replace("[30, 60]", "[60, 60]"))


def test_liability_with_reserves() -> None:
    def most(text: str, entrants: int) -> list[int | None]:
        return [due.most for due in maximum_liability(rules_of(text), entrants)]

    assert most(RESERVED % LAPSE + THREE, 4) == [4 * 50000]
    assert most(RESERVED % PASS + THREE, 4) == [4 * 50000]
    assert most(RESERVED % LAPSE + THREE + "ties: {rule: pool}\n", 2) == [80000]
    dear_second = THREE.replace("500", "200")
    # alone and passed down, the one entrant can be paid as second
    assert most(RESERVED % PASS + dear_second, 1) == [30000]
    assert most(RESERVED % LAPSE + dear_second, 1) == [20000]
    assert most(RESERVED % PASS + dear_second + "ties: {rule: pool}\n", 1) == [30000]


# 14, ranking with pot ---------------------------------------------------------------------------


def test_the_pot_is_a_share_of_everyones_total_split_by_rank() -> None:
    # 5 % of 2,001 is 100.05: 50.025, 30.015 and 20.01; the odd cent goes to the larger remainder
    records = sold(ana=1000, ben=600, cleo=300, dora=101)
    standings = result(rules_of(POT), records, people("ana", "ben", "cleo", "dora"))
    assert won(standings) == [("ana", 1, 5003), ("ben", 1, 3001), ("cleo", 1, 2001)]
    plain: Any = as_json(standings)
    assert plain["pools"] == [
        {
            "prize": 1,
            "kind": "money",
            "currency": "EUR",
            "total": "2001",
            "amount": 10005,
            "given": 10005,
        }
    ]


def test_the_pot_shrinks_on_a_cancellation_and_counts_the_unranked() -> None:
    records = [
        *sold(ana=1000, ben=1000),
        record("minus", "cleo", "11-04 10:00", -400),
        Cancellation("x", "ben", at("11-20 10:00")),
    ]
    rules, roster = rules_of(POT), people("ana", "ben", "cleo")
    before = result(rules, records, roster, at("11-10 10:00"))
    # 5 % of 1,600; two tied at the top add 50 % and 30 %, the third place is nobody's
    assert won(before) == [("ana", 1, 3200), ("ben", 1, 3200)]
    assert [(pool.amount, str(pool.total)) for pool in before.pools] == [(8000, "1600")]
    after = result(rules, records, roster)
    assert won(after) == [("ana", 1, 1500)]
    negative = result(rules, [record("m", "cleo", "11-04 10:00", -400)], roster)
    assert [(pool.amount, pool.parts) for pool in negative.pools] == [(0, ())]


def test_a_pot_is_rounded_down_capped_and_may_be_points() -> None:
    capped = POT.replace("of_total: 5 %", "of_total: 5 %, at_most: 20.50")
    assert paid(capped, sold(ana=1000)) == [("ana", 1, 1025)]
    assert [d.most for d in maximum_liability(rules_of(capped), 9)] == [2050]
    assert [d.most for d in maximum_liability(rules_of(POT), 9)] == [None]
    points = POT.replace("kind: money, currency: EUR", "kind: points")
    # 5 % of 119 are 5.95: 5 points; 2.5, 1.5 and 1 of them
    assert paid(points, sold(ana=100, ben=10, cleo=9)) == [
        ("ana", 1, 3),
        ("ben", 1, 1),
        ("cleo", 1, 1),
    ]


def test_a_pot_pays_no_more_than_is_in_it_whatever_the_tie_rule() -> None:
    tied = sold(ana=100, ben=100, cleo=100, dora=100)
    for ties in ("", "ties: {rule: pool}\n", "ties: {rule: chain, chain: [{by: earliest}]}\n"):
        amounts = sorted(amount for _, _, amount in paid(POT + ties, tied))
        assert amounts == [500, 500, 500, 500]
    beyond = sold(ana=100, ben=90, cleo=80, dora=80)  # two share the last place
    assert [amount for _, _, amount in paid(POT, beyond)] == [875, 525, 175, 175]


def test_a_teams_pot_counts_what_the_members_did() -> None:
    roster = Roster((member("ana", "north"), member("ben", "north"), member("cleo", "south")))
    standings = result(
        rules_of(POT + "entrants: {kind: team}\n"), sold(ana=100, ben=300, cleo=100), roster
    )
    assert board(standings) == [(1, "north", "200"), (2, "south", "100")]
    assert [(str(pool.total), pool.amount) for pool in standings.pools] == [("500", 2500)]


# 15, proportional share -------------------------------------------------------------------------


def test_the_pool_is_shared_by_the_part_of_the_total_to_the_cent() -> None:
    standings = result(
        rules_of(POOL), sold(ana=1, ben=1, cleo=4), people("ana", "ben", "cleo", "dora")
    )
    amounts = {entrant: amount for entrant, _, amount in won(standings)}
    # 16.66 2/3 twice and 66.66 2/3: two cents are left, the remainders are all the same
    assert sum(amounts.values()) == 10000
    assert {n: amounts[n] - low for n, low in (("ana", 1666), ("ben", 1666), ("cleo", 6666))} == {
        name: int(name in _first_by_lot(["ana", "ben", "cleo"], 2)) for name in amounts
    }


def _first_by_lot(names: list[str], count: int) -> list[str]:
    return sorted(names, key=lambda name: draw("november", name), reverse=True)[:count]


def test_equal_remainders_follow_the_seed_and_not_the_name() -> None:
    lucky = set()
    for seed in range(12):
        text = f"{POOL}ties: {{rule: share, seed: s{seed}}}\n"
        found = paid(text, sold(ana=1, ben=1, cleo=1))
        lucky |= {name for name, _, amount in found if amount == 3334}
        assert sum(amount for _, _, amount in found) == 10000
    assert len(lucky) > 1


def test_who_is_not_ranked_has_no_share_and_the_pool_is_given_whole() -> None:
    text = POOL + "minimum: 50\n"
    records = sold(ana=150, ben=50, cleo=49)
    assert paid(text, records) == [("ana", 1, 7500), ("ben", 1, 2500)]
    assert paid(text, sold(cleo=49)) == []
    assert [d.most for d in maximum_liability(rules_of(text), 3)] == [10000]
    assert [d.most for d in maximum_liability(rules_of(text), 0)] == [0]


def test_scores_below_zero_weigh_nothing_when_they_are_ranked() -> None:
    text = POOL + "minimum: -100\n"
    assert paid(text, sold(ana=30, ben=-20)) == [("ana", 1, 10000)]
    assert paid(text, sold(ana=0, ben=-20)) == []


# what does not fit ------------------------------------------------------------------------------


def test_pots_pools_and_draws_belong_to_their_formats() -> None:
    text = f"""{HEAD}format: most
score: {{metric: revenue}}
prizes:
  - {{for: pot, kind: trip, of_total: 5 %, split: [60 %, 60 %]}}
  - {{for: share, kind: money, amount: 5}}
  - {{for: draw, kind: gift, times: 0}}
  - {{for: pot, kind: points, currency: EUR, of_total: 1, split: [1], at_most: 1.5}}
  - {{for: pot, kind: money, of_total: 1, split: [1], amount: 7}}
"""
    with pytest.raises(Invalid) as caught:
        parse_rules(text)
    assert [(i.code, i.place.path) for i in caught.value.issues] == [
        ("prize_of_another_format", "prizes[0].for"),
        ("cannot_share", "prizes[0].kind"),
        ("split_above_all", "prizes[0].split"),
        ("money_without_amount", "prizes[1]"),
        ("prize_of_another_format", "prizes[1].for"),
        ("not_whole", "prizes[2].times"),
        ("prize_of_another_format", "prizes[2].for"),
        ("currency_without_money", "prizes[3].currency"),
        ("whole_amount", "prizes[3].at_most"),
        ("prize_of_another_format", "prizes[3].for"),
        ("unknown_key", "prizes[4].amount"),
        ("money_without_amount", "prizes[4]"),
        ("prize_of_another_format", "prizes[4].for"),
    ]


def test_the_published_schema_knows_these_prizes() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    head: dict[str, object] = {"key": "x", "timezone": "Europe/Paris",
            "window": {"start": "2026-11-01", "end": "2026-12-01"}}  # fmt: skip
    good: list[tuple[str, dict[str, object], dict[str, object]]] = [
        ("ranking_with_pot", {}, {"for": "pot", "of_total": "5 %", "split": ["50 %", 0.3]}),
        ("proportional_share", {}, {"for": "share", "amount": 100}),
        ("lottery", {"seed": "x"}, {"for": "draw", "times": 3, "amount": 5}),
    ]
    for key, score, prize in good:
        money = {**prize, "kind": "money", "currency": "EUR"}
        plain = {**head, "format": key, "score": {"metric": "m", **score}, "prizes": [money]}
        assert [error.message for error in validator.iter_errors(plain)] == [], key
        plain["prizes"] = [{**money, "split_by": 1}]
        assert list(validator.iter_errors(plain)), key


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(-3, 40), min_size=1, max_size=9),
    st.integers(1, 30000),
    st.sampled_from([("share", ""), ("pool", ""), ("share", ", seed: z")]),
)
def test_pools_and_pots_sum_exactly(scores: list[int], cents: int, ties: tuple[str, str]) -> None:
    names = [f"p{number}" for number in range(len(scores))]
    records = sold(**dict(zip(names, scores, strict=True)))
    rule = f"ties: {{rule: {ties[0]}{ties[1]}}}\n"
    pool = POOL.replace("amount: 100", f"amount: {cents // 100}.{cents % 100:02}")
    shared: dict[str, int] = defaultdict(int)
    for name, _, amount in paid(pool + rule, records, *names):
        shared[name] += amount
    positive = {n: s for n, s in zip(names, scores, strict=True) if s > 0}
    whole = sum(positive.values())
    assert sum(shared.values()) == (cents if positive else 0)
    for name, score in positive.items():
        assert abs(shared[name] - Fraction(cents * score, whole)) < 1
    in_pot = max(0, sum(scores)) * 5
    given_away = sum(amount for _, _, amount in paid(POT + rule, records, *names))
    places = min(len(positive), 3)
    most = Fraction((0, 50, 80, 100)[places], 100) * in_pot
    assert most - 1 < given_away < most + 1
    assert given_away <= in_pot
