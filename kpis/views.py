"""Pages of this room: rankings, why a figure is what it is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from common.numbers import whole
from common.paging import paged_list
from kpis import presenters, queries
from kpis.choices import BY_LABELS
from kpis.engine.grouping import RECORDS
from kpis.forms import kpi_choices
from kpis.queries.boards import OPEN_TO_ALL
from kpis.windows import window_of
from people import access
from people.models import Person
from people.queries import company


@access.needs("anyone")
def leaderboard(request: HttpRequest) -> HttpResponse:
    """Any KPI over any window; the fragment alone for htmx."""
    page = _board_page(request)
    template = "kpis/board.html" if _is_fragment(request) else "kpis/leaderboard.html"
    return render(request, template, page)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _board_page(request: HttpRequest) -> dict[str, Any]:
    viewer, settings = access.viewer_in(request), company()
    window = window_of(request.GET, viewer.day, settings.fiscal_year_start_month)
    known = queries.catalogue(window.period.last)
    if not known.kpis:
        return {"board": None}
    key = request.GET.get("kpi", "")
    key = key if key in known.kpis else _first_kpi(known)
    by = request.GET.get("by", "person")
    by = by if by in BY_LABELS else "person"
    board = queries.leaderboard(key, window.period, by, viewer=viewer, known=known)
    here = {"kpi": key, "by": by, **window.query()}
    scope = access.figures_scope(viewer, window.period)
    places, pages = paged_list(request, range(len(board.rows)))
    return {
        "board": board,
        "kpi_name": board.kpi.name,
        "note": board.kpi.note,
        "title": presenters.window_title(window),
        "lines": presenters.board_lines(board, scope, settings.currency, places),
        "pages": pages,
        "of_records": by in RECORDS,
        "of_open_figures": by not in OPEN_TO_ALL and not scope.everyone,
        "my_rank": board.my_row.rank if board.my_row else None,
        "entrants": board.entrants,
        "tabs": presenters.board_tabs(board, window),
        "kpis": kpi_choices(known),
        "by": by,
        "by_choices": list(BY_LABELS.items()),
        "key": key,
        "hidden_fields": {k: v for k, v in window.query().items() if k not in ("from", "until")}
        if window.kind != "custom"
        else {"window": "custom"},
        "custom": window.query() if window.kind == "custom" else None,
        "here": presenters.address("kpis:leaderboard", here | _page_asked(request)),
        "before": presenters.address(
            "kpis:leaderboard", here | window.moved(forward=False).query()
        ),
        "after": presenters.address("kpis:leaderboard", here | window.moved(forward=True).query()),
    }


def _page_asked(request: HttpRequest) -> dict[str, str]:
    page = whole(request.GET.get("page", ""))
    return {"page": str(page)} if page else {}


def _first_kpi(known: queries.Catalogue) -> str:
    return "revenue_booked" if "revenue_booked" in known.kpis else next(iter(known.kpis))


@access.needs("anyone")
def explain(request: HttpRequest, kpi_key: str, person_id: int) -> HttpResponse:
    """Why a person's figure is what it is: formula, metrics, records."""
    viewer, settings = access.viewer_in(request), company()
    window = window_of(request.GET, viewer.day, settings.fiscal_year_start_month)
    access.require(access.can_see_person_figures(viewer, person_id, window.period))
    known = queries.catalogue(window.period.last)
    access.require(kpi_key in known.kpis)
    person = get_object_or_404(Person, pk=person_id)
    rows = queries.many_kpi_values(
        [kpi_key], period=window.period, person_ids=[person_id], known=known
    )
    info = known.kpi(kpi_key)
    records = queries.records_behind(kpi_key, person_id, window.period)
    deals = queries.deals_behind(kpi_key, person_id, window.period)
    context = {
        "base": "drawer.html" if _is_fragment(request) else "base.html",
        "person_name": person.name,
        "info": info,
        "title": presenters.window_title(window),
        "steps": presenters.explanation(info, known, rows[0] if rows else None, settings.currency),
        "tables": presenters.record_tables(
            records, known, settings.currency, get_language() or "en"
        ),
        "deals": presenters.deal_rows(deals, settings.currency),
    }
    return render(request, "kpis/explain.html", context)
