"""The way out of the product: a JSON message to an https address that an administrator entered.

The name is looked up here, once, and the connection goes to exactly the address that was judged:
an address inside a private network is refused, also when a public name leads to it, and also when
it does so only at the second look. Redirects are not followed.

A message has `SECONDS` in all, however the other side divides its answer, and of the answer no more
than `MOST_BYTES` are read: nobody outside holds a worker.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kernel.issues import N_, Invalid, Issue, Place, error

SECONDS = 10.0
MOST_BYTES = 64 * 1024
LONGEST = 500
"""Characters of an address."""
Lookup = Callable[[str], list[str]]


class NotSentError(Exception):
    """Why a message did not leave or was not taken: one of the reasons below, and after a colon
    what was answered. It never holds the address: it is kept and shown to administrators."""


TOO_SLOW, TOO_LONG, REFUSED, NO_CONNECTION = "too_slow", "too_long", "refused", "no_connection"
NO_ADDRESS, PRIVATE, NO_KEY = "no_address", "private_network", "no_key"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes."""

    host: str
    port: int
    path: str


URL = Place(path="url")


def read_target(url: str, place: Place = URL) -> Target:
    """The parts of an https address; `Invalid` for anything else, also for one with a user, and for
    an address of a private network that is written in figures."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        raise Invalid(_not_an_address(place)) from None
    odd = parts.username is not None or any(not 32 < ord(one) < 127 for one in url.strip())
    if parts.scheme != "https" or not _is_name(host) or odd or len(url) > LONGEST:
        raise Invalid(_not_an_address(place))
    if _is_figures(host) and not _is_public(host):
        raise Invalid(_private(place))
    path = parts.path or "/"
    return Target(host, port, f"{path}?{parts.query}" if parts.query else path)


def post(
    url: str,
    message: Mapping[str, Any],
    *,
    lookup: Lookup | None = None,
    trust: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> None:
    """Send a message; `NotSentError` unless it was taken (2xx) within `seconds`.

    `lookup` answers the addresses of a name and `trust` whose certificates count; tests bring a
    server of their own.
    """
    clock = Clock(seconds)
    try:
        target = read_target(url)
    except Invalid:
        raise NotSentError(NO_ADDRESS) from None
    try:
        address = _looked_up(lookup or public_addresses, target.host, clock)
        status = _send(target, address, message, trust or ssl.create_default_context(), clock)
    except TimeoutError:
        raise NotSentError(TOO_SLOW) from None
    except (OSError, ValueError, http.client.HTTPException) as problem:
        # a ValueError: what cannot be looked up or put on the line, whatever let it in
        raise NotSentError(f"{NO_CONNECTION}:{type(problem).__name__}") from None
    if not 200 <= status < 300:
        raise NotSentError(f"{REFUSED}:{status}")


class Clock:
    """The time that is left for a message."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than 0; `TimeoutError` when there are none."""
        found = self._until - time.monotonic()
        if found <= 0:
            raise TimeoutError
        return found


def _looked_up(lookup: Lookup, host: str, clock: Clock) -> str:
    """The first address of a name. A name server cannot be given a time, so a thread waits for it;
    one that is given up ends by itself when the resolver does."""
    asking = ThreadPoolExecutor(max_workers=1)
    try:
        return asking.submit(lookup, host).result(clock.left())[0]
    finally:
        asking.shutdown(wait=False)


def public_addresses(host: str) -> list[str]:
    """The addresses of a name; `NotSentError` when one of them lies in a private network."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    if not found or not all(map(_is_public, found)):
        raise NotSentError(PRIVATE)
    return found


def _is_name(host: str) -> bool:
    """Whether a name server can be asked for it: no part is empty or too long."""
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def _is_figures(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    """Whether an address is one of the open internet; one that hides an IPv4 address is not."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address) and (one.ipv4_mapped or one.sixtofour or one.teredo):
        return False
    if isinstance(one, ipaddress.IPv6Address) and (one.is_site_local or one.is_reserved):
        return False  # reserved are the prefixes that translate to IPv4, too
    return one.is_global and not one.is_multicast


class _Timed(ssl.SSLSocket):
    """A line that asks the clock before each step, and counts what comes in."""

    clock: Clock
    taken = 0

    def send(self, data: Any, flags: int = 0) -> int:
        """`TimeoutError` when the time is over."""
        self.settimeout(self.clock.left())
        return super().send(data, flags)

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """`TimeoutError` when the time is over; `NotSentError` beyond `MOST_BYTES`."""
        self.settimeout(self.clock.left())
        count = super().recv_into(buffer, nbytes, flags)
        self.taken += count
        if self.taken > MOST_BYTES:
            raise NotSentError(TOO_LONG)
        return count


class _Fixed(http.client.HTTPSConnection):
    """A connection to the name, at the address that was judged."""

    def __init__(self, target: Target, address: str, trust: ssl.SSLContext, clock: Clock) -> None:
        super().__init__(target.host, target.port, context=trust)
        self._address, self._trust, self._clock = address, trust, clock

    def connect(self) -> None:
        self._trust.sslsocket_class = _Timed
        plain = socket.create_connection((self._address, self.port), self._clock.left())
        try:
            plain.settimeout(self._clock.left())  # shaking hands is one step for this
            line = self._trust.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
        assert isinstance(line, _Timed)  # noqa: S101 - as said above
        line.clock = self._clock
        self.sock = line


def _send(
    target: Target, address: str, message: Mapping[str, Any], trust: ssl.SSLContext, clock: Clock
) -> int:
    connection = _Fixed(target, address, trust, clock)
    try:
        body = json.dumps(message).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "Maillot"}
        connection.request("POST", target.path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _not_an_address(place: Place) -> Issue:
    return error(
        "alerts.not_https",
        N_("This is not an https address."),
        N_("Copy the whole address that Slack or Teams shows for the webhook."),
        place,
    )


def _private(place: Place) -> Issue:
    return error(
        "alerts.private_network",
        N_("This address lies in a private network."),
        N_("Messages only leave to the open internet; copy the address of the webhook."),
        place,
    )
