"""Odd records: what is flagged, what is left alone, and what a decision does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.calc import Record, Review, as_json, inputs_sha256
from challenges.calc.integrity import flagged
from challenges.calc.records import Entry
from challenges.calc.run import Source, score_texts
from kernel.issues import Invalid
from tests.challenges.calc.builders import (
    AFTER_ALL,
    HEAD,
    at,
    board,
    people,
    record,
    result,
    rules_of,
)

MOST = "format: most\nscore: {metric: revenue}\n"
ANA_AND_BEN = people("ana", "ben")


def with_rule(integrity: str) -> str:
    return f"{MOST}integrity: {{{integrity}}}\n"


def flags(integrity: str, *records: Record) -> dict[str, list[str]]:
    found = flagged(rules_of(with_rule(integrity)), records)
    return {one.record.id: [note.code for note in one.reasons] for one in found}


def sold(id_: str, person: str, when: str, value: int, account: str) -> Record:
    return replace(record(id_, person, when, value), account=account)


# --- each rule, flagged and left alone --------------------------------------------------------


def test_less_than_the_minimum_is_flagged_and_exactly_on_it_is_not() -> None:
    small, exact = record("a", "ana", "11-03 10:00", 99), record("b", "ana", "11-03 10:00", 100)
    assert flags("minimum_value: 100", small, exact) == {"a": ["small"]}


def test_more_on_a_day_than_stated_are_flagged_after_the_first_so_many() -> None:
    day = [sold(f"d{hour}", "ana", f"11-03 {hour:02}:00", 100, "A") for hour in (9, 11, 10)]
    next_day = [sold(f"n{hour}", "ana", f"11-04 {hour:02}:00", 100, "A") for hour in (9, 10)]
    other = sold("o", "ben", "11-03 12:00", 100, "A")
    assert flags("most_per_day: 2", *day, *next_day, other) == {"d11": ["many"]}
    assert flags("most_per_day: 3", *day, *next_day, other) == {}


def test_the_same_customer_day_and_value_again_is_flagged_whoever_entered_it() -> None:
    first = sold("a", "ana", "11-03 10:00", 50, "Acme")
    again = replace(sold("b", "ben", "11-03 15:00", 50, "Acme"), recorded_at=at("11-04 10:00"))
    other_day = sold("c", "ana", "11-04 10:00", 50, "Acme")
    other_value = sold("d", "ana", "11-03 10:00", 51, "Acme")
    other_customer = sold("e", "ana", "11-03 10:00", 50, "Bolt")
    nobody = record("f", "ana", "11-03 10:00", 50)
    shared = replace(first, person="ben")  # the same activity, credited to both

    found = flags(
        "duplicates: true", first, again, other_day, other_value, other_customer, nobody, shared
    )
    assert found == {"b": ["twice"]}


def test_entered_long_after_is_flagged_and_exactly_in_time_is_not() -> None:
    late = record("a", "ana", "11-03 10:00", 5, known="11-06 10:01")
    on_time = record("b", "ana", "11-03 10:00", 5, known="11-06 10:00")
    by_day = record("d", "ana", "11-03 00:00", 5, known="11-07 00:00", date_only=True)

    assert flags("back_dated_days: 3", late, on_time, by_day) == {"a": ["back_dated"]}


@pytest.mark.parametrize(
    ("before", "after", "waits"),
    [
        # corrected long after, but told of in time
        (("11-03 10:00", "11-03 11:00"), ("11-03 10:00", "11-20 10:00"), []),
        # told of too late: a correction does not make it punctual
        (("11-03 10:00", "11-09 10:00"), ("11-03 10:00", "11-09 10:01"), ["b"]),
        # told of in time, and moved to an earlier day afterwards
        (("12-02 10:00", "12-02 11:00"), ("11-28 10:00", "12-02 12:00"), ["b"]),
    ],
)
def test_of_a_corrected_record_counts_when_it_was_first_told_of(
    before: tuple[str, str], after: tuple[str, str], waits: list[str]
) -> None:
    rows = [
        record("a", "ana", before[0], 5, known=before[1]),
        record("b", "ana", after[0], 6, known=after[1], supersedes="a"),
    ]
    row = result(rules_of(with_rule("back_dated_days: 3")), rows, ANA_AND_BEN).row("ana")

    assert row.score == 6
    assert [one.record.id for one in row.under_review] == waits


def test_many_entered_at_once_by_one_person_are_flagged_all() -> None:
    rows = [
        record(f"a{n}", "ana", f"11-0{n + 1} 10:00", 5, known=f"11-20 10:0{n}") for n in range(4)
    ]
    apart = record("a9", "ana", "11-09 10:00", 5, known="11-21 10:00")
    ben = record("b", "ben", "11-09 10:00", 5, known="11-20 10:01")
    integrity = "bulk: {records: 3, minutes: 2}"

    assert list(flags(integrity, *rows, apart, ben)) == ["a0", "a1", "a2", "a3"]
    assert flags(integrity, *rows[:2], ben) == {}


def test_a_spike_at_the_end_is_flagged_from_the_stated_share_on() -> None:
    early = record("a", "ana", "11-03 10:00", 50)
    last = record("b", "ana", "11-30 10:00", 50)
    integrity = "spike: {last: 10 %, share: 50 %}"

    assert flags(integrity, early, last) == {"b": ["spike"]}
    assert flags(integrity, early, replace(last, value=last.value - 1)) == {}


def test_one_customer_cut_up_into_several_records_is_flagged() -> None:
    rows = [sold(f"a{n}", "ana", f"11-0{3 + n} 10:00", 20 + n, "Acme") for n in range(3)]
    other = sold("b", "ana", "11-04 10:00", 5, "Bolt")
    integrity = "splits: {records: 3, days: 2}"

    assert list(flags(integrity, *rows, other)) == ["a0", "a1", "a2"]
    assert flags("splits: {records: 3, days: 1}", *rows, other) == {}


def test_without_a_rule_nothing_is_looked_at() -> None:
    rules = rules_of(MOST)
    standing = result(rules, [record("a", "ana", "11-03 10:00", 5)], ANA_AND_BEN)
    assert flagged(rules, [record("a", "ana", "11-03 10:00", 5)]) == ()
    assert "under_review" not in as_json(standing)["standings"][0]  # type: ignore[index]  # rows


@pytest.mark.parametrize(
    "integrity", ["spike: {last: 150 %, share: 50 %}", "spike: {last: 5 %, share: 3}"]
)
def test_a_share_above_the_whole_is_refused(integrity: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules_of(with_rule(integrity))
    assert [one.code for one in refused.value.issues] == ["not_a_share"]


# --- decisions --------------------------------------------------------------------------------

SMALL = with_rule("minimum_value: 100")
ROWS: tuple[Entry, ...] = (
    record("a", "ana", "11-03 10:00", 90),
    record("b", "ben", "11-03 10:00", 150),
    record("c", "ana", "11-04 10:00", 100),
)


def review(of: str, decided: str, *, accepted: bool, reason: str = "Looked at it") -> Review:
    return Review(of, accepted, reason, at(decided))


def test_a_flagged_record_counts_and_says_so() -> None:
    standings = result(rules_of(SMALL), ROWS, ANA_AND_BEN)
    assert board(standings) == [(1, "ana", "190"), (2, "ben", "150")]
    assert [one.record.id for one in standings.row("ana").under_review] == ["a"]
    assert standings.row("ben").under_review == ()


def test_a_rejected_record_is_left_out_with_the_reason() -> None:
    rejected = review("a", "11-10 10:00", accepted=False, reason="A sample")
    standings = result(rules_of(SMALL), (*ROWS, rejected), ANA_AND_BEN)
    row = standings.row("ana")

    assert board(standings) == [(1, "ben", "150"), (2, "ana", "100")]
    assert [(out.record.id, out.reason.text()) for out in row.left_out] == [
        ("a", "Rejected in the review: A sample")
    ]
    assert row.under_review == ()


def test_an_accepted_record_counts_and_waits_no_more() -> None:
    accepted = review("a", "11-10 10:00", accepted=True)
    standings = result(rules_of(SMALL), (*ROWS, accepted), ANA_AND_BEN)
    assert board(standings) == [(1, "ana", "190"), (2, "ben", "150")]
    assert standings.row("ana").under_review == ()


def test_the_last_decision_known_at_the_moment_holds() -> None:
    first = review("a", "11-10 10:00", accepted=False)
    second = review("a", "11-12 10:00", accepted=True)
    rules, entries = rules_of(SMALL), (*ROWS, second, first)
    scores = [
        result(rules, entries, ANA_AND_BEN, at(moment)).row("ana").score
        for moment in ("11-09 10:00", "11-11 10:00", "11-13 10:00")
    ]
    assert scores == [190, 100, 190]


def test_a_decision_after_the_signature_changes_nothing() -> None:
    rules = rules_of(SMALL + "official_at: 2026-12-05\nafter_official: {policy: amend}\n")
    late = review("a", "12-06 10:00", accepted=False)
    assert result(rules, (*ROWS, late), ANA_AND_BEN).row("ana").score == 190


def test_a_correction_is_looked_at_anew() -> None:
    accepted = review("a", "11-10 10:00", accepted=True)
    corrected = record("a2", "ana", "11-03 10:00", 80, known="11-11 10:00", supersedes="a")
    standings = result(rules_of(SMALL), (*ROWS, accepted, corrected), ANA_AND_BEN)
    assert [one.record.id for one in standings.row("ana").under_review] == ["a2"]


def test_decisions_are_part_of_the_hash() -> None:
    rules = rules_of(SMALL)
    accepted = review("a", "11-10 10:00", accepted=True)
    hashes = {
        inputs_sha256(entries, ANA_AND_BEN, rules, AFTER_ALL)
        for entries in (ROWS, (*ROWS, accepted))
    }
    assert len(hashes) == 2


@given(st.permutations([*ROWS, review("a", "11-10 10:00", accepted=False),
                        review("c", "11-11 10:00", accepted=True)]))  # fmt: skip
def test_the_order_of_records_and_decisions_is_irrelevant(entries: list[Entry]) -> None:
    standings = result(rules_of(SMALL), entries, ANA_AND_BEN)
    assert board(standings) == [(1, "ben", "150"), (2, "ana", "100")]


rows = st.lists(
    st.tuples(
        st.sampled_from(("ana", "ben")),
        st.integers(1, 28),
        st.integers(0, 3),
        st.integers(0, 5),
        st.sampled_from(("Acme", "Bolt", None)),
    ),
    max_size=12,
)


@given(rows)
def test_flags_never_change_a_score(found: list[tuple[str, int, int, int, str | None]]) -> None:
    everything = (
        "minimum_value: 2, most_per_day: 2, duplicates: true, back_dated_days: 1, "
        "bulk: {records: 2, minutes: 5}, "
        "spike: {last: 20 %, share: 10 %}, splits: {records: 2, days: 3}"
    )
    records = [
        replace(
            record(f"r{n}", who, f"11-{day:02} 10:00", value),
            account=account,
            recorded_at=at(f"11-{day:02} 10:00") + timedelta(days=late),
        )
        for n, (who, day, value, late, account) in enumerate(found)
    ]
    plain = result(rules_of(MOST), records, ANA_AND_BEN)
    looked_at = result(rules_of(with_rule(everything)), records, ANA_AND_BEN)

    assert board(plain) == board(looked_at)


# --- files ------------------------------------------------------------------------------------

FILE = """id,person,occurred_at,value,review,review_reason,reviewed_at
a,ana,2026-11-03T10:00,90,rejected,A sample,2026-11-10T10:00
b,ben,2026-11-03T10:00,150,,,
c,ana,2026-11-04T10:00,95,accepted,,
"""


def score(records: str) -> list[tuple[int | None, str, str | None]]:
    texts = (Source(HEAD + SMALL, "r"), Source(records, "d"), Source("person\nana\nben\n", "p"))
    return board(score_texts(*texts, "2026-12-10").result)


def test_decisions_are_read_from_the_records_file() -> None:
    assert score(FILE) == [(1, "ben", "150"), (2, "ana", "95")]


@pytest.mark.parametrize(
    ("cells", "code"),
    [("perhaps,,", "unknown_review"), ("rejected,,", "empty_cell"),
     ("rejected,No,soon", "not_a_moment")],
)  # fmt: skip
def test_a_decision_that_cannot_be_read_is_refused(cells: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        score(FILE.replace("rejected,A sample,2026-11-10T10:00", cells))
    assert [one.code for one in refused.value.issues] == [code]
