"""What became known of locked periods afterwards, as difference lines of the next run.

A locked statement never changes. A later run of the same kind of period calculates it again on
what is known by then (with the places and objectives that its own run froze), and the difference
to what was paid so far becomes a statement of its own, which is locked and exported with the run.

Only payees whom news in the log can touch are calculated again: a renamed product or a new formula
of a KPI alone takes no pay back, and a year of locked periods costs the next run next to nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterator

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from incentives.calc import parse_plan
from incentives.choices import PeriodState
from incentives.inputs import Document, frozen_by, input_documents
from incentives.models import LedgerLine, PayPeriod, PlanVersion, Run, Statement
from incentives.results import difference_to, figures_of, result_of
from incentives.rosters import field_in, payees_in, plan_versions_in
from incentives.services.moving import last_run
from incentives.touching import touched_since
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
    documents = _documents_now(run, locked)
    if not documents:
        return
    people = {person_id for person_id, _ in documents}
    rows = locked.statements.filter(corrects=None, person_id__in=people)
    corrected = _corrected_inputs(locked)
    changed = [
        row
        for row in rows.select_related("plan_version").order_by("person_id", "id")
        if _key(row) in documents
        and sha256_of(documents[_key(row)]) != corrected.get(row.pk, row.inputs_sha256)
    ]
    paid = paid_so_far([row.pk for row in changed])
    for row in changed:
        made = _correction(run, row, documents[_key(row)], paid.get(row.pk, Counter()))
        if made.result["lines"]:
            yield made


def _key(row: Statement) -> tuple[int, int]:
    return row.person_id, row.plan_version_id


def _documents_now(run: Run, locked: Run) -> dict[tuple[int, int], Document]:
    """The inputs of the payees whom news may touch, as they are known at the moment of `run`."""
    versions = PlanVersion.objects.in_bulk(plan_versions_in(locked))
    plans = {key: parse_plan(version.document) for key, version in versions.items()}
    at = frozen_by(locked, run.as_known_at)
    touched = touched_since(locked.as_known_at, at, plans, rosters=(locked.roster_id or 0,))
    payees = payees_in(locked, touched=touched.where())
    if not payees:
        return {}
    return input_documents(at, payees, field_in(locked, payees, plans), plans)


def _corrected_inputs(locked: Run) -> dict[int | None, str]:
    """By statement of a locked run: the inputs that its last locked correction stands on."""
    rows = Statement.objects.filter(corrects__runs=locked, locked=True)
    return dict(rows.order_by("run__as_known_at", "id").values_list("corrects_id", "inputs_sha256"))


def _correction(run: Run, row: Statement, inputs: Document, paid: Counter[str]) -> Statement:
    now = result_of(parse_plan(row.plan_version.document), inputs, row.person_id)
    result = difference_to(now, paid)
    return Statement(
        run=run,
        person_id=row.person_id,
        plan_version_id=row.plan_version_id,
        corrects=row,
        inputs=inputs,
        inputs_sha256=sha256_of(inputs),
        result=result,
        figures=figures_of(result),
        result_sha256=sha256_of(result),
        total_minor=result["total_minor"],
        currency=row.currency,
    )


def paid_so_far(statement_ids: Collection[int]) -> dict[int, Counter[str]]:
    """Minor units by component, of these statements with their locked corrections. One query."""
    ids = list(statement_ids)
    rows = (
        LedgerLine.objects.filter(Q(statement__in=ids) | Q(statement__corrects__in=ids))
        .annotate(root=Coalesce(F("statement__corrects_id"), F("statement_id")))
        .values_list("root", "component")
        .annotate(total=Sum("amount_minor"))
        .order_by("root", "component")
    )
    found: dict[int, Counter[str]] = {}
    for root, component, total in rows:
        found.setdefault(root, Counter())[component] = total
    return found


def has_moved(run: Run) -> bool:
    """Whether a correction in `run` stands on amounts paid that are not the ones of today.

    So it is when another run has corrected the same statement and was locked first: locking this
    one as well would pay the difference twice.
    """
    rows = run.statements.filter(corrects__isnull=False)
    stands_on = dict(rows.values_list("corrects_id", "figures__paid_minor"))
    paid = paid_so_far([key for key in stands_on if key is not None])
    return any(dict(paid.get(key or 0, {})) != known for key, known in stands_on.items())
