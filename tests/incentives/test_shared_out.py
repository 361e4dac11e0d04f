"""What a plan shares out among its payees comes out as if all of them were calculated together."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from django.db.models import Q, Sum

from activities.inputs import ActivityInput, CreditInput
from activities.services import record_activities
from incentives import services
from incentives.calc import calculate, parse_inputs, parse_plan
from incentives.gathering.colleagues import shared_out
from incentives.models import LedgerLine, PlanAssignment, Run
from incentives.proving.verifying import verify
from incentives.statements.explaining import deals_of
from incentives.statements.proofs import proof_of
from people.models import Assignment, Person
from tests.incentives.conftest import Pay, won
from tests.incentives.test_runs import run_anew, seen

HEAD = """
key: together
name: {fr: Ensemble, en: Together}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money, name: {fr: CA, en: Revenue}}
  gross: {sum: amount, share: false, unit: money, name: {fr: Brut, en: Gross}}
  wins: {count: credits, unit: count, name: {fr: Affaires, en: Deals}}
  all: {everyone: revenue, unit: money, name: {fr: Total, en: All}}
  desk: {peers: revenue, unit: money, name: {fr: Bureau, en: Desk}}
components:
"""
PARTS = {
    "pool": "[{step: team_pool, pool: all * 0.01, weight: WEIGHT}]",
    "first": "[{step: spiff, events: wins, amount: 100, first: 3, across: plan}]",
    "split": (
        "[{step: deal_tiers, base: gross, tiers: [{from: 0, rate: 1 %}]}, {step: money_split}]"
    ),
    "desk_pool": "[{step: team_pool, pool: 100, weight: WEIGHT, among: peers}]",
    "desk_sum": "[{step: flat_rate, base: desk, rate: 1 %}]",
}
PEOPLE = ("léa", "omar", "rémi")


def document(parts: tuple[str, ...], weight: str = "revenue") -> str:
    lines = [
        f"  - key: {key}\n    name: {{fr: {key}, en: {key}}}\n    steps: {PARTS[key]}\n"
        for key in parts
    ]
    return HEAD + "".join(lines).replace("WEIGHT", weight)


def team(pay: Pay, text: str) -> None:
    """Three payees of one plan; two of them report to Marc."""
    draft = services.save_plan(actor=pay.hana, document=text, valid_from=date(2026, 1, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    for name in PEOPLE:
        services.assign_plan(
            actor=pay.hana, plan_key="together", valid_from=date(2026, 1, 1),
            person_id=pay.world.people[name].pk,
        )  # fmt: skip
        manager = "sonia" if name == "omar" else "marc"
        Assignment.objects.filter(person=pay.world.people[name]).update(
            manager=pay.world.people[manager]
        )
    won("rémi", "333.33", date(2026, 3, 3), "R1")
    split(pay, "S1", "1000")


def split(pay: Pay, key: str, amount: str) -> None:
    """A deal that three have a third of."""
    shares = [Fraction("0.33333333"), Fraction("0.33333333"), Fraction("0.33333334")]
    (result,) = record_activities(
        actor=None,
        source="crm",
        records=[
            ActivityInput(
                external_id=key, type="deal_won", amount=Fraction(amount), currency="EUR",
                occurred_at=datetime(2026, 3, 20, 9, tzinfo=UTC),
                credits=tuple(
                    CreditInput(name, share) for name, share in zip(PEOPLE, shares, strict=True)
                ),
            )
        ],
    )  # fmt: skip
    assert not result.is_rejected, result.issues


def together(run: Run) -> dict[str, dict[str, int]]:
    """What evaluate_plan gives for all payees of the plan in one document."""
    rows = list(run.statements.filter(corrects=None).order_by("person_id"))
    payees = [row.inputs["payees"][0] for row in rows]
    plan = parse_plan(rows[0].plan_version.document)
    inputs = parse_inputs({**rows[0].inputs, "payees": payees}, currency="EUR")
    return {
        one.id: {line.component: line.amount.minor for line in one.lines}
        for one in calculate(plan, inputs).payees
    }


def stated(run: Run) -> dict[str, dict[str, int]]:
    """What the statements give, each from its own document."""
    return {
        str(row.person_id): {one["component"]: one["amount_minor"] for one in row.result["lines"]}
        for row in run.statements.filter(corrects=None)
    }


CASES = {
    "a pool": document(("pool",)),
    "a stock": document(("first",)),
    "a deal split three ways": document(("split",)),
    "peers": document(("desk_pool", "desk_sum")),
    "all of them": document(tuple(PARTS)),
    "a pool by what the stock counts": document(("pool", "first", "split"), "wins"),
    "a pool by parts of peers": document(tuple(PARTS), "revenue + wins"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_statement_pays_what_all_payees_together_are_paid(pay: Pay, case: str) -> None:
    team(pay, CASES[case])
    first = pay.run()
    assert stated(first) == together(first)
    split(pay, "S2", "100.01")
    won("omar", "10", date(2026, 3, 1), "early")
    following = pay.run()
    assert stated(following) == together(following) != together(first)
    assert following.follows == first
    assert seen(following) == seen(run_anew(pay))


def test_the_pool_the_stock_and_the_cents_are_given_out_once(pay: Pay) -> None:
    team(pay, CASES["all of them"])
    paid = stated(pay.run())
    sums = {key: sum(lines[key] for lines in paid.values()) for key in PARTS}
    # 12,000 + 1,000.10 + 333.33 + 1,000.00: 1 % of it, three of 100, and 1 % of each deal
    assert (sums["pool"], sums["first"], sums["split"]) == (14333, 30000, 14333)
    assert sums["desk_pool"] == 20000, "a pool for each manager's people"


def test_a_colleague_who_leaves_changes_the_parts_of_the_others(pay: Pay) -> None:
    team(pay, CASES["a pool"].replace("weight: revenue", "weight: 1, leavers: excluded"))
    first = pay.run()
    Person.objects.filter(number="rémi").update(left_on=date(2026, 3, 20))
    following = pay.run()
    assert stated(following) == together(following) != stated(first)
    assert seen(following) == seen(run_anew(pay))


def test_a_partner_who_leaves_the_plan_is_missed_by_the_others(pay: Pay) -> None:
    lines = CASES["a deal split three ways"].splitlines()
    team(pay, "\n".join(one for one in lines if "everyone:" not in one and "peers:" not in one))
    first = pay.run()
    left = pay.world.people["léa"]
    PlanAssignment.objects.filter(person=left).update(valid_to=date(2026, 3, 1))
    following = pay.run()
    assert following.follows == first
    # with Léa's third unknown the deal is not divided to the cent any more
    for name in ("omar", "rémi"):
        beside = [one["id"] for one in pay.statement(following, name).inputs["payees"]]
        assert str(left.pk) not in beside
    assert seen(following) == seen(run_anew(pay))


def test_a_statement_shows_nothing_of_what_its_colleagues_did(pay: Pay) -> None:
    team(pay, CASES["all of them"])
    run = pay.run()
    row = pay.statement(run, "omar")
    me, *others = row.inputs["payees"]
    beside = [one for one in others if one["counts_in"] == "shares"]
    assert {one["id"] for one in beside} == {
        str(pay.world.people[name].pk) for name in ("léa", "rémi")
    }
    # of each the figures, what the stock suffices for, and the deal that Omar has a part in
    known = {credit["id"] for one in beside for credit in one["credits"]}
    assert known == {"crm:deal:D1:won", "crm:deal:R1:won", "crm:S1"}
    assert {deal["payee"] for deal in deals_of(row.inputs["payees"])} == {me["id"]}
    assert verify(proof_of(row)).verified


def test_late_news_correct_the_parts_of_all(pay: Pay) -> None:
    team(pay, CASES["all of them"])
    first = pay.run()
    pay.lock()
    won("rémi", "5000", date(2026, 3, 2), "late")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    run = pay.run(april)
    pay.lock(april)
    # Omar's parts are the same cents as before, so nothing of his is corrected
    corrections = run.statements.exclude(corrects=None)
    assert set(corrections.values_list("person__number", flat=True)) == {"léa", "rémi"}
    rows = [*first.statements.all(), *corrections]
    payees = {row.person_id: row.inputs["payees"][0] for row in rows}
    plan = parse_plan(CASES["all of them"])
    period = {**rows[0].inputs, "payees": list(payees.values())}
    inputs = parse_inputs(period, currency="EUR")
    due = {
        (one.id, line.component): line.amount.minor
        for one in calculate(plan, inputs).payees
        for line in one.lines
    }
    of_march = Q(statement__runs__period=pay.march) | Q(statement__corrects__isnull=False)
    lines = LedgerLine.objects.filter(of_march).values_list("person_id", "component")
    paid = lines.annotate(total=Sum("amount_minor")).order_by("person_id", "component")
    assert {(str(person), key): total for person, key, total in paid} == due


@pytest.mark.parametrize(
    ("part", "is_shared"),
    [("pool", True), ("first", True), ("split", True), ("desk_pool", True)],
)
def test_what_is_shared_out_is_read_from_the_plan(part: str, *, is_shared: bool) -> None:
    assert bool(shared_out(parse_plan(document((part,))))) is is_shared
