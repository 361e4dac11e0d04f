"""What a plan version would have cost: calculated on the inputs that past periods have frozen.

The same pure function as a pay run, on the same documents; nothing is saved. So a draft stands
beside what was paid without a second way of counting.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from incentives.calc import Plan
from incentives.models import PayPeriod, PlanVersion, Run, Statement
from incentives.statements.results import result_of
from kernel.issues import Invalid

SAMPLE = 200
"""Payees of a period that are replayed at most, evenly spread: a page answers in a second."""
BIGGEST = 5


@dataclass(frozen=True, slots=True)
class Replayed:
    """One payee: what was paid, and what the version would have paid, in minor units."""

    person_id: int
    name: str
    paid: int
    would: int

    @property
    def change(self) -> int:
        return self.would - self.paid


@dataclass(frozen=True, slots=True)
class Replay:
    """A period again under another version. `of` payees there were; `rows` were replayed."""

    period: PayPeriod
    currency: str
    of: int
    rows: tuple[Replayed, ...]
    lacking: int
    """Payees whose frozen inputs lack a value that the version reads."""

    @property
    def paid(self) -> int:
        return sum(row.paid for row in self.rows)

    @property
    def would(self) -> int:
        return sum(row.would for row in self.rows)

    @property
    def change(self) -> int:
        return self.would - self.paid

    @property
    def more(self) -> int:
        return sum(row.change > 0 for row in self.rows)

    @property
    def less(self) -> int:
        return sum(row.change < 0 for row in self.rows)

    @property
    def biggest(self) -> list[Replayed]:
        """Those whose pay would change most, the largest change first."""
        changed = [row for row in self.rows if row.change]
        return sorted(changed, key=lambda row: (-abs(row.change), row.name))[:BIGGEST]


def periods_paid_by(version: PlanVersion, count: int) -> list[PayPeriod]:
    """The last periods with statements of the version's plan, newest first."""
    paid = Run.objects.filter(
        state=Run.State.DONE, statements__plan_version__plan=version.plan_id
    ).values("period_id")
    return list(PayPeriod.objects.filter(pk__in=paid).order_by("-starts_on", "-id")[:count])


def replay(version: PlanVersion, period: PayPeriod) -> Replay:
    """The payees of the plan in a period's last run, paid by this version instead."""
    plan = version.terms()
    run = period.runs.filter(state=Run.State.DONE).order_by("-number").first()
    held = Statement.objects.filter(
        runs=run, corrects=None, plan_version__plan=version.plan_id
    ).order_by("person_id", "id")
    ids = list(held.values_list("pk", flat=True))
    chosen = Statement.objects.filter(pk__in=_spread(ids)).select_related("person")
    rows, lacking = _replayed(plan, chosen.order_by("person_id", "id"))
    return Replay(period, plan.currency, len(ids), tuple(rows), lacking)


def _spread(ids: Sequence[int]) -> list[int]:
    """At most SAMPLE of the ids, evenly spread over all of them."""
    step = max(-(-len(ids) // SAMPLE), 1)
    return list(ids[::step])


def _replayed(plan: Plan, statements: Iterable[Statement]) -> tuple[list[Replayed], int]:
    rows, lacking = [], 0
    for one in statements:
        try:
            result = result_of(plan, one.inputs, one.person_id)
        except Invalid:
            lacking += 1
            continue
        lacking += any(issue["code"] == "calculation.no_value" for issue in result["issues"])
        rows.append(
            Replayed(one.person_id, one.person.name, one.total_minor, result["total_minor"])
        )
    return rows, lacking
