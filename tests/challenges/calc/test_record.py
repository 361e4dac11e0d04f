"""Format 25, record: one holder, taken over by more, restored by a cancellation."""

from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from challenges.calc import Cancellation, Entry, Roster, as_json
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
from tests.challenges.calc.test_properties import MOMENTS, NAMES, logs

RECORD = "format: record\nscore: {metric: revenue%s}\n"
CUP = "prizes: [{for: rank, rank: 1, kind: trophy, label: Cup}]\n"
LOG = [
    record("a", "ana", "11-03 10:00", 50),
    record("b", "ben", "11-05 10:00", 70),
    record("c", "cleo", "11-06 10:00", 70),
    record("a2", "ana", "11-07 10:00", 60),
    record("d", "dora", "11-09 10:00", 90),
]


def holders(standings: Any) -> list[str]:
    return [row.entrant for row in standings.rows if row.rank == 1]


def test_only_more_takes_the_record_and_there_is_one_holder() -> None:
    rules, roster = rules_of(RECORD % "" + CUP), people("ana", "ben", "cleo", "dora", "emil")
    moments = ["11-04 00:00", "11-06 00:00", "11-08 00:00", "11-10 00:00"]
    assert [holders(result(rules, LOG, roster, at(m))) for m in moments] == [
        ["ana"],
        ["ben"],
        ["ben"],
        ["dora"],
    ]
    standings = result(rules, LOG, roster)
    assert board(standings) == [
        (1, "dora", "90"),
        (None, "ben", "70"),
        (None, "cleo", "70"),
        (None, "ana", "60"),
        (None, "emil", None),
    ]
    assert won(standings) == [("dora", 1, 1)]
    assert [row.reason.text() for row in standings.rows if row.reason] == [
        "The record stands at 90.",
        "The record stands at 90.",
        "The record stands at 90.",
        "No record.",
    ]


def test_a_cancelled_record_gives_it_back_to_the_one_before() -> None:
    rules, roster = rules_of(RECORD % "" + CUP), people("ana", "ben", "cleo", "dora")
    log = [
        *LOG,
        Cancellation("d-", "d", at("11-20 10:00")),
        Cancellation("b-", "b", at("11-25 10:00")),
    ]
    assert holders(result(rules, log, roster, at("11-15 10:00"))) == ["dora"]
    assert holders(result(rules, log, roster, at("11-21 10:00"))) == ["ben"]
    # without Ben's 70, Cleo's 70 had been more than anything before it
    final = result(rules, log, roster)
    assert holders(final) == ["cleo"]
    assert final.row("ana").score == 60
    plain: Any = as_json(final)
    assert plain["marks"] == [
        {"entrant": "ana", "value": "50", "at": "2026-11-03T11:00:00+01:00", "record": "a"},
        {"entrant": "cleo", "value": "70", "at": "2026-11-06T11:00:00+01:00", "record": "c"},
    ]


def test_a_late_arrival_can_have_taken_it_earlier() -> None:
    rules, roster = rules_of(RECORD % ""), people("ana", "ben", "cleo", "dora")
    late = record("z", "emil", "11-08 10:00", 90, known="12-02 10:00")
    log = [*LOG, late]
    everybody = Roster((*roster.people, *people("emil").people))
    assert holders(result(rules, log, everybody, at("11-30 10:00"))) == ["dora"]
    assert holders(result(rules, log, everybody)) == ["emil"]
    after = [*LOG, record("z", "emil", "11-08 10:00", 90, known="12-10 10:00")]
    assert holders(result(rules, after, everybody)) == ["dora"]


def test_a_correction_moves_it() -> None:
    rules = rules_of(RECORD % "")
    log = [*LOG, record("d2", "dora", "11-09 10:00", 65, known="11-12 10:00", supersedes="d")]
    assert holders(result(rules, log, people("ana", "ben", "cleo", "dora"))) == ["ben"]


def test_records_of_one_moment_share_it_under_the_tie_rule() -> None:
    log = [
        record("a", "ana", "11-03 10:00", 50),
        record("b", "ben", "11-03 10:00", 50),
        record("c", "cleo", "11-03 10:00", 40),
        record("m", "ben", "11-02 10:00", metric="calls"),
    ]
    roster = people("ana", "ben", "cleo")
    shared = result(rules_of(RECORD % "" + CUP), log, roster)
    assert (holders(shared), won(shared)) == (["ana", "ben"], [("ana", 1, 1), ("ben", 1, 1)])
    money = "prizes: [{for: rank, rank: 1, kind: points, amount: 10}]\nties: {rule: pool}\n"
    assert [amount for _, _, amount in won(result(rules_of(RECORD % "" + money), log, roster))] == [
        5,
        5,
    ]
    chain = "ties: {rule: chain, chain: [{by: second_metric, metric: calls}]}\n"
    assert holders(result(rules_of(RECORD % "" + chain), log, roster)) == ["ben"]


def test_with_a_date_alone_the_day_decides() -> None:
    log = [
        record("a", "ana", "11-03 08:00", 50),
        record("b", "ben", "11-03 15:00", 80),
        record("b2", "ben", "11-03 16:00", 60),
        record("c", "cleo", "11-02 23:00", 80, date_only=True),
    ]
    standings = result(rules_of(RECORD % ""), log, people("ana", "ben", "cleo"))
    assert holders(standings) == ["ben", "cleo"]
    plain: Any = as_json(standings)
    assert [(m["entrant"], m["at"]) for m in plain["marks"]] == [
        ("ben", "2026-11-03"),
        ("cleo", "2026-11-03"),
    ]
    timed = result(rules_of(RECORD % ""), log[:-1], people("ana", "ben", "cleo"))
    assert [mark.entrant for mark in timed.marks] == ["ana", "ben"]


def test_to_beat_and_minimum() -> None:
    roster = people("ana", "ben", "cleo", "dora")
    equal = result(rules_of(RECORD % ", to_beat: 90"), LOG, roster)
    assert (holders(equal), equal.marks) == ([], ())
    reason = equal.row("dora").reason
    assert reason is not None
    assert reason.text() == "The record stands at 90."
    below = result(rules_of(RECORD % ", to_beat: 89.5"), LOG, roster)
    assert [mark.entrant for mark in below.marks] == ["dora"]
    least = result(rules_of(RECORD % "" + "minimum: 70\n"), LOG[:4], roster)
    assert [mark.entrant for mark in least.marks] == ["ben"]
    reasons = [least.row(name).reason for name in ("ana", "cleo")]
    assert [r and r.code for r in reasons] == ["below_minimum", "record_stands"]
    nothing = [record("a", "ana", "11-03 10:00", 0), record("b", "ben", "11-03 10:00", -5)]
    assert holders(result(rules_of(RECORD % ""), nothing, roster)) == []


def test_each_one_is_explained_by_the_own_bests() -> None:
    log = [*LOG, record("a3", "ana", "11-08 10:00", 55)]
    row = result(rules_of(RECORD % ""), log, people("ana")).row("ana")
    assert [(e.record.id, int(e.amount)) for e in row.effects] == [("a", 50), ("a2", 10)]
    assert (row.reached_at, row.reached_by) == (at("11-07 10:00"), ("a2",))


def test_the_records_of_the_members_are_the_teams() -> None:
    text = RECORD % "" + "entrants: {kind: team, team_score: %s}\n"
    roster = Roster((member("ana", "north"), member("ben", "south"), member("cleo", "north")))
    standings = result(rules_of(text % "sum"), LOG, roster)
    assert board(standings) == [(1, "south", "70"), (None, "north", "70")]
    with pytest.raises(Invalid) as caught:
        rules_of(text % "mean")
    assert [issue.code for issue in caught.value.issues] == ["team_score_not_possible"]


@settings(max_examples=100, deadline=None)
@given(logs(), MOMENTS)
def test_it_agrees_with_a_walk_through_time(log: list[Entry], as_of: datetime) -> None:
    standings = result(rules_of(RECORD % ""), log, people(*NAMES), as_of)
    most = result(rules_of("format: most\nscore: {metric: revenue}\n"), log, people(*NAMES), as_of)
    facts = [effect.record for row in most.rows for effect in row.effects]
    zone = standings.rules.zone
    by_time: dict[Any, list[Any]] = {}
    for fact in facts:
        local = fact.occurred_at.astimezone(zone)
        by_time.setdefault(local.date() if standings.by_day else local, []).append(fact)
    best, now = Fraction(0), set[str]()
    for moment in sorted(by_time):
        top = max(fact.value for fact in by_time[moment])
        if top > best:
            best, now = top, {f.person for f in by_time[moment] if f.value == top}
    assert set(holders(standings)) == now
    for row in standings.rows:
        own = [fact.value for fact in facts if fact.person == row.entrant]
        assert row.score == max(own, default=None)
