"""Plans as a stranger writes them from docs/formats/plan.md, each amount worked out beside it.

Found by an oracle in fractions that knows only the documents; the first ones failed at that time.
"""

from fractions import Fraction

import pytest

from tests.incentives.calc.practising import totals

# Ana closes A (1,000) under Max and B (3,000) under Zoé; in February something happens to one.
MOVED_TEAM = """
periods:
  - period: 2026-01
    payees:
      - id: ana
        managers: [{manager: max, to: 2026-01-16}, {manager: zoe, from: 2026-01-16}]
        credits:
          - {id: A, closed_at: 2026-01-15, amount: 1000}
          - {id: B, closed_at: 2026-01-16, amount: 3000}
      - {id: max}
      - {id: zoe}
  - {period: 2026-02, events: [%s], payees: [{id: ana}, {id: max}, {id: zoe}]}
"""
# Max's team: Ana's A and B of 1,000, Ben's C of 500 between them.
TEAM = """
period: 2026-01
payees:
  - id: ana
    manager: max
    credits:
      - {id: A, closed_at: 2026-01-05, amount: 1000}
      - {id: B, closed_at: 2026-01-07, amount: 1000}
  - {id: ben, manager: max, credits: [{id: C, closed_at: 2026-01-06, amount: 500}]}
  - {id: max}
"""
OVERRIDE = "measures: {team: {team: revenue}}\n"
ONE = "period: 2026-01\npayees: [{id: ana, credits: [%s]}]"
A_TO_C = """{id: A, closed_at: 2026-01-01, amount: 800},
    {id: B, closed_at: 2026-01-02, amount: 400}, {id: C, closed_at: 2026-01-03, amount: 900}"""

Case = tuple[str, str, str, list[dict[str, str]]]
CASES: list[Case] = [
    (
        "an override is clawed back from who managed on the deal's day",
        # 1 % of 1,000 and of 3,000; A is cancelled, and it was Max's
        OVERRIDE + "line: [{step: flat_rate, base: team, rate: 1 %}, {step: clawback}]",
        MOVED_TEAM % "{event: cancelled, credit: A, on: 2026-02-03}",
        [{"ana": "0", "max": "10", "zoe": "30"}, {"ana": "0", "max": "-10", "zoe": "0"}],
    ),
    (
        "an override waits for the money of the own deals",
        # B is paid for: Zoé's 30; the 10 of A go on waiting with Max
        OVERRIDE + "line: [{step: flat_rate, base: team, rate: 1 %}, {step: holdback}]",
        MOVED_TEAM % "{event: collected, credit: B, on: 2026-02-03}",
        [{"ana": "0", "max": "0", "zoe": "0"}, {"ana": "0", "max": "0", "zoe": "30"}],
    ),
    (
        "a cap per deal of an override caps deals, not people",
        # 10 + 5 + 10 at 1 %, each at most 8: 8 + 5 + 8
        OVERRIDE
        + "line: [{step: flat_rate, base: team, rate: 1 %, by: deal},"
        + " {step: cap, at: 8, scope: deal}]",
        TEAM,
        [{"ana": "0", "ben": "0", "max": "21"}],
    ),
    (
        "tiers per deal of an override look at the deal",
        # no deal reaches 1,500, though Ana's two together do: 1 % of 2,500
        OVERRIDE
        + "line: [{step: deal_tiers, base: team,"
        + " tiers: [{from: 0, rate: 1 %}, {from: 1500, rate: 2 %}]}]",
        TEAM,
        [{"ana": "0", "ben": "0", "max": "25"}],
    ),
    (
        "deals of a team come in order of closing, whoever closed them",
        # 1,000 at once; C and B at twice 1 %: 10 + 10 + 20
        OVERRIDE
        + "line: [{step: accelerator, base: team, rate: 1 %, mode: by_deal,"
        + " bands: [{from: 0, multiple: 1}, {from: 1000, multiple: 2}]}]",
        TEAM,
        [{"ana": "0", "ben": "0", "max": "40"}],
    ),
    (
        "no deal of a team counts more than the limit",
        # 600 + 500 + 600 at 1 %
        OVERRIDE
        + "line: [{step: windfall, measure: team, limit: 600},"
        + " {step: flat_rate, base: team, rate: 1 %}]",
        TEAM,
        [{"ana": "0", "ben": "0", "max": "17"}],
    ),
    (
        "a premium for the deals of the team counts deals",
        "measures: {n: {count: credits}, team: {team: n}}\n"
        "line: [{step: spiff, events: team, amount: 10}]",
        TEAM,
        [{"ana": "0", "ben": "0", "max": "30"}],
    ),
    (
        "the deal that two of a team share is one deal of the team",
        # 5 % of 1,000 is 50, capped at 30; not 30 for each half
        OVERRIDE
        + "line: [{step: flat_rate, base: team, rate: 5 %, by: deal},"
        + " {step: cap, at: 30, scope: deal}]",
        """
        period: 2026-01
        payees:
          - {id: ana, manager: max, credits: [
              {id: A, closed_at: 2026-01-05, amount: 1000, share: 0.6}]}
          - {id: ben, manager: max, credits: [
              {id: A, closed_at: 2026-01-05, amount: 1000, share: 0.4}]}
          - {id: max}
        """,
        [{"ana": "0", "ben": "0", "max": "30"}],
    ),
    (
        "of an override's cent the deal that was closed first gets more",
        # 1 % of 3.00 is 0.03: 0.02 for B of the 5th, 0.01 for A of the 25th
        OVERRIDE + "line: [{step: flat_rate, base: team, rate: 1 %}, {step: holdback}]",
        """
        periods:
          - period: 2026-01
            payees:
              - {id: ana, manager: max, credits: [{id: A, closed_at: 2026-01-25, amount: 1.5}]}
              - {id: ben, manager: max, credits: [{id: B, closed_at: 2026-01-05, amount: 1.5}]}
              - {id: max}
          - period: 2026-02
            events: [{event: collected, credit: B, on: 2026-02-03}]
            payees: [{id: ana}, {id: ben}, {id: max}]
        """,
        [{"ana": "0", "ben": "0", "max": "0"}, {"ana": "0", "ben": "0", "max": "0.02"}],
    ),
    (
        "above a threshold each deal keeps what it brings beyond it",
        # A 0, B 200 of 400, C 900; 10 % is 20 and 90, the latter capped at 50
        "line: [{step: threshold, measure: revenue, at: 1000, counts: excess},"
        " {step: flat_rate, base: revenue, rate: 10 %, by: deal},"
        " {step: cap, at: 50, scope: deal}]",
        ONE % A_TO_C,
        [{"ana": "70"}],
    ),
    (
        "above a threshold a credit note takes back what it undoes",
        # 1,200 brings 200, −500 takes 200, 700 brings 400, 100 brings 100 at twice 10 %
        "line: [{step: threshold, measure: revenue, at: 1000, counts: excess},"
        " {step: accelerator, base: revenue, rate: 10 %, mode: by_deal,"
        " bands: [{from: 0, multiple: 1}, {from: 300, multiple: 2}]}]",
        ONE
        % """{id: A, closed_at: 2026-01-01, amount: 1200},
            {id: B, closed_at: 2026-01-02, amount: -500},
            {id: C, closed_at: 2026-01-03, amount: 700},
            {id: D, closed_at: 2026-01-04, amount: 100}""",
        [{"ana": "60"}],
    ),
    (
        "what exceeds a threshold as a whole belongs to all deals, as with tiers",
        # 10 % of 2,000 − 1,000; of the 100, 40 % fall on the 800 that are cancelled
        "line: [{step: threshold, measure: revenue, at: 1000, counts: excess},"
        " {step: flat_rate, base: revenue, rate: 10 %}, {step: clawback}]",
        """
        periods:
          - period: 2026-01
            payees: [{id: ana, credits: [{id: A, closed_at: 2026-01-05, amount: 800},
              {id: B, closed_at: 2026-01-06, amount: 1200}]}]
          - period: 2026-02
            payees: [{id: ana, events: [{event: cancelled, credit: A, on: 2026-02-05}]}]
        """,
        [{"ana": "100"}, {"ana": "-40"}],
    ),
    (
        "commission au premier euro, avance récupérable, fixe garanti",
        # 8 % from the first euro beyond 20,000; 1,500 advanced: −700, then 2,000 − 700
        "line: [{step: threshold, measure: revenue, at: 20000},"
        " {step: flat_rate, base: revenue, rate: 8 %},"
        " {step: guarantee, at: 800, first_months: 1}]\n"
        "steps: [{step: draw, draw: 1500}]",
        """
        periods:
          - {period: 2026-01, payees: [{id: ana, hired_on: 2026-01-05,
              credits: [{id: A, closed_at: 2026-01-09, amount: 19999.99}]}]}
          - {period: 2026-02, payees: [{id: ana,
              credits: [{id: B, closed_at: 2026-02-09, amount: 25000}]}]}
        """,
        [{"ana": "1500"}, {"ana": "1500"}],
    ),
    (
        "prime sur objectifs par paliers, prorata d'un départ",
        # 95.996 % is 96.00 % when it is rounded: 1,200 × 80 % × 20/31 days
        "measures: {att: {formula: revenue / quota}, there: {presence: share}}\n"
        "line: [{step: step_curve, value: att, pay: 1200, round_places: 4,"
        " bands: [{from: 80 %, pays: 50 %}, {from: 96 %, pays: 80 %}, {from: 100 %, pays: 100 %}]},"
        " {step: prorate_pay, share: there}]",
        """
        period: 2026-01
        payees: [{id: ana, present_to: 2026-01-21, objectives: {revenue: 100000},
          credits: [{id: A, closed_at: 2026-01-09, amount: 95996}]}]
        """,
        [{"ana": "619.35"}],
    ),
    (
        "a yearly cap whose year begins in April",
        # 100 of 150 in February; 50 in March; a new year in April
        "line: [{step: flat_rate, base: revenue, rate: 10 %},"
        " {step: cap, at: 150, scope: year, year_starts: 4}]",
        """
        periods:
          - {period: 2026-02, payees: [{id: ana, credits: [{id: A, amount: 1000}]}]}
          - {period: 2026-03, payees: [{id: ana, credits: [{id: B, amount: 1000}]}]}
          - {period: 2026-04, payees: [{id: ana, credits: [{id: C, amount: 1000}]}]}
        """,
        [{"ana": "100"}, {"ana": "50"}, {"ana": "100"}],
    ),
    (
        "a quarter's true-up gives back what a correction undoes",
        # 5 % of 1,000; 10 % of 2,500 − 50; 5 % of 1,900 − 250; a new quarter
        "measures: {sold: {to_date: revenue, since: quarter}}\n"
        "line: [{step: retroactive_tiers, base: sold,"
        " tiers: [{from: 0, rate: 5 %}, {from: 2000, rate: 10 %}]},"
        " {step: true_up, since: quarter}]",
        """
        periods:
          - {period: 2026-01, payees: [{id: ana, credits: [{id: A, amount: 1000}]}]}
          - {period: 2026-02, payees: [{id: ana, credits: [{id: B, amount: 1500}]}]}
          - {period: 2026-03, payees: [{id: ana, credits: [{id: C, amount: -600}]}]}
          - {period: 2026-04, payees: [{id: ana, credits: [{id: D, amount: 500}]}]}
        """,
        [{"ana": "50"}, {"ana": "200"}, {"ana": "-155"}, {"ana": "25"}],
    ),
    (
        "what a plan's cap kept is not clawed back",
        # 100 capped at 80: of A's 60 the cap took 12; half of A, then the rest
        "line: [{step: flat_rate, base: revenue, rate: 10 %, by: deal}, {step: clawback}]\n"
        "steps: [{step: cap, at: 80}]",
        """
        periods:
          - period: 2026-01
            payees: [{id: ana, credits: [{id: A, closed_at: 2026-01-05, amount: 600},
              {id: B, closed_at: 2026-01-06, amount: 400}]}]
          - {period: 2026-02, payees: [{id: ana,
              events: [{event: cancelled, credit: A, on: 2026-02-05, amount: 300}]}]}
          - {period: 2026-03, payees: [{id: ana,
              events: [{event: cancelled, credit: A, on: 2026-03-05}]}]}
        """,
        [{"ana": "80"}, {"ana": "-24"}, {"ana": "-24"}],
    ),
    (
        "half held, half of the deal cancelled late, the rest collected",
        # 50 paid; 25 of it were for the cancelled half, of which 25 % come back; then 50 are due
        # in all for the half that stays, of which 25 are paid
        "line: [{step: flat_rate, base: revenue, rate: 10 %, by: deal},"
        " {step: holdback, share: 50 %},"
        " {step: clawback, bands: [{from: 0, share: 100 %}, {from: 1, share: 25 %}]}]",
        """
        periods:
          - {period: 2026-01, payees: [{id: ana,
              credits: [{id: A, closed_at: 2026-01-10, amount: 1000}]}]}
          - {period: 2026-02, payees: [{id: ana,
              events: [{event: cancelled, credit: A, on: 2026-02-15, amount: 500}]}]}
          - {period: 2026-03, payees: [{id: ana,
              events: [{event: collected, credit: A, on: 2026-03-01}]}]}
        """,
        [{"ana": "50"}, {"ana": "-6.25"}, {"ana": "25"}],
    ),
    (
        "a pool by salary among some roles, one of them gone",
        # 1,000 × 3, 2, 2 of 7: 428.571…, 285.714… twice; the cent goes to the smaller id
        "measures: {pot: {given: pot}, salary: {given: salary}}\n"
        "line: [{step: team_pool, pool: pot, weight: salary, roles: [rep]}]",
        """
        period: 2026-Q1
        measures: {pot: 1000}
        payees:
          - {id: cleo, role: rep, measures: {salary: 2000}}
          - {id: ben, role: rep, measures: {salary: 2000}, present_to: 2026-03-31}
          - {id: ana, role: rep, measures: {salary: 3000}}
          - {id: max, role: mgr, measures: {salary: 9000}}
        """,
        [{"ana": "428.57", "ben": "285.72", "cleo": "285.71", "max": "0"}],
    ),
    (
        "an average of days counts each day of the month",
        # 15 days at 0.9, 16 at 0.8: 26.3 / 31; 2,000 of it and 1,000 EUR, at 10 %
        "line: [{step: flat_rate, base: revenue, rate: 10 %}]\n"
        "conversion: {rate_of: average, average_over: days}",
        """
        period: 2026-01
        rates: [{currency: USD, on: 2026-01-01, rate: 0.9},
          {currency: USD, on: 2026-01-16, rate: 0.8}]
        payees: [{id: ana, credits: [{id: A, closed_at: 2026-01-10, amount: 2000, currency: USD},
          {id: B, closed_at: 2026-01-20, amount: 1000}]}]
        """,
        [{"ana": "269.68"}],
    ),
    (
        "two absences on one day are one",
        # 310 × 16 of 31: away from the 1st to the 15th
        "measures: {there: {presence: share, absent: [sick, leave]}}\n"
        "line: [{step: fixed_amount, amount: 310 * there}]",
        """
        period: 2026-01
        payees: [{id: ana, absences: [{kind: sick, from: 2026-01-01, to: 2026-01-11},
          {kind: leave, from: 2026-01-06, to: 2026-01-16}]}]
        """,
        [{"ana": "160"}],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_what_a_stranger_expects(case: Case) -> None:
    _, plan, inputs, expected = case
    assert totals(plan, inputs) == [
        {who: Fraction(amount) for who, amount in period.items()} for period in expected
    ]
