"""Every format can be chosen, starts from rules that hold, and makes a draft of one's own teams."""

import pytest
from django.test import Client
from django.urls import reverse

from challenges.calc.formats import FORMATS
from challenges.models import Challenge
from challenges.studio.starting import FOLDER
from tests.challenges.test_pages import BACKEND
from tests.kpis.crew import Crew


def test_each_format_has_rules_to_start_from() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(FORMATS)


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_the_rules_of_a_format_make_a_draft_as_they_stand(
    crew: Crew, client: Client, key: str
) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    page = client.get(reverse("challenges:new_of", args=[key]))
    document = page.context["form"].initial["document"]

    done = client.post(page.request["PATH_INFO"], {"document": document, "teams": ["west"]})

    assert done.status_code == 302, done.context["form"].errors
    made = Challenge.objects.get()
    assert (made.state, [team.key for team in made.teams.all()]) == ("draft", ["west"])
    assert client.get(done["Location"]).status_code == 200


def test_all_formats_are_offered_in_words(crew: Crew, client: Client) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    page = client.get(reverse("challenges:formats"))
    assert [card["key"] for card in page.context["cards"]] == list(FORMATS)
    assert all(card["text"] for card in page.context["cards"])


def test_rules_that_do_not_hold_are_told_and_make_nothing(crew: Crew, client: Client) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    answer = client.post(
        reverse("challenges:new_of", args=["most"]),
        {"document": "format: most\nscore: {}\n", "teams": ["west"]},
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Challenge.objects.exists()


def test_an_unknown_format_is_not_found(crew: Crew, client: Client) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    assert client.get(reverse("challenges:new_of", args=["golf"])).status_code == 404
