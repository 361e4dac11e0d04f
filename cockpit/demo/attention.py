"""Alerts of the demo company in several states: ended, waiting, in hand, and one talked through."""

from datetime import datetime, time, timedelta

from kpis.alerts.queries import waiting_for
from kpis.alerts.services import check_alerts, choose_action, close_action, keep_wishes
from people import queries as people
from people.access import viewer_of
from people.models import User

AGO = timedelta(days=12)


def load_alerts(manager: User, now: datetime) -> None:
    """What the rules saw twelve days ago and see now, and what the manager did about some of it."""
    before = now - AGO
    heads = {one.manager_id for one in people.people_on(people.today(now))}
    for user in User.objects.filter(person__in=heads - {None}).order_by("id"):
        keep_wishes(actor=user, by_mail=False)  # invented people have no letter box
    check_alerts(now=before)
    waiting = waiting_for(viewer_of(manager))
    day = people.today(before)
    if waiting:
        first = choose_action(
            actor=manager, alert_id=waiting[0], kind="talk", due_on=day + timedelta(days=3),
            note="Faire le point sur la semaine et sur ce qui bloque.", now=before,
        )  # fmt: skip
        close_action(
            actor=manager, action_id=first.pk, now=before + timedelta(days=3),
            outcome="Deux gros dossiers en préparation ; nous revoyons la liste chaque lundi.",
        )  # fmt: skip
    keep_wishes(
        actor=manager, by_mail=True, digest_at=time(8), quiet_from=time(19), quiet_until=time(7)
    )
    check_alerts(now=now)
    waiting = waiting_for(viewer_of(manager))
    for alert_id, (kind, note) in zip(waiting[1:], NOTES, strict=False):
        choose_action(
            actor=manager, alert_id=alert_id, kind=kind, note=note, now=now,
            due_on=people.today(now) + timedelta(days=4),
        )  # fmt: skip


NOTES = (
    ("analyse", "Relire ensemble les derniers dossiers : cible, accroche ou suivi ?"),
    ("adjust", "Deux comptes repris par l'équipe le temps de relancer le reste."),
)
