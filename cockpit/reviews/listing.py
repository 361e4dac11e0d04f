"""Which reviews are due, held and missed, as plain values."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from cockpit.reviews.words import (
    address_of,
    period_name,
    ritual_name,
    state_cells,
    title_of,
    whose_text,
)
from common.formats import moment_text
from kpis.calc.reviews import Ritual, Slot, State, period_at
from kpis.reviews import queries
from kpis.reviews.queries import HeldRow, Sitting
from people import queries as people
from people.access import Viewer

Cells = dict[str, Any]


def names_of(team_ids: Collection[int | None]) -> Mapping[int | None, str]:
    """What teams, and the company, are called."""
    teams = {one.id: one.name for one in people.team_tree()}
    return {one: _("The whole company") if one is None else teams.get(one, "") for one in team_ids}


def due_rows(viewer: Viewer) -> list[Cells]:
    """The reviews that the viewer has to hold: of teams that he or she leads in person, not of
    those below, which somebody else leads; of the company for the direction. One query beside
    company and teams."""
    mine = queries.held_by_viewer(viewer)
    if not mine:
        return []
    names = names_of(mine)
    return [
        {
            "name": names[team_id],
            "title": title_of(Sitting(ritual, found[0].period, team_id)),
            "url": address_of(Sitting(ritual, found[0].period, team_id)),
        }
        for (team_id, ritual), found in queries.slots_of(mine, viewer.day).items()
        if found[0].state is State.DUE
    ]


def slots_shown(viewer: Viewer, team_id: int | None) -> list[tuple[Ritual, Slot]]:
    """The reviews of one team: the running ones, and all before them, by their last day."""
    first_month = people.company().fiscal_year_start_month
    found = [
        (ritual, slot)
        for (_team, ritual), before in queries.slots_of([team_id], viewer.day).items()
        for slot in (
            Slot(period_at(ritual, viewer.day, first_month), State.RUNNING),
            *before,
        )
    ]
    return sorted(found, key=lambda one: (one[1].period.end, one[1].period.days), reverse=True)


def slot_rows(shown: Sequence[tuple[Ritual, Slot]], team_id: int | None) -> list[Cells]:
    """Reviews of one team with who held them. One query."""
    held = {(one.ritual, one.period): one for one in queries.held_of([team_id])}
    return [
        _slot(Sitting(ritual, slot.period, team_id), slot, held.get((ritual, slot.period)))
        for ritual, slot in shown
    ]


def _slot(sitting: Sitting, slot: Slot, held: HeldRow | None) -> Cells:
    return {
        "ritual": ritual_name(sitting.ritual),
        "days": period_name(sitting.ritual, slot.period),
        "url": address_of(sitting),
        "by": held.by if held else "",
        "at": moment_text(held.at) if held else "",
        **state_cells(slot.state),
    }


def tabs_of(viewer: Viewer, chosen: int | None) -> list[Cells]:
    """Whose reviews, where there are several to choose from."""
    scopes = queries.scopes_of(viewer)
    names = names_of(scopes)
    if len(scopes) < 2:
        return []
    return [
        {"label": names[one], "url": f"?of={whose_text(one)}", "active": one == chosen}
        for one in scopes
    ]
