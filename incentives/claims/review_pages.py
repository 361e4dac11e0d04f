"""The manager's review as plain values for pages."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from common.formats import minor_text, moment_text
from incentives import services
from incentives.choices import PeriodState
from incentives.claims.team_reviews import SignOff, TeamUnderReview, teams_under_review
from incentives.models import PayPeriod, TeamReview
from incentives.periods.pages import named, signed, statement_rows
from incentives.queries import StatementRow
from people.access import Viewer

Cells = dict[str, Any]
SHOWN = 6


def period_rows(viewer: Viewer) -> list[Cells]:
    """The newest periods that are calculated, with what the manager has to do in each."""
    found = list(
        PayPeriod.objects.exclude(state=PeriodState.OPEN).order_by("-starts_on", "kind")[:SHOWN]
    )
    mine = TeamReview.objects.filter(manager_id=viewer.person_id, run__period__in=found)
    signed_periods = set(mine.values_list("run__period_id", flat=True))
    return [_period_row(one, viewer, one.pk in signed_periods) for one in found]


def _period_row(period: PayPeriod, viewer: Viewer, has_signed: bool) -> Cells:
    state = "signed" if has_signed else ""
    if period.state == PeriodState.CALCULATED:
        # only here can something still be signed, and a new run have made a signature void
        state = _own_state(period, viewer)
    return {
        "url": reverse("incentives:team_review", args=[period.pk]),
        "name": named(period),
        "state": period.state,
        "sign": state,
    }


def _own_state(period: PayPeriod, viewer: Viewer) -> str:
    run = services.last_run(period)
    if run is None:
        return ""
    teams = teams_under_review(period, run, viewer.day)
    own = [team for team in teams if team.manager_id == viewer.person_id]
    return "" if not own else "to_sign" if own[0].is_missing else "signed"


def team_page(period: PayPeriod, team: TeamUnderReview, rows: Sequence[StatementRow]) -> Cells:
    """The statements of one team with their changes, and the state of its sign-off."""
    currency = rows[0].currency if rows else ""
    total = sum(row.total_minor for row in rows)
    before = sum(row.before_minor or 0 for row in rows)
    return {
        "period_id": period.pk,
        "name": named(period),
        "state": period.state,
        "rows": statement_rows(rows),
        "total": minor_text(total, currency) if rows else "–",
        "before": minor_text(before, currency) if rows else "–",
        "change": signed(total - before, currency) if rows else "–",
        "signed": _sign_off(team.signed),
        "void": _sign_off(team.void),
        "may_sign": period.state == PeriodState.CALCULATED and team.is_missing,
    }


def _sign_off(one: SignOff | None) -> Cells | None:
    if one is None:
        return None
    return {
        "by": one.by,
        "at": moment_text(one.at),
        "comment": one.comment,
        "run": one.run_number,
    }
