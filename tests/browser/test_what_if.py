"""A rep tries deals out in a real browser: the answer follows while one types."""

import re

import pytest
from playwright.sync_api import Page, expect

from incentives.models import PayPeriod
from tests.browser.company import Company, running_month
from tests.browser.looking import look
from tests.browser.test_jobs import sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_rep_adds_a_deal_and_takes_it_back(
    page: Page, address: str, company: Company, complaints: list[str], language: str
) -> None:
    running_month(company)
    sign_in(page, address, company, "rémi", language)
    page.goto(f"{address}/pay/")
    page.locator("a[href*='what-if']").click()
    amount = page.locator("#what-if-outcome .figure .value, #what-if-outcome .value").first
    before = amount.inner_text()
    page.locator("[name=add-0-amount]").fill("25000")
    expect(page.locator("#what-if-outcome .tone-good")).to_be_visible()
    assert figure(amount.inner_text()) > figure(before)
    page.locator("[name=more]").click()
    expect(page.locator("[name=add-1-amount]")).to_be_visible()
    expect(page.locator("[name=add-0-amount]")).to_have_value("25000")
    page.locator("[name=add-1-amount]").fill("a lot")
    expect(page.locator("#what-if-outcome .issue")).to_be_visible()
    page.locator("[name=add-1-amount]").fill("")
    page.locator("[name=add-0-amount]").fill("")
    expect(amount).to_have_text(before)
    page.locator("[name=add-0-amount]").fill("25000")
    expect(page.locator("#what-if-outcome .tone-good")).to_be_visible()
    assert PayPeriod.objects.get(starts_on=company.month.start).state == "open"
    assert complaints == []
    # shots leave empty style attributes behind, which a later swap would trip over: they come last
    assert look(page, f"rep-what-if-{language}") == []


def figure(text: str) -> int:
    """An amount as the page writes it, in cents."""
    return int(re.sub(r"[^\d]", "", text))
