"""Load the dictionary that ships, and change formulas with a date and a reason."""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from common import audit
from common.locks import transaction_lock
from kernel import expressions
from kernel.expressions import Expression
from kernel.issues import N_, Invalid, Issue, Place, error
from kpis.calc.bands import parse_bands
from kpis.calc.dictionary import Dictionary, KpiEntry, parse_dictionary
from kpis.calc.figures import GIVEN, Formulas
from kpis.models import Kpi, KpiVersion, Metric, ScorecardEntry, StageProbability
from kpis.queries.catalogue import Catalogue, catalogue, vocabulary
from kpis.services.live import rebuild_cells
from people.models import User
from people.queries import today

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "dictionary.yaml"
BEGINNING = date(1900, 1, 1)
"""Shipped formulas hold for all of the past."""
FORMULA = Place(path="formula")


def load_dictionary(*, actor: User | None = None, data: Mapping[str, Any] | None = None) -> bool:
    """Bring in the shipped dictionary (or `data`); True when something changed.

    New metrics and KPIs are added, definitions and labels follow the document; a formula that
    the company has changed itself, and anything that the document does not name, stays. Run twice,
    it changes nothing. Metrics that are new or defined anew are read from the log until their cells
    are rebuilt; what a crash leaves of that is brought by `fill_cells`. `Invalid` with all issues.
    """
    document = data if data is not None else yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    dictionary = parse_dictionary(document, vocabulary())
    with transaction.atomic():
        transaction_lock("kpi-dictionary")
        redefined = _redefined(dictionary)
        changed = (
            _put_metrics(dictionary, redefined)
            | _put_kpis(dictionary)
            | _put_scorecards(dictionary)
            | _put_odds(dictionary)
        )
        if changed:
            audit.record(
                actor=actor,
                action="dictionary.load",
                subject=("kpis.dictionary", "shipped" if data is None else "document"),
                after={"metrics": len(dictionary.metrics), "kpis": len(dictionary.kpis)},
            )
    if redefined:
        rebuild_cells()
        Metric.objects.filter(key__in=redefined).update(filled_to=None)
    return changed


def _redefined(dictionary: Dictionary) -> list[str]:
    """The metrics whose cells are not there, or are those of another definition."""
    held = dict(Metric.objects.values_list("key", "definition"))
    return [one.key for one in dictionary.metrics if held.get(one.key) != one.data]


def _put_metrics(dictionary: Dictionary, redefined: Collection[str]) -> bool:
    held = {row.key: row for row in Metric.objects.all()}
    wanted = [
        Metric(
            key=one.key, name_fr=one.name_fr, name_en=one.name_en, definition=dict(one.data),
            filled_to=0 if one.key in redefined else held[one.key].filled_to,
        )
        for one in dictionary.metrics
    ]  # fmt: skip
    fields = ("name_fr", "name_en", "definition", "filled_to")
    new = [row for row in wanted if row.key not in held or _differs(held[row.key], row, fields)]
    Metric.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["key"], update_fields=list(fields)
    )
    return bool(new)


def _put_kpis(dictionary: Dictionary) -> bool:
    held = {row.key: row for row in Kpi.objects.all()}
    wanted = [_kpi(entry, position) for position, entry in enumerate(dictionary.kpis)]
    fields = ("family", "timing", "unit", "better", "cadence", "name_fr", "name_en",
              "note_fr", "note_en", "position")  # fmt: skip
    new = [row for row in wanted if row.key not in held or _differs(held[row.key], row, fields)]
    Kpi.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["key"], update_fields=list(fields)
    )
    return _put_versions(dictionary) or bool(new)


def _kpi(entry: KpiEntry, position: int) -> Kpi:
    return Kpi(
        key=entry.key, family=entry.family, timing=entry.timing, unit=entry.unit,
        better=entry.better, cadence=entry.cadence, name_fr=entry.name_fr, name_en=entry.name_en,
        note_fr=entry.note_fr, note_en=entry.note_en, position=position,
    )  # fmt: skip


def _put_versions(dictionary: Dictionary) -> bool:
    ids = dict(Kpi.objects.values_list("key", "pk"))
    with_version = set(KpiVersion.objects.values_list("kpi__key", flat=True))
    new = [
        KpiVersion(kpi_id=ids[one.key], formula=one.formula, bands=dict(one.bands),
                   valid_from=BEGINNING)
        for one in dictionary.kpis
        if one.key not in with_version
    ]  # fmt: skip
    KpiVersion.objects.bulk_create(new)
    return bool(new)


def _put_scorecards(dictionary: Dictionary) -> bool:
    """Scorecards of roles that have none yet; a company's own stay as they are."""
    ids = dict(Kpi.objects.values_list("key", "pk"))
    held = set(ScorecardEntry.objects.values_list("role_key", flat=True))
    new = [
        ScorecardEntry(role_key=role, kpi_id=ids[key], position=position)
        for role, keys in dictionary.scorecards.items()
        if role not in held
        for position, key in enumerate(keys)
    ]
    ScorecardEntry.objects.bulk_create(new)
    return bool(new)


def _put_odds(dictionary: Dictionary) -> bool:
    held = set(StageProbability.objects.values_list("stage", flat=True))
    new = [
        StageProbability(stage=stage, probability=odds)
        for stage, odds in dictionary.probabilities.items()
        if stage not in held
    ]
    StageProbability.objects.bulk_create(new)
    return bool(new)


def _differs(held: Any, wanted: Any, fields: tuple[str, ...]) -> bool:
    return any(getattr(held, name) != getattr(wanted, name) for name in fields)


@transaction.atomic
def change_formula(
    *,
    actor: AbstractBaseUser | None,
    kpi_key: str,
    formula: str,
    valid_from: date,
    reason: str,
    bands: Mapping[str, str] | None = None,
) -> KpiVersion:
    """Let a formula hold from `valid_from` on; figures of periods that end before keep the old.

    `Invalid` with all issues: unreadable formula, unknown name, cycle, unreadable bands, no
    reason, a version of the same day. Nothing is stored then.
    """
    transaction_lock("kpi-dictionary")
    known = catalogue(valid_from)
    before = known.kpi(kpi_key)
    issues = [] if reason.strip() else [_no_reason()]
    try:
        expression = read_formula(kpi_key, formula, known)
        issues += _retired_since(kpi_key, expression, valid_from)
        issues += _circles_later(kpi_key, expression, valid_from)
    except Invalid as invalid:
        issues += invalid.issues
    if bands is not None:
        try:
            parse_bands(bands)
        except Invalid as invalid:
            issues += invalid.issues
    kpi = Kpi.objects.get(key=kpi_key)
    if KpiVersion.objects.filter(kpi=kpi, valid_from__gte=valid_from).exists():
        issues.append(_not_later(valid_from))
    if issues:
        raise Invalid(issues)
    latest = KpiVersion.objects.filter(kpi=kpi).order_by("-valid_from").first()
    kept = latest.bands if latest is not None else {}
    version = KpiVersion.objects.create(
        kpi=kpi, formula=formula.strip(), valid_from=valid_from, reason=reason.strip(),
        bands=dict(bands) if bands is not None else kept,
    )  # fmt: skip
    audit.record(
        actor=actor,
        action="kpi.change_formula",
        subject=kpi,
        before={"formula": before.formula, "valid_from": before.valid_from},
        after={"formula": version.formula, "valid_from": valid_from, "bands": version.bands},
        reason=reason,
    )
    return version


def read_formula(kpi_key: str, formula: str, known: Catalogue) -> Expression:
    """The formula that is to be that of `kpi_key`, or `Invalid` with all that is wrong with it:
    unreadable, names that mean nothing (with the closest that does), a circle (with its names).
    """
    expression = expressions.parse(formula, FORMULA)
    formulas = {**known.formulas.by_key, kpi_key: expression}
    issues = expressions.check(expression, {*known.metrics, *formulas, *GIVEN}, FORMULA)
    try:
        Formulas.of(formulas)
    except Invalid as invalid:
        issues += [one.at(FORMULA) for one in invalid.issues]
    if issues:
        raise Invalid(issues)
    return expression


def _retired_since(kpi_key: str, expression: Expression, valid_from: date) -> list[Issue]:
    """Names that were there on a day that has passed, and are no more."""
    now = today()
    if valid_from >= now:
        return []
    known = catalogue(now)
    names = {*known.metrics, *known.formulas.by_key, kpi_key, *GIVEN}
    return expressions.check(expression, names, FORMULA)


def _circles_later(kpi_key: str, expression: Expression, valid_from: date) -> list[Issue]:
    """Circles with formulas that other KPIs have from a later day on."""
    days = KpiVersion.objects.filter(valid_from__gt=valid_from).exclude(kpi__key=kpi_key)
    for day in days.order_by("valid_from").values_list("valid_from", flat=True).distinct():
        try:
            Formulas.of({**catalogue(day).formulas.by_key, kpi_key: expression})
        except Invalid as invalid:
            return [one.at(FORMULA) for one in invalid.issues]
    return []


def _no_reason() -> Any:
    return error(
        "kpis.reason_missing",
        N_("A changed formula needs a reason."),
        N_("Say in a sentence why the formula changes; everybody who sees the KPI can read it."),
        Place(path="reason"),
    )


def _not_later(valid_from: date) -> Any:
    return error(
        "kpis.version_not_later",
        N_("There is already a version of this formula from {day} on or later."),
        N_("Choose a later first day: versions follow each other and are never rewritten."),
        Place(path="valid_from"),
        day=valid_from,
    )
