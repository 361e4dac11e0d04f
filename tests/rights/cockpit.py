"""Addresses of the cockpits: one page per role, and the sheet of a person by the matrix."""

from collections.abc import Mapping

from tests.rights import everyone, only
from tests.rights.kpis import loaded
from tests.world import World


def rémi(world: World) -> Mapping[str, object]:
    """Somebody else in the rep's team, which the manager leads."""
    loaded(world)
    return {"person_id": world.people["rémi"].pk}


def dictionary(world: World) -> Mapping[str, object]:
    loaded(world)
    return {}


PAGES = {
    "cockpit:home": everyone(status=302),
    "cockpit:me": only("rep", "manager", kwargs=dictionary),
    "cockpit:bonus": only("rep", "manager"),
    "cockpit:my_alerts": only("rep", "manager", kwargs=dictionary),
    "cockpit:team_alerts": only("manager", kwargs=dictionary),
    "cockpit:race": everyone(status=404, kwargs=lambda _: {"challenge_id": 1}),
    "cockpit:figures": only("manager", "hr", "admin", "executive", kwargs=rémi),
    "cockpit:team": only("manager", kwargs=dictionary),
    "cockpit:team_cards": only("manager", kwargs=dictionary),
    "cockpit:direction_cards": only("executive", kwargs=dictionary),
    "cockpit:person": only("manager", "hr", "admin", "executive", kwargs=rémi),
    "cockpit:office": only("hr"),
    "cockpit:setup": only("admin"),
    "cockpit:direction": only("executive", kwargs=dictionary),
    "cockpit:manifest": everyone(stranger=200),
    "cockpit:theme": everyone(status=405, stranger=405),
    "cockpit:styleguide": everyone(),
}
