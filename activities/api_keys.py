"""How a call proves that it has a key, and what the key may do.

The verbs are in `services.keys`. Nothing here imports Django REST framework's views: its settings
name these classes, so its views import this module.
"""

import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from activities.models import ApiKey
from activities.services.keys import digest
from people.models import User

if TYPE_CHECKING:
    from rest_framework.views import APIView

_SCHEME = "Bearer"
_NOTE_USE_EVERY = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mk_...`; a key that is unknown, revoked or expired gives 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() != _SCHEME.casefold() or not secret:
            return None
        key = _key_of(secret.strip())
        if key is None:
            raise AuthenticationFailed(_("This key is unknown, revoked or expired."))
        _note_use(key)
        return key.created_by, key

    def authenticate_header(self, request: Request) -> str:
        return _SCHEME


def _key_of(secret: str) -> ApiKey | None:
    parts = secret.split("_", 2)
    if len(parts) != 3 or "\x00" in secret:
        return None
    key = ApiKey.objects.select_related("created_by").filter(prefix=parts[1]).first()
    if key is None or not hmac.compare_digest(key.hashed, digest(secret)):
        return None
    expired = key.expires_at is not None and key.expires_at <= timezone.now()
    dead = key.revoked_at is not None or expired or not key.created_by.is_active
    return None if dead else key


def _note_use(key: ApiKey) -> None:
    """Remember the last use, to the minute: a write for each call would be a hot row."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - _NOTE_USE_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


class HasScope(BasePermission):
    """The key has the scope that the view asks for this method; otherwise 404.

    A view states `scopes = {"GET": "activities:read"}`; one that states none is closed.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, ApiKey):
            return False
        wanted = getattr(view, "scopes", {}).get(request.method)
        if wanted is None or wanted not in request.auth.scopes:
            raise Http404
        return True
