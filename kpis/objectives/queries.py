"""Objectives as pages show them: what is asked of whom, how far it is, what was said of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db.models import Q, QuerySet

from common.labels import label
from kernel.periods import Period
from kpis.calc.bands import Band, band_of_pace
from kpis.calc.figures import NO_FIGURE, Figure, attainment
from kpis.calc.marks import mark_of
from kpis.models import Evaluation, Objective, ObjectiveStep
from kpis.objectives.reviews import same_criteria
from kpis.queries import KpiInfo, catalogue, many_kpi_values
from kpis.queries.objectives import ADDITIVE_UNITS, pace_of
from people import access
from people import queries as people
from people.access import Viewer

Status = Objective.Status
SHOWN = (Status.PROPOSED, Status.COUNTERED, Status.ACCEPTED, Status.LAPSED)


@dataclass(frozen=True, slots=True)
class Tracked:
    """An objective with the figure that it is held against; `kpi` is None for criteria.

    `state` is the status, but for a proposal whose day for an answer has passed: `lapsed`.
    """

    row: Objective
    who: str
    what: str
    kpi: KpiInfo | None
    period: Period
    state: str
    value: Fraction | None
    target: Fraction
    attainment: Fraction | None
    pace: Fraction | None
    band: Band

    @property
    def is_at_risk(self) -> bool:
        """In force, begun, and clearly behind where it should be."""
        return self.state == Status.ACCEPTED and self.band is Band.BAD

    @property
    def unit(self) -> str:
        return self.kpi.unit if self.kpi else "percent"


def objectives_of(near: Period, viewer: Viewer) -> list[Tracked]:
    """Objectives that touch `near`, of those open to the viewer: the latest end first, by name.

    The number of statements grows with the number of different periods, not of people.
    """
    rows = Objective.objects.filter(
        open_to(viewer), status__in=SHOWN, valid_from__lt=near.end, valid_to__gt=near.start
    )
    return tracked(rows, viewer.day)


def tracked(rows: QuerySet[Objective], day: date) -> list[Tracked]:
    """The rows with figures, as they stand on `day`; a KPI that is retired since is there still."""
    found = list(rows.select_related("kpi", "person", "team", "role").order_by("id"))
    figures, marks = _figures(found), _marks(found)
    shown = [_tracked(row, figures, marks, day) for row in found]
    shown.sort(key=lambda one: (one.who, one.what, one.row.pk))
    return sorted(shown, key=lambda one: one.period.end, reverse=True)


def open_to(viewer: Viewer) -> Q:
    """Objectives that the viewer may read: own ones, of those led, as evaluator, of all roles."""
    scope = access.figures_scope(viewer)
    if scope.everyone:
        return Q()
    mine = viewer.led_team_ids | viewer.own_team_ids
    return (
        Q(person_id__in=scope.person_ids)
        | Q(evaluator_id__in=[viewer.person_id] if viewer.person_id else [])
        | Q(team_id__in=mine)
        | Q(role__isnull=False)
    )


def led_by(viewer: Viewer) -> Q:
    """Objectives for which the viewer speaks as the company's side, never one's own."""
    if viewer.is_admin:
        # without a person there is nothing of one's own to leave out
        own = viewer.person_id
        return Q() if own is None else Q(person__isnull=True) | ~Q(person_id=own)
    led = access.led_people(viewer) - {viewer.person_id}
    return Q(person_id__in=led) | Q(team_id__in=viewer.led_team_ids)


def waits_for(viewer: Viewer) -> Q:
    """Objectives that wait for the viewer: proposed to oneself, or countered by those led."""
    still = Q(answer_by__isnull=True) | Q(answer_by__gte=viewer.day)
    waits = Q(pk__in=[])
    if viewer.is_manager or viewer.is_admin:
        waits |= Q(status=Status.COUNTERED) & led_by(viewer)
    if viewer.person_id is not None:
        waits |= Q(status=Status.PROPOSED, person_id=viewer.person_id)
    return waits & still


def state_of(row: Objective, day: date) -> str:
    """The status as it reads on `day`: a proposal that nobody answered in time has lapsed."""
    waits = row.status in (Status.PROPOSED, Status.COUNTERED)
    if waits and row.answer_by is not None and row.answer_by < day:
        return Status.LAPSED.value
    return row.status


def _tracked(
    row: Objective,
    figures: Mapping["FigureKey", Figure],
    marks: Mapping[int, Fraction | None],
    day: date,
) -> Tracked:
    period, target = Period(row.valid_from, row.valid_to), Fraction(row.target)
    kpi = _kpi_of(row)
    if kpi is None:
        value, better, unit = marks[row.pk], "up", "percent"
    else:
        key = (row.person_id, row.team_id, kpi.key, period)
        value, better, unit = figures.get(key, NO_FIGURE).value, kpi.better, kpi.unit
    attained = attainment(value, target, better=better)
    paced = pace_of(unit, period, day, people.company().calendar)
    begun = day > period.start or unit not in ADDITIVE_UNITS
    band = band_of_pace(attained, paced) if begun else Band.NONE
    return Tracked(
        row, name_of(row), kpi.name if kpi else row.title, kpi, period, state_of(row, day), value,
        target, attained, paced, band,
    )  # fmt: skip


def _kpi_of(row: Objective) -> KpiInfo | None:
    """The KPI as it is on the last day of the objective, or as it was last where it is retired
    before: what was proposed and never agreed to holds no KPI back."""
    if row.kpi is None:
        return None
    last = Period(row.valid_from, row.valid_to).last
    gone_on = row.kpi.retired_on
    if gone_on is not None and gone_on <= last:
        last = gone_on - timedelta(days=1)
    return catalogue(last).kpi(row.kpi.key)


def name_of(row: Objective) -> str:
    """For whom it is."""
    if row.person is not None:
        return row.person.name
    if row.team is not None:
        return row.team.name
    return label(row.role.name_fr, row.role.name_en) if row.role else ""


FigureKey = tuple[int | None, int | None, str, Period]


def _figures(rows: Sequence[Objective]) -> dict[FigureKey, Figure]:
    """Each by the formula of the last day of its own period, as it is judged in the end."""
    found: dict[FigureKey, Figure] = {}
    of_kpi = [(row, row.kpi.key, Period(row.valid_from, row.valid_to)) for row in rows if row.kpi]
    for period in sorted({one for _, _, one in of_kpi}):
        known = catalogue(period.last)
        mine = [(row, key) for row, key, one in of_kpi if one == period and key in known.kpis]
        persons = {row.person_id for row, _ in mine if row.person_id is not None}
        keys = sorted({key for _, key in mine})
        if persons:
            for one in many_kpi_values(
                keys, by="person", period=period, person_ids=persons, known=known
            ):
                person_id = one.group[0].id
                if isinstance(person_id, int):
                    found |= {(person_id, None, key, period): one.figures[key] for key in keys}
        for team_id in sorted({row.team_id for row, _ in mine if row.team_id is not None}):
            below = people.team_ids_below([team_id])
            (total,) = many_kpi_values(keys, period=period, team_ids=below, known=known)
            found |= {(None, team_id, key, period): total.figures[key] for key in keys}
    return found


def _marks(rows: Sequence[Objective]) -> dict[int, Fraction | None]:
    goals = {row.pk: row for row in rows if row.kpi_id is None}
    chains = same_criteria(goals.values())
    visits: dict[int, list[list[int | None]]] = {}
    if goals:
        ids = {one for chain in chains.values() for one in chain}
        kept = Evaluation.objects.filter(objective_id__in=ids).order_by("id")
        for objective_id, scores in kept.values_list("objective_id", "scores"):
            visits.setdefault(objective_id, []).append(scores)
    return {
        pk: mark_of(
            [Fraction(one["weight"]) for one in row.criteria],
            [scores for one in chains[pk] for scores in visits.get(one, ())],
        )
        for pk, row in goals.items()
    }


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of an agreement: who, for which side, with which value."""

    objective_id: int
    kind: str
    side: str
    by: str
    target: Fraction
    reason: str
    sha256: str
    at: datetime


def steps_of(row: Objective) -> list[StepRow]:
    """All steps of an objective and of those that it replaces, the latest first."""
    chain = [row]
    while chain[-1].replaces is not None:
        chain.append(chain[-1].replaces)
    rows = ObjectiveStep.objects.filter(objective__in=chain).select_related("by__person")
    return [
        StepRow(one.objective_id, one.kind, one.side, _signer(one), Fraction(one.target),
                one.reason, one.terms_sha256, one.at)
        for one in rows.order_by("-at", "-id")
    ]  # fmt: skip


def signatures_of(row: Objective) -> dict[str, StepRow]:
    """The signature of each side under what is agreed: the last step of each, on the same terms.

    Empty unless accepted; a side that has not signed (an objective set by the company, or brought
    in from a file) is absent.
    """
    if row.status not in (Status.ACCEPTED, Status.WITHDRAWN):
        return {}
    steps = [
        one for one in steps_of(row)
        if one.objective_id == row.pk and one.kind != ObjectiveStep.Kind.WITHDRAWN
    ]  # fmt: skip
    if not steps or steps[0].kind != ObjectiveStep.Kind.ACCEPTED:
        return {}
    found: dict[str, StepRow] = {}
    for one in steps:
        if one.sha256 == steps[0].sha256:
            found.setdefault(one.side, one)
    return found


def _signer(one: ObjectiveStep) -> str:
    if one.by is None:
        # a file that a command brought in speaks for the company, and is nobody's
        return people.company().name if one.side == ObjectiveStep.Side.COMPANY else ""
    return one.by.name


@dataclass(frozen=True, slots=True)
class VisitRow:
    """The scores of one visit."""

    visited_on: date
    by: str
    scores: tuple[int | None, ...]
    evidence: str


def visits_of(row: Objective) -> list[VisitRow]:
    """What the evaluator kept of each visit, the latest first; also of those before it was amended
    with the same criteria."""
    rows = Evaluation.objects.filter(objective__in=same_criteria([row])[row.pk])
    rows = rows.select_related("by__person")
    return [
        VisitRow(one.visited_on, one.by.name,
                 tuple(one.scores), one.evidence)
        for one in rows.order_by("-visited_on", "-id")
    ]  # fmt: skip


def pages_of(evaluation_ids: Collection[int], viewer: Viewer) -> Mapping[int, int]:
    """By evaluation: the objective on whose page it stands, where the viewer may read that. One
    query."""
    if not (viewer.is_rep or viewer.is_manager or viewer.is_admin):
        return {}
    rows = Evaluation.objects.filter(
        pk__in=evaluation_ids, objective__in=Objective.objects.filter(open_to(viewer))
    )
    return dict(rows.values_list("id", "objective_id"))
