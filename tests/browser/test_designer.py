"""HR designs a plan in a real browser: from a usual one, by form and by text, to a saved draft."""

import re

import pytest
from playwright.sync_api import Page, expect

from incentives.models import PlanVersion
from tests.browser.company import Company
from tests.browser.looking import look
from tests.browser.test_jobs import sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


def test_hr_designs_a_plan_from_a_usual_one_to_a_saved_draft(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "hana")
    page.goto(f"{address}/plans/new/")
    page.get_by_role("link", name="Tiers and accelerator").click()
    expect(page.get_by_text("Can be saved")).to_be_visible()
    expect(page.get_by_text("comes true")).to_have_count(2)

    rate = page.locator("[name='at:components[0].steps[0].tiers[1].rate']")
    rate.fill("5 %")
    rate.press("Tab")
    document = page.locator("#plan-document")
    expect(document).to_have_value(re.compile("rate: 5 %"))
    expect(page.get_by_text("differs")).to_have_count(2)
    rate.fill("3 %")
    rate.press("Tab")
    expect(page.get_by_text("comes true")).to_have_count(2)

    document.fill(document.input_value().replace("at: 4000", "at: 4500"))
    page.keyboard.press("Tab")
    expect(page.locator("[name='at:steps[0].at']")).to_have_value("4500")

    page.locator("select[name='new:components[0].steps']").select_option("cap")
    page.locator("[id='add:components[0].steps']").click()
    expect(page.locator(".designer-component").first.locator(".designer-step")).to_have_count(2)
    page.locator("[id='remove:components[0].steps[1]']").click()
    expect(page.locator(".designer-component").first.locator(".designer-step")).to_have_count(1)

    # last: taking pictures leaves empty style attributes, which a swapped form would carry on
    assert look(page, "plan-designer-en") == []
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tiers and accelerator")
    assert "at: 4500" in PlanVersion.objects.get(plan__key="tiers_accelerator").document
    assert complaints == []
