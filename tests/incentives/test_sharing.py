"""What a run takes over from the run before: the roster as it was, and whole blocks."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incentives import services
from incentives.gathering.payees import field_of
from incentives.gathering.rosters import people_lacking
from incentives.gathering.sources import sources_of
from incentives.models import BLOCK, Block, Roster, RosterNews, Run, RunBlock
from kernel.issues import Invalid
from kpis.services import ObjectiveInput, set_objective
from people.models import Absence, Assignment, Company, Person, Role
from tests.incentives.conftest import Pay, finished, won
from tests.incentives.test_runs import BARE, GOAL, give, run_anew, seen


def tables_asked(work: Callable[[], object]) -> set[str]:
    with CaptureQueriesContext(connection) as made:
        work()
    text = " ".join(one["sql"] for one in made)
    return set(re.findall(r'(?:FROM|JOIN) "([a-z]+_[a-z]+)"', text))


def watched() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname='roster_news'")
        return {row[0] for row in cursor.fetchall()}


def test_all_that_a_roster_is_read_from_is_watched_or_compared(pay: Pay) -> None:
    give(pay, GOAL, "wanda")
    services.open_period(actor=None, kind="quarter", day=date(2026, 1, 1))
    pay.run()
    pay.lock()
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    read = tables_asked(lambda: field_of(april))
    # of a team its id alone is kept, which stands in the assignment
    assert read - watched() - {"people_team"} == {
        "incentives_statement",
        "incentives_run",
        "incentives_payperiod",
    }
    # of what has a key of its own, `sources_of` tells the newest
    assert tables_asked(lambda: sources_of(april)) >= {"incentives_run", "incentives_payperiod"}
    # read for plans that count days
    assert watched() - read <= {"people_absence", "people_company"}


def give_objective(pay: Pay) -> None:
    set_objective(
        actor=None,
        objective=ObjectiveInput(
            kpi="revenue_booked", person="wanda", target=Fraction(7), reason="t",
            valid_from=date(2026, 3, 1), valid_to=date(2026, 4, 1),
        ),
    )  # fmt: skip


def give_plan(pay: Pay) -> None:
    better = BARE.replace("rate: 5 %", "rate: 6 %")
    draft = services.save_plan(actor=pay.hana, document=better, valid_from=date(2026, 3, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="t")


def be_away(pay: Pay) -> None:
    Absence.objects.create(
        person=pay.world.people["omar"], kind="sick",
        valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 9),
    )  # fmt: skip


CHANGES: dict[str, Callable[[Pay], object]] = {
    "a name": lambda _pay: Person.objects.filter(number="omar").update(last_name="Other"),
    "a place": lambda pay: Assignment.objects.filter(person__number="omar").update(
        manager=pay.world.people["marc"]
    ),
    "a share": lambda _pay: Assignment.objects.filter(person__number="omar").update(
        share=Decimal("0.5")
    ),
    "an absence": be_away,
    "the calendar": lambda _pay: Company.objects.update(country="BE"),
    "a role": lambda _pay: Role.objects.filter(key="ae").update(name_en="Seller"),
    "an objective": give_objective,
    "a plan": give_plan,
    "who is paid": lambda pay: services.assign_plan(
        actor=pay.hana, plan_key="seller", valid_from=date(2026, 1, 1),
        person_id=pay.world.people["wanda"].pk,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_roster_is_read_again_after(pay: Pay, what: str) -> None:
    before = pay.run()
    CHANGES[what](pay)
    assert sources_of(pay.march) != before.read_from
    following = pay.run()
    assert following.read_from == sources_of(pay.march) != before.read_from
    assert seen(following) == seen(run_anew(pay))


def test_nobody_is_asked_for_again_when_nothing_of_the_roster_has_changed(pay: Pay) -> None:
    before = pay.run()
    won("omar", "1", date(2026, 3, 4), "N1")
    read = tables_asked(lambda: services.start_run(actor=pay.hana, period_id=pay.march.pk))
    assert "people_assignment" not in read
    run = finished(Run.objects.get(state="running"))
    assert (run.roster_id, run.read_from) == (before.roster_id, before.read_from)
    assert Roster.objects.count() == 1
    assert seen(run) == seen(run_anew(pay))


def test_what_locked_periods_leave_makes_a_roster_new(pay: Pay) -> None:
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    pay.run()
    before = pay.run(april)
    pay.lock()
    assert RosterNews.objects.count() == before.read_from["news"]
    assert sources_of(april) != before.read_from


def test_news_of_who_is_not_committed_yet_still_count_afterwards(pay: Pay) -> None:
    """Rows are counted: an id that was given earlier may become visible later."""
    RosterNews.objects.bulk_create([RosterNews(id=10**6, source="a later one")])
    run = pay.run()
    RosterNews.objects.bulk_create([RosterNews(id=10**5, source="an earlier one")])
    assert sources_of(pay.march) != run.read_from


def test_only_the_block_of_who_is_touched_begins_anew(pay: Pay) -> None:
    far = Person.objects.create(
        pk=1000 * BLOCK + 7, number="far", first_name="Far", last_name="Test"
    )
    role = Role.objects.get(key="ae")
    place = Assignment.objects.get(person__number="omar")
    Assignment.objects.create(person=far, team=place.team, role=role, valid_from=date(2026, 1, 1))
    first = pay.run()
    blocks = {one // BLOCK for one in first.statements.values_list("person_id", flat=True)}
    assert Block.objects.count() == RunBlock.objects.count() == len(blocks)
    assert sum(Block.objects.values_list("payees", flat=True)) == first.payee_count == 3
    won("far", "50", date(2026, 3, 4), "N1")
    second = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    assert list(second.filled.values_list("number", "payees")) == [(1000, 1)]
    assert people_lacking(second) == [far.pk]
    finished(second)
    assert second.blocks.count() == len(blocks)
    assert second.calculated.get().person_id == far.pk
    assert seen(second) == seen(run_anew(pay))
    assert seen(first)[far.pk, pay.version.pk] != seen(second)[far.pk, pay.version.pk]


def test_who_leaves_the_roster_leaves_the_run(pay: Pay) -> None:
    first = pay.run()
    Person.objects.filter(number="omar").update(left_on=date(2026, 2, 1))
    second = pay.run()
    assert (first.payee_count, second.payee_count) == (2, 1)
    assert set(second.statements.values_list("person__number", flat=True)) == {"léa"}
    assert set(first.statements.values_list("person__number", flat=True)) == {"léa", "omar"}
    assert seen(second) == seen(run_anew(pay))


def test_a_run_that_nobody_is_paid_in_is_refused_and_leaves_nothing(pay: Pay) -> None:
    february = services.open_period(actor=pay.hana, kind="month", day=date(2025, 2, 1))
    with pytest.raises(Invalid) as refused:
        services.start_run(actor=pay.hana, period_id=february.pk)
    assert [one.code for one in refused.value.issues] == ["run.no_payees"]
    assert not Run.objects.exists()
