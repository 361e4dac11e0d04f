"""The dictionary document: metrics, KPIs, scorecards, stage probabilities; all issues at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel import expressions
from kernel.expressions import Expression
from kernel.issues import N_, NOWHERE, Invalid, Issue, Level, Place, error
from kernel.numbers import fraction_of, parse_number
from kpis.calc.bands import parse_bands
from kpis.calc.definitions import Vocabulary, missing_field, parse_definition, unknown_word
from kpis.calc.figures import GIVEN, Formulas
from kpis.calc.metrics import Definition
from kpis.calc.scorecards import scorecard_issues

CHOICES: dict[str, tuple[str, ...]] = {
    "family": (
        "activity", "conversion", "value", "efficiency", "relationship", "quality", "field",
    ),
    "timing": ("leading", "lagging"),
    "unit": ("count", "percent", "money", "days", "hours", "ratio", "points", "score"),
    "better": ("up", "down"),
    "cadence": ("daily", "weekly", "monthly", "quarterly"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """A metric as the dictionary states it; `data` is the stored form of `definition`."""

    key: str
    name_fr: str
    name_en: str
    definition: Definition
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KpiEntry:
    """A KPI as the dictionary states it."""

    key: str
    name_fr: str
    name_en: str
    family: str
    timing: str
    unit: str
    better: str
    cadence: str
    formula: str
    expression: Expression
    bands: Mapping[str, str]
    note_fr: str
    note_en: str


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A valid dictionary."""

    metrics: tuple[MetricEntry, ...]
    kpis: tuple[KpiEntry, ...]
    scorecards: Mapping[str, tuple[str, ...]]
    probabilities: Mapping[str, Decimal]


def parse_dictionary(data: Mapping[str, Any], words: Vocabulary) -> Dictionary:
    """The dictionary in `data`, or `Invalid` with everything that is wrong in it."""
    issues: list[Issue] = []
    metrics = [_metric(row, words, at, issues) for row, at in _rows(data, "metrics")]
    kpis = [_kpi(row, at, issues) for row, at in _rows(data, "kpis")]
    good_metrics = tuple(one for one in metrics if one is not None)
    good_kpis = tuple(one for one in kpis if one is not None)
    issues += _repeated([one.key for one in good_metrics] + [one.key for one in good_kpis])
    expressions_by_key = {one.key: one.expression for one in good_kpis}
    if not issues:  # an unreadable metric would make every formula that uses it look wrong
        issues += check_formulas(expressions_by_key, {one.key for one in good_metrics})
    scorecards = _scorecards(data.get("scorecards", {}), expressions_by_key, issues)
    probabilities = _probabilities(data.get("stage_probabilities", {}), words.stages, issues)
    if issues:
        raise Invalid(issues)
    return Dictionary(good_metrics, good_kpis, scorecards, probabilities)


def check_formulas(formulas: Mapping[str, Expression], metrics: Collection[str]) -> list[Issue]:
    """Unknown names and cycles among the formulas, each with its place."""
    known = {*metrics, *formulas, *GIVEN}
    issues: list[Issue] = []
    for key in sorted(formulas):
        issues += expressions.check(formulas[key], known, Place(path=f"kpis.{key}.formula"))
    try:
        Formulas.of(formulas)
    except Invalid as invalid:
        issues += invalid.issues
    return issues


def _rows(data: Mapping[str, Any], name: str) -> Iterable[tuple[Mapping[str, Any], Place]]:
    rows = data.get(name, [])
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, Mapping):
            yield row, Place(path=f"{name}[{index}]")


def _metric(
    row: Mapping[str, Any], words: Vocabulary, place: Place, issues: list[Issue]
) -> MetricEntry | None:
    texts = _texts(row, ("key", "fr", "en"), place, issues)
    definition = {name: row[name] for name in row if name not in ("key", "fr", "en")}
    try:
        found = parse_definition(definition, words, place)
    except Invalid as invalid:
        issues.extend(invalid.issues)
        return None
    if texts is None:
        return None
    key, name_fr, name_en = texts
    return MetricEntry(key, name_fr, name_en, found, definition)


def _kpi(row: Mapping[str, Any], place: Place, issues: list[Issue]) -> KpiEntry | None:
    texts = _texts(row, ("key", "fr", "en", *CHOICES, "formula"), place, issues)
    if texts is None:
        return None
    key, name_fr, name_en, family, timing, unit, better, cadence, formula = texts
    for name, known in CHOICES.items():
        if row[name] not in known:
            issues.append(unknown_word(str(row[name]), known, place.under(name)))
    bands = row.get("bands", {})
    try:
        expression = expressions.parse(formula, place.under("formula"))
        parse_bands(bands, place.under("bands"))
    except Invalid as invalid:
        issues.extend(invalid.issues)
        return None
    return KpiEntry(
        key, name_fr, name_en, family, timing, unit, better, cadence, formula, expression,
        dict(bands), str(row.get("note_fr", "")), str(row.get("note_en", "")),
    )  # fmt: skip


def parse_kpi(row: Mapping[str, Any], place: Place = NOWHERE) -> KpiEntry:
    """One KPI by itself, or `Invalid` with all issues; whether its names exist is not looked at."""
    issues: list[Issue] = []
    found = _kpi(row, place, issues)
    if found is None or issues:
        raise Invalid(issues)
    return found


def _texts(
    row: Mapping[str, Any], names: tuple[str, ...], place: Place, issues: list[Issue]
) -> tuple[str, ...] | None:
    missing = [name for name in names if not isinstance(row.get(name), str) or not row[name]]
    issues.extend(missing_field(name, place) for name in missing)
    return None if missing else tuple(row[name] for name in names)


def _repeated(keys: list[str]) -> list[Issue]:
    return [_twice(key) for key in sorted({key for key in keys if keys.count(key) > 1})]


def _scorecards(
    data: Mapping[str, Any], kpis: Collection[str], issues: list[Issue]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for role, keys in data.items():
        found[role] = tuple(keys)
        card = scorecard_issues(found[role], {}, Place(path=f"scorecards.{role}"))
        issues.extend(one for one in card if one.level is Level.ERROR)
        issues.extend(
            unknown_word(str(key), kpis, Place(path=f"scorecards.{role}[{index}]"))
            for index, key in enumerate(keys)
            if key not in kpis
        )
    return found


def _probabilities(
    data: Mapping[str, Any], stages: Collection[str], issues: list[Issue]
) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for stage, text in data.items():
        place = Place(path=f"stage_probabilities.{stage}")
        if stage not in stages:
            issues.append(unknown_word(str(stage), stages, place))
        try:
            value = parse_number(str(text), decimal_comma=False, place=place)
        except Invalid as invalid:
            issues.extend(invalid.issues)
            continue
        if not 0 <= value <= 1:
            issues.append(_not_a_share(str(text), place))
        found[stage] = Decimal(str(text))
        assert fraction_of(found[stage]) == value  # noqa: S101 - the same text, read twice
    return found


def _twice(key: str) -> Issue:
    return error(
        "dictionary.key_twice",
        N_('The key "{key}" is used twice.'),
        N_("Give each metric and each KPI a key of its own."),
        Place(path=key),
        key=key,
    )


def _not_a_share(text: str, place: Place) -> Issue:
    return error(
        "dictionary.not_a_share",
        N_('"{text}" is not a probability.'),
        N_("Write a number from 0 to 1."),
        place,
        text=text,
    )
