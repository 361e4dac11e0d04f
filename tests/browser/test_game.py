"""The game beside the board, in a real browser: badges, feed, shop, duels, seasons."""

import re
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from playwright.sync_api import Locator, Page, expect

from activities.inputs import ActivityInput
from activities.services import record_activities
from challenges import services
from challenges.badges.services import give_badge
from challenges.models import (
    Badge,
    BadgeAward,
    Challenge,
    DuelProposal,
    Praise,
    Reaction,
    Reward,
    RewardRequest,
)
from challenges.rewards.queries import wallet
from challenges.rewards.services import Offer, keep_reward, post_all, set_budget
from common.models import AuditEntry
from kpis.services import recompute_touched
from people.queries import today
from tests.browser.company import Company, log
from tests.browser.looking import look
from tests.browser.test_jobs import row, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning"),
]


def audited(prefix: str) -> list[str]:
    """What the audit log says was done, in order."""
    rows = AuditEntry.objects.filter(action__startswith=prefix).order_by("id")
    return list(rows.values_list("action", flat=True))


def figure(page: Page, label: str) -> Locator:
    """The number of a figure of the page."""
    found = page.locator(".figure", has=page.locator(".label", has_text=re.compile(f"^{label}$")))
    return found.locator(".value")


# --- badges ---------------------------------------------------------------------------------------


def test_a_colleague_gives_a_badge_that_is_read_with_its_words(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "léa")
    page.goto(f"{address}/badges/")
    expect(page.get_by_text("No badge yet")).to_be_visible()
    assert look(page, "rep-badges-empty-en") == []
    page.get_by_role("link", name="Give a badge").click()
    page.get_by_role("button", name="Give", exact=True).click()
    assert BadgeAward.objects.count() == 0  # nobody was chosen, nothing was said
    page.get_by_label("To whom").select_option(label="Rémi Test")
    page.get_by_label("Badge", exact=True).select_option(label="Helping hand")
    page.get_by_label("What for").fill("You took my calls on Friday.")
    assert look(page, "rep-badge-give-en") == []
    page.get_by_role("button", name="Give", exact=True).click()
    expect(page.get_by_text("Rémi Test has “Helping hand” now.")).to_be_visible()
    assert audited("badge.give") == ["badge.give"]

    sign_in(page, address, company, "rémi")
    page.goto(f"{address}/badges/")
    expect(page.locator(".medals .name", has_text="Helping hand")).to_have_count(1)
    expect(page.locator(".badge-words q")).to_have_text("You took my calls on Friday.")
    assert look(page, "rep-badges-en") == []
    page.get_by_role("link", name="All badges").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All badges")
    assert look(page, "rep-badge-gallery-en") == []
    assert complaints == []


# --- the feed -------------------------------------------------------------------------------------


def praise(page: Page, person: str, about: str, text: str) -> None:
    """Say something good about somebody."""
    page.get_by_role("link", name="Praise somebody").click()
    page.get_by_label("To", exact=True).select_option(label=person)
    page.get_by_label("What for").fill(about)
    page.get_by_label("Words").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your words are in the feed.")).to_be_visible()


def test_praise_is_read_and_answered_with_a_reaction(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "léa")
    page.goto(f"{address}/feed/")
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    assert look(page, "rep-feed-empty-en") == []
    praise(page, "Rémi Test (North)", "The demo at Altaïr", "Your questions turned the meeting.")
    expect(page.locator(".feed-row blockquote")).to_have_text("Your questions turned the meeting.")
    assert look(page, "rep-feed-en") == []

    # a colleague who reads it reacts, and takes the reaction back
    sign_in(page, address, company, "marc")
    page.goto(f"{address}/feed/")
    thanks = page.locator(".feed-row").get_by_role("button", name="Bravo")
    expect(thanks).to_have_attribute("aria-pressed", "false")
    thanks.click()
    expect(thanks).to_have_attribute("aria-pressed", "true")
    expect(thanks.locator(".num")).to_have_text("1")
    assert list(Reaction.objects.values_list("kind", "person__number")) == [("bravo", "marc")]
    thanks.click()
    expect(thanks).to_have_attribute("aria-pressed", "false")
    assert Reaction.objects.count() == 0
    assert audited("feed.") == ["feed.react", "feed.unreact"]
    assert complaints == []


def test_a_manager_hides_words_and_their_writer_reads_why(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "léa")
    page.goto(f"{address}/feed/")
    praise(page, "Rémi Test (North)", "The discount", "You gave it all away, my friend.")
    sign_in(page, address, company, "marc")
    page.goto(f"{address}/feed/")
    page.locator(".feed-row").get_by_role("link", name="Hide").click()
    assert look(page, "manager-feed-hide-en") == []
    page.get_by_label("Reason").fill("That is no praise.")
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_text("Hidden.")).to_be_visible()
    expect(page.locator(".feed-row")).to_have_count(0)

    sign_in(page, address, company, "léa")
    page.goto(f"{address}/feed/")
    expect(page.locator("main .notice")).to_contain_text("That is no praise.")
    assert Praise.objects.count() == 1
    assert audited("praise.") == ["praise.write", "praise.hide"]
    assert complaints == []


# --- wallet and shop ------------------------------------------------------------------------------


def shop(company: Company) -> Reward:
    """Rémi has ten points; two books are there at eight points and thirty euros each."""
    give_badge(
        actor=company.world.users["marc"],
        badge=Badge.objects.get(key="manager-salute"),
        person=company.world.people["rémi"],
        sentence="A fine week",
        is_manager=True,
    )
    post_all()
    set_budget(
        actor=None, team=company.world.teams["North"], day=today(), amount_minor=10_000
    )  # fmt: skip
    return keep_reward(
        actor=None, offer=Offer("Livre", "Book", "book", points=8, cost_minor=3_000, left=2)
    )


def test_a_rep_asks_for_a_reward_and_the_manager_approves_and_hands_it_over(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    book = shop(company)
    rémi = company.world.people["rémi"]
    sign_in(page, address, company, "rémi")
    page.goto(f"{address}/rewards/")
    expect(figure(page, "Available")).to_have_text("10")
    expect(page.locator(".reward-grid")).to_contain_text("2 left")
    assert look(page, "rep-rewards-en") == []
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("Asked. Your points are reserved until it is decided.")).to_be_visible()
    expect(figure(page, "Available")).to_have_text("2")
    expect(figure(page, "Reserved")).to_have_text("8")
    expect(page.locator(".reward-grid")).to_contain_text("6 points missing")
    assert look(page, "rep-rewards-asked-en") == []

    sign_in(page, address, company, "marc")
    page.goto(f"{address}/rewards/requests/")
    assert look(page, "manager-requests-en") == []
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Delivered").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    book.refresh_from_db()
    assert book.left == 1
    assert RewardRequest.objects.get().state == "delivered"
    page.goto(f"{address}/rewards/items/")
    expect(page.locator("main table tbody tr", has_text="Book")).to_contain_text("1")
    assert look(page, "manager-reward-items-en") == []

    sign_in(page, address, company, "rémi")
    page.goto(f"{address}/rewards/")
    expect(figure(page, "Available")).to_have_text("2")
    expect(figure(page, "Spent")).to_have_text("8")
    points = {key.value: n for key, n in wallet(rémi.pk).balances.items() if n > 0}
    assert points == {"earned": 2, "spent": 8}
    assert audited("reward.") == [
        "reward.budget", "reward.create", "reward.ask", "reward.approved", "reward.delivered",
    ]  # fmt: skip
    assert complaints == []


# --- seasons and jerseys --------------------------------------------------------------------------


def sale(number: str, who: str, amount: int, day: date) -> ActivityInput:
    """A deal won at noon of the day."""
    return ActivityInput(
        external_id=number, type="deal_won", person=who, amount=Fraction(amount), currency="EUR",
        occurred_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    )  # fmt: skip


def closed_race(company: Company, *, signed: bool = True, **rules: object) -> Challenge:
    """Most revenue of the month before last in North: Rémi 9000, Léa 4000; over, and signed when
    its cut-off had passed."""
    month = company.before.previous()
    sold = [sale("S1", "rémi", 9000, month.start), sale("S2", "léa", 4000, month.start)]
    known = datetime(month.start.year, month.start.month, 2, tzinfo=UTC)
    accepted = record_activities(actor=None, source="crm", records=sold, recorded_at=known)
    assert not [issue for one in accepted for issue in one.issues]
    recompute_touched()
    draft = services.create_challenge(
        actor=None,
        document={
            "key": "sprint",
            "name": {"en": "The sprint", "fr": "Le sprint"},
            "window": {"start": month.start.isoformat(), "end": month.end.isoformat()},
            "format": "most",
            "score": {"metric": "revenue"},
            "prizes": [{"for": "rank", "rank": 1, "kind": "points", "amount": "100"}],
            **rules,
        },
        team_keys=[company.world.teams["North"].key],
    )
    services.launch(actor=company.world.users["marc"], challenge=draft)
    services.advance(challenge_id=draft.pk)
    if signed:
        services.make_official(actor=company.world.users["marc"], challenge=draft)
    return Challenge.objects.get(pk=draft.pk)


def test_a_signed_result_is_read_in_its_season_and_jerseys_in_their_month(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    closed_race(company)
    post_all()
    sign_in(page, address, company, "rémi")
    page.goto(f"{address}/seasons/")
    assert look(page, "rep-seasons-en") == []
    page.locator("main .card a").first.click()
    first = page.locator("main table tbody tr").first
    expect(first).to_contain_text("Rémi Test")
    expect(first).to_contain_text("€9,000")
    expect(figure(page, "First places")).to_have_text("1")
    expect(figure(page, "Points earned")).to_have_text("100")
    assert look(page, "rep-season-en") == []

    page.goto(f"{address}/jerseys/")
    expect(page.locator(".jersey-cards .card")).to_have_count(4)
    green = page.locator(".jersey-cards .card", has_text="Green jersey")
    expect(green).to_contain_text("Test")
    expect(page.locator(".page-head .chip")).to_contain_text("Provisional")
    assert look(page, "rep-jerseys-en") == []
    page.get_by_role("link", name="Month before").click()
    expect(page.get_by_role("link", name="Month after")).to_be_visible()
    assert complaints == []


# --- duels ----------------------------------------------------------------------------------------


def propose(page: Page, address: str, words: str) -> None:
    """Léa asks Rémi for a duel about calls."""
    page.goto(f"{address}/challenges/duels/new/")
    page.get_by_label("Against").select_option(label="Rémi Test (North)")
    page.get_by_label("What counts").select_option("calls")
    page.get_by_label("Words").fill(words)


def test_a_rep_proposes_a_duel_and_the_other_accepts_it(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "léa")
    page.goto(f"{address}/challenges/duels/")
    expect(page.get_by_text("No duel yet")).to_be_visible()
    assert look(page, "rep-duels-empty-en") == []
    propose(page, address, "Until Friday?")
    page.get_by_label("For 20 points").check()
    assert look(page, "rep-duel-form-en") == []
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("button", name="Withdraw")).to_be_visible()
    assert look(page, "rep-duel-proposed-en") == []

    sign_in(page, address, company, "rémi")
    asked = page.locator("#duel-news a", has_text="Léa Test proposes a duel to you.")
    expect(asked).to_be_visible()
    asked.click()
    expect(page.locator("main .notice")).to_contain_text("Until Friday?")
    assert look(page, "rep-duel-asked-en") == []
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("#challenge-board .chip")).to_contain_text("Live")
    expect(page.locator("html")).to_have_attribute("data-stream", "open")
    log("after", "rémi")
    recompute_touched()
    expect(row(page, "Rémi Test").locator(".score .value")).to_have_text("1")
    assert look(page, "rep-duel-board-en") == []
    assert DuelProposal.objects.get().state == "accepted"
    assert audited("duel.") == ["duel.propose", "duel.accept"]
    assert complaints == []


def test_a_rep_declines_a_duel_and_the_proposer_reads_the_words(
    page: Page, address: str, company: Company, complaints: list[str]
) -> None:
    sign_in(page, address, company, "léa")
    propose(page, address, "Dare?")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("button", name="Withdraw")).to_be_visible()

    sign_in(page, address, company, "rémi")
    page.locator("#duel-news a").click()
    page.locator("summary", has_text="Decline").click()
    page.get_by_label("Words").fill("Not this week, I have leave.")
    page.get_by_role("button", name="Decline").click()
    expect(page.locator("main .chip").first).to_contain_text("Declined")
    assert Challenge.objects.count() == 0

    sign_in(page, address, company, "léa")
    page.locator("#duel-news a", has_text="Rémi Test declined your duel.").click()
    expect(page.locator("main")).to_contain_text("Not this week, I have leave.")
    assert look(page, "rep-duel-declined-en") == []
    assert audited("duel.") == ["duel.propose", "duel.decline"]
    assert complaints == []
