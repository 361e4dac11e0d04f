"""Views of the frame itself: the choice of colours and the page that shows every part."""

from datetime import date
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from cockpit.context import THEME_COOKIE, THEMES
from common.states import STATES

A_YEAR = 365 * 24 * 3600


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or automatic colours and go back to the page."""
    after = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        after, {request.get_host()}, require_https=request.is_secure()
    ):
        after = "/"
    response = HttpResponseRedirect(after)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response


def manifest(_request: HttpRequest) -> HttpResponse:
    """What a phone needs to install the product; browsers ask for it without a session."""
    icon = {"src": static("svg/icon.svg"), "sizes": "any", "type": "image/svg+xml"}
    body = {
        "name": "Maillot",
        "short_name": "Maillot",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f9f8f5",
        "theme_color": "#f9f8f5",
        "icons": [{**icon, "purpose": "any"}, {**icon, "purpose": "maskable"}],
    }
    return JsonResponse(body, content_type="application/manifest+json")


@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every part with example values, in both themes."""
    return render(request, "cockpit/styleguide.html", {"themes": ("light", "dark"), **_examples()})


class ExampleForm(forms.Form):
    """Fields in each state, for the style guide only."""

    name = forms.CharField(label=_("Name"), help_text=_("As people will see it."))
    amount = forms.CharField(label=_("Amount"))
    kind = forms.ChoiceField(label=_("Type"), choices=[("a", _("Sprint")), ("b", _("Race"))])
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)
    notify = forms.BooleanField(label=_("Tell the team"), required=False)


def _examples() -> dict[str, Any]:
    return {
        "rows": _rows(),
        "tiers": _tiers(),
        "steps": _steps(),
        "points": [Fraction(n) for n in (12, 14, 13, 17, 16, 19, 18, 22, 25)],
        "points_with_gap": [5, 4, None, None, 6, 3, 2],
        "form": ExampleForm({"name": "Sprint", "amount": "", "kind": "a"}),
        "states": tuple(STATES),
        "events": _events(),
        "checks": _checks(),
        "facts": [
            {"label": _("Starts"), "value": date(2026, 11, 2)},
            {"label": _("Entrants"), "value": 24, "note": _("3 teams")},
        ],
        "tabs": [
            {"label": _("People"), "url": "#", "active": True, "count": 24},
            {"label": _("Teams"), "url": "#"},
        ],
        "heat": [
            ("Léa Martin", (("104 %", "good"), ("31 %", "good"), ("88 %", "warn"))),
            ("Hugo Bernard", (("71 %", "bad"), ("28 %", "warn"), ("102 %", "good"))),
        ],
        "start": date(2026, 11, 1),
        "end": date(2026, 12, 1),
    }


def _row(rank: int, name: str, minor: int, change: int | None, **more: Any) -> dict[str, Any]:
    initials = "".join(word[0] for word in name.split()[:2])
    percent = Fraction(minor, 70_000)
    return {"rank": rank, "name": name, "minor": minor, "change": change, "initials": initials} | {
        "percent": percent,
        **more,
    }


def _rows() -> list[dict[str, Any]]:
    return [
        _row(1, "Inès Moreau", 6_214_000, 2, jersey="yellow", detail="Lyon", tone="good"),
        _row(2, "Hugo Bernard", 4_190_000, 1, jersey="green", detail="Paris Nord"),
        _row(3, "Léa Martin", 3_956_000, -1, me=True, detail="Paris Sud", gap=True),
        _row(4, "Maximilien de La Rochefoucauld", 3_810_050, 0, jersey="polka-dot", tie=True),
        _row(4, "Zoé Petit", 3_810_050, None, jersey="white", tie=True, detail="Lyon"),
    ]


def _tiers() -> list[dict[str, Any]]:
    return [
        {"label": "0 – 40 000 €", "rate": "3 %", "state": "reached"},
        {"label": "40 000 – 62 000 €", "rate": "4 %", "state": "current"},
        {"label": "62 000 – 80 000 €", "rate": "6 %", "state": "next", "worth": "+310 €"},
        {"label": "80 000 € +", "rate": "8 %", "state": "ahead", "worth": "+1 440 €"},
    ]


def _steps() -> list[dict[str, Any]]:
    deals = [{"label": "8841 · Altaïr", "url": "#"}, {"label": "8902 · Vega", "url": "#"}]
    tiers = [
        {"label": "40 000,00 € × 3 %", "value": "1 200,00 €", "sources": deals},
        {"label": "17 800,00 € × 4 %", "value": "712,00 €", "rule": "components[0].tiers[1]"},
    ]
    return [
        {
            "label": _("Commission on revenue"),
            "rule": "components[0]",
            "value": "1 912,00 €",
            "children": tiers,
            "open": True,
        },
        {"label": _("Presence 18 / 20 days"), "value": "× 0,9"},
        {"label": _("Total"), "value": "1 720,80 €", "total": True},
    ]


def _events() -> list[dict[str, Any]]:
    return [
        {
            "at": "12 nov. 2026 14:05",
            "title": _("Deal 8841 cancelled: −3 points"),
            "text": "Altaïr, 12 400 €",
            "who": "Hugo Bernard",
            "tone": "bad",
            "icon": "ban",
        },
        {"at": "10 nov. 2026 09:30", "title": _("Challenge went live"), "tone": "good"},
    ]


def _checks() -> list[dict[str, Any]]:
    return [
        {"label": _("Data complete"), "state": "done", "note": _("2,140 activities")},
        {"label": _("Objectives accepted"), "state": "blocked", "count": 3, "url": "#"},
        {"label": _("Run"), "state": "open", "url": "#"},
        {"label": _("Approval"), "state": "later"},
        {"label": _("Export"), "state": "later"},
    ]
