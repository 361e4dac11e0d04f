"""Format 26: acts with prerequisites and recurrence, walked alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import Cancellation, Record, Standings, as_json, canonical, rulebook
from challenges.calc.parse import parse_rules
from kernel.issues import Invalid, fill
from tests.challenges.calc.builders import (
    HEAD,
    at,
    board,
    people,
    record,
    result,
    rules_of,
    won,
)

# calls, then a meeting, then revenue; beside them a letter on each of two days
TEXT = """format: mission_path
score:
  acts:
    - {key: calls, metric: calls, measure: count, target: 2}
    - {key: meeting, metric: meetings, measure: count}
    - {key: revenue, metric: revenue, target: 100, points: 3, name: {en: Sell, fr: Vendre}}
    - {key: letters, metric: letters, measure: count, per: day, times: 2, target: 2, after: []}
"""


def acts(standings: Standings, entrant: str = "ana") -> list[tuple[str, str, str, int]]:
    """Key, state, value and times of each act."""
    return [
        (act.key, act.state.value, str(act.value), act.times) for act in standings.row(entrant).acts
    ]


def call(id_: str, occurred: str, metric: str = "calls", **given: object) -> Record:
    return record(id_, "ana", occurred, metric=metric, **given)  # type: ignore[arg-type]  # passed on


PATH = [
    call("soon", "11-02 09:00", "meetings"),
    call("c1", "11-02 10:00"),
    call("c2", "11-03 10:00"),
    call("c3", "11-03 11:00"),
    call("m", "11-04 10:00", "meetings"),
    record("r1", "ana", "11-05 10:00", 60),
    record("r2", "ana", "11-06 10:00", 50),
    record("r3", "ana", "11-07 10:00", 50),
]


def test_the_path_is_walked_act_by_act_and_every_record_is_accounted_for() -> None:
    standings = result(rules_of(TEXT), PATH, people("ana", "ben"))
    assert board(standings) == [(None, "ana", "5"), (None, "ben", "0")]
    assert acts(standings) == [
        ("calls", "done", "2", 1),
        ("meeting", "done", "1", 1),
        ("revenue", "done", "110", 1),
        ("letters", "open", "0", 0),
    ]
    ana = standings.row("ana")
    assert [(e.record.id, str(e.amount), e.part) for e in ana.effects] == [
        ("c1", "0", "calls"),
        ("c2", "1", "calls"),
        ("m", "1", "meeting"),
        ("r1", "0", "revenue"),
        ("r2", "3", "revenue"),
    ]
    assert [(out.record.id, out.reason.code) for out in ana.left_out] == [
        ("soon", "before_its_turn"),
        ("c3", "act_done"),
        ("r3", "act_done"),
    ]
    assert (ana.winner, ana.tier, ana.target) == (False, 3, Fraction(6))
    assert ana.achieved_at == at("11-06 10:00")
    assert ana.reason is not None
    assert ana.reason.text() == "3 of 4 acts are done."
    assert acts(standings, "ben") == [
        ("calls", "open", "0", 0),
        ("meeting", "locked", "0", 0),
        ("revenue", "locked", "0", 0),
        ("letters", "open", "0", 0),
    ]


def test_an_act_that_recurs_needs_its_target_on_as_many_days() -> None:
    letters = [
        call(f"{day}{hour}", f"11-{day} {hour}:00", "letters")
        for day, hours in (("09", (9,)), ("10", (9, 10, 11)), ("11", (22, 23)), ("12", (9, 10)))
        for hour in hours
    ]
    # 23:00 UTC is the next day in Paris, so the 11th has one letter, the 12th three
    standings = result(rules_of(TEXT), letters, people("ana"))
    assert acts(standings)[3] == ("letters", "done", "2", 2)
    assert standings.row("ana").acts[3].done_at == at("11-12 09:00")
    assert [o.record.id for o in standings.row("ana").left_out] == ["1210"]
    part = result(rules_of(TEXT), letters, people("ana"), at("11-11 12:00"))
    assert acts(part)[3] == ("letters", "open", "3", 1)


def test_a_week_is_an_iso_week_of_the_zone() -> None:
    text = TEXT.replace("per: day, times: 2, target: 2", "per: week, times: 2, target: 2")
    # Sunday the 8th and Monday the 9th are different weeks; 23:30 UTC on Sunday is Monday
    letters = [
        call("sun", "11-08 10:00", "letters"),
        call("mon", "11-08 23:30", "letters"),
        call("tue", "11-10 10:00", "letters"),
    ]
    assert acts(result(rules_of(text), letters, people("ana")))[3] == ("letters", "open", "2", 1)


def test_the_whole_path_wins_and_each_tier_pays_as_stated() -> None:
    prizes = """prizes:
  - {for: tier, tier: 1, kind: points, amount: 10}
  - {for: tier, tier: 3, kind: points, amount: 30}
  - {for: winners, kind: points, amount: 100}
  - {for: threshold, at: 5, kind: points, amount: 7}
"""
    letters = [
        call(f"l{n}", f"11-{day} 10:00", "letters") for n, day in enumerate((16, 16, 17, 17))
    ]
    everything = [*PATH, *letters]
    rules = rules_of(TEXT + prizes)
    assert won(result(rules, PATH, people("ana", "ben"))) == [
        ("ana", 1, 10),
        ("ana", 2, 30),
        ("ana", 4, 7),
    ]
    whole = result(rules, everything, people("ana", "ben"))
    assert (whole.row("ana").winner, whole.row("ana").reason) == (True, None)
    assert won(whole) == [("ana", 1, 10), ("ana", 2, 30), ("ana", 3, 100), ("ana", 4, 7)]
    highest = rules_of(TEXT + "  pays: highest\n" + prizes)
    assert won(result(highest, PATH, people("ana"))) == [("ana", 2, 30), ("ana", 4, 7)]


def test_a_cancelled_record_opens_the_act_again_and_shuts_those_after_it() -> None:
    records = [*PATH, Cancellation("x", "c2", at("11-10 10:00"))]
    rules, solo = rules_of(TEXT), people("ana")
    before = result(rules, records, solo, at("11-09 10:00"))
    assert before.row("ana").score == 5
    # c3 takes its place an hour later: nothing else changes
    assert acts(result(rules, records, solo))[0] == ("calls", "done", "2", 1)
    assert result(rules, records, solo).row("ana").acts[0].done_at == at("11-03 11:00")
    both = [*records, Cancellation("y", "c3", at("11-11 10:00"))]
    after = result(rules, both, solo)
    assert [act[:2] for act in acts(after)] == [
        ("calls", "open"),
        ("meeting", "locked"),
        ("revenue", "locked"),
        ("letters", "open"),
    ]
    assert board(after) == [(None, "ana", "0")]
    reasons = {out.record.id: out.reason.code for out in after.row("ana").left_out}
    assert reasons["m"] == reasons["r1"] == "before_its_turn"
    assert reasons["c2"] == "cancelled"


def test_a_late_record_with_an_earlier_time_opens_the_next_act_earlier() -> None:
    records = [
        call("c1", "11-02 10:00"),
        call("c2", "11-06 10:00"),
        call("m", "11-05 10:00", "meetings"),
        call("late", "11-03 10:00", known="12-01 10:00"),
    ]
    rules, solo = rules_of(TEXT), people("ana")
    assert acts(result(rules, records, solo, at("11-30 10:00")))[1][1] == "open"
    assert acts(result(rules, records, solo))[1][1] == "done"


def test_a_negative_record_counts_before_an_act_is_done_and_not_after() -> None:
    text = "format: mission_path\nscore: {acts: [{key: sell, metric: revenue, target: 100}]}\n"
    before = [
        record("a", "ana", "11-03 10:00", 80),
        record("b", "ana", "11-04 10:00", -30),
        record("c", "ana", "11-05 10:00", 40),
    ]
    assert acts(result(rules_of(text), before, people("ana"))) == [("sell", "open", "90", 0)]
    after = [record("a", "ana", "11-03 10:00", 100), record("b", "ana", "11-04 10:00", -30)]
    standings = result(rules_of(text), after, people("ana"))
    assert acts(standings) == [("sell", "done", "100", 1)]
    assert [out.reason.code for out in standings.row("ana").left_out] == ["act_done"]


def test_records_of_one_moment_count_together_and_never_twice_along_the_path() -> None:
    text = """format: mission_path
score:
  acts:
    - {key: first, metric: revenue, target: 10}
    - {key: second, metric: revenue, target: 10}
    - {key: beside, metric: revenue, target: 30, after: []}
"""
    records = [
        record("a", "ana", "11-03 10:00", 9),
        record("b", "ana", "11-03 10:00", 11),
        record("c", "ana", "11-03 10:01", 10),
    ]
    found = result(rules_of(text), records, people("ana")).row("ana").acts
    assert [(act.key, [r.id for r in act.records], act.done_at) for act in found] == [
        ("first", ["a", "b"], at("11-03 10:00")),
        ("second", ["c"], at("11-03 10:01")),
        ("beside", ["a", "b", "c"], at("11-03 10:01")),
    ]


def test_another_metric_of_the_opening_moment_counts() -> None:
    """With dates alone a call and a meeting of the same day count in this order."""
    records = [
        call("c1", "11-02 23:00", date_only=True),
        call("c2", "11-02 23:00", date_only=True),
        call("m", "11-02 23:00", "meetings", date_only=True),
    ]
    assert [act[1] for act in acts(result(rules_of(TEXT), records, people("ana")))[:3]] == [
        "done",
        "done",
        "open",
    ]


def test_the_output_has_the_acts_and_other_formats_have_none() -> None:
    plain = as_json(result(rules_of(TEXT), PATH, people("ana")))
    rows = plain["standings"]
    assert isinstance(rows, list)
    assert rows[0]["acts"][2] == {
        "act": "revenue",
        "name": {"en": "Sell", "fr": "Vendre"},
        "state": "done",
        "value": "110",
        "target": "100",
        "times": 1,
        "of_times": 1,
        "opened_at": "2026-11-04T11:00:00+01:00",
        "done_at": "2026-11-06T11:00:00+01:00",
        "records": ["r1", "r2"],
    }
    most = as_json(
        result(rules_of("format: most\nscore: {metric: revenue}\n"), PATH, people("ana"))
    )
    assert "acts" not in most["standings"][0]  # type: ignore[index]  # plain JSON


def codes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        rules_of(text)
    assert all(issue.remedy for issue in caught.value.issues)
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def test_everything_wrong_with_the_acts_is_said_at_once() -> None:
    text = """format: mission_path
score:
  acts:
    - {key: a, metric: calls, times: 3}
    - {key: b, metric: calls, after: [a, x]}
    - {key: b, metric: calls, target: 0}
    - {key: c}
prizes:
  - {for: tier, tier: 9, kind: points, amount: 1}
  - {for: rank, rank: 1, kind: points, amount: 1}
"""
    assert codes(text) == [
        ("times_without_per", "score.acts[0].times"),
        ("unknown_act", "score.acts[1].after"),
        ("too_small", "score.acts[2].target"),
        ("act_twice", "score.acts[2].key"),
        ("missing_key", "score.acts[3].metric"),
        ("no_such_tier", "prizes[0].tier"),
        ("no_ranks", "prizes[1].for"),
    ]


def test_acts_that_wait_for_each_other_are_named() -> None:
    text = """format: mission_path
score:
  acts:
    - {key: a, metric: calls}
    - {key: b, metric: calls, after: [d]}
    - {key: c, metric: calls}
    - {key: d, metric: calls}
"""
    with pytest.raises(Invalid) as caught:
        rules_of(text)
    assert [issue.text() for issue in caught.value.issues] == [
        "These acts wait for each other: b, c, d."
    ]


def test_teams_are_refused_in_words() -> None:
    with pytest.raises(Invalid) as caught:
        rules_of(TEXT + "entrants: {kind: team}\n")
    assert [(i.text(), i.remedy_text()) for i in caught.value.issues] == [
        (
            "The format mission_path is for people, not for teams.",
            "Write “kind: person”, or choose another format.",
        )
    ]


def test_the_rulebook_tells_the_path() -> None:
    said = [fill(template, params) for template, params in rulebook(rules_of(TEXT))]
    assert said[4:14] == [
        "Everyone walks the path alone; who has done all acts has won.",
        "Act “calls”: 2 “calls” records.",
        "Act “meeting”: 1 “meetings” records.",
        "It opens when these are done: calls.",
        "Act “revenue”: a total of 100 of “revenue”.",
        "It opens when these are done: meeting.",
        "It brings 3 points.",
        "Act “letters”: 2 of “letters” on each of 2 days.",
        "An act counts what happens from the moment on at which it opens; no record counts again "
        "for an act that comes after.",
        "Every act done pays.",
    ]


START = datetime(2026, 10, 31, 23, tzinfo=UTC)
STEPS = parse_rules(
    HEAD
    + """format: mission_path
score:
  acts:
    - {key: one, metric: calls, measure: count, target: 2}
    - {key: two, metric: deals, measure: count, target: 1}
    - {key: three, metric: calls, measure: count, target: 3}
"""
)


def by_hand(log: Sequence[tuple[int, str]]) -> int:
    """An independent walk along a path of one act after the other, a minute at a time."""
    wanted = [("calls", 2), ("deals", 1), ("calls", 3)]
    done = count = 0
    for minute in sorted({minute for minute, _ in log}):
        here = [metric for when, metric in log if when == minute]
        fresh = set(here)
        while done < len(wanted) and wanted[done][0] in fresh:
            metric, target = wanted[done]
            fresh.discard(metric)  # what counts here counts for no later act
            count += here.count(metric)
            if count < target:
                break
            done, count = done + 1, 0
    return done


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["calls", "deals"])), max_size=14),
    st.randoms(use_true_random=False),
)
def test_the_path_agrees_with_a_walk_by_hand_in_any_order(
    log: list[tuple[int, str]], random: Random
) -> None:
    records = [
        Record(str(number), "ana", metric, when, when, Fraction(1))
        for number, (minute, metric) in enumerate(log)
        for when in (START + timedelta(minutes=minute),)
    ]
    standings = result(STEPS, records, people("ana"))
    row = standings.row("ana")
    assert row.score == by_hand(log) == sum(effect.amount for effect in row.effects)
    assert len(row.effects) + len(row.left_out) == len(records)
    random.shuffle(records)
    assert canonical(result(STEPS, records, people("ana"))) == canonical(standings)
