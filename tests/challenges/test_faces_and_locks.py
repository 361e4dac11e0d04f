"""A new face is written beside scoring, which reads and writes the same version."""

import pytest

from challenges import services
from challenges.services import locking
from tests.challenges.games import live
from tests.kpis.crew import Crew


def test_a_face_waits_for_each_board_in_the_order_of_ids(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = live(), live()
    waited: list[int] = []
    monkeypatch.setattr(locking, "transaction_lock", lambda _kind, pk: waited.append(pk))
    services.set_face(actor=None, person=crew.hugo, nickname="Fox", hidden=False)
    versions = [first.version, second.version]
    for one in (first, second):
        one.refresh_from_db()

    assert waited == [first.pk, second.pk]
    assert [first.version, second.version] == [one + 1 for one in versions]
