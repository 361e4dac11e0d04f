"""Many who read one board: pages from one web process, and browsers that listen to it.

The web process, the reader and PostgreSQL share the machine: what the process can do alone is more.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from bench import data
from bench.figures import Figure, Scale, spread
from bench.load import pages, streams
from bench.product import Product, running
from challenges import services as challenges
from challenges.models import Challenge
from common import live
from people.models import User
from people.queries import today

ENTRANTS, RECORDS_EACH, READERS, LISTENERS = 1_000, 10, 100, 1_000
SECONDS, AT_ONCE, MESSAGES = 8.0, 8, 10
GOAL = "goal 500/s"


def run(scale: Scale) -> Iterator[Figure]:
    """A board of a thousand, a hundred entrants with a session each, and one who sees all."""
    sellers = data.crew(scale.of(ENTRANTS, least=20))
    data.deals(sellers, RECORDS_EACH, today() - timedelta(days=29))
    challenge = _launched()
    readers = [
        data.sign_in(f"p{n}@bench.example", one)
        for n, one in enumerate(sellers[: scale.of(READERS, least=10)])
    ]
    everything = data.sign_in("rh@bench.example", rights=["hr"])
    own, all_of_it = [cookie_of(one) for one in readers], [cookie_of(everything)]
    with running() as product:
        yield from _pages(scale, product, challenge, "an entrant's own", own)
        yield from _pages(scale, product, challenge, "the whole", all_of_it)
        yield from _streams(scale, product, challenge, own)


def _launched() -> Challenge:
    from bench.scenarios.large_challenge import draft

    return challenges.launch(actor=None, challenge=draft())


def cookie_of(user: User) -> str:
    """A signed-in session as a Cookie header."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _pages(
    scale: Scale, product: Product, challenge: Challenge, whose: str, cookies: Sequence[str]
) -> Iterator[Figure]:
    path = f"/challenges/{challenge.pk}/board/"
    seconds = SECONDS if not scale.quick else 1.0
    pages(product.port, path, cookies, seconds / 2, AT_ONCE)  # each is drawn once
    busy = _processor(product)
    found = pages(product.port, path, cookies, seconds, AT_ONCE)
    busy = (_processor(product) - busy) * 1000 / len(found.waits)
    note = f"{AT_ONCE} connections, {len(cookies)} sessions"
    yield Figure(f"{whose} board, one process", found.per_second, "/s", f"{note}; {GOAL}")
    yield Figure(f"{whose} board, processor time of the web", busy, "ms", "of one answer")
    yield from spread(f"{whose} board, wait", found.waits)


def _streams(
    scale: Scale, product: Product, challenge: Challenge, cookies: Sequence[str]
) -> Iterator[Figure]:
    count = scale.of(LISTENERS, least=20)
    listening = [cookies[n % len(cookies)] for n in range(count)]
    before, topic = _memory(product), f"challenge:{challenge.pk}"
    heard = streams(
        product.port, topic, listening, lambda version: live.publish(topic, version), MESSAGES
    )
    name = f"{count:,} streams of one process"
    yield from spread(
        f"{name}, until a stream heard", [one for told in heard.waits for one in told]
    )
    yield from spread(f"{name}, until the last heard", [max(told) for told in heard.waits])
    yield Figure(f"{name}, memory of each", (_memory(product) - before) / count, "KB")


def _memory(product: Product) -> float:
    """Memory that the web process holds, in KB."""
    lines = Path(f"/proc/{product.web}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS:")))


def _processor(product: Product) -> float:
    """Seconds of processor time that the web process has used."""
    fields = Path(f"/proc/{product.web}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
