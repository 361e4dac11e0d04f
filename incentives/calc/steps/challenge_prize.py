"""Challenge prize: what was won in a challenge, from the official award, once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.facts import Award
from incentives.calc.fields import Amount, Field, ListOf, Text
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import Outcome, State
from incentives.calc.telling import told
from kernel.issues import N_, Issue, Place, warning
from kernel.numbers import as_text
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class ChallengePrize:
    """The amounts of the payee's official awards, or the prize of their rank.

    What was paid for an award is carried under its id, so that no later period pays it again.
    """

    challenge: str | None
    prizes: tuple[Quantity, ...]

    def apply(self, state: State) -> Outcome:
        awards = [a for a in state.desk.payee.awards if self.challenge in (None, a.challenge)]
        paid: dict[str, Fraction] = {}
        traces: list[Step] = []
        issues: list[Issue] = []
        for award in awards:
            amount, children = self._amount(state, award)
            refused = list(_reasons(state, award, amount))
            issues += refused
            if amount is not None and not refused:
                paid[f"award.{award.id}"] = amount
            traces.append(_told(award, Fraction(0) if refused else amount, children))
        total = sum(paid.values(), Fraction(0))
        carried = state.desk.payee.carried
        before = {key: carried[key] for key in sorted(carried) if key.startswith("award.")}
        trace = told(
            "challenge_prize",
            N_("{count} prizes = {value}"),
            total,
            children=traces,
            sources=[award.id for award in awards],
            count=len(paid),
        )
        kept = {**state.carried, **before, **paid}
        after = replace(state, carried=kept, issues=(*state.issues, *issues))
        return after.earned(total), trace

    def _amount(self, state: State, award: Award) -> tuple[Fraction | None, tuple[Step, ...]]:
        """The prize of the award's rank when the plan lists prizes, else its own amount."""
        if not self.prizes:
            return award.amount, ()
        if award.rank is None:
            return None, ()
        if award.rank > len(self.prizes):
            return Fraction(0), ()
        prize = state.read(self.prizes[award.rank - 1], "prizes")
        return prize.value, (prize.trace,)


def _reasons(state: State, award: Award, amount: Fraction | None) -> Iterator[Issue]:
    """Why an award pays nothing, when it does not."""
    place, payee = Place(path=state.path), state.desk.payee.id
    before = state.desk.payee.carried.get(f"award.{award.id}")
    if not award.official:
        yield warning(
            "calculation.award_unofficial",
            N_("{payee}: the award {award} is not official yet, so it pays nothing."),
            N_("Make the result of the challenge official."),
            place,
            payee=payee,
            award=award.id,
        )
    elif before is not None:
        yield warning(
            "calculation.award_paid",
            N_("{payee}: the award {award} was already paid ({amount})."),
            N_("Leave it out; correct a wrong amount by an adjustment."),
            place,
            payee=payee,
            award=award.id,
            amount=as_text(before),
        )
    elif amount is None:
        yield warning(
            "calculation.award_without_amount",
            N_("{payee}: the award {award} has no amount, so it pays nothing."),
            N_("State its amount, or a rank and the `prizes` of the ranks in the plan."),
            place,
            payee=payee,
            award=award.id,
        )


def _told(award: Award, amount: Fraction | None, children: tuple[Step, ...]) -> Step:
    return told(
        "award",
        N_("{challenge}, {id}: {value}"),
        amount,
        children=children,
        sources=(award.id,),
        challenge=award.challenge,
        id=award.id,
        rank="" if award.rank is None else award.rank,
    )


MECHANIC = Mechanic(
    key="challenge_prize",
    make=ChallengePrize,
    fields=(
        Field("challenge", Text(), "only awards of this challenge; else of all", None),
        Field(
            "prizes",
            ListOf(Amount(Fraction(0))),
            "the prize of the first rank, the second, ...; else the award's own amount",
            (),
        ),
    ),
    kind="earns",
    summary=N_("official awards, each once"),
    title=N_("Challenge prize"),
    sentence=N_("The prizes won in challenges, once they are official."),
)
