"""Money split: what a deal has earned is divided by the shares of the payees, to the last cent."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import Choice, Field
from incentives.calc.measured import Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.state import Outcome, State
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.money import allocate, digits_of
from kernel.numbers import round_integer
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class MoneySplit:
    """Each deal's amount times the payee's share of it; the measure must say `share: false`.

    ``cents`` shared: where all shares of a deal are among the payees of the inputs, its amount is
    rounded half-up to the smallest unit and allocated by the largest remainder, ties to the smaller
    payee id, so that the parts add up. Else, and with own, each part stays exact.
    """

    cents: str

    def apply(self, state: State) -> Outcome:
        after = state.by_deal(lambda part: self._own(state, part))
        known = state.deals or {}
        deals = [_told(known[part.id], part) for part in (after.deals or {}).values()]
        label = N_("own shares of {before} = {value}")
        return after, told("money_split", label, after.amount, children=deals, before=state.amount)

    def _own(self, state: State, part: Part) -> Fraction:
        shares = self._shares(state, part)
        own = state.desk.payee.id
        if own not in shares or sum(shares.values(), Fraction(0)) != 1:
            return part.value * _share(part)
        unit = 10 ** digits_of(state.desk.world.currency)
        parts = allocate(round_integer(part.value * unit), list(shares.values()))
        return Fraction(dict(zip(shares, parts, strict=True))[own], unit)

    def _shares(self, state: State, part: Part) -> dict[str, Fraction]:
        """By payee, in order of id: the shares of a deal that several have a part in."""
        if self.cents == "own" or part.credit is None:
            return {}
        found = state.desk.world.shares_of(part.id)
        return found if len(found) > 1 else {}


def _share(part: Part) -> Fraction:
    return Fraction(1) if part.credit is None else part.credit.share


def _told(before: Part, after: Part) -> Step:
    return told(
        "deal",
        N_("{id}: {before} × {share} = {value}"),
        after.value,
        sources=(after.id,),
        id=after.id,
        before=before.value,
        share=_share(before),
    )


MECHANIC = Mechanic(
    key="money_split",
    make=MoneySplit,
    fields=(
        Field(
            "cents",
            Choice(("shared", "own")),
            "shared: the parts of a deal add up to the cent; own: each part stays exact",
            "shared",
        ),
    ),
    kind="adjusts",
    summary=N_("each deal's amount × the payee's share"),
    by_deal=lambda _step: True,
    needs_deals=lambda _step: True,
)
