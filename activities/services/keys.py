"""Keys of machines: how one is made, and made useless.

A key reads `mk_<prefix>_<secret>`. Only the SHA-256 of it is stored. A plain fast hash is right
here, unlike for passwords: the secret is 32 random bytes, so there is no dictionary to try, and a
slow hash would cost every call of the live path.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities.models import ApiKey
from common import audit
from kernel.issues import N_, Invalid, Place, error
from people.models import User

SCOPES = {
    "activities:write": _("Send activities"),
    "activities:read": _("Read activities"),
    "deals:write": _("Send deals"),
}


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `secret` is shown once and kept nowhere."""

    key: ApiKey
    secret: str


def digest(secret: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_api_key(
    *, actor: User, name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> NewKey:
    """Make a key for a machine. `Invalid` without a name, without scopes, or with unknown ones."""
    _check(name, scopes, expires_at)
    prefix = secrets.token_hex(6)
    secret = f"mk_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name.strip(),
        prefix=prefix,
        hashed=digest(secret),
        scopes=sorted(scopes),
        created_by=actor,
        expires_at=expires_at,
    )
    audit.record(
        actor=actor,
        action="api_key.create",
        subject=key,
        after={"name": key.name, "scopes": key.scopes, "prefix": prefix},
    )
    return NewKey(key, secret)


def _check(name: str, scopes: Collection[str], expires_at: datetime | None) -> None:
    issues = []
    if not name.strip() or len(name) > 100:
        issues.append(
            error(
                "bad_key_name",
                N_("The key needs a name of at most 100 characters."),
                N_("Name it after the system that will use it."),
                Place(path="name"),
            )
        )
    if not scopes or not set(scopes) <= SCOPES.keys():
        issues.append(
            error(
                "bad_scopes",
                N_("The key needs at least one scope, of those that exist."),
                N_("Known scopes: {known}."),
                Place(path="scopes"),
                known=", ".join(SCOPES),
            )
        )
    if expires_at is not None and expires_at <= timezone.now():
        issues.append(
            error(
                "key_expires_in_the_past",
                N_("The key would have expired already."),
                N_("Choose a later day, or none."),
                Place(path="expires_at"),
            )
        )
    if issues:
        raise Invalid(issues)


@transaction.atomic
def revoke_api_key(*, actor: User, key_id: int) -> None:
    """Make the key useless from now on; revoking it again changes nothing."""
    now = timezone.now()
    if ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=now):
        audit.record(actor=actor, action="api_key.revoke", subject=("activities.apikey", key_id))
