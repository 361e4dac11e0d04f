"""From an activity that nobody thought of to its figure, in a real browser and without code."""

from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from kpis.queries import kpi_values
from tests.browser.company import Company
from tests.browser.looking import look
from tests.browser.test_jobs import sign_in
from tests.serving import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


def figure(company: Company) -> Fraction | None:
    """Of the month, as the worker has computed it."""
    (value,) = kpi_values("own_kilometres_2", period=company.month)
    return value.figure.value


def test_a_new_type_is_counted_by_a_new_kpi(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "ada")
    page.goto(f"{address}/data/")
    page.get_by_role("link", name="Types of activity").click()
    page.get_by_role("link", name="New type").click()
    page.locator("[name=name_en]").fill("Surprise visit")
    page.locator("[name=attributes-0-name_en]").fill("Distance")
    page.locator("[name=attributes-0-type]").select_option("number")
    page.locator("[name=attributes-0-unit]").fill("km")
    assert look(page, "type-en") == []
    page.locator("#save-type").click()

    row = page.locator("#type-own_surprise_visit")
    expect(row).to_contain_text("Distance (km)")
    assert look(page, "types-en") == []
    assert complaints == []
    # from here on pages are left while they still fetch, and say so

    row.get_by_role("link", name="Count it").click()
    page.locator("[name=kind]").select_option("sum_attribute")
    page.locator("[name=attribute]").select_option("distance")
    page.locator("[name=name_en]").fill("Kilometres")
    expect(page.locator("#kpi-preview table")).to_be_visible()
    page.locator("#save-metric").click()
    expect(page.locator("h1")).to_have_text("Kilometres")
    # the page asks every second until the worker has put the past in store
    expect(page.locator("#filling[hx-get]")).to_have_count(0)
    page.get_by_role("link", name="Make a KPI of it").click()
    expect(page.locator("#kpi-preview table")).to_be_visible()
    page.locator("#save-kpi").click()
    expect(page.locator("h1")).to_have_text("Kilometres")

    page.context.clear_cookies()
    sign_in(page, address, company, "léa")
    page.goto(f"{address}/log/")
    page.locator("[name=type]").select_option("own_surprise_visit")
    page.locator("[name=attribute_distance]").fill("12,5")
    page.get_by_role("button", name="Log").click()
    expect(page.locator("main")).to_contain_text("Surprise visit")
    until(lambda: figure(company) == Fraction(25, 2), seconds=60)
    page.goto(f"{address}/kpis/own_kilometres_2/")
    expect(page.locator(".steps .total > details > summary .value")).to_have_text("12.5")
