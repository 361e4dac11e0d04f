"""Addresses of badges and jerseys."""

from collections.abc import Mapping

from challenges.badges import services
from challenges.badges.services import BadgeInput
from challenges.models import Badge, BadgeAward
from kpis.services import load_dictionary
from tests.rights import everyone, only
from tests.world import World

RULE = {"form": "given", "by": "anyone", "monthly_cap": 2}


def of_rémi(world: World) -> Mapping[str, object]:
    return {"person_id": world.people["rémi"].pk}


def of_north(world: World) -> Mapping[str, object]:
    """A badge of North, which Marc leads."""
    if not Badge.objects.filter(key="north").exists():
        load_dictionary()
        given = BadgeInput("Nord", "North", RULE)
        services.create_badge(actor=None, badge=given, team=world.teams["North"], key="north")
    return {"key": "north"}


def given_by_rémi(world: World) -> Mapping[str, object]:
    """A badge that Rémi gave to Léa."""
    of_north(world)
    award = BadgeAward.objects.first() or services.give_badge(
        actor=world.users["rémi"], badge=Badge.objects.get(key="north"),
        person=world.people["léa"], sentence="For the hand.", is_manager=False,
    )  # fmt: skip
    return {"award_id": award.pk}


PAGES = {
    "challenges:badges": only("rep", "manager"),
    "challenges:badge_gallery": everyone(),
    "challenges:badge_give": only("rep", "manager"),
    "challenges:badge_line": only("rep", "manager"),
    "challenges:badge_new": only("manager", "admin"),
    "challenges:badge_person": everyone(kwargs=of_rémi),
    "challenges:badge_change": only("manager", "admin", kwargs=of_north),
    "challenges:badge_retire": only("manager", "admin", status=405, kwargs=of_north),
    # not Marc, who leads both: he did not give it
    "challenges:badge_withdraw": only("admin", kwargs=given_by_rémi),
    "challenges:jerseys": everyone(),
}
