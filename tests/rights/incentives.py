"""Addresses of pay: HR runs it, administrators configure plans without seeing amounts."""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from incentives import services
from incentives.models import Adjustment, Dispute, Notice, PayPeriod, PlanVersion, Statement
from tests.incentives.conftest import PLAN, make_pay
from tests.rights import only
from tests.world import World

Kwargs = Mapping[str, Any]


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


def open_march(world: World) -> Kwargs:
    """March of Léa's plan before anything is approved."""
    if not PayPeriod.objects.exists():
        make_pay(world)
    return {"period_id": PayPeriod.objects.get().pk, "version_id": PlanVersion.objects.get().pk}


def plan(world: World) -> Kwargs:
    paid(world)
    return {"key": "seller"}


def version(world: World) -> Kwargs:
    paid(world)
    return {"version_id": PlanVersion.objects.get().pk}


def draft(world: World) -> Kwargs:
    """A draft of the plan, waiting to be published."""
    paid(world)
    made = services.save_plan(actor=world.users["hana"], document=PLAN, valid_from=date(2026, 7, 1))
    return {"version_id": made.pk}


def disputed(world: World) -> Kwargs:
    """Léa disputes her commission; her manager sees her pay."""
    statement = of_lea(world)
    if not Dispute.objects.exists():
        services.open_dispute(
            actor=world.users["léa"], component="commission", text="D9 is missing.", **statement
        )
    return {"dispute_id": Dispute.objects.get().pk}


def adjusted(world: World) -> Kwargs:
    kwargs = march(world)
    if not Adjustment.objects.exists():
        proposal = services.Proposal(
            person_id=world.people["léa"].pk,
            amount=Fraction(10),
            currency="EUR",
            label_fr="Geste",
            label_en="Gesture",
            reason="For a good year.",
            **kwargs,
        )
        services.propose_adjustment(actor=world.users["hana"], proposal=proposal)
    return {"adjustment_id": Adjustment.objects.get().pk}


def compared(world: World) -> Kwargs:
    statement_id = of_lea(world)["statement_id"]
    return {"before_id": statement_id, "after_id": statement_id}


def story_of(kind: str, make: Callable[[World], Kwargs]) -> Callable[[World], Kwargs]:
    return lambda world: {"kind": kind, "subject_id": next(iter(make(world).values()))}


def told(world: World) -> Kwargs:
    """What Léa was told before March."""
    if not Notice.objects.exists():
        if not PayPeriod.objects.exists():
            make_pay(world)
        services.publish_notices(
            actor=world.users["hana"], period_id=PayPeriod.objects.get(state="open").pk
        )
    return {"notice_id": Notice.objects.get(person=world.people["léa"]).pk}


PAGES = {
    "incentives:periods": only("hr", "executive"),
    "incentives:period_new": only("hr"),
    "incentives:period": only("hr", kwargs=march),
    "incentives:calculate": only("hr", status=405, kwargs=march),
    "incentives:move": only("hr", status=405, kwargs=march),
    "incentives:reopen": only("hr", kwargs=march),
    "incentives:export": only("hr", status=405, kwargs=march),
    "incentives:compare": only("hr", kwargs=march),
    "incentives:ledger": only("hr"),
    "incentives:account": only("rep", "hr", kwargs=lambda w: {"person_id": w.people["léa"].pk}),
    "incentives:compare_records": only("hr", kwargs=compared),
    "incentives:statements": only("rep", "manager"),
    "incentives:statement": only("rep", "manager", "hr", kwargs=of_lea),
    "incentives:statement_pdf": only(
        "rep", "manager", "hr", kwargs=lambda w: {**of_lea(w), "language": "fr"}
    ),
    "incentives:statement_proof": only("rep", "manager", "hr", kwargs=of_lea),
    "incentives:what_if": only("rep", kwargs=open_march),
    "incentives:plans": only("hr", "admin"),
    "incentives:plan_new": only("hr", "admin"),
    "incentives:plan": only("hr", "admin", kwargs=plan),
    "incentives:plan_edit": only("hr", "admin", kwargs=plan),
    "incentives:plan_assign": only("hr", "admin", kwargs=plan),
    "incentives:plan_cost": only("hr", kwargs=version),
    "incentives:plan_cost_period": only("hr", kwargs=lambda w: {**version(w), **march(w)}),
    "incentives:plan_changes": only("hr", "admin", kwargs=version),
    "incentives:plan_publish": only("hr", "admin", kwargs=draft),
    "incentives:disputes": only("hr"),
    "incentives:dispute": only("rep", "manager", "hr", kwargs=disputed),
    "incentives:dispute_new": only("rep", "hr", kwargs=of_lea),
    "incentives:adjustments": only("hr"),
    "incentives:adjustment_new": only("hr"),
    "incentives:adjustment": only("hr", kwargs=adjusted),
    "incentives:team_pay": only("manager"),
    "incentives:team_review": only("manager", kwargs=march),
    "incentives:review": only("hr", kwargs=march),
    "incentives:histories": only("hr", "admin"),
    "incentives:my_notices": only("rep", "manager"),
    "incentives:team_notices": only("manager"),
    "incentives:notice": only("rep", "manager", "hr", kwargs=told),
    "incentives:period_notices": only("hr", kwargs=march),
    "incentives:pay_report": only("hr", kwargs=march),
    "incentives:personnel": only("hr"),
    "incentives:history": only("hr", "admin", kwargs=story_of("dispute", disputed)),
}
