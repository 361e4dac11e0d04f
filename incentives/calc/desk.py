"""Where a payee's named values come from: measures and parameters, each with its trace."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from incentives.calc.conditions import Condition, chosen, value_of
from incentives.calc.conversion import Conversion, Converted, converted
from incentives.calc.facts import Credit, Inputs, Payee
from incentives.calc.lacking import absence_unknown, no_rate, silent_credits
from incentives.calc.measured import (
    Measured,
    Part,
    as_figures,
    no_value,
    plain_value,
    prorated,
    sum_over,
)
from incentives.calc.measures import (
    CalendarOf,
    CountOf,
    EveryoneOf,
    Formula,
    Measure,
    PeersOf,
    Presence,
    Stated,
    SumOf,
    TeamOf,
    ToDate,
)
from incentives.calc.presence import Absences, calendar_figure, kinds_of, present
from incentives.calc.quantities import Quantity
from incentives.calc.telling import told
from kernel.expressions import evaluate
from kernel.issues import N_, Issue
from kernel.numbers import exact_sum
from kernel.trace import Step

ONE = Fraction(1)
Rebound = Mapping[str, Measured]


@dataclass(slots=True)
class World:
    """All payees of one calculation, so that a manager's measure can read the team's."""

    inputs: Inputs
    measures: Mapping[str, Measure]
    parameters: Mapping[str, Measured]
    currency: str
    conversion: Conversion = field(default_factory=Conversion)
    absences: Absences = field(default_factory=dict)
    desks: "dict[str, Desk]" = field(default_factory=dict)
    reports: dict[str, list[str]] = field(default_factory=dict)
    moving: bool = False  # whether somebody's manager is not the same at all times
    shares: dict[str, dict[str, Fraction]] | None = None

    def __post_init__(self) -> None:
        last = self.inputs.period.last
        self.moving = any(payee.managers for payee in self.inputs.payees)
        for payee in sorted(self.inputs.payees, key=lambda p: p.id):
            self.desks[payee.id] = Desk(self, payee)
            manager = payee.manager_on(last)
            if manager is not None and payee.in_sums:
                self.reports.setdefault(manager, []).append(payee.id)

    @property
    def everyone(self) -> "list[Desk]":
        """The desks that sums over everyone count, in order of id."""
        return [desk for desk in self.desks.values() if desk.payee.in_sums]

    @property
    def sharing(self) -> "list[Desk]":
        """The desks among which pools and stocks are shared out, in order of id."""
        return [desk for desk in self.desks.values() if desk.payee.in_shares]

    def shares_of(self, credit: str) -> dict[str, Fraction]:
        """By payee, in order of id: the shares of a deal, without double credits."""
        if self.shares is None:
            self.shares = {}
            for desk in self.sharing:
                for one in desk.payee.credits:
                    if not one.double:
                        self.shares.setdefault(one.id, {})[desk.payee.id] = one.share
        return self.shares.get(credit, {})

    def peers_of(self, payee: Payee) -> "list[Desk]":
        """Who has the same manager on the last day, the payee included; nobody without manager."""
        last = self.inputs.period.last
        manager = payee.manager_on(last)
        known = self.sharing if manager is not None else ()
        return [desk for desk in known if desk.payee.manager_on(last) == manager]

    def is_below(self, member: str, manager: str, depth: str, day: date) -> bool:
        """Whether a person managed somebody on a day, directly or through others."""
        seen = {member}
        above = self._manager(member, day)
        while above is not None and above not in seen:
            if above == manager:
                return True
            if depth == "direct":
                return False
            seen.add(above)
            above = self._manager(above, day)
        return False

    def _manager(self, member: str, day: date) -> str | None:
        desk = self.desks.get(member)
        return None if desk is None else desk.payee.manager_on(day)

    def below(self, manager: str, depth: str) -> Iterator["Desk"]:
        """The desks of the people whom a person manages on the last day of the period."""
        last = self.inputs.period.last
        if depth == "all" and self.moving:  # dated managers may go in circles
            known = self.everyone
            yield from (d for d in known if self.is_below(d.payee.id, manager, depth, last))
            return
        for payee in self.reports.get(manager, []):
            yield self.desks[payee]
            if depth == "all":
                yield from self.below(payee, depth)


@dataclass(slots=True)
class Desk:
    """One payee's named values, computed once each."""

    world: World
    payee: Payee
    known: dict[str, Measured] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    credits: Sequence[Credit] = ()
    foreign: dict[str, Converted] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world, credits = self.world, self.payee.credits
        self.credits = credits
        if all(credit.currency in (world.currency, None) for credit in credits):
            return
        for credit in credits:
            if credit.currency not in (world.currency, None):
                self.foreign[credit.id] = converted(
                    world.conversion, world.inputs, credit, world.currency
                )
        self.credits = tuple(
            self.foreign[credit.id].valued if credit.id in self.foreign else credit
            for credit in credits
        )

    def measured(self, name: str, rebound: Rebound) -> Measured:
        """The value of a name; ``rebound`` holds names that a step of the component changed."""
        if name in rebound:
            return rebound[name]
        if name in self.world.parameters:
            return self.world.parameters[name]
        measure = self.world.measures[name]
        if rebound and isinstance(measure.source, Formula) and name not in self.payee.measures:
            return self._computed(measure, measure.source.quantity, rebound)
        if name not in self.known:
            self.known[name] = self._fresh(measure)
        return self.known[name]

    def evaluated(self, quantity: Quantity, rebound: Rebound) -> tuple[Fraction | None, list[Step]]:
        """The value of a formula and the traces of the names in it, in order of name."""
        if quantity.expression is None:
            return quantity.number, []
        read = {name: self.measured(name, rebound) for name in sorted(quantity.names)}
        values = {name: found.value for name, found in read.items()}
        return evaluate(quantity.expression, values), [found.trace for found in read.values()]

    def _fresh(self, measure: Measure) -> Measured:
        """From the payee's own figure of that name when the inputs give it, else its source."""
        if measure.key in self.payee.measures:
            return self._stated(measure, self.payee.measures[measure.key])
        match measure.source:
            case SumOf():
                return self._sum(measure, measure.source)
            case CountOf(where=where):
                if lacking := self._without_rate(measure, where, "amount"):
                    return lacking
                found = chosen(self.credits, where, self.world.inputs.timezone)
                return self._total(measure, [Part(c.id, ONE, self._as_given(c)) for c in found])
            case Stated(part=part, key=key):
                value = self._look_up(part, key)
                if part == "objectives" and key in self.payee.targets:
                    return prorated(measure.key, self.payee.targets[key])
                return self._stated(measure, value)
            case TeamOf(measure=name, depth=depth, hierarchy=hierarchy):
                if self.world.moving and hierarchy == "deal_date":
                    return self._dated_team(measure, name, depth)
                members = self.world.below(self.payee.id, depth)
                return _over(measure, name, list(members))
            case EveryoneOf(measure=name):
                return _over(measure, name, self.world.everyone)
            case PeersOf(measure=name):
                peers = self.world.peers_of(self.payee)
                if peers or measure.default is None:
                    nobody = Measured(None, no_value("manager"))
                    return as_figures(_over(measure, name, peers)) if peers else nobody
                return self._stated(measure, None)
            case Formula(quantity=quantity):
                return self._computed(measure, quantity, {})
            case Presence():
                return self._presence(measure, measure.source)
            case ToDate():
                return self._to_date(measure, measure.source)
            case CalendarOf(what=what):
                value = calendar_figure(self.payee, self.world.inputs, what)
                return self._stated(measure, value)

    def _look_up(self, part: str, key: str) -> Fraction | None:
        own: Mapping[str, Fraction] = getattr(self.payee, part)
        if key in own or part != "measures":
            return own.get(key)
        return self.world.inputs.measures.get(key)

    def _stated(self, measure: Measure, value: Fraction | None) -> Measured:
        if value is None and measure.default is not None:
            label = N_("{name}: no value in the inputs, so {value} by default")
            return plain_value(measure.key, measure.default, label, "default")
        if value is None:
            return Measured(None, no_value(measure.key))
        return plain_value(measure.key, value, N_("{name}: {value}"), "given")

    def _sum(self, measure: Measure, source: SumOf) -> Measured:
        if lacking := self._without_rate(measure, source.where, source.what):
            return lacking
        parts: list[Part] = []
        silent = 0
        zone = self.world.inputs.timezone
        for credit in chosen(self.credits, source.where, zone):
            value = value_of(credit, source.what)
            if value is None:
                silent += source.what != "amount"
                continue
            share = credit.share
            if source.shared and share.numerator != share.denominator:
                value *= share
            if self.foreign and source.what != "amount":
                value = self._exchanged(measure, credit.id, value)
            parts.append(Part(credit.id, value, self._as_given(credit)))
        if silent:
            self.issues.append(silent_credits(self.payee.id, measure.key, source.what, silent))
        return self._total(measure, parts)

    def _as_given(self, credit: Credit) -> Credit:
        """The credit in its own currency: what happens to the deal later is told in that one."""
        return self.foreign[credit.id].original if credit.id in self.foreign else credit

    def _exchanged(self, measure: Measure, credit: str, value: Fraction) -> Fraction:
        """An attribute that is money, in the plan's currency."""
        rate = self.foreign[credit].rate if credit in self.foreign else None
        return value * rate if rate is not None and measure.unit == "money" else value

    def _without_rate(
        self, measure: Measure, where: Sequence[Condition], what: str
    ) -> Measured | None:
        """No value, when a credit that may count here cannot be converted."""
        missing = [one for one in self.foreign.values() if one.rate is None]
        others = [condition for condition in where if condition.attribute != "amount"]
        zone = self.world.inputs.timezone
        missing = [one for one in missing if chosen((one.valued,), others, zone)]
        if not missing or (what != "amount" and measure.unit != "money"):
            return None
        currencies = sorted({one.original.currency or "" for one in missing})
        self.issues.append(no_rate(self.payee.id, measure.key, currencies))
        return Measured(None, no_value(measure.key, [one.trace for one in missing]))

    def _total(self, measure: Measure, parts: list[Part]) -> Measured:
        value = exact_sum(part.value for part in parts)
        label = N_("{name}: {value} from {count} records")
        ids = [part.id for part in parts]
        used = [self.foreign[key].trace for key in ids if key in self.foreign]
        trace = told(
            "sum", label, value, children=used, sources=ids, name=measure.key, count=len(parts)
        )
        return Measured(value, trace, tuple(parts))

    def _dated_team(self, measure: Measure, name: str, depth: str) -> Measured:
        """The sum over the team, each deal counted for who managed on the deal's day."""
        members = [
            (desk.payee.id, self._managed(desk, name, depth))
            for desk in self.world.everyone
            if desk is not self
        ]
        return sum_over(measure, [(key, found) for key, found in members if found is not None])

    def _managed(self, desk: "Desk", name: str, depth: str) -> Measured | None:
        """What of somebody's figure falls on days on which this payee managed them."""
        period, me, them = self.world.inputs.period, self.payee.id, desk.payee.id
        zone = self.world.inputs.timezone
        found = desk.measured(name, {})
        if found.parts is None or not all(part.credit for part in found.parts):
            return found if self.world.is_below(them, me, depth, period.last) else None
        mine = tuple(
            part
            for part in found.parts
            if part.credit is not None
            and self.world.is_below(them, me, depth, part.credit.closed_on(zone) or period.start)
        )
        if len(mine) == len(found.parts):
            below = mine or self.world.is_below(them, me, depth, period.last)
            return found if below else None
        value = sum((part.value for part in mine), Fraction(0))
        trace = told(
            "sum",
            N_("{name}: {value} from {count} records closed under this manager"),
            value,
            sources=[part.id for part in mine],
            name=name,
            count=len(mine),
        )
        return Measured(value, trace, mine) if mine else None

    def _to_date(self, measure: Measure, source: ToDate) -> Measured:
        """What the periods before have carried, and this period's own figure."""
        balance, before = source.brought(self.payee.carried, self.world.inputs.period.start)
        opening = told("carried", N_("{name}: {value} before"), before, name=balance)
        if source.before:
            label = N_("{name}: {value} before this period")
            trace = told("to_date", label, before, children=(opening,), name=measure.key)
            return Measured(before, trace)
        own = self.measured(source.measure, {})
        if own.value is None:
            return Measured(None, no_value(measure.key, (opening, own.trace)))
        trace = told(
            "to_date",
            N_("{name}: {before} before, {now} now = {value}"),
            before + own.value,
            children=(opening, own.trace),
            name=measure.key,
            before=before,
            now=own.value,
        )
        return Measured(before + own.value, trace)

    def running_totals(self) -> dict[str, Fraction]:
        """What the running totals of the plan carry into the next period."""
        found = {}
        for measure in self.world.measures.values():
            if not isinstance(measure.source, ToDate):
                continue
            start = self.world.inputs.period.start
            _, before = measure.source.brought(self.payee.carried, start)
            own = self.measured(measure.source.measure, {}).value
            found[measure.source.balance(start)] = before + (own or Fraction(0))
        return found

    def _computed(self, measure: Measure, quantity: Quantity, rebound: Rebound) -> Measured:
        value, children = self.evaluated(quantity, rebound)
        if value is None and measure.default is not None:
            value = measure.default
        missing = value is None
        label = N_("{name} = {formula} = {value}")
        if missing:
            label = N_("{name} = {formula}: no value")
        code = "no_value" if missing else "formula"
        trace = told(code, label, value, children=children, name=measure.key, formula=quantity.text)
        return Measured(value, trace)

    def _presence(self, measure: Measure, source: Presence) -> Measured:
        absent = set(source.absent)
        if source.switch is not None:
            absent |= kinds_of(self.world.absences, source.switch)
            self._warn_unknown_absences()
        there, whole, missed = present(self.payee, self.world.inputs, source.counted, absent)
        if source.what != "share":
            value: Fraction | None = there if source.what == "days" else whole
        else:
            value = there / whole if whole else None
        label = (
            N_("{name}: present {days} of {of} days")
            if not missed
            else N_("{name}: present {days} of {of} days, {missed} absent")
        )
        trace = told(
            "presence" if value is not None else "no_value",
            label,
            value,
            name=measure.key,
            days=there,
            of=whole,
            missed=missed,
            what=source.what,
            counted=source.counted,
        )
        return Measured(value, trace)

    def _warn_unknown_absences(self) -> None:
        kinds = {absence.kind for absence in self.payee.absences} - set(self.world.absences)
        issues = [absence_unknown(self.payee.id, kind) for kind in sorted(kinds)]
        self.issues += [issue for issue in issues if issue not in self.issues]


def _over(measure: Measure, name: str, desks: list[Desk]) -> Measured:
    return sum_over(measure, [(desk.payee.id, desk.measured(name, {})) for desk in desks])
