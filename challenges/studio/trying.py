"""A page of the studio: what is on it, what was sent, and whether that makes rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from challenges.boards.presenters import language
from challenges.boards.views import words_of
from challenges.models import Challenge
from challenges.services.creating import read_draft
from challenges.studio.audience import audiences
from challenges.studio.desk import Desk
from challenges.studio.drawing import Item
from challenges.studio.forms import AudienceForm
from challenges.studio.reading import Posted
from challenges.studio.sheets import (
    Document,
    beside,
    draw_sheet,
    read_sheet,
    with_rows_changed,
)
from kernel.issues import N_, Invalid, Issue, Place, error
from kpis.queries.catalogue import catalogue
from kpis.queries.versions import countable_metrics
from people import access
from people.queries import company


def desk_of(request: HttpRequest, format_key: str) -> Desk:
    """What there is to choose from."""
    known = catalogue(access.viewer_in(request).day)
    metrics = tuple((key, known.metrics[key].name) for key in countable_metrics(known))
    return Desk(format_key, metrics, decimal_comma=language() == "fr")


def form_of(
    request: HttpRequest, kind: type[forms.Form], initial: dict[str, Any], *, judged: bool
) -> forms.Form:
    """The form beside the rules, as it was sent; not judged while one still fills it in."""
    if request.method != "POST":
        return kind(initial=initial)
    if judged:
        return kind(request.POST, initial=initial)
    many = ("teams", "roles")
    sent = {
        name: request.POST.getlist(name) if name in many else request.POST.get(name)
        for name in kind.base_fields
    }
    return kind(initial=sent)


@dataclass
class Sheet:
    """The rules as fields beside a form. Checking leaves what is wrong in `issues`.

    `playing` are the teams where the form does not ask for them, `challenge` is the one that is
    changed.
    """

    format_key: str
    desk: Desk
    form: forms.Form
    document: Document
    playing: Sequence[str] | None = None
    challenge: Challenge | None = None
    issues: list[Issue] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        base: Document,
        kind: type[forms.Form],
        initial: dict[str, Any],
        *,
        format_key: str,
        judged: bool,
    ) -> "Sheet":
        """As the browser sent it; as the document stands when nothing was sent."""
        desk = desk_of(request, format_key)
        form = form_of(request, kind, initial, judged=judged)
        if isinstance(form, AudienceForm):
            form.offer(**audiences(request))
        document = base
        if request.method == "POST":
            posted = Posted(request.POST, desk)
            document = read_sheet(format_key, base, posted, company().currency)
        return cls(format_key, desk, form, document)

    @property
    def name(self) -> str:
        """The name, in any language."""
        names = self.document.get("name")
        return str(next(iter(names.values())) if isinstance(names, dict) else names or "")

    def with_rows(self, asked: str) -> bool:
        """Whether a button of a list was pressed: nothing is checked then, and nothing is lost."""
        if asked:
            self.document = with_rows_changed(self.document, asked, self.format_key)
        return bool(asked)

    def check(self) -> bool:
        """Whether rules and form hold; everything that is wrong is told at once."""
        fits = self.form.is_valid()
        self.issues = [] if self.document.get("name") else [_unnamed()]
        teams = self.form.cleaned_data.get("teams", self.playing)
        try:
            rules = read_draft(self.document, team_keys=teams, changes=self.challenge).rules
        except Invalid as invalid:
            self.issues += invalid.issues
        else:
            self.sentences = words_of(rules, self.challenge).rulebook(language())
        return fits and not self.issues

    def saved(self, work: Callable[[dict[str, Any]], Challenge]) -> Challenge | None:
        """What the service makes of it, with what the form says; None when one of them refuses."""
        if not self.check():
            return None
        try:
            return work(self.form.cleaned_data)
        except Invalid as invalid:
            self.issues += invalid.issues
            return None

    def context(self) -> dict[str, Any]:
        """For the page."""
        drawn = draw_sheet(self.format_key, self.document, self.desk, {})
        placed, others = beside(self.issues, drawn)
        if placed:
            drawn = draw_sheet(self.format_key, self.document, self.desk, placed)
        fields = self.form.fields
        return {
            **drawn,
            "form": self.form,
            "audience": [self.form[name] for name in ("teams", "roles") if name in fields],
            "reasons": [self.form[n] for n in ("reason", "refresh_targets") if n in fields],
            "others": others,
            "wrong": bool(self.issues) or bool(self.form.errors),
            "more_open": any(_has_errors(item) for item in drawn["more"]),
        }

    def complaints(self) -> list[tuple[str, str]]:
        """What is wrong as pairs of a field's label and the text, for the preview."""
        fields = [
            (str(self.form[name].label), str(text))
            for name, texts in self.form.errors.items()
            for text in texts
            if name in self.form.fields
        ]
        drawn = draw_sheet(self.format_key, self.document, self.desk, {})
        placed, others = beside(self.issues, drawn)
        labels = _labels([item for items in drawn.values() for item in items])
        told = [(labels.get(name, ""), text) for name, texts in placed.items() for text in texts]
        return [*fields, *told, *((_("Rules"), text) for text in others)]


def _unnamed() -> Issue:
    return error(
        "challenges.unnamed",
        N_("The challenge has no name."),
        N_("Give it one."),
        Place(path="name"),
    )


def _has_errors(item: Item) -> bool:
    return bool(item.errors) or any(_has_errors(one) for one in item.items)


def _labels(items: Sequence[Item]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for item in items:
        found |= {**_labels(item.items), item.name: item.label}
    return found
