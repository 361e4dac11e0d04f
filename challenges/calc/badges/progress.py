"""How far somebody is from a badge in the present period."""

from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.badges import streaks
from challenges.calc.badges.deserving import Ground
from challenges.calc.badges.periods import period_of
from challenges.calc.badges.rules import Best, Figure, Rule, Slot, Streak, Threshold
from challenges.calc.records import Record
from kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Progress:
    """Where somebody stands, and what is needed. A record must be passed: there the goal is the
    best so far."""

    value: Fraction
    goal: Fraction

    @property
    def part(self) -> Fraction:
        """How much of the way is made, from 0 to 1."""
        if self.goal <= 0:
            return Fraction(0)
        return min(max(self.value / self.goal, Fraction(0)), Fraction(1))


def progress(rule: Rule, ground: Ground, period: Period, number: str) -> Progress | None:
    """The way that somebody has made in the period; None where there is no way to be made step by
    step (a first one, a combination, a gift, a ceiling)."""
    person = ground.people.get(number)
    if person is None:
        return None
    days = ground.known(period).of(number)
    records = [record for day, listed in days.items() if period.contains(day) for record in listed]
    match rule:
        case Threshold(measure, at_least):
            return Progress(measure.total(records), at_least)
        case Slot(_, _, _, wanted):
            return Progress(Fraction(_inside(rule, ground, records)), Fraction(wanted))
        case Streak(measure, minimum, length, per):
            start = streaks.reach_back(person, per, length, period, ground.calendar)
            params = streaks.params_of(measure, minimum, per)
            span = Period(start, period.end)
            run = streaks.run_at(
                params, person, days, span, ground.as_of, ground.zone, ground.calendar
            )
            # a run that is long enough has earned its badge; the next comes with another run
            return Progress(Fraction(run.length), Fraction(length)) if run.length < length else None
        case Best(measure, minimum, _, per):
            sums: dict[Period, list[Record]] = {}
            for day, listed in days.items():
                if day < period.start:
                    sums.setdefault(period_of(per, day), []).extend(listed)
            best = max((measure.total(one) for one in sums.values()), default=Fraction(0))
            return Progress(measure.total(records), max(best, minimum)) if sums else None
        case Figure(_, limit, True):
            value = ground.figures.get(period, {}).get(number)
            return None if value is None else Progress(value, limit)
    return None


def _inside(rule: Slot, ground: Ground, records: list[Record]) -> int:
    found = 0
    for record in records:
        local = record.occurred_at.astimezone(ground.zone)
        found += rule.start <= local.hour * 60 + local.minute < rule.end
    return found
