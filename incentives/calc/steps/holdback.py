"""Holdback: a share of each deal's amount waits until the deal is collected, or a window closes."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from incentives.calc.facts import Event, OpenItem
from incentives.calc.fields import Amount, Choice, Field, MeasureName, Number
from incentives.calc.mechanic import Mechanic
from incentives.calc.months import last_day
from incentives.calc.quantities import Quantity, constant
from incentives.calc.reader import Reader
from incentives.calc.settling import valid_of
from incentives.calc.state import CHANGES_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.numbers import round_integer

BASE = Field(
    "base",
    MeasureName(),
    "the measure whose deals the amount belongs to; when absent, that of the first earning step",
    None,
)


@dataclass(frozen=True, slots=True)
class Holdback:
    """Holds ``share`` of each deal; ``release`` partial pays it as money comes in, full at the end.

    When the window since closing is over, what is still held is released, or forfeited. A negative
    amount (a credit note) is never held.
    """

    share: Quantity
    release: str
    window_months: Fraction | None
    window_days: Fraction | None
    at_window: str
    base: str | None

    def apply(self, state: State) -> Outcome:
        share = state.read(self.share, "share")
        if share.value is None:
            return without_value(state, "holdback", (share,), CHANGES_NOTHING)
        part = min(max(share.value, Fraction(0)), Fraction(1))
        months, days = whole(self.window_months), whole(self.window_days)
        rule = HoldbackRule(part, self.release, months, days, self.at_window)
        trace = told(
            "holdback",
            N_("{share} of each deal is held until it is collected ({release})"),
            part,
            children=(share.trace,),
            share=part,
            release=self.release,
            window_months="" if months is None else months,
            window_days="" if days is None else days,
            at_window=self.at_window,
        )
        return replace(state, rules=state.rules.timed(rule, self.base)), trace


@dataclass(frozen=True, slots=True)
class HoldbackRule:
    """A holdback with its share known."""

    share: Fraction
    release: str
    window_months: int | None
    window_days: int | None
    at_window: str
    waits: str = "held"
    milestones: frozenset[str] = frozenset()

    def split(self, amount: int, deal: OpenItem, day: date) -> tuple[int, int]:
        """Rounded half-up where money is: what is held, and what of it was released so far."""
        if amount <= 0:
            return amount, 0
        held = round_integer(amount * self.share)
        released = round_integer(held * self._collected(deal))
        if not self._closed(deal, day):
            return amount - held + released, held - released
        return (amount, 0) if self.at_window == "release" else (amount - held + released, 0)

    def counts(self, deal: OpenItem, event: Event) -> bool:
        """Money that comes after a forfeit is too late."""
        late = event.kind == "collected" and self.at_window == "forfeit"
        return not (late and self._closed(deal, event.on))

    def _collected(self, deal: OpenItem) -> Fraction:
        valid = valid_of(deal)
        if not valid:
            return Fraction(0)
        share = min(deal.collected / valid, Fraction(1))
        return share if self.release == "partial" else Fraction(int(share))

    def _closed(self, deal: OpenItem, day: date) -> bool:
        """The window's last day still belongs to it."""
        last = last_day(deal.since, self.window_months, self.window_days)
        return last is not None and day > last


def whole(value: Fraction | None) -> int | None:
    """A whole number of a plan as an integer."""
    return None if value is None else int(value)


def check_window(reader: Reader, step: Any, path: str) -> None:
    """A window is stated in months or in days, not in both."""
    if step.window_months is not None and step.window_days is not None:
        reader.error(
            joined(path, "window_days"),
            "plan.two_windows",
            N_("The window is stated in months and in days."),
            N_("Keep one of `window_months` and `window_days`."),
        )


MECHANIC = Mechanic(
    key="holdback",
    make=Holdback,
    fields=(
        Field("share", Amount(Fraction(0)), "the share that is held, 0 to 1", constant(1)),
        Field(
            "release",
            Choice(("partial", "full")),
            "partial: as money comes in; full: once all of the deal is collected",
            "partial",
        ),
        Field(
            "window_months",
            Number(Fraction(0), whole=True),
            "months from closing after which nothing waits; else no end",
            None,
        ),
        Field("window_days", Number(Fraction(0), whole=True), "the same in days", None),
        Field("at_window", Choice(("release", "forfeit")), "what is still held then", "release"),
        BASE,
    ),
    kind="settles",
    summary=N_("each deal's amount waits until it is collected"),
    title=N_("Holdback until collection"),
    sentence=N_("{share} of each deal is held until it is collected."),
    check=check_window,
)
