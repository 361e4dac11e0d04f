"""The rule of a badge as fields beside a form: drawn and read as the studio does for challenges."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest

from challenges.badges import rights, services, words
from challenges.badges.presenters import name_of
from challenges.boards.presenters import language
from challenges.calc.badges.rules import SHAPE, Combination, parse_badge
from challenges.calc.shapes import Field
from challenges.gathering import documents
from challenges.models import BadgeRule
from challenges.studio.desk import Choices, Desk
from challenges.studio.drawing import Item, draw
from challenges.studio.reading import Posted, read
from challenges.studio.sheets import beside
from common.forms import add_issues
from common.issues import message_of
from kernel.issues import Invalid, Issue
from kpis.queries.catalogue import Catalogue, catalogue
from kpis.queries.versions import countable_metrics
from people import access
from people.queries import today

ROOT = "earned"
RULE = Field(SHAPE, "how it is earned", required=True)
START = {"form": "threshold", "metric": "deals_won", "at_least": "3", "per": "month"}
Document = dict[str, Any]
T = TypeVar("T")


@dataclass
class RuleSheet:
    """A rule as fields; `form` stands beside it. Saving leaves what is wrong in `issues`."""

    form: forms.Form
    document: Document
    desk: Desk
    known: Catalogue
    badges: Choices
    issues: list[Issue] = field(default_factory=list)

    @classmethod
    def of(cls, request: HttpRequest, form: forms.Form, base: Document) -> "RuleSheet":
        """As the browser sent it; as `base` says when nothing was sent."""
        known = catalogue(today())
        rules = BadgeRule.objects.select_related("badge").order_by("badge_id", "-number")
        is_met = rights.may_meet(access.viewer_in(request))
        newest = [one for one in rules.distinct("badge_id") if is_met(one.badge)]
        badges = tuple((one.badge.key, name_of(one.badge)) for one in newest)
        desk = desk_of(known, _parts(newest))
        document = base
        if request.method == "POST":
            document = read(ROOT, RULE, base, Posted(request.POST, desk)) or base
        return cls(form, document, desk, known, badges)

    def saved(self, work: Callable[[], T]) -> T | None:
        """What the service makes of it; None when the form, the rule or the service refuses, with
        everything that is wrong."""
        fits = self.form.is_valid()
        self.issues = services.problems_of(self.document)
        if not fits or self.issues:
            return None
        try:
            return work()
        except Invalid as invalid:
            outside = [one for one in invalid.issues if one.place.path in self.form.fields]
            self.issues = [one for one in invalid.issues if one not in outside]
            if outside:
                add_issues(self.form, Invalid(outside))
            return None

    def context(self) -> dict[str, Any]:
        """For the page."""
        desk = replace(self.desk, format_key=f"badge-{self.document.get('form', '')}")
        drawn = draw(ROOT, RULE, self.document, desk)
        placed, others = beside([_within(one) for one in self.issues], {"rule": [drawn]})
        item: Item = drawn.told(placed)
        wrong = bool(self.issues) or bool(self.form.errors)
        return {"form": self.form, "rule": item, "others": others, "wrong": wrong, **self._said()}

    def _said(self) -> dict[str, Any]:
        problems = services.problems_of(self.document)
        if problems:
            return {"incomplete": [message_of(one) for one in problems]}
        rule = parse_badge(self.document)
        return {"sentence": words.rule_text(rule, self.known, dict(self.badges))}


def desk_of(known: Catalogue, badges: Choices) -> Desk:
    """What there is to choose from."""
    metrics = tuple((key, known.metrics[key].name) for key in countable_metrics(known))
    kpis = tuple((key, info.name) for key, info in known.kpis.items())
    return Desk("badge", metrics, language() == "fr", {"kpi": kpis, "of": badges})


def _parts(newest: Sequence[BadgeRule]) -> Choices:
    """Badges that a combination may be made of: all of these that are none themselves."""
    return tuple(
        (one.badge.key, name_of(one.badge))
        for one in newest
        if not isinstance(parse_badge(one.document), Combination)
    )


def base_of(document: str) -> Document:
    """A rule that is kept, as plain data."""
    return documents.read(document)


def _within(issue: Issue) -> Issue:
    path = f"{ROOT}.{issue.place.path}" if issue.place.path else ROOT
    return issue.at(replace(issue.place, path=path))
