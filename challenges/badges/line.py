"""The small line of the rep's cockpit: badges, run of days, jersey."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.badges import personal
from challenges.badges.presenters import name_of, run_cells
from challenges.badges.queries import is_taken_back, with_state
from challenges.badges.wearing import worn_now
from challenges.models import BadgeAward, JerseyKind
from common.formats import number_text
from kernel.periods import Period
from people.access import Viewer

MOST_ARTS = 5


@dataclass(frozen=True, slots=True)
class BadgeLine:
    """Formatted; `arts` are the drawings of the latest badges, each once."""

    person_id: int
    badges: str
    arts: tuple[tuple[str, str], ...]
    run: str
    run_note: str
    jerseys: tuple[tuple[str, str], ...]


def line_of(viewer: Viewer, now: datetime) -> BadgeLine | None:
    """The line of the viewer; None for who is nobody of the teams."""
    if viewer.person_id is None:
        return None
    rows = with_state(BadgeAward.objects.filter(person_id=viewer.person_id))
    held = [
        row
        for row in rows.select_related("badge").order_by("-awarded_at", "-id")
        if not is_taken_back(row)
    ]
    arts = {row.badge.art: name_of(row.badge) for row in reversed(held)}
    run = run_cells(personal.run_of(viewer.person_id, now))
    kinds = worn_now(viewer.person_id, sorted(viewer.own_team_ids), Period.month(viewer.day))
    count = ngettext("%(n)s badge", "%(n)s badges", len(held)) % {"n": number_text(len(held))}
    return BadgeLine(
        person_id=viewer.person_id,
        badges=count,
        arts=tuple(reversed(arts.items()))[:MOST_ARTS],
        run=_("run of %(days)s") % {"days": run["text"]} if run["length"] else _("no run yet"),
        run_note=run["note"],
        jerseys=tuple((kind.value, str(JerseyKind(kind.value).label)) for kind in kinds),
    )
