"""What reviews are called, and where they are."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from common.formats import day_text, span_text
from kernel.periods import Period
from kpis.calc.reviews import Ritual, State
from kpis.reviews.queries import Sitting

Cells = dict[str, Any]


def ritual_name(ritual: Ritual) -> str:
    """The kind of a review in words."""
    match ritual:
        case Ritual.WEEKLY:
            return _("Weekly review")
        case Ritual.MONTHLY:
            return _("Monthly review")
        case Ritual.QUARTERLY:
            return _("Quarterly review")


def period_name(sitting_of: Ritual, period: Period) -> str:
    """The days of a review: a month by its name."""
    if sitting_of is Ritual.MONTHLY:
        return day_text(period.start, "month")
    return span_text(period.start, period.end)


def title_of(sitting: Sitting) -> str:
    """The kind and the days of a review."""
    days = period_name(sitting.ritual, sitting.period)
    return _("%(ritual)s, %(days)s") % {"ritual": ritual_name(sitting.ritual), "days": days}


def whose_text(team_id: int | None) -> str:
    """The team, or the company, in an address."""
    return "company" if team_id is None else f"team-{team_id}"


def address_of(sitting: Sitting, page: str = "review", *more: str) -> str:
    """The address of a review, or of something that is done with it."""
    start = sitting.period.start.isoformat()
    args = [whose_text(sitting.team_id), sitting.ritual.value, start, *more]
    return reverse(f"cockpit:{page}", args=args)


def state_cells(state: State) -> Cells:
    """A word and a tone."""
    match state:
        case State.RUNNING:
            return {"state": _("running"), "tone": ""}
        case State.DUE:
            return {"state": _("due"), "tone": "warn"}
        case State.HELD:
            return {"state": _("was held"), "tone": "good"}
        case State.MISSED:
            return {"state": _("missed"), "tone": "bad"}
