"""Addresses of KPIs: rankings and dictionary for all, figures of a person by the matrix."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from django.utils import timezone

from activities.services import load_activity_types
from kpis.models import Alert, AlertAction, AlertRule, Kpi, Metric, Objective, Webhook
from kpis.services import (
    Criterion,
    NewKpi,
    NewMetric,
    ObjectiveInput,
    Qualitative,
    counter_objective,
    create_kpi,
    create_metric,
    load_dictionary,
    propose_objective,
    propose_qualitative,
    set_objective,
)
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


def own_metric(world: World) -> Mapping[str, object]:
    loaded(world)
    if not Metric.objects.filter(key="own_own_calls").exists():
        names, definition = (
            ("Mes appels", "Own calls"),
            {"kind": "count", "types": ["call", "email"]},
        )
        create_metric(actor=None, wanted=NewMetric(*names, definition))
    return {"metric_key": "own_own_calls"}


def own_kpi(world: World) -> Mapping[str, object]:
    loaded(world)
    if not Kpi.objects.filter(key="own_ratio").exists():
        create_kpi(actor=None, wanted=NewKpi("Rapport", "Ratio", "calls / leads", "ratio", "up",
                                             "monthly", "activity", "leading"))  # fmt: skip
    return {"kpi_key": "own_ratio"}


def objective_of_rémi(world: World) -> Mapping[str, object]:
    loaded(world)
    wanted = ObjectiveInput(
        "revenue_booked", Fraction(10), date(2026, 1, 1), date(2027, 1, 1), person="rémi"
    )
    return {"objective_id": set_objective(actor=None, objective=wanted).pk}


def qualitative_of_rémi(world: World) -> Mapping[str, object]:
    """Léa's and Rémi's manager goes along on visits."""
    loaded(world)
    wanted = Qualitative(
        world.people["rémi"].pk, "Discovery", [Criterion("Asks")], world.people["marc"].pk,
        date(2026, 1, 1), date(2027, 1, 1),
    )  # fmt: skip
    found = Objective.objects.first() or propose_qualitative(actor=None, objective=wanted)
    return {"objective_id": found.pk}


def countered_by_rémi(world: World) -> Mapping[str, object]:
    loaded(world)
    wanted = ObjectiveInput(
        "revenue_booked", Fraction(10), date(2026, 1, 1), date(2027, 1, 1), person="rémi"
    )
    found = Objective.objects.first()
    if found is None:
        found = propose_objective(actor=None, objective=wanted)
        counter_objective(
            actor=world.users["rémi"], objective=found, target=Fraction(8), reason="a new area"
        )
    return {"objective_id": found.pk}


def letter_of_rémi(world: World) -> Mapping[str, object]:
    return {**objective_of_rémi(world), "language": "fr"}


def stage(world: World) -> Mapping[str, object]:
    loaded(world)
    return {"stage": "engaging"}


def pace_rule(world: World) -> Mapping[str, object]:
    loaded(world)
    return {"kind": "pace"}


def alert_about_rémi(world: World) -> Mapping[str, object]:
    """Somebody whom the manager leads has recorded nothing."""
    loaded(world)
    held = AlertRule.objects.get_or_create(
        key="silence",
        defaults={"name_fr": "x", "name_en": "x", "document": {"kind": "silence", "days": "3"}},
    )[0]
    seen = {"kpi": "", "name": "", "from": "2026-03-02", "to": "2026-03-05", "value": "0",
            "against": "3", "part": None, "holds": True}  # fmt: skip
    found, _made = Alert.objects.get_or_create(
        rule=held, person=world.people["rémi"], subject="",
        defaults={"seen": seen, "began_at": timezone.now()},
    )  # fmt: skip
    return {"alert_id": found.pk}


def action_about_rémi(world: World) -> Mapping[str, object]:
    alert_about_rémi(world)
    alert = Alert.objects.get(person=world.people["rémi"])
    held = AlertAction.objects.filter(alert=alert).first() or AlertAction.objects.create(
        alert=alert, kind="talk", note="x", due_on=date(2026, 3, 9), before=alert.seen,
        latest=alert.seen, by=world.who("manager"), at=timezone.now(),
    )  # fmt: skip
    return {"action_id": held.pk}


def rule_of_north(world: World) -> Mapping[str, object]:
    loaded(world)
    held = AlertRule.objects.get_or_create(
        key="north",
        defaults={"name_fr": "x", "name_en": "x", "document": {"kind": "silence", "days": "3"},
                  "team": world.teams["North"]},
    )[0]  # fmt: skip
    return {"rule_id": held.pk}


def webhook(world: World) -> Mapping[str, object]:
    held = Webhook.objects.get_or_create(name="x", defaults={"sealed_url": "x", "form": "slack"})[0]
    return {"webhook_id": held.pk}


LEADERS = ("manager", "hr", "admin", "executive")
PAGES = {
    "kpis:forecast": everyone(),
    "kpis:forecast_ask": only(*LEADERS, status=405),
    "kpis:forecast_odds": only("admin", kwargs=stage),
    "kpis:alerts": only("rep", "manager"),
    "kpis:alert": only("manager", kwargs=alert_about_rémi),
    "kpis:alert_mute": only("manager", kwargs=alert_about_rémi),
    "kpis:alert_action_close": only("manager", kwargs=action_about_rémi),
    "kpis:alert_rules": only("manager", "admin"),
    "kpis:alert_rule_new": only("manager", "admin", kwargs=pace_rule),
    "kpis:alert_rule": only("manager", "admin", kwargs=rule_of_north),
    "kpis:alert_rule_switch": only("manager", "admin", status=405, kwargs=rule_of_north),
    "kpis:alert_wishes": only("manager", "executive"),
    "kpis:alert_unmute": only("manager", status=405, kwargs=lambda _world: {"mute_id": 1}),
    "kpis:alert_hooks": only("admin"),
    "kpis:alert_hook_new": only("admin"),
    "kpis:alert_hook_remove": only("admin", status=405, kwargs=webhook),
    "kpis:leaderboard": everyone(),
    "kpis:dictionary": everyone(),
    "kpis:kpi": everyone(kwargs=kpi),
    "kpis:metric": everyone(kwargs=metric),
    "kpis:kpi_new": only("admin"),
    "kpis:kpi_own": only("admin", kwargs=own_kpi),
    "kpis:kpi_retire": only("admin", status=405, kwargs=own_kpi),
    "kpis:metric_own": only("admin", kwargs=own_metric),
    "kpis:metric_retire": only("admin", status=405, kwargs=own_metric),
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
    "kpis:objective_qualitative": only("manager", "admin"),
    "kpis:objective_suggestion": only("manager", "admin"),
    "kpis:objective": only("manager", "admin", kwargs=objective_of_rémi),
    "kpis:objective_accept": only(
        "manager", "admin", status=302, kwargs=countered_by_rémi, method="post"
    ),
    "kpis:objective_counter": only("manager", "admin", kwargs=countered_by_rémi),
    "kpis:objective_evaluate": only("manager", kwargs=qualitative_of_rémi),
    "kpis:objective_letter": only("manager", "admin", kwargs=objective_of_rémi),
    "kpis:objective_letter_pdf": only("manager", "admin", kwargs=letter_of_rémi),
    "kpis:objective_withdraw": only("manager", "admin", kwargs=objective_of_rémi),
}
