"""The stored revisions of ids, as the pure decisions want them."""

from collections.abc import Iterable, Mapping, Sequence

from activities.inputs import Entry
from activities.models import Activity, Credit, ImportBatch
from activities.revisions import Content, CreditPart, Revision

_CHUNK = 5000


def chains_of(source: str, external_ids: Iterable[str]) -> dict[str, list[Revision]]:
    """All revisions of the ids, oldest first. Two queries for each `_CHUNK` ids."""
    wanted = sorted(external_ids)
    chains: dict[str, list[Revision]] = {}
    for start in range(0, len(wanted), _CHUNK):
        found = Activity.objects.filter(
            source=source, external_id__in=wanted[start : start + _CHUNK]
        )
        rows = list(found.select_related("batch").order_by("external_id", "revision"))
        parts = _parts_of([row.pk for row in rows])
        for row in rows:
            chains.setdefault(row.external_id, []).append(_revision_of(row, parts, chains))
    return chains


def _parts_of(activity_ids: Sequence[int]) -> dict[int, list[CreditPart]]:
    parts: dict[int, list[CreditPart]] = {}
    credits = Credit.objects.filter(activity_id__in=activity_ids).order_by("person_id")
    for activity_id, person_id, share, amount in credits.values_list(
        "activity_id", "person_id", "share", "amount_minor"
    ):
        parts.setdefault(activity_id, []).append(CreditPart(person_id, share, amount))
    return parts


def _revision_of(
    row: Activity,
    parts: Mapping[int, Sequence[CreditPart]],
    chains: Mapping[str, Sequence[Revision]],
) -> Revision:
    kind = Entry(row.kind)
    if kind is Entry.CANCELLATION:
        # it has no credits of its own: its content is what it cancelled
        content = chains[row.external_id][-1].content
    else:
        content = _content_of_row(row, parts.get(row.pk, ()))
    reverted = row.batch is not None and row.batch.state == ImportBatch.State.REVERTED
    return Revision(row.pk, row.revision, kind, content, reverted)


def _content_of_row(row: Activity, parts: Sequence[CreditPart]) -> Content:
    return Content(
        type=row.type_id,
        occurred_at=row.occurred_at,
        account_id=row.account_id,
        deal_id=row.deal_id,
        product_id=row.product_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        attributes=tuple(sorted(row.attributes.items())),
        credits=tuple(parts),
    )
