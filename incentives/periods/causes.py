"""Why a payee gets another amount: the difference of two calculations, split by cause. Pure.

One group of inputs is swapped after the other, in a stated order, and each time the engine
calculates again: what the total moves by is the share of that group. The shares always make the
whole difference. In another order shares may differ where causes work on each other (a better rate
on more sales); the order is part of the answer.

| order | cause | what is swapped |
|---|---|---|
| 1 | engine | the version of the calculation itself |
| 2 | plan | the plan's document |
| 3 | organisation | role, days paid, absences, working time, hierarchy, objectives; the period |
| 4 | data | all else: records, KPIs, balances and open deals, events, awards |
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from incentives.calc import Plan, parse_inputs, pay_of
from kernel.periods import Period

CAUSES = ("engine", "plan", "organisation", "data")
PLACE = ("role", "present_from", "present_to", "elsewhere", "hired_on", "absences", "working_time",
         "manager", "managers", "objectives", "name")  # fmt: skip
AROUND = ("period", "calendar")
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One calculation of a payee: what it was made of, and the minor units it gave."""

    plan: Plan
    inputs: Document
    total_minor: int
    engine: str


@dataclass(frozen=True, slots=True)
class Shares:
    """Minor units by cause, for every group of inputs that differs; they make the difference."""

    by_cause: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        return sum(minor for _, minor in self.by_cause)


@dataclass(frozen=True, slots=True)
class Change:
    """A record that is another one, new (`before` None) or gone (`after` None)."""

    id: str
    payee: str
    before: Document | None
    after: Document | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two calculations of a payee, the inputs halfway, and which causes differ at all."""

    before: Side
    after: Side
    halfway: Document
    causes: tuple[str, ...]

    @classmethod
    def of(cls, before: Side, after: Side, zone: ZoneInfo) -> "Pair":
        halfway = with_place_of(before.inputs, after.inputs, zone)
        differs = {
            "engine": before.engine != after.engine,
            "plan": before.plan.hash != after.plan.hash,
            "organisation": halfway != before.inputs,
            "data": halfway != after.inputs,
        }
        return cls(before, after, halfway, tuple(one for one in CAUSES if differs[one]))

    @property
    def calculates(self) -> bool:
        """Whether the split needs the engine: with one cause, that one has it all."""
        return len(self.causes) > 1

    def split(self, engine: str) -> Shares:
        """The difference by cause; `engine` is the version that calculates now."""
        difference = self.after.total_minor - self.before.total_minor
        if not self.calculates:
            cause = self.causes[0] if self.causes else "engine"
            return Shares(((cause, difference),) if self.causes or difference else ())
        at = _Totals(self.before, self.after, engine)
        plan = self.after.plan
        values = {
            "plan": at.total(plan, self.before.inputs),
            "organisation": at.total(plan, self.halfway),
            "data": at.total(plan, self.after.inputs),
        }
        first = last = at.total(self.before.plan, self.before.inputs)
        found: dict[str, int] = {}
        for cause in self.causes:
            if cause != "engine":
                found[cause] = values[cause] - last
                last = values[cause]
        # what the engine of now gives otherwise than the engines of then, at both ends
        share = first - self.before.total_minor + self.after.total_minor - last
        if "engine" in self.causes or share:
            found = {"engine": share, **found}
        return Shares(tuple(found.items()))


def split(before: Side, after: Side, engine: str, zone: ZoneInfo) -> Shares:
    """The difference of two calculations by cause; see `Pair`."""
    return Pair.of(before, after, zone).split(engine)


@dataclass
class _Totals:
    """Totals that the engine of now gives, those that are known already without calculating."""

    before: Side
    after: Side
    engine: str
    known: dict[tuple[str, int], int] = field(default_factory=dict)

    def total(self, plan: Plan, inputs: Document) -> int:
        for side in (self.before, self.after):
            if side.engine == self.engine and plan is side.plan and inputs is side.inputs:
                return side.total_minor
        key = (plan.hash, id(inputs))
        if key not in self.known:
            parsed = parse_inputs(inputs, currency=plan.currency)
            self.known[key] = pay_of(plan, parsed, inputs["payees"][0]["id"]).total.minor
        return self.known[key]


def with_place_of(data: Document, place: Document, zone: ZoneInfo) -> dict[str, Any]:
    """The inputs `data` with the payee, and the people who are read beside, where `place` has them.

    A record stays with `data` where both have its day, and comes or goes with the days paid.
    """
    own, other = data["payees"][0], place["payees"][0]
    same_period = data["period"] == place["period"]
    credits = _placed(own, other, zone) if same_period else own["credits"]
    kept = {key: part for key, part in own.items() if key not in PLACE}
    held = {key: part for key, part in other.items() if key in PLACE}
    below = {payee["id"]: payee for payee in data["payees"][1:]}
    beside = [
        {**payee, "credits": below[payee["id"]]["credits"]} if payee["id"] in below else payee
        for payee in place["payees"][1:]
    ]
    around = {key: part for key, part in data.items() if key not in AROUND}
    return {
        **around,
        **{key: place[key] for key in AROUND if key in place},
        "payees": [{**kept, **held, "credits": credits}, *beside],
    }


def _placed(own: Document, other: Document, zone: ZoneInfo) -> list[Any]:
    before, after = _days_of(own), _days_of(other)
    if before == after:
        return list(own["credits"])

    def on(credit: Document) -> date:
        return datetime.fromisoformat(credit["closed_at"]).astimezone(zone).date()

    stay = [one for one in own["credits"] if after(on(one))]
    come = [one for one in other["credits"] if not before(on(one))]
    return sorted([*stay, *come], key=lambda one: (one["closed_at"], one["id"]))


@dataclass(frozen=True, slots=True)
class _Days:
    """The days on which a statement pays."""

    start: date
    end: date
    gaps: tuple[Period, ...]

    def __call__(self, day: date) -> bool:
        return self.start <= day < self.end and not any(gap.contains(day) for gap in self.gaps)


def _days_of(payee: Document) -> Callable[[date], bool]:
    gaps = tuple(
        Period(date.fromisoformat(one["from"]), date.fromisoformat(one["to"]))
        for one in payee.get("elsewhere", ())
    )
    start, end = date.fromisoformat(payee["present_from"]), date.fromisoformat(payee["present_to"])
    return _Days(start, end, gaps)


def changes(before: Document, after: Document) -> list[Change]:
    """The records that differ between two inputs of a payee, in order of close time, then id."""
    one, other = dict(_records(before)), dict(_records(after))
    found = [
        Change(key[1], key[0], one.get(key), other.get(key))
        for key in one.keys() | other.keys()
        if one.get(key) != other.get(key)
    ]
    return sorted(found, key=_order)


def _records(inputs: Document) -> Iterable[tuple[tuple[str, str], Document]]:
    for payee in inputs["payees"]:
        for credit in payee["credits"]:
            yield (payee["id"], credit["id"]), credit


def _order(change: Change) -> tuple[str, str, str]:
    known = change.after or change.before or {}
    return (str(known.get("closed_at", "")), change.id, change.payee)
