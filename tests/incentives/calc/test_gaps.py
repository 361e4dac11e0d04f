"""The gap report: means by hand, and nobody's pay can be computed back from what is shown."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from incentives.calc.gaps import SEXES, SMALL, Gaps, hidden_categories, pay_gaps


def rows(category: str, women: list[int], men: list[int]) -> list[tuple[str, str, int]]:
    return [(category, "F", one) for one in women] + [(category, "M", one) for one in men]


def shown(found: Gaps) -> dict[str, Fraction | None]:
    return {one.category: one.gap for one in found.groups if not one.is_hidden}


def test_the_gap_of_two_large_categories() -> None:
    found = pay_gaps(rows("ae", [900] * 5, [1000] * 5) + rows("sdr", [300] * 6, [200] * 6))
    assert shown(found) == {"ae": Fraction(1, 10), "sdr": Fraction(-1, 2)}
    # women: (4,500 + 1,800) / 11; men: (5,000 + 1,200) / 11
    assert found.everybody.gap == Fraction(6200 - 6300, 6200)
    assert found.everybody.counts == {"F": 11, "M": 11}


def test_a_small_category_takes_the_smallest_other_one_with_it() -> None:
    counts = {
        "ae": {"F": 9, "M": 9},
        "manager": {"F": 2, "M": 3},
        "sdr": {"F": 6, "M": 6},
    }
    # alone, the managers would be everybody less the two others
    assert hidden_categories(counts) == {"manager", "sdr"}
    assert hidden_categories({"ae": {"F": 5, "M": 5}}) == frozenset()
    assert hidden_categories({"ae": {"F": 4, "M": 9}}) == {"ae"}


def test_too_few_altogether_show_nothing_at_all() -> None:
    found = pay_gaps(rows("ae", [900] * 4, [1000] * 9))
    assert shown(found) == {}
    assert found.everybody.is_hidden
    assert found.everybody.means is None
    assert pay_gaps([]).everybody.is_hidden


def test_no_gap_where_men_got_nothing() -> None:
    found = pay_gaps(rows("ae", [900] * 5, [0] * 5))
    assert found.everybody.gap is None
    assert found.everybody.means == {"F": Fraction(900), "M": Fraction(0)}


GROUPS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.integers(0, 12), st.integers(0, 12)),
    max_size=6,
)


@given(GROUPS)
def test_whatever_can_be_subtracted_stands_for_nobody_or_enough(
    sizes: dict[str, tuple[int, int]],
) -> None:
    everything = [
        row
        for category, (women, men) in sizes.items()
        for row in rows(category, [100] * women, [200] * men)
    ]
    found = pay_gaps(everything)
    for one in found.groups:
        assert one.counts is None or min(one.counts.values()) >= SMALL
    if found.everybody.counts is not None:
        for sex in SEXES:
            open_to_all = sum(one.counts[sex] for one in found.groups if one.counts is not None)
            rest = found.everybody.counts[sex] - open_to_all
            assert rest == 0 or rest >= SMALL
