"""A screen on a wall in a real browser: opened by its link, turning, live, and dark when closed."""

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from challenges import services as challenges
from challenges.models import EventKind, FeedEvent
from challenges.screens import services
from common import live
from people.models import Company
from tests.browser.looking import look
from tests.browser.test_challenge import running
from tests.kpis.crew import Crew, make_crew
from tests.serving import served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # the file server's own affair; a web server in front sends static files in production
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]
SHOWN = "#wall .wall-slide.current"


def won(crew: Crew, key: str) -> None:
    """A large deal of Léa, told to who listens."""
    now = timezone.now()
    FeedEvent.objects.create(
        key=key, kind=EventKind.DEAL, at=now, happened_at=now, person=crew.lea,
        team=crew.south, detail={"from": "1000", "shared": False},
    )  # fmt: skip
    live.publish("feed")


def test_a_wall_opens_turns_cheers_and_goes_dark(page: Page, complaints: list[str]) -> None:
    cache.clear()
    crew = make_crew()
    Company.objects.update(language="en")
    challenge = running(crew)
    new = services.make_screen(actor=None, name="Floor 2", team=crew.south)
    with served() as port:
        page.clock.install()
        page.set_viewport_size({"width": 1920, "height": 1080})
        page.goto(f"http://127.0.0.1:{port}/tv/#{new.secret}")
        expect(page.locator(SHOWN)).to_contain_text("Léa Martin")
        assert page.url == f"http://127.0.0.1:{port}/tv/"
        assert new.secret not in page.content()
        assert page.evaluate("document.cookie").find(new.secret) == -1
        assert look(page, "wall") == []
        assert small_texts(page) == []
        page.emulate_media(reduced_motion="reduce")
        moves = "getComputedStyle(document.querySelector('.wall-slide.current')).animationName"
        assert page.evaluate(moves) == "none"

        # a score moves by itself
        expect(page.locator("html")).to_have_attribute("data-stream", "open")
        challenges.set_face(actor=None, person=crew.lea, nickname="Fox", hidden=False)
        expect(page.locator(SHOWN)).to_contain_text("Fox")
        expect(page.locator(SHOWN)).not_to_contain_text("Léa")

        # what is new is celebrated at once, and the board comes back in its turn
        won(crew, "deal:crm:1")
        expect(page.locator(SHOWN)).to_contain_text("Fox won a large deal.")
        page.clock.run_for(21_000)
        expect(page.locator(SHOWN)).to_have_attribute("data-slide", f"board-{challenge}")
        page.clock.run_for(13_000)
        expect(page.locator(SHOWN)).to_contain_text("Fox won a large deal.")

        # the page that posts the secret is one that is not found
        assert [one for one in complaints if "404" not in one] == []
        # without a network it says so, and goes on when there is one
        page.context.set_offline(True)
        page.clock.run_for(170_000)
        expect(page.locator(".wall-lost")).to_be_visible()
        page.context.set_offline(False)
        page.clock.run_for(61_000)
        expect(page.locator(".wall-lost")).to_be_hidden()
        services.withdraw_screen(actor=None, screen_id=new.screen.pk)
        page.clock.run_for(61_000)
        expect(page.locator("h1")).to_contain_text("This screen is closed")
        assert "Fox" not in page.content()


def small_texts(page: Page) -> list[str]:
    """What is written smaller than 28 px on a screen of 1080 lines, and can be seen."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.wall-slide.current *')]
          .filter((one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
          .filter((one) => one.checkVisibility() && !one.closest('.visually-hidden'))
          .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 28)
          .map((one) => one.textContent.trim())"""
    )
    return found
