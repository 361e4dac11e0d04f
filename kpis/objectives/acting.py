"""Who speaks for which side of an objective, and what a page says after an answer."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from common.issues import message_of, remedy_of
from kernel.issues import Invalid
from kpis.models import Objective
from kpis.objectives.queries import led_by, state_of
from people.access import Viewer


def speaks_for_company(row: Objective, viewer: Viewer) -> bool:
    """Whether the viewer may act for the company: who leads the person or team, or an admin."""
    if not (viewer.is_manager or viewer.is_admin):
        return False
    return Objective.objects.filter(led_by(viewer), pk=row.pk).exists()


def is_own(row: Objective, viewer: Viewer) -> bool:
    """Whether it is the viewer's own."""
    return viewer.person_id is not None and row.person_id == viewer.person_id


def is_evaluator(row: Objective, viewer: Viewer) -> bool:
    """Whether the viewer was named to score it."""
    return viewer.person_id is not None and row.evaluator_id == viewer.person_id


def is_a_side(row: Objective, viewer: Viewer) -> bool:
    """Whether the viewer is one of the two sides."""
    return is_own(row, viewer) or speaks_for_company(row, viewer)


def may_answer(row: Objective, viewer: Viewer) -> bool:
    """Whether it is the viewer's turn."""
    match state_of(row, viewer.day):
        case Objective.Status.PROPOSED:
            return is_own(row, viewer)
        case Objective.Status.COUNTERED:
            return speaks_for_company(row, viewer)
    return False


def said(request: HttpRequest, work: Callable[[], object], done: str) -> bool:
    """Do it and say so, or say why not; whether it was done."""
    try:
        work()
    except Invalid as invalid:
        for issue in invalid.issues:
            messages.error(request, f"{message_of(issue)} {remedy_of(issue)}".strip())
        return False
    messages.success(request, done)
    return True
