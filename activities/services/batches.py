"""Taking an import back: what it brought stops to count, by new rows, as with any correction."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, Manager, OuterRef, ProtectedError, Q
from django.utils import timezone
from django.utils.translation import gettext

from activities.chains import chains_of
from activities.freezing import write_moment
from activities.importing.kinds import kind_of
from activities.models import (
    Account,
    Activity,
    Deal,
    DealStage,
    ImportBatch,
    Product,
)
from activities.revisions import Revision, Wish
from activities.services.histories import (
    CONTENT,
    Change,
    HistoryWriter,
    Known,
    known_stages,
    log_id,
)
from activities.services.planning import PlanWriter, last_said
from activities.services.writing import RESERVED_PREFIX, LogWriter, Row, lock_ids
from activities.stages import LOG_SUFFIXES, StageContent, in_order
from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, error
from people.models import User

_CHUNK = 1000
_OF_THE_LOG = frozenset({"accounts", "activities", "deals", "products"})


@transaction.atomic
def revert_batch(*, actor: User | None, batch_id: int, reason: str = "") -> ImportBatch:
    """Make everything that the batch brought not count any more, and restore what it replaced.

    Records that were changed after the import are not touched by it: `Invalid` names them, and
    nothing is reverted. Reverting again changes nothing.
    """
    transaction_lock("import-batch", batch_id)
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state == ImportBatch.State.REVERTED:
        return batch
    if batch.state != ImportBatch.State.DONE or not is_revertible(batch.kind):
        raise Invalid(_not_revertible(batch))
    # first of all: what the rows below write must be taken for the revert of this batch
    batch.state = ImportBatch.State.REVERTED
    batch.reverted_at = timezone.now()
    batch.save(update_fields=["state", "reverted_at"])
    kind = kind_of(batch.kind)
    if kind is not None and kind.revert is not None:
        kind.revert(actor, batch)
    _revert_activities(actor, batch)
    _revert_deals(actor, batch)
    _revert_replaced(batch)
    _forget(batch)
    audit.record(actor=actor, action="import.revert", subject=batch, reason=reason)
    return batch


def is_revertible(kind_key: str) -> bool:
    """Whether imports of this kind can be taken back."""
    kind = kind_of(kind_key)
    return kind_key in _OF_THE_LOG or (kind is not None and kind.revert is not None)


def _revert_activities(actor: User | None, batch: ImportBatch) -> None:
    """Records of the batch itself; what followed from its deals is reverted with the deals."""
    mine = Activity.objects.filter(batch=batch).exclude(external_id__startswith=RESERVED_PREFIX)
    by_source: dict[str, set[str]] = {}
    for source, external_id in mine.values_list("source", "external_id"):
        by_source.setdefault(source, set()).add(external_id)
    brought = set(mine.values_list("id", flat=True))
    for source, ids in sorted(by_source.items()):
        lock_ids(source, ids)
        moment = write_moment()
        chains = chains_of(source, ids)
        _refuse_changed([one for one, chain in chains.items() if chain[-1].id not in brought])
        writer = LogWriter(source, actor, batch, moment)
        writer.write([_back(one, chain, brought) for one, chain in sorted(chains.items())])


def _back(external_id: str, chain: Sequence[Revision], brought: set[int]) -> Row:
    """To the state before the batch: what counted then, or nothing."""
    earlier = [revision for revision in chain if revision.id not in brought]
    reason = gettext("The import was reverted")
    if earlier and earlier[-1].counts:
        return Row(external_id, Wish.BE, earlier[-1].content, reason)
    return Row(external_id, Wish.NOT_BE, None, reason)


def _revert_deals(actor: User | None, batch: ImportBatch) -> None:
    by_source: dict[str, list[Deal]] = {}
    for deal in _deals_of(batch):
        by_source.setdefault(deal.source, []).append(deal)
    for source, several in sorted(by_source.items()):
        lock_ids(
            source, (log_id(deal.external_id, one) for deal in several for one in LOG_SUFFIXES)
        )
        moment = write_moment()
        ids = [deal.pk for deal in several]
        known = known_stages(ids)
        before = _stages_before(batch, ids)
        _refuse_changed(_changed_since(batch, several))
        HistoryWriter(source, actor, batch, moment).apply(
            [
                Change(
                    deal.pk, deal.external_id, before.get(deal.pk, {}), known.get(deal.pk, Known())
                )
                for deal in several
            ]
        )
        _revert_plans(PlanWriter(source, actor, batch, moment), ids)


def _deals_of(batch: ImportBatch) -> list[Deal]:
    """The deals of which the batch told a stage or a plan, by id."""
    told = Q(stages__batch=batch) | Q(plans__batch=batch)
    return list(Deal.objects.filter(told).distinct().order_by("id"))


def _revert_plans(writer: PlanWriter, deal_ids: Sequence[int]) -> None:
    """What was said of the closing dates by anything but reverted imports holds again."""
    held, wanted = last_said(deal_ids), last_said(deal_ids, of_reverted=False)
    for deal_id, close_on in held.items():
        if close_on != wanted.get(deal_id):
            writer.put(deal_id, wanted.get(deal_id))
    writer.write()


def _revert_replaced(batch: ImportBatch) -> None:
    """What accounts or products were called, and what else a file says of them, as before it."""
    if batch.kind == "accounts":
        _give_back(batch, Account, "external_id", ("name", "segment"))
    elif batch.kind == "products":
        if batch.corrected_count and not batch.replaced:
            raise Invalid(_not_kept(batch))
        _give_back(batch, Product, "key", ("name", "series", "list_price_minor"))


def _give_back(
    batch: ImportBatch, table: type[Account | Product], key: str, fields: Sequence[str]
) -> None:
    if not batch.replaced:
        return
    transaction_lock(batch.kind)
    manager: Manager[Any] = table._default_manager
    rows = manager.in_bulk([int(pk) for pk in batch.replaced])
    brought = {rows[int(pk)]: one for pk, one in batch.replaced.items() if int(pk) in rows}
    _refuse_changed(
        [
            getattr(row, key)
            for row, one in brought.items()
            if [getattr(row, name) for name in fields] != one["is"]
        ]
    )
    for row, one in brought.items():
        for name, value in zip(fields, one["was"], strict=True):
            setattr(row, name, value)
    manager.bulk_update(brought, fields, batch_size=_CHUNK)


def _stages_before(
    batch: ImportBatch, deal_ids: Sequence[int]
) -> dict[int, dict[str, StageContent]]:
    """The stages that counted before the batch: superseded by nothing, or only by the batch."""
    later = DealStage.objects.filter(supersedes=OuterRef("pk")).exclude(batch=batch)
    rows = DealStage.objects.filter(~Exists(later), deal_id__in=deal_ids, withdrawn=False)
    found: dict[int, dict[str, StageContent]] = {}
    kept = rows.exclude(batch=batch).order_by("id")
    for deal_id, *content in kept.values_list("deal_id", *CONTENT):
        stage = StageContent(*content)
        found.setdefault(deal_id, {})[stage.stage] = stage
    return {deal_id: in_order(stages) for deal_id, stages in found.items()}


def _changed_since(batch: ImportBatch, deals: Sequence[Deal]) -> list[str]:
    """Deals with stage rows that were written after the batch's own."""
    newest: dict[int, int | None] = {}
    brought: set[int] = set()
    rows = DealStage.objects.filter(deal__in=deals).order_by("recorded_at", "id")
    for deal_id, of in rows.values_list("deal_id", "batch_id"):
        newest[deal_id] = of
        if of == batch.pk:
            brought.add(deal_id)
    return [
        deal.external_id for deal in deals if deal.pk in brought and newest[deal.pk] != batch.pk
    ]


def _refuse_changed(ids: Sequence[str]) -> None:
    if ids:
        raise Invalid(
            error(
                "changed_since_import",
                N_("{count} records were changed after this import, for example {example}."),
                N_("Revert the later import first, or cancel the records one by one."),
                count=len(ids),
                example=sorted(ids)[0],
            )
        )


def _forget(batch: ImportBatch) -> None:
    """Delete names that only this batch brought in and that nothing refers to."""
    for table in (Product, Account):
        for row in table.objects.filter(batch=batch).order_by("id"):
            try:
                with transaction.atomic():
                    row.delete()
            except ProtectedError:
                continue


def _not_kept(batch: ImportBatch) -> Issue:
    return error(
        "products_not_kept",
        N_("This import changed {count} products, and what they were was not kept then."),
        N_("Import a file with what they are to be called and to cost."),
        count=batch.corrected_count,
    )


def _not_revertible(batch: ImportBatch) -> Issue:
    return error(
        "batch_not_revertible",
        N_("This import cannot be reverted."),
        N_("Only finished imports of some kinds can; correct the records by hand."),
        kind=batch.kind,
    )
