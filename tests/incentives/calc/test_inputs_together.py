"""What several payees or periods of the inputs tell together: doubles, circles, repeats."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from incentives.calc.inputs import read_document
from kernel.issues import Invalid
from tests.incentives.calc.practising import paid

PLAN = """\
key: p
name: P
currency: EUR
period: month
measures: {revenue: {sum: amount}}
components:
  - key: line
    steps: [{step: flat_rate, base: revenue, rate: 10 %}]
"""


def notes(text: str) -> list[tuple[str, str, int | None]]:
    _, found = read_document(text, currency="EUR")
    return [(one.code, one.place.path, one.place.line) for one in found]


def refusals(text: str) -> list[tuple[str, str, int | None]]:
    with pytest.raises(Invalid) as caught:
        read_document(text, currency="EUR")
    return [(one.code, one.place.path, one.place.line) for one in caught.value.issues]


def test_a_deal_that_two_periods_give_is_told_with_its_line() -> None:
    text = """\
periods:
  - period: 2026-02
    payees:
      - id: ana
        credits:
          - {id: D-2, amount: 10}
          - {id: D-1, amount: 10}
  - period: 2026-01
    payees:
      - {id: ana, credits: [{id: D-1, amount: 10}]}
      - {id: ben, credits: [{id: D-2, amount: 10}]}
"""
    assert notes(text) == [("inputs.credit_again", "periods[0].payees[0].credits[1].id", 7)]


def test_a_deal_that_is_open_already_is_told() -> None:
    text = """\
periods:
  - period: 2026-02
    payees:
      - id: ana
        open: [{component: line, credit: D-1, since: 2026-01-05, amount: 1}]
        credits: [{id: D-1, amount: 10}, {id: D-2, amount: 10}]
"""
    assert notes(text) == [("inputs.credit_again", "periods[0].payees[0].credits[0].id", 6)]


def test_a_correction_of_a_deal_is_no_repeat() -> None:
    months = [
        {"period": f"2026-0{n}", "payees": [{"id": "ana", "credits": [credit]}]}
        for n, credit in enumerate(
            ({"id": "D", "amount": 5}, {"id": "D", "amount": -5}, {"id": "D", "amount_minor": -9}),
            start=1,
        )
    ]
    assert notes(json.dumps({"periods": months})) == []


def test_a_manager_who_is_no_payee_is_told_once() -> None:
    text = """\
period: 2026-01
payees:
  - {id: ana, manager: dora}
  - {id: eva, manager: dora}
  - id: ben
    managers: [{manager: dory}, {from: 2026-01-10, manager: cleo}]
  - {id: dora}
  - {id: fay, manager: dory}
"""
    assert notes(text) == [
        ("inputs.unknown_manager", "payees[2].managers[0].manager", 6),
        ("inputs.unknown_manager", "payees[2].managers[1].manager", 6),
    ]
    _, found = read_document(text, currency="EUR")
    assert [one.remedy_text().split()[0] for one in found] == ["Did", "Give"]


def test_a_manager_may_be_a_payee_of_another_period() -> None:
    months = [
        {"period": "2026-01", "payees": [{"id": "ana"}, {"id": "dora"}]},
        {"period": "2026-02", "payees": [{"id": "ana", "manager": "dora"}]},
    ]
    assert notes(json.dumps({"periods": months})) == []


def test_a_circle_is_told_once_and_two_circles_twice() -> None:
    text = """\
period: 2026-01
payees:
  - {id: ana, manager: ben}
  - {id: ben, manager: ana}
  - {id: cleo, manager: ana}
  - {id: dora, manager: dora}
"""
    assert refusals(text) == [
        ("inputs.manager_circle", "payees[0].manager", 3),
        ("inputs.manager_circle", "payees[3].manager", 6),
    ]


def test_the_second_of_two_is_the_double() -> None:
    text = """\
period: 2026-01
rates:
  - {currency: USD, on: 2026-01-01, rate: 0.9}
  - {currency: USD, on: 2026-01-01, rate: 0.8}
payees:
  - id: ana
    adjustments:
      - {id: A, amount: 1, reason: r, approved_by: hr}
      - {id: A, amount: 1, reason: r, approved_by: hr}
    open:
      - {component: line, credit: D, since: 2025-12-01, amount: 1}
      - {component: line, credit: D, since: 2025-12-01, amount: 1}
  - {id: ben}
  - {id: ana}
"""
    assert refusals(text) == [
        ("inputs.doubled_id", "rates[1]", 4),
        ("inputs.doubled_id", "payees[0].open[1].credit", 12),
        ("inputs.doubled_id", "payees[0].adjustments[1].id", 9),
        ("inputs.doubled_id", "payees[2].id", 14),
    ]


def evaluated(tmp_path: Path, plan: str, inputs: str) -> tuple[dict[str, Any], str]:
    """What the command says as JSON, and what it tells on standard error as text."""
    files = tmp_path / "plan.yaml", tmp_path / "inputs.yaml"
    for file, text in zip(files, (plan, inputs), strict=True):
        file.write_text(text, encoding="utf-8")
    words = ("evaluate_plan", "--plan", str(files[0]), "--inputs", str(files[1]))
    out, told = StringIO(), StringIO()
    try:
        call_command(*words, "--json", "--language", "en", stdout=out)
    except SystemExit:
        return json.loads(out.getvalue()), ""
    call_command(*words, "--language", "en", stdout=StringIO(), stderr=told)
    return json.loads(out.getvalue()), told.getvalue()


def test_the_command_warns_of_a_repeat_in_its_result(tmp_path: Path) -> None:
    credit = "credits: [{id: D-1, amount: 100}]"
    inputs = "\n".join(
        [
            "periods:",
            *(f"  - {{period: 2026-0{n}, payees: [{{id: ana, {credit}}}]}}" for n in (1, 2)),
        ]
    )
    found, told = evaluated(tmp_path, PLAN, inputs)
    assert [one["payees"][0]["total"] for one in found["periods"]] == ["10.00", "10.00"]
    (issue,) = found["issues"]
    assert issue["level"] == "warning"
    assert issue["place"] == {
        "path": "periods[1].payees[0].credits[0].id", "line": 3, "column": 57,
    }  # fmt: skip
    assert issue["message"] == "ana: the deal D-1 was already given in 2026-01; it earns again."
    assert f"{tmp_path / 'inputs.yaml'}:periods[1].payees[0].credits[0].id:3:57" in told


def test_the_command_warns_of_a_manager_nobody_knows(tmp_path: Path) -> None:
    inputs = "period: 2026-01\npayees:\n  - {id: ana, manager: zoe}\n"
    found, told = evaluated(tmp_path, PLAN, inputs)
    assert [(one["code"], one["place"]["line"]) for one in found["issues"]] == [
        ("inputs.unknown_manager", 3)
    ]
    assert "zoe" in told


def test_the_command_tells_where_an_example_fails(tmp_path: Path) -> None:
    plan = f"""{PLAN}examples:
  - given: {{measures: {{revenue: 100}}}}
    expect:
      total: 10
      lines:
        line: 11
  - given:
      objectives: 5
    expect: {{total: 0}}
  - given: {{measures: {{revenue: 100}}}}
    expect: {{total: ten}}
"""
    found, _ = evaluated(tmp_path, plan, "{period: 2026-01, payees: [{id: ana}]}")
    assert [
        (one["code"], one["place"]["path"], one["place"]["line"]) for one in found["issues"]
    ] == [
        ("plan.example_fails", "examples[0].expect.lines.line", 14),
        ("plan.wrong_type", "examples[1].given.objectives", 16),
        ("number.not_a_number", "examples[2].expect.total", 19),
    ]
    assert all(one["place"]["file"].endswith("plan.yaml") for one in found["issues"])


def test_the_command_refuses_a_parameter_of_0_as_quota(tmp_path: Path) -> None:
    steps = "steps: [{step: quota_rate, base: revenue, pay: 100, quota: goal}]"
    flat = "steps: [{step: flat_rate, base: revenue, rate: 10 %}]"
    plan = PLAN.replace(flat, steps) + "parameters: {goal: 0}\n"
    found, _ = evaluated(tmp_path, plan, "{period: 2026-01, payees: [{id: ana}]}")
    assert [
        (one["code"], one["place"]["path"], one["place"]["line"]) for one in found["issues"]
    ] == [("plan.zero_quota", "parameters.goal", 9)]
    found, _ = evaluated(
        tmp_path, plan.replace("goal: 0", "goal: 10"), "{period: 2026-01, payees: []}"
    )
    assert found["payees"] == []


def test_attributes_hold_words_not_lists() -> None:
    text = "period: 2026-01\npayees: [{id: ana, credits: [{id: D, attributes: {kind: [a, b]}}]}]\n"
    path = "payees[0].credits[0].attributes.kind"
    assert refusals(text) == [("plan.wrong_type", path, 2)]


def test_who_leaves_before_coming_is_told() -> None:
    text = (
        "period: 2026-01\npayees: [{id: ana, present_from: 2026-01-20, present_to: 2026-01-20}]\n"
    )
    assert refusals(text) == [("inputs.days_empty", "payees[0].present_to", 2)]
    hired = text.replace("present_from", "hired_on")
    assert refusals(hired) == [("inputs.days_empty", "payees[0].present_to", 2)]


@pytest.mark.parametrize(("share", "is_told"), [("50", True), ("-1/2", True), ("100 %", False)])
def test_a_share_of_more_than_the_whole_is_told(share: str, is_told: bool) -> None:
    text = f"period: 2026-01\npayees: [{{id: ana, credits: [{{id: D, share: {share}}}]}}]\n"
    path = "payees[0].credits[0].share"
    assert notes(text) == ([("inputs.share_unusual", path, 2)] if is_told else [])


@pytest.mark.parametrize(
    ("conversion", "key"),
    [
        ("{rates: {USD: 0.9}}", "rates"),
        ("{rate_of: payment, average_over: days}", "average_over"),
        ("{rate_of: plan, rates: {USD: 0.9}, max_age_days: 3}", "max_age_days"),
    ],
)
def test_a_setting_of_another_rate_is_refused(tmp_path: Path, conversion: str, key: str) -> None:
    plan = f"{PLAN}conversion: {conversion}\n"
    found, _ = evaluated(tmp_path, plan, "{period: 2026-01, payees: []}")
    assert [(one["code"], one["place"]["path"]) for one in found["issues"]] == [
        ("plan.not_of_rate", f"conversion.{key}")
    ]


def test_who_has_no_manager_has_the_default_of_a_measure_of_peers() -> None:
    plan = """
    measures: {desk: {peers: revenue, default: 7}}
    line: [{step: fixed_amount, amount: desk}]
    """
    inputs = "{period: 2026-01, payees: [{id: ana, measures: {revenue: 5}}]}"
    assert paid(plan, inputs) == [7]


def test_the_command_tells_a_figure_that_nothing_reads(tmp_path: Path) -> None:
    inputs = "{period: 2026-01, payees: [{id: ana, measures: {revenu: 5}}]}"
    found, told = evaluated(tmp_path, PLAN, inputs)
    assert [one["code"] for one in found["issues"]] == ["inputs.unread"]
    assert "revenue" in told
