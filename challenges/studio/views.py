"""Pages of this room that change: the form with its preview, and the verbs of a challenge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from challenges import rights, services
from challenges.boards import presenters
from challenges.boards.views import words_of
from challenges.gathering.inputs import latest_rules
from challenges.models import Challenge
from challenges.services.creating import read_draft
from challenges.services.versions import document_of
from challenges.studio.forms import (
    BasedOnForm,
    ChallengeForm,
    Choices,
    ConfirmForm,
    DocumentForm,
    ExtendForm,
    ReasonForm,
    TargetsForm,
    can_say,
    initial_of,
)
from common.forms import saved
from common.labels import label
from kernel.issues import Invalid
from kpis.queries.catalogue import catalogue
from kpis.queries.versions import countable_metrics
from people import access
from people.access import Area, Viewer
from people.queries import company, roles, team_tree

BEFORE_START = ("draft", "scheduled")
AMENDING = ("refresh_targets", "reason", "based_on")


def _form(request: HttpRequest, **options: Any) -> ChallengeForm:
    return _offered(request, ChallengeForm(request.POST or None, **options))


def _offered(request: HttpRequest, form: ChallengeForm) -> ChallengeForm:
    known = catalogue(access.viewer_in(request).day)
    metrics = [(key, known.metrics[key].name) for key in countable_metrics(known)]
    return form.offer(metric=metrics, **audiences(request))


def audiences(request: HttpRequest) -> dict[str, Choices]:
    """Whom the viewer may let play: choices of teams and of roles."""
    jobs = [(one.key, label(one.name_fr, one.name_en)) for one in roles() if not one.leads]
    return {"teams": _teams(access.viewer_in(request)), "roles": jobs}


def _teams(viewer: Viewer) -> Choices:
    """The teams that the viewer may let play."""
    return [
        (team.key, " / ".join(team.path))
        for team in team_tree()
        if rights.may_play_with(viewer, [team.id])
    ]


@access.configures(Area.CHALLENGES)
def new(request: HttpRequest) -> HttpResponse:
    """A draft."""
    form = _form(request, initial={"winners": 3, "format": "most", "metric": "revenue"})
    if request.method == "POST":
        made = _saved(form, lambda: _create(request, form))
        if made is not None:
            messages.success(request, _("The draft is saved. Read its rules, then launch it."))
            return redirect("challenges:page", made.pk)
    return _form_page(request, form, title=_("New challenge"))


def _create(request: HttpRequest, form: ChallengeForm) -> Challenge:
    return services.create_challenge(
        actor=access.actor_in(request),
        document=form.document(company().currency),
        team_keys=form.cleaned_data["teams"],
        role_keys=form.cleaned_data["roles"],
    )


def _saved(form: ChallengeForm, work: Callable[[], Challenge]) -> Challenge | None:
    if not form.is_valid():
        return None
    try:
        return work()
    except Invalid as invalid:
        form.take_issues(invalid)
        return None


def _form_page(request: HttpRequest, form: ChallengeForm, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "what": [form[name] for name in ("name", "format", "metric", "target")],
        "who": [form[name] for name in ("who", "teams", "roles") if name in form.fields],
        "when": [form[name] for name in ("starts_at", "ends_at")],
        "ranking": [form[name] for name in ("minimum", "winners", "ties")],
        "prizes": [form[n] for n in ("prize_kind", "prize_1", "prize_2", "prize_3", "budget")],
        "later": [form[n] for n in ("after_official", *AMENDING) if n in form.fields],
        **more,
    }
    return render(request, "challenges/form.html", context)


@access.configures(Area.CHALLENGES)
def preview(request: HttpRequest) -> HttpResponse:
    """What the form says, in plain words, or what it lacks; nothing is stored. `?challenge=` names
    the one that would be changed."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    form, base, teams = _form(request), None, None
    changed = request.GET.get("challenge", "")
    if changed.isdecimal():
        challenge = changed_challenge(request, int(changed))
        base, teams = document_of(challenge), _team_keys(challenge)
        _fit(form, challenge)
    sentences: list[str] = []
    if form.is_valid():
        try:
            draft = read_draft(
                form.document(company().currency, base),
                team_keys=form.cleaned_data.get("teams", teams),
            )
            sentences = words_of(draft.rules).rulebook(presenters.language())
        except Invalid as invalid:
            form.take_issues(invalid)
    return render(request, "challenges/preview.html", {"sentences": sentences, "form": form})


def changed_challenge(request: HttpRequest, challenge_id: int) -> Challenge:
    """The challenge, when who asks may change it; otherwise 404."""
    challenge = get_object_or_404(Challenge, pk=challenge_id)
    access.require(rights.can_change(access.viewer_in(request), challenge))
    return challenge


@access.configures(Area.CHALLENGES)
def change(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """Before the start anything may change; afterwards only with a reason, seen by all."""
    challenge = changed_challenge(request, challenge_id)
    access.require(challenge.state in (*BEFORE_START, "live", "provisional"))
    document = document_of(challenge)
    initial = initial_of(document, _team_keys(challenge), challenge.role_keys)
    filled_in = _offered(request, ChallengeForm(initial))
    if not can_say(filled_in, document, company().currency):
        return _change_document(request, challenge)
    form = _form(request, initial=initial)
    _fit(form, challenge)
    if request.method == "POST":
        done = _saved(
            form,
            lambda: _change(request, challenge, form, form.document(company().currency, document)),
        )
        if done is not None:
            return _changed(request, challenge)
    return _form_page(request, form, title=_title(challenge), challenge_id=challenge.pk)


def _change_document(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    """The same for rules that the form cannot say: it would lose what it does not show."""
    form = DocumentForm(
        request.POST or None, initial={"document": latest_rules(challenge).document}
    )
    _fit(form, challenge)
    if request.method == "POST":
        done = saved(form, lambda: _change(request, challenge, form, form.cleaned_data["document"]))
        if done is not None:
            return _changed(request, challenge)
    context = {"form": form, "title": _title(challenge), "challenge_id": challenge.pk}
    return render(request, "challenges/document.html", context)


def _changed(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    messages.success(request, _("The rules are changed."))
    return redirect("challenges:page", challenge.pk)


def _title(challenge: Challenge) -> str:
    return _("Amend the rules") if _amends(challenge) else _("Change the challenge")


def _amends(challenge: Challenge) -> bool:
    return challenge.state not in BEFORE_START


def _team_keys(challenge: Challenge) -> list[str]:
    return list(challenge.teams.order_by("name").values_list("key", flat=True))


def _fit(form: forms.Form, challenge: Challenge) -> None:
    """The version that it starts from; an amendment keeps who plays, and wants a reason."""
    form.fields["based_on"] = BasedOnForm.base_fields["based_on"]
    form.initial["based_on"] = latest_rules(challenge).number
    if _amends(challenge):
        for name in ("teams", "roles"):
            form.fields.pop(name, None)
        form.fields["refresh_targets"] = TargetsForm.base_fields["refresh_targets"]
        form.fields["reason"] = ReasonForm.base_fields["reason"]


def _change(
    request: HttpRequest,
    challenge: Challenge,
    form: forms.Form,
    wanted: Mapping[str, object] | str,
) -> Challenge:
    actor, data = access.actor_in(request), form.cleaned_data
    if _amends(challenge):
        return services.amend_challenge(
            actor=actor,
            challenge=challenge,
            document=wanted,
            reason=data["reason"],
            refresh_targets=data["refresh_targets"],
            based_on=data["based_on"],
        )
    return services.change_draft(
        actor=actor,
        challenge=challenge,
        document=wanted,
        team_keys=data.get("teams", _team_keys(challenge)),
        role_keys=data.get("roles", challenge.role_keys),
        based_on=data["based_on"],
    )


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that can be done to a challenge: how it is asked for and which service does it."""

    title: str | Promise
    lead: str | Promise
    form: type[forms.Form]
    work: Callable[..., Challenge]


VERBS: dict[str, Verb] = {
    "launch": Verb(
        gettext_lazy("Launch"),
        gettext_lazy("Everybody in the teams sees it, and it starts by itself."),
        ConfirmForm, services.launch,
    ),
    "pause": Verb(
        gettext_lazy("Pause"),
        gettext_lazy("What happens in the pause does not count; the end moves by its length."),
        ReasonForm, services.pause,
    ),
    "resume": Verb(
        gettext_lazy("Resume"),
        gettext_lazy("From now on everything counts again; the end moves by the pause."),
        ConfirmForm, services.resume,
    ),
    "extend": Verb(
        gettext_lazy("Extend"), gettext_lazy("A later end, for everybody."),
        ExtendForm, services.extend_challenge,
    ),
    "close": Verb(
        gettext_lazy("Close now"),
        gettext_lazy("It ends at this moment. The result stays provisional until the cut-off."),
        ReasonForm, services.close_challenge,
    ),
    "official": Verb(
        gettext_lazy("Make official"),
        gettext_lazy("The board is recomputed a last time; then the result is signed by you."),
        ConfirmForm, services.make_official,
    ),
    "reveal": Verb(
        gettext_lazy("Reveal"),
        gettext_lazy("From now on everybody sees the final board."),
        ConfirmForm, services.reveal,
    ),
    "cancel": Verb(
        gettext_lazy("Cancel the challenge"),
        gettext_lazy("There is no result and no prize. This cannot be undone."),
        ReasonForm, services.cancel_challenge,
    ),
}  # fmt: skip


@access.configures(Area.CHALLENGES)
def act(request: HttpRequest, challenge_id: int, verb: str) -> HttpResponse:
    """Ask, with a reason where others must know it; then do it."""
    challenge = changed_challenge(request, challenge_id)
    if verb not in VERBS:
        raise Http404
    chosen = VERBS[verb]
    form = chosen.form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form, lambda: chosen.work(actor=actor, challenge=challenge, **form.cleaned_data)
        )
        if done is not None:
            messages.success(request, _("Done."))
            return redirect("challenges:page", challenge.pk)
    context = {
        "form": form,
        "title": chosen.title,
        "lead": chosen.lead,
        "danger": verb in ("cancel", "close"),
        "challenge_id": challenge.pk,
    }
    return render(request, "challenges/act.html", context)
