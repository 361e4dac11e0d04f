"""A challenge in a real browser: the form's preview, the live board, a cancelled deal."""

from fractions import Fraction
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from activities.inputs import ActivityInput, Entry
from activities.services import record_activities
from challenges import services
from kernel.periods import Period
from people.models import User
from people.queries import today
from tests.challenges.games import MARCH
from tests.kpis.crew import Crew, make_crew
from tests.serving import cookie_of, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # the file server's own affair; a web server in front sends static files in production
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


def enter(page: Page, user: User, address: str) -> None:
    user.language = "en"
    user.save()
    name, _, value = cookie_of(user).partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": address}])


def deal(number: str, who: str, amount: int) -> ActivityInput:
    return ActivityInput(
        external_id=number, type="deal_won", person=who, occurred_at=timezone.now(),
        amount=Fraction(amount), currency="EUR",
    )  # fmt: skip


def running(crew: Crew) -> int:
    month = Period.month(today())
    window = {"start": month.start.isoformat(), "end": month.end.isoformat()}
    draft = services.create_challenge(
        actor=None, document={**MARCH, "window": window}, team_keys=["west"]
    )
    record_activities(
        actor=None, source="crm",
        records=[deal("d1", "P1", 9000), deal("d2", "P2", 7500), deal("d3", "P3", 1200)],
    )  # fmt: skip
    return services.launch(actor=crew.admin, challenge=draft).pk


def test_the_board_moves_by_itself_when_a_deal_is_cancelled(
    page: Page, complaints: list[str], shots: Path
) -> None:
    crew = make_crew()
    challenge = running(crew)
    with served() as port:
        address = f"http://127.0.0.1:{port}"
        enter(page, crew.user_of(crew.hugo), address)
        page.set_viewport_size({"width": 1440, "height": 1100})
        page.goto(f"{address}/challenges/{challenge}/")
        rows = page.locator(".board-row .name")
        expect(rows.first).to_contain_text("Léa Martin")
        page.screenshot(path=shots / "challenge-1440.png", full_page=True)

        record_activities(
            actor=None, source="crm",
            records=[ActivityInput(external_id="d1", kind=Entry.CANCELLATION, reason="returned")],
        )  # fmt: skip
        services.rescore_challenge(challenge_id=challenge)

        expect(rows.first).to_contain_text("Hugo Petit")
        expect(page.locator("#challenge-more")).to_contain_text("up to €7,500")
        expect(page.locator("#challenge-prizes")).not_to_contain_text("Léa Martin")
        page.set_viewport_size({"width": 375, "height": 800})
        page.screenshot(path=shots / "challenge-375.png", full_page=True)
        page.locator(".board-row.me a.why").click()
        expect(page.locator("#drawer")).to_contain_text("d2")
    assert complaints == []


def take(page: Page, path: Path) -> None:
    """A picture with the text cursor in it: to hide it, the tool would write styles of its own."""
    page.screenshot(path=path, full_page=True, caret="initial")


def test_the_form_shows_the_rules_while_one_writes(
    page: Page, complaints: list[str], shots: Path
) -> None:
    crew = make_crew()
    with served() as port:
        address = f"http://127.0.0.1:{port}"
        enter(page, crew.user_of(crew.ines), address)
        page.set_viewport_size({"width": 1440, "height": 1100})
        page.goto(f"{address}/challenges/new/")
        page.get_by_role("link", name="Race to target").click()
        page.get_by_label("Name in English").fill("Race of May")
        page.get_by_label("North").check()
        page.get_by_label("Target", exact=True).fill("60 000")
        page.get_by_label("Starts", exact=True).fill("2027-05-01T00:00")
        page.get_by_label("Ends", exact=True).fill("2027-06-01T00:00")
        page.get_by_role("button", name="Add · Prizes").click()
        page.get_by_label("How much").fill("500")
        page.get_by_label("How much").press("Tab")
        expect(page.locator("#preview")).to_contain_text("€60,000")
        expect(page.locator("#preview")).to_contain_text("Rank 1: €500.00.")
        page.get_by_text("More rules").click()
        take(page, shots / "challenge-form-1440.png")
        page.get_by_label("What they mean", exact=True).select_option("chain")
        expect(page.get_by_label("Decided by", exact=True)).to_be_visible()
        expect(page.get_by_label("How much")).to_have_value("500")
        page.get_by_label("What they mean", exact=True).select_option("share")
        expect(page.get_by_label("Decided by", exact=True)).to_have_count(0)
        page.get_by_role("button", name="Save").last.click()
        expect(page.get_by_text("The draft is saved")).to_be_visible()
        page.goto(page.url.replace("rehearsal/", ""))
        expect(page.get_by_role("heading", name="Race of May")).to_be_visible()
        page.get_by_role("link", name="Launch").click()
        page.get_by_role("button", name="Launch").click()
        expect(page.locator(".chip").first).to_contain_text("Scheduled")
        for key, width in (("scorecard", 1440), ("championship", 375), ("power_hour", 768)):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{address}/challenges/new/{key}/")
            expect(page.locator("#preview")).to_contain_text("Name")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (key, wide)
            take(page, shots / f"challenge-{key}-{width}.png")
    assert complaints == []
