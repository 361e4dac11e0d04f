"""How allauth behaves here: accounts are made by an administrator, never by a visitor."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """No public sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def tried_address(request: HttpRequest, credentials: dict[str, str] | None) -> str:
    """The e-mail address that somebody tries to sign in with: what a lock-out counts by.

    Without it axes would see no name in allauth's credentials, and one person's guessing would
    lock out everybody behind the same network address.
    """
    known = credentials or {}
    given = known.get("email") or known.get("username") or request.POST.get("login", "")
    return given.strip().lower()
