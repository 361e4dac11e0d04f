"""What changed between two boards, and who was passed, beside the plain way to say it."""

from hypothesis import given
from hypothesis import strategies as st

from challenges.changes import changes_between
from challenges.passing import MOST_PASSED, Passing
from challenges.rows import Row

NAMES = [f"p{n}" for n in range(60)]
RANKS = st.one_of(st.none(), st.integers(1, 12))
BOARD = st.dictionaries(st.sampled_from(NAMES), RANKS, max_size=60)


def in_order(ranks: dict[str, int | None]) -> list[tuple[str, int | None]]:
    return sorted(ranks.items(), key=lambda one: (one[1] is None, one[1] or 0))


def walked(
    key: str, after: list[tuple[str, int | None]], before: dict[str, int | None]
) -> list[str]:
    """By looking at everybody behind."""
    ranks = dict(after)
    rank = ranks.get(key)
    if rank is None:
        return []
    was = before.get(key)
    found = []
    for other, theirs in after:
        old = before.get(other)
        behind = theirs is None or theirs > rank
        if behind and old is not None and (was is None or old < was):
            found.append(other)
    return found[:MOST_PASSED]


@given(BOARD, BOARD)
def test_the_passed_are_those_that_a_walk_over_all_places_finds(
    after: dict[str, int | None], before: dict[str, int | None]
) -> None:
    ordered = in_order(after)
    passing = Passing(ordered, before)

    assert {key: passing.passed(key) for key in NAMES} == {
        key: walked(key, ordered, before) for key in NAMES
    }


def row(
    key: str, rank: int | None, score: str | None, effects: dict[str, str] | None = None,
    target: str | None = None,
) -> Row:  # fmt: skip
    return Row(key, 1, rank, score, {"target": target}, effects)


def test_each_record_that_counts_otherwise_has_its_line() -> None:
    before = {
        "lea": row("lea", 1, "30", {"crm:a#1": "10", "crm:b#1": "20"}),
        "hugo": row("hugo", 2, "5.5", {"crm:c#1": "5.5"}),
        "noor": row("noor", 3, "1", {"crm:d#1": "1"}),
    }
    after = {
        "hugo": row("hugo", 1, "17.75", {"crm:c#2": "17.5", "crm:e#1": "0.25", "crm:z#1": "0"}),
        "lea": row("lea", 2, "10", {"crm:a#1": "10"})._replace(left_out={"crm:b#1": "cancelled"}),
    }

    lines = changes_between(before, after)

    assert [tuple(line) for line in lines] == [
        ("hugo", "crm:c#2", "corrected", "+12", "5.5", "17.75",
         {"rank": [2, 1], "passed": ["lea"]}),
        ("hugo", "crm:e#1", "counted", "+0.25", "5.5", "17.75",
         {"rank": [2, 1], "passed": ["lea"]}),
        ("lea", "crm:b#1", "cancelled", "-20", "30", "10", {"rank": [1, 2], "passed": []}),
        ("noor", "crm:d#1", "elsewhere", "-1", "1", "", {"rank": [3, None], "passed": []}),
    ]  # fmt: skip


def test_a_score_that_moved_without_a_record_says_why() -> None:
    before = {
        "lea": row("lea", 1, "50", target="200"),
        "hugo": row("hugo", 2, "1/3"),
        "noor": row("noor", 3, None),
    }
    after = {
        "lea": row("lea", 1, "100", target="100"),
        "hugo": row("hugo", 2, "0.5"),
        "noor": row("noor", None, None),
    }

    targets = {"target": ["200", "100"]}
    lines = [tuple(line) for line in changes_between(before, after, rules_changed=True)]

    assert lines == [
        ("lea", "", "target", "+50", "50", "100", {"rank": [1, 1], "passed": [], **targets}),
        ("hugo", "", "rules", "+1/6", "1/3", "0.5", {"rank": [2, 2], "passed": []}),
    ]
    named = changes_between(before, after)
    assert [line.cause for line in named] == ["target", "circumstances"]


def test_an_opening_has_one_line_for_each_of_whom_something_counts() -> None:
    after = {
        "lea": row("lea", 1, "30", {"crm:a#1": "10", "crm:b#1": "20", "crm:c#1": "0"}),
        "hugo": row("hugo", 2, "5", {})._replace(added_up=4),
        "noor": row("noor", None, "0", {"crm:d#1": "0"}),
    }

    lines = changes_between({}, after, opening=True)

    assert [tuple(line) for line in lines] == [
        ("lea", "", "opening", "+30", "", "30", {"rank": [None, 1], "passed": [], "records": 2}),
        ("hugo", "", "opening", "+5", "", "5", {"rank": [None, 2], "passed": [], "records": 4}),
    ]
    assert changes_between(after, after, opening=True) == [
        line for line in changes_between(after, after, opening=True) if line.entrant == "hugo"
    ]
