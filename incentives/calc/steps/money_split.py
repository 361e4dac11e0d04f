"""Money split: the commission of a deal is computed once, then shared by the credits' shares."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.measured import Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.state import Outcome, State
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class MoneySplit:
    """Each deal's amount times the payee's share of it; the measure must say `share: false`."""

    def apply(self, state: State) -> Outcome:
        after = state.by_deal(lambda part: part.value * _share(part))
        deals = [
            told(
                "deal",
                N_("{id}: {before} × {share} = {value}"),
                part.value,
                sources=(part.id,),
                id=part.id,
                before=(state.deals or {})[part.id].value,
                share=_share(part),
            )
            for part in (after.deals or {}).values()
        ]
        label = N_("own shares of {before} = {value}")
        return after, told("money_split", label, after.amount, children=deals, before=state.amount)


def _share(part: Part) -> Fraction:
    return Fraction(1) if part.credit is None else part.credit.share


MECHANIC = Mechanic(
    key="money_split",
    make=MoneySplit,
    fields=(),
    kind="adjusts",
    summary="each deal's amount × the payee's share",
    by_deal=lambda _step: True,
    needs_deals=lambda _step: True,
)
