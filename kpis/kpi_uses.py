"""What in this room depends on a KPI: scorecards, objectives."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.formats import span_text
from common.labels import label
from kernel.periods import Period
from kpis.queries import objectives_in
from kpis.queries.catalogue import scorecards
from kpis.uses import Names, Use, tells_uses
from people import access
from people import queries as people
from people.access import Viewer

MOST_OBJECTIVES = 8


@tells_uses
def of_scorecards(_viewer: Viewer, of: Names) -> Iterable[Use]:
    """The roles that look at it."""
    names = {role.key: label(role.name_fr, role.name_en) for role in people.roles()}
    for role_key, keys in scorecards().items():
        for key in keys:
            if key in of.kpis:
                yield Use(_("Scorecard"), names.get(role_key, role_key), key)


@tells_uses
def of_objectives(viewer: Viewer, of: Names) -> Iterable[Use]:
    """Objectives of this year that are open to the viewer, the newest."""
    year = Period.year(viewer.day)
    ids = list(access.visible_people(viewer, year).values_list("pk", flat=True))
    teams = {one.id: one.name for one in people.team_tree()}
    everyone = access.figures_scope(viewer).everyone
    team_ids = teams.keys() if everyone else viewer.led_team_ids | viewer.own_team_ids
    roles = {role.key: label(role.name_fr, role.name_en) for role in people.roles()}
    rows = objectives_in(
        year, person_ids=ids, team_ids=team_ids, role_keys=roles.keys(), kpi_keys=of.kpis
    )
    names = people.person_names([row.person_id for row in rows if row.person_id is not None])
    newest = sorted(rows, key=lambda row: (row.period.start, row.id), reverse=True)
    for row in newest[:MOST_OBJECTIVES]:
        who = (
            names.get(row.person_id, "") if row.person_id is not None
            else teams.get(row.team_id, "") if row.team_id is not None
            else roles.get(row.role_key or "", "")
        )  # fmt: skip
        when = span_text(row.period.start, row.period.end)
        url = reverse("kpis:objectives") + f"?on={row.period.start.isoformat()}"
        is_over = row.period.end <= viewer.day
        yield Use(_("Objective"), f"{who}, {when}", row.kpi_key, url, is_over)
    rest = newest[MOST_OBJECTIVES:]
    if rest:
        text = ngettext("%(n)s older one of this year", "%(n)s older ones of this year", len(rest))
        url = reverse("kpis:objectives") + f"?on={rest[0].period.start.isoformat()}"
        is_over = all(row.period.end <= viewer.day for row in rest)
        yield Use(_("Objective"), text % {"n": len(rest)}, rest[0].kpi_key, url, is_over)
