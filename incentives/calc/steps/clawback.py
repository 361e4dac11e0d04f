"""Clawback: what was paid on the cancelled part of a deal is taken back."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from incentives.calc.bands import Band, Bands, band_of
from incentives.calc.facts import Event, OpenItem
from incentives.calc.fields import Amount, Choice, Field, Key, Number
from incentives.calc.mechanic import Mechanic
from incentives.calc.months import last_day, started_months, whole_months
from incentives.calc.quantities import Quantity
from incentives.calc.reader import Reader
from incentives.calc.state import CHANGES_NOTHING, Outcome, State, without_value
from incentives.calc.steps.holdback import BASE, check_window, whole
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.money import digits_of
from kernel.numbers import round_integer
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Clawback:
    """The rate originally paid times the amount cancelled, never more than was paid on the deal.

    Only within the window, and in proportion to the unserved months of the contract, or by bands
    of months, when the plan says so. ``negative`` is for a component that comes out below 0.
    """

    of: str
    window_months: Fraction | None
    window_days: Fraction | None
    on_limit: str
    prorate: str
    bands: tuple[Band, ...] | None
    contract_months: Quantity | None
    served: str
    negative: str
    balance: str
    base: str | None

    def apply(self, state: State) -> Outcome:
        read = None
        if self.contract_months is not None:
            read = state.read(self.contract_months, "contract_months")
        shares = [state.read(band.value, "share") for band in self.bands or ()]
        if any(share.value is None for share in shares):
            return without_value(state, "clawback", shares, CHANGES_NOTHING)
        rule = ClawbackRule(
            self,
            None if read is None else read.value,
            tuple(min(share.value or Fraction(0), Fraction(1)) for share in shares),
        )
        trace = told(
            "clawback",
            N_("what was paid on cancelled deals is taken back ({prorate}, negative: {negative})"),
            None,
            children=[reading.trace for reading in (read, *shares) if reading is not None],
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
    shares: tuple[Fraction, ...] = ()

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
        return last_day(deal.since, whole(self.plan.window_months), whole(self.plan.window_days))

    def _outside(self, deal: OpenItem, on: date) -> bool:
        last = self._last(deal)
        if last is None:
            return False
        return on > last or (on == last and self.plan.on_limit == "outside")

    def _unserved(self, deal: OpenItem, event: Event) -> Fraction:
        """The share that is taken back: all, by the months that are left, or by a band."""
        if self.plan.bands is not None:
            band = band_of(self.plan.bands, self._served(deal, event), "higher", Fraction(1))
            return self.shares[0 if band is None else self.plan.bands.index(band)]
        contract = self._contract(deal)
        if self.plan.prorate == "none" or not contract:
            return Fraction(1)
        return max(1 - self._served(deal, event) / contract, Fraction(0))

    def _served(self, deal: OpenItem, event: Event) -> Fraction:
        if event.served_months is not None:
            return event.served_months
        count = whole_months if self.plan.served == "complete" else started_months
        return Fraction(count(deal.since, event.on))

    def _contract(self, deal: OpenItem) -> Fraction | None:
        return deal.contract_months or self.contract_months


def _digits(deal: OpenItem) -> int:
    return digits_of(deal.amount.currency)


def _check(reader: Reader, step: Clawback, path: str) -> None:
    check_window(reader, step, path)
    if step.bands is not None and step.prorate != "none":
        reader.error(
            joined(path, "bands"),
            "plan.two_shares",
            N_("What is taken back is stated by bands and by the months of the contract."),
            N_("Keep one of `bands` and `prorate`."),
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
            "bands",
            Bands("share", "the share that is taken back"),
            "the share by months served, rising from 0: 100 % from 0, 50 % from 3, 0 from 6",
            None,
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
    summary=N_("what was paid on the cancelled part of a deal is taken back"),
    title=N_("Clawback"),
    sentence=N_("What was paid on the cancelled part of a deal is taken back."),
    check=_check,
)
