"""Long lists, one page at a time: no list ends without saying so."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

M = TypeVar("M", bound=Model)
T = TypeVar("T")
SIZE = 50


def paged(
    request: HttpRequest, rows: QuerySet[M], size: int = SIZE
) -> tuple[list[M], dict[str, str]]:
    """The rows of the page that `?page=` asks for, and what `c-pager` shows; {} for a single page.

    `rows` are ordered. A page that is no number is the first, one beyond the end the last. One
    query to count, one for the rows.
    """
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    return list(page), _around(request, page)


def paged_list(
    request: HttpRequest, rows: Sequence[T], size: int = SIZE
) -> tuple[list[T], dict[str, str]]:
    """The same of a sequence: rows that are here, or that it asks the database for."""
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    return list(page), _around(request, page)


def _around(request: HttpRequest, page: Page[Any]) -> dict[str, str]:
    count = page.paginator.num_pages
    if count < 2:
        return {}
    return {
        "before": _address(request, page.number - 1) if page.has_previous() else "",
        "after": _address(request, page.number + 1) if page.has_next() else "",
        "text": _("page %(page)s of %(pages)s") % {"page": page.number, "pages": count},
    }


def _address(request: HttpRequest, number: int) -> str:
    asked: Any = request.GET.copy()
    asked["page"] = str(number)
    return f"?{asked.urlencode()}"
