"""What people say about the pay of the demo company: disputes, adjustments, a signature."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from cockpit.demo.cast import month_start
from incentives import queries
from incentives import services as pay
from people.models import User

LINE = "commission"
PLAN = "commercial"


def tell_claims(star: User, runs: User, approves: User, today: date) -> None:
    """One dispute open and one answered, one adjustment to be decided and one approved."""
    paid = pay.open_period(actor=runs, kind="month", day=month_start(today, -2))
    waiting = pay.open_period(actor=runs, kind="month", day=month_start(today, -1))
    rows = _sellers(paid)
    mine = next(row for row in rows if row.person_id == star.person_id)
    others = [row for row in rows if row.person_id != star.person_id and row.total_minor > 0]
    pay.open_dispute(
        actor=star,
        statement_id=mine.id,
        component=LINE,
        text="Le contrat que j'ai signé le dernier jour du mois n'est pas dans mes affaires.",
    )
    answered = pay.open_dispute(
        actor=runs,
        statement_id=others[0].id,
        component=LINE,
        text="Par téléphone : une affaire aurait dû être partagée avec l'équipe de Lille.",
    )
    pay.move_dispute(
        actor=runs,
        dispute_id=answered.pk,
        to="answered",
        text="Le partage n'était pas noté à la date de signature. Avez-vous un message du client ?",
    )
    _adjust(runs, others[1], waiting.pk, Fraction(150), "Prime de parrainage", "Referral bonus",
            "Parrainage d'un collègue embauché ce mois-ci, promis par écrit.")  # fmt: skip
    made = _adjust(runs, others[2], waiting.pk, Fraction(-80), "Trop-perçu repris",
                   "Overpayment taken back", "Acompte versé deux fois.")  # fmt: skip
    pay.decide_adjustment(actor=approves, adjustment_id=made, approved=True)


def _sellers(period: queries.PayPeriod) -> Sequence[queries.StatementRow]:
    run = pay.last_run(period)
    rows = queries.statements_of(run) if run else []
    return [row for row in rows if row.plan_key == PLAN and row.corrects is None]


def _adjust(
    actor: User, row: queries.StatementRow, period_id: int, amount: Fraction,
    label_fr: str, label_en: str, reason: str,
) -> int:  # fmt: skip
    proposal = pay.Proposal(
        person_id=row.person_id,
        period_id=period_id,
        amount=amount,
        currency=row.currency,
        label_fr=label_fr,
        label_en=label_en,
        reason=reason,
    )
    return pay.propose_adjustment(actor=actor, proposal=proposal).pk
