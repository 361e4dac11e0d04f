"""The whole life of a pay period, and every refusal beside its success."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from common.issues import text_of
from common.models import AuditEntry
from incentives import services
from incentives.calc import parse_plan
from incentives.choices import PeriodState
from incentives.gathering.rosters import payees_in
from incentives.models import LedgerLine, PeriodTransition, Run, Statement
from incentives.periods.comparing import differences
from incentives.periods.failures import problems_of
from incentives.statements.results import result_of
from kernel.issues import Invalid
from kernel.trace import sha256_of
from people.models import Company
from people.services import rename_person
from tests.incentives.conftest import PLAN, Pay, finished, won


def totals(run: Run) -> dict[str, int]:
    rows = run.statements.filter(corrects=None).select_related("person")
    return {row.person.number: row.total_minor for row in rows}


def codes(problem: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {issue.code for issue in problem.value.issues}


def test_a_period_from_open_to_exported(pay: Pay) -> None:
    run = pay.run()
    # 5 % of 10,000 and 10 % of 2,000; 5 % of 1,000.10 is 50.005, half up
    assert totals(run) == {"léa": 70000, "omar": 5001}
    pay.lock()
    record, file = services.export_period(
        actor=pay.hugo, period_id=pay.march.pk, template="neutral-csv"
    )
    assert (record.line_count, record.control_totals) == (2, {"EUR": 75001})
    rows = [line.split(";") for line in file.content.decode("utf-8-sig").splitlines()[1:]]
    assert [(row[0], row[4], row[7], row[8]) for row in rows] == [
        ("léa", "seller.commission", "700.00", "EUR"),
        ("omar", "seller.commission", "50.01", "EUR"),
    ]
    moves = PeriodTransition.objects.order_by("id").values_list("from_state", "to_state", "by")
    hana, hugo = pay.hana.pk, pay.hugo.pk
    assert list(moves) == [
        ("open", "calculated", hana),
        ("calculated", "reviewed", hana),
        ("reviewed", "approved", hugo),
        ("approved", "locked", hugo),
        ("locked", "exported", hugo),
    ]
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert [one for one in actions if one.startswith(("run.", "period.", "export."))] == [
        "period.open",
        "run.start",
        "period.move",
        "run.finish",
        "period.move",
        "period.move",
        "period.move",
        "export.make",
        "period.move",
    ]


@pytest.mark.parametrize("template", ["neutral-csv", "neutral-xlsx"])
def test_exporting_again_gives_the_same_bytes_and_one_record(pay: Pay, template: str) -> None:
    pay.run()
    pay.lock()
    first = services.export_period(actor=pay.hugo, period_id=pay.march.pk, template=template)
    second = services.export_period(actor=pay.hana, period_id=pay.march.pk, template=template)
    assert first[0].pk == second[0].pk
    assert first[1] == second[1]
    assert AuditEntry.objects.filter(action="export.make").count() == 1


@pytest.mark.parametrize("template", ["neutral-csv", "neutral-xlsx"])
def test_a_file_that_was_handed_over_stays_when_somebody_is_renamed(
    pay: Pay, template: str
) -> None:
    pay.run()
    pay.lock()
    _, first = services.export_period(actor=pay.hugo, period_id=pay.march.pk, template=template)
    rename_person(
        actor=None, person=pay.world.people["léa"], first_name="Léa", last_name="Autre", email=""
    )
    _, again = services.export_period(actor=pay.hana, period_id=pay.march.pk, template=template)
    assert again == first


def test_only_a_locked_period_is_exported(pay: Pay) -> None:
    pay.run()
    with pytest.raises(Invalid) as refused:
        services.export_period(actor=pay.hugo, period_id=pay.march.pk, template="neutral-csv")
    assert codes(refused) == {"export.not_locked"}


def test_who_ran_it_does_not_approve_it(pay: Pay) -> None:
    pay.run()
    services.review_period(actor=pay.hana, period_id=pay.march.pk, reason="alone")
    with pytest.raises(Invalid) as refused:
        services.approve_period(actor=pay.hana, period_id=pay.march.pk)
    assert codes(refused) == {"period.same_person"}
    pay.march.refresh_from_db()
    assert pay.march.state == PeriodState.REVIEWED
    services.approve_period(actor=pay.hugo, period_id=pay.march.pk)
    pay.march.refresh_from_db()
    assert pay.march.state == PeriodState.APPROVED


def test_no_step_can_be_left_out(pay: Pay) -> None:
    pay.run()
    for step in (services.approve_period, services.lock_period):
        with pytest.raises(Invalid) as refused:
            step(actor=pay.hugo, period_id=pay.march.pk)
        assert codes(refused) == {"period.no_such_move"}


def test_reopening_needs_a_reason_and_ends_with_the_lock(pay: Pay) -> None:
    pay.run()
    with pytest.raises(Invalid) as refused:
        services.reopen_period(actor=pay.hana, period_id=pay.march.pk, reason="  ")
    assert codes(refused) == {"period.no_reason"}
    services.reopen_period(actor=pay.hana, period_id=pay.march.pk, reason="D9 came late")
    pay.march.refresh_from_db()
    assert pay.march.state == PeriodState.OPEN
    last = PeriodTransition.objects.order_by("-id").first()
    assert last is not None
    assert last.reason == "D9 came late"
    pay.run()
    pay.lock()
    with pytest.raises(Invalid) as refused:
        services.reopen_period(actor=pay.hana, period_id=pay.march.pk, reason="too late")
    assert codes(refused) == {"period.no_such_move"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incentives_statement SET total_minor = 0",
        "DELETE FROM incentives_statement",
        "UPDATE incentives_ledgerline SET amount_minor = 0",
        "DELETE FROM incentives_ledgerline",
        "UPDATE incentives_planversion SET document = ''",
        "DELETE FROM incentives_planversion",
        "UPDATE incentives_periodtransition SET reason = 'x'",
        "DELETE FROM incentives_export",
    ],
)
def test_the_database_itself_protects_what_is_locked(pay: Pay, statement: str) -> None:
    run = pay.run()
    pay.lock()
    services.export_period(actor=pay.hugo, period_id=pay.march.pk, template="neutral-csv")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert totals(run) == {"léa": 70000, "omar": 5001}


def test_before_the_lock_a_statement_is_not_protected(pay: Pay) -> None:
    run = pay.run()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incentives_statement SET total_minor = 1")
    assert totals(run) == {"léa": 1, "omar": 1}


def test_a_second_run_and_the_frozen_inputs_give_the_same_bytes(pay: Pay) -> None:
    first, second = pay.run(), pay.run()
    plan = parse_plan(PLAN)
    for name in ("léa", "omar"):
        one, other = pay.statement(first, name), pay.statement(second, name)
        assert (one.inputs_sha256, one.result_sha256) == (other.inputs_sha256, other.result_sha256)
        again = result_of(plan, one.inputs, one.person_id)
        assert sha256_of(again) == one.result_sha256 == sha256_of(one.result)
    assert differences(first, second) == []


def test_a_run_knows_nothing_that_came_after_its_moment(pay: Pay) -> None:
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    won("léa", "5000", date(2026, 3, 25), "D8")
    finished(run)
    assert totals(run) == {"léa": 70000, "omar": 5001}
    after = pay.run()
    assert totals(after) == {"léa": 120000, "omar": 5001}
    (difference,) = differences(run, after)
    assert (difference.name, difference.before_minor, difference.after_minor) == (
        "Léa Test",
        70000,
        120000,
    )
    assert difference.causes == ("data",)


def test_a_new_plan_version_is_the_cause_of_a_difference(pay: Pay) -> None:
    first = pay.run()
    better = PLAN.replace("rate: 5 %", "rate: 6 %").replace("total: 700", "total: 800")
    draft = services.save_plan(actor=pay.hana, document=better, valid_from=date(2026, 3, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    second = pay.run()
    assert totals(second) == {"léa": 80000, "omar": 6001}
    found = {row.name: row.causes for row in differences(first, second)}
    assert found == {"Léa Test": ("plan",), "Omar Test": ("plan",)}


def test_what_comes_after_the_lock_is_a_difference_line_of_the_next_period(pay: Pay) -> None:
    march = pay.run()
    pay.lock()
    before = list(LedgerLine.objects.values())
    won("léa", "1000", date(2026, 3, 30), "D9")
    won("omar", "1000.10", date(2026, 3, 31), "D3", stage="lost")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    run = pay.run(april)
    made = run.statements.exclude(corrects=None).order_by("person__number")
    assert [(row.person.number, row.total_minor, row.corrects_id) for row in made] == [
        ("léa", 10000, pay.statement(march, "léa").pk),
        ("omar", -5001, pay.statement(march, "omar").pk),
    ]
    pay.lock(april)
    _, file = services.export_period(actor=pay.hugo, period_id=april.pk, template="neutral-csv")
    rows = [line.split(";") for line in file.content.decode("utf-8-sig").splitlines()[1:]]
    assert [(row[0], row[7], row[11], row[17]) for row in rows] == [
        ("léa", "0.00", "2026-04-01", "1"),
        ("léa", "100.00", "2026-03-01", "2"),
        ("omar", "0.00", "2026-04-01", "1"),
        ("omar", "-50.01", "2026-03-01", "2"),
    ]
    assert list(LedgerLine.objects.filter(period=pay.march).values()) == before
    # told once: May has nothing more to correct
    may = services.open_period(actor=pay.hana, kind="month", day=date(2026, 5, 1))
    assert not pay.run(may).statements.exclude(corrects=None).exists()


def test_a_second_correction_pays_only_what_is_new(pay: Pay) -> None:
    pay.run()
    pay.lock()
    won("léa", "1000", date(2026, 3, 30), "D9")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    pay.run(april)
    pay.lock(april)
    won("léa", "500", date(2026, 3, 29), "D10")
    may = services.open_period(actor=pay.hana, kind="month", day=date(2026, 5, 1))
    (made,) = pay.run(may).statements.exclude(corrects=None)
    assert made.total_minor == 5000


def test_a_period_in_which_nobody_is_paid_says_so(pay: Pay) -> None:
    old = services.open_period(actor=pay.hana, kind="month", day=date(2025, 3, 1))
    with pytest.raises(Invalid) as refused:
        services.start_run(actor=pay.hana, period_id=old.pk)
    assert codes(refused) == {"run.no_payees"}


def test_while_a_run_goes_on_there_is_no_other_and_no_move(pay: Pay) -> None:
    pay.run()
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    with pytest.raises(Invalid) as refused:
        services.start_run(actor=pay.hugo, period_id=pay.march.pk)
    assert codes(refused) == {"run.already_running"}
    with pytest.raises(Invalid) as refused:
        services.review_period(actor=pay.hana, period_id=pay.march.pk, reason="alone")
    assert codes(refused) == {"period.running"}
    finished(run)
    services.review_period(actor=pay.hana, period_id=pay.march.pk, reason="alone")


def test_a_block_delivered_twice_changes_nothing(pay: Pay) -> None:
    run = pay.run()
    before = list(Statement.objects.values())
    ids = [payee.person_id for payee in payees_in(run)]
    assert services.calculate_block(run_id=run.pk, person_ids=ids) == 0
    assert not services.finish_run(run_id=run.pk)
    assert list(Statement.objects.values()) == before


def test_a_run_that_cannot_be_calculated_says_why(pay: Pay) -> None:
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    services.fail_run(run_id=run.pk, problem=KeyError("secret"))
    run.refresh_from_db()
    pay.march.refresh_from_db()
    assert run.state == "failed"
    (told,) = problems_of(run)
    assert told.code == "run.broken_off"
    assert f"R{run.pk}" in told.remedy_text()
    assert "secret" not in text_of(told), "what a program made wrong is for the log"
    assert pay.march.state == PeriodState.OPEN
    assert totals(pay.run()) == {"léa": 70000, "omar": 5001}


def test_a_balance_is_carried_from_the_locked_period_before(pay: Pay) -> None:
    Company.objects.update(country="BE")  # a draw that takes back is not for France
    drawn = PLAN.partition("examples:")[0] + "      - {step: draw, draw: 1000, balance: debt}\n"
    draft = services.save_plan(actor=pay.hana, document=drawn, valid_from=date(2026, 3, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    march = pay.run()
    # Léa earned 700 and gets 1,000: she owes 300
    assert pay.statement(march, "léa").result["carried"] == {"debt": "-300"}
    pay.lock()
    won("léa", "20000", date(2026, 4, 10), "A1")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    run = pay.run(april)
    # 500 and 1,000 are earned; 300 of it pay the debt back
    assert totals(run) == {"léa": 120000, "omar": 100000}
