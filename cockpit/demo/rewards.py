"""The rewards shop of the demo company: what it offers, and who asked for what."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from challenges.calc.points import Account
from challenges.rewards.queries import wallet
from challenges.rewards.services import (
    Offer,
    ask_for,
    decide_request,
    keep_reward,
    post_all,
    set_budget,
)
from cockpit.demo.contests import ZONE, load_past_targets
from people.models import Person, Team, User
from people.queries import people_on

BUDGET_MINOR = 45_000
OFFERS = (
    Offer("Café avec la direction", "Coffee with the direction", "coffee", points=100),
    Offer("Déjeuner d’équipe", "Lunch for the team", "meal", points=300, cost_minor=12_000),
    Offer("Livre au choix", "A book of your choice", "book", points=250, cost_minor=3_000, left=20),
    Offer("Deux places de cinéma", "Two cinema tickets", "ticket", points=400, cost_minor=2_600,
          left=6),
    Offer("Un vendredi après-midi", "A Friday afternoon off", "sun", points=1_000),
    Offer("Don à une association", "Donation to a charity", "heart", points=500, cost_minor=5_000),
    Offer("Sortie à vélo au mont Ventoux", "A ride up Mont Ventoux", "mountain", points=2_500,
          cost_minor=40_000, left=1),
)  # fmt: skip


def load_rewards(admin: User, rep: User, manager: User, now: datetime) -> None:
    """Points of signed challenges, a shop with budgets, and requests in every state."""
    load_past_targets(admin, now)
    post_all(at=now)
    before = now - timedelta(days=6)
    for team in Team.objects.exclude(parent=None).order_by("key"):
        for moment in (before, now):
            day = moment.astimezone(ZONE).date()
            set_budget(actor=admin, team=team, day=day, amount_minor=BUDGET_MINOR)
    ids = {offer.icon: keep_reward(actor=admin, offer=offer).pk for offer in OFFERS}
    if rep.person is None:
        raise ValueError("the demo's rep is a person")
    first = _ask(rep, rep.person, "coffee", ids, before)
    for state in ("approved", "delivered"):
        if first:
            later = before + timedelta(hours=5)
            decide_request(actor=manager, request_id=first, to_state=state, at=later)
    _ask(rep, rep.person, "book", ids, now)
    for person in _colleagues(rep.person, now)[:2]:
        _ask(None, person, "book", ids, now - timedelta(days=1))


def _ask(
    actor: User | None, person: Person, icon: str, ids: Mapping[str, int], at: datetime
) -> int | None:
    """The request; None for somebody whose months did not bring enough points."""
    wanted = next(offer for offer in OFFERS if offer.icon == icon)
    if wallet(person.pk).balances[Account.EARNED] < wanted.points:
        return None
    return ask_for(actor=actor, person=person, reward_id=ids[icon], at=at).pk


def _colleagues(person: Person, now: datetime) -> list[Person]:
    """Who is in the same team, by number."""
    rows = people_on(now.astimezone(ZONE).date())
    team = next(row.team_id for row in rows if row.person_id == person.pk)
    ids = [row.person_id for row in rows if row.team_id == team and not row.leads]
    return list(Person.objects.filter(pk__in=ids).exclude(pk=person.pk).order_by("number"))
