"""Who wants no public rank is not named by a duel: in the feed, the list, seasons and its page."""

from datetime import date

import pytest
from django.urls import reverse

from challenges import services
from challenges.duels import services as duels
from challenges.duels.titles import public_titles
from challenges.feed import deriving, queries
from challenges.kpi_uses import of_challenges
from challenges.models import Challenge
from kpis.uses import Names
from people.access import viewer_of
from people.models import Assignment, Person, Role
from tests.challenges.games import live, win
from tests.challenges.test_pages import client_of, read, text_of
from tests.kpis.crew import Crew, at


@pytest.fixture
def mira(crew: Crew) -> Person:
    """Of North, and no part of the duel."""
    found = Person.objects.create(number="P8", first_name="Mira", last_name="North")
    Assignment.objects.create(
        person=found, team=crew.north, role=Role.objects.get(key="ae"), valid_from=date(2026, 1, 1)
    )
    return found


@pytest.fixture
def fought(crew: Crew) -> Challenge:
    """Léa won against Hugo, and it is official."""
    duel = duels.propose_duel(
        actor=None, proposer=crew.lea, opponent=crew.hugo, metric="revenue", days=3,
        at=at("2026-03-10 09:00"),
    )  # fmt: skip
    challenge = duels.accept_duel(actor=None, duel_id=duel.pk, at=at("2026-03-10 09:30"))
    win("d1", "2026-03-11 11:00", "P1", 300)
    services.advance(challenge_id=challenge.pk, at=at("2026-03-14 00:00"))
    duels.wake_duels(at=at("2026-03-19 00:00"))
    deriving.derive_results(at=at("2026-03-19 01:00"))
    return challenge


def hide(person: Person, nickname: str = "", *, hidden: bool = True) -> None:
    services.set_face(actor=None, person=person, nickname=nickname, hidden=hidden)


def pages(crew: Crew, reader: Person, challenge: Challenge) -> dict[str, str]:
    client = client_of(crew.user_of(reader))
    season = client.get(reverse("challenges:season", args=["2026-01-01"])).content.decode()
    return {
        "list": read(client, "list"),
        "seasons": read(client, "seasons"),
        "season": text_of(season),
        "page": read(client, "page", challenge_id=challenge.pk),
    }


def test_the_end_of_a_duel_is_told_to_whom_it_concerns(
    crew: Crew, mira: Person, fought: Challenge
) -> None:
    told = {
        one.first_name: queries.visible_events(viewer_of(crew.user_of(one))).exists()
        for one in (crew.lea, crew.hugo, crew.ines, mira)
    }
    assert told == {"Léa": True, "Hugo": True, "Inès": True, "Mira": False}


def test_a_duel_names_nobody_who_wants_no_public_rank(
    crew: Crew, mira: Person, fought: Challenge
) -> None:
    assert all("Hugo Petit" in text for text in pages(crew, mira, fought).values())
    hide(crew.hugo)
    assert [key for key, text in pages(crew, mira, fought).items() if "Hugo" in text] == []
    for reader in (crew.lea, crew.hugo, crew.ines):
        told = pages(crew, reader, fought)
        assert all("Léa Martin – Hugo Petit" in text for text in told.values()), reader.pk


def test_a_nickname_chosen_since_is_not_undone_by_the_title(
    crew: Crew, mira: Person, fought: Challenge
) -> None:
    hide(crew.hugo, "Fox", hidden=False)
    assert [key for key, text in pages(crew, mira, fought).items() if "Hugo" in text] == []


def test_the_feed_names_a_duel_as_its_reader_may_know_it(crew: Crew, fought: Challenge) -> None:
    hide(crew.lea)
    of_ines = read(client_of(crew.user_of(crew.ines)), "feed")  # who leads Hugo, and not Léa
    assert "“Duel” is official. There is 1 winner." in of_ines
    assert "Léa" not in of_ines
    for reader in (crew.user_of(crew.lea), crew.user_of(crew.hugo), crew.admin):
        assert "“Duel: Léa Martin – Hugo Petit” is official." in read(client_of(reader), "feed")


def test_where_nobody_knows_who_reads_it_a_duel_has_no_names(crew: Crew, fought: Challenge) -> None:
    sprint = live()
    assert public_titles([sprint, fought]) == {sprint.pk: sprint.name, fought.pk: "Duel"}
    assert fought.name == "Duel : Léa Martin – Hugo Petit"


def test_where_a_metric_is_used_names_nobody_either(
    crew: Crew, mira: Person, fought: Challenge
) -> None:
    asked = Names(frozenset(), frozenset({"revenue"}))

    def told(reader: Person) -> list[str]:
        return [use.name for use in of_challenges(viewer_of(crew.user_of(reader)), asked)]

    named = [fought.name]
    assert "Léa Martin – Hugo Petit" in fought.name
    assert told(mira) == named
    hide(crew.hugo)
    assert told(mira) == ["Duel"]
    assert told(crew.lea) == told(crew.ines) == named
