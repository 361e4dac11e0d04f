"""The proof of a stored statement, and the digest that is printed on it."""

from collections.abc import Sequence
from datetime import UTC
from hashlib import sha256
from typing import Any

from incentives.claims.adjustments import paid_with
from incentives.models import Adjustment, Statement
from incentives.proving.bundles import (
    ADJUSTMENTS,
    INPUTS,
    PLAN,
    README,
    RESULT,
    Bundle,
    digest_of,
    manifest_of,
    packed,
    readme,
)
from kernel.issues import N_, Invalid, error
from kernel.trace import sha256_of, to_bytes

RELATED = ("person", "plan_version__plan", "run__period", "corrects__run__period")
"""What a statement's page and its proof need beside the row."""
UNREAD = ("corrects__inputs", "corrects__result")
"""What is large among these and needed by neither."""


def digest(row: Statement, added: Sequence[Adjustment] | None = None) -> str:
    """The digest of a statement's proof, from the hashes that the row keeps.

    `added` are the adjustments that stand beside it, when they are known already.
    """
    return digest_of(_manifest(row, proven(row, adjustments_of(row) if added is None else added)))


def proven(row: Statement, added: Sequence[Adjustment]) -> Sequence[Adjustment]:
    """Those of the adjustments beside a statement that its proof holds: all, or none.

    None where the period was locked before proofs held them: the digest that was printed then, and
    that the ledger keeps, is the one without. At most one query.
    """
    if not added or not row.locked:
        return added
    kept = row.ledger_lines.values_list("proof_sha256", flat=True).first()
    is_from_before = kept == "" or kept == digest_of(_manifest(row, ()))
    return () if is_from_before else added


def adjustments_of(row: Statement) -> list[Adjustment]:
    """What was added by hand to the pay of the person in the period that a statement is of.

    Approved ones only, in order. Beside a correction they would stand twice. One query.
    """
    if row.corrects_id is not None:
        return []
    return paid_with(row.run.period_id, [row.person_id]).get(row.person_id, [])


def proof_of(row: Statement) -> bytes:
    """The proof of a statement: the same bytes each time.

    `Invalid` when the stored documents are not those that the statement's hashes were made of.
    """
    files = {
        README: readme(),
        PLAN: row.plan_version.document.encode(),
        INPUTS: to_bytes(row.inputs),
        RESULT: to_bytes(row.result),
    }
    added = proven(row, adjustments_of(row))
    if added:
        files[ADJUSTMENTS] = to_bytes(_adjustments(row, added))
    manifest = _manifest(row, added)
    for name, content in files.items():
        if sha256(content).hexdigest() != manifest["files"][name]:
            raise Invalid(
                error(
                    "proof.changed_in_store",
                    N_("The stored {name} of this statement is not the one it was made with."),
                    N_("Somebody has changed the database: restore it from a copy."),
                    name=name,
                )
            )
    return packed(Bundle(manifest, files))


def file_stem(row: Statement) -> str:
    """How the files of a statement are called: by period and number, never by a name."""
    return f"statement-{row.run.period.starts_on.isoformat()}-{row.pk}"


def _adjustments(row: Statement, added: Sequence[Adjustment]) -> dict[str, object]:
    """The document of what was added: amounts and reasons, the people behind them by number."""
    return {
        "adjustments": [
            {
                "id": one.pk,
                "person": str(one.person_id),
                "paid_in": row.run.period.starts_on.isoformat(),
                "amount_minor": one.amount_minor,
                "currency": one.currency,
                "label": {"en": one.label_en, "fr": one.label_fr},
                "reason": one.reason,
                "entered_by": one.proposed_by_id,
                "approved_by": one.decided_by_id,
                "approved_at": None
                if one.decided_at is None
                else one.decided_at.astimezone(UTC).isoformat(),
            }
            for one in added
        ]
    }


def _manifest(row: Statement, added: Sequence[Adjustment]) -> dict[str, Any]:
    facts = _facts(row)
    if added:
        facts["adjusted_minor"] = sum(one.amount_minor for one in added)
    return manifest_of(
        facts,
        engine=row.run.engine_version,
        plan=row.plan_version.sha256,
        inputs=row.inputs_sha256,
        result=row.result_sha256,
        adjustments=sha256_of(_adjustments(row, added)) if added else None,
    )


def _facts(row: Statement) -> dict[str, object]:
    """Which statement it is, in words that nobody can change later: no names, only keys."""
    period, corrects = row.run.period, row.corrects
    return {
        "id": row.pk,
        "person": str(row.person_id),
        "run": row.run.number,
        "known_at": row.run.as_known_at.astimezone(UTC).isoformat(),
        "period": {
            "kind": period.kind,
            "start": (corrects.run.period if corrects else period).starts_on.isoformat(),
            "end": (corrects.run.period if corrects else period).ends_on.isoformat(),
        },
        "paid_in": period.starts_on.isoformat(),
        "plan": {"key": row.plan_version.plan.key, "version": row.plan_version.number},
        "currency": row.currency,
        "total_minor": row.total_minor,
        "corrects": None
        if corrects is None
        else {
            "statement": corrects.pk,
            "inputs": corrects.inputs_sha256,
            "result": corrects.result_sha256,
        },
    }
