"""Addresses of the cockpits: one page per role, and the sheet of a person by the matrix."""

from collections.abc import Mapping

from kernel.periods import Period
from kpis.calc.reviews import Ritual
from kpis.reviews.queries import Sitting
from kpis.reviews.services import DecisionInput, record_decision
from people import queries as people
from tests.rights import everyone, only
from tests.rights.kpis import loaded
from tests.world import JANUARY, World


def rémi(world: World) -> Mapping[str, object]:
    """Somebody else in the rep's team, which the manager leads."""
    loaded(world)
    return {"person_id": world.people["rémi"].pk}


def dictionary(world: World) -> Mapping[str, object]:
    loaded(world)
    return {}


def month_of_north(world: World) -> Mapping[str, object]:
    """Of the manager's team, and over whatever day it is."""
    loaded(world)
    return {"of": f"team-{world.teams['North'].pk}", "kind": "monthly", "start": "2026-01-01"}


def month_on_paper(world: World) -> Mapping[str, object]:
    return {**month_of_north(world), "language": "en"}


def decision_of_north(world: World) -> Mapping[str, object]:
    loaded(world)
    january = Sitting(Ritual.MONTHLY, Period.month(JANUARY), world.teams["North"].pk)
    wanted = DecisionInput("talk", "x", world.people["rémi"].pk, people.today())
    marc = world.who("manager")
    return {"decision_id": record_decision(actor=marc, sitting=january, decision=wanted).pk}


LEADERS = ("manager", "hr", "admin", "executive")
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
    "cockpit:reviews": only(*LEADERS),
    "cockpit:review": only(*LEADERS, kwargs=month_of_north),
    "cockpit:review_hold": only(*LEADERS, status=405, kwargs=month_of_north),
    "cockpit:review_pdf": only(*LEADERS, kwargs=month_on_paper),
    "cockpit:review_decision": only("manager", kwargs=decision_of_north),
    "cockpit:office": only("hr"),
    "cockpit:setup": only("admin"),
    "cockpit:direction": only("executive", kwargs=dictionary),
    "cockpit:manifest": everyone(stranger=200),
    "cockpit:theme": everyone(status=405, stranger=405),
    "cockpit:styleguide": everyone(),
}
