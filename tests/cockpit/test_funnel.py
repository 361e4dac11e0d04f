"""Where a team loses more than it used to."""

from fractions import Fraction

from cockpit.funnel import ENOUGH, passages, weakest


def steps(*values: int) -> list[Fraction]:
    return [Fraction(value) for value in values]


def test_the_step_that_lost_most_against_its_own_past_is_the_weakest() -> None:
    # 50 % then 50 %; 40 % was 50 %; 20 % was 50 %
    found = passages(steps(100, 50, 20, 4), steps(400, 200, 100, 50))
    assert [one.rate for one in found] == [Fraction(1, 2), Fraction(2, 5), Fraction(1, 5)]
    assert [one.held for one in found] == [1, Fraction(4, 5), Fraction(2, 5)]
    assert weakest(found) == 2


def test_the_lowest_rate_is_not_the_weakest_when_it_holds() -> None:
    found = passages(steps(100, 5, 4), steps(100, 5, 5))
    assert weakest(found) is None  # it holds, and five are too few for the second step
    assert passages(steps(100, 20, 15), steps(100, 20, 18))[1].held == Fraction(5, 6)
    assert weakest(passages(steps(100, 20, 15), steps(100, 20, 18))) == 1


def test_none_is_weak_while_each_holds() -> None:
    assert weakest(passages(steps(100, 60, 30), steps(100, 50, 25))) is None


def test_of_equals_the_earliest() -> None:
    assert weakest(passages(steps(100, 40, 16), steps(100, 50, 25))) == 0


def test_few_entries_say_nothing() -> None:
    found = passages(steps(ENOUGH - 1, 1, 0), steps(100, 50, 25))
    assert (found[0].rate, found[0].held, weakest(found)) == (None, None, None)
    assert passages(steps(100, 50), steps(3, 2))[0].held is None
