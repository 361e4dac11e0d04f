"""Pages to steer by, as people with a phone, a keyboard or a reader of the screen have them."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kpis.alerts.services import HookInput, RuleInput, add_rule, add_webhook, check_alerts
from kpis.models import Alert, AlertAction, AlertRule
from people.queries import today
from tests.browser.company import Company
from tests.browser.looking import look, walk
from tests.browser.test_jobs import sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


def begin_an_alert() -> Alert:
    """Everybody who sells made fewer calls than a thousand on the last working day."""
    AlertRule.objects.update(is_active=False)
    document = {"kind": "level", "kpi": "calls_count", "days": "1", "limit": "1000"}
    add_rule(actor=None, rule=RuleInput("Peu d'appels", "Few calls", document))
    check_alerts()
    return Alert.objects.filter(person__number="rémi").get()


def seen_everywhere(page: Page, address: str, pages: Iterable[str]) -> list[str]:
    """What hinders people on the pages: by eye, in both lights and widths, and by keyboard."""
    found = []
    for path in pages:
        answer = page.goto(address + path)
        assert answer is not None, path
        assert answer.status == 200, path
        page.wait_for_load_state("load")
        name = path.partition("?")[0].strip("/").replace("/", "-")
        found += look(page, f"steering-{name}")
        found += walk(page, path)
    return found


def test_a_new_alert_appears_by_itself_and_its_action_is_chosen_by_keyboard(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "marc")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/team/")
    card, count = page.locator("#team-alerts"), page.locator(".nav > a .waits-alerts .count")
    expect(card).to_contain_text("Nobody needs you urgently")
    expect(count).to_have_count(0)
    expect(page.locator("html[data-stream=open]")).to_have_count(1)
    alert = begin_an_alert()
    expect(card).to_contain_text("Few calls")
    expect(count).to_contain_text("waiting")

    page.goto(f"{address}/alerts/{alert.pk}/")
    page.locator("[name=kind]").focus()
    page.keyboard.type("Talk")
    page.keyboard.press("Tab")
    page.keyboard.type("A walk at noon")
    page.keyboard.press("Tab")
    due = page.locator("[name=due_on]")
    expect(due).to_be_focused()
    due.fill((today() + timedelta(days=3)).isoformat())
    page.get_by_role("button", name="Note the action").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Close the action")).to_be_visible()
    held = AlertAction.objects.get()
    assert (held.kind, held.note) == ("talk", "A walk at noon")
    assert complaints == []


def test_alerts_hinder_nobody_who_leads(page: Page, address: str, company: Company) -> None:
    alert = begin_an_alert()
    marc = company.user("marc")
    AlertAction.objects.create(
        alert=Alert.objects.exclude(pk=alert.pk).order_by("id")[0], kind="talk", note="A walk",
        due_on=today(), before=alert.seen, latest=alert.seen, by=marc, at=timezone.now(),
    )  # fmt: skip
    sign_in(page, address, company, "marc")
    one = f"/alerts/{alert.pk}/"
    new = f"/alerts/rules/new/{alert.rule.document['kind']}/"
    pages = ("/alerts/", "/alerts/?show=acted", one, f"{one}mute/", "/alerts/wishes/",
             "/alerts/rules/", new)  # fmt: skip
    assert seen_everywhere(page, address, pages) == []


def test_figures_hinder_nobody_who_leads(page: Page, address: str, company: Company) -> None:
    sign_in(page, address, company, "marc")
    person = company.world.people["rémi"].pk
    pages = ("/team/", f"/team/{person}/", "/forecast/", "/objectives/", "/scorecards/",
             f"/kpis/average_deal/move/?person={person}")  # fmt: skip
    assert seen_everywhere(page, address, pages) == []


def test_figures_hinder_nobody_who_sells(page: Page, address: str, company: Company) -> None:
    begin_an_alert()
    sign_in(page, address, company, "rémi", "fr")
    pages = ("/cockpit/", "/alerts/", "/forecast/", "/objectives/", "/kpis/", "/kpis/closing_rate/")
    assert seen_everywhere(page, address, pages) == []


def test_what_is_set_up_hinders_nobody(page: Page, address: str, company: Company) -> None:
    ada = company.user("ada")
    add_webhook(actor=ada, hook=HookInput("Sales", "https://hooks.example.org/x", "slack", "en"))
    sign_in(page, address, company, "ada")
    pages = ("/alerts/webhooks/", "/alerts/webhooks/new/", "/kpis/new/", "/kpis/metrics/new/",
             "/scorecards/ae/", "/kpis/metrics/deals_won/")  # fmt: skip
    assert seen_everywhere(page, address, pages) == []
