"""Secrets that must be said again to be used, as the address of a webhook: encrypted at rest.

Each purpose has a key of its own, derived from `SECRET_KEY` (HKDF, SHA-256), so that what is sealed
for one cannot be read as another. `SECRET_KEY_FALLBACKS` still open what they have sealed; `again`
seals it under the present key, and then they can go (`manage.py rotate_secrets`). A seal shows
its length and when it was made, nothing else, and one that was changed does not open.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealedError(Exception):
    """None of the keys opens it: it was sealed under a key that is gone, or was changed."""


def seal(text: str, purpose: str) -> str:
    """`text` so that nobody reads it without the key; another seal each time."""
    return _keys(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """What was sealed for this purpose; `SealedError` when no key opens it."""
    try:
        return _keys(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealedError from None


def again(sealed: str, purpose: str) -> str:
    """The same secret under the present key; `SealedError` when no key opens it."""
    try:
        return _keys(purpose).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise SealedError from None


def _keys(purpose: str) -> MultiFernet:
    """The present key, which seals, and those that only open."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_key(one, purpose) for one in secrets])


def _key(secret: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"maillot/{purpose}".encode())
    return Fernet(urlsafe_b64encode(derived.derive(secret.encode())))
