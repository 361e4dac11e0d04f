"""The jerseys of a team's month as a reader may see them: who wears them, the top, oneself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from challenges.badges.visibility import hidden_people, shown_name
from challenges.badges.wearing import Line, Month, Worn, holders_of, month_of, worn_now
from challenges.calc.badges.jerseys import Jersey
from challenges.models import JerseyKind
from common.formats import day_text, moment_text, number_text, percent_text
from kernel.periods import Period
from people import access
from people.access import Viewer
from people.models import Person

TOP = 3
Cells = dict[str, Any]
MEANINGS = {
    Jersey.YELLOW: gettext_lazy("Leads: the largest part of the own objective"),
    Jersey.GREEN: gettext_lazy("Most activity points"),
    Jersey.POLKA_DOT: gettext_lazy("Most improved beside the own mean of three months"),
    Jersey.WHITE: gettext_lazy("Best of those who joined within twelve months"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line that the reader may see; without a name where somebody wants no public rank."""

    rank: int
    name: str
    initials: str
    value: str
    me: bool
    note: str


def jersey_cells(viewer: Viewer, team_id: int, period: Period) -> Cells:
    """The month with its four jerseys."""
    month = month_of(team_id, period)
    ids = {line.person_id for one in month.jerseys for line in one.lines}
    people = Person.objects.select_related("challenge_face").in_bulk(ids)
    return {
        "official": month.is_official,
        "as_of": moment_text(month.as_of),
        "jerseys": [_jersey(viewer, one, people) for one in _all_four(month)],
    }


def _all_four(month: Month) -> Sequence[Worn]:
    by_kind = {one.kind: one for one in month.jerseys}
    return [by_kind.get(kind, Worn(kind, ())) for kind in Jersey]


def _jersey(viewer: Viewer, one: Worn, people: dict[int, Person]) -> Cells:
    shown = [line for number, line in enumerate(one.lines, start=1)
             if line.rank == 1 or number <= TOP or line.person_id == viewer.person_id
             or line.person_id in access.figures_scope(viewer)]  # fmt: skip
    rows = [_row(viewer, one.kind, line, people) for line in shown]
    return {
        "kind": one.kind.value,
        "label": JerseyKind(one.kind.value).label,
        "meaning": MEANINGS[one.kind],
        "holders": [row for row in rows if row.rank == 1],
        "rows": [row for row in rows if row.rank > 1],
    }


def _row(viewer: Viewer, kind: Jersey, line: Line, people: dict[int, Person]) -> Row:
    person = people[line.person_id]
    me = line.person_id == viewer.person_id
    is_open = me or line.person_id in access.figures_scope(viewer)
    if line.person_id in hidden_people() and not is_open:
        return Row(line.rank, _("Somebody who is not shown"), "", "", me=False, note="")
    name, initials = shown_name(viewer, person)
    note = _("beside the median of the team") if line.newcomer else ""
    return Row(line.rank, name, initials, value_text(kind, line), me, note)


def value_text(kind: Jersey, line: Line) -> str:
    """The figure of a classification in its unit."""
    if kind is Jersey.GREEN:
        many = 1 if line.value == 1 else 2  # shares of records make parts of points
        return ngettext("%(n)s point", "%(n)s points", many) % {"n": number_text(line.value)}
    percent = percent_text(line.value * 100, 0)
    return f"+{percent}" if kind is Jersey.POLKA_DOT else percent


def my_jerseys(viewer: Viewer) -> Cells:
    """What the viewer wears this month as it stands, and what was official before."""
    if viewer.person_id is None:
        return {"now": [], "before": []}
    now = worn_now(viewer.person_id, sorted(viewer.own_team_ids), Period.month(viewer.day))
    return {"now": [kind.value for kind in now], "before": history_of(viewer.person_id)}


def history_of(person_id: int) -> list[Cells]:
    """The official jerseys of a person, newest first."""
    return [
        {
            "kind": row.kind,
            "label": JerseyKind(row.kind).label,
            "month": day_text(row.month.valid_from, "month"),
            "team": row.month.team.name,
        }
        for row in holders_of(person_id)
    ]
