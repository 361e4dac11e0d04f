"""Duel and tug of war: whole boards of two, and everything that can go wrong between them."""

from datetime import date, datetime
from typing import Any

import pytest

from challenges.calc import Cancellation, Person, Roster
from kernel.issues import Invalid
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
from tests.challenges.calc.season_builders import counted, left_out, played

DUEL = "format: duel\nscore: {metric: revenue}\n"
PRIZES = """
prizes:
  - {for: rank, rank: 1, kind: money, amount: 50, currency: EUR}
  - {for: winners, kind: points, amount: 10}
"""
TWO = people("ana", "ben")


def asked(**keys: str) -> Any:
    inner = "".join(f", {key}: {value}" for key, value in keys.items())
    return rules_of(f"format: duel\nscore: {{metric: revenue{inner}}}\n")


# 16, duel -------------------------------------------------------------------------------------


def test_the_higher_total_wins_the_duel_and_its_prizes() -> None:
    log = [record("a", "ana", "11-03 10:00", 30), record("b", "ben", "11-04 10:00", 20)]
    standings = result(rules_of(DUEL + PRIZES), log, TWO)
    assert board(standings) == [(1, "ana", "30"), (2, "ben", "20")]
    assert won(standings) == [("ana", 1, 5000), ("ana", 2, 10)]
    assert played(standings) == {1: [("ana", "30", "ben", "win"), ("ben", "20", "ana", "loss")]}


def test_equal_totals_are_a_draw_that_nobody_wins_and_the_rank_is_shared() -> None:
    log = [record("a", "ana", "11-03 10:00", 20), record("b", "ben", "11-04 10:00", 20)]
    standings = result(rules_of(DUEL + PRIZES), log, TWO)
    assert board(standings) == [(1, "ana", "20"), (1, "ben", "20")]
    assert [row.winner for row in standings.rows] == [False, False]
    assert won(standings) == [("ana", 1, 5000), ("ben", 1, 5000)]
    assert played(standings) == {1: [("ana", "20", "ben", "draw"), ("ben", "20", "ana", "draw")]}


def test_a_tie_break_chain_leaves_no_draw() -> None:
    log = [record("a", "ana", "11-03 10:00", 20), record("b", "ben", "11-02 10:00", 20)]
    chain = "ties: {rule: chain, chain: [{by: earliest}]}\n"
    standings = result(rules_of(DUEL + PRIZES + chain), log, TWO)
    assert board(standings) == [(1, "ben", "20"), (2, "ana", "20")]
    assert played(standings) == {1: [("ana", "20", "ben", "loss"), ("ben", "20", "ana", "win")]}
    assert won(standings) == [("ben", 1, 5000), ("ben", 2, 10)]
    lines = [line.how for played in standings.rounds or () for line in played.lines]
    assert lines == ["tie_break", "tie_break"]


def test_a_correction_can_make_the_total_negative_and_the_other_better() -> None:
    log = [
        record("a", "ana", "11-03 10:00", 5),
        record("a2", "ana", "11-03 10:00", -8, known="11-10 10:00", supersedes="a"),
    ]
    standings = result(rules_of(DUEL + PRIZES), log, TWO)
    assert played(standings) == {1: [("ana", "-8", "ben", "loss"), ("ben", "0", "ana", "win")]}
    # zero or below is unranked and unpaid, as everywhere
    assert board(standings) == [(None, "ben", "0"), (None, "ana", "-8")]
    assert won(standings) == []
    stated = result(rules_of(DUEL + PRIZES + "minimum: -100\n"), log, TWO)
    assert board(stated) == [(1, "ben", "0"), (2, "ana", "-8")]
    assert won(stated) == [("ben", 1, 5000), ("ben", 2, 10)]


def test_cancelled_before_official_turns_the_duel() -> None:
    log = [
        record("a", "ana", "11-03 10:00", 30),
        record("b", "ben", "11-04 10:00", 20),
        Cancellation("a-", "a", at("11-20 10:00")),
    ]
    rules = rules_of(DUEL)
    assert board(result(rules, log, TWO, at("11-19 00:00"))) == [(1, "ana", "30"), (2, "ben", "20")]
    assert board(result(rules, log, TWO)) == [(1, "ben", "20"), (None, "ana", "0")]


HALF_PAST = {"proposed_at": "2026-11-03T09:00", "accepted_at": "2026-11-03T09:30"}


def test_accepted_in_time_it_counts_from_then_on() -> None:
    log = [
        record("early", "ana", "11-03 08:10", 99),  # 09:10 in Paris
        record("a", "ana", "11-03 08:30", 4),  # the very moment
        record("b", "ben", "11-03 10:00", 5),
    ]
    standings = result(asked(**HALF_PAST), log, TWO)
    assert board(standings) == [(1, "ben", "5"), (2, "ana", "4")]
    assert left_out(standings, "ana") == [("early", "before_accepting")]


@pytest.mark.parametrize(
    ("keys", "as_of", "code"),
    [
        ({"proposed_at": "2026-11-03T09:00"}, at("11-03 08:59"), "not_accepted_yet"),
        ({"proposed_at": "2026-11-03T09:00"}, at("11-03 09:00"), "not_accepted_yet"),
        ({"proposed_at": "2026-11-03T09:00"}, at("11-03 09:01"), "lapsed"),
        (HALF_PAST, at("11-03 08:29"), "not_accepted_yet"),
        (HALF_PAST | {"accept_within": "29"}, at("11-03 10:00"), "lapsed"),
        ({"accepted_at": "2026-11-01T01:01"}, at("11-03 10:00"), "lapsed"),
    ],
)
def test_not_accepted_in_time_lapses_without_a_result(
    keys: dict[str, str], as_of: datetime, code: str
) -> None:
    standings = result(asked(**keys), [record("a", "ana", "11-03 08:35", 4)], TWO, as_of)
    assert board(standings) == [(None, "ana", None), (None, "ben", None)]
    assert [row.reason.code for row in standings.rows if row.reason] == [code, code]
    assert not any(row.winner for row in standings.rows)
    assert standings.awards == ()


def test_exactly_on_the_last_minute_is_in_time() -> None:
    keys = {"proposed_at": "2026-11-03T09:00", "accepted_at": "2026-11-03T10:00"}
    standings = result(asked(**keys), [record("a", "ana", "11-03 10:35", 4)], TWO)
    assert board(standings) == [(1, "ana", "4"), (None, "ben", "0")]


def test_three_cannot_duel_and_say_so() -> None:
    standings = result(rules_of(DUEL), [], people("ana", "ben", "cleo"))
    assert [row.reason.code for row in standings.rows if row.reason] == ["not_two"] * 3


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        (DUEL + "entrants: {people: [ana]}\n", "number_of_entrants", "entrants.people"),
        (
            DUEL + "entrants: {kind: team, teams: [a, b, c]}\n",
            "number_of_entrants",
            "entrants.teams",
        ),
        (
            "format: duel\nscore: {metric: revenue, proposed_at: 2026-11-05, "
            "accepted_at: 2026-11-04}\n",
            "accepted_before_proposed",
            "score.accepted_at",
        ),
        (
            "format: duel\nscore: {metric: revenue, accepted_at: 2026-12-01}\n",
            "after_the_end",
            "score.accepted_at",
        ),
        (
            "format: duel\nscore: {metric: revenue, proposed_at: soon}\n",
            "not_a_moment",
            "score.proposed_at",
        ),
    ],
)
def test_each_refusal_of_a_duel(text: str, code: str, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules_of(text)
    assert [(issue.code, issue.place.path) for issue in caught.value.issues] == [(code, path)]


def test_two_teams_can_duel_by_mean_and_by_sum() -> None:
    roster = Roster((member("ana", "north"), member("ben", "north"), member("cleo", "south")))
    log = [
        record("a", "ana", "11-03 10:00", 30),
        record("b", "ben", "11-03 10:00", 10),
        record("c", "cleo", "11-03 10:00", 25),
    ]
    for how, expected in (
        ("mean", [(1, "south", "25"), (2, "north", "20")]),
        ("sum", [(1, "north", "40"), (2, "south", "25")]),
        ("best_n, best_n: 1", [(1, "north", "30"), (2, "south", "25")]),
    ):
        rules = rules_of(DUEL + f"entrants: {{kind: team, team_score: {how}}}\n")
        assert board(result(rules, log, roster)) == expected


# 18, tug of war -------------------------------------------------------------------------------

TUG = "format: tug_of_war\nscore: {metric: revenue, target: 100, gap: 20}\n"


def test_it_is_over_when_one_has_the_target_and_the_lead() -> None:
    log = [
        record("a1", "ana", "11-03 10:00", 90),
        record("b1", "ben", "11-04 10:00", 85),
        record("a2", "ana", "11-05 10:00", 10),  # 100, but leads by 15 only
        record("a3", "ana", "11-06 10:00", 5),  # 105, leads by 20
        record("b2", "ben", "11-07 10:00", 500),
    ]
    standings = result(rules_of(TUG), log, TWO)
    assert board(standings) == [(1, "ana", "105"), (2, "ben", "85")]
    assert standings.decided_at == at("11-06 10:00")
    assert left_out(standings, "ben") == [("b2", "tug_over")]
    assert counted(standings, "ben") == [("b1", "", "85")]
    assert played(standings) == {1: [("ana", "105", "ben", "win"), ("ben", "85", "ana", "loss")]}
    before = result(rules_of(TUG), log, TWO, at("11-05 11:00"))
    assert (before.decided_at, board(before)) == (None, [(1, "ana", "100"), (2, "ben", "85")])


def test_without_target_and_lead_the_end_decides() -> None:
    close = [record("b", "ben", "11-02 10:00", 100), record("a", "ana", "11-02 10:00", 119)]
    standings = result(rules_of(TUG), close, TWO)
    assert (standings.decided_at, board(standings)) == (
        None,
        [(1, "ana", "119"), (2, "ben", "100")],
    )


def test_both_at_once_count_together() -> None:
    """At one moment both pass the target: neither leads by the gap, and the tug goes on."""
    log = [
        record("a1", "ana", "11-03 10:00", 110),
        record("b1", "ben", "11-03 10:00", 105),
        record("b2", "ben", "11-09 10:00", 30),
    ]
    standings = result(rules_of(TUG), log, TWO)
    assert standings.decided_at == at("11-09 10:00")
    assert board(standings) == [(1, "ben", "135"), (2, "ana", "110")]


def test_both_at_once_without_a_gap_and_equal_is_a_draw() -> None:
    rules = rules_of("format: tug_of_war\nscore: {metric: revenue, target: 100, gap: 0}\n" + PRIZES)
    log = [
        record("a1", "ana", "11-03 10:00", 100),
        record("b1", "ben", "11-03 10:00", 100),
        record("b2", "ben", "11-03 10:01", 1),
    ]
    standings = result(rules, log, TWO)
    assert standings.decided_at == at("11-03 10:00")
    assert board(standings) == [(1, "ana", "100"), (1, "ben", "100")]
    assert [row.winner for row in standings.rows] == [False, False]


def test_with_a_date_alone_the_day_decides() -> None:
    log = [
        record("a1", "ana", "11-02 23:00", 100, date_only=True),  # 3 November in Paris
        record("b1", "ben", "11-03 15:00", 90),
        record("b2", "ben", "11-04 15:00", 80),
    ]
    standings = result(rules_of(TUG), log, TWO)
    assert standings.decided_at == at("11-03 23:00")  # the day of 4 November in Paris
    assert board(standings) == [(1, "ben", "170"), (2, "ana", "100")]


def test_a_cancellation_reopens_what_was_decided_and_a_late_record_moves_it() -> None:
    log = [
        record("a1", "ana", "11-03 10:00", 120),
        record("b1", "ben", "11-05 10:00", 150),
        record("b0", "ben", "11-02 10:00", 101, known="11-20 10:00"),
        Cancellation("a-", "a1", at("11-10 10:00")),
    ]
    rules = rules_of(TUG)
    assert board(result(rules, log, TWO, at("11-08 00:00"))) == [
        (1, "ana", "120"),
        (None, "ben", "0"),
    ]
    assert board(result(rules, log, TWO, at("11-12 00:00"))) == [
        (1, "ben", "150"),
        (None, "ana", "0"),
    ]
    last = result(rules, log, TWO)
    assert (last.decided_at, board(last)) == (
        at("11-02 10:00"),
        [(1, "ben", "101"), (None, "ana", "0")],
    )


def test_nobody_scores_and_a_leaver_keeps_the_records() -> None:
    nobody = result(rules_of(TUG), [], TWO)
    assert board(nobody) == [(None, "ana", "0"), (None, "ben", "0")]
    roster = Roster((Person("ana", "Ana", left_on=date(2026, 11, 5)), Person("ben", "Ben")))
    log = [record("a", "ana", "11-03 10:00", 7), record("b", "ben", "11-20 10:00", 5)]
    assert board(result(rules_of(TUG), log, roster)) == [(1, "ana", "7"), (2, "ben", "5")]


def test_teams_pull_by_mean_but_not_by_their_best() -> None:
    roster = Roster((member("ana", "north"), member("ben", "north"), member("cleo", "south")))
    log = [
        record("a", "ana", "11-03 10:00", 180),
        record("c", "cleo", "11-04 10:00", 60),
        record("b", "ben", "11-05 10:00", 30),
    ]
    standings = result(rules_of(TUG + "entrants: {kind: team}\n"), log, roster)
    assert board(standings) == [(1, "north", "105"), (2, "south", "60")]
    assert standings.decided_at == at("11-05 10:00")
    with pytest.raises(Invalid) as caught:
        rules_of(TUG + "entrants: {kind: team, team_score: best_n, best_n: 1}\n")
    assert [issue.code for issue in caught.value.issues] == ["team_score_not_possible"]
