"""Objectives as a kind of file: registered with the importer of `activities`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from activities.importing.kinds import Field, FieldType, Kind, Load, MappedRow, Outcome, register
from activities.models import ImportBatch
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.periods import Period, parse_period
from kpis.queries.coverage import SheetTarget, missing_months
from kpis.services import (
    ObjectiveInput,
    RowResult,
    Status,
    load_objectives,
    revert_objectives,
)
from people.models import User

NUMBER, DATE = FieldType.NUMBER, FieldType.DATE
NO_TARGET = frozenset({"-", "–", "—", "null", "n/a"})
MONTHS = tuple(f"m{month:02}" for month in range(1, 13))
"""The columns of a yearly sheet: one row per person and calendar year."""
MONTH_NAMES = (
    ("january", "janvier", "jan"),
    ("february", "février", "feb"),
    ("march", "mars", "mar"),
    ("april", "avril", "apr"),
    ("may", "mai"),
    ("june", "juin", "jun"),
    ("july", "juillet", "jul"),
    ("august", "août", "aug"),
    ("september", "septembre", "sep"),
    ("october", "octobre", "oct"),
    ("november", "novembre", "nov"),
    ("december", "décembre", "dec"),
)
# what the importer calls the same outcome
_STATUS = {Status.CHANGED: "corrected", Status.WITHHELD: "created"}


def load_objective_rows(call: Load) -> list[Outcome]:
    """One objective per row, or one for each filled month of a yearly sheet.

    The same file again changes nothing. Of a yearly sheet it is also said who has no target in
    which months.
    """
    parts = [part for row in call.rows for part in _parts(row)]
    results = load_objectives(
        actor=call.actor,
        rows=[
            _objective(part, found if isinstance(found, Period) else None) for part, found in parts
        ],
        batch=call.batch,
    )
    told: dict[int, list[Outcome]] = {row.number: [] for row in call.rows}
    for (part, found), result in zip(parts, results, strict=True):
        told[part.number].append(_outcome(part, found, result))
    outcomes = [_together(row, told[row.number]) for row in call.rows]
    gaps = missing_months([
        SheetTarget(part.text("person"), found)
        for part, found in parts
        if "year" in part.values and part.text("person") and isinstance(found, Period)
    ])  # fmt: skip
    if gaps and outcomes:
        first = outcomes[0]
        place = Place(call.rows[0].place.file)
        issues = (*first.issues, *(gap.at(place) for gap in gaps))
        outcomes[0] = Outcome(first.number, first.status, issues)
    return outcomes


Found = Period | tuple[Issue, ...] | None


def _parts(row: MappedRow) -> list[tuple[MappedRow, Found]]:
    """The row with its period; or, of a yearly sheet, one row for each month that has a target."""
    if not _is_yearly(row):
        return [(row, _period_of(row))]
    year = row.number_of("year")
    if year is None or year.denominator != 1 or not 1900 <= year <= 9999:
        return [(row, (_bad_year(row),))]
    others = {name: value for name, value in row.values.items() if name not in MONTHS}
    return [
        (
            replace(row, values={**others, "target": target}, unread=row.unread - set(MONTHS)),
            Period.month(date(int(year), month, 1)),
        )
        for month, name in enumerate(MONTHS, start=1)
        if (target := row.number_of(name)) is not None
    ]


def _is_yearly(row: MappedRow) -> bool:
    return not (row.values.keys() | row.unread).isdisjoint(("year", *MONTHS))


def _bad_year(row: MappedRow) -> Issue:
    return error(
        "objective.year",
        N_("The months of the row need a year, as 2026."),
        N_("Write the calendar year of the months in each row."),
        row.place.under("year"),
    )


def _together(row: MappedRow, parts: Sequence[Outcome]) -> Outcome:
    """What became of a row of several objectives: the most that happened to one of them."""
    order = ("rejected", "corrected", "created", "unchanged")
    status = min((one.status for one in parts), key=order.index, default="unchanged")
    seen = dict.fromkeys(issue for one in parts for issue in one.issues)
    return Outcome(row.number, status, tuple(seen))


def _outcome(row: MappedRow, period: Found, result: RowResult) -> Outcome:
    if isinstance(period, tuple):
        told = {"objective.dates_missing"}
        if _is_yearly(row):  # its targets stand in months of which nobody knows the year
            told.add("objective.target_missing")
        others = [issue for issue in result.issues if issue.code not in told]
        return Outcome(row.number, "rejected", (*period, *others))
    return Outcome(row.number, _STATUS.get(result.status, result.status.value), result.issues)


def _period_of(row: MappedRow) -> Found:
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
    target, times = row.number_of("target"), row.number_of("multiplier")
    return ObjectiveInput(
        kpi=row.text("kpi"),
        target=target if target is None or times is None else target * times,
        weight=row.number_of("weight"),
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
        Field(
            "person",
            also=(
                "rep",
                "sales agent",
                "commercial",
                "personne",
                "matricule",
                "employee id",
                "employeeid",
                "salesperson",
                "vendeur",
            ),
        ),
        Field("team", also=("équipe", "equipe")),
        Field("role", also=("rôle", "fonction")),
        Field("kpi", required=True, also=("metric", "indicateur", "mesure")),
        Field("period", also=("période", "mois", "month", "trimestre", "quarter")),
        Field("valid_from", DATE, also=("from", "period start", "first day", "du", "début")),
        Field("valid_to", DATE, also=("to", "period end exclusive", "end exclusive")),
        Field("last_day", DATE, also=("until", "au", "fin", "period end", "dernier jour")),
        Field("target", NUMBER, also=("value", "objectif", "cible", "valeur"), nothing=NO_TARGET),
        Field("multiplier", NUMBER, also=("multiplicateur", "times")),
        Field("weight", NUMBER, also=("poids",)),
        Field("year", NUMBER, also=("année", "annee", "exercice")),
        *(
            Field(name, NUMBER, also=also, nothing=NO_TARGET)
            for name, also in zip(MONTHS, MONTH_NAMES, strict=True)
        ),
        Field("reason", also=("motif", "raison")),
    ),
    load_objective_rows,
    needs_together=(
        ("", ("person", "team", "role")),
        ("", ("period", "valid_from", "year")),
        ("", ("target", *MONTHS)),
        *((name, ("year",)) for name in MONTHS),
        ("valid_from", ("period", "valid_to", "last_day")),
    ),
    stand_ins={"period": ("valid_to", "last_day")},
    revert=_revert,
)


def register_all() -> None:
    """Called once, when the room is ready."""
    register(OBJECTIVES)
