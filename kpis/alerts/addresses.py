"""The addresses of webhooks, which are secrets: sealed in the database, opened only to send."""

from common.sealing import SealedError, again, seal, unseal
from kernel.issues import Invalid
from kpis.alerts.outgoing import NO_KEY, NotSentError, read_target
from kpis.models import Webhook

PURPOSE = "webhook"


def seal_address(url: str) -> str:
    """As it is kept."""
    return seal(url, PURPOSE)


def sealed_again(hook: Webhook) -> str:
    """The same address under the present key; `SealedError` when no key opens it."""
    return again(hook.sealed_url, PURPOSE)


def address_to_send(hook: Webhook) -> str:
    """The address; `NotSentError` when no key opens it any more."""
    try:
        return unseal(hook.sealed_url, PURPOSE)
    except SealedError:
        raise NotSentError(NO_KEY) from None


def host_of(hook: Webhook) -> str:
    """The part of the address that is no secret; empty when nothing can be sent to it any more."""
    try:
        return read_target(unseal(hook.sealed_url, PURPOSE)).host
    except (SealedError, Invalid):
        return ""
