"""What became known of locked periods afterwards, as difference lines of the next run.

A locked statement never changes. A later run of the same kind of period calculates it again on
what is known by then (with the places and objectives that its own run froze), and the difference
to what was paid so far becomes a statement of its own, which is locked and exported with the run.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Sum

from incentives.calc import parse_plan
from incentives.choices import PeriodState
from incentives.inputs import Document, frozen, input_documents
from incentives.models import LedgerLine, PayPeriod, PlanVersion, Run, Statement
from incentives.payees import Field
from incentives.results import result_of
from incentives.services.moving import last_run
from kernel.trace import sha256_of


def corrections_in(run: Run) -> list[Statement]:
    """The statements, not yet saved, that correct locked periods before the period of `run`."""
    earlier = PayPeriod.objects.filter(
        kind=run.period.kind,
        ends_on__lte=run.period.starts_on,
        state__in=[PeriodState.LOCKED, PeriodState.EXPORTED],
    )
    return [made for period in earlier.order_by("starts_on") for made in _corrections(run, period)]


def _corrections(run: Run, period: PayPeriod) -> Iterator[Statement]:
    locked = last_run(period)
    if locked is None:
        return
    documents = _documents_now(run, period, locked)
    rows = locked.statements.filter(corrects=None).select_related("plan_version")
    corrected = _corrected_inputs(locked)
    changed = [
        row
        for row in rows.order_by("person_id", "id")
        if sha256_of(documents[row.person_id, row.plan_version_id])
        != corrected.get(row.pk, row.inputs_sha256)
    ]
    for row in changed:
        made = _correction(run, row, documents[row.person_id, row.plan_version_id])
        if made.result["lines"]:
            yield made


def _documents_now(run: Run, period: PayPeriod, locked: Run) -> dict[tuple[int, int], Document]:
    """The inputs of a locked run as they are known at the moment of `run`."""
    field = Field.from_json(locked.roster)
    versions = PlanVersion.objects.in_bulk({payee.plan_version_id for payee in field.payees})
    plans = {key: parse_plan(version.document) for key, version in versions.items()}
    return input_documents(frozen(period, run.as_known_at), field.payees, field, plans)


def _corrected_inputs(locked: Run) -> dict[int | None, str]:
    """By statement of a locked run: the inputs that its last locked correction stands on."""
    rows = Statement.objects.filter(corrects__run=locked, locked=True)
    return dict(rows.order_by("run__as_known_at", "id").values_list("corrects_id", "inputs_sha256"))


def _correction(run: Run, row: Statement, inputs: Document) -> Statement:
    now = result_of(parse_plan(row.plan_version.document), inputs, row.person_id)
    paid = paid_so_far(row)
    due = _by_component(now)
    lines = [
        {"component": key, "amount_minor": due[key] - paid[key]}
        for key in sorted(due.keys() | paid.keys())
        if due[key] != paid[key]
    ]
    total = sum(due.values()) - sum(paid.values())
    result = {**now, "lines": lines, "total_minor": total, "paid_minor": dict(paid)}
    return Statement(
        run=run,
        person_id=row.person_id,
        plan_version_id=row.plan_version_id,
        corrects=row,
        inputs=inputs,
        inputs_sha256=sha256_of(inputs),
        result=result,
        result_sha256=sha256_of(result),
        total_minor=total,
        currency=row.currency,
    )


def paid_so_far(row: Statement) -> Counter[str]:
    """Minor units by component: the locked statement and its locked corrections."""
    lines = LedgerLine.objects.filter(statement__in=[row.pk, *_ids(row)])
    sums = lines.values("component").annotate(total=Sum("amount_minor")).order_by("component")
    return Counter({line["component"]: line["total"] for line in sums})


def _ids(row: Statement) -> list[int]:
    return list(row.corrections.filter(locked=True).values_list("pk", flat=True))


def _by_component(result: Mapping[str, Any]) -> Counter[str]:
    return Counter({line["component"]: line["amount_minor"] for line in result["lines"]})
