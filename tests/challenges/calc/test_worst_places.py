"""The maximum liability of a duel, a tug of war and a bracket is what the dearest of all small
worlds costs: not less, and not more."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest

from challenges.calc import Person, Record, Roster, Rules, maximum_liability
from challenges.calc.worst_places import Places
from tests.challenges.calc.builders import member, record, result, rules_of

SHARE = ""
POOL = "ties: {rule: pool}\n"
EARLIEST = "ties: {rule: chain, chain: [{by: earliest}]}\n"
DRAW = "ties: {rule: chain, chain: [{by: draw}], seed: spring}\n"
TIES = {"share": SHARE, "pool": POOL, "earliest": EARLIEST, "draw": DRAW}
FALLING = """winners: 2
prizes:
  - {for: rank, rank: 1, kind: points, amount: 100}
  - {for: rank, rank: 2, kind: points, amount: 60}
  - {for: rank, rank: 3, kind: points, amount: 50}
  - {for: rank, from: 4, to: 5, kind: points, amount: 7}
  - {for: winners, kind: points, amount: 9}
"""
FLAT = """winners: 1
prizes:
  - {for: rank, from: 1, to: 2, kind: points, amount: 40}
  - {for: winners, kind: points, amount: 30}
  - {for: all, kind: points, amount: 1}
"""
LISTS = {"falling": FALLING, "flat": FLAT}
DAYS = ("11-03 10:00", "11-10 10:00", "11-17 10:00")
LEAVING = (None, date(2026, 11, 8), date(2026, 11, 15))
"""Nobody, before the second round, before the third one."""


def cost(rules: Rules, records: list[Record], roster: Roster) -> int:
    return sum(award.amount for award in result(rules, records, roster).awards)


def most(rules: Rules, entrants: int) -> int:
    (due,) = maximum_liability(rules, entrants)
    assert due.most is not None
    return due.most


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("prizes", LISTS)
@pytest.mark.parametrize("format_key", ["duel", "tug_of_war"])
def test_two_cost_what_the_dearest_world_costs(format_key: str, prizes: str, ties: str) -> None:
    goal = ", target: 3, gap: 1" if format_key == "tug_of_war" else ""
    rules = rules_of(
        f"format: {format_key}\nscore: {{metric: revenue{goal}}}\n" + TIES[ties] + LISTS[prizes]
    )
    roster = Roster((Person("ana", "Ana"), Person("ben", "Ben")))
    worlds = [
        [record(f"{who}{n}", who, DAYS[n], value) for who, n, value in zip(
            ("ana", "ana", "ben", "ben"), (0, 1, 0, 1), values, strict=True)]
        for values in product((0, 1, 2), repeat=4)
    ]  # fmt: skip

    assert max(cost(rules, world, roster) for world in worlds) == most(rules, 2)
    alone = Roster(roster.people[:1])
    assert cost(rules, [], alone) == most(rules, 1) == 0


def brackets(count: int) -> Iterator[tuple[list[Record], Roster]]:
    """Each way of leaving, and in each round a winner by place in the list or the other way
    round, at different moments or at one."""
    rounds = max(count - 1, 1).bit_length()
    names = [f"p{n}" for n in range(1, count + 1)]
    for leaving in product(LEAVING[:rounds], repeat=count):
        people = tuple(
            Person(name, name, left_on=gone) for name, gone in zip(names, leaving, strict=True)
        )
        for upset, apart in product((False, True), repeat=2):
            records = [
                record(f"{name}-{n}", name, day if not apart else f"{day[:6]}{10 + place}:00",
                       place if upset else count - place)
                for n, day in enumerate(DAYS[:rounds])
                for place, name in enumerate(names, start=0)
            ]  # fmt: skip
            yield [one for one in records if one.value], Roster(people)
            level = [
                record(f"{name}-{n}", name, day, 1) for n, day in enumerate(DAYS[:rounds])
                for name in names
            ]  # fmt: skip
            yield level, Roster(people)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("prizes", LISTS)
@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_bracket_costs_what_the_dearest_world_costs(count: int, prizes: str, ties: str) -> None:
    rules = rules_of(
        "format: knockout\nscore: {metric: revenue, round_days: 7}\n" + TIES[ties] + LISTS[prizes]
    )
    dearest = max(cost(rules, records, roster) for records, roster in brackets(count))

    assert dearest == most(rules, count)


@pytest.mark.parametrize("prizes", LISTS)
def test_whole_halves_of_a_bracket_can_leave(prizes: str) -> None:
    rules = rules_of("format: knockout\nscore: {metric: revenue, round_days: 7}\n" + LISTS[prizes])
    dearest = max(cost(rules, records, roster) for records, roster in brackets(5))

    assert dearest == most(rules, 5)


def test_a_bracket_of_256_is_summed_up_at_once_and_who_has_no_place_costs_nothing() -> None:
    rules = rules_of(
        "format: knockout\nscore: {metric: revenue, round_days: 7}\n"
        "prizes: [{for: all, kind: points, amount: 1}]\n"
    )
    long = rules_of("format: knockout\nscore: {metric: revenue, round_days: 3}\n" + POOL + FALLING)

    assert [most(rules, entrants) for entrants in (0, 1, 2, 16, 17)] == [0, 0, 2, 16, 16]
    # all but one leave after the first round: 128 then share rank 1 and 2
    assert most(long, 256) == most(long, 300) == 100 + 60 + 50 + 7 + 7 + 128 * 9


@pytest.mark.parametrize("ties", TIES)
def test_the_dearest_bracket_of_256_is_found_in_few_steps(
    ties: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "format: knockout\nscore: {metric: revenue, round_days: 3}\n" + TIES[ties]
    rules, weighed = rules_of(text + FALLING), 0
    won = Places._won

    def counted(places: Places, first: int, size: int) -> int:
        nonlocal weighed
        weighed += 1
        return won(places, first, size)

    monkeypatch.setattr(Places, "_won", counted)

    assert most(rules, 256) > 0
    # most of it: each rank with each number of equals, once for each number of those left
    assert weighed < 100_000


def test_teams_pull_against_each_other_like_people() -> None:
    rules = rules_of(
        "format: tug_of_war\nentrants: {kind: team}\n"
        "score: {metric: revenue, target: 3, gap: 1}\n" + FLAT
    )
    roster = Roster((member("ana", "red"), member("ben", "blue")))
    assert cost(rules, [record("a", "ana", DAYS[0], 5)], roster) <= most(rules, 2) == 112
