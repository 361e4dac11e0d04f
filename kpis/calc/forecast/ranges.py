"""From what a method missed before to what it may miss now: the correction and the range.

All of it is read from checks of periods that were over, near the same place of the period; a
month is held against the same month of earlier quarters as soon as there is one, because a sales
organisation closes by the quarter:

    correction f = 1 + n/(n+1) * (what the rests became / what was expected of them - 1)
    common error u = root of the mean square of the company's relative errors, one of COMMON added
    own scatter k = mean of (error of a person)^2 / variance, one of OWN added

The variance of a group's rest is k * f * V + (u * f * R)^2, of R with the model's own variance V:
the errors of single deals even out over many people, the error of a season does not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from kernel.periods import Period
from kpis.calc.forecast.chances import ONE, ZERO
from kpis.calc.forecast.checks import COMPANY, WEEK, Became, Check, Rest, has_rest, kind_of

COMMON = Decimal("0.25")
"""Relative error of the rest of a company that has no past here."""
OWN = Decimal("1.5")
NEAR = 2 * WEEK
"""Checks at most so many days from the same place of the period tell of the scatter."""
TENTH = Decimal("1.2816")
"""Standard deviations from the middle to the tenth and the ninetieth percentile."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What the past teaches about the rest of a period from a place on."""

    factor: Decimal
    common: Decimal
    own: Decimal
    periods: int
    """Earlier periods that it is learnt from."""


@dataclass(frozen=True, slots=True)
class Line:
    """A group's forecast in minor units; expected is the sum of the four parts above it."""

    group: str
    booked: int
    pipeline: int
    new: int
    correction: int
    low: int
    expected: int
    high: int
    open_deals: int
    begun: int


class Past:
    """The checks of periods that are over, and what these became, as known at some moment.

    Answers for a place of a period with the periods before it only.
    """

    def __init__(self, checks: Iterable[Check], became: Became) -> None:
        self.checks = [one for one in checks if has_rest(one) and one.period in became]
        self.became = became
        self._factors: dict[tuple[Period, int], Decimal] = {}

    def correction(self, period: Period, offset: int) -> Correction:
        """For the forecast of `period` on its day `offset`."""
        offset = max(0, min(offset, period.days - 1)) // WEEK * WEEK
        over = self._before(period)
        near = [
            [one for one in self.checks
             if one.period == each and abs(one.offset - offset) <= NEAR]
            for each in over
        ]  # fmt: skip
        near = [part for part in near if part]
        errors = [_mean([self._error(one) ** 2 for one in part]) for part in near]
        own = [_mean(scatter) for part in near if (scatter := self._scatter(part))]
        return Correction(
            factor=self.factor(period, offset),
            common=_mean([COMMON * COMMON, *errors]).sqrt(),
            own=_mean([OWN, *own]),
            periods=len(over),
        )

    def factor(self, period: Period, offset: int) -> Decimal:
        """How much more (or less) than expected the rest became, at this place of earlier ones."""
        key = (period, offset)
        if key not in self._factors:
            over = self._before(period)
            told = [
                one.rest_of(COMPANY, self.became)
                for one in self.checks
                if one.offset == offset and one.period in over
            ]
            expected = sum((rest for rest, _variance, _became in told), ZERO)
            became = sum((became for _rest, _variance, became in told), ZERO)
            ratio = max(ZERO, became / expected) if expected else ONE
            self._factors[key] = ONE + Decimal(len(told)) / (len(told) + 1) * (ratio - ONE)
        return self._factors[key]

    def _before(self, period: Period) -> list[Period]:
        """The periods that were over when this one began; of months those of the same place."""
        over = sorted({one.period for one in self.checks if one.period.end <= period.start})
        alike = [one for one in over if _place(one) == _place(period)]
        return alike or over

    def _error(self, check: Check) -> Decimal:
        """The relative error of the company's rest, corrected as it would have been then."""
        rest, _variance, became = check.rest_of(COMPANY, self.became)
        corrected = rest * self.factor(check.period, check.offset)
        return (became - corrected) / corrected if corrected else ZERO

    def _scatter(self, checks: Sequence[Check]) -> list[Decimal]:
        """Squared errors of people in variances, after what the whole company was off."""
        found: list[Decimal] = []
        for check in checks:
            whole, _variance, became = check.rest_of(COMPANY, self.became)
            share = became / whole
            for group in check.said:
                if kind_of(group) == "person":
                    rest, variance, mine = check.rest_of(group, self.became)
                    if variance > ZERO:
                        found.append((mine - rest * share) ** 2 / variance)
        return found


def _place(period: Period) -> int:
    """Which month of a quarter; nothing for other periods."""
    return period.start.month % 3 if period == Period.month(period.start) else -1


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, ZERO) / len(values)


def line_of(group: str, rest: Rest, corrected: Correction) -> Line:
    """The forecast of a group: low <= expected <= high, and not below what is booked."""
    part, factor = rest.part, corrected.factor
    pipeline, new = _whole(part.pipeline), _whole(part.new)
    correction = _whole(part.rest * (factor - ONE))
    expected = rest.booked + pipeline + new + correction
    season = corrected.common * factor * part.rest
    away = TENTH * (corrected.own * factor * max(ZERO, part.variance) + season * season).sqrt()
    return Line(
        group, rest.booked, pipeline, new, correction,
        low=min(expected, max(rest.booked, expected - _whole(away))),
        expected=expected,
        high=expected + _whole(away),
        open_deals=part.open_deals,
        begun=part.begun,
    )  # fmt: skip


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))
