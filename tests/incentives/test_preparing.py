"""A late import that touches many locked statements: a worker prepares the run, not the page."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from activities.inputs import DealInput
from activities.services import record_deal_stages
from incentives import services, tasks
from incentives.models import BLOCK, PayPeriod, PlanAssignment, Run, Statement
from incentives.periods.failures import problems_of
from kernel.issues import Invalid
from people.models import Assignment, Person
from tests.incentives.conftest import PLAN, Pay, won

MANY = BLOCK + 1


def done(run: Run) -> Run:
    """As the workers do it: prepared if it is not yet, calculated in blocks, finished."""
    services.calculate_run(run_id=run.pk)
    services.finish_run(run_id=run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def late(pay: Pay) -> PayPeriod:
    """April, after so many people were paid nothing in March whose deals became known later."""
    place = Assignment.objects.get(person__number="omar")
    made = Person.objects.bulk_create(
        [Person(number=f"n{n}", first_name="Alex", last_name=f"N{n:02}") for n in range(MANY)]
    )
    Assignment.objects.bulk_create(
        [
            Assignment(person=one, team=place.team, role=place.role, valid_from=date(2026, 1, 1))
            for one in made
        ]
    )
    done(services.start_run(actor=pay.hana, period_id=pay.march.pk))
    pay.lock()
    results = record_deal_stages(
        actor=None,
        source="crm",
        deals=[
            DealInput(
                external_id=f"late{n}", stage="won", owner=f"n{n}", amount=Fraction(100 + n),
                currency="EUR", account="Altaïr", engaged_at=datetime(2026, 1, 5, tzinfo=UTC),
                closed_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
            )
            for n in range(MANY)
        ],
    )  # fmt: skip
    assert not any(one.is_rejected for one in results)
    return services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))


def test_who_presses_the_button_does_not_wait_for_corrections(pay: Pay, late: PayPeriod) -> None:
    before = Statement.objects.count()
    run = services.start_run(actor=pay.hana, period_id=late.pk)
    assert (run.state, run.is_prepared, Statement.objects.count()) == ("running", False, before)
    assert not services.finish_run(run_id=run.pk)
    with pytest.raises(Invalid) as refused:
        services.start_run(actor=pay.hana, period_id=late.pk)
    assert [one.code for one in refused.value.issues] == ["run.already_running"]

    tasks.prepare_run(run.pk)
    assert not services.prepare_run(run_id=run.pk), "somebody has done it"
    done(run)
    corrections = run.statements.exclude(corrects=None)
    assert (run.state, run.payee_count, run.statements.count()) == (
        "done", MANY + 2, 2 * MANY + 2,
    )  # fmt: skip
    assert dict(corrections.values_list("person__number", "total_minor")) == {
        f"n{n}": 5 * (100 + n) for n in range(MANY)
    }


def test_what_a_locked_run_has_corrected_is_looked_at_no_more(pay: Pay, late: PayPeriod) -> None:
    done(services.start_run(actor=pay.hana, period_id=late.pk))
    pay.lock(late)
    may = services.open_period(actor=pay.hana, kind="month", day=date(2026, 5, 1))
    won("n1", "1000", date(2026, 3, 10), "later")
    run = services.start_run(actor=pay.hana, period_id=may.pk)
    assert run.is_prepared, "one statement of March is to be looked at, not all"
    assert list(run.calculated.values_list("person__number", "total_minor")) == [("n1", 5000)]
    done(run)
    assert (run.state, run.statements.count()) == ("done", MANY + 2 + 1)


def test_a_preparation_that_finds_nobody_paid_ends_the_run(pay: Pay, late: PayPeriod) -> None:
    PlanAssignment.objects.all().delete()
    run = services.start_run(actor=pay.hana, period_id=late.pk)
    with pytest.raises(Invalid):
        tasks.prepare_run(run.pk)
    run = Run.objects.get(pk=run.pk)
    assert run.state == "failed"
    assert [one.code for one in problems_of(run)] == ["run.no_payees"]
    assert not Statement.objects.filter(corrects__isnull=False).exists()


def test_what_a_lost_message_leaves_is_prepared_later(pay: Pay, late: PayPeriod) -> None:
    run = services.start_run(actor=pay.hana, period_id=late.pk)
    Run.objects.filter(pk=run.pk).update(started_at="2026-01-01T00:00:00Z")
    assert services.resume_runs() == 1
    run.refresh_from_db()
    assert run.state == "running", "an unprepared run is not whole, though it lacks nothing yet"


def test_a_run_that_waits_for_its_worker_hides_no_other(pay: Pay, late: PayPeriod) -> None:
    """Whom it pays is not known yet: what its period pays stands in the run before."""
    any_period = PLAN.replace("period: month", "period: any")
    draft = services.save_plan(actor=pay.hana, document=any_period, valid_from=late.starts_on)
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    done(services.start_run(actor=pay.hana, period_id=late.pk))
    waiting = services.start_run(actor=pay.hana, period_id=late.pk)
    assert (waiting.state, waiting.is_prepared) == (Run.State.RUNNING, False)
    quarter = services.open_period(actor=pay.hana, kind="quarter", day=late.starts_on)
    with pytest.raises(Invalid) as refused:
        services.start_run(actor=pay.hana, period_id=quarter.pk)
    assert [issue.code for issue in refused.value.issues] == ["run.no_payees"]
