"""Format 8, most improved: own frozen baselines, newcomers, the floor against holding back."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import Cancellation, Membership, Person, Roster, as_json, parse_rules
from challenges.calc.roster import Baseline
from challenges.calc.roster_files import read_roster
from kernel.issues import Invalid
from tests.challenges.calc.builders import HEAD, at, board, member, record, result, rules_of, span

STATED = "format: most_improved\nscore: {metric: revenue, baseline: roster%s}\n"
EARLIER = (
    "format: most_improved\n"
    "score: {metric: revenue, baseline: {start: 2026-10-01, end: 2026-11-01%s}%s}\n"
)


def person(name: str, baseline: int | None = None, role: str | None = None) -> Person:
    stated = () if baseline is None else (Baseline(Fraction(baseline)),)
    return Person(name, name.title(), role=role, baselines=stated)


def sold(**amounts: int) -> list[Any]:
    return [record(name, name, "11-03 10:00", value) for name, value in amounts.items()]


def test_minus_and_divided_by_the_stated_baseline() -> None:
    roster = Roster((person("ana", 200), person("ben", 40)))
    records = sold(ana=260, ben=90)
    minus = result(rules_of(STATED % ""), records, roster)
    assert board(minus) == [(1, "ana", "60"), (2, "ben", "50")]
    divided = result(rules_of(STATED % ", compare: ratio"), records, roster)
    assert board(divided) == [(1, "ben", "225"), (2, "ana", "130")]
    row = divided.row("ana")
    assert (str(row.numerator), str(row.denominator)) == ("260", "200")


def test_who_fell_back_is_not_ranked_and_a_ratio_needs_its_minimum() -> None:
    roster = Roster((person("ana", 200), person("ben", 40), person("cleo", 50)))
    records = sold(ana=190, ben=41, cleo=50)
    minus = result(rules_of(STATED % ""), records, roster)
    assert board(minus) == [(1, "ben", "1"), (None, "cleo", "0"), (None, "ana", "-10")]
    text = STATED % ", compare: ratio" + "minimum: 100\n"
    divided = result(rules_of(text), records, roster)
    assert board(divided) == [(1, "ben", "102.5"), (2, "cleo", "100"), (None, "ana", "95")]


def test_a_newcomer_has_the_median_of_the_role_and_the_team_only_without_a_role() -> None:
    def of(name: str, team: str, baseline: int | None, role: str | None = None) -> Person:
        found = person(name, baseline, role)
        return replace(found, memberships=member(name, team).memberships)

    roster = Roster(
        (
            of("ana", "north", 10, "sdr"),
            of("ben", "south", 40, "sdr"),
            of("cleo", "north", 1000, "ae"),
            of("dora", "north", None, "sdr"),
            of("emil", "south", None),
            of("finn", "south", None, "chef"),
        )
    )
    standings = result(rules_of(STATED % ""), sold(dora=30, emil=45, finn=5), roster)
    assert board(standings)[:2] == [(1, "dora", "5"), (1, "emil", "5")]
    assert [note.code for note in standings.row("dora").notes] == ["baseline_role"]
    assert [note.code for note in standings.row("emil").notes] == ["baseline_team"]
    nobody = standings.row("finn")
    assert (nobody.score, nobody.reason and nobody.reason.code) == (None, "no_baseline")


def test_the_floor_keeps_a_held_back_baseline_from_winning() -> None:
    roster = Roster((person("ana", 1), person("ben", 100)))
    records = sold(ana=60, ben=150)
    free = result(rules_of(STATED % ", compare: ratio"), records, roster)
    assert board(free)[0] == (1, "ana", "6000")
    held = result(rules_of(STATED % ", compare: ratio, floor: 80"), records, roster)
    assert board(held) == [(1, "ben", "150"), (2, "ana", "75")]
    figures = dict(held.row("ana").parts[0].figures)
    assert figures == {"actual": 60, "baseline": 1, "counted_baseline": 80}


def test_a_baseline_of_zero_has_a_difference_but_no_ratio() -> None:
    roster = Roster((person("ana", 0),))
    assert result(rules_of(STATED % ""), sold(ana=5), roster).row("ana").score == 5
    row = result(rules_of(STATED % ", compare: ratio"), sold(ana=5), roster).row("ana")
    assert (row.rank, row.reason and row.reason.code) == (None, "zero_baseline")


def test_an_earlier_window_gives_the_baseline_and_is_frozen_when_it_has_arrived() -> None:
    roster = Roster((person("ana"), person("ben")))
    records = [
        record("a", "ana", "10-03 10:00", 100),
        record("a2", "ana", "10-03 10:00", 80, known="10-20 10:00", supersedes="a"),
        record("b", "ana", "10-31 22:59", 7),  # the last minute of October in Paris
        record("c", "ana", "10-31 23:00", 1000),  # the first minute of November
        # a feed in arrears: known before Thursday 5 November, 00:00 in Paris, and after it
        record("fed", "ana", "10-05 10:00", 40, known="11-04 22:00"),
        record("late", "ana", "10-05 10:00", 500, known="11-04 23:01"),
        Cancellation("b-", "b", at("11-20 10:00")),
        *sold(ben=9),
    ]
    standings = result(rules_of(EARLIER % ("", "")), records, roster)
    assert dict(standings.row("ana").parts[0].figures)["baseline"] == 127
    # Ben was there and sold nothing: his own baseline is zero
    assert board(standings) == [(1, "ana", "873"), (2, "ben", "9")]
    early = rules_of(EARLIER % (", known_by: 2026-11-01T00:00", ""))
    assert result(early, records, roster).row("ana").score == 913
    stated = rules_of(EARLIER % (", known_by: 2026-11-25", ""))
    assert result(stated, records, roster).row("ana").score == 1000 - 80 - 40 - 500


def test_a_longer_window_is_divided_and_an_earlier_freeze_holds() -> None:
    text = (
        "format: most_improved\nscore: {metric: revenue, baseline: {start: 2026-07-01, "
        "end: 2026-10-01, windows: 3, known_by: 2026-10-05}}\n"
    )
    records = [
        record("a", "ana", "07-03 10:00", 60),
        record("b", "ana", "09-03 10:00", 30),
        record("c", "ana", "09-04 10:00", 300, known="10-06 10:00"),
        *sold(ana=31),
    ]
    assert board(result(rules_of(text), records, Roster((person("ana"),)))) == [(1, "ana", "1")]


def test_who_was_not_there_for_the_whole_earlier_window_is_a_newcomer() -> None:
    ana, ben, cleo = (person(name, role="sdr") for name in ("ana", "ben", "cleo"))
    dora = replace(person("dora", role="sdr"), joined_on=date(2026, 10, 2))
    records = [
        record("a", "ana", "10-03 10:00", 10),
        record("b", "ben", "10-03 10:00", 20),
        record("d", "dora", "10-03 10:00", 5000),
        *sold(dora=12),
    ]
    standings = result(rules_of(EARLIER % ("", "")), records, Roster((ana, ben, cleo, dora)))
    assert board(standings)[0] == (1, "dora", "2")  # the median of 10, 20 and 0
    whole = replace(dora, joined_on=date(2026, 10, 1))
    standings = result(rules_of(EARLIER % ("", "")), records, Roster((ana, whole)))
    assert standings.row("dora").score == 12 - 5000


def test_records_of_the_window_itself_follow_every_correction() -> None:
    roster = Roster((person("ana", 50),))
    records = [
        record("a", "ana", "11-03 10:00", 60),
        record("a2", "ana", "11-03 10:00", 90, known="12-10 10:00", supersedes="a"),
        record("b", "ana", "11-04 10:00", 5),
        Cancellation("b-", "b", at("11-20 10:00")),
    ]
    moments = ["11-10 10:00", "11-25 10:00", "12-15 10:00"]
    scores = [
        result(rules_of(STATED % ""), records, roster, at(m)).row("ana").score for m in moments
    ]
    assert scores == [15, 10, 40]


def test_teams_compare_totals_with_totals() -> None:
    def of(name: str, team: str, baseline: int) -> Person:
        return replace(member(name, team), baselines=(Baseline(Fraction(baseline)),))

    roster = Roster((of("ana", "north", 100), of("ben", "north", 20), of("cleo", "south", 50)))
    records = sold(ana=150, ben=30, cleo=70)
    found = {
        (compare, how): board(
            result(
                rules_of(
                    STATED % f", compare: {compare}"
                    + f"entrants: {{kind: team, team_score: {how}}}\n"
                ),
                records,
                roster,
            )
        )[0]
        for compare in ("difference", "ratio")
        for how in ("sum", "mean")
    }
    assert found == {
        ("difference", "sum"): (1, "north", "60"),
        ("difference", "mean"): (1, "north", "30"),
        ("ratio", "sum"): (1, "north", "150"),
        ("ratio", "mean"): (1, "north", "150"),
    }


def test_after_a_transfer_each_team_has_its_part_of_the_baseline() -> None:
    # November 2026 has 21 weekdays, 10 before the 15th: Ana changes teams then
    ana = replace(
        person("ana", 210),
        memberships=(
            Membership("north", span=span(None, "11-15")),
            Membership("south", span=span("11-15", None)),
        ),
    )
    ben = replace(person("ben", 42), memberships=(Membership("north"),))
    records = [
        record("a1", "ana", "11-03 10:00", 130),
        record("a2", "ana", "11-20 10:00", 150),
        record("b", "ben", "11-20 10:00", 50),
    ]
    text = STATED % "" + "entrants: {kind: team, team_score: sum}\n"
    standings = result(rules_of(text), records, Roster((ana, ben)))
    assert board(standings) == [(1, "south", "40"), (2, "north", "38")]
    assert [note.code for note in standings.row("south").notes] == [
        "baseline_own",
        "baseline_share",
    ]
    alone = result(rules_of(STATED % ""), records, Roster((ana, ben)))
    assert board(alone) == [(1, "ana", "70"), (2, "ben", "8")]


def test_a_window_without_own_working_days_counts_all_days() -> None:
    head = "key: x\ntimezone: Europe/Paris\nwindow: {start: 2026-11-07, end: 2026-11-09}\n"
    ana = replace(
        person("ana", 10),
        memberships=(Membership("north", span=span("11-08", None)),),
        weekdays=frozenset({0}),
    )
    rules = rules_of(STATED % "" + "entrants: {kind: team, team_score: sum}\n", head)
    standings = result(rules, [record("a", "ana", "11-08 10:00", 7)], Roster((ana,)))
    assert board(standings) == [(1, "north", "2")]


def test_an_earlier_window_has_to_be_earlier_and_frozen_in_time() -> None:
    for window, codes in {
        "{start: 2026-10-01, end: 2026-11-02}": ["late_baseline"],
        "{start: 2026-10-01, end: 2026-10-01}": ["empty_baseline"],
        "{start: 2026-10-01, end: 2026-11-01, known_by: 2026-12-02}": ["baseline_not_frozen"],
        "{start: 2026-10-01, end: 2026-11-01, known_by: 2026-10-31}": ["baseline_not_frozen"],
        "{start: 2026-10-01, end: never}": ["not_a_moment"],
        "{start: 2026-10-01}": ["missing_key"],
        "rooster": ["not_an_option"],
    }.items():
        with pytest.raises(Invalid) as caught:
            parse_rules(f"{HEAD}format: most_improved\nscore: {{metric: x, baseline: {window}}}\n")
        assert [issue.code for issue in caught.value.issues] == codes, window


def test_the_roster_states_roles_and_baselines_in_both_forms() -> None:
    found = read_roster(
        "person,role,baseline,baseline:calls\nana,sdr,1200.50,7\nben,ae,,\nana,,,7\n"
    )
    assert [(p.id, p.role, p.baseline_of("calls"), p.baseline_of("x")) for p in found.people] == [
        ("ana", "sdr", Baseline(Fraction(7), "calls"), Baseline(Fraction(2401, 2))),
        ("ben", "ae", None, None),
    ]
    plain = read_roster('[{"person": "ana", "role": "sdr", "baselines": {"calls": "7"}}]')
    assert plain.people[0].baselines == (Baseline(Fraction(7), "calls"),)
    with pytest.raises(Invalid) as caught:
        read_roster("person,role,baseline\nana,sdr,5\nana,ae,6\nben,sdr,many\n")
    assert [(i.code, i.place.path, i.place.line) for i in caught.value.issues] == [
        ("two_values", "role", 3),
        ("two_values", "baseline", 3),
        ("number.not_a_number", "baseline", 4),
    ]
    with pytest.raises(Invalid) as caught:
        read_roster('[{"person": "ana", "baselines": [5]}]')
    assert [issue.code for issue in caught.value.issues] == ["not_a_row"]


def test_the_output_tells_baseline_and_what_counted() -> None:
    rules = rules_of(STATED % ", floor: 80")
    plain: Any = as_json(result(rules, sold(ana=100), Roster((person("ana", 60),))))
    (part,) = plain["standings"][0]["parts"]
    assert {k: part[k] for k in part if k != "notes"} == {
        "name": "revenue",
        "actual": "100",
        "baseline": "60",
        "counted_baseline": "80",
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-5, 60), st.integers(0, 60), st.booleans()), min_size=1, max_size=8
    ),
    st.integers(1, 40),
)
def test_it_agrees_with_a_median_by_hand(found: list[tuple[int, int, bool]], floor: int) -> None:
    roster = Roster(
        tuple(
            replace(
                person(f"p{number}", role="sdr"),
                joined_on=date(2026, 10, 15) if new else date(2020, 1, 1),
            )
            for number, (_, _, new) in enumerate(found)
        )
    )
    records = []
    for number, (before, now, _) in enumerate(found):
        records.append(record(f"b{number}", f"p{number}", "10-20 10:00", before))
        records.append(record(f"n{number}", f"p{number}", "11-20 10:00", now))
    own = [Fraction(before) for before, _, new in found if not new]
    standings = result(rules_of(EARLIER % ("", f", floor: {floor}")), records, roster)
    for number, (before, now, new) in enumerate(found):
        base = Fraction(before) if not new else Fraction(median(own)) if own else None
        expected = None if base is None else now - max(base, Fraction(floor))
        assert standings.row(f"p{number}").score == expected
