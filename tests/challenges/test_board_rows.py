"""The rows that pages begin with: as the ORM reads them, and of a large board kept by version."""

import pytest

from challenges import board_rows, services
from challenges.board_rows import stored_rows
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


@pytest.mark.parametrize("kind", ["person", "team"])
def test_the_rows_are_those_of_the_orm(crew: Crew, kind: str) -> None:
    Face.objects.create(person=crew.hugo, nickname="Zorro")
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live({"entrants": {"kind": kind}, "prizes": []})

    (rows,) = stored_rows([challenge]).values()

    assert named(rows) == named(by_the_orm(challenge))
    assert len(rows) == (3 if kind == "person" else 2)
    # what was not read comes when it is asked for, and a row is saved as any other
    rows[0].save(update_fields=["position"])
    assert rows[0].tally == by_the_orm(challenge)[0].tally


def test_a_large_board_is_read_once_for_each_version(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_rows, "LARGE", 2)
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    first = stored_rows([challenge])[challenge.pk]
    Person.objects.filter(pk=crew.lea.pk).update(first_name="Lou")

    again = stored_rows([challenge])[challenge.pk]
    win("d2", "2026-03-11 11:00", "P2", 1_000)
    services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)
    challenge.refresh_from_db()
    newer = stored_rows([challenge])[challenge.pk]

    assert [row is kept for row, kept in zip(again, first, strict=True)] == [True] * 3
    assert [row.score_text for row in newer] == ["1000", "900", "0"]
    assert named(newer) == named(by_the_orm(challenge))


def test_the_kept_boards_are_few_and_grow_old(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_rows, "LARGE", 2)
    monkeypatch.setattr(board_rows, "MOST_KEPT", 1)
    one, other = live(), live({"key": "other"})
    first = stored_rows([one])[one.pk][0]
    assert stored_rows([one])[one.pk][0] is first
    stored_rows([other])
    assert stored_rows([one])[one.pk][0] is not first

    monkeypatch.setattr(board_rows, "KEPT_SECONDS", 0.0)
    kept = stored_rows([other])[other.pk][0]
    assert stored_rows([other])[other.pk][0] is not kept


def test_what_nobody_asks_for_is_not_kept(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_rows, "LARGE", 2)
    monkeypatch.setattr(board_rows, "_kept", {})
    one, other = live(), live({"key": "other"})
    stored_rows([one])
    earlier = one.version
    one.version += 1
    stored_rows([one])
    assert [key[:2] for key in board_rows._kept] == [(one.pk, earlier + 1)]

    with monkeypatch.context() as patch:
        patch.setattr(board_rows, "KEPT_SECONDS", 0.0)
        stored_rows([other])
    other.version += 1
    three = live({"key": "three"})
    stored_rows([three])
    assert [key[0] for key in board_rows._kept] == [one.pk, three.pk]


def test_a_small_board_is_read_anew(crew: Crew) -> None:
    challenge = live()
    first = stored_rows([challenge])[challenge.pk]
    assert stored_rows([challenge])[challenge.pk][0] is not first[0]
