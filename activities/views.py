"""Pages of the log: what I did, and taking it back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activities import presenters, queries
from activities.forms import CorrectForm, LogForm, ReasonForm, attribute_field
from activities.inputs import ActivityInput, RowResult
from activities.models import Activity
from activities.presenters import FORM_SOURCE
from activities.services import cancel_activity, correct_activity, record_activities
from common.forms import saved
from common.numbers import whole
from kernel.issues import Invalid, Issue, Place
from kernel.money import Money
from kernel.numbers import parse_number
from people import access
from people import queries as people
from people.access import Viewer, viewer_in
from people.models import User

PAGE = 50
UNDO_WITHIN = timedelta(minutes=10)
logs = access.needs("rep")


@logs
def mine(request: HttpRequest) -> HttpResponse:
    """The records of a person: my own, or those of somebody whom I lead."""
    viewer = viewer_in(request)
    person_id = _person_id(request, viewer)
    page = max(1, _number(request.GET.get("page"), 1))
    rows = queries.log_of(person_id, limit=PAGE + 1, offset=(page - 1) * PAGE)
    return render(
        request,
        "activities/mine.html",
        {
            "rows": presenters.log_rows(rows[:PAGE], may_change=True),
            "name": people.person_names([person_id]).get(person_id, ""),
            "is_me": person_id == viewer.person_id,
            "newer": _page_url(person_id, page - 1) if page > 1 else "",
            "older": _page_url(person_id, page + 1) if len(rows) > PAGE else "",
            "undo_url": _undo_url(request),
        },
    )


def _person_id(request: HttpRequest, viewer: Viewer) -> int:
    wanted = _number(request.GET.get("person"), viewer.person_id or 0)
    access.require(wanted in _writable_people(viewer))
    return wanted


def _writable_people(viewer: Viewer) -> frozenset[int]:
    """Whose log a viewer may write: one's own, and those of the people one leads."""
    own = frozenset() if viewer.person_id is None else frozenset({viewer.person_id})
    return own | access.led_people(viewer)


def _number(text: str | None, default: int) -> int:
    number = whole(text)
    return default if number is None else number


def _page_url(person_id: int, page: int) -> str:
    return f"{reverse('activities:mine')}?person={person_id}&page={page}"


def _undo_url(request: HttpRequest) -> str:
    """Where the record that was just made can be taken back, while it can."""
    activity = Activity.objects.filter(pk=_number(request.GET.get("logged"), 0)).first()
    if activity is None or not _may_undo(activity, request.user):
        return ""
    return reverse("activities:undo", args=[activity.pk])


def _may_undo(activity: Activity, user: object) -> bool:
    fresh = activity.recorded_at > timezone.now() - UNDO_WITHIN
    return activity.recorded_by == user and activity.source == FORM_SOURCE and fresh


@logs
def log(request: HttpRequest) -> HttpResponse:
    """Log an activity: a dialog on any page, or a page of its own."""
    form = LogForm(
        request.POST or None, **_form_options(viewer_in(request)), initial=_asked_type(request)
    )
    if request.method == "POST":
        result = saved(form, lambda: _record(request, form))
        if result is not None:
            return redirect(f"{reverse('activities:mine')}?logged={result.id}")
    return render(request, "activities/log.html", {"form": form})


def _asked_type(request: HttpRequest) -> dict[str, Any]:
    """The kind of activity that the address names: its fields are drawn when it is chosen."""
    return {"type": request.GET["type"]} if request.GET.get("type") else {}


def _form_options(viewer: Viewer) -> dict[str, Any]:
    ids = _writable_people(viewer)
    names = people.person_names(ids)
    others = sorted((names[one], one) for one in ids if one != viewer.person_id)
    own = viewer.person_id or 0
    choices = [(str(own), names.get(own, "")), *[(str(one), name) for name, one in others]]
    return {"people": choices, "now": _local_now()}


def _local_now() -> datetime:
    return timezone.now().astimezone(people.company().tz).replace(tzinfo=None, microsecond=0)


def _record(request: HttpRequest, form: LogForm) -> RowResult:
    token: UUID = form.cleaned_data["token"]
    record = _input(form, str(token))
    (result,) = record_activities(actor=_user(request), source=FORM_SOURCE, records=[record])
    if result.is_rejected:
        raise Invalid(map(_at_field, result.issues))
    return result


def _at_field(issue: Issue) -> Issue:
    """The issue at the field of the form that it is about."""
    of_attribute, dot, key = issue.place.path.partition("attributes.")
    return issue.at(Place(path=attribute_field(key))) if dot and not of_attribute else issue


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _input(form: LogForm, external_id: str) -> ActivityInput:
    data = form.cleaned_data
    company = people.company()
    amount = data["amount"].strip()
    # a person writes the number as their language does: both marks are taken, doubt is refused
    number = parse_number(amount, place=Place(path="amount")) if amount else None
    numbers = {one.person_id: one.number for one in people.directory()}
    return ActivityInput(
        external_id=external_id,
        type=data["type"],
        occurred_at=form.in_zone(company.tz),
        person=numbers[data["person"]],
        account=data["account"],
        amount=number,
        currency=company.currency if number is not None else "",
        attributes=form.attributes(),
    )


def _own_record(request: HttpRequest, activity_id: int) -> Activity:
    """A record that counts, was logged by form, and is of somebody whose log I may write."""
    found = queries.counted().filter(pk=activity_id, source=FORM_SOURCE)
    activity = found.select_related("type", "account").first()
    access.require(activity is not None)
    if activity is None:
        raise Http404
    credited = set(activity.credits.values_list("person_id", flat=True))
    access.require(credited <= _writable_people(viewer_in(request)))
    return activity


@logs
def correct(request: HttpRequest, activity_id: int) -> HttpResponse:
    """State a record anew, with a reason."""
    activity = _own_record(request, activity_id)
    form = CorrectForm(
        request.POST or None,
        **_form_options(viewer_in(request)),
        initial=_initial(activity) | _asked_type(request),
        kept=activity.type_id,
    )
    if request.method == "POST":
        result = saved(form, lambda: _correct(request, form, activity))
        if result is not None:
            messages.success(request, _("Corrected."))
            return redirect("activities:mine")
    return render(request, "activities/log.html", {"form": form, "correcting": True})


def _correct(request: HttpRequest, form: CorrectForm, activity: Activity) -> RowResult:
    try:
        return correct_activity(
            actor=_user(request),
            source=FORM_SOURCE,
            record=_input(form, activity.external_id),
            reason=form.cleaned_data["reason"],
        )
    except Invalid as invalid:
        raise Invalid(map(_at_field, invalid.issues)) from None


def _initial(activity: Activity) -> dict[str, Any]:
    minor = activity.amount_minor
    local = activity.occurred_at.astimezone(people.company().tz)
    return {
        "type": activity.type_id,
        "person": activity.credits.values_list("person_id", flat=True)[0],
        "occurred_at": local.replace(tzinfo=None),
        "account": activity.account.name if activity.account else "",
        "amount": "" if minor is None else Money(minor, activity.currency).text(),
        **{attribute_field(key): value for key, value in activity.attributes.items()},
    }


@logs
def cancel(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Take a record back, with a reason."""
    activity = _own_record(request, activity_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        result = saved(form, lambda: _cancel(request, activity, form.cleaned_data["reason"]))
        if result is not None:
            messages.success(request, _("Cancelled."))
            return redirect("activities:mine")
    context = {"form": form, "line": presenters.activity_line(activity), "at": activity.occurred_at}
    return render(request, "activities/cancel.html", context)


def _cancel(request: HttpRequest, activity: Activity, reason: str) -> RowResult:
    return cancel_activity(
        actor=_user(request),
        source=activity.source,
        external_id=activity.external_id,
        reason=reason,
    )


@logs
@require_POST
def undo(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Take back what I have just logged; after some minutes it needs a reason instead."""
    activity = _own_record(request, activity_id)
    access.require(_may_undo(activity, request.user))
    _cancel(request, activity, _("Undone at once"))
    messages.success(request, _("Taken back."))
    return redirect("activities:mine")
