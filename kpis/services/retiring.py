"""KPIs and metrics of one's own get other names, and are retired when nothing asks for them.

From its last day on a retired one is in no list, formula or form; what ended before keeps its
figures, with the formula that was in force. It can be brought back.
"""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit
from common.locks import transaction_lock
from kernel import expressions
from kernel.issues import N_, Invalid, Issue, error
from kpis.calc.figures import GIVEN
from kpis.models import Kpi, KpiVersion, Metric, Objective
from kpis.queries.catalogue import catalogue
from kpis.services.own import OWN, NewNames, names_of
from kpis.uses import Names, uses_of
from people.access import viewer_of
from people.models import User
from people.queries import today

_ALIVE = (Objective.Status.PROPOSED, Objective.Status.COUNTERED, Objective.Status.ACCEPTED)


@transaction.atomic
def rename_kpi(*, actor: User, key: str, names: NewNames) -> Kpi:
    """Other names and notes, for all of the past too. `Invalid` with all issues."""
    transaction_lock("kpi-dictionary")
    kpi = Kpi.objects.select_for_update().get(key=key, key__startswith=OWN)
    _rename(actor, kpi, names, "kpi.rename")
    return kpi


@transaction.atomic
def rename_metric(*, actor: User, key: str, names: NewNames) -> Metric:
    """Other names, for all of the past too; a metric has no notes. `Invalid` with all issues."""
    transaction_lock("kpi-dictionary")
    metric = Metric.objects.select_for_update().get(key=key, key__startswith=OWN)
    _rename(actor, metric, names, "metric.rename")
    return metric


def _rename(actor: User, row: Kpi | Metric, names: NewNames, action: str) -> None:
    others = type(row).objects.exclude(pk=row.pk)
    name_fr, name_en, issues = names_of(names, others)
    if issues:
        raise Invalid(issues)
    before = audit.snapshot(row)
    row.name_fr, row.name_en = name_fr, name_en
    if isinstance(row, Kpi):
        row.note_fr, row.note_en = names.note_fr.strip(), names.note_en.strip()
    row.save()
    after = audit.snapshot(row)
    if after != before:
        audit.record(actor=actor, action=action, subject=row, before=before, after=after)


@transaction.atomic
def retire_kpi(*, actor: User, key: str) -> Kpi:
    """From today on there is no such KPI. `Invalid` naming what still asks for it: formulas,
    scorecards, objectives that are not over, rules of alerts, plans of pay, badges."""
    transaction_lock("kpi-dictionary")
    transaction_lock("objectives")  # one that is being agreed on is waited for
    kpi = Kpi.objects.select_for_update().get(key=key, key__startswith=OWN)
    holding = _still_asking(actor, Names(frozenset({key}), frozenset()))
    if not holding and _objectives_left(kpi):
        holding = [_("Objectives")]
    _retire(actor, kpi, [*_formulas_reading(key), *holding], "kpi.retire")
    return kpi


@transaction.atomic
def retire_metric(*, actor: User, key: str) -> Metric:
    """From today on there is no such metric. `Invalid` naming the KPIs that read it and the badges
    and drafts of challenges that count it. A challenge that was launched counts it to its end."""
    transaction_lock("kpi-dictionary")
    metric = Metric.objects.select_for_update().get(key=key, key__startswith=OWN)
    holding = _still_asking(actor, Names(frozenset(), frozenset({key})))
    _retire(actor, metric, [*_formulas_reading(key), *holding], "metric.retire")
    return metric


@transaction.atomic
def restore_kpi(*, actor: User, key: str) -> Kpi:
    """There is such a KPI again. `Invalid` when something that it reads is retired."""
    transaction_lock("kpi-dictionary")
    kpi = Kpi.objects.select_for_update().get(key=key, key__startswith=OWN)
    issues = _lost_names(kpi)
    if issues:
        raise Invalid(issues)
    _set(actor, kpi, None, "kpi.restore")
    return kpi


def _lost_names(kpi: Kpi) -> list[Issue]:
    """What the formulas that would hold again, today or from a later day on, read in vain."""
    now = today()
    versions = list(KpiVersion.objects.filter(kpi=kpi).order_by("valid_from"))
    past = [one for one in versions if one.valid_from <= now]
    issues: list[Issue] = []
    for version in (*past[-1:], *versions[len(past) :]):
        known = catalogue(max(version.valid_from, now))
        names = {*known.metrics, *known.formulas.by_key, kpi.key, *GIVEN}
        issues += expressions.check(expressions.parse(version.formula), names)
    return list(dict.fromkeys(issues))


@transaction.atomic
def restore_metric(*, actor: User, key: str) -> Metric:
    """There is such a metric again."""
    transaction_lock("kpi-dictionary")
    metric = Metric.objects.select_for_update().get(key=key, key__startswith=OWN)
    _set(actor, metric, None, "metric.restore")
    return metric


def _retire(actor: User, row: Kpi | Metric, holding: list[str], action: str) -> None:
    if holding:
        raise Invalid(_still_used(holding))
    if row.retired_on is None:
        _set(actor, row, today(), action)


def _set(actor: User, row: Kpi | Metric, day: date | None, action: str) -> None:
    if row.retired_on == day:
        return
    before = {"retired_on": row.retired_on}
    row.retired_on = day
    row.save(update_fields=["retired_on"])
    audit.record(actor=actor, action=action, subject=row, before=before, after={"retired_on": day})


def _still_asking(actor: User, names: Names) -> list[str]:
    """What uses the names outside of formulas, and is not over."""
    uses = uses_of(viewer_of(actor), names)
    return list(dict.fromkeys(f"{use.kind}: {use.name}" for use in uses if not use.is_over))


def _formulas_reading(key: str) -> list[str]:
    """The KPIs that read the name today or from a later day on."""
    found: list[str] = []
    later = KpiVersion.objects.filter(valid_from__gt=today()).values_list("valid_from", flat=True)
    for day in (today(), *sorted(set(later))):
        known = catalogue(day)
        found += [
            known.kpis[one].name for one, names in known.formulas.reads.items() if key in names
        ]
    return sorted(set(found))


def _objectives_left(kpi: Kpi) -> bool:
    rows = Objective.objects.filter(kpi=kpi, valid_to__gt=today(), status__in=_ALIVE)
    return rows.exists()


def _still_used(holding: list[str]) -> Issue:
    return error(
        "kpis.still_used",
        N_("This is still used: {uses}."),
        N_("Take it out of these first; what is over keeps its figures."),
        uses="; ".join(holding),
    )
