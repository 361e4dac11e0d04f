"""From the list of challenges to the launch in less than three minutes, by what a person has to do.

What is counted here stands in docs/launching.md, and must be what stands there.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from challenges.gathering.inputs import latest_rules, parsed
from challenges.models import Challenge
from tests.browser.company import Company
from tests.browser.keystrokes import Hand
from tests.browser.test_jobs import sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]
DOCUMENT = Path(__file__).parents[2] / "docs/launching.md"
Fill = Callable[[Page, Hand], None]


def most(page: Page, hand: Hand) -> None:
    """Most calls."""
    hand.choose(page.get_by_label("What counts", exact=True), "calls")
    prizes(page, hand, "300", "200", "100")


def percent(page: Page, hand: Hand) -> None:
    """Percent of the own objective: as it is proposed."""
    prizes(page, hand, "300", "200", "100")


def race(page: Page, hand: Hand) -> None:
    """The first three to book 40,000."""
    hand.write(page.get_by_label("Target", exact=True), "40000")
    prizes(page, hand, "300", "200", "100")


def points(page: Page, hand: Hand) -> None:
    """Points for calls, meetings and deals: as they are proposed, but a deal is worth more."""
    hand.write(page.locator("[name='score.parts[2].points']"), "80")
    prizes(page, hand, "300", "200", "100")


def teams(page: Page, hand: Hand) -> None:
    """North against South, one prize."""
    hand.click(page.get_by_label("West / North"))
    hand.click(page.get_by_label("East / South"))
    prizes(page, hand, "500")


def prizes(page: Page, hand: Hand, *amounts: str) -> None:
    """Money for the first places."""
    for number, amount in enumerate(amounts):
        hand.click(page.get_by_role("button", name="Add · Prizes"))
        field = page.get_by_label("How much")
        expect(field).to_have_count(number + 1)
        hand.write(field.nth(number), amount)


COLUMNS = ("format", "clicks", "choices", "fields", "characters", "by the model")
CASES: dict[str, tuple[str, Fill, int]] = {
    "Most at the end": ("marc", most, 3),
    "Percent of own target": ("marc", percent, 3),
    "Race to target": ("marc", race, 3),
    "Weighted points": ("marc", points, 3),
    "Team against team": ("ada", teams, 1),
}
"""By the title of the format: who makes it, what is filled in, how many prizes there are then."""


def written_down() -> dict[str, list[str]]:
    """The rows of the table in the document, by their first cell."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return {row[0]: row[1:] for row in rows if row[0] in CASES and len(row) == len(COLUMNS)}


@pytest.mark.parametrize("title", CASES)
def test_a_challenge_is_launched_in_less_than_three_minutes(
    page: Page, address: str, company: Company, complaints: list[str], title: str
) -> None:
    who, fill, count = CASES[title]
    hand = Hand()
    sign_in(page, address, company, who)
    page.goto(f"{address}/challenges/")
    hand.click(page.get_by_role("link", name="New challenge").first)
    hand.click(page.get_by_role("link", name=title, exact=True))
    hand.write(page.get_by_label("Name in English"), "December race")
    fill(page, hand)
    hand.click(page.get_by_role("button", name=re.compile("^Save")).last)
    # it rehearses by itself; one who launches reads the verdict first
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
    hand.click(page.get_by_role("link", name="Launch"))
    hand.click(page.get_by_role("button", name="Launch"))
    expect(page.locator("#challenge-board .chip")).to_contain_text("Scheduled")

    challenge = Challenge.objects.get()
    rules = parsed(latest_rules(challenge).document)
    assert (challenge.state, len(rules.prizes)) == ("scheduled", count)
    assert [*map(str, hand.counts), f"{float(hand.seconds):.0f} s"] == written_down()[title]
    assert hand.seconds < 180
    assert complaints == []
