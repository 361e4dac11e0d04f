"""Where a rep's pay of a running period may end, and what the next step of the plan is worth.

Method, as the page says it: what is booked so far, plus the rest of the period as in each of the
last three periods of the same kind (its records after the same number of working days), each
calculated by the plan itself; low, expected and high are the least, the middle and the greatest of
these totals. All amounts come from the engine; nothing here knows a rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from math import ceil
from typing import Any

from incentives.calc import PayeeResult, Plan, parse_inputs, pay_of
from incentives.calc.measures import CountOf, SumOf
from incentives.choices import PeriodState
from incentives.gathering.inputs import WON, Document, Frozen, credit_documents
from incentives.models import PayPeriod
from incentives.statements.current import Waiting, entries, plans_now, seen_payees
from incentives.statements.ladders import Rung, rungs_above
from kernel.calendars import WorkCalendar
from kernel.money import Money, digits_of
from kernel.numbers import as_text
from kernel.periods import Period
from people import queries as people

PAST_PERIODS = 3
Credits = dict[int, list[Document]]
Dated = dict[int, list[tuple[date, Document]]]


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
    """One plan of one person in a running period; no range without a past period."""

    plan: Plan
    version_id: int
    period: PayPeriod
    day: date
    booked: Money
    outcomes: tuple[Money, ...]
    next_steps: tuple[NextStep, ...]
    others_at: datetime | None = None
    """The moment as of which colleagues are counted, where their part matters."""

    @property
    def low(self) -> Money | None:
        return self.outcomes[0] if self.outcomes else None

    @property
    def expected(self) -> Money | None:
        return self.outcomes[len(self.outcomes) // 2] if self.outcomes else None

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
        # what the colleagues will do decides as well, and nobody says it for them
        pasts = () if one.others_at else _pasts(one.plan, one.at, one.inputs, person_id, day)
        outcomes = sorted(total_of(one.plan, past, person_id) for past in pasts)
        steps = tuple(_next_steps(now))
        yield Projection(
            one.plan,
            one.version_id,
            period,
            day,
            now.base.total,
            tuple(outcomes),
            steps,
            one.others_at,
        )


def total_of(plan: Plan, inputs: Document, person_id: int) -> Money:
    """What the engine pays this person for these inputs."""
    return pay_of(plan, parse_inputs(inputs, currency=plan.currency), str(person_id)).total


# --- the rest of the period as in the past ---------------------------------------------------


def _pasts(
    plan: Plan, at: Frozen, inputs: Document, person_id: int, day: date
) -> Iterator[Document]:
    """The inputs with the rest of each past period appended, for those the person worked in."""
    days = at.days
    calendar = people.company().calendar
    elapsed = working_number(calendar, days, day)
    pasts = _worked(person_id, days)
    known = _credits_of(plan, at, inputs, pasts)
    for past in pasts:
        rest = _rest(known, past, calendar, elapsed)
        yield with_rest(inputs, rest, days.start.toordinal() - past.start.toordinal())


def _credits_of(plan: Plan, at: Frozen, inputs: Document, pasts: Sequence[Period]) -> Dated:
    """The credits of all past periods with their days, by person. One query."""
    if not pasts:
        return {}
    whole = Period(min(past.start for past in pasts), max(past.end for past in pasts))
    found = credit_documents(Frozen(whole, None, at.tz), plan, _people_in(inputs))

    def day_of(credit: Document) -> date:
        return datetime.fromisoformat(str(credit["closed_at"])).astimezone(at.tz).date()

    return {person: [(day_of(one), one) for one in rows] for person, rows in found.items()}


def _worked(person_id: int, days: Period) -> list[Period]:
    """The past periods, newest first, on whose first and last day the person had a place."""
    pasts = [days.previous()]
    while len(pasts) < PAST_PERIODS:
        pasts.append(pasts[-1].previous())
    places = people.assignments_between(Period(pasts[-1].start, days.start), [person_id])

    def was_there(day: date) -> bool:
        return any(place.during(Period.day(day)) for place in places)

    return [past for past in pasts if was_there(past.start) and was_there(past.last)]


def working_number(calendar: WorkCalendar, days: Period, day: date) -> int:
    """Which working day of the period `day` is (on a free day: the last one before it)."""
    return sum(calendar.is_working(one) for one in days.dates() if one <= day)


def _rest(known: Dated, past: Period, calendar: WorkCalendar, elapsed: int) -> Credits:
    """The credits of a past period beyond the same working day, by person."""
    dates = list(past.dates())
    numbers = accumulate(calendar.is_working(one) for one in dates)
    later = {day for day, number in zip(dates, numbers, strict=True) if number > elapsed}
    return {
        person: [credit for day, credit in rows if day in later] for person, rows in known.items()
    }


def with_rest(inputs: Document, rest: Mapping[int, Sequence[Document]], shift: int) -> Document:
    """The inputs with further credits, moved by `shift` days and under ids of their own."""
    made = deepcopy(inputs)
    # somebody who changed managers stands there twice: the rest is theirs once, where they are now
    last = {_person(payee): payee for payee in entries(made)}
    for person, payee in last.items():
        for credit in rest.get(person, []):
            moment = datetime.fromisoformat(str(credit["closed_at"]))
            moved = datetime.fromordinal(moment.toordinal() + shift)
            payee["credits"].append(
                {
                    **credit,
                    "id": f"past:{credit['id']}",
                    "closed_at": moment.replace(
                        year=moved.year, month=moved.month, day=moved.day
                    ).isoformat(),
                }
            )
    return made


def _person(payee: Mapping[str, Any]) -> int:
    return int(str(payee["id"]).partition("@")[0])


def _people_in(inputs: Document) -> set[int]:
    return {_person(payee) for payee in entries(inputs)}


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
