"""Competition ranks against an oracle that counts."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kpis.calc.ranks import Rank, competition_ranks, top

NAMES = {"a": "Ada", "b": "Bob", "c": "Cem", "d": "Dag"}


def test_equal_values_share_a_rank_and_stand_by_name() -> None:
    values = {"d": Fraction(5), "c": Fraction(9), "b": Fraction(5), "a": None}

    assert competition_ranks(values, NAMES) == [
        Rank("c", Fraction(9), 1, 1, tied=False),
        Rank("b", Fraction(5), 2, 2, tied=True),
        Rank("d", Fraction(5), 2, 2, tied=True),
    ]


def test_where_less_is_better_the_order_turns() -> None:
    values = {"a": Fraction(5), "b": Fraction(1)}

    assert [(row.key, row.rank) for row in competition_ranks(values, NAMES, better="down")] == [
        ("b", 1),
        ("a", 2),
    ]


def test_top_keeps_all_who_share_the_last_place() -> None:
    values = {"a": Fraction(3), "b": Fraction(2), "c": Fraction(2), "d": Fraction(1)}
    ranked = competition_ranks(values, NAMES)

    assert [row.key for row in top(ranked, 2)] == ["a", "b", "c"]
    assert [row.key for row in top(ranked, 3)] == ["a", "b", "c"]


KEYS = st.dictionaries(
    st.integers(0, 40), st.one_of(st.none(), st.fractions(0, 3, max_denominator=3)), max_size=20
)


@given(values=KEYS, better=st.sampled_from(["up", "down"]))
def test_ranks_are_one_more_than_the_number_of_better_ones(
    values: dict[int, Fraction | None], better: str
) -> None:
    ranked = competition_ranks(values, {key: str(key) for key in values}, better=better)
    known = {key: value for key, value in values.items() if value is not None}

    assert {row.key for row in ranked} == known.keys()
    for row in ranked:
        ahead = [v for v in known.values() if (v > row.value if better == "up" else v < row.value)]
        assert row.rank == 1 + len(ahead)
        assert row.dense_rank == 1 + len(set(ahead))
        assert row.tied == (list(known.values()).count(row.value) > 1)


@given(values=KEYS)
def test_the_order_of_arrival_changes_nothing(values: dict[int, Fraction | None]) -> None:
    names = dict.fromkeys(values, "Sam")
    turned = dict(reversed(values.items()))

    assert competition_ranks(values, names) == competition_ranks(turned, names)
