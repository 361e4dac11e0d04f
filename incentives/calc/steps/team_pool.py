"""Team pool: an amount shared out among the payees, to the last cent."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.desk import Desk
from incentives.calc.fields import Amount, Choice, Field, ListOf, Text
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.state import PAYS_NOTHING, Outcome, State, reported, without_value
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.money import allocate, digits_of
from kernel.numbers import round_integer


@dataclass(frozen=True, slots=True)
class TeamPool:
    """The payee's part of ``pool`` by ``weight``; parts sum exactly to the pool.

    The pool is rounded half-up to the currency's minor unit, then allocated by largest remainder
    among the payees of the inputs that the component is for (of ``roles``, if stated), ties to the
    smaller payee id. A weight without value or below 0 counts 0. A leaver is somebody who is not
    present on the last day of the period.
    """

    pool: Quantity
    weight: Quantity
    roles: tuple[str, ...]
    leavers: str
    among: str

    def apply(self, state: State) -> Outcome:
        pool, weight = state.read(self.pool, "pool"), state.read(self.weight, "weight")
        members = self._members(state)
        if pool.value is None or not any(members.values()):
            return without_value(state, "team_pool", (pool, weight), PAYS_NOTHING)
        unit = 10 ** digits_of(state.desk.world.currency)
        cents = round_integer(pool.value * unit)
        parts = dict(zip(members, allocate(cents, list(members.values())), strict=True))
        own = Fraction(parts.get(state.desk.payee.id, 0), unit)
        trace = told(
            "team_pool",
            N_("{weight} of {total} parts of {pool} = {value}"),
            own,
            children=(pool.trace, weight.trace),
            weight=members.get(state.desk.payee.id, Fraction(0)),
            total=sum(members.values(), Fraction(0)),
            pool=Fraction(cents, unit),
        )
        after = state.earned(own)
        if weight.value is None and state.desk.payee.id in members:
            after = reported(after, "team_pool", (weight,))
        return after, trace

    def _members(self, state: State) -> dict[str, Fraction]:
        world, payee = state.desk.world, state.desk.payee
        desks = world.peers_of(payee) if self.among == "peers" else world.sharing
        return {
            desk.payee.id: self._weight(desk)
            for desk in desks
            if state.takes_part(desk) and self._takes_part(desk)
        }

    def _takes_part(self, desk: Desk) -> bool:
        left_on = desk.payee.present_to
        gone = left_on is not None and left_on < desk.world.inputs.period.end
        if gone and self.leavers == "excluded":
            return False
        return not self.roles or desk.payee.role in self.roles

    def _weight(self, desk: Desk) -> Fraction:
        value, _ = desk.evaluated(self.weight, {})
        return max(value or Fraction(0), Fraction(0))


MECHANIC = Mechanic(
    key="team_pool",
    make=TeamPool,
    fields=(
        Field("pool", Amount(Fraction(0)), "the amount that is shared: a figure all payees share"),
        Field("weight", Amount(Fraction(0)), "the payee's weight: 1, salary, score", constant(1)),
        Field("roles", ListOf(Text()), "only payees of these roles take part", ()),
        Field(
            "among",
            Choice(("everyone", "peers")),
            "everyone in the inputs, or those with the same manager: a pool for each team",
            "everyone",
        ),
        Field(
            "leavers",
            Choice(("included", "excluded")),
            "included: their weight decides; excluded: their part goes to the others",
            "included",
        ),
    ),
    kind="earns",
    summary=N_("an amount shared out to the last cent"),
    title=N_("Team pool"),
    sentence=N_("A part of the pool of {pool}, by {weight}."),
)
