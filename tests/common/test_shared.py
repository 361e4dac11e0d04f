"""The shared cache: it keeps, and a Redis that is away is left alone without an error."""

import pytest
from django.core.cache import caches
from redis import RedisError

from common import shared


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "_away_until", 0.0)


def test_what_was_kept_is_recalled() -> None:
    shared.keep("a-test:kept", {"rows": [1]}, 60)
    assert shared.recall("a-test:kept") == {"rows": [1]}
    assert shared.recall("a-test:never-kept") is None


class Silent:
    """A cache that does not answer, and counts who asks."""

    def __init__(self) -> None:
        self.asked = 0

    def get(self, *_: object, **__: object) -> None:
        self.asked += 1
        raise RedisError("too late")

    set = get


def test_a_cache_that_does_not_answer_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared.keep("a-test:kept", 1, 60)
    silent = Silent()
    with monkeypatch.context() as patch:
        patch.setattr(shared, "caches", {"quick": silent})
        assert [shared.recall("a-test:kept") for _ in range(3)] == [None] * 3
        shared.keep("a-test:kept", 2, 60)
    assert silent.asked == 1
    assert shared.recall("a-test:kept") is None  # not asked yet

    monkeypatch.setattr(shared, "_away_until", 0.0)
    assert shared.recall("a-test:kept") == 1


def test_nobody_waits_long_for_it() -> None:
    assert caches["quick"]._options["socket_timeout"] <= 1  # type: ignore[attr-defined]  # of the Redis backend
