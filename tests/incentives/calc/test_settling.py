"""Properties of settling deals over periods: everything adds up to the cent, however it is cut."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incentives.calc import (
    Chain,
    PayeeResult,
    Plan,
    amount_text,
    calculate,
    calculate_periods,
    parse_document,
    parse_inputs,
    parse_plan,
)
from incentives.calc.facts import EVENTS
from kernel.issues import Invalid
from kernel.numbers import as_text
from tests.incentives.calc.building import plan_of
from tests.incentives.calc.test_plan_format import block

FLAT: dict[str, Any] = {"step": "flat_rate", "base": "revenue", "rate": "7.3 %"}
BY_DEAL = {**FLAT, "by": "deal"}
TIERS: dict[str, Any] = {
    "step": "marginal_tiers",
    "base": "revenue",
    "tiers": [{"from": "0", "rate": "3 %"}, {"from": "5000", "rate": "8 %"}],
}
SCHEDULE: dict[str, Any] = {
    "step": "payment_schedule",
    "parts": [
        {"share": "33.34 %"},
        {"share": "33.33 %", "after_months": "2"},
        {"share": "33.33 %", "at": "go_live"},
    ],
}
EARNING = st.sampled_from([FLAT, BY_DEAL, TIERS])
CENTS = st.integers(1, 3_000_000)


def euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def deal(number: int, cents: int, day: str = "2026-01-10", **attributes: str) -> dict[str, Any]:
    return {"id": f"d{number}", "closed_at": day, "amount": euros(cents), "attributes": attributes}


def event(kind: str, number: int, day: str, cents: int | None = None, **more: str) -> Any:
    row = {"event": kind, "credit": f"d{number}", "on": day, **more}
    return row if cents is None else {**row, "amount": euros(cents)}


def month(number: int, **payee: Any) -> dict[str, Any]:
    return {"period": f"2026-{number:02}", "payees": [{"id": "ana", **payee}]}


def run(plan: Plan, *periods: dict[str, Any]) -> Chain:
    inputs = parse_document({"periods": list(periods)}, currency="EUR")
    assert isinstance(inputs, tuple)
    return calculate_periods(plan, inputs)


def of(chain: Chain) -> list[PayeeResult]:
    return [result.of("ana") for _, result in chain.periods]


def totals(chain: Chain) -> list[str]:
    return [amount_text(payee.total) for payee in of(chain)]


@given(EARNING, st.lists(CENTS, min_size=1, max_size=6), st.data())
def test_a_whole_deal_that_is_cancelled_gives_back_exactly_what_was_paid_on_it(
    earning: dict[str, Any], amounts: list[int], data: st.DataObject
) -> None:
    plan = plan_of(earning, {"step": "clawback"})
    credits = [deal(n, cents) for n, cents in enumerate(amounts)]
    chosen = data.draw(st.integers(0, len(amounts) - 1))
    cut = data.draw(st.integers(1, amounts[chosen]))
    chain = run(
        plan,
        month(1, credits=credits),
        month(2, events=[event("cancelled", chosen, "2026-02-03", cut)]),
        month(3, events=[event("cancelled", chosen, "2026-03-03")]),
    )
    first, second, third = of(chain)
    paid = {item.credit: item.paid.minor for item in first.open}.get(f"d{chosen}", 0)
    assert second.total.minor + third.total.minor == -paid
    assert sum(item.paid.minor for item in first.open) == first.total.minor
    assert [item.credit for item in third.open] == [
        item.credit for item in first.open if item.credit != f"d{chosen}"
    ]


@given(EARNING, CENTS, st.integers(1, 100), st.lists(CENTS, max_size=6))
def test_a_holdback_releases_the_same_over_any_split_of_the_money(
    earning: dict[str, Any], cents: int, share: int, payments: list[int]
) -> None:
    plan = plan_of(earning, {"step": "holdback", "share": f"{share} %"})
    events = [event("collected", 0, "2026-02-03", paid) for paid in payments]
    rows = [month(1, credits=[deal(0, cents)])]
    rows += [month(n, events=[{**e, "on": f"2026-{n:02}-03"}]) for n, e in enumerate(events, 2)]
    rows.append(month(9, events=[event("collected", 0, "2026-09-03")]))
    chain = run(plan, *rows)
    whole = run(plan_of(earning), rows[0])
    assert sum(payee.total.minor for payee in of(chain)) == of(whole)[0].total.minor
    assert chain.ledger["ana"]["EUR"]["held"].minor == 0
    assert of(chain)[-1].open == ()


@given(EARNING, CENTS, st.integers(1, 7))
def test_a_schedule_pays_the_whole_amount_when_all_parts_are_due(
    earning: dict[str, Any], cents: int, live: int
) -> None:
    rows = [month(1, credits=[deal(0, cents)])]
    rows += [month(n) for n in range(2, 9)]
    rows[live - 1]["payees"][0]["events"] = [
        event("milestone", 0, f"2026-{live:02}-20", name="go_live")
    ]
    chain = run(plan_of(earning, SCHEDULE), *rows)
    whole = of(run(plan_of(earning), rows[0]))[0]
    assert sum(payee.total.minor for payee in of(chain)) == whole.total.minor
    assert all(payee.total.minor >= 0 for payee in of(chain))
    assert of(chain)[-1].open == ()


SETTLING = st.sampled_from(
    [
        [{"step": "clawback"}],
        [{"step": "clawback", "prorate": "months", "contract_months": "12"}],
        [{"step": "clawback", "window_months": "2"}],
        [{"step": "holdback", "share": "40 %"}],
        [{"step": "holdback", "release": "full", "window_months": "1", "at_window": "forfeit"}],
        [SCHEDULE],
        [SCHEDULE, {"step": "clawback"}],
        [{"step": "holdback", "share": "40 %"}, SCHEDULE, {"step": "clawback"}],
        [{"step": "holdback"}, {"step": "clawback", "negative": "carry"}],
        [{"step": "clawback", "negative": "zero"}],
        [{"step": "holdback", "share": "50 %", "window_days": "40"}],
        [
            {
                "step": "clawback",
                "bands": [{"from": "0", "share": "80 %"}, {"from": "1", "share": "33 %"}],
            }
        ],
    ]
)


@st.composite
def facts(draw: st.DrawFn, *, plain: bool = False) -> tuple[list[Any], list[Any]]:
    """Deals of January to June 2026, and what happened to them until August."""
    begin = date(2026, 1, 1)
    least = 1 if plain else -300_000
    # whether a deal is held when its period ends depends on the period
    kinds = EVENTS[:3] if plain else EVENTS
    credits, events = [], []
    for number in range(draw(st.integers(1, 4))):
        cents = draw(st.integers(least, 3_000_000))
        closed = begin + timedelta(days=draw(st.integers(0, 180)))
        credits.append(deal(number, cents, closed.isoformat()))
        for _ in range(draw(st.integers(0, 3))):
            on = closed + timedelta(days=draw(st.integers(0, 60)))
            kind = draw(st.sampled_from(kinds))
            if kind not in ("collected", "cancelled"):
                events.append(event(kind, number, on.isoformat(), name="go_live"))
            else:
                amount = draw(st.none() | st.integers(1, 2_000_000))
                events.append(event(kind, number, on.isoformat(), amount))
    return credits, events


def months(credits: Sequence[Any], events: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        month(
            n,
            credits=[c for c in credits if c["closed_at"][5:7] == f"{n:02}"],
            events=[e for e in events if e["on"][5:7] == f"{n:02}"],
        )
        for n in range(1, 10)
    ]


@given(EARNING, SETTLING, facts())
def test_the_ledger_sums_to_zero_and_agrees_with_lines_and_open_deals(
    earning: dict[str, Any], settling: list[Any], found: tuple[list[Any], list[Any]]
) -> None:
    chain = run(plan_of(earning, *settling), *months(*found))
    for payee in of(chain):
        assert sum(posting.amount.minor for posting in payee.ledger) == 0
        due = [p.amount.minor for p in payee.ledger if (p.entry, p.account) == ("paid", "paid")]
        assert sum(due) == payee.total.minor
        assert not [i for i in payee.issues if i.code == "calculation.no_value"]
    accounts = chain.ledger["ana"]["EUR"]
    last = of(chain)[-1]
    assert accounts["held"].minor == sum(item.held.minor for item in last.open)
    assert accounts["paid"].minor == sum(payee.total.minor for payee in of(chain))
    debt = sum((last.carried or {}).values(), Fraction(0))
    assert accounts["debt"].amount == debt <= 0
    assert accounts["payable"].minor == 0


@given(SETTLING, facts(plain=True))
def test_months_pay_together_what_one_long_period_pays(
    settling: list[Any], found: tuple[list[Any], list[Any]]
) -> None:
    credits, events = found
    # amounts whose commissions are whole cents: the rounding of each line cannot differ
    credits = [{**c, "amount": c["amount"].replace(".", "") + "00"} for c in credits]
    events = [e | ({"amount": e["amount"].replace(".", "") + "00"} if "amount" in e else {})
              for e in events]  # fmt: skip
    exact = {"step": "flat_rate", "base": "revenue", "rate": "10 %", "by": "deal"}
    # what is blocked, or owed in between, depends on the period in which a line falls below 0
    settling = [{k: v for k, v in s.items() if k != "negative"} for s in settling]
    plan = plan_of(exact, *settling)
    parts = run(plan, *months(credits, events))
    whole = {"period": "2026-01-01/2026-10-01",
             "payees": [{"id": "ana", "credits": credits, "events": events}]}  # fmt: skip
    once = run(plan, whole)
    assert parts.ledger == once.ledger
    assert of(parts)[-1].open == of(once)[-1].open or settling[-1].get("window_months") == "2"


@given(EARNING, SETTLING, facts(), st.data())
def test_the_order_in_the_file_does_not_change_a_byte(
    earning: dict[str, Any],
    settling: list[Any],
    found: tuple[list[Any], list[Any]],
    data: st.DataObject,
) -> None:
    credits, events = found
    plan = plan_of(earning, *settling)
    mixed = months(data.draw(st.permutations(credits)), data.draw(st.permutations(events)))
    first = run(plan, *months(credits, events))
    assert first.to_bytes() == run(plan, *data.draw(st.permutations(mixed))).to_bytes()


@given(EARNING, SETTLING, facts())
def test_open_deals_are_read_back_as_they_are_written(
    earning: dict[str, Any], settling: list[Any], found: tuple[list[Any], list[Any]]
) -> None:
    plan = plan_of(earning, *settling)
    rows = months(*found)
    chain = run(plan, *rows)
    for number, (_, result) in enumerate(chain.periods[1:], start=1):
        before = chain.periods[number - 1][1].of("ana")
        written: Any = before.as_json()
        carried = {key: as_text(value) for key, value in (before.carried or {}).items()}
        alone = {**rows[number]["payees"][0], "carried": carried}
        alone["open"] = written["open"] or None
        body = {"period": rows[number]["period"], "payees": [alone], "events": []}
        known = {item["credit"] for item in written["open"]} | {c["id"] for c in alone["credits"]}
        alone["events"] = [e for e in alone["events"] if e["credit"] in known]
        again = calculate(plan, parse_inputs(body, currency="EUR")).of("ana")
        assert again.lines == result.of("ana").lines
        assert again.open == result.of("ana").open
        assert again.ledger == result.of("ana").ledger


CLAWBACK = {"step": "clawback"}


def test_the_deals_of_the_page_are_settled_as_the_page_says() -> None:
    inputs = parse_document(block("settled inputs"), currency="EUR")
    assert isinstance(inputs, tuple)
    chain = calculate_periods(parse_plan(block("settled plan")), inputs)
    assert totals(chain) == ["1500.00", "900.00", "-900.00"]
    accounts = chain.ledger["ana"]["EUR"]
    assert {key: amount_text(amount) for key, amount in accounts.items()} == {
        "earned": "-1500.00",
        "payable": "0.00",
        "held": "0.00",
        "paid": "1500.00",
        "debt": "0.00",
    }


def test_a_cancelled_deal_of_the_team_is_taken_back_from_its_manager() -> None:
    measures = {"revenue": {"sum": "amount"}, "team": {"team": "revenue"}}
    plan = plan_of({**FLAT, "base": "team", "rate": "2 %"}, CLAWBACK, measures=measures)
    rep = {"id": "rep", "manager": "boss", "credits": [deal(1, 100_000), deal(2, 50_000)]}
    rows: list[Any] = [
        {"period": "2026-01", "payees": [{"id": "boss"}, rep]},
        {
            "period": "2026-02",
            "events": [event("cancelled", 2, "2026-02-03")],
            "payees": [{"id": "boss"}, {"id": "rep"}],
        },
    ]
    chain = run(plan, *rows)
    paid = [[amount_text(payee.total) for payee in result.payees] for _, result in chain.periods]
    assert paid == [["30.00", "0.00"], ["-10.00", "0.00"]]


def test_an_open_deal_is_settled_after_the_payee_changed_role() -> None:
    component = {"key": "pay", "roles": ["rep"], "steps": [BY_DEAL, CLAWBACK]}
    plan = plan_of(components=[component])
    rows = [
        month(1, role="rep", credits=[deal(1, 100_000)]),
        month(2, role="manager", credits=[deal(2, 100_000)],
              events=[event("cancelled", 1, "2026-02-03")]),
    ]  # fmt: skip
    assert totals(run(plan, *rows)) == ["73.00", "-73.00"]


def test_what_belongs_to_no_deal_is_paid_at_once() -> None:
    plan = plan_of(BY_DEAL, {"step": "floor", "at": "300"}, {"step": "holdback"})
    assert totals(run(plan, month(1), month(2, credits=[deal(1, 1_000_000)]))) == ["300.00", "0.00"]


def test_two_credits_of_one_deal_are_one_open_deal() -> None:
    rows = [
        month(1, credits=[deal(1, 100_000)]),
        month(2, credits=[deal(1, 50_000, "2026-02-01")]),
        month(3, events=[event("cancelled", 1, "2026-03-03")]),
    ]
    chain = run(plan_of(BY_DEAL, CLAWBACK), *rows)
    assert totals(chain) == ["73.00", "36.50", "-109.50"]


def test_a_weight_and_a_coarse_rounding_are_taken_back_as_they_were_paid() -> None:
    component = {"key": "pay", "weight": "1", "steps": [BY_DEAL, CLAWBACK]}
    plan = plan_of(components=[component], rounding={"places": "0"})
    credits = [deal(1, 100_100), deal(2, 100_100), deal(3, 333)]
    cancelled = [event("cancelled", n, "2026-02-03") for n in (1, 2, 3)]
    chain = run(plan, month(1, credits=credits), month(2, events=cancelled))
    assert totals(chain) == ["146.00", "-146.00"]


def test_what_the_cap_of_the_plan_kept_back_is_not_taken_back() -> None:
    plan = plan_of(BY_DEAL, CLAWBACK, steps=[{"step": "cap", "at": "100"}])
    chain = run(
        plan,
        month(1, credits=[deal(1, 200_000), deal(2, 200_000)]),
        month(2, events=[event("cancelled", 1, "2026-02-03", 100_000)]),
        month(3, events=[event("cancelled", 1, "2026-03-03")]),
        month(4, events=[event("cancelled", 2, "2026-04-03")]),
    )
    assert totals(chain) == ["100.00", "-25.00", "-25.00", "-50.00"]


def test_a_debt_that_the_plan_recovers_is_not_kept_back_from_a_deal() -> None:
    plan = plan_of(BY_DEAL, CLAWBACK, steps=[{"step": "draw", "draw": "50", "balance": "debt"}])
    chain = run(
        plan,
        month(1),
        month(2, credits=[deal(1, 200_000)]),
        month(3, credits=[deal(2, 400_000)], events=[event("cancelled", 1, "2026-03-03")]),
    )
    assert totals(chain) == ["50.00", "96.00", "146.00"]


def test_a_deal_that_somebody_holds_is_not_paid_until_it_is_released() -> None:
    plan = plan_of(BY_DEAL, {"step": "holdback", "share": "0"})
    chain = run(
        plan,
        month(1, credits=[deal(1, 200_000), deal(2, 100_000)],
              events=[event("held", 1, "2026-01-20", name="customer disputes the invoice")]),
        month(2),
        month(3, events=[event("released", 1, "2026-03-03")]),
    )  # fmt: skip
    assert totals(chain) == ["73.00", "0.00", "146.00"]
    assert [[item.kind for item in payee.open] for payee in of(chain)] == [["held"], ["held"], []]


def test_a_held_deal_that_is_cancelled_lapses() -> None:
    plan = plan_of(BY_DEAL, CLAWBACK)
    chain = run(
        plan,
        month(1, credits=[deal(1, 200_000)], events=[event("held", 1, "2026-01-20")]),
        month(2, events=[event("cancelled", 1, "2026-02-03")]),
        month(3, events=[event("released", 1, "2026-03-03")]),
    )
    assert totals(chain) == ["0.00", "0.00", "0.00"]
    assert chain.ledger["ana"]["EUR"]["earned"].minor == 0


def issues(plan: Plan, *periods: dict[str, Any]) -> list[str]:
    return [issue.code for payee in of(run(plan, *periods)) for issue in payee.issues]


def test_what_changes_nothing_is_told() -> None:
    sold = month(1, credits=[deal(1, 100_000)])
    plan = plan_of(BY_DEAL, {"step": "holdback"}, SCHEDULE)
    too_much = month(2, events=[event("collected", 1, "2026-02-03", 120_000)])
    assert issues(plan, sold, too_much) == ["calculation.event_too_large"]
    typo = month(2, events=[event("milestone", 1, "2026-02-03", name="golive")])
    assert issues(plan, sold, typo) == ["calculation.milestone_unknown"]
    cancelled = month(2, events=[event("cancelled", 1, "2026-02-03")])
    assert issues(plan_of(BY_DEAL), sold, cancelled) == ["calculation.event_unheard"]
    prorated = plan_of(BY_DEAL, {**CLAWBACK, "prorate": "months"})
    assert issues(prorated, sold, cancelled) == ["calculation.contract_unknown"]
    known = month(1, credits=[deal(1, 100_000, contract_months="12")])
    assert issues(prorated, known, cancelled) == []


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        ([BY_DEAL, CLAWBACK, {"step": "cap", "at": "5"}], ["plan.settling_last"]),
        ([BY_DEAL, CLAWBACK, CLAWBACK], ["plan.doubled_settling"]),
        ([{"step": "fixed_amount", "amount": "5"}, CLAWBACK], ["plan.deals_unknown"]),
        ([{**FLAT, "base": "revenue - 5"}, CLAWBACK], ["plan.deals_unknown"]),
        ([BY_DEAL, {"step": "payment_schedule", "parts": [{"share": "50 %"}]}],
         ["plan.schedule_sum"]),
        ([BY_DEAL, {"step": "holdback", "window_days": "5", "window_months": "5"}],
         ["plan.two_windows"]),
        ([BY_DEAL, {**CLAWBACK, "prorate": "months", "bands": [{"from": "0", "share": "1"}]}],
         ["plan.two_shares"]),
        ([BY_DEAL, {**CLAWBACK, "bands": [{"from": "1", "share": "1"}]}], ["plan.bands_start"]),
        ([BY_DEAL, {**CLAWBACK, "window_days": "5", "window_months": "5"}], ["plan.two_windows"]),
    ],
)  # fmt: skip
def test_a_settling_step_that_cannot_work_is_refused(steps: list[Any], codes: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        plan_of(*steps)
    assert [issue.code for issue in caught.value.issues] == codes


def test_the_same_steps_without_the_mistake_are_accepted() -> None:
    plan = plan_of({**FLAT, "base": "revenue - 5"}, {**CLAWBACK, "base": "revenue"})
    assert parse_plan(dict(plan.document)).hash == plan.hash
