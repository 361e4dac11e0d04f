"""A manager holds the review of last month: reads it, decides by keyboard, closes it."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from kpis.models import Decision, Review
from people.queries import today
from tests.browser.company import Company
from tests.browser.looking import look
from tests.browser.test_jobs import sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


def test_a_manager_decides_and_holds_the_review_of_last_month(
    page: Page, address: str, complaints: list[str], company: Company
) -> None:
    sign_in(page, address, company, "marc")
    page.goto(f"{address}/reviews/")
    due = page.get_by_role("listitem").filter(has_text="Monthly review")
    due.get_by_role("link", name="Open the review").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Monthly review")
    figures = page.get_by_role("region", name="Figures")
    expect(figures.get_by_role("row").filter(has_text="Revenue")).to_contain_text("€12,000")
    expect(page.get_by_role("button", name="Hold the review")).to_have_count(0)
    assert look(page, "review") == []

    page.get_by_label("Decision", exact=True).fill("Call back within a day.")
    page.get_by_label("Who does it").select_option(label="Rémi Test")
    page.get_by_label("By when").fill((today() + timedelta(days=7)).isoformat())
    page.get_by_role("button", name="Write it down").press("Enter")
    decided = page.get_by_role("region", name="Decisions")
    expect(decided).to_contain_text("Call back within a day.")
    page.get_by_role("button", name="Hold the review").press("Enter")

    expect(page.get_by_text("The page stands as it was when the review was held")).to_be_visible()
    expect(page.get_by_role("button", name="Write it down")).to_have_count(0)
    review = Review.objects.get()
    assert (review.held_by, review.starts_on) == (company.world.users["marc"], company.before.start)
    assert [one.owner for one in Decision.objects.filter(review=review)] == [
        company.world.people["rémi"]
    ]
    assert complaints == []
