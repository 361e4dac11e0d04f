"""The only writer of scorecards besides the shipped dictionary."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Level, Place, error
from kpis.calc.scorecards import scorecard_issues
from kpis.models import Kpi, ScorecardEntry
from kpis.queries.catalogue import unknown_kpi
from people import queries as people

KPIS = Place(path="kpis")


@transaction.atomic
def set_scorecard(
    *, actor: AbstractBaseUser | None, role_key: str, kpi_keys: Sequence[str]
) -> list[Issue]:
    """Let a role look at these KPIs, most important first; the warnings that are left.

    `Invalid` with all issues: an unknown role or KPI, a KPI twice, an eleventh. The same card
    again changes nothing.
    """
    transaction_lock("kpi-dictionary")
    known = {row.key: row for row in Kpi.objects.filter(retired_on=None)}
    families = {key: row.family for key, row in known.items()}
    found = scorecard_issues(kpi_keys, families, KPIS)
    found += [unknown_kpi(key, known).at(KPIS) for key in kpi_keys if key not in known]
    if role_key not in {role.key for role in people.roles()}:
        found.append(_no_role(role_key))
    errors = [issue for issue in found if issue.level is Level.ERROR]
    if errors:
        raise Invalid(errors)
    held = ScorecardEntry.objects.filter(role_key=role_key).order_by("position", "id")
    before = list(held.values_list("kpi__key", flat=True))
    if before != list(kpi_keys):
        held.delete()
        ScorecardEntry.objects.bulk_create(
            ScorecardEntry(role_key=role_key, kpi=known[key], position=position)
            for position, key in enumerate(kpi_keys)
        )
        audit.record(
            actor=actor,
            action="scorecard.set",
            subject=("kpis.scorecard", role_key),
            before={"kpis": before},
            after={"kpis": list(kpi_keys)},
        )
    return found


def _no_role(key: str) -> Issue:
    return error(
        "scorecards.unknown_role",
        N_('There is no role "{key}".'),
        N_("Choose a role of the company."),
        key=key,
    )
