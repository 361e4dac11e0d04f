"""Plans as companies write them, with our own numbers, against arithmetic by hand."""

from itertools import pairwise

from tests.incentives.calc.practising import F, cents, paid, slices, totals

ANA = "{period: 2026-Q1, payees: [{id: ana, objectives: {revenue: %s}, measures: {revenue: %s}}]}"


def test_a_bonus_on_objective_in_steps_with_whole_percents_cut_off() -> None:
    plan = """
    measures: {attainment: {formula: revenue / quota}}
    line:
      - step: step_curve
        value: attainment
        pay: 3000
        round_places: 2
        round_mode: down
        bands: [{from: 80 %, pays: 40 %}, {from: 90 %, pays: 70 %}, {from: 100 %, pays: 100 %}]
    """
    quota = "106666.67"
    shares = {80: "0.4", 90: "0.7", 100: "1"}
    for revenue in ("85333.33", "85333.34", "96000", "96000.01", "106666.66", "106666.67"):
        whole = (F(revenue) / F(quota) * 100).__floor__()
        share = max((F(text) for at, text in shares.items() if whole >= at), default=F(0))
        assert paid(plan, ANA % (quota, revenue)) == [3000 * share]


def test_tiers_by_share_of_the_quota() -> None:
    plan = """
    line:
      - step: marginal_tiers
        base: revenue
        unit: quota
        tiers: [{from: 0, rate: 2 %}, {from: 60 %, rate: 3.5 %}, {from: 100 %, rate: 6.25 %}]
    """
    expected = slices(F("137456.78"), [(0, "0.02"), (51000, "0.035"), (85000, "0.0625")])
    assert paid(plan, ANA % (85000, "137456.78")) == [cents(expected)]


def test_a_tier_whose_upper_limit_is_inclusive() -> None:
    plan = """
    line:
      - step: retroactive_tiers
        base: revenue
        on_limit: lower
        tiers: [{from: 0, rate: 4 %}, {from: 20000, rate: 6 %}]
    """
    assert paid(plan, ANA % (1, 20000)) == [20000 * F(4, 100)]
    assert paid(plan, ANA % (1, "20000.01")) == [cents(F("20000.01") * F(6, 100))]


def test_monthly_tiers_on_the_year_to_date() -> None:
    plan = """
    measures: {before: {to_date: revenue, before: true}}
    line:
      - step: marginal_tiers
        base: revenue
        start: before
        tiers: [{from: 0, rate: 3 %}, {from: 50000, rate: 4.5 %}, {from: 120000, rate: 7 %}]
    """
    months = [30500, 41250, 0, 77333]
    rows = "\n".join(
        f"- {{period: 2026-0{n}, payees: [{{id: ana, measures: {{revenue: {m}}}}}]}}"
        for n, m in enumerate(months, start=1)
    )
    tiers = [(0, "0.03"), (50000, "0.045"), (120000, "0.07")]
    steps = [slices(sum(months[:n]), tiers) for n in range(5)]
    expected = [cents(b - a) for a, b in pairwise(steps)]
    assert paid(plan, f"periods:\n{rows}") == expected


def test_a_running_total_begins_anew_with_the_year() -> None:
    plan = """
    measures: {year: {to_date: revenue}, quarter: {to_date: revenue, since: quarter}}
    line: [{step: fixed_amount, amount: 1000 * year + quarter}]
    """
    names = ["2025-11", "2025-12", "2026-01", "2026-04"]
    rows = "\n".join(
        f"- {{period: {name}, payees: [{{id: ana, measures: {{revenue: {n}}}}}]}}"
        for n, name in enumerate(names, start=1)
    )
    assert paid(plan, f"periods:\n{rows}") == [1001, 3003, 3003, 7004]


def test_a_quarterly_true_up_with_a_cap_of_the_year() -> None:
    plan = """
    measures: {year: {to_date: revenue}, target: {to_date: quota}}
    line:
      - step: payout_curve
        value: year / target
        pay: 4000
        beyond: extend
        points: [{at: 50 %, pays: 0}, {at: 100 %, pays: 100 %}]
      - {step: cap, at: 5000}
      - {step: true_up, negative: carry}
    """
    sales, quota = [60, 150, 80, 190], 100
    rows = "\n".join(
        f"- {{period: 2026-Q{n}, payees: [{{id: ana, objectives: {{revenue: {quota}}},"
        f" measures: {{revenue: {s}}}}}]}}"
        for n, s in enumerate(sales, start=1)
    )
    before, debt, expected = F(0), F(0), []
    for n in range(1, 5):
        attained = F(sum(sales[:n]), quota * n)
        earned = min(max(4000 * (attained - F(1, 2)) * 2, F(0)), F(5000))
        rest = earned - before + debt
        before, debt = earned, min(rest, F(0))
        expected.append(cents(max(rest, F(0))))
    assert paid(plan, f"periods:\n{rows}") == expected
    assert expected == [800, 3600, 0, 600]


def test_a_recoverable_draw_and_a_leaver() -> None:
    for choice, last in (("keep", 1500), ("recover", 200), ("waive", 200)):
        plan = f"""
        measures: {{gross: {{given: gross}}}}
        line:
          - {{step: fixed_amount, amount: gross}}
          - {{step: draw, draw: 1500, on_leaving: {choice}}}
        """
        rows = """
        periods:
        - {period: 2026-01, payees: [{id: ana, measures: {gross: 900}}]}
        - {period: 2026-02, payees: [{id: ana, measures: {gross: 1700}}]}
        - {period: 2026-03, payees: [{id: ana, measures: {gross: 600}, present_to: 2026-03-16}]}
        """
        assert paid(plan, rows) == [1500, 1500, last]


def test_a_draw_that_nobody_has_to_pay_back() -> None:
    plan = """
    measures: {gross: {given: gross}}
    line:
      - {step: fixed_amount, amount: gross}
      - {step: draw, draw: 1200.50, recoverable: false}
    """
    rows = "periods:\n" + "\n".join(
        f"- {{period: 2026-0{n}, payees: [{{id: ana, measures: {{gross: {g}}}}}]}}"
        for n, g in enumerate(("-50", "1200.50", "1300"), start=1)
    )
    assert paid(plan, rows) == [F("1200.50"), F("1200.50"), 1300]


def test_three_thirds_of_a_commission_make_the_whole() -> None:
    plan = """
    line: [{step: flat_rate, base: whole, rate: 10 %, by: deal}, {step: money_split}]
    """
    credit = "credits: [{id: D, closed_at: 2026-01-05, amount: 100, share: 1/3}]"
    inputs = f"""
    period: 2026-01
    payees: [{{id: c, {credit}}}, {{id: a, {credit}}}, {{id: b, {credit}}}]
    """
    assert totals(plan, inputs) == [{"a": F("3.34"), "b": F("3.33"), "c": F("3.33")}]
    own = plan.replace("money_split", "money_split, cents: own")
    assert totals(own, inputs) == [dict.fromkeys("abc", F("3.33"))]


def test_a_split_of_credit_pays_each_at_their_own_tier() -> None:
    plan = """
    line:
      - step: retroactive_tiers
        base: revenue
        tiers: [{from: 0, rate: 5 %}, {from: 10000, rate: 8 %}]
    """
    inputs = """
    period: 2026-01
    payees:
      - {id: ana, credits: [{id: D, amount: 14000, share: 75 %}]}
      - {id: ben, credits: [{id: D, amount: 14000, share: 25 %}, {id: E, amount: 6499.99}]}
    """
    ben = cents((3500 + F("6499.99")) * F(5, 100))
    assert totals(plan, inputs) == [{"ana": 10500 * F(8, 100), "ben": ben}]


def test_each_team_has_its_own_goal_and_its_own_pool() -> None:
    plan = """
    measures: {team: {peers: revenue}, goal: {peers: quota}}
    line:
      - {step: team_pool, pool: 0.01 * team, weight: revenue, among: peers}
      - {step: gate, value: team / goal, at_least: 90 %}
    """
    rows = (("a", "m1", 700), ("b", "m1", 1100), ("c", "m2", 899), ("d", "m2", 900))
    people = "".join(
        f"- {{id: {key}, manager: {manager}, objectives: {{revenue: 1000}},"
        f" measures: {{revenue: {sales}}}}}\n"
        for key, manager, sales in rows
    )
    found = totals(plan, f"period: 2026-01\npayees:\n{people}")
    assert found == [{"a": 7, "b": 11, "c": 0, "d": 0}]


def test_an_override_of_two_levels() -> None:
    plan = """
    measures:
      team: {team: revenue}
      all: {team: revenue, depth: all}
    line:
      - {step: flat_rate, base: revenue, rate: 5 %}
      - {step: flat_rate, base: team, rate: 2 %}
      - {step: flat_rate, base: all - team, rate: 0.5 %}
    """
    inputs = """
    period: 2026-Q1
    payees:
      - {id: dir}
      - {id: man, manager: dir, credits: [{id: M, amount: 12345.67}]}
      - {id: rep1, manager: man, credits: [{id: R1, amount: 40000}]}
      - {id: rep2, manager: man, credits: [{id: R2, amount: 25000.01}, {id: N, amount: -5000}]}
    """
    reps = 40000 + F("25000.01") - 5000
    man = F("12345.67")
    assert totals(plan, inputs) == [
        {
            "dir": cents(man * F(2, 100) + reps * F(5, 1000)),
            "man": cents(man * F(5, 100) + reps * F(2, 100)),
            "rep1": F(2000),
            "rep2": cents(F("20000.01") * F(5, 100)),
        }
    ]


def test_a_team_changes_hands_within_the_quarter() -> None:
    plan = """
    measures: {team: {team: revenue}}
    line: [{step: flat_rate, base: team, rate: 1 %}]
    """
    inputs = """
    period: 2026-Q1
    payees:
      - {id: m1}
      - {id: m2}
      - id: rep
        managers: [{manager: m1, to: 2026-02-15}, {manager: m2, from: 2026-02-15}]
        credits:
          - {id: A, closed_at: 2026-01-31, amount: 1000}
          - {id: B, closed_at: 2026-02-14, amount: 2000}
          - {id: C, closed_at: 2026-02-15, amount: 4000}
    """
    assert totals(plan, inputs) == [{"m1": 30, "m2": 40, "rep": 0}]
    at_end = plan.replace("team: revenue", "team: revenue, hierarchy: period_end")
    assert totals(at_end, inputs) == [{"m1": 0, "m2": 70, "rep": 0}]


def test_a_spiff_for_the_first_deals_of_all_sellers() -> None:
    plan = """
    measures: {events: {count: credits, where: [{attribute: product, is: new}]}}
    line: [{step: spiff, events: events, amount: 150, first: 3, across: plan}]
    """
    new = "attributes: {product: new}"
    inputs = f"""
    period: 2026-01
    payees:
      - id: ben
        credits: [{{id: X1, closed_at: "2026-01-03T10:00:00Z", amount: 1, {new}}},
                  {{id: X4, closed_at: "2026-01-09T10:00:00Z", amount: 1, {new}}}]
      - id: ana
        credits: [{{id: X2, closed_at: "2026-01-03T10:00:00Z", amount: 1, {new}}},
                  {{id: X3, closed_at: "2026-01-03T09:59:59Z", amount: 1, {new}}},
                  {{id: X0, closed_at: "2026-01-01T09:59:59Z", amount: 1}}]
    """
    assert totals(plan, inputs) == [{"ana": 300, "ben": 150}]


def test_a_kicker_for_several_products_beside_the_commission() -> None:
    plan = """
    measures: {wide: {count: credits, where: [{attribute: products, at_least: 3}]}}
    components:
      - {key: base, steps: [{step: flat_rate, base: revenue, rate: 7 %}]}
      - {key: kicker, steps: [{step: fixed_amount, amount: 250 * wide}]}
    """
    inputs = """
    period: 2026-01
    payees:
      - id: ana
        credits: [{id: A, amount: 30010, attributes: {products: 3}},
                  {id: B, amount: 8000, attributes: {products: 2}}]
    """
    assert paid(plan, inputs) == [cents(38010 * F(7, 100)) + 250]


def test_a_qualitative_bonus_with_one_goal_that_lacks_evidence() -> None:
    plan = """
    line:
      - step: mbo
        pay: 2500
        demands: [evidence]
        items:
          - {key: crm, target: 4, weight: 30 %}
          - {key: coaching, target: 4, weight: 30 %}
          - {key: report, target: 10, weight: 40 %}
    """
    inputs = """
    period: 2026-H1
    payees:
      - id: ana
        reviews:
          crm: {score: 3, evidence: audit}
          coaching: {score: 4}
          report: {score: 7, evidence: file, evaluator: eva, on: 2026-07-01}
    """
    expected = 2500 * (F(30, 100) * F(3, 4) + F(40, 100) * F(7, 10))
    assert paid(plan, inputs.replace("2026-H1", "2026-01-01/2026-07-02")) == [cents(expected)]


def test_a_pool_by_salary_and_presence_to_the_last_cent() -> None:
    plan = """
    measures: {salary: {given: salary}, there: {presence: share}, pool: {given: pool}}
    line: [{step: team_pool, pool: pool, weight: salary * there}]
    """
    inputs = """
    period: 2026-04
    measures: {pool: 10000}
    payees:
      - {id: a, measures: {salary: 2800}}
      - {id: b, measures: {salary: 3100}, present_from: 2026-04-11}
      - {id: c, measures: {salary: 2333.33}, present_to: 2026-04-08}
    """
    weights = {"a": F(2800), "b": 3100 * F(20, 30), "c": F("2333.33") * F(7, 30)}
    exact = {key: 1_000_000 * w / sum(weights.values()) for key, w in weights.items()}
    whole = {key: value.__floor__() for key, value in exact.items()}
    by_rest = sorted(exact, key=lambda key: (whole[key] - exact[key], key))
    for key in by_rest[: 1_000_000 - sum(whole.values())]:
        whole[key] += 1
    assert totals(plan, inputs) == [{key: F(value, 100) for key, value in whole.items()}]


def test_customer_satisfaction_multiplies_below_a_cap_and_above_one() -> None:
    cap = "- {step: cap, at: 5700}"
    times = """- step: multiplier
        value: csat
        bands: [{from: 0, multiple: 0.85}, {from: 80 %, multiple: 1}, {from: 92 %, multiple: 1.15}]
    """
    plan = """
    measures: {csat: {kpi: csat}}
    line:
      - {step: flat_rate, base: revenue, rate: 10 %}
      FIRST
      SECOND
    """
    below = plan.replace("FIRST", times.rstrip()).replace("SECOND", cap)
    above = plan.replace("FIRST", cap).replace("SECOND", times.rstrip())
    body = "{period: 2026-Q1, payees: [{id: ana, kpis: {csat: %s}, measures: {revenue: 58000}}]}"
    for csat, factor in {"79.99 %": "0.85", "80 %": "1", "92 %": "1.15"}.items():
        assert paid(below, body % csat) == [min(5800 * F(factor), F(5700))]
        assert paid(above, body % csat) == [5700 * F(factor)]
