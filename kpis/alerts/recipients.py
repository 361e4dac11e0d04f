"""Who is told of a new alert, through what, and when it may leave."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from django.db.models import Q

from kernel.periods import Period
from kpis.alerts.gathering import RuleRow
from kpis.calc.alerts.rules import Kind
from kpis.calc.alerts.sending import Hours, due_at
from kpis.models import Alert, AlertWishes, Delivery, Webhook
from people import queries as people
from people.models import User
from people.queries import AssignmentRow


def deliveries_of(
    alerts: Sequence[Alert], rules: Sequence[RuleRow], now: datetime
) -> Iterator[Delivery]:
    """The messages about alerts that have just begun: to the person's manager by mail, and to the
    webhooks of the team and of those above. Signs of demotivation never go to a webhook, where
    others read along."""
    if not alerts:
        return
    day, tz = people.today(now), people.company().tz
    places = {
        one.person_id: one
        for one in people.assignments_between(Period.day(day), [one.person_id for one in alerts])
    }
    kinds = {one.id: one.sheet.kind for one in rules}
    heads = _heads(day, places)
    wishes = {one.user_id: one for one in AlertWishes.objects.filter(user__in=heads.values())}
    hooks = list(Webhook.objects.filter(removed_at=None).order_by("id"))
    below = {one.pk: people.team_ids_below([one.team_id]) for one in hooks if one.team_id}
    for alert in alerts:
        user = heads.get(alert.person_id)
        if user is not None:
            wish = wishes.get(user.pk, AlertWishes())
            if wish.by_mail:
                yield Delivery(alert=alert, user=user, changed_at=now,
                               due_at=due_at(now, hours_of(wish), tz))  # fmt: skip
        for hook in hooks if kinds[alert.rule_id] is not Kind.DEMOTIVATION else ():
            if hook.team_id is None or places[alert.person_id].team_id in below[hook.pk]:
                yield Delivery(alert=alert, webhook=hook, changed_at=now, due_at=now)


def hours_of(wish: AlertWishes) -> Hours:
    """The wishes as the pure rules read them."""
    return Hours(wish.quiet_from, wish.quiet_until, wish.digest_at)


def _heads(day: date, places: Mapping[int, AssignmentRow]) -> dict[int, User]:
    """The sign-in of each person's manager; without one named, of who leads the team."""
    named = {one.person_id: one.manager_id for one in places.values() if one.manager_id}
    leading: dict[int, int] = {}
    teams = {one.team_id for one in places.values()}
    for one in people.people_on(day, teams) if len(named) < len(places) else ():
        if one.leads:
            leading.setdefault(one.team_id, one.person_id)
    wanted = {
        person_id: named.get(person_id) or leading.get(place.team_id)
        for person_id, place in places.items()
    }
    chosen = Q(person_id__in={one for one in wanted.values() if one}) & Q(is_active=True)
    users = {one.person_id: one for one in User.objects.filter(chosen)}
    return {
        person_id: users[head]
        for person_id, head in wanted.items()
        if head in users and head != person_id
    }
