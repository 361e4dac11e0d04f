"""The audit log: one row for each service call that changes something."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model

from common.models import AuditEntry
from kernel.trace import to_bytes

SYSTEM = "system"


def record(
    *,
    actor: AbstractBaseUser | None,
    action: str,
    subject: Model | tuple[str, object],
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write who did what to which thing. Call it inside the transaction of the change.

    `action` reads "assignment.close"; `subject` is the saved object, or (kind, id) for a set.
    `actor` None means the product itself (schedule, worker, command). Values are kept as canonical
    JSON: a float raises `TypeError`, because no exact figure is one.
    """
    kind, subject_id = _subject(subject)
    return AuditEntry.objects.create(
        actor_id=actor.pk if actor is not None else None,
        actor_name=_name(actor),
        action=action,
        subject_kind=kind,
        subject_id=subject_id,
        before=_plain(before),
        after=_plain(after),
        reason=reason,
    )


def snapshot(instance: Model) -> dict[str, object]:
    """The stored fields of a row, for `before` and `after`; never the password."""
    fields = (field.attname for field in instance._meta.concrete_fields)
    return {name: getattr(instance, name) for name in fields if name != "password"}


def _name(actor: AbstractBaseUser | None) -> str:
    if actor is None:
        return SYSTEM
    return str(getattr(actor, "name", "") or actor.get_username())[:200]


def _subject(subject: Model | tuple[str, object]) -> tuple[str, str]:
    if isinstance(subject, Model):
        return subject._meta.label_lower, str(subject.pk)
    kind, subject_id = subject
    return kind, str(subject_id)


def _plain(values: Mapping[str, object] | None) -> Any:
    return None if values is None else json.loads(to_bytes(values))
