"""The pages of the forecast."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activities.choices import Stage
from common.forms import saved
from common.issues import message_of
from kernel.issues import Invalid
from kpis.calc.forecast.book import ORDER
from kpis.forecast import presenters, queries, services, showing
from kpis.forecast.forms import OddsForm
from kpis.forecast.queries import COMPANY
from people import access
from people.access import Area


@access.needs("anyone")
def forecast(request: HttpRequest) -> HttpResponse:
    """What a period will bring: the range, what it is made of, how far to trust it."""
    viewer = access.viewer_in(request)
    window = showing.asked_window(request.GET, viewer)
    group = showing.asked_group(request.GET.get("of", ""), viewer)
    access.require(group is not None and showing.may_see(viewer, group, window))
    context = showing.page_of(viewer, window, group or COMPANY)
    is_fragment = bool(getattr(request, "htmx", False))
    template = "kpis/forecast_body.html" if is_fragment else "kpis/forecast.html"
    return render(request, template, context)


@access.page(showing.may_ask)
@require_POST
def forecast_ask(request: HttpRequest) -> HttpResponse:
    """Have the forecast of a period made anew; the page shows it as soon as it is there."""
    viewer = access.viewer_in(request)
    window = showing.asked_window(request.POST, viewer)
    group = showing.asked_group(request.POST.get("of", ""), viewer) or COMPANY
    access.require(showing.may_see(viewer, group, window))
    try:
        services.ask_forecast(window.period)
        messages.info(request, _("Being calculated. The page shows it as soon as it is there."))
    except Invalid as invalid:
        messages.error(request, " ".join(message_of(issue) for issue in invalid.issues))
    return redirect(presenters.forecast_address(window, group))


@access.configures(Area.KPIS)
def forecast_odds(request: HttpRequest, stage: str) -> HttpResponse:
    """State how likely a deal of a stage is won, or take it back."""
    access.require(stage in ORDER)
    form = OddsForm(request.POST or None)
    done = saved(form, lambda: _state(request, stage, form)) if form.is_bound else None
    if done is not None:
        return redirect("kpis:forecast")
    context = {
        "name": Stage(stage).label,
        "form": form,
        "events": presenters.stated_events(queries.stated(stage)),
    }
    return render(request, "kpis/forecast_odds.html", context)


def _state(request: HttpRequest, stage: str, form: OddsForm) -> object:
    return services.state_odds(
        actor=access.actor_in(request),
        stage=stage,
        probability=form.cleaned_data["percent"],
        reason=form.cleaned_data["reason"],
    )
