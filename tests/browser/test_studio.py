"""The life of a challenge as its manager leads it, in a real browser; each step is in the audit."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from activities.inputs import ActivityInput, Entry
from activities.services import record_activities
from challenges.models import Challenge, Result
from common.models import AuditEntry
from kpis.services import recompute_touched
from tests.browser.company import Company
from tests.browser.looking import look
from tests.browser.test_game import audited, closed_race
from tests.browser.test_jobs import row, sign_in, write_challenge

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


def ask(page: Page, link: str, reason: str = "") -> None:
    """A step of the challenge: its button, the reason where one is asked for, and yes."""
    page.locator(".page-head").get_by_role("link", name=link, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(link))
    if reason:
        page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name=link, exact=True).click()
    expect(page.locator("#challenge-board")).to_be_visible()


def test_a_manager_leads_a_challenge_from_the_template_to_its_end(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "marc")
    page.goto(f"{address}/challenges/")
    assert look(page, "manager-challenges-empty-en") == []
    page.goto(f"{address}/challenges/new/")
    assert look(page, "manager-challenge-templates-en") == []
    page.goto(f"{address}/challenges/")
    write_challenge(page, company)
    page.get_by_role("button", name="Save").last.click()
    # the replays of a worker come by themselves
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
    assert look(page, "manager-rehearsal-en") == []

    # correct the draft: another prize
    page.get_by_role("link", name="Change").click()
    page.get_by_label("How much").fill("400")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("The rules are changed.")).to_be_visible()
    expect(page.locator(".rulebook").first).to_contain_text("€400")
    ask(page, "Launch")
    expect(page.locator("#challenge-board .chip")).to_contain_text("Live")

    challenge = Challenge.objects.get()
    later = challenge.ends_at + timedelta(days=2)
    page.locator(".page-head").get_by_role("link", name="Extend").click()
    page.get_by_label("New end").fill(f"{later:%Y-%m-%dT%H:%M}")
    page.get_by_label("Reason").fill("Two days of fair")
    assert look(page, "manager-extend-en") == []
    page.get_by_role("button", name="Extend").click()
    expect(page.locator("#challenge-board")).to_be_visible()
    expect(page.get_by_text("Two days of fair").first).to_be_visible()

    ask(page, "Pause", "The telephones are down")
    expect(page.locator("main .notice")).to_contain_text("Paused")
    assert look(page, "manager-paused-en") == []
    ask(page, "Resume")
    expect(page.locator("#challenge-board .chip")).to_contain_text("Live")

    # amend: all who play read both prizes and the reason
    page.locator(".page-head").get_by_role("link", name="Change").click()
    page.get_by_label("How much").fill("450")
    page.get_by_label("Reason").fill("The sponsor pays more")
    assert look(page, "manager-amend-en") == []
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("main del", has_text="€400")).to_have_count(1)
    expect(page.locator("main ins", has_text="€450")).to_have_count(1)

    ask(page, "Close now", "Everybody has reached it")
    expect(page.get_by_text("Provisional result")).to_be_visible()
    assert look(page, "manager-closed-en") == []
    rows = AuditEntry.objects.filter(action__startswith="challenge.").order_by("id")
    by_marc = rows.filter(actor=company.world.users["marc"])
    assert [one.action.removeprefix("challenge.") for one in by_marc] == [
        "create", "change_draft", "schedule", "extend", "pause", "resume", "amend", "close",
    ]  # fmt: skip
    # the window had begun: the clock set it live
    assert [one.action for one in rows if one.actor is None] == ["challenge.advance"]

    sign_in(page, address, company, "rémi")
    page.goto(f"{address}/challenges/{challenge.pk}/")
    expect(page.locator("main")).to_contain_text("The sponsor pays more")
    assert look(page, "rep-amended-rules-en") == []
    assert complaints == []


def test_a_manager_decides_on_odd_records(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    challenge = closed_race(company, signed=False, integrity={"minimum_value": "5000"})
    sign_in(page, address, company, "marc")
    page.goto(f"{address}/challenges/{challenge.pk}/")
    expect(row(page, "Léa Test")).to_contain_text("under review")
    page.locator(".page-head").get_by_role("link", name="Review").click()
    expect(page.locator("main")).to_contain_text("Worth €4,000, less than €5,000.")
    assert look(page, "manager-review-en") == []
    page.get_by_label("Reason").fill("A sample for nothing")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()
    expect(page.locator("main .timeline")).to_contain_text("A sample for nothing")
    assert look(page, "manager-reviewed-en") == []

    page.goto(f"{address}/challenges/{challenge.pk}/")
    expect(row(page, "Rémi Test").locator(".score .value")).to_have_text("€9,000")
    expect(row(page, "Léa Test")).not_to_contain_text("under review")
    assert audited("challenge.review") == ["challenge.review"]
    assert complaints == []


def test_an_official_result_is_amended_in_public(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    challenge = closed_race(company, signed=False, after_official={"policy": "amend"})
    sign_in(page, address, company, "marc")
    page.goto(f"{address}/challenges/{challenge.pk}/")
    ask(page, "Make official")
    expect(page.locator("#challenge-board .chip")).to_contain_text("Official")
    expect(row(page, "Rémi Test").locator(".rank")).to_have_text("Rank 1")
    assert look(page, "manager-official-en") == []

    # Rémi's deal is cancelled after the signature: a worker amends the result
    sign_in(page, address, company, "léa")
    page.goto(f"{address}/challenges/{challenge.pk}/")
    expect(page.locator("html")).to_have_attribute("data-stream", "open")
    returned = ActivityInput(external_id="S1", kind=Entry.CANCELLATION, reason="returned")
    accepted = record_activities(actor=None, source="crm", records=[returned])
    assert not [issue for one in accepted for issue in one.issues]
    recompute_touched()
    expect(page.locator("#challenge-board .chip")).to_contain_text("Amended")
    expect(row(page, "Léa Test").locator(".rank")).to_have_text("Rank 1")
    page.reload()
    said = page.locator("main table", has_text="Rank before").locator("tbody tr")
    cells = said.filter(has_text="Léa Test").locator("td")
    expect(cells).to_have_text(["2", "1", "€4,000", "€4,000", "–", "100 points"])
    assert look(page, "rep-amended-en") == []
    numbers = Result.objects.filter(challenge=challenge).order_by("number")
    assert list(numbers.values_list("number", flat=True)) == [1, 2]
    assert audited("challenge.amend_result") == ["challenge.amend_result"]
    assert complaints == []
