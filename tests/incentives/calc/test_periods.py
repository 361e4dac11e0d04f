"""Several periods in one document: what flows, what is stated, what is refused."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from incentives.calc import (
    Chain,
    amount_text,
    calculate,
    calculate_periods,
    check_examples,
    inputs_hash,
    parse_document,
    parse_inputs,
    parse_plan,
)
from kernel.documents import load_text
from kernel.issues import Invalid
from kernel.numbers import as_text
from tests.incentives.calc.building import plan_of
from tests.incentives.calc.test_plan_format import block

DRAW = (
    {"step": "fixed_amount", "amount": "gross"},
    {"step": "draw", "draw": "2000", "balance": "debt"},
)
GROSS = {"gross": {"given": "gross"}}


def month(number: int, gross: str, **payee: Any) -> dict[str, Any]:
    body = {"id": "ana", "measures": {"gross": gross}, **payee}
    return {"period": f"2026-{number:02}", "payees": [body]}


def chain_of(*periods: dict[str, Any]) -> Chain:
    inputs = parse_document({"periods": list(periods)}, currency="EUR")
    assert isinstance(inputs, tuple)
    return calculate_periods(plan_of(*DRAW, measures=GROSS), inputs)


def totals(chain: Chain) -> list[str]:
    return [amount_text(result.of("ana").total) for _, result in chain.periods]


def test_the_periods_of_the_page_give_what_the_page_says() -> None:
    periods: Any = load_text(block("periods")).value
    chain = chain_of(*periods["periods"])
    assert totals(chain) == ["2000.00", "2000.00", "2850.00"]
    found = chain.ledger["ana"]["EUR"]
    assert {key: amount_text(amount) for key, amount in found.items()} == {
        "earned": "-6850.00",
        "payable": "0.00",
        "held": "0.00",
        "paid": "6850.00",
        "debt": "0.00",
    }


def test_periods_are_calculated_in_order_of_time_whatever_the_order_in_the_file() -> None:
    rows = [month(1, "1500"), month(2, "2375"), month(3, "3000")]
    assert chain_of(*rows).to_bytes() == chain_of(*reversed(rows)).to_bytes()


def test_a_period_has_the_bytes_of_its_own_calculation_with_what_flowed_in_stated() -> None:
    chain = chain_of(month(1, "1500", role="rep"), month(2, "2375"))
    before = chain.periods[0][1].of("ana")
    carried = {key: as_text(value) for key, value in (before.carried or {}).items()}
    alone = parse_inputs(month(2, "2375", role="rep", carried=carried), currency="EUR")
    plan = plan_of(*DRAW, measures=GROSS)
    assert calculate(plan, alone).to_bytes() == chain.periods[1][1].to_bytes()
    assert inputs_hash(alone) == chain.periods[1][1].inputs


def test_a_stated_balance_wins_over_the_one_that_flows() -> None:
    rows = [month(1, "1500"), month(2, "3000", carried={"debt": "-100"})]
    assert totals(chain_of(*rows)) == ["2000.00", "2900.00"]


def test_a_payee_who_is_not_named_is_not_paid_and_their_debt_waits() -> None:
    absent = {"period": "2026-02", "payees": []}
    chain = chain_of(month(1, "1500"), absent, month(3, "3000"))
    assert [len(result.payees) for _, result in chain.periods] == [1, 0, 1]
    assert amount_text(chain.periods[2][1].of("ana").total) == "2500.00"


def test_figures_beside_the_periods_are_shared_by_all_of_them() -> None:
    plan = plan_of({"step": "fixed_amount", "amount": "gross"}, measures=GROSS)
    rows: list[dict[str, Any]] = [
        {"period": f"2026-0{n}", "payees": [{"id": "ana"}]} for n in (1, 2)
    ]
    rows[1]["measures"] = {"gross": "7"}
    inputs = parse_document({"measures": {"gross": "5"}, "periods": rows}, currency="EUR")
    assert isinstance(inputs, tuple)
    assert totals(calculate_periods(plan, inputs)) == ["5.00", "7.00"]


@pytest.mark.parametrize(
    ("document", "codes"),
    [
        ({"periods": []}, ["plan.wrong_type"]),
        ({"periods": [month(1, "1"), month(1, "1")]}, ["inputs.periods_overlap"]),
        ({"periods": [month(1, "x"), month(2, "1,234")]},
         ["number.ambiguous", "number.not_a_number"]),
        ({"periods": [month(1, "1")], "payees": []}, ["inputs.unknown_key"]),
        ({"periods": [{"payees": []}]}, ["plan.wrong_type"]),
    ],
)  # fmt: skip
def test_bad_periods_are_refused_all_at_once(document: Any, codes: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        parse_document(document, currency="EUR")
    assert sorted(issue.code for issue in caught.value.issues) == codes


def test_one_period_is_read_where_one_is_expected_and_several_are_refused() -> None:
    assert parse_inputs(month(1, "1"), currency="EUR").period.name == "2026-01"
    with pytest.raises(Invalid) as caught:
        parse_inputs({"periods": [month(1, "1")]}, currency="EUR")
    assert [issue.code for issue in caught.value.issues] == ["inputs.several_periods"]


def example(*expect: dict[str, Any]) -> list[str]:
    given = [{"measures": {"gross": gross}, "period": f"2026-{n:02}"}
             for n, gross in ((1, "1500"), (2, "2375"))]  # fmt: skip
    row = {"given": {"periods": given}, "expect": {"periods": list(expect)}}
    return [i.code for i in check_examples(plan_of(*DRAW, measures=GROSS, examples=[row]))]


def test_an_example_of_a_plan_may_go_over_several_periods() -> None:
    assert example({"total": "2000"}, {"total": "2000.00", "lines": {"commission": "2000"}}) == []
    assert example({}, {"total": "2000"}) == []
    assert example({"total": "1500"}, {"total": "2000"}) == ["plan.example_fails"]
    assert example({"total": "2000"}) == ["plan.example_unreadable"]


def write(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_the_command_prints_periods_lines_and_ledger(tmp_path: Path) -> None:
    plan = write(tmp_path / "plan.json", dict(plan_of(*DRAW, measures=GROSS).document))
    rows = [month(1, "1500"), month(2, "2375")]
    inputs = write(tmp_path / "inputs.json", {"periods": rows})
    words = ["evaluate_plan", "--plan", plan, "--inputs", inputs]
    out, text = StringIO(), StringIO()
    call_command(*words, "--json", stdout=out)
    call_command(*words, "--no-trace", "--language", "en", stdout=text)
    found = json.loads(out.getvalue())
    assert set(found) == {"periods", "ledger", "issues"}
    assert [period["period"] for period in found["periods"]] == ["2026-01", "2026-02"]
    assert found["ledger"]["ana"]["EUR"]["debt"] == "-125.00"
    assert "2026-02\nana: 2000.00 EUR\n  commission: 2000.00\n" in text.getvalue()
    assert text.getvalue().endswith("earned -3875.00; payable 0.00; held 0.00; "
                                    "paid 4000.00; debt -125.00\n")  # fmt: skip


ADJUSTED = {"id": "A-1", "amount": "-12.30", "reason": "Shared deal", "approved_by": "hr"}


def adjusted(**parts: Any) -> dict[str, Any]:
    return month(1, "3000", adjustments=[{**ADJUSTED, **parts}])


def test_an_adjustment_is_a_line_of_its_own_and_no_computed_line_changes() -> None:
    payee = chain_of(adjusted()).periods[0][1].of("ana")
    assert [(line.component, amount_text(line.amount)) for line in payee.lines] == [
        ("commission", "3000.00"),
        ("adjustment.A-1", "-12.30"),
    ]
    assert amount_text(payee.total) == "2987.70"
    of_line = [p for p in payee.ledger if p.component == "adjustment.A-1"]
    assert [(p.entry, p.account, amount_text(p.amount)) for p in of_line] == [
        ("adjusted", "earned", "12.30"),
        ("adjusted", "payable", "-12.30"),
        ("paid", "payable", "12.30"),
        ("paid", "paid", "-12.30"),
    ]


@pytest.mark.parametrize(
    ("parts", "codes"),
    [
        ({"reason": None}, ["plan.missing_key"]),
        ({"approved_by": None}, ["plan.missing_key"]),
        ({"approved_by": "ana"}, ["inputs.second_person"]),
        ({"entered_by": "hr"}, ["inputs.second_person"]),
        ({"amount": "1.234"}, ["money.too_fine"]),
        ({"amount": None}, ["plan.missing_key"]),
    ],
)
def test_an_adjustment_without_cause_or_second_person_is_refused(
    parts: dict[str, Any], codes: list[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        parse_inputs(adjusted(**parts), currency="EUR")
    assert [issue.code for issue in caught.value.issues] == codes


def event(**parts: Any) -> dict[str, Any]:
    row = {"event": "cancelled", "credit": "D-1", "on": "2026-01-20", **parts}
    return month(1, "1", credits=[{"id": "D-1", "amount": "100"}], events=[row])


@pytest.mark.parametrize(
    ("parts", "codes"),
    [
        ({"event": "canceled"}, ["plan.unknown_choice"]),
        ({"credit": "D-2"}, ["inputs.unknown_deal"]),
        ({"on": "2026-02-01"}, ["inputs.event_later"]),
        ({"on": None}, ["plan.missing_key"]),
        ({"amount": "-5"}, ["inputs.negative"]),
        ({"event": "milestone"}, ["plan.missing_key"]),
        ({"event": "collected", "served_months": "3"}, ["inputs.event_key"]),
    ],
)
def test_a_bad_event_is_refused_with_its_reason(parts: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        parse_inputs(event(**parts), currency="EUR")
    assert [issue.code for issue in caught.value.issues] == codes


def test_the_same_event_without_the_mistake_is_read() -> None:
    (found,) = parse_inputs(event(amount="50"), currency="EUR").payees[0].events
    assert (found.kind, found.credit, str(found.amount)) == ("cancelled", "D-1", "50")


def test_an_event_may_name_a_deal_of_an_earlier_period_or_an_open_one() -> None:
    rows = [event(), month(2, "1", events=[{"event": "collected", "credit": "D-1",
                                            "on": "2026-02-02"}])]  # fmt: skip
    chain_of(*rows)
    item = {"component": "commission", "credit": "D-0", "since": "2025-11-03", "amount": "5"}
    body = month(1, "1", open=[item], events=[{"event": "cancelled", "credit": "D-0",
                                               "on": "2026-01-05"}])  # fmt: skip
    (found,) = parse_inputs(body, currency="EUR").payees[0].open or ()
    assert (found.kind, found.amount, found.paid) == ("paid", found.amount, found.amount)


def test_a_plan_document_of_one_period_is_printed_as_before(tmp_path: Path) -> None:
    plan = write(tmp_path / "plan.json", dict(plan_of(*DRAW, measures=GROSS).document))
    inputs = write(tmp_path / "inputs.json", month(1, "1500"))
    out = StringIO()
    call_command("evaluate_plan", "--plan", plan, "--inputs", inputs, "--json", stdout=out)
    (payee,) = json.loads(out.getvalue())["payees"]
    assert [(p["entry"], p["account"], p["amount"]) for p in payee["ledger"]] == [
        ("earned", "earned", "-1500.00"),
        ("earned", "payable", "1500.00"),
        ("advanced", "debt", "-500.00"),
        ("advanced", "payable", "500.00"),
        ("paid", "payable", "-2000.00"),
        ("paid", "paid", "2000.00"),
    ]
    parse_plan(json.loads((tmp_path / "plan.json").read_text(encoding="utf-8")))
