"""Objectives as a kind of file that can be imported."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from activities.importing.kinds import Field, FieldType, Kind, Load, MappedRow, Outcome, register
from kpis.services.objectives import ObjectiveInput, Status, load_objectives


def load(call: Load) -> Sequence[Outcome]:
    """Set the objectives of a file; the same file again changes nothing."""
    results = load_objectives(actor=call.actor, rows=[_objective(row) for row in call.rows])
    return [
        Outcome(
            row.number,
            "corrected" if result.status is Status.CHANGED else result.status.value,
            result.issues,
        )
        for row, result in zip(call.rows, results, strict=True)
    ]


def _objective(row: MappedRow) -> ObjectiveInput:
    return ObjectiveInput(
        kpi=row.text("kpi"),
        target=row.number_of("target"),
        valid_from=row.day_of("valid_from"),
        valid_to=row.day_of("valid_to"),
        person=row.text("person"),
        team=row.text("team"),
        role=row.text("role"),
        reason=row.text("reason"),
        place=row.place,
    )


OBJECTIVES = Kind(
    "objectives",
    _("Objectives"),
    (
        Field("kpi", required=True, also=("metric", "indicateur")),
        Field("person", also=("rep", "commercial", "personne", "sales agent")),
        Field("team", also=("équipe", "equipe")),
        Field("role", also=("rôle", "fonction")),
        Field(
            "valid_from",
            FieldType.DATE,
            required=True,
            also=("from", "du", "début", "period start", "start"),
        ),
        Field(
            "valid_to",
            FieldType.DATE,
            required=True,
            also=("to", "au", "fin", "period end exclusive", "end"),
        ),
        Field("target", FieldType.NUMBER, required=True, also=("objectif", "cible", "value")),
        Field("reason", also=("motif", "raison")),
    ),
    load,
)


def register_all() -> None:
    """Called once, when the room is ready."""
    register(OBJECTIVES)
