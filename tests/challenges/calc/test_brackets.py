"""Knockout brackets: seeding, byes, ties, leavers, and rounds that are never replayed."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import (
    Cancellation,
    Entry,
    Membership,
    Person,
    Record,
    Roster,
    Rules,
    Target,
    canonical,
)
from challenges.calc.formats.brackets import slots
from challenges.calc.lots import draw
from kernel.issues import Invalid
from tests.challenges.calc.builders import (
    at,
    board,
    member,
    people,
    record,
    result,
    rules_of,
    span,
    won,
)
from tests.challenges.calc.season_builders import counted, left_out, played, wins

HEAD = """
key: cup
timezone: UTC
window: {start: 2026-11-02, end: 2026-11-30}
format: knockout
"""
NAMES = ("ana", "ben", "cleo", "dora", "emil", "finn", "gina", "hugo")


def cup(count: int = 4, more: str = "", score: str = "") -> str:
    order = ", ".join(NAMES[:count])
    return (
        f"{HEAD}score: {{metric: revenue, seeding: {{by: list, order: [{order}]}}{score}}}\n{more}"
    )


def rules(count: int = 4, more: str = "", score: str = "") -> Rules:
    return rules_of(cup(count, more, score), head="")


def week(number: int, **values: int) -> list[Record]:
    """One record for each on the Tuesday of that week."""
    day = 3 + 7 * (number - 1)
    return [
        record(f"{name}{number}", name, f"11-{day:02} 10:00", value)
        for name, value in values.items()
    ]


FOUR = people(*NAMES[:4])
SEASON = [*week(1, ana=10, dora=4, ben=3, cleo=8), *week(2, ana=5, cleo=6)]


def test_the_first_meets_the_last_and_the_final_decides() -> None:
    standings = result(rules(), SEASON, FOUR)
    assert played(standings) == {
        1: [
            ("ana", "10", "dora", "win"),
            ("dora", "4", "ana", "loss"),
            ("ben", "3", "cleo", "loss"),
            ("cleo", "8", "ben", "win"),
        ],
        2: [("ana", "5", "cleo", "loss"), ("cleo", "6", "ana", "win")],
    }
    # the score is the total of the rounds played; the place is how far it went
    assert board(standings) == [
        (1, "cleo", "14"), (2, "ana", "15"), (3, "ben", "3"), (3, "dora", "4"),
    ]  # fmt: skip
    assert [(one.stage, one.span.decided_at) for one in standings.rounds or ()] == [
        ("semi_final", at("11-12 00:00")),
        ("final", at("11-19 00:00")),
    ]
    assert standings.decided_at == at("11-19 00:00")
    notes = {row.entrant: [note.text() for note in row.notes] for row in standings.rows}
    assert notes == {
        "cleo": [],
        "ana": ["Out in round 2."],
        "ben": ["Out in round 1."],
        "dora": ["Out in round 1."],
    }


PRIZES = """prizes:
  - {for: rank, rank: 1, kind: points, amount: 100}
  - {for: rank, rank: 3, kind: points, amount: 10}
"""


def test_nothing_is_won_before_the_final_has_begun() -> None:
    game = rules(more=PRIZES)
    first = result(game, SEASON, FOUR, at("11-04 00:00"))
    assert board(first) == [(1, "ana", "10"), (1, "cleo", "8"), (3, "ben", "3"), (3, "dora", "4")]
    assert (won(first), [row.winner for row in first.rows]) == ([], [False] * 4)
    final = result(game, SEASON, FOUR, at("11-09 00:00"))
    assert wins(final)[2] == ["ana"]  # nothing known yet: level, and the better seed leads
    assert won(final) == [("ana", 1, 100), ("ben", 2, 10), ("dora", 2, 10)]
    assert won(result(game, SEASON, FOUR)) == [("cleo", 1, 100), ("ben", 2, 10), ("dora", 2, 10)]


def test_the_next_round_is_paired_when_the_round_before_has_ended() -> None:
    gap = ", rounds: [{start: 2026-11-02, end: 2026-11-07}, {start: 2026-11-16, end: 2026-11-20}]"
    game = rules(score=gap)
    assert list(played(result(game, SEASON, FOUR, at("11-06 23:59")))) == [1]
    paired = played(result(game, SEASON, FOUR, at("11-07 00:00")))
    assert paired[2] == [("ana", None, "cleo", None), ("cleo", None, "ana", None)]
    standings = result(game, SEASON, FOUR)
    # the records of 10 November lie between the rounds
    assert left_out(standings, "ana") == [("ana2", "between_rounds")]
    assert wins(standings) == {1: ["ana", "cleo"], 2: ["ana"]}


def test_byes_go_to_the_top_seeds_and_bring_nothing() -> None:
    log = [*week(1, ana=99, dora=4, emil=5), *week(2, ana=5, emil=1, ben=7, cleo=2)]
    standings = result(rules(5), log, people(*NAMES[:5]))
    assert played(standings) == {
        1: [
            ("ana", None, None, "bye"),
            ("dora", "4", "emil", "loss"),
            ("emil", "5", "dora", "win"),
            ("ben", None, None, "bye"),
            ("cleo", None, None, "bye"),
        ],
        2: [
            ("ana", "5", "emil", "win"),
            ("emil", "1", "ana", "loss"),
            ("ben", "7", "cleo", "win"),
            ("cleo", "2", "ben", "loss"),
        ],
        3: [("ana", "0", "ben", "win"), ("ben", "0", "ana", "loss")],
    }
    assert left_out(standings, "ana") == [("ana1", "not_playing")]
    assert counted(standings, "ana") == [("ana2", "2", "5")]
    assert board(standings) == [
        (1, "ana", "5"), (2, "ben", "7"), (3, "cleo", "2"), (3, "emil", "6"), (5, "dora", "4"),
    ]  # fmt: skip


def test_a_level_round_goes_by_the_chain_and_else_to_the_better_seed() -> None:
    log = [
        record("a", "ana", "11-03 12:00", 5),
        record("d", "dora", "11-03 10:00", 5),
        *week(1, ben=3, cleo=3),
        *week(2, ben=1, dora=2),
    ]
    level = result(rules(), log, FOUR)
    assert wins(level)[1] == ["ana", "ben"]
    assert {line.how for line in (level.rounds or ())[0].lines} == {"seed"}
    earliest = rules(more="ties: {rule: chain, chain: [{by: earliest}]}\n")
    chained = result(earliest, log, FOUR)
    assert wins(chained) == {1: ["dora", "ben"], 2: ["dora"]}
    hows = [line.how for line in (chained.rounds or ())[0].lines]
    assert hows == ["tie_break", "tie_break", "seed", "seed"]


LATE = [
    *SEASON,
    Cancellation("ana1-", "ana1", at("11-13 09:00")),  # after Thursday 12 November, 00:00
    record("ben1b", "ben", "11-03 11:00", 50, known="11-13 09:00"),
    record("cleo1b", "cleo", "11-03 10:00", 1, known="11-13 09:00", supersedes="cleo1"),
]


def test_rounds_are_never_replayed_after_a_correction() -> None:
    standings = result(rules(), LATE, FOUR)
    assert wins(standings) == {1: ["ana", "cleo"], 2: ["cleo"]}
    assert board(standings) == [
        (1, "cleo", "14"), (2, "ana", "15"), (3, "ben", "3"), (3, "dora", "4"),
    ]  # fmt: skip
    assert left_out(standings, "ben") == [("ben1b", "round_decided")]
    assert left_out(standings, "cleo") == [("cleo1b", "round_decided")]
    kept = standings.row("ana").effects[0]
    assert [note.code for note in kept.notes] == ["round_stays"]
    known_in_time = [
        Cancellation("ana1-", "ana1", at("11-12 00:00"))
        if isinstance(entry, Cancellation)
        else entry
        for entry in LATE
    ]
    assert wins(result(rules(), known_in_time, FOUR))[1] == ["dora", "cleo"]


def test_the_open_round_follows_every_correction_and_the_last_one_the_clocks_of_the_challenge() -> (
    None
):
    window = cup(4).replace("end: 2026-11-30", "end: 2026-11-16")
    game = rules_of(window, head="")
    fixed = record("cleo2b", "cleo", "11-10 10:00", 1, known="11-18 09:00", supersedes="cleo2")
    late = record("ana2b", "ana", "11-10 11:00", 9, known="11-20 09:00")
    before = result(game, [*SEASON, fixed, late], FOUR, at("11-17 00:00"))
    after = result(game, [*SEASON, fixed, late], FOUR)
    assert (wins(before)[2], wins(after)[2]) == (["cleo"], ["ana"])
    assert after.row("ana").score == Fraction(15)  # the late one missed the cut-off of the 19th
    assert after.rules.cut_off_at == at("11-19 00:00")
    cancelled = Cancellation("a-", "ana2", at("11-28 09:00"))  # before it is official
    assert wins(result(game, [*SEASON, fixed, cancelled], FOUR))[2] == ["cleo"]


@pytest.mark.parametrize(
    ("policy", "cancelled", "state", "winner", "carried"),
    [
        ("amend", "ana1", "official", "cleo", []),  # a decided round
        ("amend", "cleo2", "amended", "ana", []),
        ("final", "cleo2", "official", "cleo", []),
        ("next_period", "ana1", "official", "cleo", []),
        ("next_period", "cleo2", "official", "cleo", ["cleo2"]),
    ],
)
def test_after_the_signature_only_the_last_round_can_move(
    policy: str, cancelled: str, state: str, winner: str, carried: list[str]
) -> None:
    more = f"official_at: 2026-11-20\nafter_official: {{policy: {policy}}}\n"
    game = rules_of(cup(4, more).replace("end: 2026-11-30", "end: 2026-11-16"), head="")
    gone = Cancellation("gone", cancelled, at("11-25 09:00"))
    standings = result(game, [*SEASON, gone], FOUR)
    assert standings.state.value == state
    assert standings.rows[0].entrant == winner
    assert [out.record.id for out in standings.carried] == carried


def test_a_round_is_decided_at_the_latest_when_the_next_one_ends() -> None:
    game = rules(score=", decided_after: {working_days: 30}")
    ends = [(one.span.end, one.span.decided_at) for one in result(game, SEASON, FOUR).rounds or ()]
    assert ends == [
        (at("11-09 00:00"), at("11-16 00:00")),
        (at("11-16 00:00"), at("11-23 00:00")),
    ]
    at_once = rules(score=", decided_after: {working_days: 0}")
    ends = [
        (one.span.end, one.span.decided_at) for one in result(at_once, SEASON, FOUR).rounds or ()
    ]
    assert ends == [(at("11-09 00:00"),) * 2, (at("11-16 00:00"),) * 2]


def test_a_cut_off_that_is_a_moment_gives_each_round_the_same_time() -> None:
    game = rules(more="cut_off: 2026-11-30T12:00\n")
    decided = [one.span.decided_at for one in result(game, SEASON, FOUR).rounds or ()]
    assert decided == [at("11-09 12:00"), at("11-16 12:00")]


def test_a_pause_makes_its_round_longer_and_moves_those_after_it() -> None:
    game = rules(more="pauses: [{start: 2026-11-04, end: 2026-11-06}]\n")
    log = [*SEASON, record("extra", "dora", "11-10 23:00", 12)]
    standings = result(game, log, FOUR)
    spans = [(one.span.start, one.span.end) for one in standings.rounds or ()]
    assert spans == [(at("11-02 00:00"), at("11-11 00:00")), (at("11-11 00:00"), at("11-18 00:00"))]
    assert wins(standings)[1] == ["dora", "cleo"]


def test_who_has_left_gives_a_walkover_and_who_leaves_within_a_round_plays_it() -> None:
    roster = Roster(
        (
            Person("ana", "Ana", left_on=date(2026, 11, 9)),
            Person("ben", "Ben", left_on=date(2026, 11, 5)),
            Person("cleo", "Cleo"),
            Person("dora", "Dora"),
        )
    )
    standings = result(rules(), [*SEASON, *week(1)], roster)
    assert played(standings) == {
        1: [
            ("ana", "10", "dora", "win"),
            ("dora", "4", "ana", "loss"),
            ("ben", "3", "cleo", "loss"),
            ("cleo", "8", "ben", "win"),
        ],
        2: [("ana", None, "cleo", "loss"), ("cleo", "6", "ana", "win")],
    }
    assert [line.how for line in (standings.rounds or ())[1].lines] == ["left", "walkover"]
    assert left_out(standings, "ana") == [("ana2", "not_playing")]


def test_who_joins_after_the_start_has_no_place() -> None:
    roster = Roster((*FOUR.people, Person("zoe", "Zoe", joined_on=date(2026, 11, 3))))
    standings = result(rules(), [*SEASON, *week(1, zoe=999)], roster)
    assert board(standings)[-1] == (None, "zoe", "0")
    row = standings.row("zoe")
    assert row.reason is not None
    assert row.reason.code == "not_there_at_the_start"
    assert left_out(standings, "zoe") == [("zoe1", "not_playing")]


def test_too_few_rounds_leave_the_last_seeds_without_a_place() -> None:
    score = ", rounds: [{start: 2026-11-02, end: 2026-11-09}]"
    standings = result(rules(score=score), SEASON, FOUR)
    assert wins(standings) == {1: ["ana"]}
    assert board(standings) == [
        (1, "ana", "10"), (2, "ben", "3"), (None, "cleo", "0"), (None, "dora", "0"),
    ]  # fmt: skip
    reasons = {row.entrant: row.reason.code for row in standings.rows if row.reason}
    assert reasons == {"cleo": "no_place", "dora": "no_place"}


def test_nobody_scores_and_nobody_is_ranked_or_paid_though_the_bracket_goes_on() -> None:
    standings = result(rules(more=PRIZES), [], FOUR)
    assert wins(standings) == {1: ["ana", "ben"], 2: ["ana"]}
    assert [row.rank for row in standings.rows] == [None] * 4
    assert standings.awards == ()
    ranked = result(rules(more=PRIZES + "minimum: 0\n"), [], FOUR)
    assert [(row.rank, row.entrant) for row in ranked.rows] == [
        (1, "ana"), (2, "ben"), (3, "cleo"), (3, "dora"),
    ]  # fmt: skip


def test_who_wins_the_final_with_nothing_is_first_and_keeps_the_loser_from_the_prize() -> None:
    # ana has no opponent in the first week; nobody scores in the final, and ana was set higher
    standings = result(rules(3, more=PRIZES), week(1, ben=5, cleo=3), people(*NAMES[:3]))
    assert wins(standings) == {1: ["ana", "ben"], 2: ["ana"]}
    assert board(standings) == [(1, "ana", "0"), (2, "ben", "5"), (3, "cleo", "3")]
    assert won(standings) == [("ana", 1, 100), ("cleo", 2, 10)]


def test_below_the_minimum_are_only_those_who_survived_no_round() -> None:
    # totals: cleo 14, ana 15, ben 3, dora 4
    standings = result(rules(more=PRIZES + "minimum: 15\n"), SEASON, FOUR)
    assert board(standings) == [
        (1, "cleo", "14"), (2, "ana", "15"), (None, "dora", "4"), (None, "ben", "3"),
    ]  # fmt: skip
    assert won(standings) == [("cleo", 1, 100)]


def test_one_alone_has_no_bracket() -> None:
    standings = result(rules(1), week(1, ana=5), people("ana"))
    assert [row.reason.code for row in standings.rows if row.reason] == ["alone"]


def test_the_draw_is_sha256_of_seed_and_entrant_highest_first() -> None:
    game = rules_of(HEAD + "score: {metric: revenue}\nties: {rule: share, seed: s1}\n", head="")
    standings = result(game, SEASON, FOUR)
    order = sorted(NAMES[:4], key=lambda name: draw("s1", name), reverse=True)
    pairs = [line.entrant for line in (standings.rounds or ())[0].lines]
    assert pairs == [order[0], order[3], order[1], order[2]]
    other = rules_of(HEAD + "score: {metric: revenue}\nties: {rule: share, seed: s2}\n", head="")
    assert [line.entrant for line in (result(other, SEASON, FOUR).rounds or ())[0].lines] != pairs


def test_seeding_by_own_target_in_a_qualification_that_is_not_replayed() -> None:
    score = "score: {metric: revenue, seeding: {by: target_attainment, until: 2026-11-09}}\n"
    game = rules_of(HEAD + score, head="")
    targets = {"ana": 100, "ben": 10, "cleo": 40}
    roster = Roster(
        tuple(
            Person(name, name.title(), targets=(Target(Fraction(targets[name])),))
            if name in targets
            else Person(name, name.title())
            for name in NAMES[:4]
        )
    )
    log = [
        *week(1, ana=10, ben=5, cleo=2, dora=900),  # 5 of 20 working days: a quarter of the target
        *week(2, ben=1, dora=2, ana=5, cleo=3),
        *week(3, dora=9, ana=1),
        Cancellation("ben1-", "ben1", at("11-13 09:00")),
    ]
    standings = result(game, log, roster)
    assert played(standings) == {
        0: [("ben", "200", None, None), ("ana", "40", None, None), ("cleo", "20", None, None),
            ("dora", None, None, None)],
        1: [("ben", "1", "dora", "loss"), ("dora", "2", "ben", "win"),
            ("ana", "5", "cleo", "win"), ("cleo", "3", "ana", "loss")],
        2: [("dora", "9", "ana", "win"), ("ana", "1", "dora", "loss")],
    }  # fmt: skip
    assert board(standings) == [
        (1, "dora", "11"), (2, "ana", "6"), (3, "ben", "1"), (3, "cleo", "3"),
    ]  # fmt: skip
    open_ = result(game, log, roster, at("11-05 00:00"))
    assert list(played(open_)) == [0]
    assert [row.rank for row in open_.rows] == [None] * 4


def test_teams_play_a_bracket_by_mean_and_their_transfers_follow_the_day() -> None:
    spans = (("north", span(None, "11-09")), ("south", span("11-09", None)))
    moved = Person("ben", "Ben", tuple(Membership(team, Fraction(1), when) for team, when in spans))
    roster = Roster(
        (member("ana", "north"), moved, member("cleo", "south"), member("dora", "west"))
    )
    game = rules_of(
        HEAD
        + "score: {metric: revenue, seeding: {by: list, order: [north, south, west]}}\n"
        + "entrants: {kind: team}\n",
        head="",
    )
    log = [*week(1, ana=10, ben=20, cleo=9, dora=8), *week(2, ana=6, ben=6, cleo=8)]
    standings = result(game, log, roster)
    assert played(standings) == {
        1: [
            ("north", None, None, "bye"),
            ("south", "9", "west", "win"),
            ("west", "8", "south", "loss"),
        ],
        2: [("north", "6", "south", "loss"), ("south", "7", "north", "win")],
    }
    assert board(standings)[0] == (1, "south", "16")


@pytest.mark.parametrize(
    ("score", "more", "found"),
    [
        (", round_days: 40", "", [("no_round", "score.round_days")]),
        (
            ", round_days: 7, rounds: [{start: 2026-11-02, end: 2026-11-03}]",
            "",
            [("rounds_twice", "score.round_days")],
        ),
        (
            ", rounds: [{start: 2026-11-03, end: 2026-11-03}, {start: x, end: 2026-11-09}]",
            "",
            [("bad_round", "score.rounds[0]"), ("not_a_moment", "score.rounds[1].start")],
        ),
        (
            ", rounds: [{start: 2026-11-02, end: 2026-11-05}, "
            "{start: 2026-11-04, end: 2026-12-09}]",
            "",
            [("bad_round", "score.rounds[1]")],
        ),
        (", round_days: 0", "", [("not_whole", "score.round_days")]),
        (
            "",
            "entrants: {people: [ana]}\n",
            [("number_of_entrants", "entrants.people")],
        ),
    ],
)
def test_each_refusal(score: str, more: str, found: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as caught:
        rules(4, more, score)
    assert [(issue.code, issue.place.path) for issue in caught.value.issues] == found


@pytest.mark.parametrize(
    ("seeding", "more", "code"),
    [
        ("{by: list, order: [ana, ben, ana]}", "", "listed_twice"),
        ("{by: target_attainment, until: 2026-12-09}", "", "qualification_outside"),
        ("{by: target_attainment, until: never}", "", "not_a_moment"),
        (
            "{by: target_attainment, until: 2026-11-09}",
            "entrants: {kind: team}\n",
            "teams_without_target",
        ),
    ],
)
def test_each_refusal_of_a_seeding(seeding: str, more: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules_of(f"{HEAD}score: {{metric: revenue, seeding: {seeding}}}\n{more}", head="")
    assert [issue.code for issue in caught.value.issues] == [code]


# laws -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 4, 8, 64, 256])
def test_in_every_bracket_the_best_meet_as_late_as_possible(size: int) -> None:
    order = slots(size)
    assert sorted(order) == list(range(1, size + 1))
    while len(order) > 1:
        pairs = [order[at : at + 2] for at in range(0, len(order), 2)]
        assert all(sum(pair) == len(order) + 1 for pair in pairs)
        order = [min(pair) for pair in pairs]


START = datetime(2026, 11, 2, tzinfo=UTC)


@st.composite
def logs(draw_: st.DrawFn) -> list[Entry]:
    found: list[Entry] = []
    for number in range(draw_(st.integers(0, 16))):
        occurred = START + timedelta(hours=draw_(st.integers(0, 28 * 24 - 1)))
        known = occurred + timedelta(hours=draw_(st.sampled_from([0, 0, 5, 60, 200])))
        name = draw_(st.sampled_from(NAMES[:6]))
        found.append(
            Record(
                f"r{number}", name, "revenue", occurred, known, Fraction(draw_(st.integers(-2, 9)))
            )
        )
        if draw_(st.integers(0, 3)) == 0:
            later = known + timedelta(hours=draw_(st.integers(1, 300)))
            found.append(Cancellation(f"c{number}", f"r{number}", later))
    return found


@settings(max_examples=60, deadline=None)
@given(logs(), st.integers(2, 6), st.integers(0, 40 * 24), st.randoms(use_true_random=False))
def test_laws_of_every_bracket(log: list[Entry], count: int, hours: int, random: Random) -> None:
    roster, as_of = people(*NAMES[:count]), START + timedelta(hours=hours)
    game = rules(count)
    now = result(game, log, roster, as_of)
    shuffled = [*log]
    random.shuffle(shuffled)
    assert canonical(result(game, shuffled, roster, as_of)) == canonical(now)
    # the score is the sum of what its records did
    for row in now.rows:
        assert row.score == sum((e.amount for e in row.effects), Fraction(0))
    # nobody plays on after a loss, and nobody twice in a round
    out: set[str] = set()
    for one in now.rounds or ():
        names = [line.entrant for line in one.lines]
        assert max(Counter(names).values()) == 1
        assert not out & set(names)
        out |= {line.entrant for line in one.lines if line.outcome == "loss"}
    # a decided round is the same for ever
    later = {one.span.number: one for one in result(game, log, roster).rounds or ()}
    for one in now.rounds or ():
        if one.span.decided_at <= as_of and not one.span.last:
            assert later[one.span.number] == one
