"""Reviews and decisions as they are read; who may read and who may hold them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from kernel.periods import Period
from kpis.alerts.queries import WAITING, alerts_of_led, muted_for, shown
from kpis.calc.reviews import Ritual, Slot, period_at, slots
from kpis.models import ActionKind, Alert, AlertAction, Decision, Review
from people import access
from people import queries as people
from people.access import Viewer

COMPANY_RITUALS = (Ritual.MONTHLY, Ritual.QUARTERLY)
"""The direction looks at months and quarters; weeks are the affair of the teams."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """A review by what it is of: the kind, the days, and the team or (without) the company."""

    ritual: Ritual
    period: Period
    team_id: int | None = None


# --- rights ----------------------------------------------------------------------------------


def may_hold(viewer: Viewer, team_id: int | None) -> bool:
    """Who leads the team decides in its reviews; in those of the company the direction."""
    return viewer.is_executive if team_id is None else team_id in viewer.led_team_ids


def may_read(viewer: Viewer, team_id: int | None) -> bool:
    """Who holds it, and who sees the figures of everybody: these read figures, and neither alerts
    nor decisions, which are about single people."""
    return may_hold(viewer, team_id) or access.figures_scope(viewer).everyone


def answers_alert_of(decision: Decision, viewer: Viewer) -> bool:
    """Whether it is about an alert about the viewer: decided by who leads the viewer."""
    action = decision.action
    return action is not None and action.alert.person_id == viewer.person_id


def may_close(viewer: Viewer, decision: Decision) -> bool:
    """Who may hold the review, except what answers an alert about oneself."""
    held = may_hold(viewer, decision.review.team_id)
    return held and not answers_alert_of(decision, viewer)


def reads_any(viewer: Viewer) -> bool:
    """Whether there is a review that the viewer may read."""
    return bool(viewer.led_team_ids) or access.figures_scope(viewer).everyone


def scopes_of(viewer: Viewer) -> list[int | None]:
    """The company (None) and the teams whose reviews the viewer may read, in the order of the
    tree. One query."""
    everyone = access.figures_scope(viewer).everyone
    teams = [one.id for one in people.team_tree() if everyone or one.id in viewer.led_team_ids]
    return [*([None] if everyone else []), *teams]


def held_by_viewer(viewer: Viewer) -> list[int | None]:
    """Whose reviews it is the viewer's affair to hold: the teams led in person (those below have
    somebody of their own), and for the direction the company."""
    company: list[int | None] = [None] if viewer.is_executive else []
    return [*company, *sorted(viewer.own_team_ids & viewer.led_team_ids)]


def rituals_of(team_id: int | None) -> tuple[Ritual, ...]:
    """The kinds of review that a team, or the company, has."""
    return COMPANY_RITUALS if team_id is None else tuple(Ritual)


# --- reviews ---------------------------------------------------------------------------------


def review_of(sitting: Sitting) -> Review | None:
    """The review when somebody has begun it. One query."""
    return _of(sitting.ritual, [sitting.team_id]).filter(starts_on=sitting.period.start).first()


def sitting_on(ritual: Ritual, day: date, team_id: int | None) -> Sitting | None:
    """The review whose days begin on `day`; None where none do.

    Quarters are those of the fiscal year, or of the one of then, of which a review was begun. One
    query for a day on which no quarter of the fiscal year begins.
    """
    period = period_at(ritual, day, people.company().fiscal_year_start_month)
    if period.start == day:
        return Sitting(ritual, period, team_id)
    begun = _of(ritual, [team_id]).filter(starts_on=day).defer("kept").first()
    return None if begun is None else sitting_of(begun)


def sitting_of(review: Review) -> Sitting:
    """What a review is of."""
    days = Period(review.starts_on, review.ends_on)
    return Sitting(Ritual(review.kind), days, review.team_id)


def review_before(sitting: Sitting) -> Review | None:
    """The last one of the same kind that was held for earlier days. One query."""
    rows = _of(sitting.ritual, [sitting.team_id]).filter(
        held_at__isnull=False, starts_on__lt=sitting.period.start
    )
    return rows.order_by("-starts_on").first()


def _of(ritual: Ritual, team_ids: Collection[int | None]) -> QuerySet[Review]:
    whose = Q(team_id__in=[one for one in team_ids if one is not None])
    if None in team_ids:
        whose |= Q(team_id=None)
    return Review.objects.filter(whose, kind=ritual.value).select_related("held_by__person")


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A review that was held, without its page."""

    team_id: int | None
    ritual: Ritual
    period: Period
    at: datetime
    by: str


def held_of(team_ids: Collection[int | None]) -> list[HeldRow]:
    """The reviews that were held of these teams (None: the company), newest first. One query."""
    rows = Review.objects.filter(
        Q(team_id__in=[one for one in team_ids if one is not None])
        | Q(team_id=None, kind__in=COMPANY_RITUALS if None in team_ids else ()),
        held_at__isnull=False,
    ).defer("kept").select_related("held_by__person").order_by("-starts_on", "id")  # fmt: skip
    return [
        HeldRow(
            one.team_id,
            Ritual(one.kind),
            Period(one.starts_on, one.ends_on),
            one.held_at,
            one.held_by.name,
        )
        for one in rows
        if one.held_at is not None and one.held_by is not None
    ]


def slots_of(
    team_ids: Collection[int | None], day: date
) -> dict[tuple[int | None, Ritual], tuple[Slot, ...]]:
    """What is due, held and missed of each team and kind. One query beside the company."""
    first_month = people.company().fiscal_year_start_month
    held: dict[tuple[int | None, Ritual], set[Period]] = {}
    for row in held_of(team_ids):
        held.setdefault((row.team_id, row.ritual), set()).add(row.period)
    return {
        (team_id, ritual): slots(ritual, day, held.get((team_id, ritual), ()), first_month)
        for team_id in team_ids
        for ritual in rituals_of(team_id)
    }


# --- decisions -------------------------------------------------------------------------------


def decisions_of(review: Review | None) -> list[Decision]:
    """What was decided in a review, in the order of saying. One query."""
    rows = Decision.objects.filter(review=review) if review else Decision.objects.none()
    return list(_with_names(rows).order_by("at", "id"))


def decision_of(decision_id: int) -> Decision | None:
    """One decision with its review. One query."""
    return _with_names(Decision.objects.filter(pk=decision_id)).first()


def kind_choices() -> list[tuple[str, str]]:
    """What a decision can be, with its word."""
    return [(kind.value, str(kind.label)) for kind in ActionKind]


OPEN = Q(action=None, closed_at=None) | Q(action__isnull=False, action__closed_at=None)


def open_decisions(team_ids: Collection[int | None], owner_id: int | None = None) -> list[Decision]:
    """What nobody has closed yet of what reviews of these teams (None: the company) decided, and of
    what a person has to do, the next due first. One query."""
    whose = Q(review__team_id__in=[one for one in team_ids if one is not None])
    if None in team_ids:
        whose |= Q(review__team_id=None)
    if owner_id is not None:
        whose |= Q(owner_id=owner_id)
    rows = _with_names(Decision.objects.filter(OPEN, whose))
    return list(rows.order_by("due_on", "id"))


def _with_names(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    return rows.select_related(
        "owner", "person", "kpi", "by__person", "action__alert", "review__team"
    )


# --- alerts and actions beside ---------------------------------------------------------------


def readable_alerts(viewer: Viewer, ids: Collection[int]) -> frozenset[int]:
    """Those of the alerts that are about people whom the viewer leads. One query."""
    rows = alerts_of_led(viewer).filter(pk__in=ids)
    return frozenset(rows.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """How many alerts of a group began and ended in a period."""

    began: int
    ended: int


def _about(viewer: Viewer, person_ids: Collection[int]) -> QuerySet[Alert]:
    return alerts_of_led(viewer).filter(person_id__in=person_ids)


def alerts_to_decide(viewer: Viewer, person_ids: Collection[int]) -> list[Alert]:
    """The alerts about these people, led by the viewer, that wait for an answer. One query."""
    rows = _about(viewer, person_ids).exclude(muted_for(viewer.user_id, viewer.day))
    return list(shown(rows, WAITING))


def alert_counts(
    viewer: Viewer, person_ids: Collection[int], start: datetime, end: datetime
) -> AlertCounts:
    """How many began and ended between two moments. Two queries."""
    rows = _about(viewer, person_ids)
    return AlertCounts(
        rows.filter(began_at__gte=start, began_at__lt=end).count(),
        rows.filter(ended_at__gte=start, ended_at__lt=end).count(),
    )


def actions_about(
    viewer: Viewer, person_ids: Collection[int], since: datetime
) -> list[AlertAction]:
    """The actions about these people that are open or were closed since, the next due first. One
    query."""
    rows = AlertAction.objects.filter(alert__in=_about(viewer, person_ids))
    rows = rows.filter(Q(closed_at=None) | Q(closed_at__gte=since))
    found = rows.select_related("alert__rule", "alert__person", "by__person")
    return list(found.order_by("closed_at", "due_on", "id"))
