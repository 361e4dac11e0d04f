"""Where a rep's pay of a running period may end, and what the next step of the plan is worth.

What is booked so far, and what the rest of the period may bring (`incentives.statements.rests`),
calculated by the plan itself; low, expected and high are the least, the middle and the greatest of
these totals. All amounts come from the engine; nothing here knows a rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from math import ceil

from incentives.calc import PayeeResult, Plan, parse_inputs, pay_of
from incentives.calc.measures import CountOf, SumOf
from incentives.choices import PeriodState
from incentives.gathering.inputs import WON, Document
from incentives.models import PayPeriod
from incentives.statements.current import Waiting, plans_now, seen_payees
from incentives.statements.goals import OpenGoals, open_goals, total_of
from incentives.statements.ladders import Rung, rungs_above
from incentives.statements.rests import Rests, rests_of
from kernel.money import Money, digits_of
from kernel.numbers import as_text


@dataclass(frozen=True, slots=True)
class NextStep:
    """The nearest limit above: what is missing to it, and what reaching it would be worth.

    `missing` is an amount of `currency` in main units, or a number of records (`currency` None).
    """

    component: str
    mechanic: str
    limit: Fraction
    level: Fraction
    unit: str
    missing: Fraction
    currency: str | None
    worth: Money


@dataclass(frozen=True, slots=True)
class Projection:
    """One plan of one person in a running period; no range when nothing tells of the rest."""

    plan: Plan
    version_id: int
    period: PayPeriod
    day: date
    booked: Money
    outcomes: tuple[Money, ...]
    next_steps: tuple[NextStep, ...]
    rests: Rests
    goals: tuple[OpenGoals, ...]
    others_at: datetime | None = None
    """The moment as of which colleagues are counted, where their part matters."""

    @property
    def low(self) -> Money | None:
        return self.outcomes[0] if self.outcomes else None

    @property
    def expected(self) -> Money | None:
        """The median of the totals: of two, halfway between them."""
        if not self.outcomes:
            return None
        halves = (
            self.outcomes[(len(self.outcomes) - 1) // 2],
            self.outcomes[len(self.outcomes) // 2],
        )
        return Money.rounded(sum(one.amount for one in halves) / Fraction(2), self.plan.currency)

    @property
    def high(self) -> Money | None:
        return self.outcomes[-1] if self.outcomes else None


@dataclass(frozen=True, slots=True)
class Waits:
    """A plan of which nothing can be said before the period is calculated for all."""

    plan: Plan
    period: PayPeriod


def projections(person_id: int, day: date) -> list[Projection | Waits]:
    """The projections of a person for the pay periods that run on `day`, by plan."""
    running = PayPeriod.objects.filter(
        starts_on__lte=day,
        ends_on__gt=day,
        state__in=[PeriodState.OPEN, PeriodState.CALCULATED],
    )
    return [
        made for period in running.order_by("ends_on", "id") for made in _of(period, person_id, day)
    ]


def _of(period: PayPeriod, person_id: int, day: date) -> Iterator[Projection | Waits]:
    for one in plans_now(period, person_id):
        if isinstance(one, Waiting):
            yield Waits(one.plan, period)
            continue
        now = _Try(one.plan, one.inputs, person_id)
        rests = rests_of(one, person_id, day)
        yield Projection(
            one.plan,
            one.version_id,
            period,
            day,
            now.base.total,
            tuple(sorted(total_of(one.plan, rest, person_id) for rest in rests.inputs)),
            tuple(_next_steps(now)),
            rests,
            tuple(open_goals(one, person_id, now.base.total)),
            one.others_at,
        )


# --- the next step ---------------------------------------------------------------------------


def next_steps(plan: Plan, inputs: Document, person_id: int) -> Iterator[NextStep]:
    """For each step with limits: the smallest one above, and what reaching it is worth.

    Found by asking the engine: one more record shows how the level moves, the missing amount
    follows, and a calculation with it gives the worth. A limit that no record of the plan's
    measures can reach (a KPI, a lower-is-better figure) is left out.
    """
    return _next_steps(_Try(plan, inputs, person_id))


def _next_steps(now: "_Try") -> Iterator[NextStep]:
    for rung in rungs_above(now.plan, now.base.trace):
        found = _reach(now, rung)
        if found is not None:
            yield found


@dataclass(frozen=True)
class _Try:
    """A calculation with further records of one measure."""

    plan: Plan
    inputs: Document
    person_id: int

    @cached_property
    def base(self) -> PayeeResult:
        """Without any further record."""
        return self.result({}, [])

    def result(self, attributes: Mapping[str, str], amounts: Sequence[Fraction]) -> PayeeResult:
        made = deepcopy(self.inputs)
        payees = seen_payees(made)
        # a plan that reads a team is moved by a report; one that reads the payee, by the payee
        for payee in payees[:1] if attributes.get("whose") != "team" else payees[1:2]:
            payee["credits"] += [
                {
                    "id": f"more:{number}",
                    "closed_at": "2999-12-31",
                    "amount": as_text(amount),
                    "attributes": {k: v for k, v in attributes.items() if k != "whose"},
                }
                for number, amount in enumerate(amounts)
            ]
        parsed = parse_inputs(made, currency=self.plan.currency)
        return pay_of(self.plan, parsed, str(self.person_id))

    def level(self, rung: Rung, attributes: Mapping[str, str], *amounts: Fraction) -> Fraction:
        found = rung.level_in(self.result(attributes, amounts).trace)
        return rung.level if found is None else found


def _reach(now: _Try, rung: Rung) -> NextStep | None:
    for attributes in _kinds(now.plan, len(seen_payees(now.inputs)) > 1):
        one = now.level(rung, attributes, Fraction(1))
        two = now.level(rung, attributes, Fraction(2))
        gap = rung.limit - rung.level
        if two > one:
            missing = _rounded_up(gap / (two - one), now.plan.currency)
            amounts = [missing]
        elif one > rung.level:
            missing = Fraction(ceil(gap / (one - rung.level)))
            amounts = [Fraction(0)] * int(missing)
        else:
            continue
        after = now.result(attributes, amounts)
        reached = rung.level_in(after.trace)
        if reached is not None and reached >= rung.limit:
            return NextStep(
                component=rung.component,
                mechanic=rung.mechanic,
                limit=rung.limit,
                level=rung.level,
                unit=rung.unit,
                missing=missing,
                currency=now.plan.currency if two > one else None,
                worth=after.total - now.base.total,
            )
    return None


def _kinds(plan: Plan, has_team: bool) -> Iterator[dict[str, str]]:
    """The attributes of a record that each measure of the plan would count."""
    seen: list[dict[str, str]] = []
    for measure in plan.measures.values():
        if not isinstance(measure.source, SumOf | CountOf):
            continue
        wanted = {one.attribute: one.texts[0] for one in measure.source.where if one.test == "is"}
        for whose in ("own", "team") if has_team else ("own",):
            kind = {"type": WON, **wanted, "whose": whose}
            if kind not in seen:
                seen.append(kind)
                yield kind


def _rounded_up(value: Fraction, currency: str) -> Fraction:
    unit = 10 ** digits_of(currency)
    return Fraction(ceil(value * unit), unit)
