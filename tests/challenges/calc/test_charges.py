"""Charges: what a signed result leaves, and what the next challenge takes in, against oracles."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import jsonschema
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from challenges.calc import (
    Cancellation,
    Entry,
    Standings,
    as_json,
    json_schema,
    parse_rules,
    rulebook,
)
from challenges.calc.charges import Amount, Key, Left
from challenges.calc.formats import FORMATS
from challenges.calc.replays import replays
from challenges.calc.roster import Membership, Person, Roster
from challenges.calc.run import Source, score_texts
from kernel.issues import Invalid, Issue
from kernel.numbers import as_text
from tests.challenges.calc.builders import HEAD, at, people, record, result, rules_of, span
from tests.challenges.calc.test_document import SCORES
from tests.challenges.calc.test_properties import CHARGES, CUT_OFF, NAMES, logs

SIGNED_AT = CUT_OFF + timedelta(days=2)
LATER = st.integers(0, 40 * 24).map(lambda hours: SIGNED_AT + timedelta(hours=hours))
SUM, COUNT = "score: {metric: revenue}\n", "score: {metric: revenue, measure: count}\n"
PAUSE = "pauses: [{start: 2026-11-10, end: 2026-11-12}]\nextend_for_pauses: false\n"
MOST = "format: most\n" + SUM


def signed(policy: str, score: str = SUM) -> str:
    at = SIGNED_AT.isoformat()
    return f"format: most\n{score}{PAUSE}official_at: {at}\nafter_official: {{policy: {policy}}}\n"


def left(standings: Standings) -> list[Left]:
    return [one for due in standings.due if (one := due.left()) is not None]


def scores(standings: Standings) -> dict[str, Fraction]:
    return {row.entrant: row.score or Fraction(0) for row in standings.rows}


@settings(max_examples=120, deadline=None)
@given(logs(), LATER, st.booleans())
def test_the_signed_result_and_its_charges_are_the_amended_result(
    log: list[Entry], as_of: datetime, counts: bool
) -> None:
    score = COUNT if counts else SUM
    next_period = result(rules_of(signed("next_period", score)), log, people(*NAMES), as_of)
    amended = result(rules_of(signed("amend", score)), log, people(*NAMES), as_of)
    added: dict[str, Fraction] = defaultdict(Fraction)
    for one in left(next_period):
        added[one.person] += Fraction(one.count) if counts else one.value
    before = scores(next_period)
    assert {name: before[name] + added[name] for name in NAMES} == scores(amended)
    for policy in ("final", "amend"):
        assert result(rules_of(signed(policy)), log, people(*NAMES), as_of).due == ()


@settings(max_examples=80, deadline=None)
@given(logs(), LATER, LATER)
def test_charged_little_by_little_is_charged_at_once(
    log: list[Entry], one: datetime, other: datetime
) -> None:
    known = {entry.id: entry.recorded_at for entry in log}
    assume(all(known.get(e.supersedes or "", e.recorded_at) <= e.recorded_at for e in log))
    rules, roster = rules_of(signed("next_period")), people(*NAMES)
    sooner, later = sorted((one, other))
    first = left(result(rules, log, roster, sooner))
    charged = charges_of(first)
    now = result(rules, log, roster, later)
    rest = [found for due in now.due if (found := due.left(charged)) is not None]
    assert total(first) + total(rest) == total(left(now))
    assert not charges_of(rest).keys() & charged.keys()
    both = charged | charges_of(rest)
    assert [due.left(both) for due in now.due] == [None] * len(now.due)
    # what was charged first is taken back, the second charge stands
    again = [found for due in now.due if (found := due.left(charges_of(rest))) is not None]
    assert total(again) == total(first)
    assert not charges_of(rest).keys() & charges_of(again).keys()


def charges_of(found: list[Left]) -> dict[Key, Amount]:
    return {one.key: (one.value, one.count) for one in found}


def total(found: list[Left]) -> Fraction:
    return sum((one.value for one in found), Fraction(0))


def test_what_was_charged_and_came_back_is_given_back() -> None:
    log: list[Entry] = [
        record("b", "ana", "11-04 10:00", 20),
        Cancellation("b2", "b", at("12-08 10:00")),
        record("b3", "ana", "11-04 10:00", 20, known="12-09 10:00", supersedes="b2"),
    ]
    standings = result(rules_of(signed("next_period")), log, people("ana"))
    assert left(standings) == []
    (due,) = standings.due
    cancelled = {("b2", "ana", "revenue"): (Fraction(-20), -1)}
    back = due.left(cancelled)
    assert back is not None
    assert (back.revision, back.value, back.count) == ("b3", Fraction(20), 1)
    brought_back = {back.key: (back.value, back.count)}
    assert due.left(cancelled | brought_back) is None
    again = due.left(brought_back)  # where it was cancelled was called off
    assert again is not None
    assert (again.revision, again.value, again.count) == ("b2", Fraction(-20), -1)


@settings(max_examples=80, deadline=None)
@given(logs(), LATER)
def test_a_charge_is_added_to_what_the_records_add_up_to(log: list[Entry], as_of: datetime) -> None:
    plain = scores(result(rules_of(MOST), log, people(*NAMES), as_of))
    charged = result(rules_of(MOST + CHARGES), log, people(*NAMES), as_of)
    assert scores(charged) == {
        **plain,
        "ana": plain["ana"] - 3,
        "cleo": plain["cleo"] + Fraction(5, 2),
    }
    lines = {row.entrant: {e.record.id: e.amount for e in row.effects} for row in charged.rows}
    assert lines["ana"]["charge:x"] == -3
    assert lines["cleo"]["charge:y"] == Fraction(5, 2)
    assert "charge:x" not in lines["cleo"]


def refused(text: str) -> list[Issue]:
    with pytest.raises(Invalid) as caught:
        rules_of(text)
    return list(caught.value.issues)


def of(*charges: str) -> str:
    return MOST + "charges: [" + ", ".join(charges) + "]\n"


GOOD = "{person: ana, metric: revenue, value: -3, record: x, from: october}"


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_each_format_takes_charges_or_says_that_it_cannot(key: str) -> None:
    metric = sorted(rules_of(f"format: {key}\nscore: {SCORES[key]}\n").metrics)[0]
    charges = f"charges: [{{person: ana, metric: {metric}, value: 1, record: x, from: y}}]\n"
    text = f"format: {key}\nscore: {SCORES[key]}\n{charges}"
    nothing_adds_up = {
        "largest_record", "record", "streak", "mission_path", "duel", "tug_of_war",
    }  # fmt: skip
    if key in nothing_adds_up:
        assert [(one.code, one.place.path) for one in refused(text)] == [("no_charges", "charges")]
    else:
        assert [one.person for one in rules_of(text).charges] == ["ana"]


@pytest.mark.parametrize(
    ("charges", "code", "path"),
    [
        (["{person: ana, metric: calls, value: -3, record: x, from: o}"],
         "charge_of_another_metric", "charges[0].metric"),
        ([GOOD, "{person: ana, metric: revenue, value: 0, record: y, from: o}"],
         "charge_of_nothing", "charges[1].value"),
        ([GOOD, GOOD.replace("-3", "4")], "charged_twice", "charges[1].record"),
        (["{person: ana, metric: revenue, value: 1, record: x}"],
         "missing_key", "charges[0].from"),
        (["{person: ana, metric: revenue, value: 1, records: 2, record: x, from: o}"],
         "not_whole", "charges[0].records"),
    ],
)  # fmt: skip
def test_a_charge_that_means_nothing_is_refused_where_it_stands(
    charges: list[str], code: str, path: str
) -> None:
    found = refused(of(*charges))
    assert [(one.code, one.place.path) for one in found] == [(code, path)]
    assert found[0].remedy_text()
    assert rules_of(of(GOOD)).charges[0].value == -3


def test_the_same_record_may_be_charged_to_two_people_and_for_two_metrics() -> None:
    text = of(GOOD, GOOD.replace("ana", "ben"))
    assert [one.person for one in rules_of(text).charges] == ["ana", "ben"]


def test_somebody_who_does_not_play_cannot_be_charged() -> None:
    named = of(GOOD) + "entrants: {people: [ben]}\n"
    assert [(one.code, one.place.path) for one in refused(named)] == [
        ("charge_of_a_stranger", "charges[0].person")
    ]
    assert rules_of(of(GOOD) + "entrants: {people: [ana]}\n").charges
    rules, records = Source(HEAD + of(GOOD), "rules.yaml"), Source("id,person,occurred_at\n", "r")
    with pytest.raises(Invalid) as caught:
        score_texts(rules, records, Source("person\nben\n", "people.csv"), "2026-12-20")
    found = [(one.code, one.place.file, one.place.path) for one in caught.value.issues]
    assert found == [("charge_of_a_stranger", "rules.yaml", "charges[0].person")]
    assert score_texts(rules, records, Source("person\nana\n", "p"), "2026-12-20").result


def test_what_is_printed_is_what_the_next_document_takes() -> None:
    log = [
        record("a", "ana", "11-03 10:00", 30),
        record("b", "ana", "11-04 10:00", 20),
        record("b2", "ana", "11-04 10:00", 15, known="12-08 10:00", supersedes="b"),
    ]
    source = result(rules_of(signed("next_period")), log, people("ana"))
    printed = as_json(source)["charges"]
    assert printed == [
        {
            "person": "ana", "metric": "revenue", "value": "-5", "records": 0,
            "record": "b2", "from": "november",
        }
    ]  # fmt: skip
    document = {**yaml.safe_load(MOST), "charges": json.loads(json.dumps(printed))}
    head = {"key": "d", "timezone": "UTC", "window": {"start": "2026-12-01", "end": "2027-01-01"}}
    rules = parse_rules({**head, **document})
    jsonschema.validate({**head, **document}, json_schema())
    assert scores(result(rules, [], people("ana"))) == {"ana": -5}
    said = [template.format(**params) for template, params in rulebook(rules)]
    assert (
        "Charged from november, where records were revised after the signature: 1. "
        "Each counts here from the start." in said
    )
    assert not any("ana" in one for one in said)


def test_an_earlier_window_is_rehearsed_without_charges() -> None:
    document = yaml.safe_load(HEAD + of(GOOD))
    as_of = datetime(2026, 12, 20, tzinfo=UTC)
    assert [one.charges for one in replays(document, months=2, as_of=as_of)] == [(), ()]


def test_what_is_charged_is_never_under_review() -> None:
    text = of(GOOD) + "integrity: {minimum_value: 0}\n"
    standings = result(rules_of(text), [record("a", "ana", "11-03 10:00", -1)], people("ana"))
    assert [one.record.id for one in standings.row("ana").under_review] == ["a"]


def test_a_round_that_was_missed_has_no_charge_and_says_so() -> None:
    text = (
        "format: championship\nscore: {metric: revenue, round_days: 7, points: [3]}\n"
        f"charges: [{GOOD}]\nentrants: {{people: [ana]}}\n"
    )
    before = result(rules_of(text), [], people("ana"), datetime(2026, 10, 30, tzinfo=UTC))
    assert (before.row("ana").effects, before.row("ana").left_out) == ((), ())
    after = result(rules_of(text), [], people("ana")).row("ana")
    assert [(one.record.id, one.part) for one in after.effects] == [("charge:x", "1")]


WEEKS = "format: championship\nscore: {metric: revenue, round_days: 7, points: [3, 1]}\n"
TEAMS = "entrants: {kind: team, teams: [south, west], team_score: sum}\n"


def player(name: str, *held: tuple[str, str, str | None]) -> Person:
    spans = (Membership(team, Fraction(1), span(start, end)) for team, start, end in held)
    return Person(name, name.title(), tuple(spans))


def test_a_team_takes_a_charge_in_the_first_round_in_which_it_has_the_person() -> None:
    ana = player("ana", ("north", "01-01", "11-09"), ("west", "11-09", None))
    ben = player("ben", ("south", "01-01", None))
    cleo = player("cleo", ("west", "01-01", None))
    roster = Roster((ana, ben, cleo))
    log = [
        record("a", "ana", "11-10 10:00", 30),
        record("b", "ben", "11-10 10:00", 29),
        record("c", "cleo", "11-03 10:00", 10),
    ]
    rules = rules_of(WEEKS + TEAMS + f"charges: [{GOOD}]\n")

    before = result(rules, log, roster, at("11-06 10:00")).row("west")
    assert [one.record.id for one in before.effects] == ["c"]
    assert before.left_out == ()
    west = result(rules, log, roster).row("west")

    assert [(one.record.id, one.part, as_text(one.amount)) for one in west.effects] == [
        ("charge:x", "2", "-3"), ("c", "1", "10"), ("a", "2", "30"),
    ]  # fmt: skip
    assert west.left_out == ()
    # 30 - 3 in the second week: the place is that of the other team
    second = (result(rules, log, roster).rounds or ())[1]
    assert {one.entrant: (as_text(one.value or Fraction(0)), one.rank) for one in second.lines} == {
        "south": ("29", 1), "west": ("27", 2),
    }  # fmt: skip


def test_of_two_teams_the_first_in_which_somebody_is_employed_is_charged() -> None:
    ana = player("ana", ("south", "11-02", "11-09"), ("west", "11-09", None))
    late = Person("ana", "Ana", ana.memberships, joined_on=date(2026, 11, 9))
    others = (player("ben", ("south", "01-01", None)), player("cleo", ("west", "01-01", None)))
    for format_ in (MOST, WEEKS):
        rules = rules_of(format_ + TEAMS + f"charges: [{GOOD}]\n")
        for person, team in ((ana, "south"), (late, "west")):
            board = result(rules, [], Roster((person, *others)))
            assert [row.entrant for row in board.rows if row.effects] == [team]


def scored(rules: str, people_csv: str) -> Standings:
    text, records = Source(HEAD + rules, "rules.yaml"), Source("id,person,occurred_at\n", "r")
    return score_texts(text, records, Source(people_csv, "people.csv"), "2026-12-20").result


APART = (
    "format: championship\nscore: {metric: revenue, points: [3, 1], rounds: "
    "[{start: 2026-11-02, end: 2026-11-07}, {start: 2026-11-16, end: 2026-11-20}]}\n"
)


@pytest.mark.parametrize(
    ("rules", "lost", "found"),
    [
        # in the team between two rounds; and also on the day on which the second begins
        (APART + TEAMS, ",,2026-11-08,2026-11-16", ",,2026-11-08,2026-11-17"),
        # gone before the window; and on its first day
        (MOST, ",2026-11-01,,", ",2026-11-02,,"),
        # joined after the first round began, of which late comers play the others; and when it did
        (WEEKS + "entrants: {late_joiners: always}\n", "2026-11-02,,,", "2026-11-01,,,"),
    ],
)
def test_a_charge_that_nothing_would_take_in_is_refused(rules: str, lost: str, found: str) -> None:
    head = "person,team,joined_on,left_on,valid_from,valid_to\nben,west,,,,\n"
    text = rules + f"charges: [{GOOD}]\n"
    with pytest.raises(Invalid) as caught:
        scored(text, f"{head}ana,west,{lost}\n")
    (issue,) = caught.value.issues
    assert (issue.code, issue.place.path) == ("charge_of_a_stranger", "charges[0].person")
    board = scored(text, f"{head}ana,west,{found}\n")
    assert [e.record.id for row in board.rows for e in row.effects] == ["charge:x"]
