"""Reviews of the demo company: some held with what they decided, one due."""

from datetime import date, datetime, timedelta

from cockpit.reviews.pages import kept_in_each_language
from kpis.calc.reviews import Ritual, due_period, period_before
from kpis.reviews.queries import Sitting
from kpis.reviews.services import DecisionInput, close_decision, hold_review, record_decision
from people import queries as people
from people.access import viewer_of
from people.models import User

SAID = {
    Ritual.WEEKLY: (
        ("adjust", "Une heure de relance chaque mardi matin, sans réunion.",
         "Tenu deux mardis sur deux ; les réponses remontent."),
        ("talk", "Reprendre avec l'équipe la préparation des premiers rendez-vous.", ""),
    ),
    Ritual.MONTHLY: (
        ("analyse", "Comparer les affaires perdues des trois derniers mois : prix, délai, besoin.",
         "Le délai de réponse revient dans un cas sur deux."),
        ("adjust", "Envoyer chaque proposition dans les trois jours.", ""),
    ),
}  # fmt: skip
"""What a review decides, with what came of it where it is done."""


def load_reviews(manager: User, executive: User, now: datetime) -> None:
    """The week and the month before the last are held, so the last ones are due; the direction has
    held its last month."""
    viewer = viewer_of(manager)
    (team_id, *_others) = sorted(viewer.own_team_ids & viewer.led_team_ids)
    day = people.today(now)
    for ritual in SAID:
        due = due_period(ritual, day)
        _hold(manager, Sitting(ritual, period_before(ritual, due), team_id), now)
    head = next(one for one in people.people_on(day) if one.leads)
    _hold(executive, Sitting(Ritual.MONTHLY, due_period(Ritual.MONTHLY, day)), now, head.person_id)


def _hold(actor: User, sitting: Sitting, now: datetime, owner_id: int | None = None) -> None:
    """Held on the second day after its days, and what is done is closed by now."""
    held_at = min(now, _noon(sitting.period.end + timedelta(days=1), now))
    for kind, note, outcome in SAID[sitting.ritual]:
        decision = DecisionInput(
            kind=kind, note=note, owner_id=owner_id or actor.person_id or 0,
            due_on=people.today(held_at) + timedelta(days=14),
        )  # fmt: skip
        made = record_decision(actor=actor, sitting=sitting, decision=decision, now=held_at)
        if outcome:
            close_decision(actor=actor, decision_id=made.pk, outcome=outcome, now=now)
    viewer = viewer_of(actor, people.today(held_at))
    kept = kept_in_each_language(viewer, sitting)
    hold_review(actor=actor, sitting=sitting, kept=kept, now=held_at)


def _noon(day: date, now: datetime) -> datetime:
    return now.replace(year=day.year, month=day.month, day=day.day, hour=11, minute=0, second=0,
                       microsecond=0)  # fmt: skip
