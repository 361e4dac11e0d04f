"""A new face is written beside scoring, which reads and writes the same version."""

from functools import partial

import pytest

from challenges import services
from challenges.models import Face
from challenges.services import locking
from people.models import Person
from tests.challenges.games import live
from tests.challenges.interleaving import met
from tests.kpis.crew import Crew, make_crew


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


def called(person: Person, nickname: str) -> None:
    services.set_face(actor=None, person=person, nickname=nickname, hidden=False)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_choose_one_nickname_at_once_the_second_is_refused() -> None:
    crew = make_crew()
    first, second = partial(called, crew.hugo, "Fox"), partial(called, crew.lea, "fox")

    assert met(first, second, of='FROM "challenges_face"', after=1) == [
        "done",
        "challenges.nickname_taken",
    ]
    assert list(Face.objects.values_list("person_id", "nickname")) == [(crew.hugo.pk, "Fox")]


@pytest.mark.django_db(transaction=True)
def test_a_first_face_that_is_sent_twice_at_once_is_one() -> None:
    crew = make_crew()
    twice = partial(called, crew.hugo, "Fox")

    assert met(twice, twice, of='FROM "challenges_face"', after=2) == ["done", "done"]
    assert list(Face.objects.values_list("person_id", "nickname")) == [(crew.hugo.pk, "Fox")]
