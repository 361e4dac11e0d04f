"""KPIs and metrics of one's own: no code, the same rules as for those that ship.

Their keys begin with `own_`, which no key that ships does, so an update of the product never meets
them. A metric does not change once it is made: figures of the past would move; another metric and
a new version of the formula say what counts from a day on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Max, QuerySet
from kombu.exceptions import OperationalError

from common import audit
from common.keys import new_key
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error
from kpis.calc.definitions import parse_definition
from kpis.calc.dictionary import parse_kpi
from kpis.calc.metrics import is_additive
from kpis.models import Kpi, KpiVersion, Metric
from kpis.queries.catalogue import catalogue, vocabulary
from kpis.services.dictionary import BEGINNING, read_formula
from people.queries import today

log = structlog.get_logger(__name__)

OWN = "own_"


@dataclass(frozen=True, slots=True)
class NewKpi:
    """A KPI as somebody wants it; of the two names one may be left empty."""

    name_fr: str
    name_en: str
    formula: str
    unit: str
    better: str
    cadence: str
    family: str
    timing: str
    bands: Mapping[str, str] = field(default_factory=dict)
    note_fr: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class NewMetric:
    """A metric as somebody wants it; of the two names one may be left empty."""

    name_fr: str
    name_en: str
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewNames:
    """What something is called from now on; of the two names one may be left empty."""

    name_fr: str
    name_en: str
    note_fr: str = ""
    note_en: str = ""


@transaction.atomic
def create_kpi(*, actor: AbstractBaseUser | None, wanted: NewKpi) -> Kpi:
    """Make a KPI, whose formula holds for all of the past too. `Invalid` with all issues."""
    transaction_lock("kpi-dictionary")
    known = catalogue(today())
    name_fr, name_en, issues = names_of(wanted, Kpi.objects.all())
    key = _new_key(name_en or name_fr)
    row = {
        "key": key, "fr": name_fr, "en": name_en, "formula": wanted.formula.strip(),
        "family": wanted.family, "timing": wanted.timing, "unit": wanted.unit,
        "better": wanted.better, "cadence": wanted.cadence, "bands": dict(wanted.bands),
        "note_fr": wanted.note_fr.strip(), "note_en": wanted.note_en.strip(),
    }  # fmt: skip
    issues += _issues_of(row, key, known)
    if issues:
        raise Invalid(issues)
    entry = parse_kpi(row)
    last = Kpi.objects.aggregate(last=Max("position"))["last"] or 0
    kpi = Kpi.objects.create(
        key=key, name_fr=name_fr, name_en=name_en, family=entry.family, timing=entry.timing,
        unit=entry.unit, better=entry.better, cadence=entry.cadence, note_fr=entry.note_fr,
        note_en=entry.note_en, position=last + 1,
    )  # fmt: skip
    version = KpiVersion.objects.create(
        kpi=kpi, formula=entry.formula, bands=dict(entry.bands), valid_from=BEGINNING
    )
    after = audit.snapshot(kpi) | {"formula": version.formula, "bands": version.bands}
    audit.record(actor=actor, action="kpi.create", subject=kpi, after=after)
    return kpi


def _issues_of(row: Mapping[str, Any], key: str, known: Any) -> list[Issue]:
    """What is wrong beside the names, each at the field of the form that it is about."""
    issues: list[Issue] = []
    try:
        parse_kpi({**row, "fr": "-", "en": "-", "key": key or "-"})
    except Invalid as invalid:
        issues += [_at_field(one) for one in map(_at_name, invalid.issues)]
    if row["formula"] and not any(one.place.path == "formula" for one in issues):
        try:
            read_formula(key, str(row["formula"]), known)
        except Invalid as invalid:
            issues += invalid.issues
    return issues


def _at_field(issue: Issue) -> Issue:
    return issue.at(Place(path=issue.place.path.removeprefix("bands.")))


@transaction.atomic
def create_metric(*, actor: AbstractBaseUser | None, wanted: NewMetric) -> Metric:
    """Make a metric; the worker brings the cells of the past, and its figures are exact at once.

    `Invalid` with all issues, at the fields of the definition.
    """
    transaction_lock("kpi-dictionary")
    name_fr, name_en, issues = names_of(wanted, Metric.objects.all())
    definition = dict(wanted.definition)
    try:
        found = parse_definition(definition, vocabulary())
    except Invalid as invalid:
        raise Invalid([*issues, *map(_at_name, invalid.issues)]) from None
    same = next((one for one in Metric.objects.all() if one.definition == definition), None)
    if same is not None:
        issues.append(_the_same(same))
    if issues:
        raise Invalid(issues)
    filled_to = 0 if is_additive(found) else None
    metric = Metric.objects.create(
        key=_new_key(name_en), name_fr=name_fr, name_en=name_en, definition=definition,
        filled_to=filled_to,
    )  # fmt: skip
    audit.record(actor=actor, action="metric.create", subject=metric, after=audit.snapshot(metric))
    if filled_to is not None:
        transaction.on_commit(partial(_send_fill, metric.key), robust=True)
    return metric


def _at_name(issue: Issue) -> Issue:
    """What is missing stands at its own name, also inside a condition."""
    if not issue.code.endswith(".missing_field"):
        return issue
    return issue.at(issue.place.under(dict(issue.params)["name"]))


def _send_fill(key: str) -> None:
    try:
        current_app.send_task("kpis.fill_cells")
    except OperationalError as problem:
        # the schedule sends it anyway, and until then the log is read
        log.warning("fill_not_sent", metric=key, problem=str(problem))


def names_of(
    wanted: NewKpi | NewMetric | NewNames, others: QuerySet[Any]
) -> tuple[str, str, list[Issue]]:
    """Both names, the one for the other where one is empty, and what is wrong with them."""
    name_fr, name_en = wanted.name_fr.strip(), wanted.name_en.strip()
    if not name_fr and not name_en:
        return "", "", [_no_name()]
    taken = [(one.name_fr, one.name_en, one.key) for one in others]
    issues = []
    for text, place in ((name_en, "name_en"), (name_fr, "name_fr")):
        for fr, en, key in taken:
            if text and text.casefold() in (fr.casefold(), en.casefold()):
                issues.append(_name_taken(text, key, place))
                break
    return name_fr or name_en, name_en or name_fr, issues


def _new_key(name: str) -> str:
    """A key that neither a metric nor a KPI has."""
    taken = {key for model in (Kpi, Metric) for key in model.objects.values_list("key", flat=True)}
    return new_key(name, taken, OWN)


def _no_name() -> Issue:
    return error(
        "kpis.name_missing",
        N_("The name is missing."),
        N_("Give it in one language at least; it is shown in both then."),
        Place(path="name_en"),
    )


def _name_taken(name: str, key: str, place: str) -> Issue:
    return error(
        "kpis.name_taken",
        N_('"{name}" is already the name of {key}.'),
        N_("Give another name, or use {key} in the formula."),
        Place(path=place),
        name=name,
        key=key,
    )


def _the_same(metric: Metric) -> Issue:
    return error(
        "kpis.metric_known",
        N_("{key} measures exactly this already."),
        N_("Use {key} in the formula."),
        Place(path="kind"),
        key=metric.key,
    )
