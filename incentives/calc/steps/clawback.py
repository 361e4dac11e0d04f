"""Clawback: what was paid on the cancelled part of a deal is taken back."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from incentives.calc.facts import Event, OpenItem
from incentives.calc.fields import Amount, Choice, Field, Key, Number, Reader
from incentives.calc.mechanic import Mechanic
from incentives.calc.months import months_after, started_months, whole_months
from incentives.calc.quantities import Quantity
from incentives.calc.state import Outcome, State
from incentives.calc.steps.holdback import BASE
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.money import digits_of
from kernel.numbers import round_integer
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Clawback:
    """The rate originally paid times the amount cancelled, never more than was paid on the deal.

    Only within the window, and in proportion to the unserved months of the contract when the plan
    says so. ``negative`` is what happens to a component that comes out below 0.
    """

    of: str
    window_months: Fraction | None
    window_days: Fraction | None
    on_limit: str
    prorate: str
    contract_months: Quantity | None
    served: str
    negative: str
    balance: str
    base: str | None

    def apply(self, state: State) -> Outcome:
        read = None
        if self.contract_months is not None:
            read = state.read(self.contract_months, "contract_months")
        rule = ClawbackRule(self, None if read is None else read.value)
        trace = told(
            "clawback",
            N_("what was paid on cancelled deals is taken back ({prorate}, negative: {negative})"),
            None,
            children=() if read is None else (read.trace,),
            prorate=self.prorate,
            negative=self.negative,
            window_months=_shown(self.window_months),
            window_days=_shown(self.window_days),
        )
        rules = state.rules.recovering(rule, self.base, average=self.of == "average")
        return replace(state, rules=rules), trace


def _shown(value: Fraction | None) -> object:
    return "" if value is None else value


@dataclass(frozen=True, slots=True)
class ClawbackRule:
    """A clawback with its contract length known, where the plan states one."""

    plan: Clawback
    contract_months: Fraction | None

    def returned(self, paid: int, deal: OpenItem, event: Event) -> tuple[int, Step]:
        """What of the amount paid on the cancelled part is taken back, and why."""
        unit = Fraction(1, 10 ** _digits(deal))
        if self._outside(deal, event.on):
            trace = told(
                "clawback",
                N_("{credit}: cancelled on {on}, outside the window: {paid} stays"),
                Fraction(0),
                sources=(deal.credit,),
                credit=deal.credit,
                on=event.on,
                paid=paid * unit,
            )
            return 0, trace
        share = self._unserved(deal, event)
        taken = round_integer(paid * share)
        trace = told(
            "clawback",
            N_("{credit}: {paid} was paid on what is cancelled, × {share} = {value} taken back"),
            taken * unit,
            sources=(deal.credit,),
            credit=deal.credit,
            paid=paid * unit,
            share=share,
        )
        return taken, trace

    @property
    def negative(self) -> str:
        """What happens to a component that comes out below 0."""
        return self.plan.negative

    @property
    def balance(self) -> str:
        """The name of the debt that is carried."""
        return self.plan.balance

    def unknown(self, deal: OpenItem) -> bool:
        """Whether the plan prorates but nobody says how long the contract is."""
        return self.plan.prorate == "months" and not self._contract(deal)

    def over(self, deal: OpenItem, day: date) -> bool:
        """Whether the window has closed before a day."""
        last = self._last(deal)
        return last is not None and day > last

    def _last(self, deal: OpenItem) -> date | None:
        if self.plan.window_months is not None:
            return months_after(deal.since, int(self.plan.window_months))
        if self.plan.window_days is not None:
            return deal.since + timedelta(days=int(self.plan.window_days))
        return None

    def _outside(self, deal: OpenItem, on: date) -> bool:
        last = self._last(deal)
        if last is None:
            return False
        return on > last or (on == last and self.plan.on_limit == "outside")

    def _unserved(self, deal: OpenItem, event: Event) -> Fraction:
        contract = self._contract(deal)
        if self.plan.prorate == "none" or not contract:
            return Fraction(1)
        served = event.served_months
        if served is None:
            count = whole_months if self.plan.served == "complete" else started_months
            served = Fraction(count(deal.since, event.on))
        return max(1 - served / contract, Fraction(0))

    def _contract(self, deal: OpenItem) -> Fraction | None:
        return deal.contract_months or self.contract_months


def _digits(deal: OpenItem) -> int:
    return digits_of(deal.amount.currency)


def _check(reader: Reader, step: Clawback, path: str) -> None:
    if step.window_months is not None and step.window_days is not None:
        reader.error(
            joined(path, "window_days"),
            "plan.two_windows",
            N_("The window is stated in months and in days."),
            N_("Keep one of `window_months` and `window_days`."),
        )


MECHANIC = Mechanic(
    key="clawback",
    make=Clawback,
    fields=(
        Field(
            "of",
            Choice(("deal", "average")),
            "the rate paid: each deal's own amount where the steps know it, else and with average"
            " the component's amount shared out over the base",
            "deal",
        ),
        Field(
            "window_months",
            Number(Fraction(0), whole=True),
            "months from closing in which a cancellation counts; else for ever",
            None,
        ),
        Field("window_days", Number(Fraction(0), whole=True), "the same in days", None),
        Field(
            "on_limit",
            Choice(("inside", "outside")),
            "whether the window's last day belongs to it",
            "inside",
        ),
        Field(
            "prorate",
            Choice(("none", "months")),
            "months: × unserved months / months of the contract",
            "none",
        ),
        Field(
            "contract_months",
            Amount(Fraction(0), strict=True),
            "the contract's months where the credit has no attribute `contract_months`",
            None,
        ),
        Field(
            "served",
            Choice(("complete", "started")),
            "whether a month that has begun counts as served",
            "complete",
        ),
        Field(
            "negative",
            Choice(("allow", "zero", "carry")),
            "below 0: paid back now, blocked (nothing is owed), or owed and set against later pay",
            "allow",
        ),
        Field("balance", Key(), "the name of the debt in `carried`", "clawback"),
        BASE,
    ),
    kind="settles",
    summary="what was paid on the cancelled part of a deal is taken back",
    check=_check,
)
