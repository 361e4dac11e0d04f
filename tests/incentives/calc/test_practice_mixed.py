"""Mechanics combined as contracts combine them; every amount worked out by hand beside it."""

import pytest

from incentives.calc import parse_plan
from kernel.issues import Invalid
from tests.incentives.calc.practising import F, cents, paid, totals


def test_an_override_of_two_levels_with_a_credit_note_below() -> None:
    plan = """
    measures: {own: {sum: amount}, direct: {team: own}, below: {team: own, depth: all}}
    components:
      - key: own
        roles: [rep]
        steps: [{step: marginal_tiers, base: own,
            tiers: [{from: 0, rate: 4 %}, {from: 10000, rate: 6 %}]}]
      - key: override
        roles: [manager, director]
        steps:
          - {step: flat_rate, base: direct, rate: 1.5 %}
          - {step: flat_rate, base: below - direct, rate: 0.75 %}
    """
    inputs = """
    period: 2026-Q1
    payees:
      - {id: ana, role: rep, manager: max,
          credits: [{id: 1, amount: 15000}, {id: 2, amount: -2333.33}]}
      - {id: ben, role: rep, manager: max, credits: [{id: 3, amount: 8000}]}
      - {id: max, role: manager, manager: dee, credits: [{id: 4, amount: 999.99}]}
      - {id: dee, role: director}
    """
    reps = F("12666.67") + 8000
    expected = {
        "ana": cents(400 + F("2666.67") * F("0.06")),
        "ben": F(320),
        "max": cents(reps * F("0.015")),
        "dee": cents(F("999.99") * F("0.015") + reps * F("0.0075")),
    }
    assert totals(plan, inputs) == [expected]


def test_the_last_pay_of_a_leaver_covers_draws_and_a_clawback() -> None:
    plan = """
    line: [{step: flat_rate, base: revenue, rate: 10 %, by: deal},
        {step: clawback, window_months: 3}]
    steps: [{step: draw, draw: 1000, on_leaving: recover}]
    """
    inputs = """
    periods:
      - {period: 2026-01,
          payees: [{id: ana, credits: [{id: A, closed_at: 2026-01-10, amount: 6000}]}]}
      - period: 2026-02
        payees:
          - id: ana
            credits: [{id: B, closed_at: 2026-02-12, amount: 5000}]
            events: [{event: cancelled, credit: A, on: 2026-02-10, amount: 3000}]
      - period: 2026-03
        payees: [{id: ana, present_to: 2026-03-20,
            credits: [{id: C, closed_at: 2026-03-01, amount: 20000}]}]
    """
    # debts: 400, then 400 + 1000 - (500 - 300) = 1200, taken off the last 2000
    assert paid(plan, inputs) == [1000, 1000, 800]


def test_part_time_and_two_absences_through_both_switches() -> None:
    plan = """
    measures:
      asked: {presence: share, counted: hours, switch: objective}
      there: {presence: share, counted: hours, switch: payout}
    absences: {sick: {objective: true, payout: true}, maternity: {objective: true}}
    line:
      - {step: prorate_measure, measure: quota, share: asked}
      - step: payout_curve
        value: revenue / quota
        pay: 2000
        points: [{at: 50 %, pays: 0}, {at: 100 %, pays: 100 %}, {at: 200 %, pays: 300 %}]
      - {step: prorate_pay, share: there}
    """
    inputs = """
    period: 2026-02
    payees:
      - id: ana
        objectives: {revenue: 20000}
        measures: {revenue: 12000}
        working_time: [{to: 2026-02-16, share: 1}, {from: 2026-02-16, share: 0.6}]
        absences:
          - {kind: sick, from: 2026-02-05, to: 2026-02-10}
          - {kind: maternity, from: 2026-02-23, to: 2026-03-10}
    """
    # 20 working days: ten whole ones less three of sickness; ten at 60 %, five of them maternity
    asked, there = (7 + 5 * F("0.6")) / 20, (7 + 10 * F("0.6")) / 20
    attainment = F(12000) / (20000 * asked)
    assert attainment > 1
    assert paid(plan, inputs) == [cents(2000 * (1 + 2 * (attainment - 1)) * there)]


def test_thirds_of_a_deal_held_by_halves_and_taken_back_to_the_cent() -> None:
    plan = """
    line:
      - {step: flat_rate, base: whole, rate: 3.33 %, by: deal}
      - {step: money_split}
      - {step: holdback, share: 50 %}
      - {step: clawback}
    """
    deal = "credits: [{id: D, closed_at: 2026-01-10, amount: 1000.01, share: 1/3}]"
    people = "payees: [{id: ana}, {id: ben}, {id: cleo}]"
    inputs = f"""
    periods:
      - period: 2026-01
        payees: [{{id: ana, {deal}}}, {{id: ben, {deal}}}, {{id: cleo, {deal}}}]
      - period: 2026-02
        events: [{{event: collected, credit: D, on: 2026-02-02, amount: 500}}]
        {people}
      - period: 2026-03
        events: [{{event: cancelled, credit: D, on: 2026-03-02}}]
        {people}
    """
    # 33.30 in thirds of 11.10: half of it at once, half of the rest with half of the money
    found = totals(plan, inputs)
    released = cents(F("5.55") * F(500) / F("1000.01"))
    for one in ("ana", "ben", "cleo"):
        assert [month[one] for month in found] == [
            F("5.55"), released, -F("5.55") - released,
        ]  # fmt: skip


def test_a_weight_a_cap_by_deal_a_multiplier_and_money_in_full() -> None:
    plan = """
    measures: {quality: {kpi: quality}}
    components:
      - key: deals
        weight: 70 %
        steps:
          - {step: flat_rate, base: revenue, rate: 10 %, by: deal}
          - {step: cap, at: 80, scope: deal}
          - {step: multiplier, value: quality,
              bands: [{from: 0, multiple: 0.9}, {from: 1, multiple: 1.25}]}
          - {step: holdback, release: full}
      - {key: rest, weight: 30 %, steps: [{step: fixed_amount, amount: 10}]}
    """
    inputs = """
    periods:
      - period: 2026-01
        payees:
          - id: ana
            kpis: {quality: 1}
            credits: [{id: D, closed_at: 2026-01-10, amount: 1000},
                {id: E, closed_at: 2026-01-11, amount: 333.33}]
      - period: 2026-02
        payees:
          - id: ana
            kpis: {quality: 0}
            events:
              - {event: collected, credit: D, on: 2026-02-03, amount: 999.99}
              - {event: collected, credit: E, on: 2026-02-05}
      - period: 2026-03
        payees: [{id: ana, kpis: {quality: 0},
            events: [{event: cancelled, credit: D, on: 2026-03-03, amount: 0.01}]}]
    """
    # (80 + 33.333) x 1.25 x 70 % = 99.17: D 70.00, E 29.17; what is not cancelled of D is collected
    assert paid(plan, inputs) == [3, 3 + F("29.17"), 3 + F(70)]


def test_a_change_of_role_leaves_the_old_deals_to_be_settled() -> None:
    plan = """
    components:
      - key: rep
        roles: [rep]
        steps: [{step: flat_rate, base: revenue, rate: 10 %}, {step: holdback, share: 40 %},
            {step: clawback}]
      - {key: manager, roles: [manager], steps: [{step: fixed_amount, amount: 500}]}
    """
    inputs = """
    periods:
      - period: 2026-01
        payees:
          - id: ana
            role: rep
            credits: [{id: D, closed_at: 2026-01-10, amount: 1000},
                {id: E, closed_at: 2026-01-11, amount: 500}]
      - period: 2026-02
        payees:
          - id: ana
            role: manager
            events:
              - {event: collected, credit: D, on: 2026-02-03}
              - {event: cancelled, credit: E, on: 2026-02-05}
    """
    assert paid(plan, inputs) == [90, 500 + 40 - 30]


def test_what_a_cap_of_the_plan_cut_is_not_taken_back_of_two_lines() -> None:
    plan = """
    components:
      - {key: rate,
          steps: [{step: flat_rate, base: revenue, rate: 10 %, by: deal}, {step: clawback}]}
      - {key: spiff,
          steps: [{step: spiff, events: revenue, amount: 100}, {step: clawback, balance: b}]}
    steps: [{step: cap, at: 600}]
    """
    inputs = """
    periods:
      - period: 2026-01
        payees:
          - id: ana
            credits: [{id: D, closed_at: 2026-01-10, amount: 4000},
                {id: E, closed_at: 2026-01-11, amount: 4000}]
      - {period: 2026-02,
          payees: [{id: ana, events: [{event: cancelled, credit: D, on: 2026-02-03}]}]}
    """
    assert paid(plan, inputs) == [600, -300]


def test_a_debt_of_a_true_up_outlives_the_fiscal_year() -> None:
    plan = """
    measures: {year: {to_date: revenue, year_starts: 4}}
    line:
      - {step: retroactive_tiers, base: year,
          tiers: [{from: 0, rate: 2 %}, {from: 1000, rate: 5 %}]}
      - {step: true_up, year_starts: 4, negative: carry}
    """
    months = [("2026-02", 1000), ("2026-03", -1), ("2026-04", 500), ("2026-05", 600)]
    rows = "\n".join(
        f"- {{period: {name}, payees: [{{id: ana, measures: {{revenue: {sold}}}}}]}}"
        for name, sold in months
    )
    # March 19.98 - 50 = -30.02; April 10 pays a part of it; May 55 - 10 less the rest of 20.02
    assert paid(plan, f"periods:\n{rows}") == [50, 0, 0, F("24.98")]


def test_a_gate_below_a_true_up_loses_what_it_holds_back() -> None:
    plan = """
    measures: {year: {to_date: revenue}, checked: {kpi: checked}}
    line:
      - {step: retroactive_tiers, base: year, tiers: [{from: 0, rate: 0}, {from: 100, rate: 10 %}]}
      - {step: true_up, negative: zero}
      - {step: gate, value: checked, at_least: 1}
    """
    months = [(150, 1), (-60, 1), (20, 0), (20, 1)]
    rows = "\n".join(
        f"- {{period: 2026-0{n}, payees: [{{id: ana, {figures}}}]}}"
        for n, figures in enumerate(
            (f"measures: {{revenue: {sold}}}, kpis: {{checked: {ok}}}" for sold, ok in months),
            start=1,
        )
    )
    # earned to date: 15, 0 (below 100), 11 (closed), 13: only what is new is paid
    assert paid(plan, f"periods:\n{rows}") == [15, 0, 0, 2]


def test_three_rounded_roundings_and_one_fixed_rate() -> None:
    plan = """
    measures: {revenue: {sum: amount, unit: money}}
    conversion: {rate_of: payment, round_places: 1}
    line: [{step: flat_rate, base: revenue, rate: 7.5 %}, {step: round, places: 0, mode: up}]
    """
    inputs = """
    period: 2026-01
    paid_on: 2026-02-05
    rates: [{currency: USD, on: 2026-02-01, rate: 0.307}, {currency: USD, on: 2026-02-06, rate: 1}]
    payees:
      - id: ana
        credits: [{id: 1, amount: 100.55, currency: USD}, {id: 2, amount: 10.001},
            {id: 3, amount: -50.25, currency: USD}]
    """
    # 30.86885 -> 30.9 and -15.42675 -> -15.4; 25.501 x 7.5 % = 1.912575, up to 2
    assert paid(plan, inputs) == [2]


def test_what_is_shared_is_shared_among_those_whom_the_component_is_for() -> None:
    plan = """
    measures: {salary: {given: salary}, large: {count: credits}}
    components:
      - {key: pool, roles: [rep], steps: [{step: team_pool, pool: 1000, weight: salary}]}
      - {key: spiff, roles: [rep],
          steps: [{step: spiff, events: large, amount: 50, first: 1, across: plan}]}
    """
    inputs = """
    period: 2026-01
    payees:
      - {id: ana, role: rep, measures: {salary: 1}, credits: [{id: 2, closed_at: 2026-01-09}]}
      - {id: ben, role: rep, measures: {salary: 2}}
      - {id: max, role: manager, measures: {salary: 3}, credits: [{id: 1, closed_at: 2026-01-02}]}
    """
    assert totals(plan, inputs) == [{"ana": F("383.33"), "ben": F("666.67"), "max": F(0)}]


def test_weights_of_thirds_add_up_exactly() -> None:
    plan = """
    measures: {a: {kpi: a}, b: {kpi: b}, c: {kpi: c}}
    line:
      - step: scorecard
        pay: 900
        items: [{key: a, value: a, weight: 1/3}, {key: b, value: b, weight: 1/3},
            {key: c, value: c, weight: %s}]
    """
    inputs = "{period: 2026-01, payees: [{id: ana, kpis: {a: 1, b: 1/2, c: 0}}]}"
    assert paid(plan % "1/3", inputs) == [450]
    with pytest.raises(Invalid) as caught:
        paid(plan % "0.33", inputs)
    assert [issue.code for issue in caught.value.issues] == ["plan.weights_sum"]


def test_a_bad_month_of_the_year_is_told_and_nothing_crashes() -> None:
    text = """
    key: p
    name: P
    currency: EUR
    period: month
    measures: {sold: {sum: amount}, year: {to_date: sold, year_starts: spring}}
    components: [{key: c, steps: [{step: flat_rate, base: year, rate: 1 %}]}]
    """
    with pytest.raises(Invalid) as caught:
        parse_plan(text)
    assert [issue.place.path for issue in caught.value.issues] == ["measures.year.year_starts"]


@pytest.mark.parametrize("window", ["window_months: 1000000", "window_days: 1000000000000"])
def test_a_window_longer_than_all_dates_never_closes(window: str) -> None:
    plan = f"""
    line:
      - {{step: flat_rate, base: revenue, rate: 10 %}}
      - {{step: holdback, {window}}}
      - {{step: clawback, {window}}}
    """
    inputs = """
    periods:
      - {period: 2026-01,
          payees: [{id: ana, credits: [{id: D, closed_at: 2026-01-10, amount: 50}]}]}
      - {period: 2026-02,
          payees: [{id: ana, events: [{event: collected, credit: D, on: 2026-02-01}]}]}
      - {period: 2099-11,
          payees: [{id: ana, events: [{event: cancelled, credit: D, on: 2099-11-30}]}]}
    """
    assert paid(plan, inputs) == [0, 5, -5]


def test_a_rate_may_be_older_than_anything() -> None:
    plan = """
    conversion: {max_age_days: 1000000000000}
    line: [{step: flat_rate, base: revenue, rate: 10 %}]
    """
    inputs = """
    period: 2026-01
    rates: [{currency: USD, on: 0001-01-01, rate: 0.5}]
    payees: [{id: ana, credits: [{id: D, closed_at: 2026-01-10, amount: 100, currency: USD}]}]
    """
    assert paid(plan, inputs) == [5]
