"""The cache that all processes share, as far as it answers.

What is kept in it can be made anew, so a Redis that is away or hangs costs nobody more than one
short wait: it is then left alone for a while, and everything is made anew.
"""

import logging
import time
from typing import Any

from django.core.cache import caches
from redis import RedisError

log = logging.getLogger(__name__)

AWAY_SECONDS = 5.0
_away_until = 0.0


def recall(key: str) -> Any:
    """What was kept; None when nothing was, or when the cache does not answer."""
    if _is_away():
        return None
    try:
        return caches["quick"].get(key)
    except (RedisError, OSError) as problem:
        _leave_alone(problem)
        return None


def keep(key: str, value: Any, seconds: float) -> None:
    """Keep it so long, if the cache answers."""
    if _is_away():
        return
    try:
        caches["quick"].set(key, value, timeout=seconds)
    except (RedisError, OSError) as problem:
        _leave_alone(problem)


def _is_away() -> bool:
    return _away_until > time.monotonic()


def _leave_alone(problem: Exception) -> None:
    global _away_until
    _away_until = time.monotonic() + AWAY_SECONDS
    log.warning("the shared cache is left alone for a while: %s", problem)
