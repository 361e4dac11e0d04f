"""The rows that pages begin with: as the ORM reads them, and of a large board kept by version."""

from typing import Any

import pytest

from challenges import board_rows, services
from challenges.board_rows import place_of, stored_rows
from challenges.models import Challenge, Face, Standing
from people.models import Person
from tests.challenges.games import MID_MARCH, live, win
from tests.kpis.crew import Crew


def named(rows: list[Standing]) -> list[tuple[object, ...]]:
    return [
        (
            row.pk, row.challenge_id, row.entrant_key, row.position, row.rank, row.score_text,
            row.detail, row.since,
            row.person and (row.person.number, row.person.name, row.person.initials),
            row.person and getattr(getattr(row.person, "challenge_face", None), "nickname", None),
            row.team and (row.team.key, row.team.name, row.team.parent_id),
        )
        for row in rows
    ]  # fmt: skip


def by_the_orm(challenge: Challenge) -> list[Standing]:
    rows = Standing.objects.filter(challenge=challenge).order_by("position")
    return list(rows.select_related("person__challenge_face", "team"))


def read(challenge: Challenge) -> list[Standing]:
    """All rows of a board as pages get them."""
    return stored_rows([challenge])[challenge.pk].whole()


@pytest.mark.parametrize("kind", ["person", "team"])
@pytest.mark.parametrize("small", [1, 100])
def test_the_rows_are_those_of_the_orm(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, kind: str, small: int
) -> None:
    monkeypatch.setattr(board_rows, "SMALL", small)
    Face.objects.create(person=crew.hugo, nickname="Zorro")
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live({"entrants": {"kind": kind}, "prizes": []})

    rows = read(challenge)

    assert named(rows) == named(by_the_orm(challenge))
    assert len(rows) == (3 if kind == "person" else 2)
    # what was not read comes when it is asked for, and a row is saved as any other
    rows[0].save(update_fields=["position"])
    assert rows[0].tally == by_the_orm(challenge)[0].tally


def test_the_places_of_a_large_board_are_those_of_its_rows(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What decides who sees a row is the same, read by a statement or from the row."""
    Face.objects.create(person=crew.hugo, hidden=True)
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    kinds: list[dict[str, object]] = [
        {"eliminated": 2},
        {"awards": [{"prize": 1, "reason": {"code": "drawn"}}, {"prize": 2, "reason": None}]},
        {"awards": [{"prize": 1, "reason": {"code": "rank"}}]},
    ]
    for row, more in zip(by_the_orm(challenge), kinds, strict=True):
        Standing.objects.filter(pk=row.pk).update(detail={**row.detail, "awards": [], **more})
    whole = [place_of(row) for row in by_the_orm(challenge)]

    monkeypatch.setattr(board_rows, "SMALL", 1)
    read_alone = stored_rows([challenge])[challenge.pk].places

    assert list(read_alone) == whole
    assert [(one.eliminated, one.awarded, one.drawn) for one in whole] == [
        (True, False, False), (False, True, True), (False, True, False),
    ]  # fmt: skip
    assert [one.person_id for one in whole if one.hides] == [crew.hugo.pk]


def test_of_a_large_board_only_what_is_asked_for_is_read(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(board_rows, "SMALL", 1)
    challenge = live()
    with django_assert_num_queries(2):  # the first rows, and all places
        board = stored_rows([challenge])[challenge.pk]
    with django_assert_num_queries(0):
        board.at([0, 1])
    with django_assert_num_queries(1):
        (last,) = board.at([2]).values()
    with django_assert_num_queries(0):
        assert board.at([2])[2] is last
    assert last.entrant_key == board.places[2].key


def test_who_is_no_more_on_the_board_is_left_out(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_rows, "SMALL", 1)
    challenge = live()
    board = stored_rows([challenge])[challenge.pk]
    Standing.objects.filter(entrant_key=board.places[2].key).delete()

    assert list(board.at([1, 2])) == [1]


def test_a_large_board_is_read_once_for_each_version(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_rows, "SMALL", 2)
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    first = read(challenge)
    Person.objects.filter(pk=crew.lea.pk).update(first_name="Lou")

    again = read(challenge)
    win("d2", "2026-03-11 11:00", "P2", 1_000)
    services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)
    challenge.refresh_from_db()
    newer = read(challenge)

    assert [row is kept for row, kept in zip(again, first, strict=True)] == [True] * 3
    assert [row.score_text for row in newer] == ["1000", "900", "0"]
    assert named(newer) == named(by_the_orm(challenge))


def test_the_kept_boards_are_few_and_grow_old(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_rows, "SMALL", 2)
    monkeypatch.setattr(board_rows, "MOST_KEPT", 1)
    one, other = live(), live({"key": "other"})
    first = read(one)[0]
    assert read(one)[0] is first
    stored_rows([other])
    assert read(one)[0] is not first

    monkeypatch.setattr(board_rows, "KEPT_SECONDS", 0.0)
    kept = read(other)[0]
    assert read(other)[0] is not kept


def test_what_nobody_asks_for_is_not_kept(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_rows, "SMALL", 2)
    monkeypatch.setattr(board_rows, "_kept", {})
    one, other = live(), live({"key": "other"})
    stored_rows([one])
    earlier = one.version
    one.version += 1
    stored_rows([one])
    kept = [(key.challenge_id, key.version) for key in board_rows._kept]
    assert kept == [(one.pk, earlier + 1)]

    with monkeypatch.context() as patch:
        patch.setattr(board_rows, "KEPT_SECONDS", 0.0)
        stored_rows([other])
    other.version += 1
    three = live({"key": "three"})
    stored_rows([three])
    assert [key.challenge_id for key in board_rows._kept] == [one.pk, three.pk]


def test_a_small_board_is_read_anew(crew: Crew) -> None:
    challenge = live()
    first = read(challenge)
    assert read(challenge)[0] is not first[0]
