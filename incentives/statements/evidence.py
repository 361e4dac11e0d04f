"""The visits behind the scores of a statement, each with its page for those who may read it."""

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from django.urls import reverse

from common.formats import day_text, percent_text
from incentives.models import Statement
from kpis.objectives.queries import pages_of
from people import queries as people
from people.access import Viewer

Cells = dict[str, Any]
_VISIT = re.compile(r"(\d{4}-\d{2}-\d{2}) #(\d+)")


def evidence_beside(row: Statement, viewer: Viewer) -> list[Cells]:
    """The scores of a statement: of which goal, by whom, on which visits. Two queries, none
    without scores.

    What was seen on a visit stands on the page of its objective, which not everybody may read who
    may read the statement: HR sees that it is there.
    """
    reviews: Mapping[str, Mapping[str, str]] = row.inputs["payees"][0].get("reviews", {})
    if not reviews:
        return []
    visits = {key: _VISIT.findall(one["evidence"]) for key, one in reviews.items()}
    pages = pages_of({int(pk) for found in visits.values() for _, pk in found}, viewer)
    names = people.person_names(
        {int(one) for review in reviews.values() for one in review["evaluator"].split(", ")}
    )
    return [
        {
            "goal": key,
            "score": percent_text(Fraction(review["score"]) * 100, 2),
            "by": ", ".join(names[int(one)] for one in review["evaluator"].split(", ")),
            "visits": [
                {
                    "day": day_text(date.fromisoformat(day)),
                    "url": reverse("kpis:objective", args=[pages[int(pk)]])
                    if int(pk) in pages
                    else "",
                }
                for day, pk in visits[key]
            ],
        }
        for key, review in reviews.items()
    ]
