"""Addresses of KPIs: rankings and dictionary for all, figures of a person by the matrix."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from activities.services import load_activity_types
from kpis.services import ObjectiveInput, load_dictionary, set_objective
from tests.rights import everyone, only
from tests.world import World


def loaded(world: World) -> None:
    load_activity_types()
    load_dictionary()


def figure_of_rémi(world: World) -> Mapping[str, object]:
    """Somebody else in the rep's team, which the manager leads."""
    loaded(world)
    return {"kpi_key": "revenue_booked", "person_id": world.people["rémi"].pk}


def kpi(world: World) -> Mapping[str, object]:
    loaded(world)
    return {"kpi_key": "revenue_booked"}


def metric(world: World) -> Mapping[str, object]:
    loaded(world)
    return {"metric_key": "deals_won"}


def objective_of_rémi(world: World) -> Mapping[str, object]:
    loaded(world)
    wanted = ObjectiveInput(
        "revenue_booked", Fraction(10), date(2026, 1, 1), date(2027, 1, 1), person="rémi"
    )
    return {"objective_id": set_objective(actor=None, objective=wanted).pk}


def stage(world: World) -> Mapping[str, object]:
    loaded(world)
    return {"stage": "engaging"}


LEADERS = ("manager", "hr", "admin", "executive")
PAGES = {
    "kpis:forecast": everyone(),
    "kpis:forecast_ask": only(*LEADERS, status=405),
    "kpis:forecast_odds": only("admin", kwargs=stage),
    "kpis:leaderboard": everyone(),
    "kpis:dictionary": everyone(),
    "kpis:kpi": everyone(kwargs=kpi),
    "kpis:metric": everyone(kwargs=metric),
    "kpis:kpi_new": only("admin"),
    "kpis:metric_new": only("admin"),
    "kpis:metric_preview": only("admin", status=405),
    "kpis:preview": only("admin", status=405),
    "kpis:formula": only("admin", kwargs=kpi),
    "kpis:scorecards": everyone(),
    "kpis:scorecard": only("admin", kwargs=lambda _: {"role_key": "ae"}),
    "kpis:move": only("hr", "admin", "executive", kwargs=kpi),
    "kpis:explain": only("manager", "hr", "admin", "executive", kwargs=figure_of_rémi),
    "kpis:objectives": only("rep", "manager", "admin"),
    "kpis:objective_new": only("manager", "admin"),
    "kpis:objective_withdraw": only("manager", "admin", kwargs=objective_of_rémi),
}
