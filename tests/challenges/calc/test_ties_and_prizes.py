"""Equal scores and what is paid for them."""

import pytest

from challenges.calc import maximum_liability
from challenges.calc.liability import Liability
from challenges.calc.ranking import draw
from challenges.calc.rules import PrizeKind
from kernel.issues import Invalid
from tests.challenges.calc.builders import board, people, record, result, rules_of, won

MOST = "format: most\nscore: {metric: revenue}\n"
THREE = """prizes:
  - {for: rank, rank: 1, kind: money, amount: 500, currency: EUR}
  - {for: rank, rank: 2, kind: money, amount: 300.01, currency: EUR}
  - {for: rank, rank: 3, kind: money, amount: 100, currency: EUR}
"""
NAMES = ("ana", "ben", "cleo", "dora")
RECORDS = [
    record("a", "ana", "11-03 10:00", 50),
    record("b", "ben", "11-04 10:00", 50),
    record("c", "cleo", "11-02 10:00", 20),
    record("c2", "cleo", "11-05 10:00", 30),
    record("d", "dora", "11-05 10:00", 10),
]


def test_shared_rank_gives_each_the_prize_of_the_rank() -> None:
    standings = result(rules_of(MOST + THREE), RECORDS, people(*NAMES))
    assert [row.rank for row in standings.rows] == [1, 1, 1, 4]
    assert won(standings) == [("ana", 1, 50000), ("ben", 1, 50000), ("cleo", 1, 50000)]


def test_pool_and_split_pays_exactly_what_the_tied_places_hold() -> None:
    standings = result(rules_of(MOST + THREE + "ties: {rule: pool}\n"), RECORDS, people(*NAMES))
    amounts = sorted(amount for _, _, amount in won(standings))
    assert amounts == [30000, 30000, 30001]
    assert {entrant for entrant, _, _ in won(standings)} == {"ana", "ben", "cleo"}
    reasons = {award.reason.text() for award in standings.awards}
    assert reasons == {"Ranks 1 to 3 pooled and split between 3."}


def test_the_odd_cent_follows_the_seed_not_the_name() -> None:
    lucky: set[str] = set()
    for seed in range(12):
        text = f"{MOST}{THREE}ties: {{rule: pool, seed: s{seed}}}\n"
        standings = result(rules_of(text), RECORDS, people(*NAMES))
        lucky.update(entrant for entrant, _, amount in won(standings) if amount == 30001)
        assert sum(amount for _, _, amount in won(standings)) == 90001
    assert len(lucky) > 1


def chain(links: str, seed: str = "") -> list[tuple[int | None, str]]:
    text = f"{MOST}ties: {{rule: chain, chain: [{links}]{seed}}}\n"
    records = [
        *RECORDS,
        record("m1", "ben", "11-04 10:00", metric="meetings"),
        record("m2", "ana", "11-04 10:00", metric="meetings"),
        record("m3", "ana", "11-04 10:00", metric="meetings"),
    ]
    standings = result(rules_of(text), records, people(*NAMES))
    return [(row.rank, row.entrant) for row in standings.rows]


def test_chain_by_second_metric_leaves_nothing_to_names() -> None:
    expected = [(1, "ana"), (2, "ben"), (3, "cleo"), (4, "dora")]
    assert chain("{by: second_metric, metric: meetings, measure: count}") == expected
    lower = "{by: second_metric, metric: meetings, measure: count, better: lower}"
    assert chain(lower) == [(1, "cleo"), (2, "ben"), (3, "ana"), (4, "dora")]


def test_chain_by_earlier_record_that_made_the_final_score() -> None:
    # cleo began first, but her final score came last
    assert chain("{by: earliest}") == [(1, "ana"), (2, "ben"), (3, "cleo"), (4, "dora")]


def test_chain_by_draw_is_replayable_and_depends_on_the_seed() -> None:
    orders = set()
    for seed in ("one", "two", "three", "four"):
        order = chain("{by: draw}", f", seed: {seed}")
        trio = sorted(("ana", "ben", "cleo"), key=lambda name: draw(seed, name), reverse=True)
        assert order == [*enumerate(trio, start=1), (4, "dora")]
        orders.add(tuple(order))
    assert len(orders) > 1


def test_what_the_chain_cannot_decide_stays_shared() -> None:
    text = MOST + "ties: {rule: chain, chain: [{by: earliest}]}\n"
    records = [record("a", "ana", "11-03 10:00", 5), record("b", "ben", "11-03 10:00", 5)]
    assert board(result(rules_of(text), records, people("ben", "ana"))) == [
        (1, "ana", "5"),
        (1, "ben", "5"),
    ]


def test_chain_by_percent_of_target() -> None:
    from dataclasses import replace
    from fractions import Fraction

    from challenges.calc import Roster, Target

    text = MOST + "ties: {rule: chain, chain: [{by: percent_of_target, metric: revenue}]}\n"
    roster = people("ana", "ben", "cleo")
    targets = {"ana": 100, "ben": 50}
    roster = Roster(
        tuple(
            replace(p, targets=(Target(Fraction(targets[p.id])),)) if p.id in targets else p
            for p in roster.people
        )
    )
    assert board(result(rules_of(text), RECORDS, roster)) == [
        (1, "ben", "50"),
        (2, "ana", "50"),
        (3, "cleo", "50"),
    ]


def test_prizes_per_threshold_unit_winner_and_for_all() -> None:
    text = (
        MOST
        + """minimum: 20
prizes:
  - {for: threshold, at: 50, kind: gift, label: Book}
  - {for: unit, every: 20, kind: points, amount: 5}
  - {for: unit, every: 10, at_most: 3, kind: money, amount: 1.50, currency: EUR}
  - {for: winners, kind: trophy, label: Cup}
  - {for: all, kind: points, amount: 1}
"""
    )
    records = [record("a", "ana", "11-03 10:00", 50), record("b", "ben", "11-03 10:00", 39)]
    records.append(record("c", "cleo", "11-03 10:00", 19))
    standings = result(rules_of(text), records, people("ana", "ben", "cleo"))
    assert won(standings) == [
        ("ana", 1, 1),
        ("ana", 2, 10),
        ("ben", 2, 5),
        ("ana", 3, 450),
        ("ben", 3, 450),
        ("ana", 4, 1),
        ("ana", 5, 1),
        ("ben", 5, 1),
    ]


def test_money_without_cents_follows_its_currency() -> None:
    text = MOST + "prizes: [{for: rank, rank: 1, kind: money, amount: 5000, currency: JPY}]\n"
    standings = result(rules_of(text), RECORDS[:1], people("ana"))
    assert won(standings) == [("ana", 1, 5000)]
    with pytest.raises(Invalid):
        rules_of(text.replace("5000", "0.5"))


def test_maximum_liability_counts_ties_and_is_unknown_without_a_limit() -> None:
    share, pool = rules_of(MOST + THREE), rules_of(MOST + THREE + "ties: {rule: pool}\n")
    assert maximum_liability(share, 4) == (Liability(PrizeKind.MONEY, "EUR", 4 * 50000),)
    assert maximum_liability(pool, 4) == (Liability(PrizeKind.MONEY, "EUR", 90001),)
    units = rules_of(MOST + "prizes: [{for: unit, every: 1, kind: points, amount: 2}]\n")
    assert maximum_liability(units, 4) == (Liability(PrizeKind.POINTS, None, None),)


def test_a_gift_cannot_be_pooled() -> None:
    gift = MOST + "prizes: [{for: rank, rank: 1, kind: gift, label: Book}]\n"
    assert rules_of(gift).prizes[0].label == "Book"
    with pytest.raises(Invalid) as caught:
        rules_of(gift + "ties: {rule: pool}\n")
    assert [issue.code for issue in caught.value.issues] == ["cannot_split"]
