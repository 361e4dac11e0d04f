"""Money split: what a deal has earned is divided by the shares of the payees, to the last cent."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import Choice, Field
from incentives.calc.measured import Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.state import Outcome, State
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.money import allocate, digits_of
from kernel.numbers import as_text, round_integer
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
        split = {key: self._own(state, part) for key, part in (state.deals or {}).items()}
        after = state.by_deal(lambda part: split[part.key][0])
        deals = [trace for _, trace in split.values()]
        label = N_("own shares of {before} = {value}")
        return after, told("money_split", label, after.amount, children=deals, before=state.amount)

    def _own(self, state: State, part: Part) -> tuple[Fraction, Step]:
        """The payee's part of what a deal has earned, and how it comes about."""
        shares, exact = self._shares(state, part), part.value * _share(part)
        own = state.desk.payee.id
        if own not in shares or sum(shares.values(), Fraction(0)) != 1:
            return exact, _told(part, exact)
        digits = digits_of(state.desk.world.currency)
        minor = round_integer(part.value * 10**digits)
        parts = dict(zip(shares, allocate(minor, list(shares.values())), strict=True))
        value = Fraction(parts[own], 10**digits)
        if value == exact:
            return value, _told(part, value)
        return value, _told_shared(part, value, minor, digits, shares, own)

    def _shares(self, state: State, part: Part) -> dict[str, Fraction]:
        """By payee, in order of id: the shares of a deal that several have a part in."""
        if self.cents == "own" or part.credit is None or part.of_members:
            return {}
        found = state.desk.world.shares_of(part.id)
        return found if len(found) > 1 else {}


def _share(part: Part) -> Fraction:
    """The payee's share of a deal; all of what the members of a team have made of it."""
    if part.credit is None or part.of_members:
        return Fraction(1)
    return part.credit.share


def _told(part: Part, value: Fraction) -> Step:
    return told(
        "deal",
        N_("{id}: {before} × {share} = {value}"),
        value,
        sources=(part.id,),
        id=part.id,
        before=part.value,
        share=_share(part),
    )


def _told_shared(
    part: Part, value: Fraction, minor: int, digits: int, shares: Mapping[str, Fraction], own: str
) -> Step:
    """A part that is not the plain product, because all parts together make the deal's amount."""
    whole = Fraction(minor, 10**digits)
    rounding = told(
        "rounding",
        N_("{before} rounded to {places} places ({mode}) = {value}"),
        whole,
        before=part.value,
        places=digits,
        mode="half_up",
    )
    return told(
        "deal_shared",
        N_("{id}: {before} shared out by {shares}, part {place} = {value}"),
        value,
        children=(rounding,) if whole != part.value else (),
        sources=(part.id,),
        id=part.id,
        before=whole,
        shares="; ".join(as_text(share) for share in shares.values()),
        place=list(shares).index(own) + 1,
        places=digits,
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
    title=N_("Split of the amount"),
    sentence=N_("Each deal's amount is divided by the shares of the deal."),
    needs_earned=True,
    by_deal=lambda _step: True,
    needs_deals=lambda _step: True,
)
