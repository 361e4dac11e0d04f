"""Quota rate: target pay / quota is the rate of the base."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Field
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import PAYS_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_, Issue, Place, error


@dataclass(frozen=True, slots=True)
class QuotaRate:
    """``pay`` / ``quota`` x ``base``, without limits: 80 % of the quota pays 80 %."""

    base: Quantity
    pay: Quantity
    quota: Quantity

    def apply(self, state: State) -> Outcome:
        base, pay, quota = (
            state.read(getattr(self, word), word) for word in ("base", "pay", "quota")
        )
        # A quota of 0 gives no rate: no value, never an infinite one.
        if quota.value is not None and quota.value <= 0:
            after, trace = without_value(state, "quota_rate", (base, pay, quota), PAYS_NOTHING)
            return replace(after, issues=(*state.issues, _zero_quota(state))), trace
        if base.value is None or pay.value is None or quota.value is None:
            return without_value(state, "quota_rate", (base, pay, quota), PAYS_NOTHING)
        total = pay.value / quota.value * base.value
        trace = told(
            "quota_rate",
            N_("{pay} / {quota} × {base} = {value}"),
            total,
            children=(base.trace, pay.trace, quota.trace),
            pay=pay.value,
            quota=quota.value,
            base=base.value,
        )
        return state.earned(total), trace


def _zero_quota(state: State) -> Issue:
    return error(
        "calculation.zero_quota",
        N_("{payee}: the quota is 0 or less, so there is no rate and nothing is paid."),
        N_("Give the payee an objective above 0, or leave the payee out of the component."),
        Place(path=state.path),
        payee=state.desk.payee.id,
    )


MECHANIC = Mechanic(
    key="quota_rate",
    make=QuotaRate,
    fields=(
        Field("base", Amount(), "what was achieved"),
        Field("pay", Amount(Fraction(0)), "the pay for exactly the quota"),
        Field("quota", Amount(Fraction(0), strict=True), "the quota, above 0"),
    ),
    kind="earns",
    summary=N_("target pay / quota × base"),
    title=N_("Quota rate"),
    sentence=N_("{pay} for exactly {quota}, in proportion to {base}."),
)
