"""Addresses of challenges: one of North, live, made by Marc who leads it."""

from collections.abc import Mapping

from activities.services import load_activity_types
from challenges import services
from challenges.duels import services as duels
from challenges.models import Challenge, DuelProposal
from challenges.screens.services import make_screen
from kpis.services import load_dictionary
from people.models import Team
from tests.rights import everyone, only
from tests.world import World

RULES = {
    "key": "march",
    "window": {"start": "2026-03-01", "end": "2026-04-01"},
    "format": "most",
    "score": {"metric": "revenue"},
}


def of_north(world: World) -> Mapping[str, object]:
    return {"challenge_id": _made(world, "north").pk}


def why_léa(world: World) -> Mapping[str, object]:
    return {**of_north(world), "entrant_key": f"person:{world.people['léa'].pk}"}


def pausing(world: World) -> Mapping[str, object]:
    return {**of_north(world), "verb": "pause"}


def leaving_something(world: World) -> Mapping[str, object]:
    """One of North, signed; what is revised since is charged elsewhere."""
    _made(world, "north")
    document = {**RULES, "key": "signed", "after_official": {"policy": "next_period"}}
    over = services.create_challenge(actor=None, document=document, team_keys=["north"])
    over = services.launch(actor=None, challenge=over)
    return {"challenge_id": services.make_official(actor=None, challenge=over).pk}


def _made(world: World, team: str) -> Challenge:
    found = Challenge.objects.filter(teams__key=team).first()
    if found is None:
        load_activity_types()
        load_dictionary()
        draft = services.create_challenge(actor=None, document=RULES, team_keys=[team])
        found = services.launch(actor=None, challenge=draft)
    return found


def duelling(world: World) -> Mapping[str, object]:
    """Léa asked Rémi, who has not answered."""
    _made(world, "north")
    found = DuelProposal.objects.first() or duels.propose_duel(
        actor=None, proposer=world.people["léa"], opponent=world.people["rémi"],
        metric="revenue", days=1,
    )  # fmt: skip
    return {"duel_id": found.pk}


def stopping(world: World) -> Mapping[str, object]:
    return {**duelling(world), "verb": "stop"}


def hanging(world: World) -> Mapping[str, object]:
    """A screen of North, which Marc leads."""
    made = make_screen(actor=None, name="Floor", team=Team.objects.get(key="north"))
    return {"screen_id": made.screen.pk}


PAGES = {
    "challenges:list": everyone(),
    "challenges:face": only("rep", "manager"),
    "challenges:new": only("manager", "admin"),
    "challenges:new_of": only("manager", "admin", kwargs=lambda _: {"format_key": "league"}),
    "challenges:preview": only("manager", "admin", status=405),
    "challenges:page": everyone(kwargs=of_north),
    "challenges:board": everyone(kwargs=of_north),
    "challenges:explain": everyone(kwargs=why_léa),
    "challenges:change": only("manager", "admin", kwargs=of_north),
    "challenges:read": only("rep", status=405, kwargs=of_north),
    "challenges:review": only("manager", "admin", kwargs=of_north),
    "challenges:charge": only("manager", "admin", kwargs=leaving_something),
    "challenges:rehearsal": only("manager", "admin", kwargs=of_north),
    "challenges:fairness": only("manager", "admin", kwargs=of_north),
    "challenges:duels": only("rep", "manager", "admin"),
    "challenges:duel_new": only("rep"),
    "challenges:duel_news": only("rep", "manager"),
    "challenges:duel": only("rep", "manager", "admin", kwargs=duelling),
    "challenges:duel_act": only("manager", "admin", status=405, kwargs=stopping),
    "challenges:house_rules": only("admin"),
    "challenges:screens": only("manager", "admin"),
    "challenges:screen_change": only("manager", "admin", kwargs=hanging),
    "challenges:screen_withdraw": only("manager", "admin", status=405, kwargs=hanging),
    # open to the browser of a screen only, whoever is signed in there
    "challenges:tv": everyone(status=404, stranger=404),
    "challenges:tv_show": everyone(status=404, stranger=404),
    "challenges:act": only("manager", "admin", kwargs=pausing),
}
