"""What a run hands to the engine: splits, rates, hierarchies and changes within the period."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from activities.inputs import ActivityInput, CreditInput
from activities.services import record_activities
from incentives import services
from incentives.models import LedgerLine, PlanVersion, Statement
from kernel.issues import Invalid
from kernel.trace import Step, sha256_of
from kpis.services import ObjectiveInput, set_objective
from people import services as people
from people.models import Assignment, Company, Role
from tests.incentives.conftest import Pay, won

HEAD = """\
key: seller
name: {fr: Commission des vendeurs, en: Commission of sellers}
currency: EUR
period: month
"""
START = date(2026, 1, 1)


def flat(measures: str, base: str, *, key: str = "seller", kind: str = "month") -> str:
    """A plan that pays 10 % of `base`."""
    head = HEAD.replace("key: seller", f"key: {key}").replace("month", kind)
    return (
        f"{head}measures:\n{measures}components:\n  - key: commission\n"
        "    name: {fr: Commission, en: Commission}\n"
        f"    steps:\n      - {{step: flat_rate, base: {base}, rate: 10 %}}\n"
    )


def publish(pay: Pay, document: str, start: date = START) -> PlanVersion:
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=start)
    return services.publish_plan(actor=pay.hana, version_id=draft.pk)


def give(pay: Pay, document: str, *names: str, start: date = START, end: date | None = None) -> str:
    """Publish a plan and assign it to people; its key."""
    version = publish(pay, document)
    for name in names:
        services.assign_plan(
            actor=pay.hana, plan_key=version.plan.key, valid_from=start, valid_to=end,
            person_id=pay.world.people[name].pk,
        )  # fmt: skip
    return version.plan.key


def shared(external_id: str, amount: str, *credits: tuple[str, str]) -> None:
    """A deal won on 10 March that several people share."""
    (result,) = record_activities(
        actor=None,
        source="crm",
        records=[
            ActivityInput(
                external_id=external_id,
                type="deal_won",
                occurred_at=datetime(2026, 3, 10, 12, tzinfo=UTC),
                credits=tuple(CreditInput(who, Fraction(part)) for who, part in credits),
                amount=Fraction(amount),
                currency="EUR",
                attributes={"cycle_days": "9"},
            )
        ],
    )
    assert not result.is_rejected, result.issues


def totals(pay: Pay) -> dict[tuple[str, str], int]:
    """Minor units by person and plan of a new run of March."""
    rows = pay.run().statements.filter(corrects=None)
    found = rows.values_list("person__number", "plan_version__plan__key", "total_minor")
    return {(person, plan): total for person, plan, total in found}


def test_a_share_pays_its_part_of_the_amount_to_the_cent(pay: Pay) -> None:
    give(pay, flat("  base: {sum: amount}\n", "base", key="part"), "rémi", "marc", "sonia")
    shared("S1", "1000.00", ("rémi", "1/3"), ("marc", "1/3"), ("sonia", "1/3"))
    run = pay.run()
    bases = set()
    for name in ("rémi", "marc", "sonia"):
        row = pay.statement(run, name)
        assert row.total_minor == 3333
        steps = Step.from_json(row.result["trace"]).walk()
        bases.add((name, *(step.value for step in steps if step.code == "sum")))
    # what was allocated, not a third that is 0.33333333: the parts make the whole
    assert sorted(value for _, value in bases) == ["333.33", "333.33", "333.34"]


def test_a_plan_that_does_not_share_counts_whole_deals(pay: Pay) -> None:
    give(pay, flat("  base: {sum: amount, share: false}\n", "base", key="whole"), "rémi", "marc")
    shared("S1", "1000", ("rémi", "0.5"), ("marc", "0.5"))
    found = totals(pay)
    assert (found["rémi", "whole"], found["marc", "whole"]) == (10000, 10000)


def test_an_attribute_of_a_shared_deal_is_shared_too(pay: Pay) -> None:
    give(pay, flat("  base: {sum: cycle_days}\n", "base", key="days"), "rémi", "marc")
    shared("S1", "1000", ("rémi", "0.5"), ("marc", "0.5"))
    found = totals(pay)
    # 10 % of 4.5 each, not of 9
    assert (found["rémi", "days"], found["marc", "days"]) == (45, 45)


def test_a_condition_on_the_amount_reads_the_whole_deal(pay: Pay) -> None:
    where = "[{attribute: amount, at_least: 1000}]"
    give(pay, flat(f"  base: {{sum: amount, where: {where}}}\n", "base", key="big"), "rémi")
    shared("S1", "1000", ("rémi", "0.4"), ("marc", "0.6"))
    assert totals(pay)["rémi", "big"] == 4000


def test_a_rate_that_no_decimal_ends_is_read(pay: Pay) -> None:
    give(pay, flat("  base: {kpi: closing_rate}\n", "base * 1000", key="rate"), "omar")
    won("omar", "10", date(2026, 3, 9), "L1", stage="lost")
    won("omar", "10", date(2026, 3, 9), "L2", stage="lost")
    # one of three deals was won: 33 1/3 percent, and 10 % of 33,333.333...
    assert totals(pay)["omar", "rate"] == 333333


def test_a_part_of_a_longer_objective_is_read(pay: Pay) -> None:
    give(pay, flat("  base: {objective: revenue_booked}\n", "base", key="goal"), "omar")
    set_objective(
        actor=None,
        objective=ObjectiveInput(
            kpi="revenue_booked", person="omar", target=Fraction(1000), reason="year",
            valid_from=date(2026, 1, 1), valid_to=date(2027, 1, 1),
        ),
    )  # fmt: skip
    run = pay.run()
    # of the 252 working days of 2026 in France, March has 22
    (row,) = run.statements.filter(person__number="omar", corrects=None)
    parts = [{"target": "1000", "days": 22, "of": 252}]
    assert row.inputs["payees"][0]["objectives"] == {"revenue_booked": parts}
    # 10 % of 87.30 (22,000 / 252)
    assert row.total_minor == 873


def test_two_plans_in_a_period_share_out_a_kpi(pay: Pay) -> None:
    middle = date(2026, 3, 16)
    give(pay, flat("  base: {kpi: revenue_booked}\n", "base", key="first"), "léa", end=middle)
    give(pay, flat("  base: {kpi: revenue_booked}\n", "base", key="second"), "léa", start=middle)
    found = totals(pay)
    # 9,000 on the 3rd and 3,000 on the 20th: each is paid once
    assert (found["léa", "first"], found["léa", "second"]) == (90000, 30000)


def test_a_plan_that_changes_its_kind_of_period_pays_once(pay: Pay) -> None:
    publish(pay, flat("  base: {sum: amount}\n", "base", kind="quarter"), start=date(2026, 4, 1))
    quarter = services.open_period(actor=pay.hana, kind="quarter", day=date(2026, 4, 1))
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    won("léa", "1000", date(2026, 4, 9), "A1")
    assert pay.run(quarter).statements.filter(person__number="léa").count() == 1
    with pytest.raises(Invalid) as refused:
        services.start_run(actor=pay.hana, period_id=april.pk)
    assert [issue.code for issue in refused.value.issues] == ["run.no_payees"]


def place(pay: Pay, name: str, manager: str, start: date, end: date | None = None) -> None:
    """From `start` on somebody reports to `manager`; their earlier place ends there."""
    person = pay.world.people[name]
    held = Assignment.objects.get(person=person, valid_to=None)
    held.valid_to = start
    if held.valid_from < start:
        held.save()
    else:
        held.delete()
    people.assign(
        actor=None, person=person, team=held.team, role=Role.objects.get(pk=held.role_id),
        valid_from=start, valid_to=end, manager=pay.world.people[manager],
    )  # fmt: skip


def test_a_manager_who_moves_brings_the_team_along_once(pay: Pay) -> None:
    middle = date(2026, 3, 16)
    measures = "  own: {sum: amount}\n  team: {team: own, depth: all}\n"
    give(pay, flat(measures, "team", key="tree"), "wanda")
    place(pay, "léa", "rémi", START)
    place(pay, "marc", "wanda", START)
    place(pay, "sonia", "wanda", START)
    place(pay, "rémi", "marc", START)
    place(pay, "rémi", "sonia", middle)
    # Léa sells 9,000 below Rémi below Marc, and 3,000 below Rémi below Sonia
    assert totals(pay)["wanda", "tree"] == 120000


def test_a_plan_may_read_the_team_and_everybody(pay: Pay) -> None:
    measures = "  own: {sum: amount}\n  team: {team: own}\n  all: {everyone: own}\n"
    give(pay, flat(measures, "team", key="team_of"), "marc")
    give(pay, flat(measures, "all", key="all_of"), "sonia")
    place(pay, "léa", "marc", START)
    won("sonia", "100", date(2026, 3, 4), "S4")
    found = totals(pay)
    assert found["marc", "team_of"] == 120000
    assert found["sonia", "all_of"] == 10 * (12000 + 1000 + 100) + 1


def test_what_the_database_gives_back_has_the_same_hash(pay: Pay) -> None:
    give(pay, flat("  base: {sum: amount}\n", "base", key="part"), "rémi", "marc")
    shared("S1", "1000.01", ("rémi", "1/3"), ("marc", "2/3"))
    pay.run()
    for row in Statement.objects.all():
        assert sha256_of(row.inputs) == row.inputs_sha256
        assert sha256_of(row.result) == row.result_sha256


def test_a_plan_that_no_run_could_calculate_is_refused_when_it_is_saved(pay: Pay) -> None:
    document = flat("  base: {kpi: revenue_bocked}\n  more: {kpi: closing_rate}\n", "base + more")
    with pytest.raises(Invalid) as refused:
        publish(pay, document.replace("EUR", "USD"))
    assert [(issue.code, issue.place.path) for issue in refused.value.issues] == [
        ("plan.other_currency", "currency"),
        ("kpis.unknown_kpi", "measures"),
    ]
    assert "revenue_booked" in refused.value.issues[1].remedy_text()
    assert PlanVersion.objects.count() == 1


def test_a_name_that_the_ledger_has_no_room_for_is_refused_when_it_is_saved(pay: Pay) -> None:
    document = flat("  base: {sum: amount}\n", "base", key="x" * 51)
    fits = document.replace("x" * 51, "x" * 50)
    for text, paths in (
        (
            document.replace("en: Commission}", f"en: {'c' * 201}}}"),
            ["key", "components[0].name.en"],
        ),
        (fits.replace("- key: commission", f"- key: {'c' * 81}"), ["components[0].key"]),
    ):
        with pytest.raises(Invalid) as refused:
            publish(pay, text)
        assert [(one.code, one.place.path) for one in refused.value.issues] == [
            ("plan.too_long", path) for path in paths
        ]
    give(pay, fits.replace("en: Commission}", f"en: {'c' * 200}}}"), "rémi")
    pay.run()
    pay.lock()
    assert LedgerLine.objects.filter(label_en="c" * 200).count() == 1


def test_the_inputs_say_whose_days_count(pay: Pay) -> None:
    company = Company.objects.get()
    statement = pay.statement(pay.run(), "léa")
    assert statement.inputs["timezone"] == company.timezone == "Europe/Paris"
