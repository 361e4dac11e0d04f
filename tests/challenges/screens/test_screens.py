"""Screens on walls: made, changed and withdrawn by who leads the team; opened by their secret.

By the real clock: Léa and Noor are of South, which Paul leads, Hugo of North, led by Inès; both
teams lie in West.
"""

import hashlib
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from challenges import services as challenges
from challenges.models import Challenge, DuelProposal, FeedEvent, Screen
from challenges.screens import services
from challenges.screens.guests import COOKIE, viewer_of
from challenges.topics import can_listen_to_challenge, can_listen_to_feed, can_listen_to_wall
from common import live
from common.models import AuditEntry
from kernel.issues import Invalid
from people.access import NOBODY
from people.models import Assignment, Company, Person, Role
from tests.challenges.feed.test_feed import deal, praised
from tests.challenges.games import live as launched
from tests.challenges.games import made, rescore, win
from tests.challenges.test_pages import client_of
from tests.kpis.crew import Crew, at

STATEMENTS = 11
"""What one picture asks of the database."""
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english(crew: Crew) -> None:
    Company.objects.update(language="en")


def hung(crew: Crew, **more: object) -> services.NewScreen:
    """A screen of South, made by Paul."""
    given = {"actor": crew.user_of(crew.paul), "name": "Floor 2", "team": crew.south, **more}
    return services.make_screen(**given)  # type: ignore[arg-type]  # as keywords


def television(secret: str) -> Client:
    """A browser that has opened the link."""
    client = Client()
    answer = client.post(reverse("challenges:tv"), {"secret": secret})
    assert (answer.status_code, answer["Location"]) == (302, reverse("challenges:tv"))
    return client


def shown(client: Client) -> str:
    answer = client.get(reverse("challenges:tv_show"))
    assert answer.status_code == 200
    return answer.content.decode()


def of(team: str, key: str, **more: object) -> Challenge:
    """A live challenge of a team, called by its key."""
    given = {"key": key, "name": {"en": key, "fr": key}, **more}
    return launched(given, teams=(team,))


# --- the secret -------------------------------------------------------------------------------


def test_the_secret_is_kept_as_a_hash_only_and_audited_without_it(crew: Crew) -> None:
    new = hung(crew)
    kept = Screen.objects.values().get()
    assert kept["secret_sha256"] == hashlib.sha256(new.secret.encode()).hexdigest()
    entry = AuditEntry.objects.get(action="screen.make")
    assert entry.after == {"name": "Floor 2", "team": crew.south.pk, "challenges": []}
    assert new.secret not in f"{kept}{entry.before}{entry.after}{entry.reason}"
    assert services.screen_of(new.secret) == new.screen


@pytest.mark.parametrize("wrong", ["", "x", "a" * 43, "é" * 43, "a" * 10_000, "\x00" * 43])
def test_another_secret_opens_nothing(crew: Crew, wrong: str) -> None:
    hung(crew)
    assert services.screen_of(wrong) is None
    client = Client()
    assert client.post(reverse("challenges:tv"), {"secret": wrong}).status_code == 404
    assert COOKIE not in client.cookies
    client.cookies[COOKIE] = "a" * 43
    assert client.get(reverse("challenges:tv")).status_code == 404
    assert client.get(reverse("challenges:tv_show")).status_code == 404


def test_the_cookie_is_for_the_browser_alone_and_no_cache_keeps_the_wall(crew: Crew) -> None:
    client = television(hung(crew).secret)
    cookie = client.cookies[COOKIE]
    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")
    for name in ("tv", "tv_show"):
        answer = client.get(reverse(f"challenges:{name}"))
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert "sessionid" not in client.cookies


def test_who_guesses_is_soon_not_listened_to(crew: Crew) -> None:
    secret, client = hung(crew).secret, Client()
    page = reverse("challenges:tv")
    codes = [client.post(page, {"secret": "a" * 43}).status_code for _ in range(31)]
    assert codes == [404] * 30 + [429]
    assert client.post(page, {"secret": secret}).status_code == 429
    cache.clear()
    assert client.post(page, {"secret": secret}).status_code == 302


# --- withdrawn --------------------------------------------------------------------------------


def test_a_withdrawn_link_opens_nothing_and_the_wall_goes_dark(crew: Crew) -> None:
    new, other = hung(crew), hung(crew, name="Floor 3")
    wall, beside = television(new.secret), television(other.secret)
    paul = client_of(crew.user_of(crew.paul))
    address = reverse("challenges:screen_withdraw", args=[new.screen.pk])
    assert paul.post(address).status_code == 302
    assert paul.post(address).status_code == 404

    assert wall.get(reverse("challenges:tv")).status_code == 404
    assert wall.get(reverse("challenges:tv_show")).status_code == 404
    assert Client().post(reverse("challenges:tv"), {"secret": new.secret}).status_code == 404
    assert beside.get(reverse("challenges:tv")).status_code == 200
    done = AuditEntry.objects.get(action="screen.withdraw")
    assert (done.actor_id, done.subject_id) == (
        crew.user_of(crew.paul).pk, str(new.screen.pk),
    )  # fmt: skip
    services.withdraw_screen(actor=None, screen_id=new.screen.pk)
    assert AuditEntry.objects.filter(action="screen.withdraw").count() == 1


# --- who may make one -------------------------------------------------------------------------


def test_a_manager_makes_screens_of_their_own_teams_only(crew: Crew) -> None:
    page = reverse("challenges:screens")
    paul = client_of(crew.user_of(crew.paul))
    answer = paul.post(page, {"name": "Floor 2", "team": str(crew.south.pk)})
    assert answer["Cache-Control"] == "no-store"
    link = answer.context["link"]
    assert link.startswith("http://testserver/tv/#")
    assert services.screen_of(link.partition("#")[2]) == Screen.objects.get()
    assert link not in paul.get(page).content.decode()

    refused = paul.post(page, {"name": "Floor 1", "team": str(crew.north.pk)})
    assert (refused.context["link"], Screen.objects.count()) == ("", 1)
    ines = client_of(crew.user_of(crew.ines))
    assert "Floor 2" not in ines.get(page).content.decode()
    for name in ("screen_change", "screen_withdraw"):
        address = reverse(f"challenges:{name}", args=[Screen.objects.get().pk])
        assert ines.post(address).status_code == 404
        assert client_of(crew.user_of(crew.lea)).post(address).status_code == 404
    assert "Floor 2" in client_of(crew.admin).get(page).content.decode()


def test_a_screen_needs_a_name(crew: Crew) -> None:
    for name in ("", "   ", "x" * 81):
        with pytest.raises(Invalid):
            hung(crew, name=name)
    assert not Screen.objects.exists()


def test_challenges_are_chosen_among_those_of_the_whole_team(crew: Crew) -> None:
    ours, theirs, draft = of("west", "ours"), of("north", "theirs"), made({"key": "draft"})
    new = hung(crew)
    for wrong in (theirs, draft):
        with pytest.raises(Invalid):
            services.change_screen(
                actor=None, screen_id=new.screen.pk, name="Floor 2", challenge_ids=[wrong.pk]
            )
    paul = client_of(crew.user_of(crew.paul))
    address = reverse("challenges:screen_change", args=[new.screen.pk])
    offered = paul.get(address).context["form"].fields["challenges"].choices
    assert [pk for pk, _name in offered] == [str(ours.pk)]
    sent = paul.post(address, {"name": "Kitchen", "challenges": [str(ours.pk)]})
    assert sent.status_code == 302
    kept = AuditEntry.objects.filter(action="screen.change")
    chosen = list(kept.values_list("before__challenges", "after__challenges"))
    assert chosen == [([], [ours.pk])]
    assert paul.post(address, {"name": "Kitchen", "challenges": [str(ours.pk)]}).status_code == 302
    assert AuditEntry.objects.filter(action="screen.change").count() == 1


# --- what it shows ----------------------------------------------------------------------------


def names(client: Client) -> list[str]:
    """The challenges that turn, in their order."""
    return [one["name"] for one in client.get(reverse("challenges:tv_show")).context["boards"]]


def test_it_turns_all_that_runs_for_the_whole_team_or_what_was_chosen(crew: Crew) -> None:
    region, own = of("west", "of west"), of("south", "of south")
    of("north", "of north")
    made({"key": "draft", "name": {"en": "draft", "fr": "draft"}}, teams=("south",))
    new = hung(crew)
    wall = television(new.secret)
    assert sorted(names(wall)) == ["of south", "of west"]
    services.change_screen(
        actor=None, screen_id=new.screen.pk, name="Floor 2", challenge_ids=[own.pk]
    )
    assert names(wall) == ["of south"]
    challenges.cancel_challenge(actor=None, challenge=own, reason="over")
    assert names(wall) == []
    # a screen of the region shows nothing of one of its teams: the others may not read it
    above = television(hung(crew, team=crew.west, actor=None).secret)
    assert names(above) == ["of west"]
    assert region.pk


def lines(client: Client) -> list[tuple[str, str]]:
    """Rank and name on the first board."""
    first = client.get(reverse("challenges:tv_show")).context["boards"][0]
    return [(line.rank, line.name) for line in first["lines"]]


def face(person: Person, **more: object) -> None:
    given = {"actor": None, "person": person, "nickname": "", "hidden": False, **more}
    challenges.set_face(**given)  # type: ignore[arg-type]  # as keywords


def three(crew: Crew) -> Challenge:
    for number, who, amount in (("d1", "P1", 900), ("d2", "P2", 800), ("d3", "P3", 700)):
        win(number, "2026-03-10 11:00", who, amount)
    challenge = of("west", "sprint")
    rescore(challenge, at("2026-03-17 09:00"))
    return challenge


def test_it_shows_the_public_face_of_people(crew: Crew) -> None:
    three(crew)
    wall = television(hung(crew).secret)
    assert lines(wall) == [("1", "Léa Martin"), ("2", "Hugo Petit"), ("3", "Noor Haddad")]
    face(crew.lea, nickname="Fox")
    face(crew.hugo, hidden=True)
    face(crew.noor, off_screens=True)
    assert lines(wall) == [("1", "Fox")]
    said = shown(wall)
    assert [who for who in ("Léa", "Martin", "Hugo", "Noor") if who in said] == []
    # the wall is no way to see more for who leads them: not even in the manager's own browser
    paul = client_of(crew.user_of(crew.paul))
    paul.cookies.update(wall.cookies)
    assert lines(paul) == [("1", "Fox")]
    # off the screens is off the screens only
    board = reverse("challenges:board", args=[Challenge.objects.get().pk])
    assert "Noor Haddad" in client_of(crew.user_of(crew.lea)).get(board).content.decode()


def test_a_frozen_board_stands_still_on_the_wall_too(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-30 11:00", "P2", 5000)
    seen = {"top": 10, "freeze": "20 %"}
    challenge = of("west", "sprint", visibility=seen)
    rescore(challenge, at("2026-03-31 09:00"))
    challenge.refresh_from_db()
    assert challenge.frozen_from is not None
    wall = television(hung(crew).secret)
    assert lines(wall)[0] == ("1", "Léa Martin")
    first = wall.get(reverse("challenges:tv_show")).context["boards"][0]
    assert "stands still" in first["when"]


def cheered(client: Client) -> list[str]:
    found = client.get(reverse("challenges:tv_show")).context["celebrations"]
    return [one["text"] for one in found]


def test_it_celebrates_what_all_of_the_team_may_read_and_no_words_between_two(crew: Crew) -> None:
    wall = television(hung(crew).secret)
    deal(crew.lea, crew.south.pk, key="a")
    deal(crew.hugo, crew.north.pk, key="b")
    praised(crew)
    assert cheered(wall) == ["Léa Martin won a large deal."]
    face(crew.lea, nickname="Fox")
    assert cheered(wall) == ["Fox won a large deal."]
    for more in ({"off_screens": True}, {"off_feed": True}, {"hidden": True}):
        face(crew.lea, **more)
        assert cheered(wall) == []
    face(crew.lea)
    FeedEvent.objects.filter(key="deal:crm:a").update(taken_back_at=timezone.now())
    assert cheered(wall) == []


def test_a_duel_of_two_is_on_no_wall(crew: Crew) -> None:
    challenge = three(crew)
    wall = television(hung(crew).secret)
    assert names(wall) == ["sprint"]
    now = timezone.now()
    DuelProposal.objects.create(
        proposer=crew.lea, opponent=crew.noor, metric_key="revenue", days=1, points=0,
        proposed_at=now, expires_at=now + timedelta(hours=1), state="accepted", challenge=challenge,
    )  # fmt: skip
    assert names(wall) == []


# --- streams and other pages ------------------------------------------------------------------


def test_it_hears_of_its_own_team_only(crew: Crew) -> None:
    ours, theirs = of("south", "ours"), of("north", "theirs")
    screen = viewer_of(hung(crew).screen)
    assert can_listen_to_challenge(screen, str(ours.pk))
    assert not can_listen_to_challenge(screen, str(theirs.pk))
    assert can_listen_to_feed(screen, "")
    assert can_listen_to_wall(screen, str(crew.south.pk))
    assert not can_listen_to_wall(screen, str(crew.north.pk))
    assert not can_listen_to_wall(NOBODY, str(crew.south.pk))
    closed = [
        f"challenge-live:{ours.pk}", f"person:{crew.lea.pk}", f"duels:{crew.lea.pk}", "board",
        "period:1", "dispute:1",
    ]  # fmt: skip
    assert [one for one in closed if live.may_listen(screen, one)] == []


def test_a_wall_opens_no_other_page(crew: Crew) -> None:
    challenge = of("south", "ours")
    wall = television(hung(crew).secret)
    for address in (
        reverse("challenges:page", args=[challenge.pk]),
        reverse("challenges:board", args=[challenge.pk]),
        reverse("challenges:list"),
        reverse("challenges:feed"),
        reverse("challenges:screens"),
    ):
        answer = wall.get(address)
        assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)


def test_a_screen_is_seen_alive_to_the_minute(crew: Crew) -> None:
    new = hung(crew)
    wall = television(new.secret)
    assert Screen.objects.get().seen_at is None
    shown(wall)
    first = Screen.objects.get().seen_at
    shown(wall)
    assert first is not None
    assert Screen.objects.get().seen_at == first
    Screen.objects.update(seen_at=first - services._NOTE_EVERY * 2)
    shown(wall)
    assert Screen.objects.get().seen_at > first - services._NOTE_EVERY  # type: ignore[operator]  # set


def statements(client: Client) -> int:
    shown(client)
    with CaptureQueriesContext(connection) as asked:
        shown(client)
    return len(asked)


def test_a_wall_asks_as_often_for_many_people_and_boards_as_for_few(crew: Crew) -> None:
    three(crew)
    deal(crew.lea, crew.south.pk, key="a")
    wall = television(hung(crew).secret)
    few = statements(wall)
    ae = Role.objects.get(key="ae")
    for number in range(10):
        person = Person.objects.create(number=f"Z{number}", first_name="Zed", last_name="Z")
        start = at("2025-01-01 12:00").date()
        Assignment.objects.create(person=person, team=crew.south, role=ae, valid_from=start)
        win(f"z{number}", "2026-03-10 11:00", f"Z{number}", 1000 + number)
    for key in ("second", "third"):
        rescore(of("west", key), at("2026-03-17 09:00"))
    deal(crew.noor, crew.south.pk, key="b")
    assert (few, statements(wall)) == (STATEMENTS, STATEMENTS)
