"""Pages of a long list: complete, in order, and said so."""

import pytest
from django.test import RequestFactory
from django.utils.translation import override

from common.paging import paged, paged_list
from people.models import Team


@pytest.fixture
def teams(db: None) -> None:
    Team.objects.bulk_create(Team(key=f"t{at:02}", name=f"Team {at:02}") for at in range(7))


def page(query: str) -> tuple[list[str], dict[str, str]]:
    with override("en"):
        rows, pages = paged(
            RequestFactory().get(f"/x/?{query}"), Team.objects.order_by("key"), size=3
        )
    return [one.key for one in rows], pages


def test_pages_follow_each_other_and_keep_what_was_asked(teams: None) -> None:
    assert page("show=ended") == (
        ["t00", "t01", "t02"],
        {"before": "", "after": "?show=ended&page=2", "text": "page 1 of 3"},
    )
    assert page("page=3&show=a%26b") == (
        ["t06"],
        {"before": "?page=2&show=a%26b", "after": "", "text": "page 3 of 3"},
    )


@pytest.mark.parametrize(
    ("asked", "number"), [("", 1), ("x", 1), ("0", 3), ("99", 3), ("9" * 5000, 1)]
)
def test_an_odd_page_is_the_nearest_one(teams: None, asked: str, number: int) -> None:
    assert page(f"page={asked}")[1]["text"] == f"page {number} of 3"


def test_a_short_list_has_no_pages(db: None) -> None:
    assert page("") == ([], {})


def test_rows_that_are_here_have_the_same_pages() -> None:
    with override("en"):
        rows, pages = paged_list(RequestFactory().get("/x/?page=2"), range(7), size=3)

    assert rows == [3, 4, 5]
    assert pages == {"before": "?page=1", "after": "?page=3", "text": "page 2 of 3"}
    assert paged_list(RequestFactory().get("/x/"), range(3), size=3) == ([0, 1, 2], {})
