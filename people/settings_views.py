"""Pages of settings: the company's, its working calendar, one's own."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.http import require_POST

from common.forms import saved
from people import access, listing, presenters, queries, services
from people.access import Area
from people.forms import CompanyForm


@access.configures(Area.COMPANY)
def company(request: HttpRequest) -> HttpResponse:
    """The settings of the company."""
    known = queries.company()
    form = CompanyForm(request.POST or None, initial=presenters.company_initial(known))
    if known.is_set_up:
        # amounts and days that are stored already depend on these two
        form.fix(known)
    if request.method == "POST" and _set_up(request, form):
        messages.success(request, _("The settings are saved."))
        return redirect("people:company")
    return render(request, "people/company.html", {"form": form, "is_set_up": known.is_set_up})


def _set_up(request: HttpRequest, form: CompanyForm) -> bool:
    actor = access.actor_in(request)
    done = saved(form, lambda: services.set_up_company(actor=actor, **form.cleaned_data))
    return done is not None


@access.needs("anyone")
def calendar(request: HttpRequest) -> HttpResponse:
    """Working days and public holidays of a year."""
    known = queries.company()
    this_year = access.viewer_in(request).day.year
    year = min(max(_year(request, this_year), this_year - 10), this_year + 2)
    context = {
        "year": str(year),
        "before": str(year - 1),
        "after": str(year + 1),
        "months": presenters.calendar_months(known, year),
        "holidays": presenters.public_holidays(known, year),
        "facts": presenters.company_facts(known),
    }
    return render(request, "people/calendar.html", context)


def _year(request: HttpRequest, default: int) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else default


@access.needs("anyone")
def me(request: HttpRequest) -> HttpResponse:
    """My sign-in, my places, language and colours."""
    user = access.actor_in(request)
    places = listing.places_of(user.person_id) if user.person_id else []
    context = {
        "name": user.name,
        "facts": presenters.sign_in_facts(user),
        "events": presenters.place_events(places, presenters.role_names()),
    }
    return render(request, "people/me.html", context)


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """The language of the pages: kept with the sign-in, and in the cookie for the sign-in page."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in services.LANGUAGES:
        services.set_language(actor=access.actor_in(request), language=language)
    return i18n.set_language(request)
