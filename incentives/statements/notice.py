"""What a statement says when its rules and objectives were not told in time."""

from datetime import date
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from common.formats import day_text, minor_text
from incentives.models import Notice, Statement
from incentives.notices.exposure import exposure_at
from incentives.notices.queries import asks_notices, is_late
from kernel.periods import Period
from people import access
from people import queries as people
from people.access import Viewer

Cells = dict[str, Any]


def notice_beside(row: Statement, viewer: Viewer) -> Cells | None:
    """The warning of a statement, None when all is well or no law asks for notices. One query.

    HR reads also what may be due; the payee and the manager read the days only. A correction has
    none: the warning stands on the statement that it corrects.
    """
    if row.corrects_id or not asks_notices(people.company()):
        return None
    period = row.run.period
    told = (
        Notice.objects.filter(
            person=row.person_id,
            plan_version=row.plan_version_id,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
        )
        .order_by("-id")
        .first()
    )
    first = date.fromisoformat(row.inputs["payees"][0]["present_from"])
    told_on = people.today(told.published_at) if told else None
    if told_on is not None and not is_late(told_on, first, period.starts_on):
        return None
    if told_on is None and not is_late(viewer.day, first, period.starts_on):
        return None
    words = {"day": day_text(told_on), "first": day_text(first)}
    missing = _("They were not published; the days of this statement begin on %(first)s.")
    late = _("They were published on %(day)s; the days of this statement begin on %(first)s.")
    return {
        "text": (late if told else missing) % words,
        "url": reverse("incentives:notice", args=[told.pk]) if told else "",
        **(_exposure(row) if access.can_configure(viewer, access.Area.PERIODS) else {}),
    }


def _exposure(row: Statement) -> Cells:
    payee, period = row.inputs["payees"][0], row.run.period
    found = exposure_at(
        row.plan_version.terms(),
        payee.get("role") or "",
        {key: _target(value) for key, value in payee.get("objectives", {}).items()},
        Period(period.starts_on, period.ends_on),
    )
    if found is None:
        return {}
    amount = found.amount
    return {"exposure": minor_text(amount.minor, amount.currency), "is_most": found.is_most}


def _target(value: Any) -> Fraction:
    """An objective as inputs state it: a number, or its parts (incentives/gathering/targets.py)."""
    if isinstance(value, list):
        return sum(
            (Fraction(one["target"]) * one["days"] / one["of"] for one in value), Fraction(0)
        )
    return Fraction(value)
