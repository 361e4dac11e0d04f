"""A league of weekly duels: the schedule, points, rest, leavers and the play-offs."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import Cancellation, Entry, Person, Record, Roster, Rules, canonical
from challenges.calc.formats.league import schedule
from kernel.issues import Invalid
from kernel.numbers import as_text
from tests.challenges.calc.builders import at, board, people, record, result, rules_of, won
from tests.challenges.calc.season_builders import left_out, played, wins

NAMES = ("ana", "ben", "cleo", "dora", "emil")


def league(
    count: int = 4,
    score: str = "",
    more: str = "",
    start: str = "2026-11-02",
    end: str = "2026-11-23",
) -> Rules:
    order = ", ".join(NAMES[:count])
    return rules_of(
        f"key: league\ntimezone: UTC\nwindow: {{start: {start}, end: {end}}}\nformat: league\n"
        f"score: {{metric: revenue, schedule: {{by: list, order: [{order}]}}{score}}}\n{more}",
        head="",
    )


def week(number: int, **values: int) -> list[Record]:
    day = date(2026, 11, 3) + timedelta(days=7 * (number - 1))
    return [
        record(f"{name}{number}", name, f"{day:%m-%d} 10:00", value)
        for name, value in values.items()
    ]


FOUR = people(*NAMES[:4])
SEASON = [
    *week(1, ana=10, dora=4, ben=3, cleo=3),
    *week(2, ana=5, cleo=6, dora=1, ben=2),
    *week(3, ana=7, ben=1, cleo=2, dora=3),
]


def test_everybody_meets_everybody_and_the_points_add_up() -> None:
    standings = result(league(), SEASON, FOUR)
    assert played(standings) == {
        1: [("ana", "10", "dora", "win"), ("dora", "4", "ana", "loss"),
            ("ben", "3", "cleo", "draw"), ("cleo", "3", "ben", "draw")],
        2: [("ana", "5", "cleo", "loss"), ("cleo", "6", "ana", "win"),
            ("dora", "1", "ben", "loss"), ("ben", "2", "dora", "win")],
        3: [("ana", "7", "ben", "win"), ("ben", "1", "ana", "loss"),
            ("cleo", "2", "dora", "loss"), ("dora", "3", "cleo", "win")],
    }  # fmt: skip
    assert board(standings) == [
        (1, "ana", "6"),
        (2, "ben", "4"),
        (2, "cleo", "4"),
        (4, "dora", "3"),
    ]
    table = {
        line.entrant: [line.points, line.total, line.rank]
        for line in (standings.rounds or ())[1].lines
    }
    assert table == {"ana": [0, 3, 3], "ben": [3, 4, 1], "cleo": [3, 4, 1], "dora": [0, 0, 4]}


def test_points_are_as_stated_and_a_chain_orders_equal_ones() -> None:
    score = ", points: {win: 2, draw: 1, loss: -1, rest: 1}"
    chain = "ties: {rule: chain, chain: [{by: second_metric, metric: revenue}]}\n"
    standings = result(league(3, score, chain), SEASON, people(*NAMES[:3]))
    assert {number: [x[3] for x in lines] for number, lines in played(standings).items()} == {
        1: ["rest", "draw", "draw"],
        2: ["loss", "win", "rest"],
        3: ["win", "loss", "rest"],
    }
    # ana 1 - 1 + 2, ben 1 + 1 - 1, cleo 1 + 2 + 1
    assert board(standings) == [(1, "cleo", "4"), (2, "ana", "2"), (3, "ben", "1")]
    equal = result(league(more=chain), SEASON, FOUR)
    assert board(equal)[1:3] == [(2, "cleo", "4"), (3, "ben", "4")]  # 11 to 6 in all


def test_an_odd_number_rests_in_turn_and_its_records_do_not_count() -> None:
    standings = result(league(3), SEASON, people(*NAMES[:3]))
    rests = {
        number: [x[0] for x in lines if x[3] == "rest"]
        for number, lines in played(standings).items()
    }
    assert rests == {1: ["ana"], 2: ["ben"], 3: ["cleo"]}
    assert left_out(standings, "ana") == [("ana1", "not_playing")]


def test_more_rounds_than_opponents_begin_the_circle_anew() -> None:
    game = league(2, end="2026-11-30")
    rounds = played(result(game, [], people(*NAMES[:2])))
    assert [x[2] for lines in rounds.values() for x in lines] == [
        "ben", "ana",
    ] * 4  # fmt: skip


def test_coming_rounds_have_their_pairs_and_the_open_one_what_it_would_bring() -> None:
    standings = result(league(), SEASON, FOUR, at("11-10 12:00"))
    assert played(standings)[2][0] == ("ana", "5", "cleo", "loss")
    assert played(standings)[3] == [
        ("ana", None, "ben", None), ("ben", None, "ana", None),
        ("cleo", None, "dora", None), ("dora", None, "cleo", None),
    ]  # fmt: skip
    assert board(standings)[0] == (1, "ben", "4")


def test_a_decided_round_stays_and_the_open_one_follows() -> None:
    log = [
        *SEASON,
        Cancellation("ana1-", "ana1", at("11-13 09:00")),
        Cancellation("ana2-", "ana2", at("11-13 09:00")),
    ]
    standings = result(league(), log, FOUR)
    assert played(standings)[1] == played(result(league(), SEASON, FOUR))[1]
    assert played(standings)[2][0] == ("ana", "0", "cleo", "loss")
    assert [note.code for note in standings.row("ana").effects[0].notes] == ["round_stays"]


def _leaver(left_on: date) -> Roster:
    return Roster((*FOUR.people[:3], Person("dora", "Dora", left_on=left_on)))


@pytest.mark.parametrize(
    ("leavers", "third", "points"),
    [
        ("walkover", [("cleo", "2", "dora", "win"), ("dora", None, "cleo", "left")], "7"),
        ("rest", [("cleo", None, None, "rest"), ("dora", None, "cleo", "left")], "4"),
    ],
)
def test_who_has_left_is_beaten_or_rested(
    leavers: str, third: list[tuple[str, ...]], points: str
) -> None:
    log = [entry for entry in SEASON if entry.id != "dora3"]
    game = league(score=f", leavers: {leavers}")
    standings = result(game, log, _leaver(date(2026, 11, 16)))
    assert played(standings)[3][2:] == third
    assert standings.row("cleo").score == Fraction(points)
    # within the round the leaver still plays with what is there
    within = result(game, SEASON, _leaver(date(2026, 11, 18)))
    assert played(within)[3][2:] == [("cleo", "2", "dora", "loss"), ("dora", "3", "cleo", "win")]


def test_who_joins_later_has_no_place_in_the_schedule() -> None:
    roster = Roster((*FOUR.people, Person("zoe", "Zoe", joined_on=date(2026, 11, 3))))
    row = result(league(), [*SEASON, *week(1, zoe=9)], roster).row("zoe")
    assert row.reason is not None
    assert (row.rank, row.reason.code) == (None, "not_there_at_the_start")


PRIZES = "prizes: [{for: rank, rank: 1, kind: points, amount: 5}]\n"


def test_the_best_two_play_for_the_title_in_the_last_round() -> None:
    game = league(score=", playoffs: 2", more=PRIZES, end="2026-11-30")
    log = [*SEASON, *week(4, ana=1, cleo=2, ben=50)]
    table = result(game, log, FOUR, at("11-22 23:59"))
    assert (list(played(table)), won(table)) == ([1, 2, 3], [])
    assert board(table) == [(1, "ana", "6"), (2, "ben", "4"), (2, "cleo", "4"), (4, "dora", "3")]
    standings = result(game, log, FOUR)
    # ben and cleo have 4 points: cleo won by 1 and lost by 1, ben won by 1 and lost by 6
    assert played(standings)[4] == [("ana", "1", "cleo", "loss"), ("cleo", "2", "ana", "win")]
    assert [one.stage for one in standings.rounds or ()] == ["regular"] * 3 + ["final"]
    assert board(standings) == [
        (1, "cleo", "4"),
        (2, "ana", "6"),
        (3, "ben", "4"),
        (4, "dora", "3"),
    ]
    assert won(standings) == [("cleo", 1, 5)]
    assert left_out(standings, "ben") == [("ben4", "not_playing")]


def test_who_wins_the_title_without_a_point_of_the_league_is_first() -> None:
    # ana 9 points, ben 6, cleo 3, dora 0; then dora beats ana, and ben, who has beaten cleo
    log = [
        *week(1, ana=9, ben=5, cleo=4), *week(2, ana=9, ben=5), *week(3, ana=9, ben=5, cleo=4),
        *week(4, dora=1, ben=1), *week(5, dora=2, ben=1),
    ]  # fmt: skip
    game = league(score=", playoffs: 4", more=PRIZES, end="2026-12-07")
    standings = result(game, log, FOUR)
    assert (wins(standings)[4], wins(standings)[5]) == (["dora", "ben"], ["dora"])
    assert board(standings) == [
        (1, "dora", "0"), (2, "ben", "6"), (3, "ana", "9"), (4, "cleo", "3"),
    ]  # fmt: skip
    assert won(standings) == [("dora", 1, 5)]


def test_without_a_duel_nobody_has_points_and_nobody_is_ranked() -> None:
    game = league(score=", points: {draw: 0}", more=PRIZES)
    standings = result(game, [], FOUR)
    assert [x[3] for x in played(standings)[1]] == ["draw"] * 4
    assert ([row.rank for row in standings.rows], won(standings)) == ([None] * 4, [])


def test_negative_totals_compare_like_all_others() -> None:
    standings = result(league(2, end="2026-11-09"), week(1, ana=-5, ben=-3), people(*NAMES[:2]))
    assert wins(standings) == {1: ["ben"]}
    assert board(standings) == [(1, "ben", "3"), (None, "ana", "0")]


@pytest.mark.parametrize(
    ("score", "found"),
    [
        (", playoffs: 3", [("playoffs_size", "score.playoffs")]),
        (", playoffs: 8", [("no_round_left", "score.playoffs")]),
        (", points: {win: x}", [("number.not_a_number", "score.points.win")]),
        (", leavers: ignored", [("not_an_option", "score.leavers")]),
        (", round_days: 40, playoffs: 3",
         [("playoffs_size", "score.playoffs"), ("no_round", "score.round_days")]),
    ],
)  # fmt: skip
def test_each_refusal(score: str, found: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as caught:
        league(score=score)
    assert [(issue.code, issue.place.path) for issue in caught.value.issues] == found


def test_one_alone_rests_and_nobody_at_all_is_an_empty_board() -> None:
    alone = result(league(1), week(1, ana=5), people("ana"))
    assert played(alone) == {number: [("ana", None, None, "rest")] for number in (1, 2, 3)}
    assert board(alone) == [(None, "ana", "0")]
    nobody = result(league(1, ", playoffs: 2"), [], Roster(()))
    assert (board(nobody), played(nobody)) == ([], {1: [], 2: []})


# laws -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", range(2, 12))
def test_in_a_circle_everybody_meets_everybody_once(count: int) -> None:
    names = [f"p{number:02}" for number in range(count)]
    rounds = count - 1 if count % 2 == 0 else count
    pairs = Counter(
        frozenset(pair) for number in range(1, rounds + 1) for pair in schedule(names, number)
    )
    assert set(pairs.values()) == {1}
    everybody: list[str | None] = [*names, *([None] if count % 2 else [])]
    assert set(pairs) == {frozenset((a, b)) for a in everybody for b in everybody if a != b}
    for number in range(1, rounds + 1):
        assert Counter(x for pair in schedule(names, number) for x in pair) == Counter(everybody)


def test_the_circle_of_the_documentation() -> None:
    assert [schedule(["1", "2", "3", "4"], number) for number in (1, 2, 3, 4)] == [
        [("1", "4"), ("2", "3")],
        [("1", "3"), ("4", "2")],
        [("1", "2"), ("3", "4")],
        [("1", "4"), ("2", "3")],
    ]


START = datetime(2026, 11, 2, tzinfo=UTC)


@st.composite
def logs(draw: st.DrawFn) -> list[Entry]:
    found: list[Entry] = []
    for number in range(draw(st.integers(0, 14))):
        occurred = START + timedelta(hours=draw(st.integers(0, 21 * 24 - 1)))
        known = occurred + timedelta(hours=draw(st.sampled_from([0, 0, 5, 60, 200])))
        name = draw(st.sampled_from(NAMES))
        value = Fraction(draw(st.integers(-2, 9)))
        found.append(Record(f"r{number}", name, "revenue", occurred, known, value))
        if draw(st.integers(0, 3)) == 0:
            later = known + timedelta(hours=draw(st.integers(1, 300)))
            found.append(Cancellation(f"c{number}", f"r{number}", later))
    return found


@settings(max_examples=60, deadline=None)
@given(
    logs(), st.integers(2, 5), st.sampled_from(["", ", playoffs: 2"]), st.integers(0, 35 * 24),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_laws_of_every_league(
    log: list[Entry], count: int, score: str, hours: int, random: Random
) -> None:
    game, roster, as_of = (
        league(count, score),
        people(*NAMES[:count]),
        START + timedelta(hours=hours),
    )
    now = result(game, log, roster, as_of)
    shuffled = [*log]
    random.shuffle(shuffled)
    assert canonical(result(game, shuffled, roster, as_of)) == canonical(now)
    points: dict[str, Fraction] = dict.fromkeys(NAMES[:count], Fraction(0))
    for one in now.rounds or ():
        for line in one.lines:
            points[line.entrant] += line.points or 0
        # every duel gives 3 points, or 1 to each
        if one.stage == "regular" and one.span.start <= as_of:
            duels = [line for line in one.lines if line.against]
            given_out = sum((line.points or Fraction(0) for line in duels), Fraction(0))
            assert given_out == 3 * len(duels) // 2 - sum(x.outcome == "draw" for x in duels) // 2
    assert {row.entrant: row.score for row in now.rows} == points
    # what a round says is what its records add up to, and a decided one stays
    for row in now.rows:
        for one in now.rounds or ():
            values = [x.value for x in one.lines if x.entrant == row.entrant]
            mine = [e.amount for e in row.effects if e.part == str(one.span.number)]
            if values and values[0] is not None:
                assert as_text(values[0]) == as_text(sum(mine, Fraction(0)))
    later = {one.span.number: one for one in result(game, log, roster).rounds or ()}
    for one in now.rounds or ():
        if one.span.decided_at <= as_of and not one.span.last:
            assert later[one.span.number] == one
