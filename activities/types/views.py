"""Pages for administrators: which kinds of activity there are, and those of one's own."""

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activities import queries
from activities.models import ActivityType
from activities.services.own_types import (
    OWN,
    change_type,
    create_type,
    restore_type,
    retire_type,
)
from activities.types.forms import AttributeRows, TypeForm, attribute_rows
from activities.types.presenters import type_rows
from common.forms import add_issues
from common.issues import text_of
from common.labels import label
from kernel.issues import Invalid, Place
from people import access
from people.access import Area

administers = access.configures(Area.DATA)


@administers
def types(request: HttpRequest) -> HttpResponse:
    """Every kind of activity, with what is known of it."""
    rows = type_rows(queries.activity_types())
    return render(request, "activities/types.html", {"rows": rows})


@administers
def type_new(request: HttpRequest) -> HttpResponse:
    """Make a kind of one's own."""
    form, rows = TypeForm(request.POST or None), attribute_rows(request.POST or None, [])
    made = _saved(request, form, rows, key="")
    if made is not None:
        return _done(request, made)
    return render(request, "activities/type.html", {"form": form, "rows": rows})


@administers
def type_page(request: HttpRequest, type_key: str) -> HttpResponse:
    """Change a kind of one's own."""
    held = next((one for one in queries.activity_types() if one.key == type_key), None)
    access.require(held is not None and type_key.startswith(OWN))
    assert held is not None  # noqa: S101 - required just above
    initial = {
        name: getattr(held, name) for name in ("name_fr", "name_en", "has_amount", "loggable")
    }
    form = TypeForm(request.POST or None, initial=initial)
    rows = attribute_rows(request.POST or None, held.attributes)
    if rows.is_stale(held.attributes):
        messages.error(
            request, _("Somebody has changed this type meanwhile. Make your change anew.")
        )
        return redirect("activities:type", type_key)
    made = _saved(request, form, rows, key=type_key)
    if made is not None:
        return _done(request, made)
    context = {"form": form, "rows": rows, "held": held, "name": label(held.name_fr, held.name_en)}
    return render(request, "activities/type.html", context)


def _saved(
    request: HttpRequest, form: TypeForm, rows: AttributeRows, *, key: str
) -> ActivityType | None:
    """What the service made of the form, or None with everything that is wrong at its field."""
    if not form.is_bound or not (form.is_valid() & rows.is_valid()):
        return None
    wanted, actor = form.wanted(rows.attributes()), access.actor_in(request)
    try:
        if key:
            return change_type(actor=actor, key=key, wanted=wanted)
        return create_type(actor=actor, wanted=wanted, key=form.cleaned_data["key"])
    except Invalid as invalid:
        _put_issues(form, rows, invalid)
        return None


def _put_issues(form: TypeForm, rows: AttributeRows, invalid: Invalid) -> None:
    written = rows.written()
    for issue in invalid.issues:
        found = re.fullmatch(r"attributes\[(\d+)\]\.(\w+)", issue.place.path)
        target = form if found is None else written[int(found[1])]
        place = issue.place if found is None else Place(path=found[2])
        add_issues(target, Invalid([issue.at(place)]))


def _done(request: HttpRequest, made: ActivityType) -> HttpResponse:
    said = _("“%(name)s” can be recorded now.") % {"name": label(made.name_fr, made.name_en)}
    messages.success(request, said)
    return redirect("activities:types")


@administers
@require_POST
def type_retire(request: HttpRequest, type_key: str) -> HttpResponse:
    """Take a kind out of use, or (`back`) bring it back."""
    access.require(any(one.key == type_key for one in queries.activity_types()))
    change = restore_type if request.POST.get("back") else retire_type
    try:
        change(actor=access.actor_in(request), key=type_key)
    except Invalid as invalid:
        for issue in invalid.issues:
            messages.error(request, text_of(issue))
    return redirect("activities:types")
