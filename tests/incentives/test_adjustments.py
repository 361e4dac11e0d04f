"""Manual adjustments: a second person, lines of their own, and each refusal beside its success."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common.models import AuditEntry
from incentives import queries, services
from incentives.models import Adjustment, LedgerLine, PayPeriod, Statement
from kernel.issues import Invalid
from people.services import create_user
from tests.incentives.conftest import Pay


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [issue.code for issue in refused.value.issues]


def wanted(pay: Pay, **changes: Any) -> services.Proposal:
    usual = services.Proposal(
        person_id=pay.world.people["léa"].pk,
        period_id=pay.march.pk,
        amount=Fraction("-120.50"),
        currency="EUR",
        label_fr="Régularisation D9",
        label_en="Adjustment D9",
        reason="D9 was paid by hand in February.",
    )
    return replace(usual, **changes)


def proposed(pay: Pay, **changes: Any) -> Adjustment:
    return services.propose_adjustment(actor=pay.hana, proposal=wanted(pay, **changes))


def approved(pay: Pay, **changes: Any) -> Adjustment:
    made = proposed(pay, **changes)
    return services.decide_adjustment(actor=pay.hugo, adjustment_id=made.pk, approved=True)


def ledger(pay: Pay) -> list[tuple[str, str, int]]:
    rows = LedgerLine.objects.filter(period=pay.march).order_by("person__number", "id")
    return list(rows.values_list("person__number", "component", "amount_minor"))


def test_an_approved_adjustment_is_paid_as_a_line_of_its_own(pay: Pay) -> None:
    run = pay.run()
    made = approved(pay)
    before = list(Statement.objects.filter(runs=run).order_by("id").values())
    pay.lock()
    assert ledger(pay) == [
        ("léa", "commission", 70000),
        ("léa", "adjustment", -12050),
        ("omar", "commission", 5001),
    ]
    made.refresh_from_db()
    line = made.ledger_line
    assert line is not None
    assert (line.statement_id, line.label_fr, line.label_en) == (
        None,
        "Régularisation D9",
        "Adjustment D9",
    )
    locked = list(Statement.objects.filter(runs=run).order_by("id").values())
    assert [row | {"locked": True} for row in before] == locked
    rows = AuditEntry.objects.filter(subject_kind="incentives.adjustment").order_by("id")
    assert list(rows.values_list("action", "actor__email", "before__state", "after__state")) == [
        ("adjustment.propose", "hana@velo.example", None, "proposed"),
        ("adjustment.decide", "hugo@velo.example", "proposed", "approved"),
        ("adjustment.pay", "hugo@velo.example", None, None),
    ]


def test_the_total_of_a_period_holds_the_approved_ones(pay: Pay) -> None:
    pay.run()
    proposed(pay, amount=Fraction(1000))
    refused = proposed(pay, amount=Fraction(2000))
    services.decide_adjustment(
        actor=pay.hugo, adjustment_id=refused.pk, approved=False, reason="Paid already."
    )
    approved(pay)
    (row,) = queries.periods()
    assert row.total_minor == 75001 - 12050


def test_an_adjustment_is_exported_with_the_period(pay: Pay) -> None:
    pay.run()
    approved(pay)
    pay.lock()
    record, _file = services.export_period(
        actor=pay.hugo, period_id=pay.march.pk, template="neutral-csv"
    )
    assert (record.line_count, record.control_totals) == (3, {"EUR": 75001 - 12050})


def test_what_is_not_decided_at_the_lock_goes_to_the_next_period(pay: Pay) -> None:
    pay.run()
    waiting, no = proposed(pay), proposed(pay)
    services.decide_adjustment(
        actor=pay.hugo, adjustment_id=no.pk, approved=False, reason="Paid already."
    )
    pay.lock()
    april = PayPeriod.objects.get(starts_on=date(2026, 4, 1))
    waiting.refresh_from_db()
    no.refresh_from_db()
    assert (waiting.period_id, waiting.state) == (april.pk, "proposed")
    assert (no.period_id, no.state, no.ledger_line_id) == (pay.march.pk, "refused", None)
    assert len(ledger(pay)) == 2
    services.decide_adjustment(actor=pay.hugo, adjustment_id=waiting.pk, approved=True)
    pay.run(april)
    pay.lock(april)
    line = LedgerLine.objects.get(statement=None)
    assert (line.period_id, line.amount_minor) == (april.pk, -12050)


def test_a_lock_without_undecided_adjustments_opens_no_period(pay: Pay) -> None:
    pay.run()
    approved(pay)
    pay.lock()
    assert PayPeriod.objects.count() == 1


def test_after_the_lock_it_is_for_the_next_open_period(pay: Pay) -> None:
    pay.run()
    pay.lock()
    with pytest.raises(Invalid) as refused:
        proposed(pay)
    assert codes(refused) == ["adjustment.locked_period"]
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    assert proposed(pay, period_id=april.pk).state == "proposed"


def test_all_that_is_wrong_is_told_at_once(pay: Pay) -> None:
    pay.run()
    pay.lock()
    with pytest.raises(Invalid) as refused:
        proposed(
            pay,
            amount=Fraction(0),
            currency="USD",
            label_fr=" ",
            label_en="",
            reason="",
            person_id=0,
        )
    assert codes(refused) == [
        "adjustment.zero",
        "adjustment.other_currency",
        "adjustment.no_label",
        "adjustment.no_label",
        "adjustment.no_reason",
        "adjustment.unknown_person",
        "adjustment.locked_period",
    ]
    assert not Adjustment.objects.exists()


def test_an_amount_finer_than_a_cent_or_an_unknown_period_is_refused(pay: Pay) -> None:
    with pytest.raises(Invalid) as refused:
        proposed(pay, amount=Fraction(1, 3), period_id=0)
    assert codes(refused) == ["money.too_fine", "adjustment.unknown_period"]


def test_who_proposed_it_does_not_decide(pay: Pay) -> None:
    made = proposed(pay)
    for yes in (True, False):
        with pytest.raises(Invalid) as refused:
            services.decide_adjustment(
                actor=pay.hana, adjustment_id=made.pk, approved=yes, reason="mine"
            )
        assert codes(refused) == ["adjustment.same_person"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=made.pk).update(decided_by=pay.hana)
    found = services.decide_adjustment(actor=pay.hugo, adjustment_id=made.pk, approved=True)
    assert (found.state, found.decided_by_id) == ("approved", pay.hugo.pk)


def test_a_refusal_needs_a_reason_and_is_the_last_word(pay: Pay) -> None:
    made = proposed(pay)
    with pytest.raises(Invalid) as refused:
        services.decide_adjustment(
            actor=pay.hugo, adjustment_id=made.pk, approved=False, reason=" "
        )
    assert codes(refused) == ["adjustment.no_reason"]
    services.decide_adjustment(
        actor=pay.hugo, adjustment_id=made.pk, approved=False, reason="Paid already."
    )
    with pytest.raises(Invalid) as refused:
        services.decide_adjustment(actor=pay.hugo, adjustment_id=made.pk, approved=True)
    assert codes(refused) == ["adjustment.decided"]


def test_nobody_adjusts_their_own_pay(pay: Pay) -> None:
    omar = pay.world.people["omar"]
    pay.world.users["omar"].delete()
    both = create_user(actor=None, email="omar.hr@velo.example", rights=["hr"], person=omar)
    own = wanted(pay, person_id=omar.pk)
    with pytest.raises(Invalid) as refused:
        services.propose_adjustment(actor=both, proposal=own)
    assert codes(refused) == ["adjustment.own_pay"]
    made = services.propose_adjustment(actor=pay.hana, proposal=own)
    with pytest.raises(Invalid) as refused:
        services.decide_adjustment(actor=both, adjustment_id=made.pk, approved=True)
    assert codes(refused) == ["adjustment.own_pay"]
    services.decide_adjustment(actor=pay.hugo, adjustment_id=made.pk, approved=True)


def test_the_cause_is_the_payees_own_and_a_dispute_is_accepted_first(pay: Pay) -> None:
    run = pay.run()
    mine, other = pay.statement(run, "léa"), pay.statement(run, "omar")
    dispute = services.open_dispute(
        actor=pay.hana, statement_id=mine.pk, component="commission", text="D9"
    )
    with pytest.raises(Invalid) as refused:
        proposed(pay, statement_id=other.pk, dispute_id=dispute.pk)
    assert codes(refused) == ["adjustment.other_cause", "adjustment.dispute_not_accepted"]
    services.move_dispute(actor=pay.hugo, dispute_id=dispute.pk, to="accepted", text="Right.")
    made = proposed(pay, statement_id=mine.pk, dispute_id=dispute.pk)
    assert (made.statement_id, made.dispute_id) == (mine.pk, dispute.pk)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE incentives_adjustment SET amount_minor = 1",
        "DELETE FROM incentives_adjustment",
        "UPDATE incentives_adjustment SET state = 'refused'",
    ],
)
def test_a_paid_adjustment_stays(pay: Pay, sql: str) -> None:
    pay.run()
    approved(pay)
    pay.lock()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
