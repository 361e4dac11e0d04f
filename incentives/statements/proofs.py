"""The proof of a stored statement, and the digest that is printed on it."""

from datetime import UTC
from hashlib import sha256
from typing import Any

from incentives.models import Statement
from incentives.proving.bundles import (
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
from kernel.trace import to_bytes

RELATED = ("person", "plan_version__plan", "run__period", "corrects__run__period")
"""What a statement's page and its proof need beside the row."""
UNREAD = ("corrects__inputs", "corrects__result")
"""What is large among these and needed by neither."""


def digest(row: Statement) -> str:
    """The digest of a statement's proof, from the hashes that the row keeps."""
    return digest_of(_manifest(row))


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
    manifest = _manifest(row)
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


def _manifest(row: Statement) -> dict[str, Any]:
    return manifest_of(
        _facts(row),
        engine=row.run.engine_version,
        plan=row.plan_version.sha256,
        inputs=row.inputs_sha256,
        result=row.result_sha256,
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
