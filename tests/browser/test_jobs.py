"""Each role's main job in a real browser: a real server, a real worker, PostgreSQL and Valkey."""

import csv
import io
import json
import re
import urllib.request
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from urllib.error import HTTPError

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Download, Locator, Page, expect

from activities.models import Activity, Deal
from activities.services import create_api_key
from challenges.models import Challenge
from incentives.models import LedgerLine, PayPeriod, Statement
from people.models import Person
from tests.browser.company import (
    PASSWORD,
    Company,
    calling_race,
    paid_month,
    running_month,
)
from tests.browser.looking import look

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


def sign_in(page: Page, address: str, company: Company, name: str, language: str = "en") -> None:
    """As somebody: the page that is asked for, the form, the first page."""
    user = company.user(name, language)
    # a live page that loses its session loads itself again, in the middle of the next navigation
    page.goto("about:blank")
    page.context.clear_cookies()
    page.goto(f"{address}/")
    page.locator("[name=login]").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("header .menu")).to_be_visible()


def row(page: Page, name: str) -> Locator:
    """Somebody's row of the board that the page shows."""
    return page.locator(".board-row", has=page.locator(".name", has_text=name))


def card(page: Page, label: str) -> Locator:
    """The card of a KPI."""
    return page.locator(".kpi-card", has=page.locator(".label", has_text=label))


def send(address: str, secret: str, *records: Mapping[str, object]) -> list[dict[str, object]]:
    """Post records as a telephone system does; what became of each."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{address}/api/v1/activities",
        data=json.dumps(records).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {secret}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own server on loopback
        results: list[dict[str, object]] = json.load(answer)["results"]
    return results


# --- rep ------------------------------------------------------------------------------------------


def test_a_rep_logs_a_call_in_two_clicks_and_sees_figure_and_rank_move(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    calling_race(company)
    running_month(company)
    sign_in(page, address, company, "rémi")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rémi Test")
    expect(page.locator("#bonus")).to_contain_text("Earned so far")
    expect(page.locator(".kpi-card")).to_have_count(5)
    expect(row(page, "Omar Test").locator(".rank")).to_have_text("Rank 1")
    expect(row(page, "Rémi Test").locator(".rank")).to_have_text("Rank 2")
    expect(row(page, "Rémi Test")).to_contain_text("tied")
    expect(card(page, "Calls").locator(".figure .value")).to_have_text("2")
    assert look(page, "rep-cockpit-en") == []

    page.get_by_role("link", name="Log an activity").click()
    page.get_by_role("button", name="Log", exact=True).click()
    expect(page.get_by_text("Logged.")).to_be_visible()
    assert Activity.objects.filter(source="form").count() == 1

    page.get_by_role("link", name="My cockpit").click()
    expect(card(page, "Calls").locator(".figure .value")).to_have_text("3")
    expect(row(page, "Rémi Test").locator(".score .value")).to_have_text("3")
    expect(row(page, "Rémi Test")).not_to_contain_text("tied")
    expect(row(page, "Léa Test").locator(".rank")).to_have_text("Rank 3")
    assert complaints == []


def test_a_rep_opens_a_figure_down_to_the_record(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "rémi")
    card(page, "Calls").locator("a.why").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("How this figure is made")
    expect(drawer.locator("tbody tr")).to_have_count(2)
    expect(drawer).to_contain_text("rémi-0")
    assert look(page, "rep-why-en") == []
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    assert complaints == []


@pytest.mark.parametrize(("language", "amount"), [("en", "€700.00"), ("fr", "700,00 €")])
def test_a_rep_opens_a_statement_down_to_the_deals(
    page: Page, address: str, company: Company, complaints: list[str], language: str, amount: str
) -> None:
    paid_month(company)
    sign_in(page, address, company, "rémi", language)
    page.goto(f"{address}/pay/")
    page.locator("main table tbody a").first.click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Rémi Test")
    total = page.locator(".figure.large .value")
    expect(total).to_have_text(re.compile(re.escape(amount).replace(r"\ ", r"\s")))
    page.locator(".pay-line-steps > summary").first.click()
    while page.locator(".steps details:not([open]) > summary:visible").count():
        page.locator(".steps details:not([open]) > summary:visible").first.click()
    source = page.locator(".steps .sources a").first
    expect(source).to_be_visible()
    expect(page.locator("main table tbody").last).to_contain_text("Altaïr")
    assert look(page, f"rep-statement-{language}") == []
    source.click()
    expect(page).to_have_url(re.compile("#"))
    assert complaints == []


# --- manager --------------------------------------------------------------------------------------


def write_challenge(page: Page, company: Company) -> None:
    """Fill in the form as a manager does."""
    page.get_by_role("link", name="New challenge").first.click()
    page.get_by_role("link", name="Most at the end").click()
    page.get_by_label("Name in English").fill("November calls")
    page.get_by_label("What counts", exact=True).select_option("calls")
    page.get_by_label("North").check()
    page.get_by_label("Starts", exact=True).fill(f"{company.month.start}T00:00")
    page.get_by_label("Ends", exact=True).fill(f"{company.month.end}T00:00")
    page.get_by_role("button", name="Add · Prizes").click()
    page.get_by_label("How much").fill("500")
    page.get_by_label("How much").press("Tab")


def test_a_manager_launches_a_challenge_and_the_board_moves_by_itself(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    secret = create_api_key(
        actor=company.world.users["ada"], name="Phone", scopes=["activities:write"]
    ).secret
    sign_in(page, address, company, "marc")
    expect(page.locator("#heat")).to_contain_text("Rémi Test")
    expect(page.get_by_role("heading", name="Who needs you today")).to_be_visible()
    assert look(page, "manager-team-en") == []

    page.locator("nav").get_by_role("link", name="Challenges").first.click()
    write_challenge(page, company)
    expect(page.locator("#preview .rulebook")).to_contain_text("€500")
    assert look(page, "manager-challenge-form-en") == []
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("The draft is saved")).to_be_visible()
    page.goto(page.url.replace("rehearsal/", ""))
    expect(page.locator(".rulebook")).to_contain_text("€500")
    page.get_by_role("link", name="Launch").click()
    page.get_by_role("button", name="Launch").click()
    board = page.locator("#challenge-board")
    expect(board.locator(".chip")).to_contain_text("Live")
    expect(row(page, "Léa Test").locator(".score .value")).to_have_text("2")
    expect(page.locator("html")).to_have_attribute("data-stream", "open")

    page.evaluate("window.stayed = true")
    now = timezone.now().isoformat()
    call = {"external_id": "api-1", "type": "call", "person": "léa", "occurred_at": now}
    assert [one["status"] for one in send(address, secret, call)] == ["created"]
    expect(row(page, "Léa Test").locator(".score .value")).to_have_text("3")
    expect(page.locator("[data-key]").first).to_contain_text("Léa Test")
    taken_back = {"external_id": "api-1", "kind": "cancellation", "reason": "wrong number"}
    assert [one["status"] for one in send(address, secret, taken_back)] == ["cancelled"]
    expect(row(page, "Léa Test").locator(".score .value")).to_have_text("2")
    assert page.evaluate("window.stayed") is True, "the page was loaded again"
    page.reload()
    expect(page.locator(".timeline").first).to_contain_text("api-1 cancelled · 3 → 2")
    assert look(page, "manager-challenge-en") == []

    page.get_by_role("link", name="Close now").click()
    page.get_by_label("Reason").fill("The month was short")
    page.get_by_role("button", name="Close now").click()
    expect(page.get_by_text("Provisional result")).to_be_visible()
    assert Challenge.objects.get().state == "provisional"
    assert complaints == []


# --- HR -------------------------------------------------------------------------------------------


def step(page: Page, name: str) -> None:
    """Press a button that asks back, and agree."""
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("header.page-head").get_by_role("button", name=name, exact=True).click()


def taken(page: Page, button: str) -> tuple[Download, bytes]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value, Path(waiting.value.path()).read_bytes()


def test_hr_pays_a_month_with_four_eyes_and_exports_it(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "hana")
    page.get_by_role("link", name="Open a period").first.click()
    page.locator("[name=day]").fill(company.before.start.isoformat())
    page.get_by_role("button", name="Open the period").click()
    expect(page.get_by_text("The period is open.")).to_be_visible()
    page.get_by_role("button", name="Calculate", exact=True).click()
    expect(page.locator(".page-head .chip")).to_contain_text("Calculated")
    expect(page.locator("#statements tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Mark as reviewed").click()
    expect(page.get_by_text("Marc Test")).to_be_visible()  # has not signed
    page.get_by_label("Reason").fill("Marc is away")
    page.get_by_role("button", name="Mark as reviewed").click()
    expect(page.locator(".page-head .chip")).to_contain_text("Reviewed")
    assert look(page, "hr-period-en") == []
    period = PayPeriod.objects.get()
    where = page.url

    # the same person cannot approve, and reads why
    expect(page.get_by_text("a second person with the rights of HR approves it")).to_be_visible()
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)

    sign_in(page, address, company, "hugo")
    page.goto(where)
    step(page, "Approve")
    expect(page.locator(".page-head .chip")).to_contain_text("Approved")
    step(page, "Lock")
    expect(page.locator(".page-head .chip")).to_contain_text("Locked")

    due = sorted(
        (one.person.number, Decimal(one.amount_minor) / 100)
        for one in LedgerLine.objects.filter(period=period).select_related("person")
    )
    assert ("rémi", Decimal(700)) in due
    download, content = taken(page, "CSV")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert sorted((one["employee_number"], Decimal(one["amount"])) for one in rows) == due
    assert download.suggested_filename.endswith(".csv")
    download, content = taken(page, "Excel")
    head, *lines = load_workbook(io.BytesIO(content))["payroll"].iter_rows(values_only=True)
    cells = [
        {str(key): str(value) for key, value in zip(head, line, strict=True)} for line in lines
    ]
    assert sorted((one["employee_number"], Decimal(one["amount"])) for one in cells) == due

    page.reload()
    expect(page.locator(".page-head .chip")).to_contain_text("Exported")
    page.get_by_role("link", name="Rémi Test").click()
    page.locator(".pay-line-steps > summary").first.click()
    page.locator(".steps summary").first.click()
    expect(page.locator(".steps").first).to_contain_text("€10,000")
    assert look(page, "hr-statement-en") == []
    assert complaints == []


def test_a_rep_disputes_a_line_and_hr_answers_in_time(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    paid_month(company)
    statement = Statement.objects.get(person=company.world.people["rémi"], corrects=None)
    sign_in(page, address, company, "rémi")
    page.goto(f"{address}/pay/statements/{statement.pk}/")
    page.get_by_role("link", name=re.compile("^Dispute")).first.click()
    page.get_by_label("What is not right?").fill("The deal with Altaïr is missing.")
    page.get_by_role("button", name="Open the dispute").click()
    expect(page.locator("#dispute .timeline")).to_contain_text("Altaïr is missing")
    assert look(page, "rep-dispute-en") == []
    where = page.url

    sign_in(page, address, company, "hana")
    expect(
        page.locator("nav").get_by_role("link", name=re.compile("Disputes")).first
    ).to_contain_text("1")
    page.locator("nav").get_by_role("link", name=re.compile("Disputes")).first.click()
    assert look(page, "hr-disputes-en") == []
    page.get_by_role("link", name="Rémi Test").click()
    page.get_by_label("Your words").fill("It was won this month.")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".page-head .chip").first).to_contain_text("Answered")
    assert page.url == where
    page.get_by_label("Your words").fill("Agreed: it was promised for last month.")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("link", name="Propose an adjustment").click()
    assert look(page, "hr-adjustment-form-en") == []
    assert complaints == []


# --- administrator --------------------------------------------------------------------------------

PEOPLE = """number;first_name;last_name;email;team;manager;role;valid_from
V1;Nadia;Vidal;nadia@velo.example;South;sonia;ae;{day}
V2;Paul;Weber;paul@velo.example;South;sonia;{role};2026-01-01
"""
DEALS = """id,owner,stage,account,amount,currency,engaged_on,closed_on
X1,V1,won,Deneb,1200.50,EUR,2026-01-05,2026-02-10
X2,{owner},won,Électra,800,EUR,2026-01-05,2026-02-11
"""


def bring(page: Page, address: str, kind: str, name: str, text: str) -> None:
    """Send a file and import it as it was understood."""
    page.goto(f"{address}/data/")
    page.get_by_label("What the file holds").select_option(kind)
    page.locator("[name=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()


def test_an_administrator_imports_files_after_the_bad_row_is_corrected(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "ada")
    known, deals = Person.objects.count(), Deal.objects.count()
    bring(page, address, "people", "bad.csv", PEOPLE.format(day="2026-02-31", role="ae"))
    expect(page.get_by_text("Nothing has been written.")).to_be_visible()
    expect(page.locator(".issue.error")).to_have_count(1)
    expect(page.locator(".issue.error")).to_contain_text("2026-02-31")
    assert look(page, "admin-import-bad-en") == []
    assert Person.objects.count() == known

    bring(page, address, "people", "people.csv", PEOPLE.format(day="2026-01-01", role="sdr"))
    expect(page.get_by_text("What it brought")).to_be_visible()
    assert Person.objects.count() == known + 2

    bring(page, address, "deals", "bad_deals.csv", DEALS.format(owner="Nobody"))
    expect(page.locator(".issue.error")).to_contain_text("Nobody")
    assert Deal.objects.count() == deals
    bring(page, address, "deals", "deals.csv", DEALS.format(owner="V2"))
    expect(page.get_by_text("What it brought")).to_be_visible()
    won = Activity.objects.filter(type__key="deal_won", credits__person__number__in=["V1", "V2"])
    assert set(won.values_list("amount_minor", flat=True)) == {80_000, 120_050}
    assert look(page, "admin-batch-en") == []
    assert complaints == []


def test_an_administrator_makes_a_key_that_works_until_it_is_revoked(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "ada")
    page.goto(f"{address}/data/keys/")
    page.get_by_label("Name").fill("Telephone")
    page.get_by_label("Send activities").check()
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator(".notice code").inner_text()
    now = timezone.now().isoformat()
    call = {"external_id": "t-1", "type": "call", "person": "rémi", "occurred_at": now}
    assert [one["status"] for one in send(address, secret, call)] == ["created"]
    assert look(page, "admin-keys-en") == []
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("main table")).to_contain_text("Revoked")
    with pytest.raises(HTTPError, match="Unauthorized"):
        send(address, secret, {**call, "external_id": "t-2"})
    page.goto(f"{address}/people/")
    expect(page.locator("main")).to_contain_text("Sonia Test")
    assert look(page, "admin-people-en") == []
    assert complaints == []


# --- nobody sees what is not theirs ---------------------------------------------------------------


def test_a_rep_finds_nothing_at_an_administrators_page_nor_at_anothers_statement(
    page: Page, address: str, company: Company
) -> None:
    paid_month(company)
    others = Statement.objects.get(person=company.world.people["omar"])
    own = Statement.objects.get(person=company.world.people["rémi"])
    sign_in(page, address, company, "rémi")
    for path in ("/data/keys/", f"/pay/statements/{others.pk}/"):
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_text("There is nothing at this address.")).to_be_visible()
    assert look(page, "rep-404-en") == []
    answer = page.goto(f"{address}/pay/statements/{own.pk}/")
    assert answer is not None
    assert answer.status == 200


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(
    page: Page, address: str, company: Company
) -> None:
    sign_in(page, address, company, "rémi")
    page.goto(f"{address}/cockpit/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.locator("main :focus")
    expect(focused).to_be_visible()
    outline = focused.evaluate("one => getComputedStyle(one).outlineStyle")
    assert outline != "none"


def test_french_pages_hold_no_hindrance(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    challenge = calling_race(company)
    period = paid_month(company)
    running_month(company)
    found: list[str] = []
    pages = {
        "rémi": {"cockpit": "/cockpit/", "log": "/log/", "pay": "/pay/"},
        "marc": {
            "team": "/team/",
            "challenge": f"/challenges/{challenge.pk}/",
            "form": "/challenges/new/",
            "leaderboard": "/leaderboards/",
        },
        "hana": {"office": "/hr/", "period": f"/pay/periods/{period}/", "plan": "/plans/seller/"},
        "ada": {"imports": "/data/", "people": "/people/", "kpis": "/kpis/"},
    }
    for name, shown in pages.items():
        sign_in(page, address, company, name, "fr")
        for title, path in shown.items():
            answer = page.goto(address + path)
            assert answer is not None
            assert answer.status == 200, path
            expect(page.locator("html")).to_have_attribute("lang", "fr")
            found += look(page, f"{name}-{title}-fr")
    assert found == []
    assert complaints == []
