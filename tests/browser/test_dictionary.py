"""An administrator writes formulas in a real browser: the figures follow while one types."""

from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from kpis.models import KpiVersion, Metric
from kpis.queries import catalogue
from people.queries import today
from tests.browser.company import Company
from tests.browser.keystrokes import Hand
from tests.browser.looking import look
from tests.browser.test_jobs import sign_in
from tests.kpis.calc.test_docs import table

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]
TWO_MINUTES = Fraction(120)


def test_the_figures_follow_the_formula(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "ada")
    page.goto(f"{address}/kpis/revenue_booked/")
    page.get_by_role("link", name="Change the formula").click()
    formula, preview = page.locator("[data-formula]"), page.locator("#kpi-preview")
    expect(preview.locator("table")).to_be_visible()
    expect(preview.locator("td .muted")).to_have_count(0)  # it is the formula in force

    formula.fill("revenue * 2")
    expect(preview.locator("td .muted").first).to_contain_text("today")
    formula.fill("revenu * 2")
    expect(preview.locator(".issue")).to_contain_text('Did you mean "revenue"?')
    expect(preview.locator("table")).to_have_count(0)

    # the word that is being written finds the name, a press puts it in its place
    formula.fill("deals_wo")
    name = page.locator("[data-insert=deals_won]")
    expect(page.locator("[data-insert=calls]")).to_be_hidden()
    name.click()
    expect(formula).to_have_value("deals_won")
    expect(preview.locator("table")).to_be_visible()
    expect(preview.locator(".issue")).to_have_count(0)

    page.locator("[name=reason]").fill("we count deals")
    page.get_by_role("button", name="Let it hold").click()
    expect(page.locator(".timeline")).to_contain_text("we count deals")
    assert KpiVersion.objects.filter(kpi__key="revenue_booked").count() == 2
    assert complaints == []
    assert look(page, "kpi-en") == []


def test_a_kpi_of_ones_own_takes_less_than_two_minutes(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "ada")
    page.goto(f"{address}/kpis/")
    hand = Hand()
    hand.click(page.get_by_role("link", name="New metric"))
    hand.write(page.locator("[name=name_en]"), "Long calls")
    hand.click(page.get_by_label("Call", exact=True))
    hand.choose(page.locator("[name=where_attribute]"), "minutes")
    hand.write(page.locator("[name=where_least]"), "10")
    expect(page.locator("#kpi-preview table")).to_be_visible()
    hand.click(page.locator("#save-metric"))
    hand.click(page.get_by_role("link", name="Make a KPI of it"))
    hand.write(page.locator("[name=name_en]"), "Share of long calls")
    hand.write(page.locator("[data-formula]"), "own_long_calls / calls * 100")
    hand.choose(page.locator("[name=unit]"), "percent")
    expect(page.locator("#kpi-preview table")).to_be_visible()
    hand.click(page.locator("#save-kpi"))
    expect(page.locator("h1")).to_have_text("Share of long calls")

    assert catalogue(today()).kpis["own_share_of_long_calls"].unit == "percent"
    # the worker brings the cells
    page.goto(f"{address}/kpis/metrics/own_long_calls/")
    expect(page.locator("#filling .notice")).to_have_count(0)
    assert Metric.objects.get(key="own_long_calls").filled_to is None
    (row,) = table("what is made")
    assert row[1:] == [*map(str, hand.counts), f"{round(hand.seconds)} s"]
    assert hand.seconds < TWO_MINUTES
    assert complaints == []
