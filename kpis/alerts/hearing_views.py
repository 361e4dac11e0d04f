"""Pages of how alerts are heard: one's own wishes and mutes, the company's webhooks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import saved
from common.numbers import whole
from common.paging import paged
from kpis.alerts import presenters, queries, services
from kpis.alerts.forms import HookForm, WishesForm
from kpis.alerts.services import HookInput
from kpis.models import Webhook
from people import access


@access.needs("manager", "executive")
def wishes(request: HttpRequest) -> HttpResponse:
    """By mail or not, when, and what is muted."""
    viewer, user = access.viewer_in(request), access.actor_in(request)
    held = queries.wishes_of(user.pk)
    names = ("by_mail", "of_reviews", "digest_at", "quiet_from", "quiet_until")
    form = WishesForm(request.POST or None, initial={name: getattr(held, name) for name in names})
    if request.method == "POST":
        done = saved(form, lambda: services.keep_wishes(actor=user, **form.cleaned_data))
        if done is not None:
            return redirect("kpis:alert_wishes")
    context = {
        "form": form,
        "back": reverse("kpis:alerts" if viewer.is_manager else "cockpit:reviews"),
        "mutes": presenters.mute_rows(queries.mutes_of(user.pk, viewer.day)),
    }
    return render(request, "kpis/alerts/wishes.html", context)


@access.needs("manager")
def unmute(request: HttpRequest, mute_id: int) -> HttpResponse:
    """Hear again."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    services.unmute(actor=access.actor_in(request), mute_id=mute_id)
    return redirect("kpis:alert_wishes")


@access.needs("admin")
def hooks(request: HttpRequest) -> HttpResponse:
    """The webhooks and what became of their messages."""
    log, pages = paged(request, queries.webhook_log())
    context = {
        "rows": presenters.hook_rows(queries.webhooks()),
        "log": presenters.log_rows(log),
        "pages": pages,
    }
    return render(request, "kpis/alerts/hooks.html", context)


@access.needs("admin")
def hook_new(request: HttpRequest) -> HttpResponse:
    """A new webhook."""
    viewer = access.viewer_in(request)
    form = HookForm(request.POST or None).offer(presenters.team_choices(viewer))
    if form.is_bound:
        done = saved(form, lambda: _add(request, form))
        if done is not None:
            return redirect("kpis:alert_hooks")
    context = {
        "title": _("New webhook"),
        "lead": _("Names and links are sent, never a figure, and no signs of demotivation."),
        "submit": _("Keep the webhook"),
        "back": reverse("kpis:alert_hooks"),
        "form": form,
    }
    return render(request, "people/form.html", context)


def _add(request: HttpRequest, form: HookForm) -> Webhook:
    data = form.cleaned_data
    hook = HookInput(data["name"], data["url"], data["form"], data["language"], whole(data["team"]))
    return services.add_webhook(actor=access.actor_in(request), hook=hook)


@access.needs("admin")
def hook_remove(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """No message to it any more."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    found = get_object_or_404(Webhook, pk=webhook_id)
    services.remove_webhook(actor=access.actor_in(request), webhook_id=found.pk)
    return redirect("kpis:alert_hooks")
