"""Pages of objectives: what is to be reached, how far it is, and the agreement on it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.paging import paged_list
from common.printing import compiled
from common.searching import holds
from kpis import services
from kpis.models import Objective
from kpis.objectives import acting, letters, presenters, queries
from kpis.objectives.past import chance_now
from kpis.objectives.queries import Tracked
from kpis.presenters import address, window_title
from kpis.windows import PageWindow, window_of
from people import access
from people import queries as people
from people.access import Area, Viewer

LONGEST_SEARCH = 80


@access.needs("rep", "manager", "admin")
def objectives(request: HttpRequest) -> HttpResponse:
    """Objectives that touch a month, of everybody whose figures are open to the viewer.

    Found by the name of whom they are for, 50 to a page.
    """
    viewer = access.viewer_in(request)
    month = window_of({"on": request.GET.get("on", "")}, viewer.day)
    show = request.GET.get("show", "")
    show = show if show in dict(presenters.TABS) else ""
    find = request.GET.get("find", "").strip()[:LONGEST_SEARCH]
    found = queries.objectives_of(month.period, viewer)
    named = [one for one in found if holds(one.who, find)]
    fitting = [one for one in named if presenters.fits(one, show)]
    shown, pages = paged_list(request, fitting)
    on, currency = month.period.start.isoformat(), people.company().currency
    waiting = queries.tracked(Objective.objects.filter(queries.waits_for(viewer)), viewer.day)
    context = {
        "rows": presenters.rows(shown, currency),
        "pages": pages,
        "find": find,
        "show": show,
        "on": on,
        "answers": presenters.rows(waiting, currency),
        "tabs": presenters.tabs(named, show, on, find),
        "together": presenters.together(found, viewer),
        "may_set": access.can_configure(viewer, Area.OBJECTIVES),
        "is_filtered": bool(show or find),
        "title": window_title(month),
        "before": _address(month.moved(forward=False), show, find),
        "after": _address(month.moved(forward=True), show, find),
    }
    return render(request, "kpis/objectives/list.html", context)


def _address(month: PageWindow, show: str, find: str) -> str:
    """The list with what is chosen."""
    query = {"on": month.period.start.isoformat(), "show": show, "find": find}
    return address("kpis:objectives", {key: value for key, value in query.items() if value})


def readable(request: HttpRequest, objective_id: int) -> Objective:
    """The objective, when it is open to the reader; else 404."""
    viewer = access.viewer_in(request)
    rows = Objective.objects.select_related("kpi", "person", "team", "role", "replaces")
    return get_object_or_404(rows.filter(queries.open_to(viewer)), pk=objective_id)


def _tracked(request: HttpRequest, objective_id: int) -> Tracked:
    found = readable(request, objective_id)
    rows = Objective.objects.filter(pk=found.pk).select_related("replaces", "evaluator")
    (one,) = queries.tracked(rows, access.viewer_in(request).day)
    return one


@access.needs("rep", "manager", "admin")
def objective(request: HttpRequest, objective_id: int) -> HttpResponse:
    """One objective: figure, pace, chance, what was said by whom, and what the reader may do."""
    viewer = access.viewer_in(request)
    one = _tracked(request, objective_id)
    steps = queries.steps_of(one.row)
    page = presenters.page(one, steps, _chance(one, viewer), people.company().currency)
    context = {
        "page": page,
        "signatures": presenters.signature_lines(queries.signatures_of(one.row)),
        "visits": presenters.visits(queries.visits_of(one.row)),
        "may": _may(one, viewer),
        "is_own": one.row.person_id == viewer.person_id and viewer.person_id is not None,
    }
    return render(request, "kpis/objectives/page.html", context)


def _chance(one: Tracked, viewer: Viewer) -> Any:
    person_id = one.row.person_id
    if one.kpi is None or person_id is None:
        return None
    return chance_now(person_id, one.kpi.key, one.period, one.target, one.value, viewer.day)


def _may(one: Tracked, viewer: Viewer) -> dict[str, bool]:
    """What the reader may do with this objective."""
    speaks = acting.speaks_for_company(one.row, viewer)
    waits = one.state in (Objective.Status.PROPOSED, Objective.Status.COUNTERED)
    accepted = one.state == Objective.Status.ACCEPTED
    return {
        "answer": acting.may_answer(one.row, viewer),
        "withdraw": speaks and (waits or accepted),
        "amend": speaks and accepted and one.kpi is not None,
        "score": accepted and one.kpi is None and acting.is_evaluator(one.row, viewer),
    }


@require_POST
@access.needs("rep", "manager", "admin")
def objective_accept(request: HttpRequest, objective_id: int) -> HttpResponse:
    """Sign what the other side has put on the table, if it is what the page showed."""
    found = readable(request, objective_id)
    access.require(acting.is_a_side(found, access.viewer_in(request)))
    acting.said(
        request,
        lambda: services.accept_objective(
            actor=access.actor_in(request), objective=found, terms=request.POST.get("terms", "")
        ),
        _("Accepted and signed."),
    )
    return redirect("kpis:objective", found.pk)


LETTER_LANGUAGES = frozenset(letters.LANGUAGES)


@access.needs("rep", "manager", "admin")
def objective_letter(request: HttpRequest, objective_id: int) -> HttpResponse:
    """The letter of an objective, in French or in English."""
    one = _tracked(request, objective_id)
    language = request.GET.get("language", "")
    language = language if language in LETTER_LANGUAGES else "fr"
    context = {
        "letter": _letter(one, language),
        "languages": [
            {"label": name, "url": f"?language={key}", "active": key == language}
            for key, name in letters.LANGUAGES.items()
        ],
        "back": reverse("kpis:objective", args=[one.row.pk]),
        "pdf": reverse("kpis:objective_letter_pdf", args=[one.row.pk, language]),
    }
    return render(request, "kpis/objectives/letter.html", context)


@access.needs("rep", "manager", "admin")
def objective_letter_pdf(request: HttpRequest, objective_id: int, language: str) -> HttpResponse:
    """The letter as a PDF, to be printed and kept."""
    one = _tracked(request, objective_id)
    access.require(language in LETTER_LANGUAGES)
    answer = HttpResponse(
        compiled(letters.TEMPLATE, _letter(one, language)), content_type="application/pdf"
    )
    name = f"objective-{one.row.pk}-{language}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _letter(one: Tracked, language: str) -> letters.Cells:
    # names of KPIs and roles are in the language of the letter, not of the reader
    with translation.override(language):
        (again,) = queries.tracked(
            Objective.objects.filter(pk=one.row.pk).select_related("replaces", "evaluator"),
            people.today(),
        )
    return letters.letter_of(again, queries.signatures_of(one.row), people.company(), language)
