"""The maximum liability is what the dearest of all small worlds costs: not less, and not more.

Every list of records of a small grid is scored with the real engine; the oracle is the most that
any of them pays.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from challenges.calc import Record, Roster, Rules, maximum_liability
from tests.challenges.calc.builders import people, record, result, rules_of

NAMES = ("ana", "ben", "cleo", "dora")
TIES = {
    "share": "",
    "pool": "ties: {rule: pool}\n",
    "earliest": "ties: {rule: chain, chain: [{by: earliest}]}\n",
    "draw": "ties: {rule: chain, chain: [{by: draw}], seed: spring}\n",
}
RANKS = {
    "falling": (100, 60, 50, 7),
    "dear second": (20, 70),
    "dear last": (10, 5, 0, 90),
    "flat": (40, 40, 40),
}
BESIDE = {
    "nothing": "",
    "one winner": "winners: 1\nprizes:\n  - {for: winners, kind: points, amount: 9}\n",
    "dear winners": "winners: 2\nprizes:\n  - {for: winners, kind: points, amount: 90}\n",
    "all": (
        "winners: all\nprizes:\n  - {for: winners, kind: points, amount: 9}\n"
        "  - {for: all, kind: points, amount: 3}\n"
        "  - {for: threshold, at: 2, kind: points, amount: 2}\n"
        "  - {for: unit, every: 1, at_most: 2, kind: points, amount: 1}\n"
    ),
}
MOST = "format: most\nscore: {metric: revenue}\n"
RACE = "format: race\nscore: {metric: revenue, target: 2}\n"
HOLDER = "format: record\nscore: {metric: revenue}\n"
RESERVES = (
    "format: ranking_with_minimum\nscore: {metric: revenue, reserves: %s, below_reserve: %s}\n"
)
LAPSE = RESERVES % ("[6, 4, 2]", "lapse")
FALLING = RESERVES % ("[6, 4, 2]", "pass_down")
LEVEL = RESERVES % ("[5, 5, 3]", "pass_down")
BARRED = "minimum: 4\n" + RESERVES % ("[6, 4, 2]", "pass_down")
ONE = ("11-03 10:00",)
TWO = ("11-03 10:00", "11-04 10:00")
THREE = (*TWO, "11-05 10:00")
VALUES = (0, 1, 2, 3, 4, 5, 6, 7)


def rules_with(format_: str, ties: str, ranks: Sequence[int], beside: str) -> Rules:
    places = "".join(
        f"  - {{for: rank, rank: {n}, kind: points, amount: {amount}}}\n"
        for n, amount in enumerate(ranks, start=1)
        if amount
    )
    head = beside if "prizes:" in beside else beside + "prizes:\n"
    return rules_of(format_ + ties + head + places)


def cost(rules: Rules, records: Sequence[Record], roster: Roster) -> int:
    return sum(award.amount for award in result(rules, list(records), roster).awards)


def most(rules: Rules, entrants: int) -> int | None:
    found = maximum_liability(rules, entrants)
    return found[0].most if found else 0


def worlds(count: int, values: Sequence[int], moments: Sequence[str]) -> Iterator[list[Record]]:
    """Everybody has one record: each value at each moment, the order of names set aside."""
    one = list(product(values, moments))
    for chosen in product(range(len(one)), repeat=count):
        if list(chosen) != sorted(chosen):
            continue
        yield [
            record(name, name, one[n][1], one[n][0])
            for name, n in zip(NAMES, chosen, strict=False)
            if one[n][0]
        ]


def dearest(rules: Rules, count: int, values: Sequence[int], moments: Sequence[str]) -> int:
    roster = people(*NAMES[:count])
    return max(cost(rules, records, roster) for records in worlds(count, values, moments))


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("ranks", RANKS)
@pytest.mark.parametrize("ties", TIES)
def test_ranks_and_winning_cost_what_the_dearest_world_costs(
    ties: str, ranks: str, beside: str
) -> None:
    rules = rules_with(MOST, TIES[ties], RANKS[ranks], BESIDE[beside])
    for count in (1, 4):
        assert dearest(rules, count, (0, 2, 3, 4, 5), ONE) == most(rules, count)


def seconded(count: int) -> Iterator[list[Record]]:
    """As `worlds`, and of a second metric nothing, 1 or 2."""
    one = list(product((0, 2, 3), TWO, (0, 1, 2)))
    for chosen in product(range(len(one)), repeat=count):
        if list(chosen) != sorted(chosen):
            continue
        yield [
            made
            for name, n in zip(NAMES, chosen, strict=False)
            for made in (
                record(name, name, one[n][1], one[n][0]),
                record(f"{name}-calls", name, "11-20 10:00", one[n][2], metric="calls"),
            )
            if made.value
        ]


@pytest.mark.parametrize("beside", ["nothing", "one winner", "dear winners"])
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("format_", [RACE, HOLDER])
def test_only_who_is_there_first_has_a_rank(format_: str, ties: str, beside: str) -> None:
    for ranks in RANKS.values():
        rules = rules_with(format_, TIES[ties], ranks, BESIDE[beside])
        for count in (1, 3):
            assert dearest(rules, count, (0, 2, 3), THREE) == most(rules, count)


@pytest.mark.parametrize("format_", [RACE, HOLDER])
def test_a_second_metric_parts_those_of_one_moment(format_: str) -> None:
    chain = "ties: {rule: chain, chain: [{by: second_metric, metric: calls}]}\n"
    for ranks in ("falling", "dear second"):
        rules = rules_with(format_, chain, RANKS[ranks], BESIDE["one winner"])
        roster = people(*NAMES[:3])
        found = max(cost(rules, records, roster) for records in seconded(3))
        assert found == most(rules, 3)


@pytest.mark.parametrize("beside", ["one winner", "dear winners"])
@pytest.mark.parametrize("ties", ["share", "pool", "draw"])
@pytest.mark.parametrize("format_", [LAPSE, FALLING, LEVEL, BARRED])
def test_places_with_reserves_can_stay_free(format_: str, ties: str, beside: str) -> None:
    for ranks in RANKS.values():
        rules = rules_with(format_, TIES[ties], ranks, BESIDE[beside])
        for count in (1, 3):
            assert dearest(rules, count, VALUES, ONE) == most(rules, count)


@pytest.mark.parametrize("once", ["true", "false"])
def test_a_draw_costs_what_the_dearest_draw_costs(once: str) -> None:
    prizes = (
        "prizes:\n  - {for: draw, kind: points, amount: 50}\n"
        "  - {for: draw, kind: points, amount: 20, times: 2}\n"
        "  - {for: winners, kind: points, amount: 7}\n  - {for: all, kind: points, amount: 1}\n"
    )
    for count in (0, 1, 2, 4):
        found, due = [0], set()
        for seed in range(12):
            digest = hashlib.sha256(str(seed).encode()).hexdigest()
            rules = rules_of(
                f"format: lottery\nscore: {{metric: revenue, win_once: {once}, "
                f'seed: "{seed}", seed_sha256: {digest}}}\n' + prizes
            )
            due.add(most(rules, count))
            found += [
                cost(rules, records, people(*NAMES[:count]))
                for records in worlds(count, (0, 1, 2), ONE)
            ]
        assert due == {max(found)}


def test_a_pot_never_gives_more_than_its_limit_and_less_where_places_stay_free() -> None:
    rules = rules_of(
        "format: ranking_with_pot\nscore: {metric: revenue}\nprizes:\n"
        "  - {for: pot, kind: points, of_total: 50 %, split: [40 %, 35 %, 15 %], at_most: 11}\n"
    )
    for count in (1, 2, 3, 4):
        roster = people(*NAMES[:count])
        totals = [
            cost(rules, [record(name, name, "11-03 10:00", total + place) for place, name in
                         enumerate(NAMES[:count])], roster)
            for total in range(1, 40)
        ]  # fmt: skip
        assert max(totals) == most(rules, count)


def test_points_of_a_path_are_known_before_it_is_walked() -> None:
    acts = "[{key: a, metric: revenue}, {key: b, metric: revenue, target: 2, points: 4}]"
    rules = rules_of(
        f"format: mission_path\nscore: {{acts: {acts}}}\nprizes:\n"
        "  - {for: unit, every: 2, kind: points, amount: 10}\n"
        "  - {for: tier, tier: 2, kind: points, amount: 3}\n"
    )
    walked = [record(f"r{n}", "ana", f"11-0{n} 10:00", 3) for n in (3, 4)]
    assert cost(rules, walked, people("ana")) == most(rules, 1) == 2 * 10 + 3


def test_many_places_and_many_heads_are_summed_up_at_once() -> None:
    prizes = (
        "winners: 3\nprizes:\n  - {for: rank, from: 1, to: 5000, kind: points, amount: 2}\n"
        "  - {for: winners, kind: points, amount: 1}\n"
    )
    assert most(rules_of(MOST + prizes), 5000) == 5000 * 3
    assert most(rules_of(MOST + TIES["draw"] + prizes), 5000) == 5000 * 2 + 3
    assert most(rules_of(FALLING + prizes), 5000) == 5000 * 3
