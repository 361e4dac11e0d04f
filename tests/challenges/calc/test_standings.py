"""Window, knowledge, corrections, ties, minimum: the rules that hold for every format."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from challenges.calc import Cancellation, Person, Record, Roster, Standings, as_json, canonical
from challenges.calc.clock import State
from kernel.issues import Invalid
from tests.challenges.calc.builders import at, board, member, people, record, result, rules_of

MOST = "format: most\nscore: {metric: revenue}\n"
TRIO = people("ana", "ben", "cleo")


def codes(standings: Standings, entrant: str) -> list[tuple[str, str]]:
    return [(out.record.id, out.reason.code) for out in standings.row(entrant).left_out]


def test_most_at_the_end_with_a_shared_first_place() -> None:
    records = [
        record("a", "ana", "11-03 10:00", 50),
        record("b", "ben", "11-04 10:00", 20),
        record("c", "ben", "11-05 10:00", 30),
        record("d", "cleo", "11-06 10:00", 10),
    ]
    standings = result(rules_of(MOST), records, TRIO)
    assert board(standings) == [(1, "ana", "50"), (1, "ben", "50"), (3, "cleo", "10")]
    assert [row.tied for row in standings.rows] == [True, True, False]
    assert [row.winner for row in standings.rows] == [True, True, False]
    assert [(e.record.id, e.amount) for e in standings.row("ben").effects] == [
        ("b", Fraction(20)),
        ("c", Fraction(30)),
    ]


def test_nobody_scores_and_nobody_is_ranked_or_paid() -> None:
    prizes = "prizes: [{for: rank, rank: 1, kind: money, amount: 100, currency: EUR}]\n"
    standings = result(rules_of(MOST + prizes), [], TRIO)
    assert board(standings) == [(None, "ana", "0"), (None, "ben", "0"), (None, "cleo", "0")]
    assert {row.reason.code for row in standings.rows if row.reason} == {"no_score"}
    assert standings.awards == ()


def test_minimum_zero_ranks_the_idle() -> None:
    standings = result(
        rules_of(MOST + "minimum: 0\n"), [record("a", "ana", "11-03 10:00", 5)], TRIO
    )
    assert board(standings) == [(1, "ana", "5"), (2, "ben", "0"), (2, "cleo", "0")]


def test_below_the_minimum_is_unranked_and_exactly_on_it_is_ranked() -> None:
    records = [record("a", "ana", "11-03 10:00", 100), record("b", "ben", "11-03 10:00", 99)]
    standings = result(rules_of(MOST + "minimum: 100\n"), records, people("ana", "ben"))
    assert board(standings) == [(1, "ana", "100"), (None, "ben", "99")]
    reason = standings.row("ben").reason
    assert reason is not None
    assert reason.text() == "Below the minimum of 100."


def test_window_is_half_open_in_the_zone_of_the_challenge() -> None:
    records = [
        record("before", "ana", "10-31 22:59"),
        record("first", "ana", "10-31 23:00"),
        record("last", "ana", "11-30 22:59"),
        record("after", "ana", "11-30 23:00"),
    ]
    standings = result(rules_of(MOST), records, people("ana"))
    assert [e.record.id for e in standings.row("ana").effects] == ["first", "last"]


def test_window_over_the_clock_change_has_25_hours() -> None:
    head = "key: d\ntimezone: Europe/Paris\nwindow: {start: 2026-10-25, end: 2026-10-26}\n"
    records = [
        record("early", "ana", "10-24 21:59"),
        record("first", "ana", "10-24 22:00"),
        record("two summer", "ana", "10-25 00:30"),
        record("two winter", "ana", "10-25 01:30"),
        record("last", "ana", "10-25 22:59"),
        record("late", "ana", "10-25 23:00"),
    ]
    rules = rules_of(MOST, head)
    assert (rules.end - rules.start).total_seconds() == 25 * 3600
    standings = result(rules, records, people("ana"))
    assert board(standings) == [(1, "ana", "4")]


@pytest.mark.parametrize(
    ("moment", "code"), [("2026-03-29T02:30", "clock_change"), ("2026-10-25T02:30", "clock_change")]
)
def test_an_hour_that_does_not_exist_or_exists_twice_is_refused(moment: str, code: str) -> None:
    head = f"key: d\ntimezone: Europe/Paris\nwindow: {{start: '{moment}', end: 2026-12-01}}\n"
    with pytest.raises(Invalid) as caught:
        rules_of(MOST, head)
    assert [issue.code for issue in caught.value.issues] == [code]
    assert rules_of(MOST, head.replace(moment, moment + "+01:00")).start.tzinfo is UTC


def test_what_is_not_known_yet_does_not_exist() -> None:
    records = [
        record("a", "ana", "11-03 10:00", 5),
        record("b", "ben", "11-03 09:00", 9, known="11-10 08:00"),
    ]
    rules = rules_of(MOST)
    assert board(result(rules, records, people("ana", "ben"), at("11-10 07:59"))) == [
        (1, "ana", "5"),
        (None, "ben", "0"),
    ]
    assert board(result(rules, records, people("ana", "ben"), at("11-10 08:00"))) == [
        (1, "ben", "9"),
        (2, "ana", "5"),
    ]


def test_late_arrivals_count_until_the_cut_off_and_not_after() -> None:
    rules = rules_of(MOST + "cut_off: 2026-12-04T00:00\n")
    records = [
        record("in time", "ana", "11-30 10:00", known="12-03 23:00"),
        record("too late", "ben", "11-30 10:00", known="12-03 23:01"),
    ]
    standings = result(rules, records, people("ana", "ben"))
    assert board(standings) == [(1, "ana", "1"), (None, "ben", "0")]
    assert codes(standings, "ben") == [("too late", "after_cut_off")]


def test_default_cut_off_is_three_full_working_days_after_the_end() -> None:
    assert rules_of(MOST).cut_off_at == at("12-03 23:00")
    may = "key: m\ntimezone: Europe/Paris\nwindow: {start: 2026-07-01, end: 2026-07-12}\n"
    closed = MOST + "calendar: {country: FR}\n"
    # Sunday 12 July: the count starts on Monday 13; Tuesday 14 is a holiday
    assert rules_of(closed, may).cut_off_at == datetime(2026, 7, 16, 22, tzinfo=UTC)


def test_a_cancelled_record_falls_out_with_its_reason() -> None:
    records = [
        record("a", "ana", "11-03 10:00", 10),
        record("b", "ana", "11-04 10:00", 20),
        Cancellation("x", "b", at("11-12 09:00")),
    ]
    rules = rules_of(MOST)
    assert board(result(rules, records, people("ana"), at("11-12 08:59"))) == [(1, "ana", "30")]
    standings = result(rules, records, people("ana"), at("11-12 09:00"))
    assert board(standings) == [(1, "ana", "10")]
    (out,) = standings.row("ana").left_out
    assert out.record.id == "b"
    assert out.reason.text() == "Cancelled by x, known since 2026-11-12T10:00:00+01:00."


def test_the_only_record_is_cancelled_and_the_score_returns_to_zero() -> None:
    records = [record("a", "ana", "11-03 10:00", 10), Cancellation("x", "a", at("11-04 10:00"))]
    assert board(result(rules_of(MOST), records, people("ana"))) == [(None, "ana", "0")]


def test_corrections_replace_even_when_an_intermediate_one_arrives_last() -> None:
    records = [
        record("v1", "ana", "11-03 10:00", 10, known="11-03 11:00"),
        record("v2", "ana", "11-03 10:00", 20, known="11-09 11:00", supersedes="v1"),
        record("v3", "ben", "11-03 10:00", 30, known="11-05 11:00", supersedes="v2"),
    ]
    rules, duo = rules_of(MOST), people("ana", "ben")
    boards = [board(result(rules, records, duo, at(f"11-{day} 12:00"))) for day in ("04", "06")]
    assert boards == [
        [(1, "ana", "10"), (None, "ben", "0")],
        [(1, "ben", "30"), (None, "ana", "0")],
    ]
    assert board(result(rules, records, duo)) == boards[1]


def test_a_correction_counts_after_the_cut_off_until_official() -> None:
    text = MOST + "cut_off: 2026-12-04T00:00\nofficial_at: 2026-12-10T09:00\n"
    rules = rules_of(text)
    records = [
        record("a", "ana", "11-03 10:00", 50),
        record("b", "ben", "11-03 10:00", 40),
        Cancellation("x", "a", at("12-05 10:00")),
        Cancellation("y", "b", at("12-11 10:00")),
    ]
    standings = result(rules, records, people("ana", "ben"))
    assert standings.state is State.OFFICIAL
    assert board(standings) == [(1, "ben", "40"), (None, "ana", "0")]
    assert codes(standings, "ben") == [("b", "after_signing")]


@pytest.mark.parametrize(
    ("policy", "state", "score"),
    [
        ("{policy: final}", State.OFFICIAL, "40"),
        ("{policy: next_period}", State.OFFICIAL, "40"),
        ("{policy: amend}", State.AMENDED, "25"),
        ("{policy: amend_above, above: 15}", State.AMENDED, "25"),
        ("{policy: amend_above, above: 16}", State.OFFICIAL, "40"),
    ],
)
def test_after_official_the_stated_policy_decides(policy: str, state: State, score: str) -> None:
    text = f"{MOST}official_at: 2026-12-10T09:00\nafter_official: {policy}\n"
    records = [
        record("a", "ana", "11-03 10:00", 40),
        record("b", "ana", "11-03 10:00", 25, known="12-11 10:00", supersedes="a"),
    ]
    standings = result(rules_of(text), records, people("ana"))
    assert (standings.state, board(standings)) == (state, [(1, "ana", score)])
    assert len(standings.carried) == ("next_period" in policy)


def test_delivered_twice_counts_once_since_its_first_arrival() -> None:
    once = record("a", "ana", "11-03 10:00", 10, known="11-05 10:00")
    again = record("a", "ana", "11-03 10:00", 10, known="11-04 10:00")
    rules = rules_of(MOST)
    assert board(result(rules, [once, again, once], people("ana"), at("11-04 10:00"))) == [
        (1, "ana", "10")
    ]


def test_same_id_with_different_content_is_refused_by_name() -> None:
    twice = [record("a", "ana", "11-03 10:00", 10), record("a", "ana", "11-03 10:00", 11)]
    fork = [
        record("a", "ana", "11-03 10:00", 10),
        record("b", "ana", "11-03 10:00", 11, supersedes="a"),
        record("c", "ana", "11-03 10:00", 12, supersedes="a"),
    ]
    circle = [
        record("a", "ana", "11-03 10:00", 10, supersedes="b"),
        record("b", "ana", "11-03 10:00", 11, supersedes="a"),
    ]
    found: list[str] = []
    for records in (twice, fork, circle):
        with pytest.raises(Invalid) as caught:
            result(rules_of(MOST), records, people("ana"))
        found.extend(issue.code for issue in caught.value.issues)
    assert found == ["record_twice", "replaced_twice", "replaced_in_circle"]


def test_records_of_a_stranger_count_for_nobody_and_are_named() -> None:
    standings = result(rules_of(MOST), [record("a", "zoe", "11-03 10:00", 10)], people("ana"))
    assert board(standings) == [(None, "ana", "0")]
    assert [issue.text() for issue in standings.issues] == [
        "Records of “zoe” count for nobody: this person is not on the roster."
    ]


def test_states_follow_the_clock() -> None:
    text = MOST + (
        "cut_off: 2026-12-10T00:00\nofficial_at: 2026-12-12T00:00\n"
        "pauses: [{start: 2026-11-10, end: 2026-11-12}]\n"
    )
    rules = rules_of(text)
    moments = {
        "10-31 22:59": State.SCHEDULED,
        "10-31 23:00": State.LIVE,
        "11-10 12:00": State.PAUSED,
        "11-11 23:00": State.LIVE,
        "12-02 22:59": State.LIVE,
        "12-02 23:00": State.PROVISIONAL,
        "12-11 23:00": State.OFFICIAL,
    }
    found = {text: result(rules, [], TRIO, at(text)).state for text in moments}
    assert found == moments
    assert result(rules_of(MOST + "published: false\n"), [], TRIO).state is State.DRAFT
    cancelled = rules_of(MOST + "cancelled_at: 2026-11-05\n")
    assert result(cancelled, [], TRIO, at("11-04 22:59")).state is State.LIVE
    assert result(cancelled, [], TRIO, at("11-04 23:00")).state is State.CANCELLED


def test_nothing_counts_in_a_pause_and_the_end_moves_by_it() -> None:
    rules = rules_of(MOST + "pauses: [{start: 2026-11-10, end: 2026-11-12}]\n")
    records = [
        record("paused", "ana", "11-10 12:00"),
        record("extended", "ana", "12-02 22:59"),
        record("over", "ana", "12-02 23:00"),
    ]
    standings = result(rules, records, people("ana"))
    assert [e.record.id for e in standings.row("ana").effects] == ["extended"]
    assert codes(standings, "ana") == [("paused", "paused")]


def late(text: str) -> tuple[list[tuple[int | None, str, str | None]], list[str]]:
    ana = Person("ana", "Ana")
    zoe = Person("zoe", "Zoe", joined_on=datetime(2026, 11, 16, tzinfo=UTC).date())
    records = [
        record("a", "ana", "11-03 10:00", 3),
        record("old", "zoe", "11-10 10:00", 4),
        record("new", "zoe", "11-16 10:00", 2),
    ]
    standings = result(rules_of(MOST + text), records, Roster((ana, zoe)))
    return board(standings), [reason.code for _, reason in standings.not_entered]


def test_late_joiners() -> None:
    assert late("") == ([(1, "ana", "3"), (2, "zoe", "2")], [])
    assert late("entrants: {scores_from: start}\n") == ([(1, "zoe", "6"), (2, "ana", "3")], [])
    assert late("entrants: {late_joiners: closed}\n") == ([(1, "ana", "3")], ["closed_list"])
    # 16 November 00:00 is exactly half of the window
    until = "entrants: {late_joiners: open_until, open_until: %s}\n"
    assert late(until % "50 %") == ([(1, "ana", "3")], ["joined_too_late"])
    assert late(until % "51 %") == ([(1, "ana", "3"), (2, "zoe", "2")], [])


def test_a_leaver_keeps_the_records() -> None:
    leaver = Person("ana", "Ana", left_on=datetime(2026, 11, 16, tzinfo=UTC).date())
    records = [record("a", "ana", "11-03 10:00", 3), record("b", "ana", "11-20 10:00", 4)]
    assert board(result(rules_of(MOST), records, Roster((leaver,)))) == [(1, "ana", "7")]


def test_only_named_people_or_people_of_named_teams() -> None:
    roster = Roster((member("ana", "north"), member("ben", "south"), member("cleo", "north")))
    north = result(rules_of(MOST + "entrants: {teams: [north]}\n"), [], roster)
    assert [row.entrant for row in north.rows] == ["ana", "cleo"]
    named = result(rules_of(MOST + "entrants: {people: [ben]}\n"), [], roster)
    assert [row.entrant for row in named.rows] == ["ben"]


def test_the_same_inputs_in_any_order_give_the_same_bytes() -> None:
    records = [
        record(str(n), name, f"11-{n + 2:02} 10:00", n)
        for n, name in enumerate(("ana", "ben", "cleo", "ana", "ben"))
    ]
    one = canonical(result(rules_of(MOST), records, TRIO))
    other = canonical(result(rules_of(MOST), reversed(records), people("cleo", "ben", "ana")))
    assert one == other
    assert b'"state":"provisional"' in one


def test_every_moment_of_the_output_has_an_offset_and_nothing_is_a_float() -> None:
    plain = as_json(result(rules_of(MOST), [record("a", "ana", "11-03 10:00", 1)], TRIO))
    assert plain["as_of"] == "2026-12-20T01:00:00+01:00"
    assert plain["window"] == {
        "start": "2026-11-01T00:00:00+01:00",
        "end": "2026-12-01T00:00:00+01:00",
    }


def test_values_are_exact() -> None:
    third = Record("a", "ana", "revenue", at("11-03 10:00"), at("11-03 10:00"), Fraction(1, 3))
    records = [third, record("b", "ana", "11-04 10:00", Fraction(1, 6))]
    assert board(result(rules_of(MOST), records, people("ana"))) == [(1, "ana", "0.5")]
