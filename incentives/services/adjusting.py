"""Manual adjustments: a signed amount with a reason, proposed by one person, approved by another.

An adjustment is a line of its own and edits nothing that was calculated. An approved one is paid
when its period is locked; what is not decided by then goes to the next open period.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from django.db import transaction
from django.utils import timezone

from common import audit, live
from incentives.choices import AdjustmentState, DisputeState, PeriodState
from incentives.models import Adjustment, Dispute, LedgerLine, PayPeriod, Statement
from incentives.services.moving import locked_row, open_period
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.money import Money
from people import queries as people
from people.models import Person, User

PAID = (PeriodState.LOCKED, PeriodState.EXPORTED)
COMPONENT = "adjustment"
"""The component of an adjustment's ledger line."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What HR proposes: `amount` is signed, in major units, exact.

    `statement_id` or `dispute_id` link it to its cause; the reason says it in words.
    """

    person_id: int
    period_id: int
    amount: Fraction
    currency: str
    label_fr: str
    label_en: str
    reason: str
    statement_id: int | None = None
    dispute_id: int | None = None


@transaction.atomic
def propose_adjustment(*, actor: User, proposal: Proposal) -> Adjustment:
    """Propose an adjustment of a period that is not locked.

    `Invalid` with all that is wrong: zero, too fine, another currency than the company's, an
    unknown person, a locked period, no label, no reason, a cause that is somebody else's, one's
    own pay.
    """
    period = PayPeriod.objects.filter(pk=proposal.period_id).first()
    if period is not None:
        period = locked_row(period.pk)
    issues = [
        *_amount_issues(proposal),
        *_word_issues(proposal),
        *_person_issues(actor, proposal),
        *_period_issues(period),
        *_cause_issues(proposal),
    ]
    if issues:
        raise Invalid(issues)
    made = Adjustment.objects.create(
        period_id=proposal.period_id,
        person_id=proposal.person_id,
        amount_minor=Money.of(proposal.amount, proposal.currency).minor,
        currency=proposal.currency,
        label_fr=proposal.label_fr.strip(),
        label_en=proposal.label_en.strip(),
        reason=proposal.reason.strip(),
        statement_id=proposal.statement_id,
        dispute_id=proposal.dispute_id,
        proposed_by=actor,
    )
    audit.record(
        actor=actor,
        action="adjustment.propose",
        subject=made,
        after=audit.snapshot(made),
        reason=made.reason,
    )
    live.publish(f"period:{made.period_id}")
    return made


def _amount_issues(proposal: Proposal) -> Iterator[Issue]:
    where = Place(path="amount")
    if proposal.amount == 0:
        yield error(
            "adjustment.zero",
            N_("An adjustment of zero changes nothing."),
            N_("State an amount; a negative one takes back."),
            where,
        )
    own = people.company().currency
    if proposal.currency != own:
        yield error(
            "adjustment.other_currency",
            N_("The company pays in {own}, not in {currency}."),
            N_("State the amount in {own}."),
            where,
            own=own,
            currency=proposal.currency,
        )
        return
    try:
        Money.of(proposal.amount, own, place=where)
    except Invalid as invalid:
        yield from invalid.issues


def _word_issues(proposal: Proposal) -> Iterator[Issue]:
    for path, text in (("label_fr", proposal.label_fr), ("label_en", proposal.label_en)):
        if not text.strip():
            yield error(
                "adjustment.no_label",
                N_("The line has no name."),
                N_("Name it in French and in English: it stands in the statement and the export."),
                Place(path=path),
            )
    if not proposal.reason.strip():
        yield error(
            "adjustment.no_reason",
            N_("An adjustment needs a reason."),
            N_("Say in a sentence why the rules alone do not give the right amount."),
            Place(path="reason"),
        )


def _person_issues(actor: User, proposal: Proposal) -> Iterator[Issue]:
    where = Place(path="person_id")
    if not Person.objects.filter(pk=proposal.person_id).exists():
        yield error(
            "adjustment.unknown_person",
            N_("Nobody is known under this number."),
            N_("Choose one of the people of the company."),
            where,
        )
    elif proposal.person_id == actor.person_id:
        yield error(
            "adjustment.own_pay",
            N_("Nobody adjusts their own pay."),
            N_("Ask another person with the rights of HR to propose it."),
            where,
        )


def _period_issues(period: PayPeriod | None) -> Iterator[Issue]:
    if period is None:
        yield error(
            "adjustment.unknown_period",
            N_("There is no such pay period."),
            N_("Choose one of the periods that are not locked."),
            Place(path="period_id"),
        )
    elif period.state in PAID:
        yield error(
            "adjustment.locked_period",
            N_("The period is {state}: its lines stay as they were paid."),
            N_("Choose the next open period; the adjustment is paid with that one."),
            Place(path="period_id"),
            state=period.get_state_display(),
        )


def _cause_issues(proposal: Proposal) -> Iterator[Issue]:
    others = (
        proposal.statement_id is not None
        and not Statement.objects.filter(
            pk=proposal.statement_id, person_id=proposal.person_id
        ).exists()
    )
    dispute = None
    if proposal.dispute_id is not None:
        rows = Dispute.objects.filter(statement__person_id=proposal.person_id)
        dispute = rows.filter(pk=proposal.dispute_id).first()
        others = others or dispute is None
    if others:
        yield error(
            "adjustment.other_cause",
            N_("The cause that is linked concerns somebody else."),
            N_("Link a statement or a dispute of the person who is paid."),
        )
    if dispute is not None and dispute.state != DisputeState.ACCEPTED:
        yield error(
            "adjustment.dispute_not_accepted",
            N_("The dispute is {state}; only an accepted one leads to an adjustment."),
            N_("Accept the dispute first, with a word to the payee."),
            state=dispute.get_state_display(),
        )


@transaction.atomic
def decide_adjustment(
    *, actor: User, adjustment_id: int, approved: bool, reason: str = ""
) -> Adjustment:
    """Approve a proposed adjustment, or refuse it with a reason.

    `Invalid` when the same person proposed it, when it is the actor's own pay, when it is decided
    already, when its period is locked, or for a refusal without a reason.
    """
    period_id = Adjustment.objects.values_list("period_id", flat=True).get(pk=adjustment_id)
    period = locked_row(period_id)
    found = Adjustment.objects.select_for_update().get(pk=adjustment_id)
    issues = [*_decision_issues(actor, found, period), *_no_reason(approved, reason)]
    if issues:
        raise Invalid(issues)
    before = found.state
    found.state = AdjustmentState.APPROVED if approved else AdjustmentState.REFUSED
    found.decided_by, found.decided_at = actor, timezone.now()
    found.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(
        actor=actor,
        action="adjustment.decide",
        subject=found,
        before={"state": before},
        after={"state": found.state},
        reason=reason.strip(),
    )
    live.publish(f"period:{period_id}")
    return found


def _decision_issues(actor: User, found: Adjustment, period: PayPeriod) -> Iterator[Issue]:
    if found.state != AdjustmentState.PROPOSED:
        yield error(
            "adjustment.decided",
            N_("This adjustment is {state} already."),
            N_("Propose another one if the amount must change."),
            state=found.get_state_display(),
        )
    if found.proposed_by_id == actor.pk:
        yield error(
            "adjustment.same_person",
            N_("Who proposed the adjustment does not decide about it."),
            N_("Ask a second person with the rights of HR."),
        )
    if found.person_id == actor.person_id:
        yield error(
            "adjustment.own_pay",
            N_("Nobody adjusts their own pay."),
            N_("Ask another person with the rights of HR to decide."),
        )
    if period.pk != found.period_id or period.state in PAID:
        yield error(
            "adjustment.locked_period",
            N_("The period is {state}: its lines stay as they were paid."),
            N_("Look again: an undecided adjustment goes on to the next open period."),
            state=period.get_state_display(),
        )


def _no_reason(approved: bool, reason: str) -> Iterator[Issue]:
    if not approved and not reason.strip():
        yield error(
            "adjustment.no_reason",
            N_("A refusal needs a reason."),
            N_("Say in a sentence why the adjustment is not paid."),
            Place(path="reason"),
        )


# --- at the lock of the period -----------------------------------------------------------------


def settle_adjustments(*, actor: User, period: PayPeriod) -> int:
    """Post the approved adjustments of a period that is being locked, pass the undecided ones on.

    Returns how many lines were posted. Call it inside the transaction of the lock.
    """
    rows = list(Adjustment.objects.filter(period=period).order_by("person_id", "id"))
    due = [row for row in rows if row.state == AdjustmentState.APPROVED]
    for row in due:
        _post(actor, row)
    undecided = [row for row in rows if row.state == AdjustmentState.PROPOSED]
    if undecided:
        _pass_on(actor, undecided, period)
    return len(due)


def _post(actor: User, row: Adjustment) -> None:
    row.ledger_line = LedgerLine.objects.create(
        statement=None,
        person_id=row.person_id,
        period_id=row.period_id,
        component=COMPONENT,
        label_fr=row.label_fr,
        label_en=row.label_en,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )
    row.save(update_fields=["ledger_line"])
    audit.record(
        actor=actor,
        action="adjustment.pay",
        subject=row,
        after={"ledger_line": row.ledger_line.pk, "period": row.period_id},
    )


def _pass_on(actor: User, rows: list[Adjustment], period: PayPeriod) -> None:
    """To the next period of the kind that is not locked; it is opened when there is none yet."""
    later = PayPeriod.objects.filter(kind=period.kind, starts_on__gte=period.ends_on)
    target = later.exclude(state__in=PAID).order_by("starts_on").first() or open_period(
        actor=actor,
        kind=period.kind,
        day=period.ends_on,
        first_month=people.company().fiscal_year_start_month,
    )
    for row in rows:
        row.period = target
        row.save(update_fields=["period"])
        audit.record(
            actor=actor,
            action="adjustment.pass_on",
            subject=row,
            before={"period": period.pk},
            after={"period": target.pk},
        )
    live.publish(f"period:{target.pk}")
