"""Each role signs in and reads its first page: it fits every width, and nothing complains."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from activities.inputs import ActivityInput
from activities.services import load_activity_types, record_activities
from kernel.periods import Period
from kpis.services import ObjectiveInput, load_dictionary, recompute_touched, set_objective
from people.models import User
from people.queries import today
from tests.world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-pass-phrase"
FIRST_PAGES = {
    "rep": ("/cockpit/", "Léa Test"),
    "manager": ("/team/", "North"),
    "hr": ("/hr/", "Pay"),
    "admin": ("/setup/", "Vélo SA"),
    "executive": ("/direction/", "Direction"),
}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def world() -> World:
    """The small company with some sales today and an objective for Léa."""
    cache.clear()
    made = make_world()
    load_activity_types()
    load_dictionary()
    for user in made.users.values():
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    record_activities(actor=None, source="crm", records=[_won(1, "léa"), _won(2, "omar")])
    month = Period.month(today())
    wanted = ObjectiveInput("revenue_booked", Fraction(5000), month.start, month.end, person="léa")
    set_objective(actor=None, objective=wanted)
    recompute_touched()
    return made


def _won(number: int, who: str) -> ActivityInput:
    return ActivityInput(
        external_id=f"w{number}",
        type="deal_won",
        occurred_at=timezone.now(),
        person=who,
        amount=Fraction(1200 * number),
        currency="EUR",
        account="Imprimerie du Marais",
    )


def sign_in(page: Page, address: str, user: User) -> None:
    page.goto(address + "/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.locator("form[action*=login] button[type=submit], main form button").first.click()


@pytest.mark.parametrize("kind", sorted(FIRST_PAGES))
def test_a_role_signs_in_and_reads_its_page_at_every_width(
    page: Page, live_server: Any, complaints: list[str], shots: Path, world: World, kind: str
) -> None:
    where, title = FIRST_PAGES[kind]
    sign_in(page, live_server.url, world.who(kind))
    page.wait_for_url(live_server.url + where)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    for width in (375, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TOO_WIDE) <= 0, f"{width} px"
        page.screenshot(path=shots / f"{kind}-{width}.png", full_page=True)
    # the test server has no stream: its refusal is the one complaint that may be heard
    assert [one for one in complaints if "404" not in one] == []


def test_a_rep_opens_why_and_a_manager_opens_a_sheet(
    page: Page, live_server: Any, world: World
) -> None:
    sign_in(page, live_server.url, world.who("manager"))
    page.wait_for_url(live_server.url + "/team/")
    page.get_by_role("link", name="Léa Test").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Léa Test")
    page.locator(".kpi-card .why").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Imprimerie du Marais")


def test_the_month_before_is_one_click_away(page: Page, live_server: Any, world: World) -> None:
    sign_in(page, live_server.url, world.who("manager"))
    page.get_by_role("link", name="The month before").click()
    before = Period.month(today()).previous().start
    assert date.fromisoformat(page.url.rpartition("on=")[2]) == before
