"""What each plan of a person would be calculated from now, for the projection and for what-ifs.

What the payee and the people below did is as it is known now. What colleagues did, where a plan
shares something out among several or pays on what everybody did, is as the last calculation of
the period has found it: their own deals are not shown to somebody else, and theirs are not
guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from incentives.calc import Plan
from incentives.calc.measures import EveryoneOf, TeamOf
from incentives.gathering.colleagues import Shared, shared_out
from incentives.gathering.inputs import Document, Frozen, frozen, input_documents
from incentives.gathering.payees import Field, Payee, field_of
from incentives.models import PayPeriod, PlanVersion, Run

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Current:
    """What one plan of one person would be calculated from now.

    ``others_at`` is the moment as of which the colleagues stand in the inputs, if any do.
    """

    plan: Plan
    version_id: int
    at: Frozen
    inputs: Document
    others_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that pays nothing knowable before the period is calculated for all of its payees."""

    plan: Plan
    version_id: int


def current_inputs(period: PayPeriod, person_id: int) -> list[Current]:
    """The plans of a person in a period with the inputs as they are known now."""
    return [one for one in plans_now(period, person_id) if isinstance(one, Current)]


def plans_now(period: PayPeriod, person_id: int) -> Iterator[Current | Waiting]:
    """The plans of a person in a period; those that wait for a calculation of all as such."""
    field = field_of(period, [person_id])
    versions = PlanVersion.objects.in_bulk({payee.plan_version_id for payee in field.payees})
    plans = {key: version.terms() for key, version in versions.items()}
    at = frozen(period, None)
    for payee in field.payees:
        plan = plans[payee.plan_version_id]
        kept = _kept(period, payee) if _reads_colleagues(plan) else None
        if kept is None and (_everybody(plan) or shared_out(plan).of_others):
            yield Waiting(plan, payee.plan_version_id)
        else:
            yield _current(at, payee, field, plan, kept)


def seen_payees(inputs: Document) -> list[Entry]:
    """The payee and those below: whose deals they see. The others stand there for their parts."""
    return [one for one in entries(inputs) if not _is_colleague(one)]


def entries(inputs: Document) -> list[Entry]:
    """Everybody who stands in the inputs, the payee first."""
    found: Any = inputs["payees"]
    listed: list[Entry] = found
    return listed


def _current(at: Frozen, payee: Payee, field: Field, plan: Plan, kept: "_Kept | None") -> Current:
    # without members nobody is read of everybody: that part is the kept one
    known = field if kept is None or _reads_below(plan) else replace(field, members=())
    key = payee.plan_version_id
    made = input_documents(at, [payee], known, {key: plan})[payee.person_id, key]
    if kept is None:
        return Current(plan, key, at, made)
    inputs = {**made, "payees": _together(seen_payees(made), entries(kept.inputs), plan)}
    return Current(plan, key, at, inputs, kept.as_known_at)


def _together(mine: list[Entry], then: list[Entry], plan: Plan) -> list[Entry]:
    """The payee and the people below of now, with the colleagues of then."""
    shared: Shared = shared_out(plan)
    me, *below = mine
    if shared.peers and "manager" in then[0]:
        me = {**me, "manager": then[0]["manager"]}
    if shared:
        below = [{**one, "counts_in": "sums"} for one in below]
    return [me, *below, *(one for one in then if _is_colleague(one))]


def _is_colleague(entry: Mapping[str, Any]) -> bool:
    return entry.get("counts_in") == "shares" or str(entry["id"]).endswith("@all")


def _everybody(plan: Plan) -> bool:
    return any(isinstance(one.source, EveryoneOf) for one in plan.measures.values())


def _reads_below(plan: Plan) -> bool:
    return any(isinstance(one.source, TeamOf) for one in plan.measures.values())


def _reads_colleagues(plan: Plan) -> bool:
    return _everybody(plan) or bool(shared_out(plan))


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the last calculation of a period has read for a statement."""

    inputs: Document
    as_known_at: datetime


def _kept(period: PayPeriod, payee: Payee) -> _Kept | None:
    run = period.runs.filter(state=Run.State.DONE).order_by("-number").first()
    row = (
        run
        and run.statements.filter(
            person=payee.person_id, plan_version=payee.plan_version_id, corrects=None
        ).first()
    )
    return _Kept(row.inputs, run.as_known_at) if run and row else None
