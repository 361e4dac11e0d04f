"""Plain values for the pages of deals."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.choices import Stage
from activities.deals.queries import DealRow, RecordRow, StageRow
from activities.planning import Said, slip_of
from activities.queries import CLOSED
from common.formats import MISSING, day_text, minor_text, moment_text, number_text
from common.labels import label

Cells = dict[str, Any]


def deal_rows(
    deals: Sequence[DealRow],
    said: Mapping[int, Sequence[Said]],
    names: Mapping[int, str],
    day: date,
    currency: str,
) -> list[Cells]:
    """A line for each open deal."""
    return [
        {
            "url": reverse("activities:deal", args=[one.id]),
            "name": one.name,
            "account": one.account if one.account != one.name else one.product,
            "owner": names.get(one.owner_id, MISSING),
            "stage": str(Stage(one.stage).label),
            "worth": _worth(one, currency),
            "planned": day_text(one.planned_on) if one.planned_on else MISSING,
            "is_late": one.planned_on is not None and one.planned_on < day,
            "slip": slip_text(said.get(one.id, ())),
        }
        for one in deals
    ]


def _worth(one: DealRow, currency: str) -> str:
    if one.minor is None:
        return MISSING
    return minor_text(one.minor, one.currency or currency, whole=True)


def slip_text(said: Sequence[Said]) -> str:
    """How often a deal was put off, and by how much; empty when never."""
    slip = slip_of(said)
    if not slip.times:
        return ""
    days = ngettext("%(n)s day", "%(n)s days", slip.days) % {"n": number_text(slip.days)}
    times = ngettext("put off once, by %(days)s", "put off %(n)s times, by %(days)s in all",
                     slip.times)  # fmt: skip
    return times % {"n": number_text(slip.times), "days": days}


def deal_facts(
    one: DealRow, said: Sequence[Said], owner: str, day: date, currency: str
) -> list[Cells]:
    """What a deal is."""
    planned = day_text(one.planned_on) if one.planned_on else _("nobody has said")
    facts = [
        {"label": _("Account"), "value": one.account or MISSING},
        {"label": _("Product"), "value": one.product or MISSING},
        {"label": _("Owner"), "value": owner},
        {"label": _("Stage"), "value": str(Stage(one.stage).label)},
        {"label": _("Worth"), "value": _worth(one, currency)},
    ]
    if one.stage in CLOSED:
        return facts
    late = one.planned_on is not None and one.planned_on < day
    note = " · ".join(filter(None, (_("has passed") if late else "", slip_text(said))))
    return [*facts, {"label": _("Planned closing date"), "value": planned, "note": note}]


def plan_events(said: Sequence[Said]) -> list[Cells]:
    """Who said which day, newest first."""
    found: list[Cells] = []
    before: date | None = None
    for one in said:
        tone = "warn" if before and one.close_on and one.close_on > before else ""
        title = day_text(one.close_on) if one.close_on else _("Taken back")
        found.append({"at": moment_text(one.at), "title": title, "who": one.by, "tone": tone})
        before = one.close_on or before
    return found[::-1]


def stage_events(stages: Sequence[StageRow]) -> list[Cells]:
    """The way of a deal, newest first."""
    return [
        {
            "at": moment_text(one.entered_at) if one.entered_at else _("nobody knows when"),
            "title": str(Stage(one.stage).label),
            "who": one.source,
            "tone": {"won": "good", "lost": "bad", "cancelled": "bad"}.get(one.stage, ""),
        }
        for one in stages
    ]


def record_events(records: Sequence[RecordRow]) -> list[Cells]:
    """What was recorded about a deal, newest first."""
    return [
        {"at": moment_text(one.occurred_at), "title": label(one.name_fr, one.name_en)}
        for one in records
    ]
