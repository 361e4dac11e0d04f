"""Badges of other teams are neither listed, nor offered as parts, nor said to exist."""

import pytest
from django.test import Client
from django.urls import reverse

from challenges.badges import services
from challenges.badges.services import BadgeInput
from challenges.models import Badge
from kernel.issues import Invalid
from people.models import Right, Team, User
from tests.challenges.badges.cabinet import made
from tests.challenges.controls import controls_of
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew

CALLS = {"form": "threshold", "metric": "calls", "at_least": 3, "per": "month"}


@pytest.fixture
def badges(crew: Crew) -> Crew:
    User.objects.filter(pk=crew.admin.pk).update(rights=[Right.ADMIN])
    for key, team in (("wests", crew.west), ("norths", crew.north), ("souths", crew.south)):
        made(f"badge-{key}", CALLS, team=team)
    return crew


def seen(html: str) -> set[str]:
    return {key for key in ("badge-wests", "badge-norths", "badge-souths") if key in html}


def test_the_gallery_has_the_badges_that_one_can_meet(badges: Crew) -> None:
    """Inès leads North and Hugo is in it, which is in West; nobody of them meets South."""
    for person in (badges.ines, badges.hugo):
        html = read(client_of(badges.user_of(person)), "badge_gallery")
        assert seen(html) == {"badge-wests", "badge-norths"}
    assert len(seen(read(client_of(badges.admin), "badge_gallery"))) == 3


def offered(client: Client) -> set[str]:
    path = reverse("challenges:badge_new")
    sent = controls_of(client.get(path).content.decode(), "badge-form")
    page = client.post(path, {**sent, "earned.form": "combination", "do": "show"})
    assert page.status_code == 200
    return seen(page.content.decode())


def test_parts_of_other_teams_are_not_offered(badges: Crew) -> None:
    assert offered(client_of(badges.user_of(badges.ines))) == {"badge-wests", "badge-norths"}
    assert len(offered(client_of(badges.admin))) == 3


def combined(key: str, part: str, team: Team | None) -> Badge:
    rule = {"form": "combination", "of": [part], "per": "month"}
    return services.create_badge(actor=None, badge=BadgeInput(key, key, rule), team=team, key=key)


def refusal(key: str, part: str, team: Team | None) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        combined(key, part, team)
    (issue,) = refused.value.issues
    return issue.code, issue.message


def test_whoever_earns_a_combination_can_earn_its_parts(badges: Crew) -> None:
    unknown = refusal("a", "nope", badges.north)
    assert refusal("a", "badge-souths", badges.north) == unknown  # not said to exist
    assert refusal("a", "badge-norths", badges.west) == unknown  # South could never earn it
    assert refusal("a", "badge-norths", None) == unknown
    north = combined("a", "badge-norths", badges.north)
    combined("b", "badge-wests", badges.north)
    combined("c", "hat-trick", badges.north)
    with pytest.raises(Invalid) as refused:
        services.amend_badge(
            actor=None, badge=north, points=0, reason="Other",
            document={"form": "combination", "of": ["badge-souths"], "per": "month"},
        )  # fmt: skip
    assert [one.code for one in refused.value.issues] == ["badge.unknown_part"]
