"""Objectives in every state: asked of one rep, countered, signed, lapsed, withdrawn, scored."""

from datetime import date, timedelta
from fractions import Fraction

from cockpit.demo.cast import month_start
from kpis.services import (
    Criterion,
    ObjectiveInput,
    Qualitative,
    accept_objective,
    counter_objective,
    evaluate_objective,
    lapse_objectives,
    propose_objective,
    propose_qualitative,
    withdraw_objective,
)
from people import queries as people
from people.models import Person, User

AHEAD = 4
"""The first month without an objective of the script."""


def tell_agreements(manager: User, rep: User, today: date) -> None:
    """What a manager and a rep say to each other of the months to come, and of a visit."""
    if manager.person is None or rep.person is None:
        raise ValueError("both sides of an agreement are people")
    first, second = month_start(today, AHEAD), month_start(today, AHEAD + 1)
    # an answer is awaited from the day on which it is really asked, whatever day the script tells
    now = people.today()
    later = _asked(rep.person, "revenue_booked", 40_000, second)
    propose_objective(actor=manager, objective=later, answer_by=now)
    lapse_objectives(day=now + timedelta(days=1))
    mistaken = propose_objective(
        actor=manager, objective=_asked(rep.person, "meetings_count", 40, second)
    )
    withdraw_objective(actor=manager, objective=mistaken, reason="Saisi pour le mauvais mois.")
    week = now + timedelta(days=7)
    propose_objective(
        actor=manager, objective=_asked(rep.person, "revenue_booked", 31_000, first), answer_by=week
    )
    countered = propose_objective(
        actor=manager, objective=_asked(rep.person, "meetings_count", 15, first), answer_by=week
    )
    counter_objective(
        actor=rep, objective=countered, target=Fraction(13),
        reason="Deux salons ce mois-là : moins de jours pour les rendez-vous.",
    )  # fmt: skip
    signed = propose_objective(
        actor=manager, objective=_asked(rep.person, "proposals_count", 8, first)
    )
    accept_objective(actor=rep, objective=signed)
    _visits(manager, manager.person, rep, rep.person, today)


def _asked(person: Person, kpi: str, target: int, month: date) -> ObjectiveInput:
    return ObjectiveInput(kpi, Fraction(target), month, month_start(month, 1), person=person.number)


def _visits(manager: User, coach: Person, rep: User, person: Person, today: date) -> None:
    """Criteria for the running quarter of a year, signed and scored once."""
    goal = propose_qualitative(
        actor=manager,
        objective=Qualitative(
            person_id=person.pk,
            title="Découverte en visite",
            criteria=[
                Criterion("Pose des questions ouvertes avant de parler du produit", Fraction(2)),
                Criterion("Reformule le besoin du client", Fraction(1)),
                Criterion("Repart avec une prochaine étape datée", Fraction(2)),
            ],
            evaluator_id=coach.pk,
            valid_from=month_start(today, -1),
            valid_to=month_start(today, 2),
            target=Fraction(80),
        ),
    )
    accept_objective(actor=rep, objective=goal)
    evaluate_objective(
        actor=manager, objective=goal, visited_on=today - timedelta(days=1), scores=[4, 3, 5],
        evidence="Chez un client en renouvellement : trois questions de fond, la suite est au "
        "calendrier, le besoin n'a pas été redit.",
    )  # fmt: skip
