"""Which review is of which days: due, held, missed, for any day and fiscal year."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import Period
from kpis.calc.reviews import Ritual, Slot, State, due_period, period_at, slots, state_of

TUESDAY = date(2026, 3, 24)


def test_the_due_review_is_of_the_last_days_that_are_over() -> None:
    assert {one: due_period(one, TUESDAY) for one in Ritual} == {
        Ritual.WEEKLY: Period(date(2026, 3, 16), date(2026, 3, 23)),
        Ritual.MONTHLY: Period(date(2026, 2, 1), date(2026, 3, 1)),
        Ritual.QUARTERLY: Period(date(2025, 10, 1), date(2026, 1, 1)),
    }
    assert due_period(Ritual.QUARTERLY, TUESDAY, 2) == Period(date(2025, 11, 1), date(2026, 2, 1))


def test_before_the_first_that_was_held_nothing_was_missed() -> None:
    assert slots(Ritual.MONTHLY, TUESDAY, []) == (
        Slot(Period(date(2026, 2, 1), date(2026, 3, 1)), State.DUE),
    )
    found = slots(
        Ritual.MONTHLY, TUESDAY, [Period.month(date(2025, 11, 1)), Period.month(date(2026, 1, 1))]
    )
    assert [(one.period.start.month, one.state.value) for one in found] == [
        (2, "due"), (1, "held"), (12, "missed"), (11, "held"),
    ]  # fmt: skip


def test_a_review_stays_due_until_the_next_one_is() -> None:
    week = Period(date(2026, 3, 16), date(2026, 3, 23))
    found = [
        state_of(week, held, due_period(Ritual.WEEKLY, date(2026, 3, day)))
        for day, held in ((22, False), (23, False), (29, False), (30, False), (30, True))
    ]
    assert found == [State.RUNNING, State.DUE, State.DUE, State.MISSED, State.HELD]


@given(
    ritual=st.sampled_from(Ritual),
    day=st.dates(date(2001, 1, 1), date(2099, 12, 31)),
    first_month=st.integers(1, 12),
    back=st.integers(0, 400),
)
def test_slots_follow_each_other_without_a_gap(
    ritual: Ritual, day: date, first_month: int, back: int
) -> None:
    held = period_at(ritual, day - timedelta(days=back), first_month)
    found = slots(ritual, day, [held], first_month)
    running = period_at(ritual, day, first_month)
    assert running.contains(day)
    assert [one.period.end for one in found] == [
        running.start, *(one.period.start for one in found[:-1])
    ]  # fmt: skip
    # back to the one that was held, and no further
    assert found[-1].period == min(held, found[0].period)
    assert all((one.state is State.HELD) == (one.period == held) for one in found)
    assert sum(one.state is State.DUE for one in found) == (held != found[0].period)
