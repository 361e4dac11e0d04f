"""Where a step takes everybody's deals one by one, a statement carries deals, not sums."""

import pytest

from incentives.calc import parse_plan
from incentives.gathering.everybody import figures_read

PLAN = """
key: p
name: {fr: Plan, en: Plan}
currency: EUR
period: month
measures:
  revenue: {sum: amount}
  all: {everyone: revenue}
components: [{key: line, steps: [%s]}]
"""


@pytest.mark.parametrize(
    ("steps", "figures"),
    [
        ("{step: flat_rate, base: all, rate: 1 %}", {"revenue"}),
        ("{step: fixed_amount, amount: all / 100}", {"revenue"}),
        ("{step: flat_rate, base: revenue, rate: 1 %, by: deal}", {"revenue"}),
        ("{step: flat_rate, base: all, rate: 1 %, by: deal}", set()),
        ("{step: deal_tiers, base: all, tiers: [{from: 0, rate: 1 %}]}", set()),
        ("{step: spiff, events: all, amount: 5}", set()),
        ("{step: windfall, measure: all, limit: 9}, {step: flat_rate, base: all, rate: 1}", set()),
        ("{step: flat_rate, base: all, rate: 1 %}, {step: holdback}", set()),
    ],
)
def test_everybody_s_deals_are_sums_only_where_nothing_takes_them_apart(
    steps: str, figures: set[str]
) -> None:
    assert figures_read(parse_plan(PLAN % steps)) == figures
