"""Ramp: a newcomer's objective grows with the months since hiring."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from incentives.calc.facts import Payee
from incentives.calc.fields import Choice, Field, Flag, ListOf, MeasureName, Number
from incentives.calc.measured import Measured, no_value
from incentives.calc.mechanic import Mechanic
from incentives.calc.state import COUNTS_NOTHING, Outcome, Reading, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.periods import Period
from kernel.trace import Step


def month_number(hired_on: date, day: date) -> int:
    """The calendar month of a day since hiring; the month of hiring is 1."""
    return 12 * (day.year - hired_on.year) + day.month - hired_on.month + 1


def not_hired() -> Reading:
    """What a step reads when the inputs do not say when the payee was hired."""
    return Reading(None, no_value("hired_on"))


@dataclass(frozen=True, slots=True)
class Ramp:
    """Rebinds ``measure`` to measure x the share of the month since hiring; 100 % after the list.

    ``first_month``: the month of hiring is the first, or the first whole month is (days before it
    count as the first). A month in which the payee is absent for ``absence_days`` or more repeats
    when ``absence_extends``. A period of several months takes the mean of their shares.
    """

    measure: str
    months: tuple[Fraction, ...]
    first_month: str
    absence_extends: bool
    absence_days: Fraction

    def apply(self, state: State) -> Outcome:
        measure, payee = state.named(self.measure), state.desk.payee
        if measure.value is None or payee.hired_on is None:
            read: list[Measured | Reading] = [measure]
            if payee.hired_on is None:
                read.append(not_hired())
            after, trace = without_value(state, "ramp", read, COUNTS_NOTHING)
            return after.rebinding(self.measure, Measured(None, trace)), trace
        shares = list(self._shares(payee, payee.hired_on, state.desk.world.inputs.period))
        share = sum((one for _, _, one in shares), Fraction(0)) / len(shares)
        value = measure.value * share
        trace = told(
            "ramp",
            N_("{name}: {before} × {share} = {value}"),
            value,
            children=(measure.trace, *(_told(*one) for one in shares)),
            name=self.measure,
            before=measure.value,
            share=share,
        )
        return state.rebinding(self.measure, Measured(value, trace)), trace

    def _shares(
        self, payee: Payee, hired_on: date, period: Period
    ) -> Iterable[tuple[str, int, Fraction]]:
        """Each month of the period from hiring on: its name, its number in the ramp, its share."""
        months = [month for month in _months(period) if month.end > hired_on]
        for month in months or list(_months(period))[-1:]:
            number = self._number(payee, hired_on, month)
            share = self.months[number - 1] if number <= len(self.months) else Fraction(1)
            yield month.name, number, share

    def _number(self, payee: Payee, hired_on: date, month: Period) -> int:
        number = month_number(hired_on, month.start)
        if self.first_month == "first_full_month" and hired_on.day > 1:
            number -= 1
        if self.absence_extends:
            number -= sum(
                _days_absent(payee, earlier) >= self.absence_days
                for earlier in _months_between(hired_on, month.start)
            )
        return max(number, 1)


def _months(period: Period) -> Iterable[Period]:
    month = Period.month(period.start)
    while month.start < period.end:
        yield month
        month = Period.month(month.end)


def _months_between(start: date, end: date) -> Iterable[Period]:
    month = Period.month(start)
    while month.start < end:
        yield month
        month = Period.month(month.end)


def _days_absent(payee: Payee, month: Period) -> Fraction:
    days = [(Period(one.start, one.end).overlap(month), one.part) for one in payee.absences]
    return sum((inside.days * part for inside, part in days if inside is not None), Fraction(0))


def _told(name: str, number: int, share: Fraction) -> Step:
    label = N_("{month}: month {number} of the ramp, {value}")
    return told("ramp_month", label, share, month=name, number=number)


MECHANIC = Mechanic(
    key="ramp",
    make=Ramp,
    fields=(
        Field("measure", MeasureName(), "the objective that grows"),
        Field("months", ListOf(Number(Fraction(0))), "the share of each month; then 100 %"),
        Field(
            "first_month",
            Choice(("hire_month", "first_full_month")),
            "which month is the first, when somebody is hired within one",
            "hire_month",
        ),
        Field("absence_extends", Flag(), "a month of absence repeats", False),
        Field(
            "absence_days",
            Number(Fraction(1)),
            "so many days of absence make a month of absence",
            Fraction(15),
        ),
    ),
    kind="measures",
    summary=N_("objective × the share of the month since hiring"),
    title=N_("Ramp of a newcomer"),
    sentence=N_("{measure} grows with the months since hiring: {months}."),
)
