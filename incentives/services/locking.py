"""Locking a period: its lines go to the ledger, once, on what the periods before have paid."""

from collections.abc import Sequence

from django.db import transaction

from common.locks import transaction_lock
from incentives.choices import PeriodState
from incentives.claims.adjustments import paid_with
from incentives.gathering.balances import Left
from incentives.gathering.payees import with_balances
from incentives.gathering.rosters import payees_in
from incentives.models import Adjustment, LedgerLine, PayPeriod, PlanVersion, Run, Statement
from incentives.periods.ledgers import is_unbalanced
from incentives.services.adjusting import settle_adjustments
from incentives.services.correcting import has_moved
from incentives.services.moving import last_run, locked_row, move
from incentives.statements import proofs
from kernel.issues import N_, Invalid, error
from people.models import User


@transaction.atomic
def lock_period(*, actor: User, period_id: int) -> int:
    """Lock the approved run for ever: protect its statements, post their lines to the ledger.

    Approved manual adjustments are posted as lines of their own; undecided ones pass on. Returns
    how many ledger lines were posted. From here on a database trigger refuses every change of
    these rows; what comes later is a delta in a later period. `Invalid` while the period before is
    not locked, or when it has changed what this run stands on (balances, corrections).
    """
    period = locked_row(period_id)
    # two periods that are locked at once must see what the other one pays
    transaction_lock("pay_ledger", period.kind)
    run = last_run(period)
    if run is not None and period.state == PeriodState.APPROVED:
        _refuse_out_of_order(period, run)
        _refuse_unbalanced(run)
    move(actor=actor, period=period, to=PeriodState.LOCKED)
    rows = Statement.objects.filter(runs=run).select_related(*proofs.RELATED)
    rows = rows.defer("inputs", "plan_version__document", *proofs.UNREAD)
    statements = list(rows.order_by("person_id", "plan_version_id"))
    names = _component_names({statement.plan_version_id for statement in statements})
    added = paid_with(period.pk)
    lines = [
        line
        for statement in statements
        for line in _ledger_lines(
            statement,
            period,
            names,
            [] if statement.corrects_id else added.get(statement.person_id, []),
        )
    ]
    LedgerLine.objects.bulk_create(lines, batch_size=2000)
    Statement.objects.filter(runs=run).update(locked=True)
    if run is not None:
        run.locked = True
        run.save(update_fields=["locked"])
    return len(lines) + settle_adjustments(actor=actor, period=period)


def _refuse_unbalanced(run: Run) -> None:
    """The postings of each statement add up to what it pays, brings in and leaves."""
    brought = {
        (one.person_id, one.plan_version_id): Left(one.carried, one.open) for one in payees_in(run)
    }
    rows = run.statements.filter(corrects=None).values_list(
        "person_id", "plan_version_id", "figures", "total_minor", "currency", "person__number"
    )
    wrong = [
        number
        for person, version, figures, total, currency, number in rows.order_by("person_id", "id")
        if is_unbalanced(figures, brought[person, version], total, currency)
    ]
    if wrong:
        raise Invalid(
            error(
                "period.ledger_unbalanced",
                N_("The ledger does not add up for: {people}."),
                N_("Reopen the period, calculate it anew, and tell whoever maintains the product."),
                people=", ".join(wrong[:10]),
            )
        )


def _refuse_out_of_order(period: PayPeriod, run: Run) -> None:
    before = PayPeriod.objects.filter(
        kind=period.kind, ends_on=period.starts_on, runs__state=Run.State.DONE
    ).exclude(state__in=[PeriodState.LOCKED, PeriodState.EXPORTED])
    if before.exists():
        raise Invalid(
            error(
                "period.before_not_locked",
                N_("The period before is calculated, but not locked."),
                N_("Lock it first: this one carries its balances on."),
            )
        )
    payees = payees_in(run)
    if has_moved(run) or with_balances(payees, period, run) != payees:
        raise Invalid(
            error(
                "period.before_moved",
                N_("An earlier period was locked after this one was calculated, and changes it."),
                N_("Reopen this period and calculate it again."),
            )
        )


Names = dict[int, dict[str, dict[str, str]]]


def _component_names(version_ids: set[int]) -> Names:
    """French and English names of each plan version's components."""
    found: Names = {}
    for version in PlanVersion.objects.filter(pk__in=version_ids):
        plan = version.terms()
        found[version.pk] = {part.key: dict(part.name) for part in plan.components}
    return found


def _ledger_lines(
    statement: Statement, period: PayPeriod, names: Names, added: Sequence[Adjustment]
) -> list[LedgerLine]:
    found = []
    digest = proofs.digest(statement, added)
    for line in statement.result["lines"]:
        key = line["component"]
        name = names[statement.plan_version_id].get(key, {"fr": key, "en": key})
        found.append(
            LedgerLine(
                statement=statement,
                person_id=statement.person_id,
                period=period,
                component=key,
                label_fr=name["fr"],
                label_en=name["en"],
                amount_minor=line["amount_minor"],
                currency=statement.currency,
                proof_sha256=digest,
            )
        )
    return found
