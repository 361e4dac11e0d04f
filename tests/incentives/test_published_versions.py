"""Plan versions that were published before a rule for plans was made: they pay as they did."""

import contextlib
import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from incentives import services
from incentives.calc import calculate, parse_inputs, parse_plan, published_plan
from incentives.models import Plan, PlanVersion, Run
from incentives.proving.verifying import verify
from incentives.statements.proofs import proof_of
from kernel.issues import Invalid, Level
from tests.incentives.conftest import PLAN, Pay, won

HEAD = PLAN.partition("examples:")[0]
FLAT = """\
key: seller
name: {fr: Commission des vendeurs, en: Commission of sellers}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money}
MORE
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - {step: flat_rate, base: revenue, rate: 5 %}
"""


def flat(*measures: str, rate: str = "5 %") -> str:
    lines = "\n".join(f"  {one}" for one in measures)
    return FLAT.replace("MORE\n", f"{lines}\n" if lines else "").replace("5 %", rate)


@dataclass(frozen=True, slots=True)
class Old:
    """A document of before: what it is refused for today, and what it pays Léa and Omar."""

    text: str
    issue: tuple[str, str]
    pays: tuple[int, int]


# Léa sold 9,000.00 and 3,000.00, Omar 1,000.10
OLD = {
    # 450 of 9,000 and 1,000 of 10,000 stay; the rates are of another way of converting
    "rates of no plan": Old(
        f"{HEAD}conversion: {{rate_of: deal, rates: {{USD: 0.9}}}}\n",
        ("plan.not_of_rate", "conversion.rates"),
        (70000, 5001),
    ),
    "an average that is none": Old(
        f"{HEAD}conversion: {{rate_of: deal, average_over: days}}\n",
        ("plan.not_of_rate", "conversion.average_over"),
        (70000, 5001),
    ),
    # 12,000.00 x 5 %; 1,000.10 x 5 % = 50.005
    "an option of another source": Old(
        flat("quota: {objective: revenue, since: year, default: 1}"),
        ("plan.not_of_source", "measures.quota.since"),
        (60000, 5001),
    ),
    # is_not holds where the deal has no attribute `amount`, so all deals count
    "the amount as a text": Old(
        flat().replace(
            "revenue: {sum: amount, unit: money}",
            "revenue: {sum: amount, unit: money, where: [{attribute: amount, is_not: gift}]}",
        ),
        ("plan.amount_is_no_text", "measures.revenue.where[0].is_not"),
        (60000, 5001),
    ),
    # no deal has an attribute `closed_on` that says spring: nothing is left out of is_not
    "an attribute that became the day of closing": Old(
        flat().replace(
            "revenue: {sum: amount, unit: money}",
            "revenue: {sum: amount, unit: money, where: [{attribute: closed_on, is_not: spring}]}",
        ),
        ("plan.wrong_type", "measures.revenue.where[0].is_not"),
        (60000, 5001),
    ),
    "a number where a day is": Old(
        flat().replace(
            "revenue: {sum: amount, unit: money}",
            "revenue: {sum: amount, unit: money, where: [{attribute: closed_on, below: 5}]}",
        ),
        ("plan.wrong_type", "measures.revenue.where[0].below"),
        (0, 0),
    ),
    # a third of 12,000.00; 333.3666... keeps 25 of its sixes, and is 333.37
    "more places than there may be": Old(
        flat(rate="1/3") + "      - {step: round, places: 25, mode: down}\n",
        ("plan.out_of_range", "components[0].steps[1].places"),
        (400000, 33337),
    ),
    # 50.005 to the cent: there is nothing finer to pay
    "a line finer than its currency": Old(
        f"{flat()}rounding: {{places: 3}}\n",
        ("plan.places_of_currency", "rounding.places"),
        (60000, 5001),
    ),
    # 24,000 and 2,000.20 reach 2,000, which is then taken from 12,000 and from 1,000.10
    "an excess of another value": Old(
        flat().replace(
            "      - {step: flat_rate",
            "      - {step: threshold, measure: revenue, at: 2000, value: 2 * revenue,"
            " counts: excess}\n      - {step: flat_rate",
        ),
        ("plan.excess_of_another", "components[0].steps[0].value"),
        (50000, -5000),
    ),
    # a formula has no deals: nothing waits for money
    "a holdback without deals": Old(
        flat("twice: {formula: 2 * revenue}").replace("base: revenue", "base: twice")
        + "      - {step: holdback}\n",
        ("plan.base_without_deals", "components[0].steps[1].base"),
        (120000, 10001),
    ),
    # a figure has no shares: 5 % of twice 12,000.00 and of twice 1,000.10, as it is
    "a split of a figure": Old(
        flat("twice: {formula: 2 * revenue}").replace("base: revenue", "by: deal, base: twice")
        + "      - {step: money_split}\n",
        ("plan.split_of_others", "components[0].steps[0].base"),
        (120000, 10001),
    ),
}
KINDS = pytest.mark.parametrize("old", OLD.values(), ids=OLD)


def publish_as_then(text: str, starts: date = date(2026, 2, 1)) -> PlanVersion:
    """The row that publishing left, when no rule of today stood in its way."""
    plan = Plan.objects.get(key="seller")
    return PlanVersion.objects.create(
        plan=plan,
        number=plan.versions.count() + 1,
        document=text,
        sha256=sha256(text.encode()).hexdigest(),
        state=PlanVersion.State.PUBLISHED,
        valid_from=starts,
        period_kind="month",
        published_at=datetime(2026, 1, 20, tzinfo=UTC),
    )


def paid_by(run: Run) -> dict[str, int]:
    rows = run.statements.filter(corrects=None)
    return dict(rows.values_list("person__number", "total_minor"))


@KINDS
def test_a_draft_of_it_is_refused_and_the_published_version_is_read(old: Old) -> None:
    with pytest.raises(Invalid) as refused:
        parse_plan(old.text)
    told = {(one.code, one.place.path) for one in refused.value.issues}
    plan = published_plan(old.text)
    assert told == {old.issue}
    assert {(one.code, one.place.path) for one in plan.notes} == {old.issue}
    assert all(one.level is Level.WARNING and one.remedy for one in plan.notes)


@KINDS
def test_it_pays_as_it_did_and_its_proof_holds(pay: Pay, old: Old) -> None:
    version = publish_as_then(old.text)
    with pytest.raises(Invalid) as refused:
        services.save_plan(actor=pay.hana, document=old.text, valid_from=date(2026, 4, 1))
    assert [one.code for one in refused.value.issues] == [old.issue[0]]
    run = pay.run()
    assert paid_by(run) == {"léa": old.pays[0], "omar": old.pays[1]}
    for row in run.statements.all():
        assert row.plan_version_id == version.pk
        assert verify(proof_of(row)).verified


@KINDS
def test_what_it_paid_is_corrected_by_the_same_version(pay: Pay, old: Old) -> None:
    publish_as_then(old.text)
    pay.run()
    pay.lock()
    won("léa", "3000", date(2026, 3, 20), "D2", stage="cancelled")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    run = pay.run(april)
    rows = run.statements.exclude(corrects=None)
    # of the deal of 3,000.00: 2,000 at 10 % and 1,000 at 5 %; 5 %; a third; 5 % of twice it; 0
    changes = {
        70000: -25000, 60000: -15000, 50000: -15000, 400000: -100000, 120000: -30000, 0: 0,
    }  # fmt: skip
    change = changes[old.pays[0]]
    expected = {"léa": change} if change else {}
    assert dict(rows.values_list("person__number", "total_minor")) == expected


TWICE = (
    flat().partition("components:")[0]
    + """components:
  - key: one
    steps: [{step: challenge_prize}]
  - key: two
    steps: [{step: challenge_prize, challenge: spring}]
"""
)


def test_two_steps_pay_one_award_twice_as_they_did() -> None:
    with pytest.raises(Invalid) as refused:
        parse_plan(TWICE)
    (issue,) = refused.value.issues
    assert (issue.code, issue.place.path) == ("plan.prize_twice", "components[1].steps[0]")
    plan = published_plan(TWICE)
    assert [one.code for one in plan.notes] == ["plan.prize_twice"]
    award = {"id": "S-1", "challenge": "spring", "official": "true", "amount": "250"}
    inputs = {"period": "2026-03", "payees": [{"id": "léa", "awards": [award]}]}
    (payee,) = calculate(plan, parse_inputs(inputs, currency="EUR")).payees
    assert [(one.component, one.amount.minor) for one in payee.lines] == [
        ("one", 25000), ("two", 25000),
    ]  # fmt: skip


def evaluated(tmp_path: Path, *words: str) -> dict[str, Any]:
    plan, inputs, out = tmp_path / "plan.yaml", tmp_path / "inputs.json", io.StringIO()
    plan.write_text(OLD["rates of no plan"].text, encoding="utf-8")
    credit = {"id": "D1", "amount": "12000", "closed_at": "2026-03-03"}
    body = {"period": "2026-03", "payees": [{"id": "léa", "credits": [credit]}]}
    inputs.write_text(json.dumps(body), encoding="utf-8")
    files = "--plan", str(plan), "--inputs", str(inputs)
    with contextlib.suppress(SystemExit, CommandError):
        call_command("evaluate_plan", *files, "--json", *words, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_the_command_reads_the_plan_of_a_proof_as_a_published_one(tmp_path: Path) -> None:
    refused = evaluated(tmp_path)
    assert [one["code"] for one in refused["issues"]] == ["plan.not_of_rate"]
    paid = evaluated(tmp_path, "--published")
    assert [one["total"] for one in paid["payees"]] == ["700.00"]


def test_its_page_says_what_it_pays_and_what_no_plan_may_say_any_more(
    pay: Pay, client: Client
) -> None:
    version = publish_as_then(OLD["rates of no plan"].text)
    client.force_login(pay.hana)
    page = client.get(reverse("incentives:plan", args=["seller"]), {"version": version.number})
    text = page.content.decode()
    assert "says nothing about rate_of deal" in text
    assert page.context["words"], "the plan in words"
