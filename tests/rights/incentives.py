"""Addresses of pay: HR runs it, administrators configure plans without seeing amounts."""

from collections.abc import Mapping

from incentives.models import PayPeriod, PlanVersion, Statement
from tests.incentives.conftest import make_pay
from tests.rights import only
from tests.world import World

Kwargs = Mapping[str, object]


def paid(world: World) -> None:
    """March calculated twice and approved, once for the test."""
    if not Statement.objects.exists():
        pay = make_pay(world)
        pay.run()
        pay.run()
        pay.approve()


def march(world: World) -> Kwargs:
    paid(world)
    return {"period_id": PayPeriod.objects.get().pk}


def of_lea(world: World) -> Kwargs:
    paid(world)
    rows = Statement.objects.filter(person=world.people["léa"])
    return {"statement_id": rows.order_by("-run__number")[0].pk}


def plan(world: World) -> Kwargs:
    paid(world)
    return {"key": "seller"}


def version(world: World) -> Kwargs:
    paid(world)
    return {"version_id": PlanVersion.objects.get().pk}


PAGES = {
    "incentives:periods": only("hr", "executive"),
    "incentives:period_new": only("hr"),
    "incentives:period": only("hr", kwargs=march),
    "incentives:calculate": only("hr", status=405, kwargs=march),
    "incentives:move": only("hr", status=405, kwargs=march),
    "incentives:reopen": only("hr", kwargs=march),
    "incentives:export": only("hr", status=405, kwargs=march),
    "incentives:compare": only("hr", kwargs=march),
    "incentives:statements": only("rep", "manager"),
    "incentives:statement": only("rep", "manager", "hr", kwargs=of_lea),
    "incentives:statement_pdf": only(
        "rep", "manager", "hr", kwargs=lambda w: {**of_lea(w), "language": "fr"}
    ),
    "incentives:statement_proof": only("rep", "manager", "hr", kwargs=of_lea),
    "incentives:plans": only("hr", "admin"),
    "incentives:plan_new": only("hr", "admin"),
    "incentives:plan": only("hr", "admin", kwargs=plan),
    "incentives:plan_edit": only("hr", "admin", kwargs=plan),
    "incentives:plan_assign": only("hr", "admin", kwargs=plan),
    "incentives:plan_publish": only("hr", "admin", status=405, kwargs=version),
}
