"""Limits, days and currencies where contracts are read to the letter; worked out by hand."""

from tests.incentives.calc.practising import F, cents, paid, totals


def test_deals_cross_two_limits_in_two_currencies() -> None:
    plan = """
    measures: {margin: {sum: margin, unit: money}}
    conversion: {rate_of: deal, max_age_days: 5}
    line:
      - step: accelerator
        base: margin
        rate: 12 %
        mode: by_deal
        crossing: split
        unit: quota
        bands: [{from: 0, multiple: 1}, {from: 80 %, multiple: 1.25}, {from: 120 %, multiple: 0.5}]
    """
    inputs = """
    period: 2026-01
    rates:
      - {currency: USD, on: 2026-01-05, rate: 0.9}
      - {currency: USD, on: 2026-01-12, rate: 0.8}
    payees:
      - id: ana
        objectives: {revenue: 1000}
        credits:
          - {id: 1, closed_at: 2026-01-06, currency: USD, attributes: {margin: 700}}
          - {id: 2, closed_at: 2026-01-13, currency: USD, share: 50 %, attributes: {margin: 1000}}
          - {id: 3, closed_at: 2026-01-14, attributes: {margin: -200}}
          - {id: 4, closed_at: 2026-01-15, attributes: {margin: 600}}
    """
    # the total runs 630, 1030, 830, 1430 past limits at 800 and 1200
    first, second = F(630), 170 + F("1.25") * 230
    third, fourth = F("-1.25") * 200, F("1.25") * 370 + F("0.5") * 230
    assert paid(plan, inputs) == [cents(F("0.12") * (first + second + third + fourth))]


def test_deals_of_one_moment_go_in_order_of_id_and_a_limit_belongs_below() -> None:
    plan = """
    measures: {before: {to_date: revenue, before: true}}
    line:
      - step: accelerator
        base: revenue
        rate: 10 %
        mode: by_deal
        crossing: take
        start: before
        on_limit: lower
        bands: [{from: 0, multiple: 1}, {from: 1000, multiple: 2}]
      - {step: clawback}
    """
    inputs = """
    periods:
      - period: 2026-01
        payees:
          - id: ana
            credits:
              - {id: d9, closed_at: 2026-01-05, amount: 501}
              - {id: d10, closed_at: 2026-01-05, amount: 500}
      - period: 2026-02
        payees:
          - id: ana
            credits:
              - {id: e, closed_at: 2026-02-05, amount: 1}
              - {id: f, closed_at: 2026-02-04, amount: -2}
            events: [{event: cancelled, credit: d9, on: 2026-02-20, amount: 250.5}]
    """
    # d10 first (500), then d9 reaches 1001: twice the rate; f back to 999, e to exactly 1000
    back = F("250.5") / 501 * F("100.2")
    assert paid(plan, inputs) == [50 + F("100.2"), cents(F("-0.2") + F("0.1") - back)]


def test_money_that_came_early_and_a_cancellation_on_the_last_day_of_its_window() -> None:
    plan = """
    line:
      - {step: flat_rate, base: revenue, rate: 0.1}
      - {step: holdback}
      - {step: clawback, window_days: 10, on_limit: %s}
    """
    inputs = """
    periods:
      - period: 2026-01
        payees:
          - id: ana
            credits: [{id: D, closed_at: 2026-01-20, amount: 1000}]
            events: [{event: collected, credit: D, on: 2026-01-05, amount: 500}]
      - period: 2026-02
        payees: [{id: ana, events: [{event: cancelled, credit: D, on: 2026-01-30}]}]
    """
    assert paid(plan % "outside", inputs) == [50, 0]
    assert paid(plan % "inside", inputs) == [50, -50]


def test_months_begun_bands_of_a_clawback_and_a_floor_of_each_deal() -> None:
    plan = """
    line:
      - {step: flat_rate, base: revenue, rate: 10 %, by: deal}
      - {step: floor, at: 15, scope: deal}
      - step: clawback
        served: started
        bands: [{from: 0, share: 1}, {from: 2, share: 50 %}, {from: 4, share: 0}]
        negative: carry
    """
    inputs = """
    periods:
      - period: 2026-01
        payees:
          - id: ana
            credits:
              - {id: A, closed_at: 2026-01-31, amount: 100}
              - {id: B, closed_at: 2026-01-15, amount: 1000}
      - period: 2026-02
        payees:
          - id: ana
            events:
              - {event: cancelled, credit: A, on: 2026-02-28}
              - {event: cancelled, credit: B, on: 2026-02-16, amount: 250}
      - {period: 2026-03,
          payees: [{id: ana, credits: [{id: C, closed_at: 2026-03-02, amount: 50}]}]}
      - {period: 2026-04,
          payees: [{id: ana, credits: [{id: E, closed_at: 2026-04-02, amount: 500}]}]}
    """
    # owed after February: 15 (one month) + half of 25 (the second has begun); March and April repay
    assert paid(plan, inputs) == [115, 0, 0, 50 - (F("27.5") - 15)]


def test_lines_in_whole_hundreds_are_held_by_thirds() -> None:
    plan = """
    rounding: {places: -2}
    line: [{step: flat_rate, base: revenue, rate: 10 %}, {step: holdback, share: 1/3}]
    """
    inputs = """
    periods:
      - {period: 2026-01,
          payees: [{id: ana, credits: [{id: D, closed_at: 2026-01-01, amount: 12345}]}]}
      - {period: 2026-02,
          payees: [{id: ana, events: [{event: collected, credit: D, on: 2026-02-01}]}]}
    """
    assert paid(plan, inputs) == [800, 400]


def test_a_half_year_of_a_fiscal_year_restarts_tiers_and_cap_but_not_the_excess() -> None:
    plan = """
    measures: {before: {to_date: revenue, since: half, year_starts: 4, before: true}}
    line:
      - step: marginal_tiers
        base: revenue
        start: before
        tiers: [{from: 0, rate: 1 %}, {from: 1000, rate: 2 %}]
      - {step: cap, at: 15, scope: half, year_starts: 4, excess: carried}
    """
    rows = "\n".join(
        f"- {{period: {name}, payees: [{{id: ana, measures: {{revenue: {sold}}}}}]}}"
        for name, sold in (("2026-08", 900), ("2026-09", 900), ("2026-10", 900), ("2026-11", -950))
    )
    # September earns 1 + 16 and has room for 6; October 9 + 11 and room for 15; November -9.5 + 5
    assert paid(plan, f"periods:\n{rows}") == [9, 6, 15, F("-4.5")]


def test_the_first_of_a_stock_is_the_first_by_the_days_of_the_zone() -> None:
    plan = """
    measures:
      wins:
        count: credits
        where: [{attribute: closed_on, at_least: 2026-01-01}, {attribute: promo, is: true}]
    line: [{step: spiff, events: wins, amount: 10, first: 2, across: plan}]
    """
    inputs = """
    period: 2026-01
    timezone: America/New_York
    payees:
      - id: ben
        credits:
          - {id: X, closed_at: "2026-01-01T04:59:59Z", attributes: {promo: true}}
          - {id: Y, closed_at: "2026-01-01T05:00:00Z", attributes: {promo: true}}
          - {id: Z, closed_at: "2026-01-01T05:00:00Z", attributes: {promo: true}}
      - id: ana
        credits:
          - {id: Y, closed_at: "2026-01-01T00:00:00-05:00", attributes: {promo: true}}
          - {id: W, closed_at: "2026-01-01T00:00:00-05:00", attributes: {promo: false}}
    """
    # X closed on 31 December there; of three at the same moment the two of the smaller id are paid
    assert totals(plan, inputs) == [{"ana": F(10), "ben": F(10)}]


def test_a_schedule_a_cancellation_and_a_milestone_at_the_end_of_a_short_month() -> None:
    plan = """
    line:
      - {step: flat_rate, base: revenue, rate: 10 %}
      - step: payment_schedule
        parts:
          - {share: 20 %}
          - {share: 30 %, at: go_live, after_months: 1}
          - {share: 50 %, at: collected}
      - {step: clawback, window_months: 12}
    """
    inputs = """
    periods:
      - period: 2026-01
        payees:
          - id: ana
            credits: [{id: D, closed_at: 2026-01-31, amount: 10000}]
            events: [{event: milestone, name: go_live, credit: D, on: 2026-01-31}]
      - period: 2026-02
        payees: [{id: ana, events: [{event: cancelled, credit: D, on: 2026-02-10, amount: 4000}]}]
      - period: 2026-03
        payees: [{id: ana, events: [{event: collected, credit: D, on: 2026-03-02, amount: 6000}]}]
    """
    # 600 are left: 80 of the 200 come back; on 28 February a month has passed: 180; then the rest
    assert paid(plan, inputs) == [200, -80 + 180, 300]


def test_money_comes_in_the_currency_of_the_deal() -> None:
    plan = """
    measures: {revenue: {sum: amount, unit: money}}
    line: [{step: flat_rate, base: revenue, rate: 10 %}, {step: holdback}]
    """
    inputs = """
    periods:
      - period: 2026-01
        rates: [{currency: USD, on: 2026-01-01, rate: 0.9}]
        payees: [{id: ana, credits: [{id: D, closed_at: 2026-01-05, amount: 1000, currency: USD}]}]
      - period: 2026-02
        payees: [{id: ana, events: [{event: collected, credit: D, on: 2026-02-01, amount: 250}]}]
    """
    assert paid(plan, inputs) == [0, F("22.5")]
