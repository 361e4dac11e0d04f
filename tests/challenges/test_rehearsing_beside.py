"""A page that waits for a rehearsal while a worker is at it, on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from challenges import services
from challenges.models import RehearsalRun
from challenges.services import rehearsing
from challenges.services.rehearsing import STALE_AFTER
from tests.challenges.games import MARCH, made
from tests.kpis.crew import at, make_crew

APRIL_20 = at("2026-04-20 09:00")


@pytest.mark.django_db(transaction=True)
def test_a_page_does_not_wait_for_the_worker_that_has_the_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache.clear()
    make_crew()
    challenge, sent = made(MARCH), list[int]()
    monkeypatch.setattr(rehearsing, "_send", sent.append)

    def ask(moment: datetime) -> datetime:
        try:
            services.ask_for_rehearsal(actor=None, challenge=challenge, months=3, at=moment)
            return RehearsalRun.objects.get().moved_at
        finally:
            connection.close()

    stale = APRIL_20 + STALE_AFTER + timedelta(seconds=1)
    with ThreadPoolExecutor(1) as page:
        assert page.submit(ask, APRIL_20).result(30) == APRIL_20
        with transaction.atomic():
            run = RehearsalRun.objects.select_for_update().get()
            assert page.submit(ask, stale).result(30) == APRIL_20
        assert sent == [run.pk]
        # let go, with nothing done: a killed worker
        assert page.submit(ask, stale).result(30) == stale
    assert sent == [run.pk] * 2
