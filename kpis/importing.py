"""Objectives as a kind of file: registered with the importer of `activities`."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from activities.importing.kinds import Field, FieldType, Kind, Load, MappedRow, Outcome, register
from activities.models import ImportBatch
from kernel.issues import Invalid, Issue
from kernel.periods import Period, parse_period
from kpis.services import (
    ObjectiveInput,
    RowResult,
    Status,
    load_objectives,
    revert_objectives,
)
from people.models import User

NUMBER, DATE = FieldType.NUMBER, FieldType.DATE
# what the importer calls the same outcome
_STATUS = {Status.CHANGED: "corrected", Status.WITHHELD: "created"}


def load_objective_rows(call: Load) -> list[Outcome]:
    """One objective per row; the same file again changes nothing."""
    periods = [_period_of(row) for row in call.rows]
    results = load_objectives(
        actor=call.actor,
        rows=[
            _objective(row, found if isinstance(found, Period) else None)
            for row, found in zip(call.rows, periods, strict=True)
        ],
        batch=call.batch,
    )
    return [
        _outcome(row, found, result)
        for row, found, result in zip(call.rows, periods, results, strict=True)
    ]


def _outcome(
    row: MappedRow, period: Period | tuple[Issue, ...] | None, result: RowResult
) -> Outcome:
    if isinstance(period, tuple):
        others = [issue for issue in result.issues if issue.code != "objective.dates_missing"]
        return Outcome(row.number, "rejected", (*period, *others))
    return Outcome(row.number, _STATUS.get(result.status, result.status.value), result.issues)


def _period_of(row: MappedRow) -> Period | tuple[Issue, ...] | None:
    """The period that the row names; None when it is to be said by the service what is missing."""
    try:
        if row.text("period"):
            return parse_period(row.text("period"), row.place.under("period"))
        start, end, last = (row.day_of(name) for name in ("valid_from", "valid_to", "last_day"))
        if end is None and last is not None:
            end = last + timedelta(days=1)
        return None if start is None or end is None else Period(start, end)
    except Invalid as invalid:
        return tuple(issue.at(row.place.under("period")) for issue in invalid.issues)


def _objective(row: MappedRow, period: Period | None) -> ObjectiveInput:
    return ObjectiveInput(
        kpi=row.text("kpi"),
        target=row.number_of("target"),
        valid_from=period.start if period else None,
        valid_to=period.end if period else None,
        person=row.text("person"),
        team=row.text("team"),
        role=row.text("role"),
        reason=row.text("reason"),
        place=row.place,
        unread=row.unread,
    )


def _revert(actor: User | None, batch: ImportBatch) -> None:
    revert_objectives(actor=actor, batch=batch)


OBJECTIVES = Kind(
    "objectives",
    _("Objectives"),
    (
        Field("person", also=("rep", "sales agent", "commercial", "personne", "matricule")),
        Field("team", also=("équipe", "equipe")),
        Field("role", also=("rôle", "fonction")),
        Field("kpi", required=True, also=("metric", "indicateur", "mesure")),
        Field("period", also=("période", "mois", "month", "trimestre", "quarter")),
        Field("valid_from", DATE, also=("from", "period start", "first day", "du", "début")),
        Field("valid_to", DATE, also=("to", "period end exclusive", "end exclusive")),
        Field("last_day", DATE, also=("until", "au", "fin", "period end", "dernier jour")),
        Field("target", NUMBER, required=True, also=("value", "objectif", "cible", "valeur")),
        Field("reason", also=("motif", "raison")),
    ),
    load_objective_rows,
    needs_together=(
        ("", ("person", "team", "role")),
        ("", ("period", "valid_from")),
        ("valid_from", ("period", "valid_to", "last_day")),
    ),
    stand_ins={"period": ("valid_to", "last_day")},
    revert=_revert,
)


def register_all() -> None:
    """Called once, when the room is ready."""
    register(OBJECTIVES)
