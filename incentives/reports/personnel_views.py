"""HR's own reports over a period, and the file that they need. Nobody but HR reaches them."""

from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.formats import minor_text, percent_text
from common.forms import ExactField, saved
from common.labels import label
from incentives.calc.gaps import SMALL, Gaps, Group
from incentives.models import PayPeriod
from incentives.periods.pages import named
from incentives.reports import personnel
from incentives.services.personnel import load_personnel
from kernel.money import Money
from people import access
from people import queries as people
from people.models import Role

Cells = dict[str, Any]
MONTHS = {"month": 1, "quarter": 3, "year": 12}
only_hr = access.needs("hr")


class MinimumForm(forms.Form):
    """The minimum wage of a month, as the law sets it for full time."""

    minimum = ExactField(label=gettext_lazy("Minimum wage per month, full time"), required=False)


class PersonnelForm(forms.Form):
    """A small file, pasted."""

    text = forms.CharField(
        label=gettext_lazy("Lines"),
        help_text=gettext_lazy(
            "First line: number;sex;salary;from - then one line per person, for example"
            " V001;F;2500,00;2026-01-31. Sex is F, M or empty; the salary is that of a month before"
            " tax, for the hours of the contract; it holds from the day on."
        ),
        widget=forms.Textarea(attrs={"class": "code", "spellcheck": "false"}),
    )


@only_hr
def pay_report(request: HttpRequest, period_id: int) -> HttpResponse:
    """Gap of variable pay, share of fixed pay, minimum wage: over the last run of a period."""
    period = get_object_or_404(PayPeriod, pk=period_id)
    rows, months = personnel.paid_people(period), MONTHS[period.kind]
    form = MinimumForm(request.GET if request.GET.get("minimum") else None)
    gaps, currency = personnel.gaps_of(rows), people.company().currency
    roles = {one.key: label(one.name_fr, one.name_en) for one in Role.objects.order_by("key")}
    context = {
        "name": named(period),
        "period_id": period.pk,
        "small": SMALL,
        "groups": _groups(gaps, roles, currency),
        "shares": [
            {"role": roles.get(one.role_key, one.role_key), "people": one.people,
             "share": percent_text(one.fixed_share * 100), "is_usual": one.is_usual}
            for one in personnel.role_shares(rows, months)
        ],
        "form": form,
        "below": _below(rows, period, form, months),
        "known": sum(row.monthly_minor is not None for row in rows),
        "payees": len(rows),
    }  # fmt: skip
    return render(request, "incentives/pay_report.html", context)


def _groups(gaps: Gaps, roles: dict[str, str], currency: str) -> list[Cells]:
    """The categories, then everybody; nothing where nobody's sex is known."""
    rows = [_group(one, roles.get(one.category, one.category), currency) for one in gaps.groups]
    return [*rows, _group(gaps.everybody, _("Everybody"), currency)] if rows else []


def _group(one: Group, name: str, currency: str) -> Cells:
    if one.counts is None or one.means is None:
        return {"name": name, "hidden": True}
    return {
        "name": name,
        "hidden": False,
        "women": one.counts["F"],
        "men": one.counts["M"],
        "mean_women": minor_text(round(one.means["F"]), currency, whole=True),
        "mean_men": minor_text(round(one.means["M"]), currency, whole=True),
        "gap": "–" if one.gap is None else percent_text(one.gap * 100),
    }


def _below(
    rows: list[personnel.PaidPerson], period: PayPeriod, form: MinimumForm, months: int
) -> list[str] | None:
    """Who is below the minimum wage; None while nobody has said how much it is."""
    wanted: Fraction | None = form.cleaned_data["minimum"] if form.is_valid() else None
    if wanted is None:
        return None
    minor = Money.rounded(wanted, people.company().currency).minor
    return [row.name for row in personnel.below_minimum(rows, period, minor, months)]


@only_hr
def personnel_file(request: HttpRequest) -> HttpResponse:
    """Take over sex and base salary; what is there already is not shown again."""
    form = PersonnelForm(request.POST or None)
    if request.method == "POST":
        kept = saved(form, lambda: _loaded(request, form))
        if kept is not None:
            text = ngettext("%(n)s line is kept.", "%(n)s lines are kept.", kept)
            messages.success(request, text % {"n": kept})
            return redirect("incentives:personnel")
    context = {
        "form": form,
        "title": _("Sex and base salary"),
        "lead": _("Only for the reports of HR; nobody else sees them, nor does any plan."),
        "submit": _("Keep these lines"),
        "back": reverse("incentives:periods"),
    }
    return render(request, "people/form.html", context)


def _loaded(request: HttpRequest, form: PersonnelForm) -> int:
    return load_personnel(actor=access.actor_in(request), text=form.cleaned_data["text"])
