"""Pages of reviews: which are due, one of them, what is decided in it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cockpit.reviews import listing, pages, printing
from cockpit.reviews.forms import DecisionForm
from cockpit.reviews.words import address_of, state_cells
from common.forms import saved
from common.issues import text_of
from common.numbers import whole
from common.paging import paged_list
from common.printing import compiled
from kernel.issues import Invalid
from kpis.alerts.forms import OutcomeForm
from kpis.calc.reviews import Ritual, State, due_period, state_of
from kpis.reviews import queries, services
from kpis.reviews.queries import Sitting
from people import access
from people import queries as people
from people.access import Viewer

FARTHEST_YEARS = 100
PAGE = 25


@access.page(queries.reads_any)
def reviews(request: HttpRequest) -> HttpResponse:
    """The reviews that are due, the decisions that are open, and the reviews of one team."""
    viewer = access.viewer_in(request)
    chosen = _chosen(request, viewer)
    mine = queries.held_by_viewer(viewer)
    decisions = queries.open_decisions(mine, owner_id=viewer.person_id)
    shown, around = paged_list(request, listing.slots_shown(viewer, chosen), PAGE)
    context = {
        "holds": bool(mine),
        "due": listing.due_rows(viewer),
        "decisions": pages.decision_rows(decisions, viewer),
        "tabs": listing.tabs_of(viewer, chosen),
        "name": listing.names_of([chosen])[chosen],
        "rows": listing.slot_rows(shown, chosen),
        "pages": around,
    }
    return render(request, "cockpit/reviews/list.html", context)


def _chosen(request: HttpRequest, viewer: Viewer) -> int | None:
    """Whose reviews are asked for; at first those that the viewer holds."""
    if asked := request.GET.get("of", ""):
        return _whose(viewer, asked)
    mine = queries.held_by_viewer(viewer)
    return (mine or queries.scopes_of(viewer))[0]


def _whose(viewer: Viewer, of: str) -> int | None:
    """The team (None: the company) of an address; 404 where the viewer may not read."""
    team_id = None if of == "company" else whole(of.removeprefix("team-"))
    access.require(of == "company" or (team_id is not None and of == f"team-{team_id}"))
    access.require(queries.may_read(viewer, team_id))
    access.require(team_id is None or any(one.id == team_id for one in people.team_tree()))
    return team_id


def _sitting(request: HttpRequest, of: str, kind: str, start: str) -> Sitting:
    """The review of an address: its first day begins days of its kind, and has come."""
    viewer = access.viewer_in(request)
    team_id = _whose(viewer, of)
    try:
        ritual, day = Ritual(kind), date.fromisoformat(start)
    except ValueError:
        raise Http404 from None
    access.require(ritual in queries.rituals_of(team_id))
    access.require(0 <= viewer.day.year - day.year <= FARTHEST_YEARS and day <= viewer.day)
    found = queries.sitting_on(ritual, day, team_id)
    if found is None or start != day.isoformat():
        raise Http404
    return found


@access.page(queries.reads_any)
def review(request: HttpRequest, of: str, kind: str, start: str) -> HttpResponse:
    """One review; who holds it decides here."""
    viewer = access.viewer_in(request)
    sitting = _sitting(request, of, kind, start)
    holds = queries.may_hold(viewer, sitting.team_id)
    found = queries.review_of(sitting)
    is_held = found is not None and found.held_at is not None
    is_open = holds and not is_held and sitting.period.end <= viewer.day
    form = DecisionForm(request.POST or None)
    if is_open:
        form.offer(viewer.person_id, **pages.choices_of(viewer, sitting))
    if request.method == "POST":
        access.require(holds)
        if not is_open:
            # somebody has held it meanwhile
            for issue in services.issues_of(sitting, is_held=is_held):
                messages.error(request, text_of(issue))
        elif saved(form, lambda: _decide(request, sitting, form)) is not None:
            messages.success(request, _("The decision is noted."))
            return redirect(f"{request.path}#decisions")
    context = {
        **pages.shown(viewer, sitting, get_language() or "en"),
        **pages.head_of(sitting, found),
        **_state(sitting, viewer, is_held=is_held),
        "holds": holds,
        "is_open": is_open,
        "decisions": pages.decision_rows(queries.decisions_of(found), viewer) if holds else [],
        "form": form,
    }
    return render(request, "cockpit/reviews/review.html", context)


def _state(sitting: Sitting, viewer: Viewer, *, is_held: bool) -> dict[str, Any]:
    """What has become of it; nothing to say of days before the first review that was held."""
    first_month = people.company().fiscal_year_start_month
    due = due_period(sitting.ritual, viewer.day, first_month)
    state = state_of(sitting.period, is_held, due)
    if state is State.MISSED and queries.review_before(sitting) is None:
        return {}
    return state_cells(state)


def _decide(request: HttpRequest, sitting: Sitting, form: DecisionForm) -> Any:
    return services.record_decision(
        actor=access.actor_in(request), sitting=sitting, decision=form.decision()
    )


@access.page(queries.reads_any)
@require_POST
def review_hold(request: HttpRequest, of: str, kind: str, start: str) -> HttpResponse:
    """Close the review with the page as it stands now."""
    viewer = access.viewer_in(request)
    sitting = _sitting(request, of, kind, start)
    access.require(queries.may_hold(viewer, sitting.team_id))
    try:
        services.hold_review(
            actor=access.actor_in(request), sitting=sitting,
            kept=pages.kept_in_each_language(viewer, sitting),
        )  # fmt: skip
    except Invalid as invalid:
        for issue in invalid.issues:
            messages.error(request, text_of(issue))
    else:
        messages.success(request, _("The review is held; its figures are kept as they were."))
    return redirect(address_of(sitting))


@access.page(queries.reads_any)
def review_decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """What came of a decision."""
    found = queries.decision_of(decision_id)
    if found is None or not queries.may_close(access.viewer_in(request), found):
        raise Http404
    sitting = queries.sitting_of(found.review)
    form = OutcomeForm(request.POST or None)
    if form.is_bound and saved(form, lambda: _close(request, decision_id, form)):
        return redirect("cockpit:reviews")
    context = {
        "title": _("Close the decision"),
        "lead": found.note,
        "submit": _("Close the decision"),
        "back": address_of(sitting),
        "form": form,
    }
    return render(request, "people/form.html", context)


def _close(request: HttpRequest, decision_id: int, form: OutcomeForm) -> Any:
    return services.close_decision(
        actor=access.actor_in(request), decision_id=decision_id,
        outcome=form.cleaned_data["outcome"],
    )  # fmt: skip


@access.page(queries.reads_any)
def review_pdf(request: HttpRequest, of: str, kind: str, start: str, language: str) -> HttpResponse:
    """The review on paper, in one of the languages."""
    viewer = access.viewer_in(request)
    sitting = _sitting(request, of, kind, start)
    access.require(language in dict(settings.LANGUAGES))
    with override(language):
        data = printing.document_of(viewer, sitting, language)
    answer = HttpResponse(compiled(printing.TEMPLATE, data), content_type="application/pdf")
    name = f"review-{kind}-{start}-{language}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
