"""Season history: the list of quarters, and one of them."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext as _

from challenges.boards.presenters import language
from challenges.boards.views import words_of
from challenges.duels.titles import newest_titled
from challenges.rewards.presenters import points_text
from challenges.seasons import queries
from challenges.seasons.queries import Closed, Placed, Season
from challenges.words import Words, award_text
from common.formats import MISSING, number_text, span_text
from people import access

MOST_ROWS = 10


@access.needs("anyone")
def seasons(request: HttpRequest) -> HttpResponse:
    """Every quarter with closed challenges."""
    viewer = access.viewer_in(request)
    found = queries.quarters(viewer)
    told = newest_titled(viewer, [one for group in found.values() for one in group[:3]])
    rows = [
        {
            "name": span_text(quarter.start, quarter.end),
            "url": reverse("challenges:season", args=[quarter.start.isoformat()]),
            "count": ngettext(
                "%(count)s closed challenge", "%(count)s closed challenges", len(challenges)
            )
            % {"count": number_text(len(challenges))},
            "names": ", ".join(told[one.pk].name(language()) for one in challenges[:3]),
        }
        for quarter, challenges in found.items()
    ]
    return render(request, "challenges/seasons/list.html", {"rows": rows})


@access.needs("anyone")
def season(request: HttpRequest, first_day: str) -> HttpResponse:
    """The signed results of a quarter; 404 where nothing is closed that the viewer may see."""
    viewer = access.viewer_in(request)
    try:
        day = date.fromisoformat(first_day)
    except ValueError:
        raise Http404 from None
    found = queries.quarters(viewer)
    quarter = next((one for one in found if one.start == day), None)
    if quarter is None:
        raise Http404
    told = queries.season(viewer, quarter, found[quarter])
    context = {
        "title": span_text(quarter.start, quarter.end),
        "figures": _figures(told) if viewer.is_rep else [],
        "closed": [_card(one) for one in told.closed],
    }
    return render(request, "challenges/seasons/season.html", context)


def _figures(told: Season) -> list[dict[str, str]]:
    return [
        {"label": _("Took part"), "value": number_text(told.my_places)},
        {"label": _("First places"), "value": number_text(told.my_wins)},
        {"label": _("Points earned"), "value": number_text(told.my_points)},
    ]


def _card(one: Closed) -> dict[str, Any]:
    words = words_of(one.rules, one.challenge)
    shown = list(one.rows[:MOST_ROWS])
    shown += [row for row in one.rows[MOST_ROWS:] if row.is_me]
    return {
        "name": one.rules.name(language()),
        "url": reverse("challenges:page", args=[one.challenge.pk]),
        "state": one.challenge.state,
        "format": gettext(one.rules.format.title),
        "entrants": ngettext("%(count)s entrant", "%(count)s entrants", one.entrants)
        % {"count": number_text(one.entrants)},
        "rows": [_row(row, words) for row in shown],
        "mine": _mine(one),
    }


def _row(row: Placed, words: Words) -> dict[str, object]:
    return {
        "rank": MISSING if row.rank is None else str(row.rank),
        "name": row.name,
        "score": words.score(row.score),
        "awards": " + ".join(award_text(award) for award in row.awards),
        "is_me": row.is_me,
        "is_first": row.rank == 1,
    }


def _mine(one: Closed) -> str:
    if one.mine is None:
        return ""
    if one.mine.rank is None:
        return _("You took part")
    said = _("Your rank: %(rank)s") % {"rank": one.mine.rank}
    return f"{said} · {points_text(one.my_points)}" if one.my_points else said
