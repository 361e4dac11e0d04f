"""Addresses of points, rewards and seasons: a reward of North, a request of Léa's."""

from collections.abc import Mapping

from django.utils import timezone

from activities.services import load_activity_types
from challenges import services
from challenges.models import Reward, RewardRequest
from challenges.rewards import services as rewards
from kpis.services import load_dictionary
from tests.rights import everyone, only
from tests.rights.challenges import RULES
from tests.world import JANUARY, World


def asking(world: World) -> Mapping[str, object]:
    """A reward of North that costs points, which nobody has."""
    return {"reward_id": _reward(world).pk}


def asked(world: World) -> Mapping[str, object]:
    """Léa's request, written by hand."""
    found = RewardRequest.objects.first() or RewardRequest.objects.create(
        reward=_reward(world), person=world.people["léa"], team=world.teams["North"],
        quarter_on=JANUARY, points=10, cost_minor=0, currency="EUR", asked_at=timezone.now(),
    )  # fmt: skip
    return {"request_id": found.pk}


def approving(world: World) -> Mapping[str, object]:
    return {**asked(world), "verb": "approve"}


def _reward(world: World) -> Reward:
    teams = (world.teams["North"].pk,)
    offer = rewards.Offer("Livre", "Book", "book", points=10, team_ids=teams)
    return Reward.objects.first() or rewards.keep_reward(actor=None, offer=offer)


def closed(world: World) -> Mapping[str, object]:
    """The quarter of a challenge of North whose result is signed."""
    load_activity_types()
    load_dictionary()
    draft = services.create_challenge(actor=None, document=RULES, team_keys=["north"])
    over = services.launch(actor=None, challenge=draft)
    services.make_official(actor=None, challenge=over)
    return {"first_day": JANUARY.isoformat()}


PAGES = {
    "challenges:rewards": only("rep", "manager"),
    "challenges:reward_ask": only("rep", "manager", status=405, kwargs=asking),
    "challenges:reward_withdraw": only("rep", status=405, kwargs=asked),
    "challenges:reward_requests": only("manager", "admin"),
    "challenges:reward_decide": only("manager", "admin", status=405, kwargs=approving),
    "challenges:reward_items": only("manager", "admin"),
    "challenges:reward_new": only("manager", "admin"),
    "challenges:reward_change": only("manager", "admin", kwargs=asking),
    "challenges:reward_budgets": only("admin"),
    "challenges:seasons": everyone(),
    "challenges:season": everyone(kwargs=closed),
}
