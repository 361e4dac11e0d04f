"""A run that follows another one is the run that starts from nothing, whatever happened between."""

from contextlib import suppress
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import count
from pathlib import Path
from re import findall

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.inputs import ActivityInput
from activities.models import Account, Activity
from activities.services import record_activities
from common.issues import text_of
from incentives import queries, services
from incentives.calc import parse_plan
from incentives.gathering.inputs import frozen_by, input_documents
from incentives.gathering.rosters import field_in, payees_in, people_lacking
from incentives.models import Roster, Run, RunStatement, Statement
from incentives.periods.failures import problems_of
from incentives.services import running
from incentives.statements.results import result_of
from kernel.issues import Invalid
from kernel.trace import Step
from kpis.services import ObjectiveInput, change_formula, set_objective
from people.models import Assignment, Company, Person
from tests.incentives.conftest import PLAN, Pay, finished, won

BARE = PLAN.partition("examples:")[0]
WITH_TEAM = "{sum: amount}\n  team: {team: revenue, depth: all}\n  x: {sum: amount,"
TEAM = (
    BARE.replace("key: seller", "key: lead")
    .replace("{sum: amount,", WITH_TEAM)
    .replace("base: revenue", "base: team")
)
EVERYBODY = (
    BARE.replace("key: seller", "key: chief")
    .replace("{sum: amount,", "{sum: amount}\n  all: {everyone: revenue}\n  x: {sum: amount,")
    .replace("base: revenue", "base: all")
)
RATE = BARE.replace("key: seller", "key: rate").replace("{sum: amount,", "{kpi: closing_rate,")
GOAL = BARE.replace("key: seller", "key: goal").replace(
    "{sum: amount,", "{objective: revenue_booked, default: 10,"
)
Amounts = dict[tuple[int, int], tuple[str, str]]


def seen(run: Run) -> Amounts:
    """By person and plan version: the hashes of inputs and result."""
    assert run.state == "done", problems_of(run)
    rows = run.statements.filter(corrects=None)
    values = rows.values_list("person_id", "plan_version_id", "inputs_sha256", "result_sha256")
    found = {(person, version): (inputs, result) for person, version, inputs, result in values}
    assert len(found) == run.payee_count == rows.count()
    return found


def give(pay: Pay, document: str, name: str) -> None:
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 1, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    key = document.partition("key: ")[2].partition("\n")[0]
    services.assign_plan(
        actor=pay.hana, plan_key=key, valid_from=date(2026, 1, 1),
        person_id=pay.world.people[name].pk,
    )  # fmt: skip


def run_anew(pay: Pay, block: int = 1) -> Run:
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk, anew=True)
    lacking = people_lacking(run)
    for at in range(0, len(lacking), block):
        services.calculate_block(run_id=run.pk, person_ids=lacking[at : at + block])
    services.finish_run(run_id=run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def crowd(pay: Pay) -> Pay:
    """Plans that read the own deals, a team, everybody, a KPI and an objective."""
    give(pay, TEAM, "marc")
    give(pay, EVERYBODY, "sonia")
    give(pay, RATE, "rémi")
    give(pay, GOAL, "wanda")
    for name, manager in (("léa", "rémi"), ("rémi", "marc")):
        Assignment.objects.filter(person=pay.world.people[name]).update(
            manager=pay.world.people[manager]
        )
    return pay


NAMES = ("léa", "omar", "rémi", "marc", "sonia")
MARCH_DAYS = st.integers(1, 31).map(lambda day: date(2026, 3, day))
DAYS = st.one_of(MARCH_DAYS, MARCH_DAYS, st.just(date(2026, 2, 27)), st.just(date(2026, 4, 2)))
CHANGES = st.one_of(
    st.tuples(
        st.just("deal"), st.sampled_from(NAMES), st.integers(1, 10**6), DAYS,
        st.sampled_from(["D1", "D2", "N1", "N2"]), st.sampled_from(["won", "lost", "cancelled"]),
    ),
    st.tuples(st.just("objective"), st.sampled_from(["wanda", "omar"]), st.integers(1, 500)),
    st.tuples(st.just("account")),
    st.tuples(
        st.just("manager"), st.sampled_from(["omar", "léa"]), st.sampled_from(["marc", "rémi"])
    ),
    st.tuples(st.just("plan"), st.integers(2, 9)),
    st.tuples(st.just("formula"), st.integers(2, 9)),
    st.tuples(st.just("zone"), st.sampled_from(["Europe/Paris", "America/Martinique"])),
    st.tuples(st.just("hired"), st.sampled_from(["omar", "léa"]), MARCH_DAYS),
    st.tuples(st.just("call"), st.sampled_from(NAMES), MARCH_DAYS),
)  # fmt: skip
_numbers = count(1)


def change(pay: Pay, what: tuple[object, ...]) -> None:
    """One thing that happens between two runs; what the services refuse did not happen."""
    match what:
        case ("deal", str(who), int(cents), date() as day, str(deal), str(stage)):
            with suppress(AssertionError):  # a deal that cannot go back in its stages
                won(who, f"{cents // 100}.{cents % 100:02}", day, deal, stage=stage)
        case ("objective", str(who), int(target)):
            set_objective(
                actor=None,
                objective=ObjectiveInput(
                    kpi="revenue_booked", person=who, target=Fraction(target), reason="t",
                    valid_from=date(2026, 3, 1), valid_to=date(2026, 4, 1),
                ),
            )  # fmt: skip
        case ("account",):
            Account.objects.update(name=f"Altaïr {next(_numbers)}")
        case ("manager", str(who), str(manager)):
            Assignment.objects.filter(person=pay.world.people[who]).update(
                manager=pay.world.people[manager]
            )
        case ("plan", int(rate)):
            better = BARE.replace("rate: 5 %", f"rate: {rate} %")
            draft = services.save_plan(actor=pay.hana, document=better, valid_from=date(2026, 3, 1))
            services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="t")
        case ("formula", int(factor)):
            change_formula(
                actor=None, kpi_key="closing_rate", formula=f"deals_won * {factor}",
                valid_from=date(2026, 2, 10 + factor), reason="t",
            )  # fmt: skip
        case ("zone", str(zone)):
            Company.objects.update(timezone=zone)
        case ("hired", str(who), date() as day):
            Person.objects.filter(pk=pay.world.people[who].pk).update(hired_on=day)
        case ("call", str(who), date() as day):
            record_activities(
                actor=None,
                source="crm",
                records=[
                    ActivityInput(
                        external_id=f"c{next(_numbers)}", type="call", person=who,
                        occurred_at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
                    )
                ],
            )  # fmt: skip


@given(st.lists(st.lists(CHANGES, min_size=1, max_size=2), min_size=1, max_size=3))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_run_that_follows_gives_what_a_run_from_nothing_gives(
    crowd: Pay, rounds: list[list[tuple[object, ...]]]
) -> None:
    with transaction.atomic():
        crowd.run()
        for changes in rounds:
            for one in changes:
                with suppress(Invalid):
                    change(crowd, one)
            following = crowd.run()
            everything = any(one[0] in ("zone", "account") for one in changes)
            assert following.follows is not None or everything
            assert seen(following) == seen(run_anew(crowd))
        transaction.set_rollback(True)


def test_the_size_of_blocks_and_their_order_change_no_byte(crowd: Pay) -> None:
    won("sonia", "77.77", date(2026, 3, 4), "S4")
    whole = seen(run_anew(crowd, block=100))
    assert seen(run_anew(crowd, block=1)) == whole
    run = services.start_run(actor=crowd.hana, period_id=crowd.march.pk, anew=True)
    for person_id in reversed(people_lacking(run)):
        services.calculate_block(run_id=run.pk, person_ids=[person_id])
    services.finish_run(run_id=run.pk)
    run.refresh_from_db()
    assert seen(run) == whole


def test_after_one_deal_only_whom_it_touches_is_calculated(crowd: Pay) -> None:
    first = crowd.run()
    assert people_lacking(services.start_run(actor=crowd.hana, period_id=crowd.march.pk)) == []
    finished(Run.objects.get(state="running"))
    won("omar", "1", date(2026, 3, 4), "N1")
    run = services.start_run(actor=crowd.hana, period_id=crowd.march.pk)
    # Omar, and Sonia, whose plan reads everybody
    touched = {crowd.world.people[name].pk for name in ("omar", "sonia")}
    assert set(people_lacking(run)) == touched
    finished(run)
    assert set(run.calculated.values_list("person_id", flat=True)) == touched
    assert run.statements.count() == first.statements.count()
    assert Roster.objects.count() == 1, "nobody has moved: the runs share one roster"


def test_who_reads_everybody_keeps_their_figures_and_not_their_deals(crowd: Pay) -> None:
    won("sonia", "77.77", date(2026, 3, 4), "S4")
    Person.objects.filter(pk=crowd.world.people["omar"].pk).update(hired_on=date(2026, 3, 10))
    run = crowd.run()
    row = crowd.statement(run, "sonia")
    me, *others = row.inputs["payees"]
    assert [one["id"] for one in me["credits"]] == ["crm:deal:S4:won"]
    assert {one["id"].partition("@")[0] for one in others} == {
        str(person.pk) for name, person in crowd.world.people.items() if name != "sonia"
    }
    assert all(one["credits"] == [] and set(one["measures"]) == {"revenue"} for one in others)
    # the same as with all the deals of all people, by an engine that knows nothing of figures
    plan = parse_plan(row.plan_version.document)
    payees = payees_in(run, [row.person_id])
    field = field_in(run, payees, {row.plan_version_id: plan})
    whole = input_documents(frozen_by(run), payees, field, {row.plan_version_id: plan})
    long_way = result_of(plan, whole[row.person_id, row.plan_version_id], row.person_id)
    assert long_way["lines"] == row.result["lines"]
    steps = [step for step in Step.from_json(row.result["trace"]).walk() if step.code == "member"]
    assert sorted(step.value for step in steps) == sorted(
        step.value for step in Step.from_json(long_way["trace"]).walk() if step.code == "member"
    )
    assert sum(Fraction(step.value) for step in steps) > 12000


def test_news_that_change_no_inputs_leave_the_statement(pay: Pay) -> None:
    run = pay.run()
    won("omar", "1000.10", date(2026, 3, 31), "D3", stage="lost")
    won("omar", "1000.10", date(2026, 3, 31), "D3")
    after = pay.run()
    if pay.statement(run, "omar").inputs_sha256 == pay.statement(after, "omar").inputs_sha256:
        assert pay.statement(after, "omar") == pay.statement(run, "omar")
    assert pay.statement(after, "léa") == pay.statement(run, "léa")


def test_a_worker_that_is_killed_in_a_block_leaves_nothing_behind(pay: Pay) -> None:
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    ids = people_lacking(run)
    with transaction.atomic():
        assert services.calculate_block(run_id=run.pk, person_ids=ids) == len(ids)
        transaction.set_rollback(True)
    assert (people_lacking(run), Statement.objects.count()) == (ids, 0)
    assert services.calculate_block(run_id=run.pk, person_ids=ids) == len(ids)
    assert services.calculate_block(run_id=run.pk, person_ids=ids) == 0
    services.finish_run(run_id=run.pk)
    run.refresh_from_db()
    assert len(seen(run)) == len(ids)


def test_a_run_keeps_the_clock_and_the_formulas_that_it_began_with(crowd: Pay) -> None:
    won("rémi", "10", date(2026, 3, 31), "R1")
    expected = seen(run_anew(crowd))
    run = services.start_run(actor=crowd.hana, period_id=crowd.march.pk, anew=True)
    Company.objects.update(timezone="Pacific/Auckland")
    change(crowd, ("formula", 7))
    finished(run)
    assert seen(run) == expected
    assert seen(run_anew(crowd)) != expected


def test_a_refusal_names_whose_inputs_it_is_about(pay: Pay) -> None:
    with pgtrigger.ignore("activities.Activity:append_only"):
        # nobody can record it, but a company may have changed its currency
        Activity.objects.filter(credits__person=pay.world.people["omar"]).update(currency="USD")
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    with pytest.raises(Invalid) as refused:
        services.calculate_block(run_id=run.pk, person_ids=people_lacking(run))
    services.fail_run(run_id=run.pk, problem=refused.value)
    run.refresh_from_db()
    (told,) = problems_of(run)
    assert text_of(told).startswith("Omar Test:payees[0].credits[0]")
    assert "USD" in text_of(told)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM incentives_runstatement",
        "UPDATE incentives_runstatement SET statement_id = statement_id",
        "INSERT INTO incentives_runblock (run_id, block_id)"
        " SELECT max(run_id), min(block_id) FROM incentives_runblock",
        "INSERT INTO incentives_blockstatement (block_id, statement_id)"
        " SELECT max(block_id), min(statement_id) FROM incentives_blockstatement",
        "DELETE FROM incentives_blockstatement",
        "UPDATE incentives_block SET payees = 0",
        "DELETE FROM incentives_runblock",
        "UPDATE incentives_rosterpayee SET content = '{}'",
        "DELETE FROM incentives_rostermember",
    ],
)
def test_the_database_protects_what_counts_for_a_locked_run(pay: Pay, statement: str) -> None:
    pay.run()
    won("léa", "5", date(2026, 3, 6), "N1")
    pay.run()
    pay.lock()
    before = list(RunStatement.objects.order_by("id").values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(RunStatement.objects.order_by("id").values()) == before


def test_a_statement_of_an_earlier_run_is_locked_paid_and_shown(pay: Pay) -> None:
    first = pay.run()
    won("omar", "100", date(2026, 3, 6), "N1")
    run = pay.run()
    assert run.calculated.count() == 1
    pay.lock()
    assert set(run.statements.values_list("locked", flat=True)) == {True}
    assert not pay.statement(first, "omar").locked
    kept = pay.statement(first, "léa")
    assert kept.ledger_lines.count() == 1
    assert queries.is_shown(kept)
    assert not queries.is_shown(pay.statement(first, "omar"))


BY_RUN = r"\bStatement\.objects\s*\.filter\([^)]*\brun(?:__in)?=[^)]*\)"


def test_who_reads_the_statements_of_a_run_asks_the_run() -> None:
    """`Statement.run` is the run that calculated it: later runs of the period share it."""
    root = Path(running.__file__).parents[1]
    found = [
        f"{path.name}: {line}"
        for path in sorted(root.rglob("*.py"))
        if "migrations" not in path.parts
        for line in findall(
            r"\bStatement\.objects\s*\.filter\([^)]*\brun(?:__in)?=[^)]*\)", path.read_text()
        )
    ]
    assert found == []


def test_a_following_run_asks_as_much_of_the_database_for_many_as_for_few(pay: Pay) -> None:
    def asked() -> int:
        pay.run()
        with CaptureQueriesContext(connection) as queries_made:
            pay.run()
        return len(queries_made)

    few = asked()
    for name in ("rémi", "marc", "sonia", "wanda"):
        services.assign_plan(
            actor=pay.hana, plan_key="seller", valid_from=date(2026, 1, 1),
            person_id=pay.world.people[name].pk,
        )  # fmt: skip
    assert asked() == few
