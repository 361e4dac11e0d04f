"""Format 22: the last of each round leaves; equal ones stay."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import (
    Cancellation,
    Person,
    Record,
    Roster,
    Rules,
    Standings,
    as_json,
    canonical,
    rulebook,
)
from kernel.issues import Invalid, fill
from tests.challenges.calc.builders import (
    at,
    board,
    member,
    people,
    record,
    result,
    rules_of,
    won,
)

HEAD = """
key: november
timezone: Europe/Paris
window: {start: 2026-11-02, end: 2026-11-30}
"""
TEXT = "format: elimination\nscore: {metric: revenue%s}\n"
WEEK = {1: "11-04", 2: "11-11", 3: "11-18", 4: "11-25"}
FOUR = people("ana", "ben", "cleo", "dora")


def rules(extra: str = "", more: str = "") -> Rules:
    return rules_of(TEXT % extra + more, HEAD)


def week(number: int, **values: int) -> list[Record]:
    return [
        record(f"{person}{number}", person, f"{WEEK[number]} 10:00", value)
        for person, value in values.items()
    ]


def outcomes(standings: Standings) -> list[dict[str, str | None]]:
    return [{x.entrant: x.outcome for x in played.lines} for played in standings.rounds or ()]


def out(standings: Standings) -> dict[str, int]:
    return {row.entrant: row.eliminated for row in standings.rows if row.eliminated is not None}


SALES = [
    *week(1, ana=50, ben=40, cleo=30, dora=20),
    *week(2, ana=10, ben=40, cleo=30, dora=900),
    *week(3, ana=99, ben=50, cleo=60, dora=900),
]


def test_the_last_leaves_each_week_and_what_they_do_afterwards_counts_no_more() -> None:
    standings = result(rules(), SALES, FOUR)
    assert outcomes(standings) == [
        {"ana": "stays", "ben": "stays", "cleo": "stays", "dora": "out"},
        {"ben": "stays", "cleo": "stays", "ana": "out"},
        {"cleo": "stays", "ben": "out"},
    ]
    assert board(standings) == [
        (1, "cleo", "60"),
        (2, "ben", "50"),
        (3, "ana", "10"),
        (4, "dora", "20"),
    ]
    assert out(standings) == {"dora": 1, "ana": 2, "ben": 3}
    assert [row.winner for row in standings.rows] == [True, False, False, False]
    dora = standings.row("dora")
    assert [(o.record.id, o.reason.code) for o in dora.left_out] == [
        ("dora2", "not_playing"),
        ("dora3", "not_playing"),
    ]
    assert [note.text() for note in dora.notes] == ["Out since round 1."]


def test_nobody_is_out_before_the_round_is_decided() -> None:
    # the week ends on Monday the 9th, and is decided three working days later
    before = result(rules(), SALES, FOUR, at("11-11 20:00"))
    assert outcomes(before)[0]["dora"] == "out"
    assert out(before) == {}
    assert [line.entrant for line in (before.rounds or ())[1].lines] == [
        "dora", "ben", "cleo", "ana",
    ]  # fmt: skip
    assert out(result(rules(), SALES, FOUR, at("11-12 00:00"))) == {"dora": 1}


def test_a_correction_before_the_decision_saves_and_one_after_it_does_not() -> None:
    saved = [*SALES, record("more", "dora", "11-05 10:00", 15, known="11-11 10:00")]
    assert out(result(rules(), saved, FOUR))["cleo"] == 1
    late = [*SALES, record("more", "dora", "11-05 10:00", 15, known="11-13 10:00")]
    assert out(result(rules(), late, FOUR))["dora"] == 1
    gone = [*SALES, Cancellation("x", "ana1", at("11-20 10:00"))]
    assert out(result(rules(), gone, FOUR)) == {"dora": 1, "ana": 2, "ben": 3}


def test_who_ties_for_last_stays_unless_the_chain_knows_better() -> None:
    tied = [
        *week(1, ana=50, ben=40, cleo=20),
        record("dora1", "dora", "11-05 10:00", 20),
    ]
    first = result(rules(), tied, FOUR, at("11-13 10:00"))
    assert set(outcomes(first)[0].values()) == {"stays"}
    chain = "ties: {rule: chain, chain: [{by: earliest}]}\n"
    broken = result(rules("", chain), tied, FOUR, at("11-13 10:00"))
    assert outcomes(broken)[0] == {"ana": "stays", "ben": "stays", "cleo": "stays", "dora": "out"}
    # all equal, also at zero: nobody leaves
    assert out(result(rules(), [], FOUR)) == {}
    assert board(result(rules(), [], FOUR)) == [
        (None, "ana", "0"), (None, "ben", "0"), (None, "cleo", "0"), (None, "dora", "0"),
    ]  # fmt: skip


def test_several_leave_and_of_equal_ones_at_the_edge_nobody() -> None:
    two = rules(", leave: 2")
    assert out(result(two, week(1, ana=9, ben=8, cleo=7, dora=6), FOUR, at("11-13 10:00"))) == {
        "cleo": 1,
        "dora": 1,
    }
    edge = week(1, ana=9, ben=7, cleo=7, dora=6)
    assert out(result(two, edge, FOUR, at("11-13 10:00"))) == {"dora": 1}
    both = week(1, ana=9, ben=7, cleo=6, dora=6)
    assert out(result(two, both, FOUR, at("11-13 10:00"))) == {"cleo": 1, "dora": 1}
    many = rules(", leave: 9")
    assert out(result(many, week(1, ana=9, ben=8, cleo=7, dora=6), FOUR, at("11-13 10:00"))) == {
        "ben": 1,
        "cleo": 1,
        "dora": 1,
    }


def test_a_second_life_is_lost_first() -> None:
    standings = result(rules(", lives: 2"), SALES, FOUR)
    assert outcomes(standings)[:3] == [
        {"ana": "stays", "ben": "stays", "cleo": "stays", "dora": "loses_life"},
        {"dora": "stays", "ben": "stays", "cleo": "stays", "ana": "loses_life"},
        {"dora": "stays", "ana": "stays", "cleo": "stays", "ben": "loses_life"},
    ]
    assert out(standings) == {}
    twice = [*week(1, ana=5, ben=1), *week(2, ana=5, ben=1)]
    assert out(result(rules(", lives: 2"), twice, people("ana", "ben"))) == {"ben": 2}


def test_below_the_least_one_leaves_too_but_never_the_best() -> None:
    sales = week(1, ana=50, ben=40, cleo=39, dora=38)
    assert out(result(rules(", at_least: 40"), sales, FOUR, at("11-13 10:00"))) == {
        "cleo": 1,
        "dora": 1,
    }
    assert out(result(rules(", at_least: 60"), sales, FOUR, at("11-13 10:00"))) == {
        "ben": 1,
        "cleo": 1,
        "dora": 1,
    }
    tied = week(1, ana=50, ben=40, cleo=30, dora=30)
    assert out(result(rules(", at_least: 35"), tied, FOUR, at("11-13 10:00"))) == {
        "cleo": 1,
        "dora": 1,
    }


def test_prizes_go_by_the_order_of_leaving_and_nothing_to_who_has_nothing() -> None:
    prizes = "prizes:\n  - {for: rank, from: 1, to: 4, kind: points, amount: 5}\n"
    sales = [*week(1, ana=50, ben=40, cleo=30), *week(2, ana=5, ben=4, cleo=3)]
    standings = result(rules("", prizes), sales, FOUR)
    assert won(standings) == [("ana", 1, 5), ("ben", 1, 5), ("cleo", 1, 5)]
    assert (standings.row("dora").rank, standings.row("dora").eliminated) == (None, 1)


def test_joiners_begin_with_the_next_round_and_leavers_go_with_theirs() -> None:
    late = replace(Person("ana", "Ana"), joined_on=date(2026, 11, 4))
    gone = replace(Person("ben", "Ben"), left_on=date(2026, 11, 11))
    roster = Roster((late, gone, Person("cleo", "Cleo"), Person("dora", "Dora")))
    sales = [*week(1, ana=1, ben=9, cleo=8, dora=7), *week(2, ana=9, ben=99, cleo=8)]
    standings = result(rules(), sales, roster, at("11-19 10:00"))
    assert outcomes(standings)[:2] == [
        {"ben": "stays", "cleo": "stays", "dora": "out"},
        {"ana": "stays", "ben": "left", "cleo": "out"},
    ]
    # the leaver takes nobody's place: the last of the others leaves all the same
    assert out(standings) == {"ben": 2, "cleo": 2, "dora": 1}


GAP = ", rounds: [{start: 2026-11-02, end: 2026-11-07}, {start: 2026-11-16, end: 2026-11-20}]"


@pytest.mark.parametrize(("score", "day"), [("", 9), (GAP, 11)])
def test_who_leaves_between_two_rounds_is_out_and_is_paid_nothing(score: str, day: int) -> None:
    gone = replace(Person("ana", "Ana"), left_on=date(2026, 11, day))
    roster = Roster((gone, Person("ben", "Ben"), Person("cleo", "Cleo")))
    prize = "winners: 1\nprizes: [{for: rank, rank: 1, kind: points, amount: 5}]\n"
    standings = result(rules(score, prize), week(1, ana=100, ben=50, cleo=30), roster)
    assert board(standings) == [(1, "ben", "50"), (2, "ana", "100"), (3, "cleo", "30")]
    assert out(standings) == {"ana": 1, "cleo": 1}
    assert [row.entrant for row in standings.rows if row.winner] == ["ben"]
    assert won(standings) == [("ben", 1, 5)]


def test_the_last_one_who_is_in_has_won_and_may_leave() -> None:
    gone = replace(Person("ana", "Ana"), left_on=date(2026, 11, 9))
    early = replace(Person("cleo", "Cleo"), left_on=date(2026, 11, 7))
    roster = Roster((gone, Person("ben", "Ben"), early))
    standings = result(rules(), week(1, ana=100, ben=50, cleo=200), roster)
    assert board(standings) == [(1, "ana", "100"), (2, "cleo", "200"), (3, "ben", "50")]
    assert out(standings) == {"ben": 1, "cleo": 1}


def test_teams_leave_too() -> None:
    roster = Roster((member("ana", "north"), member("ben", "north"), member("cleo", "south")))
    sales = week(1, ana=50, ben=40, cleo=44)
    standings = result(rules("", "entrants: {kind: team}\n"), sales, roster)
    assert board(standings) == [(1, "north", "45"), (2, "south", "44")]
    assert out(standings) == {"south": 1}


def test_the_output_flags_who_is_out_and_only_them() -> None:
    plain = as_json(result(rules(), SALES, FOUR))
    rows = plain["standings"]
    assert isinstance(rows, list)
    assert [row.get("eliminated") for row in rows] == [None, 3, 2, 1]
    assert "eliminated" not in rows[0]


def codes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        rules_of(text, HEAD)
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def test_what_does_not_fit_is_refused() -> None:
    assert codes(TEXT % ", leave: 0, lives: 0, at_least: 0") == [
        ("not_whole", "score.leave"),
        ("too_small", "score.at_least"),
        ("not_whole", "score.lives"),
    ]
    assert codes(TEXT % ", round_days: 40") == [("no_round", "score.round_days")]


def test_the_rulebook() -> None:
    said = [fill(t, p) for t, p in rulebook(rules(", leave: 2, lives: 2, at_least: 5"))]
    assert said[3:10] == [
        "After each round the last 2 by “revenue” leave, until one is left or the rounds are over.",
        "Who stays below 5 in a round leaves too; the best one never does.",
        "Everybody has 2 lives and leaves with the last of them.",
        "When several tie for last, none of them leaves.",
        "Whoever is still in after the last round is ahead of all who left, by the score of that "
        "round, be it zero; equal ones stand level.",
        "Who has nothing over all rounds has no rank and no prize.",
        "Who has left is shown to nobody but themselves and their manager.",
    ]
    assert (
        "After each round the last by “revenue” leaves, until one is left or the rounds are over."
        in [fill(t, p) for t, p in rulebook(rules())]
    )


def test_a_tie_that_lasts_at_zero_is_over_with_the_last_round() -> None:
    """Two are left and sell no more: both win when the window ends, and split what is split."""
    prize = "winners: 1\nprizes: [{for: rank, rank: 1, kind: points, amount: 5}]\n"
    sales = [*week(1, ana=50, ben=40, cleo=30), *week(2, ana=9, ben=8)]
    standings = result(rules("", prize), sales, FOUR)
    assert outcomes(standings)[2:] == [{"ana": "stays", "ben": "stays"}] * 2
    assert out(standings) == {"dora": 1, "cleo": 2}
    assert board(standings) == [
        (1, "ana", "0"),
        (1, "ben", "0"),
        (3, "cleo", "0"),
        (None, "dora", "0"),
    ]
    assert [row.entrant for row in standings.rows if row.winner] == ["ana", "ben"]
    assert standings.complete
    assert won(standings) == [("ana", 1, 5), ("ben", 1, 5)]
    pooled = result(rules("", prize + "ties: {rule: pool}\n"), sales, FOUR)
    assert sum(amount for _, _, amount in won(pooled)) == 5
    chain = "ties: {rule: chain, chain: [{by: second_metric, metric: calls}]}\n"
    calls = [replace(record("c", "ben", "11-25 10:00", 1), metric="calls")]
    parted = result(rules("", prize + chain), [*sales, *calls], FOUR)
    assert out(parted) == {"dora": 1, "cleo": 2, "ana": 4}
    assert won(parted) == [("ben", 1, 5)]


START = datetime(2026, 11, 1, 23, tzinfo=UTC)
NAMES = ("ana", "ben", "cleo", "dora", "emil")


def by_hand(log: Sequence[Record]) -> dict[str, int]:
    """Strike off whoever is alone at the bottom, week after week."""
    still, struck = list(NAMES), {}
    for number in range(1, 5):
        start = START + timedelta(days=7 * (number - 1))
        totals = {
            name: sum(
                r.value
                for r in log
                if r.person == name and start <= r.occurred_at < start + timedelta(days=7)
            )
            for name in still
        }
        worst = [name for name in still if totals[name] == min(totals.values())]
        if len(worst) == 1 and len(still) > 1:
            still.remove(worst[0])
            struck[worst[0]] = number
    return struck


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(0, 28 * 24 - 1), st.integers(-2, 9)),
        max_size=16,
    ),
    st.randoms(use_true_random=False),
)
def test_who_leaves_agrees_with_a_list_that_is_struck_off_by_hand(
    found: list[tuple[str, int, int]], random: Random
) -> None:
    log = [
        Record(str(number), person, "revenue", when, when, Fraction(value))
        for number, (person, hours, value) in enumerate(found)
        for when in (START + timedelta(hours=hours),)
    ]
    standings = result(rules(), log, people(*NAMES))
    assert out(standings) == by_hand(log)
    ranked = [row for row in standings.rows if row.rank is not None]
    left = [row.eliminated or 5 for row in ranked]
    assert left == sorted(left, reverse=True)
    random.shuffle(log)
    assert canonical(result(rules(), log, people(*reversed(NAMES)))) == canonical(standings)
