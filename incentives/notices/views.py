"""Pages of notices: HR publishes them, payees read and confirm them, managers see who has not."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common.issues import message_of, remedy_of
from incentives import services
from incentives.models import Notice, PayPeriod
from incentives.notices import pages as notice_pages
from incentives.notices.queries import current_periods, is_replaced, notice_rows, notices_of
from kernel.issues import Invalid
from kernel.periods import Period
from people import access
from people.access import Viewer

Cells = dict[str, Any]
SHOWS = ("", "due", "unread", "late")


@access.configures(access.Area.PERIODS)
def period_notices(request: HttpRequest, period_id: int) -> HttpResponse:
    """Who was told the rules of a period, who has read them, who is late; a POST publishes."""
    found = get_object_or_404(PayPeriod, pk=period_id)
    if request.method == "POST":
        _publish(request, found)
        return redirect("incentives:period_notices", period_id)
    show = request.GET.get("show", "")
    access.require(show in SHOWS)
    context = notice_pages.period_page(found, notice_rows(found), show)
    return render(request, "incentives/period_notices.html", context)


def _publish(request: HttpRequest, period: PayPeriod) -> None:
    try:
        made = services.publish_notices(actor=access.actor_in(request), period_id=period.pk)
    except Invalid as invalid:
        _say(request, invalid)
        return
    text = ngettext("%(n)s notice is published.", "%(n)s notices are published.", len(made))
    messages.success(request, text % {"n": len(made)})


def _say(request: HttpRequest, invalid: Invalid) -> None:
    for issue in invalid.issues:
        messages.error(request, f"{message_of(issue)} {remedy_of(issue)}".strip())


@access.needs("rep")
def my_notices(request: HttpRequest) -> HttpResponse:
    """My rules and objectives, period by period: what is to be read first."""
    viewer = access.viewer_in(request)
    context = notice_pages.my_page(notices_of(viewer.person_id or 0))
    context["leads"] = viewer.is_manager
    return render(request, "incentives/my_notices.html", context)


@access.needs("anyone")
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """One notice in French or English; the payee confirms on it that they have read it."""
    rows = Notice.objects.select_related("person", "plan_version", "receipt")
    found = get_object_or_404(rows, pk=notice_id)
    viewer = access.viewer_in(request)
    access.require(may_read(viewer, found))
    is_own = found.person_id == viewer.person_id
    if request.method == "POST":
        access.require(is_own)
        _confirm(request, found)
        return redirect("incentives:notice", notice_id)
    context = notice_pages.notice_page(found, _language(request), replaced=is_replaced(found))
    return render(request, "incentives/notice.html", {**context, "is_own": is_own})


def may_read(viewer: Viewer, found: Notice) -> bool:
    """The payee, HR, and the manager who sees this pay: rates are told here."""
    if access.can_configure(viewer, access.Area.PERIODS):
        return True
    return access.can_see_pay(viewer, found.person_id, Period(found.starts_on, found.ends_on))


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "") or (get_language() or "fr")[:2]
    return wanted if wanted in notice_pages.LANGUAGES else "fr"


def _confirm(request: HttpRequest, found: Notice) -> None:
    language = request.POST.get("language", "")
    try:
        services.confirm_reading(
            actor=access.actor_in(request), notice_id=found.pk, language=language
        )
    except Invalid as invalid:
        _say(request, invalid)
    else:
        messages.success(request, _("Thank you. The day and the text are kept."))


@access.needs("manager")
def team_notices(request: HttpRequest) -> HttpResponse:
    """Who of one's people has not read their rules yet, for the periods that run or come."""
    viewer = access.viewer_in(request)
    cards = [_team_card(viewer, period) for period in current_periods(viewer.day)]
    return render(request, "incentives/team_notices.html", {"cards": cards})


def _team_card(viewer: Viewer, period: PayPeriod) -> Cells:
    shown = access.led_people(viewer, Period(period.starts_on, period.ends_on))
    return notice_pages.team_page(period, notice_rows(period), shown - {viewer.person_id or 0})
