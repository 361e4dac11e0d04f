"""Boards of many in parts: page by page they are the whole board, and a name finds a place."""

from collections.abc import Callable

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from challenges import board_rows, queries, seen_boards, visibility
from challenges.models import Challenge, Face
from challenges.queries import Board, Look
from challenges.seen_boards import NEAR
from people.access import viewer_of
from people.models import Person, User
from tests.challenges.games import live, win
from tests.challenges.test_pages import client_of, crowd, text_of
from tests.challenges.test_visibility import BEFORE, LATER, frozen, scores
from tests.kpis.crew import Crew

PAGE = 4


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards are large from six rows on, and shown by four."""
    for module in (board_rows, seen_boards, visibility):
        monkeypatch.setattr(module, "SMALL", 5)
    monkeypatch.setattr(seen_boards, "PAGE", PAGE)
    monkeypatch.setattr(seen_boards, "MOST_FOUND", PAGE)
    monkeypatch.setattr(board_rows, "_kept", {})


@pytest.fixture
def race(crew: Crew) -> Challenge:
    """Twenty of the crowd before Léa, who has little; two with nothing."""
    crowd(crew)
    win("d1", "2026-03-10 11:00", "P1", 5)
    return live({"visibility": {"top": 7, "neighbours": 1}})


def whole(challenge: Challenge, user: User, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The board as it is read when it is small."""
    with monkeypatch.context() as patch:
        for module in (board_rows, seen_boards, visibility):
            patch.setattr(module, "SMALL", 1_000)
        patch.setattr(board_rows, "_kept", {})
        return queries.board(challenge, viewer_of(user))


def told(board: Board) -> list[tuple[object, ...]]:
    return [
        (row.standing.position, row.standing.entrant_key, row.standing.rank, row.score, row.detail,
         row.name, row.initials, row.is_me, row.open)
        for row in board.rows
    ]  # fmt: skip


def positions(board: Board) -> list[int]:
    return [row.standing.position for row in board.rows]


USERS: list[Callable[[Crew], User]] = [
    lambda crew: crew.admin,
    lambda crew: crew.user_of(crew.lea),
    lambda crew: crew.user_of(crew.noor),
    lambda crew: crew.user_of(crew.paul),
    lambda crew: crew.user_of(crew.ines),
]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    "user_of", USERS, ids=["admin", "ranked", "unranked", "leads", "leads all"]
)
def test_its_pages_are_the_whole_board(
    crew: Crew, race: Challenge, monkeypatch: pytest.MonkeyPatch, user_of: Callable[[Crew], User]
) -> None:
    user = user_of(crew)
    all_of_it = whole(race, user, monkeypatch)
    first = queries.board(race, viewer_of(user))
    pages = [
        queries.board(race, viewer_of(user), Look(page=number))
        for number in range(1, first.pages + 1)
    ]

    assert first.pages > 1
    assert sorted({line[0]: line for page in pages for line in told(page)}.values()) == sorted(
        told(all_of_it)
    )
    for page in pages:
        assert (page.total, page.next_rank, page.next_score, page.best) == (
            all_of_it.total, all_of_it.next_rank, all_of_it.next_score, all_of_it.best,
        )  # fmt: skip
        assert (page.my_row is None) == (all_of_it.my_row is None)
        if page.my_row and all_of_it.my_row:
            assert page.my_row.standing.pk == all_of_it.my_row.standing.pk
        # nobody is eliminated: so many stand before each row, shown or not
        counted = [row.hidden_before + 1 for row in page.rows]
        assert [sum(counted[: n + 1]) for n in range(len(counted))] == positions(page)


@pytest.mark.usefixtures("large")
def test_a_page_has_its_places_and_those_around_ones_own(crew: Crew, race: Challenge) -> None:
    admin, lea = (viewer_of(one) for one in (crew.admin, crew.user_of(crew.lea)))

    assert positions(queries.board(race, admin)) == [1, 2, 3, 4]
    assert positions(queries.board(race, admin, Look(page=3))) == [9, 10, 11, 12]
    # 23 play: the last page is short, and there is none after it
    assert positions(queries.board(race, admin, Look(page=6))) == [21, 22, 23]
    assert positions(queries.board(race, admin, Look(page=99))) == [21, 22, 23]
    assert positions(queries.board(race, admin, Look(page=-1))) == [1, 2, 3, 4]
    # Léa is 21st, and sees the top seven and one neighbour on each side; who follows has no rank
    shown = queries.board(race, lea)
    assert (positions(shown), shown.pages) == ([1, 2, 3, 4, 7, 20, 21], 3)
    zed = Person.objects.get(number="Z12")
    around = queries.board(race, admin, Look(person_id=zed.pk))
    assert positions(around) == [1, 2, 3, 4, *range(13 - NEAR, 13 + NEAR + 1)]


@pytest.mark.usefixtures("large")
def test_a_name_finds_the_place_without_accents(crew: Crew, race: Challenge) -> None:
    admin = viewer_of(crew.admin)

    found = queries.board(race, admin, Look(find="lea MART"))
    assert [(row.name, row.standing.rank) for row in found.rows] == [("Léa Martin", 21)]
    assert (found.found, found.rows[0].hidden_before) == (1, 20)
    assert positions(queries.board(race, admin, Look(find="zed"))) == [1, 2, 3, 4]
    nobody = queries.board(race, admin, Look(find="Martin Zed"))
    assert (nobody.found, nobody.rows) == (0, ())


@pytest.mark.usefixtures("large")
def test_nobody_is_found_who_is_not_shown_nor_by_a_name_that_is_not_read(
    crew: Crew, race: Challenge
) -> None:
    Face.objects.create(person=Person.objects.get(number="Z01"), nickname="Zorro")
    lea = viewer_of(crew.user_of(crew.lea))

    def found(text: str) -> list[str]:
        board = queries.board(race, lea, Look(find=text))
        assert board.my_row is not None
        return [row.name for row in board.rows if not row.is_me]

    assert found("zorro") == ["Zorro"]
    assert found("Zed 01") == []
    assert found("Zed 02") == ["Zed 02"]
    assert found("Zed 12") == []


@pytest.mark.usefixtures("large")
@time_machine.travel(LATER, tick=False)
def test_a_large_board_stands_still_as_a_small_one(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (board_rows, seen_boards, visibility):
        monkeypatch.setattr(module, "SMALL", 1)
    challenge = frozen(crew)
    cache.clear()

    assert scores(challenge, crew.user_of(crew.lea))[:2] == BEFORE
    assert scores(challenge, crew.user_of(crew.hugo))[:2] == BEFORE


# --- on the page ------------------------------------------------------------------------------


def fragment(client: Client, challenge: Challenge, query: str = "") -> str:
    answer = client.get(reverse("challenges:board", args=[challenge.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("large")
def test_the_fragment_leads_to_the_other_pages_and_stays_where_it_is(
    crew: Crew, race: Challenge
) -> None:
    client = client_of(crew.admin)
    address = reverse("challenges:board", args=[race.pk])
    html = [fragment(client, race, f"?page={page}") for page in (1, 2, 6)]

    assert [f"page {page} of 6" in text_of(one) for page, one in zip((1, 2, 6), html, strict=True)]
    assert ["Zed 04" in text_of(one) for one in html] == [False, True, False]
    assert ['id="board-before"' in one for one in html] == [False, True, True]
    assert ['id="board-after"' in one for one in html] == [True, True, False]
    # a live change fetches the same page again
    assert f'hx-get="{address}"' in html[0]
    assert f'hx-get="{address}?page=2" hx-trigger="live"' in html[1]


@pytest.mark.usefixtures("large")
def test_the_page_of_a_large_board_looks_for_names(crew: Crew, race: Challenge) -> None:
    client = client_of(crew.admin)
    page = reverse("challenges:page", args=[race.pk])
    html = client.get(page + "?find=l%C3%A9a").content.decode()

    assert 'value="léa"' in html
    assert "Places of “léa”." in text_of(html)
    assert 'data-key="person-' in html
    assert "Zed 00" not in text_of(fragment(client, race, "?find=lea"))
    assert "Nobody whom you may see here is called “x<y”." in text_of(
        fragment(client, race, "?find=x%3Cy")
    )
    again = reverse("challenges:board", args=[race.pk]) + "?find=lea"
    assert f'hx-get="{again}" hx-trigger="live"' in fragment(client, race, "?find=lea")


def test_a_small_board_has_no_pages(crew: Crew, race: Challenge) -> None:
    client = client_of(crew.admin)
    html = client.get(reverse("challenges:page", args=[race.pk])).content.decode()

    assert "Zed 19" in text_of(html)
    assert 'role="search"' not in html
    assert "page 1 of" not in text_of(html)
