"""Settling a component: its amount by deal, each deal settled, the sum as one payment line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from incentives.calc.desk import Desk
from incentives.calc.facts import Credit, Event, Inputs, OpenItem, Payee
from incentives.calc.measured import Part, deals_of
from incentives.calc.moves import Move
from incentives.calc.plans import Component, PlacedStep
from incentives.calc.quantities import Quantity, exact_number
from incentives.calc.settling import Rules, Settled, settle
from incentives.calc.state import State
from incentives.calc.telling import told
from kernel.issues import N_, Invalid, Issue, Place, warning
from kernel.money import Money, allocate, digits_of
from kernel.numbers import round_integer
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a component pays after its deals are settled, and the state in which that leaves it."""

    due: Money
    state: State
    trace: Step
    heard: frozenset[str]


def settle_component(component: Component, state: State, earned: Money) -> Settlement:
    """Settle the deals of a component: the new ones, whose amounts are ``earned``, and open ones.

    What belongs to no deal is paid at once.
    """
    rules = state.rules
    inputs = state.desk.world.inputs
    shares, rest = _by_deal(component, state, earned)
    before = {
        item.credit: item for item in state.desk.payee.open or () if item.component == component.key
    }
    events = _events(state.desk)
    first, last = inputs.period.start, inputs.period.last
    settled = [
        settle(
            rules,
            _deal(component.key, before.get(key), shares.get(key), inputs),
            shares[key].minor if key in shares else 0,
            events.get(key, ()),
            first,
            last,
        )
        for key in _in_order(before, shares)
    ]
    still_open = tuple(one.deal for one in settled if _is_open(one.deal, rules, first))
    value = Money(rest + sum(one.value for one in settled), earned.currency)
    state = replace(
        state,
        open=still_open,
        moves=(*state.moves, *(move for one in settled for move in one.moves)),
        issues=(*state.issues, *_issues(state, settled, events)),
    )
    due, state, steps = _never_below(value, state)
    trace = told(
        "settlement",
        N_("{count} deals settled: {value}"),
        due.amount,
        children=(*_told(settled, before), *steps),
        count=len(settled),
        rest=Money(rest, earned.currency).amount,
    )
    heard = frozenset(before) | shares.keys()
    return Settlement(due, replace(state, amount=due.amount, deals=None), trace, heard)


@dataclass(frozen=True, slots=True)
class _Share:
    """A deal's part of what a component earned this period, in minor units."""

    credit: Credit
    minor: int
    currency: str


def _by_deal(component: Component, state: State, earned: Money) -> tuple[dict[str, _Share], int]:
    """The amount earned, shared out over its deals to the cent, and what belongs to none."""
    parts = _parts(component, state)
    minors = _spread(earned.minor, [value for _, value in parts])
    if minors is None:
        return {}, earned.minor
    found: dict[str, _Share] = {}
    for (credit, _), minor in zip(parts, minors, strict=True):
        more = found[credit.id].minor if credit.id in found else 0
        found[credit.id] = _Share(credit, more + minor, earned.currency)
    return found, 0


Weighted = Sequence[tuple[Credit, Fraction]]


def _parts(component: Component, state: State) -> Weighted:
    """The deals of the amount: each with its own amount where that is known, else with its base."""
    if state.deals is not None and not state.rules.average:
        parts = _credited(state.deals.values())
        if parts is not None:
            return parts
    base = state.rules.base or base_of(component.steps)
    if base is None:
        return ()
    known = state.named(base).parts
    parts = None if known is None else _credited(deals_of(known))
    # a figure that a step changed as a whole belongs to the deals that it was made of
    return tuple(_records(state.desk, base)) if parts is None else parts


def _credited(parts: Iterable[Part]) -> Weighted | None:
    """The parts with their credits; None when one of them is no deal."""
    found = [(part.credit, part.value) for part in parts]
    known = [(credit, value) for credit, value in found if credit is not None]
    return known if len(known) == len(found) else None


def _spread(total: int, values: Sequence[Fraction]) -> list[int] | None:
    """Whole minor units in proportion to the values, largest remainder; None without any."""
    whole = sum(values, Fraction(0))
    if not whole:
        return None if total else [0] * len(values)
    if all(value * whole >= 0 for value in values):
        return allocate(total, [abs(value) for value in values])
    exact = [total * value / whole for value in values]
    parts = [value.numerator // value.denominator for value in exact]
    by_rest = sorted(range(len(exact)), key=lambda n: (parts[n] - exact[n], n))
    for number in by_rest[: total - sum(parts)]:
        parts[number] += 1
    return parts


def base_of(steps: Sequence[PlacedStep]) -> str | None:
    """The measure whose deals a component's amount belongs to: the first that a step earns from."""
    for placed in steps:
        base = getattr(placed.step, "base", None) or getattr(placed.step, "events", None)
        if isinstance(base, Quantity):
            base = base.only_name
        if isinstance(base, str):
            return base
    return None


def _records(desk: Desk, name: str) -> Iterator[tuple[Credit, Fraction]]:
    """The deals of a measure as the inputs give it, those of a team's members one by one."""
    if name in desk.world.measures:
        for part in deals_of(desk.measured(name, {}).parts or ()):
            if part.credit is not None:
                yield part.credit, part.value


def _events(desk: Desk) -> Mapping[str, Sequence[Event]]:
    """What happened to each deal, in order."""
    found: dict[str, list[Event]] = {}
    for event in sorted((*desk.payee.events, *desk.world.inputs.events), key=lambda e: e.order):
        found.setdefault(event.credit, []).append(event)
    return found


def _in_order(before: Mapping[str, OpenItem], shares: Mapping[str, _Share]) -> list[str]:
    """Every deal once, in order of id."""
    return sorted(before.keys() | shares.keys())


def _deal(key: str, before: OpenItem | None, share: _Share | None, inputs: Inputs) -> OpenItem:
    """The deal with all facts up to the period; what is new of it raises amount and base."""
    if share is None:
        assert before is not None  # noqa: S101 - tells the type checker what holds here
        return before
    amount = Money(share.minor, share.currency)
    credit = share.credit
    base = credit.amount
    if before is not None:
        sizes = [size for size in (before.base, base) if size is not None]
        return replace(
            before, amount=before.amount + amount, base=sum(sizes, Fraction(0)) if sizes else None
        )
    nothing = Money.zero(share.currency)
    return OpenItem(
        component=key,
        credit=credit.id,
        since=credit.closed_on(inputs.timezone) or inputs.period.start,
        base=base,
        amount=amount,
        paid=nothing,
        held=nothing,
        cut=nothing,
        contract_months=_contract_months(credit),
    )


def _contract_months(credit: Credit) -> Fraction | None:
    text = credit.attributes.get("contract_months")
    try:
        return None if text is None else exact_number(text)
    except Invalid:
        return None


def _is_open(deal: OpenItem, rules: Rules, first: date) -> bool:
    """Whether a later period may change the deal; late news may come one period after a window."""
    if deal.held.minor:
        return True
    return bool(
        rules.recovery is not None and deal.paid.minor and not rules.recovery.over(deal, first)
    )


def _never_below(value: Money, state: State) -> tuple[Money, State, list[Step]]:
    """What a component pays that comes out below 0, as the clawback says."""
    plan = state.rules.recovery
    if plan is None or plan.negative == "allow":
        return value, state, []
    nothing = Money.zero(value.currency)
    if plan.negative == "zero":
        waived = max(-value, nothing)
        move = Move("waived", "earned", "payable", waived)
        trace = told("waived", N_("below 0, so {value} is not taken back"), waived.amount)
        found = [trace] if waived.minor else []
        return max(value, nothing), replace(state, moves=(*state.moves, move)), found
    brought = min(state.desk.payee.carried.get(plan.balance, Fraction(0)), Fraction(0))
    total = value.amount + brought
    left = min(total, Fraction(0))
    trace = told(
        "carried",
        N_("owed before {brought}, now {total}: {value} is carried on"),
        left,
        name=plan.balance,
        brought=brought,
        total=total,
    )
    due = Money.rounded(max(total, Fraction(0)), value.currency)
    steps = [trace] if brought or left else []
    return due, state.owing(plan.balance, brought, left, "owed"), steps


def _told(settled: Iterable[Settled], before: Mapping[str, OpenItem]) -> Iterator[Step]:
    """A step for each deal that something happened to."""
    for one in settled:
        if not one.moves and not one.traces and not one.due:
            continue
        deal = one.deal
        unit = Fraction(1, 10 ** digits_of(deal.amount.currency))
        opening = before[deal.credit].paid.amount if deal.credit in before else Fraction(0)
        yield told(
            "settled",
            N_("{credit}: {amount} in all, {opening} paid before, {held} held: now {value}"),
            one.value * unit,
            children=one.traces,
            sources=(deal.credit,),
            credit=deal.credit,
            amount=deal.amount.amount,
            opening=opening,
            held=deal.held.amount,
        )


def _issues(
    state: State, settled: Iterable[Settled], events: Mapping[str, Sequence[Event]]
) -> Iterator[Issue]:
    rules, payee, place = state.rules, state.desk.payee.id, Place(path=state.path)
    milestones = frozenset[str]().union(*(rule.milestones for rule in rules.timings))
    for one in settled:
        credit = one.deal.credit
        for event in one.excessive:
            yield warning(
                "calculation.event_too_large",
                N_("{payee}: more of the deal {credit} is {event} than it is worth."),
                N_("The rest changes nothing; check the amount (with or without tax?)."),
                place,
                payee=payee,
                credit=credit,
                event=event.kind,
            )
        for event in events.get(credit, ()):
            if event.kind == "milestone" and milestones and event.name not in milestones:
                yield warning(
                    "calculation.milestone_unknown",
                    N_("{payee}: no payment of the deal {credit} waits for {name}."),
                    N_("The schedule waits for: {known}."),
                    place,
                    payee=payee,
                    credit=credit,
                    name=event.name,
                    known=", ".join(sorted(milestones)),
                )
        if one.taken and rules.recovery is not None and rules.recovery.unknown(one.deal):
            yield warning(
                "calculation.contract_unknown",
                N_("{payee}: the contract of the deal {credit} has no length, so all is taken."),
                N_("Give the credit an attribute `contract_months`, or state it in the step."),
                place,
                payee=payee,
                credit=credit,
            )


def with_cut(
    items: Sequence[OpenItem], before: Iterable[OpenItem], cut: int, lines: int
) -> tuple[OpenItem, ...]:
    """The open deals with their part of what the plan's own steps took off the ``lines`` together.

    It falls on what each deal was paid this period, to the cent, so that a clawback never takes
    back what a cap or gate of the plan had already kept. All in minor units.
    """
    opening = {item.key: item.paid.minor for item in before}
    paid = [max(item.paid.minor - opening.get(item.key, 0), 0) for item in items]
    whole = sum(paid)
    part = min(round_integer(Fraction(cut * whole, lines)), whole) if lines > 0 else 0
    if part <= 0:
        return tuple(items)
    return tuple(
        replace(item, cut=Money(item.cut.minor + minor, item.cut.currency))
        for item, minor in zip(items, allocate(part, paid), strict=True)
    )


def unheard(payee: Payee, heard: Iterable[str]) -> list[Issue]:
    """The events of a payee that found no deal in any component: they changed nothing."""
    known = set(heard)
    return [
        warning(
            "calculation.event_unheard",
            N_("{payee}: {event} of the deal {credit} changes nothing: nothing of it is open."),
            N_("Only deals of a component with holdback, payment_schedule or clawback are open."),
            Place(path=f"payees.{payee.id}"),
            payee=payee.id,
            event=event.kind,
            credit=event.credit,
        )
        for event in payee.events
        if event.credit not in known
    ]
