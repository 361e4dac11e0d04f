"""More plans as companies write them: factors, currencies, presence, orders, periods."""

from fractions import Fraction

from tests.incentives.calc.practising import F, cents, paid

ANA = "{period: 2026-Q1, payees: [{id: ana, objectives: {revenue: %s}, measures: {revenue: %s}}]}"


def test_a_matrix_with_straight_lines_between_its_cells() -> None:
    plan = """
    measures: {growth: {kpi: growth}, margin: {kpi: margin}}
    line:
      - step: matrix
        rows: {value: growth, limits: [0, 10 %, 25 %]}
        columns: {value: margin, limits: [20 %, 30 %]}
        cells: [[0.5, 0.8], [0.9, 1.1], [1.4, 2]]
        pay: 1800
        interpolated: true
    """
    body = "{period: 2026, payees: [{id: ana, kpis: {growth: %s, margin: %s}}]}"
    down, right = (F("0.16") - F("0.1")) / F("0.15"), (F("0.27") - F("0.2")) / F("0.1")
    upper = F("0.9") + right * (F("1.1") - F("0.9"))
    lower = F("1.4") + right * (F("2") - F("1.4"))
    expected = 1800 * (upper + down * (lower - upper))
    assert paid(plan, body % ("16 %", "27 %")) == [cents(expected)]
    assert paid(plan, body % ("40 %", "50 %")) == [3600]
    assert paid(plan, body % ("16 %", "19 %")) == [0]


def test_foreign_deals_at_the_average_rate_of_the_month() -> None:
    plan = """
    conversion: {rate_of: average, round_places: 2}
    line: [{step: flat_rate, base: revenue, rate: 6 %}]
    """
    inputs = """
    period: 2026-02
    rates:
      - {currency: USD, on: 2026-01-30, rate: 0.5}
      - {currency: USD, on: 2026-02-02, rate: 0.91}
      - {currency: USD, on: 2026-02-16, rate: 0.925}
      - {currency: USD, on: 2026-02-27, rate: 0.93}
    payees:
      - id: ana
        credits: [{id: A, amount: 12345.67, currency: USD}, {id: B, amount: 1000}]
    """
    rate = (F("0.91") + F("0.925") + F("0.93")) / 3
    assert paid(plan, inputs) == [cents((cents(F("12345.67") * rate) + 1000) * F(6, 100))]


def test_a_newcomer_with_a_ramp_over_a_quarter() -> None:
    plan = """
    line:
      - {step: ramp, measure: quota, months: [30 %, 60 %]}
      - {step: quota_rate, base: revenue, pay: 1500, quota: quota}
    """
    body = """
    period: 2026-Q2
    payees: [{id: ana, hired_on: 2026-04-13, objectives: {revenue: 90000},
              measures: {revenue: 41000}}]
    """
    quota = 90000 * (F("0.3") + F("0.6") + 1) / 3
    assert paid(plan, body) == [cents(1500 / quota * 41000)]


def test_part_time_and_sickness_shrink_the_bonus_in_hours() -> None:
    plan = """
    measures: {there: {presence: share, counted: hours, absent: [sick]}}
    line: [{step: fixed_amount, amount: 1400}, {step: prorate_pay, share: there}]
    """
    body = """
    period: 2026-05
    calendar: {country: FR, closed: [2026-05-15]}
    payees:
      - id: ana
        working_time: 60 %
        absences: [{kind: sick, from: 2026-05-18, to: 2026-05-23, part: 0.5}]
    """
    # 21 weekdays; 1 May, 8 May, Ascension (14 May) and Whit Monday (25 May) are holidays; 15 closed
    days = F(21 - 4 - 1)
    assert paid(plan, body) == [cents(1400 * F(6, 10) * (days - F(5, 2)) / days)]


def test_the_largest_deal_counts_only_in_part_before_the_accelerator() -> None:
    plan = """
    line:
      - {step: windfall, measure: revenue, limit: 50000}
      - step: accelerator
        base: revenue
        rate: 4 %
        unit: quota
        bands: [{from: 0, multiple: 1}, {from: 100 %, multiple: 2}]
    """
    body = """
    period: 2026-Q1
    payees: [{id: ana, objectives: {revenue: 60000}, credits: [{id: A, amount: 240000},
              {id: B, amount: 17000}]}]
    """
    assert paid(plan, body) == [60000 * F(4, 100) + 7000 * F(8, 100)]


def test_half_the_rate_below_half_the_quota() -> None:
    plan = """
    line:
      - step: accelerator
        base: revenue
        rate: 3 %
        mode: retroactive
        unit: quota
        bands: [{from: 0, multiple: 0.5}, {from: 50 %, multiple: 1}]
    """
    assert paid(plan, ANA % (80000, "39999.99")) == [cents(F("39999.99") * F(15, 1000))]
    assert paid(plan, ANA % (80000, 40000)) == [1200]


def test_deals_beyond_the_quota_of_the_year_pay_more_by_deal() -> None:
    plan = """
    measures: {before: {to_date: revenue, before: true}, year_quota: {given: year_quota}}
    line:
      - step: accelerator
        base: revenue
        rate: 5 %
        mode: by_deal
        crossing: CROSSING
        start: before
        unit: year_quota
        bands: [{from: 0, multiple: 1}, {from: 100 %, multiple: 1.5}]
    """
    rows = """
    measures: {year_quota: 100000}
    periods:
    - {period: 2026-01, payees: [{id: ana, credits: [{id: A, amount: 80000}]}]}
    - period: 2026-02
      payees: [{id: ana, credits: [{id: C, closed_at: 2026-02-09, amount: 10000},
                                   {id: B, closed_at: 2026-02-02, amount: 30000}]}]
    """
    rate = F(5, 100)
    second = {
        "keep": 30000 * rate + 10000 * rate * F(3, 2),
        "take": 40000 * rate * F(3, 2),
        "split": 20000 * rate + 20000 * rate * F(3, 2),
    }
    for crossing, expected in second.items():
        assert paid(plan.replace("CROSSING", crossing), rows) == [4000, expected]


def test_a_closed_gate_pays_a_lower_rate_within_a_lower_cap() -> None:
    plan = """
    measures: {win_rate: {kpi: win_rate}}
    line:
      - {step: flat_rate, base: revenue, rate: 9 %}
      - step: gate
        value: win_rate
        at_least: 25 %
        else_rate: 4 %
        else_of: revenue
        else_cap: 1500
    """
    body = "{period: 2026-Q1, payees: [{id: ana, kpis: {win_rate: %s}, measures: {revenue: %s}}]}"
    assert paid(plan, body % ("25 %", 50000)) == [4500]
    assert paid(plan, body % ("24.9 %", 30000)) == [1200]
    assert paid(plan, body % ("24.9 %", 50000)) == [1500]


def test_weighted_components_with_a_cap_of_the_whole() -> None:
    plan = """
    measures: {pay: {given: pay}, a: {kpi: a}, b: {kpi: b}, c: {kpi: c}}
    components:
      - {key: sales, weight: 50 %, steps: [{step: fixed_amount, amount: pay * a}]}
      - {key: margin, weight: 30 %, steps: [{step: fixed_amount, amount: pay * b}]}
      - {key: team, weight: 20 %, steps: [{step: fixed_amount, amount: pay * c}]}
    steps: [{step: cap, at: 1.2 * pay}]
    """
    body = """
    {period: 2026-Q1, payees: [{id: ana, measures: {pay: 3333.33},
     kpis: {a: %s, b: 97 %%, c: 140 %%}}]}
    """
    pay = F("3333.33")
    for a in ("0.9", "1.6"):
        parts = [(F(1, 2), F(a)), (F(3, 10), F("0.97")), (F(2, 10), F("1.4"))]
        lines = sum((cents(pay * weight * part) for weight, part in parts), F(0))
        assert paid(plan, body % a) == [min(lines, cents(pay * F(12, 10)))]


def test_an_amount_for_each_five_points_above_the_quota() -> None:
    plan = """
    line: [{step: bonus_steps, value: revenue / quota, step_size: 5 %, amount: 220, most: 6}]
    """
    for revenue, steps in ((104999, 0), (105000, 1), (129999, 5), (130000, 6), (180000, 6)):
        assert paid(plan, ANA % (100000, revenue)) == [220 * steps]


def test_the_advance_of_the_month_is_taken_off_the_bonus_of_the_quarter() -> None:
    plan = """
    measures: {advances: {given: advances}}
    line:
      - {step: quota_rate, base: revenue, pay: 4500, quota: quota}
      - {step: draw, draw: advances, advanced: advances, recoverable: false}
    """
    body = """
    {period: 2026-Q1, payees: [{id: ana, objectives: {revenue: 90000},
     measures: {revenue: %s, advances: 3000}}]}
    """
    assert paid(plan, body % 83000) == [1150]
    assert paid(plan, body % 50000) == [0]


def test_a_credit_note_takes_the_whole_quarter_down_a_tier() -> None:
    plan = """
    line:
      - step: retroactive_tiers
        base: revenue
        tiers: [{from: 0, rate: 3 %}, {from: 100000, rate: 4 %}]
    """
    body = """
    {period: 2026-Q1, payees: [{id: ana, credits: [{id: A, amount: 100500}, {id: A-note,
     amount: %s}]}]}
    """
    assert paid(plan, body % -500) == [4000]
    assert paid(plan, body % "-500.01") == [cents(F("99999.99") * F(3, 100))]


def test_the_lines_of_an_order_pick_the_rate_together() -> None:
    plan = """
    line:
      - step: deal_tiers
        base: revenue
        order: order
        tiers: [{from: 0, rate: 2 %}, {from: 25000, rate: 3 %}]
    """
    body = """
    period: 2026-01
    payees:
      - id: ana
        credits: [{id: 1, amount: 15000, attributes: {order: X}},
                  {id: 2, amount: 10000, attributes: {order: X}},
                  {id: 3, amount: 24999.50, attributes: {order: Y}}, {id: 4, amount: 100}]
    """
    expected = 25000 * F(3, 100) + (F("24999.50") + 100) * F(2, 100)
    assert paid(plan, body) == [cents(expected)]


def test_a_yearly_cap_on_monthly_commissions() -> None:
    plan = """
    line:
      - {step: flat_rate, base: revenue, rate: 8 %}
      - {step: cap, at: 10000, scope: year}
    """
    months = [("2025-12", 200000), ("2026-01", 60000), ("2026-02", 50000), ("2026-03", 40000)]
    rows = "\n".join(
        f"- {{period: {name}, payees: [{{id: ana, measures: {{revenue: {m}}}}}]}}"
        for name, m in months
    )
    left, expected = F(10000), [F(10000)]
    for _, revenue in months[1:]:
        expected.append(min(revenue * F(8, 100), left))
        left -= expected[-1]
    assert paid(plan, f"periods:\n{rows}") == expected


def test_a_prize_is_paid_once_though_it_is_reported_twice() -> None:
    plan = """
    components:
      - {key: prize, steps: [{step: challenge_prize, challenge: spring, prizes: [400, 250, 100]}]}
    """
    award = "awards: [{id: S-2, challenge: spring, rank: 2, official: %s}]"
    rows = f"""
    periods:
    - {{period: 2026-03, payees: [{{id: ana, {award % "false"}}}]}}
    - {{period: 2026-04, payees: [{{id: ana, {award % "true"}}}]}}
    - {{period: 2026-05, payees: [{{id: ana, {award % "true"}}}]}}
    """
    assert paid(plan, rows) == [0, 250, 0]


def test_a_french_bonus_prorated_in_thirtieths_with_two_switches() -> None:
    plan = """
    measures:
      target_share: {presence: share, counted: thirtieths, switch: objective}
      pay_share: {presence: share, counted: thirtieths, switch: payout}
    absences:
      parental: {objective: true, payout: false}
      unpaid: {objective: true, payout: true}
    line:
      - {step: prorate_measure, measure: quota, share: target_share}
      - step: payout_curve
        value: revenue / quota
        pay: 900
        points: [{at: 0, pays: 0}, {at: 100 %, pays: 100 %}]
      - {step: prorate_pay, share: pay_share}
    """
    body = """
    {period: 2026-03, payees: [{id: ana, objectives: {revenue: 60000}, measures: {revenue: 30000},
     absences: [{kind: %s, from: 2026-03-11, to: 2026-03-21}]}]}
    """
    attained = 30000 / (60000 * F(20, 30))
    assert paid(plan, body % "parental") == [cents(900 * attained)]
    assert paid(plan, body % "unpaid") == [cents(900 * attained * F(20, 30))]


def test_an_excess_of_a_quarter_waits_for_the_next() -> None:
    plan = """
    line:
      - {step: flat_rate, base: revenue, rate: 10 %}
      - {step: cap, at: 3000, excess: carried}
    """
    sales = [45000, 12000, 26000, 2000]
    rows = "\n".join(
        f"- {{period: 2026-Q{n}, payees: [{{id: ana, measures: {{revenue: {s}}}}}]}}"
        for n, s in enumerate(sales, start=1)
    )
    waiting, expected = F(0), []
    for sale in sales:
        gross = sale * F(1, 10) + waiting
        expected.append(min(gross, F(3000)))
        waiting = gross - expected[-1]
    assert paid(plan, f"periods:\n{rows}") == expected
    assert sum(expected, Fraction(0)) == F(sum(sales), 10)
