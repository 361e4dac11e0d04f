"""A target from the past: what it promises, and the worked table of its page."""

from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kpis.calc.targets import LEAST_OTHERS, OFTEN, PastPeriod, chance_of, rounded, suggest

PAGE = Path(__file__).resolve().parents[3] / "docs/algorithms/objectives.md"
PAST = st.lists(
    st.builds(PastPeriod, st.fractions(0, 10**6, max_denominator=100), st.integers(0, 23)),
    max_size=14,
)


def table(head: str) -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {head} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def test_the_worked_table() -> None:
    past = [PastPeriod(number(value), int(days)) for _, value, days, _ in table("month")]
    found = suggest(past, [], 20, additive=True, better="up")

    assert [number(row[3]) for row in table("month")] == [one.value * 20 / one.days for one in past]
    assert len(table("target")) == 4
    values = {
        "proposed": found.proposed, "as in the past": found.mean, "15 % better": found.reference,
    }  # fmt: skip
    for name, value, chance in table("target"):
        target = number(value)
        assert values.get(name, target) == target
        assert chance_of(target, found.sample, "up") == Fraction(chance.replace(" of ", "/"))


@given(
    PAST,
    st.lists(PAST, max_size=5),
    st.integers(1, 23),
    st.sampled_from(["up", "down"]),
    st.booleans(),
)
def test_what_is_proposed_was_reached_often(
    own: list[PastPeriod], role: list[list[PastPeriod]], days: int, better: str, additive: bool
) -> None:
    found = suggest(own, role, days, additive=additive, better=better)

    assert (found.proposed is None) or (found.chance(found.proposed) or 0) >= OFTEN
    assert found.own + found.others == len(found.sample)
    assert not found.others or found.own < 6
    there = sum(any(one.days for one in past) for past in role)
    shown = found.own < 6 and there >= LEAST_OTHERS
    assert found.others == (sum(bool(one.days) for past in role for one in past) if shown else 0)
    assert found.withheld == (there if found.own < 6 and there < LEAST_OTHERS else 0)


def test_one_or_two_others_are_never_told() -> None:
    own, others = [PastPeriod(Fraction(10), 20)], [[PastPeriod(Fraction(77), 20)]]
    alone = suggest(own, [], 20, additive=True, better="up")
    for count in (1, 2):
        found = suggest(own, others * count, 20, additive=True, better="up")
        assert (found.sample, found.withheld) == (alone.sample, count)
        assert found.proposed == 10
    three = suggest(own, others * 3, 20, additive=True, better="up")
    assert (three.others, three.withheld, three.chance(Fraction(77))) == (3, 0, Fraction(3, 4))


@given(
    st.lists(st.fractions(0, 1000, max_denominator=10), min_size=1), st.sampled_from(["up", "down"])
)
def test_a_harder_target_is_never_likelier(sample: list[Fraction], better: str) -> None:
    ladder = sorted(sample, reverse=better == "down")
    chances = [chance_of(one, sample, better) or Fraction(0) for one in ladder]

    assert chances == sorted(chances, reverse=True)
    assert chances[0] == 1


@given(st.fractions(0, 10**9, max_denominator=1000))
def test_round_values_lie_beside(value: Fraction) -> None:
    assert rounded(value, up=False) <= value <= rounded(value, up=True)
    assert rounded(value, up=True) <= value * Fraction(11, 10)


def test_round_values_by_hand() -> None:
    assert rounded(Fraction(31_444), up=False) == 31_000
    assert rounded(Fraction(31_444), up=True) == 32_000
    assert rounded(Fraction(7), up=False) == 7
    assert rounded(Fraction("31.4"), up=False) == 31
    assert rounded(Fraction("0.314"), up=False) == Fraction("0.31")
