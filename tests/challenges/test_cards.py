"""The ways of competing to choose from: each says what is its own."""

import pytest
from django.utils.translation import gettext, override

from challenges.calc import parse_rules
from challenges.calc.formats import FORMATS
from challenges.studio.cards import ICONS, Card, cards
from challenges.studio.sheet_views import starting_document
from challenges.studio.starting import starts
from common.templatetags.figures import icon
from tests.kpis.crew import Crew


def shown(language: str) -> list[Card]:
    with override(language):
        return cards(
            [
                (gettext(one.title), parse_rules(starting_document(one, seed="x")))
                for one in starts()
            ]
        )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_two_ways_of_competing_say_the_same(crew: Crew, language: str) -> None:
    found = shown(language)
    assert [one.key for one in found] == list(FORMATS)
    assert len({one.text for one in found}) == len(FORMATS)
    assert all(one.text for one in found)


def test_what_several_say_is_followed_by_what_only_one_says(crew: Crew) -> None:
    text = {one.key: one.text for one in shown("en")}
    total = "The score is the total of “Booked revenue” in the window."
    assert text["most"] == total
    assert text["ranking_with_pot"].startswith(f"{total} A pot of 1 % of everyone's total")
    assert text["race"] == "The first to reach a total of €100,000 of “Booked revenue” wins."


def test_each_has_a_sign_of_its_own_that_can_be_drawn() -> None:
    assert set(ICONS) == set(FORMATS)
    assert len(set(ICONS.values())) == len(FORMATS)
    assert all("<svg" in icon(name) for name in ICONS.values())
