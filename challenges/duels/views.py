"""Pages of duels: the list, proposing one, answering one."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from challenges import services as challenges
from challenges.duels import presenters, queries, services
from challenges.duels.forms import DeclineForm, DuelForm, HouseRulesForm, StopForm
from challenges.models import DuelProposal
from common.forms import saved
from common.issues import message_of, remedy_of
from kernel.issues import Invalid
from kpis.queries.catalogue import catalogue
from kpis.queries.versions import countable_metrics
from people import access
from people.access import Area, Viewer
from people.models import Person
from people.queries import company

FIRST_METRIC = "calls"


@access.needs("rep", "manager", "admin")
def duels(request: HttpRequest) -> HttpResponse:
    """One's own, and those of people whom one leads."""
    viewer, now = access.viewer_in(request), timezone.now()
    known = catalogue(viewer.day)
    context = {
        "groups": presenters.groups(queries.listed_duels(viewer, now), viewer, known, now),
        "may_propose": _sells(viewer),
        "topic": f"duels:{viewer.person_id}" if viewer.person_id else "",
        "may_state": access.can_configure(viewer, Area.COMPANY),
    }
    return render(request, "challenges/duels/list.html", context)


def _sells(viewer: Viewer) -> bool:
    return viewer.person_id is not None and bool(queries.place_on(viewer.person_id, viewer.day))


@access.needs("rep")
def propose(request: HttpRequest) -> HttpResponse:
    """Only for who sells: whom, about what, how long."""
    viewer, rules = access.viewer_in(request), queries.house_rules()
    access.require(_sells(viewer))
    found = queries.rivals(viewer.person_id or 0, viewer.day, rules)
    form = DuelForm(request.POST or None, initial=_initial(request))
    known = catalogue(viewer.day)
    offered = presenters.choices_of(found, countable_metrics(known), known)
    form.offer(points=rules.duel_points, **offered)
    if request.method == "POST":
        duel = saved(form, lambda: _propose(request, viewer, form.cleaned_data))
        if duel is not None:
            messages.success(request, _("Proposed. You hear as soon as there is an answer."))
            return redirect("challenges:duel", duel.pk)
    time = presenters.time_to_answer(rules.duel_minutes)
    context = {"form": form, "rivals": len(found), "time": time}
    return render(request, "challenges/duels/new.html", context)


def _initial(request: HttpRequest) -> dict[str, str]:
    return {"opponent": request.GET.get("with", ""), "metric": FIRST_METRIC}


def _propose(request: HttpRequest, viewer: Viewer, data: dict[str, Any]) -> DuelProposal:
    people = Person.objects.in_bulk([viewer.person_id, data["opponent"]])
    return services.propose_duel(
        actor=access.actor_in(request),
        proposer=people[viewer.person_id or 0],
        opponent=people[data["opponent"]],
        metric=data["metric"],
        days=data["days"],
        wager=data.get("wager", False),
        words=data["words"],
    )


@access.needs("rep", "manager", "admin")
def duel(request: HttpRequest, duel_id: int) -> HttpResponse:
    """One proposal, with what the reader can do about it."""
    viewer, now = access.viewer_in(request), timezone.now()
    found = _seen(viewer, duel_id)
    page = presenters.page_of(found, viewer, catalogue(viewer.day), now)
    context = {**page, "decline": DeclineForm(), "stop": StopForm()}
    return render(request, "challenges/duels/duel.html", context)


def _seen(viewer: Viewer, duel_id: int) -> DuelProposal:
    rows = queries.visible_duels(viewer).select_related(
        "proposer__challenge_face", "opponent__challenge_face", "challenge"
    )
    found = rows.filter(pk=duel_id).first()
    if found is None:
        raise Http404
    return found


@access.needs("rep", "manager", "admin")
def act(request: HttpRequest, duel_id: int, verb: str) -> HttpResponse:
    """Accept, decline, withdraw or stop: each only for whom it concerns, otherwise 404."""
    viewer = access.viewer_in(request)
    found = _seen(viewer, duel_id)
    access.require(_may(viewer, found, verb))
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    form, work = _work(request, found, verb)
    if not form.is_valid():
        messages.error(
            request, " ".join(str(text) for said in form.errors.values() for text in said)
        )
        return redirect("challenges:duel", found.pk)
    try:
        work(form.cleaned_data)
    except Invalid as invalid:
        said = [f"{message_of(one)} {remedy_of(one)}" for one in invalid.issues]
        messages.error(request, " ".join(said))
        return redirect("challenges:duel", found.pk)
    found.refresh_from_db()
    if verb == "accept" and found.challenge_id:
        messages.success(request, _("Accepted: it runs from now on. Both start at zero."))
        return redirect("challenges:page", found.challenge_id)
    messages.success(request, _("Done."))
    return redirect("challenges:duel", found.pk)


def _may(viewer: Viewer, found: DuelProposal, verb: str) -> bool:
    match verb:
        case "accept" | "decline":
            return viewer.person_id == found.opponent_id
        case "withdraw":
            return viewer.person_id == found.proposer_id
        case "stop":
            return queries.may_stop(viewer, found)
    return False


def _work(
    request: HttpRequest, found: DuelProposal, verb: str
) -> tuple[forms.Form, Callable[[dict[str, Any]], object]]:
    """The form that a verb reads, and the service that does it."""
    named: dict[str, tuple[type[forms.Form], Callable[..., object]]] = {
        "accept": (forms.Form, services.accept_duel),
        "decline": (DeclineForm, services.decline_duel),
        "withdraw": (forms.Form, services.withdraw_duel),
        "stop": (StopForm, services.stop_duel),
    }
    form_of, service = named[verb]
    actor = access.actor_in(request)
    return form_of(request.POST), lambda data: service(actor=actor, duel_id=found.pk, **data)


@access.needs("rep")
def news(request: HttpRequest) -> HttpResponse:
    """The live fragment: what is new about my duels."""
    viewer = access.viewer_in(request)
    return render(request, "challenges/duels/news.html", news_of(viewer))


def news_of(viewer: Viewer) -> dict[str, Any]:
    """What the fragment shows, also on other pages. One query."""
    now = timezone.now()
    found = queries.duel_news(viewer.person_id, now)
    return {"duel_news": presenters.news_rows(found, viewer, now), "duel_person": viewer.person_id}


@access.configures(Area.COMPANY)
def house_rules(request: HttpRequest) -> HttpResponse:
    """What the company states about duels and celebrations."""
    known = queries.house_rules()
    currency = company().currency
    form = HouseRulesForm(request.POST or None, initial=HouseRulesForm.initial_of(known, currency))
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form, lambda: challenges.state_house_rules(actor=actor, **form.values(currency))
        )
        if done is not None:
            messages.success(request, _("The settings are saved."))
            return redirect("challenges:house_rules")
    return render(request, "challenges/duels/house_rules.html", {"form": form})
