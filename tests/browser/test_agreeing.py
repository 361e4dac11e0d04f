"""A manager proposes, a rep answers with another value, the manager signs, the letter opens."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from kpis.models import Objective
from tests.browser.looking import look
from tests.browser.test_cockpits import sign_in
from tests.browser.test_cockpits import world as world  # a fixture
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_sides_agree_and_the_letter_says_so(
    page: Page, browser: Browser, live_server: Any, complaints: list[str], world: World
) -> None:
    sign_in(page, live_server.url, world.who("manager"))
    page.wait_for_url(f"{live_server.url}/team/")
    page.goto(f"{live_server.url}/objectives/new/")
    page.select_option("[name=who]", "person:rémi")
    page.select_option("[name=kpi]", "revenue_booked")
    page.fill("[name=target]", "6000")
    hindered = look(page, "propose")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("It is not in force yet")).to_be_visible()
    where = page.url

    other = browser.new_context().new_page()
    sign_in(other, live_server.url, world.users["rémi"])
    other.wait_for_url(f"{live_server.url}/cockpit/")
    other.goto(where)
    other.get_by_role("link", name="Another value").click()
    other.fill("[name=target]", "4500")
    other.fill("[name=reason]", "A new area, without customers yet.")
    other.get_by_role("button", name="Send").click()
    expect(other.get_by_text("Countered: €4,500")).to_be_visible()

    page.goto(where)
    expect(page.get_by_text("A new area, without customers yet.")).to_be_visible()
    page.get_by_role("button", name="Accept €4,500").click()
    expect(page.get_by_text("Accepted and signed for the company: €4,500")).to_be_visible()
    hindered += look(page, "agreed")

    other.goto(where)
    other.get_by_role("link", name="Letter").click()
    expect(other.get_by_role("heading", name="Lettre d'objectif")).to_be_visible()
    expect(other.get_by_text("non signé")).to_have_count(0)
    other.get_by_role("link", name="English").click()
    expect(other.get_by_role("heading", name="Letter of objective")).to_be_visible()
    hindered += look(other, "letter")
    other.context.close()

    assert hindered == []
    # the test server has no stream: its refusal is the one complaint that may be heard
    assert [one for one in complaints if "404" not in one] == []
    (row,) = Objective.objects.filter(person=world.people["rémi"])
    assert (row.status, int(row.target), row.steps.count()) == ("accepted", 4500, 3)
