"""Pools weighed by what several people did, and by running totals: paid once, or refused."""

from datetime import date

import pytest

from incentives import services
from incentives.models import PlanAssignment, Run
from incentives.proving.verifying import verify
from incentives.services import planning
from incentives.statements.proofs import proof_of
from kernel.issues import Invalid
from tests.incentives.conftest import Pay, won
from tests.incentives.test_shared_out import CASES, HEAD, document, stated, team, together

PART = HEAD.replace("components:", "  part: {formula: revenue / desk}\ncomponents:")
WEIGHTS = {
    "parts of the total": document(("pool",), "revenue / all"),
    "sums over peers": document(("pool",), "desk"),
    "parts of sums over peers": document(("pool", "desk_pool"), "part").replace(HEAD, PART),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_a_pool_is_shared_out_as_if_all_were_calculated_together(pay: Pay, case: str) -> None:
    team(pay, WEIGHTS[case])
    run = pay.run()
    assert stated(run) == together(run)


POOL = """
key: together
name: {fr: Ensemble, en: Together}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money}
MEASURES
components:
  - key: pool
    name: {fr: Cagnotte, en: Pool}
    steps: [{step: team_pool, pool: 1000, weight: WEIGHT}]
"""


def pool(weight: str, *measures: str) -> str:
    lines = "\n".join(f"  {one}" for one in measures)
    return POOL.replace("MEASURES", lines).replace("WEIGHT", weight)


def paid_by(run: Run) -> dict[str, int]:
    rows = run.statements.filter(corrects=None).order_by("person__number")
    return dict(rows.values_list("person__number", "total_minor"))


@pytest.mark.parametrize(
    ("weight", "measures"),
    [
        # 12,333.34 of 14,333.43 parts; 1,333.43; 666.66
        ("part", ("total: {everyone: revenue}", "part: {formula: revenue / total}")),
        ("revenue / total", ("total: {everyone: revenue}",)),
    ],
)
def test_a_pool_by_parts_of_the_total_is_paid_once(
    pay: Pay, weight: str, measures: tuple[str, ...]
) -> None:
    team(pay, pool(weight, *measures))
    paid = paid_by(pay.run())
    assert sum(paid.values()) == 100000
    assert paid == {"léa": 86046, "omar": 9303, "rémi": 4651}


def test_a_pool_by_sums_over_peers_is_paid_once(pay: Pay) -> None:
    team(pay, pool("team", "team: {peers: revenue, default: 0}"))
    # Léa and Rémi weigh 13,000.00 each, Omar 1,333.43: 1,000 of 27,333.43
    assert paid_by(pay.run()) == {"léa": 47561, "omar": 4878, "rémi": 47561}


UNKNOWN = (
    ("ytd", ("total: {everyone: revenue}", "ytd: {to_date: total}")),
    ("all", ("half: {formula: revenue / 2}", "all: {everyone: half}")),
    ("below", ("desk: {peers: revenue}", "below: {team: desk}")),
)


@pytest.mark.parametrize(("weight", "measures"), UNKNOWN)
def test_a_weight_that_no_statement_can_tell_is_refused(
    pay: Pay, weight: str, measures: tuple[str, ...]
) -> None:
    text = pool(weight, *measures)
    with pytest.raises(Invalid) as refused:
        services.save_plan(actor=pay.hana, document=text, valid_from=date(2026, 1, 1))
    (issue,) = refused.value.issues
    assert (issue.code, issue.place.path) == (
        "plan.weight_of_others",
        "components[0].steps[0].weight",
    )
    assert issue.place.line == text[: text.index("weight: ")].count("\n") + 1
    assert issue.remedy


def test_a_run_by_a_plan_of_before_with_such_a_weight_ends_without_pay(
    pay: Pay, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight, measures = UNKNOWN[0]
    with monkeypatch.context() as before:
        before.setattr(planning, "unknown_weights", lambda _plan: [])
        team(pay, pool(weight, *measures))
    with pytest.raises(Invalid) as refused:
        pay.run()
    assert [one.code for one in refused.value.issues] == ["plan.weight_of_others"]


def test_a_balance_that_news_has_changed_moves_the_parts_of_all(pay: Pay) -> None:
    team_of_two(pay, pool("ytd", "ytd: {to_date: revenue}"))
    january, february = (
        services.open_period(actor=pay.hana, kind="month", day=date(2026, month, 1))
        for month in (1, 2)
    )
    won("léa", "100", date(2026, 1, 10), "J1")
    won("rémi", "100", date(2026, 1, 10), "J2")
    for period in (january, february):
        assert paid_by(pay.run(period)) == {"léa": 50000, "rémi": 50000}
        pay.lock(period)
    # 100 and 100 were so far: now 900 and 100 in January, and in February the same
    won("léa", "800", date(2026, 1, 31), "late")
    corrections = pay.run().statements.exclude(corrects=None)
    rows = corrections.order_by("corrects_id", "person__number")
    assert list(rows.values_list("person__number", "total_minor")) == [
        ("léa", 40000), ("rémi", -40000), ("léa", 40000), ("rémi", -40000),
    ]  # fmt: skip
    for row in corrections:
        assert verify(proof_of(row)).verified


def team_of_two(pay: Pay, text: str) -> None:
    draft = services.save_plan(actor=pay.hana, document=text, valid_from=date(2026, 1, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    PlanAssignment.objects.all().delete()
    for name in ("léa", "rémi"):
        services.assign_plan(
            actor=pay.hana, plan_key="together", valid_from=date(2026, 1, 1),
            person_id=pay.world.people[name].pk,
        )  # fmt: skip


def test_what_is_counted_of_colleagues_shows_no_more_than_decides(pay: Pay) -> None:
    team(pay, CASES["a pool by what the stock counts"])
    run = pay.run()
    row = pay.statement(run, "omar")
    beside = [one for one in row.inputs["payees"] if one.get("counts_in") == "shares"]
    assert beside
    for one in beside:
        assert one.keys() == {
            "id", "role", "credits", "present_to", "counts_in", "manager", "measures",
        }  # fmt: skip
    # of five records the stock suffices for D1, R1 and one of the others
    bare = [one for other in beside for one in other["credits"] if one["id"] == "crm:deal:D2:won"]
    assert [one["attributes"] for one in bare] == [{}]
    assert verify(proof_of(row)).verified
