"""Entries of the feed as plain values: a sentence, who, when, what can be done."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from challenges.badges.visibility import shown_name
from challenges.duels.documents import public_name
from challenges.duels.titles import newest_titled
from challenges.feed.queries import Colleague, Page, may_hide
from challenges.models import EventKind, Face, FeedEvent, ReactionKind
from common.formats import day_text, moment_text
from common.labels import label
from kpis.queries.catalogue import Catalogue
from people import access
from people.access import Viewer
from people.models import Person, Team

Cells = dict[str, Any]
ICONS = {
    EventKind.RESULT: "trophy",
    EventKind.DEAL: "party-popper",
    EventKind.RECORD: "trending-up",
    EventKind.BADGE: "badge-check",
    EventKind.JERSEY: "shirt",
    EventKind.PRAISE: "message-circle-heart",
}
REACTION_ICONS = {
    ReactionKind.BRAVO: "party-popper",
    ReactionKind.STRONG: "flame",
    ReactionKind.THANKS: "heart-handshake",
    ReactionKind.IDEA: "lightbulb",
}
NAMED = 3
"""Winners whose names are said; the others are a number."""


def rows_of(page: Page, viewer: Viewer, known: Catalogue) -> list[Cells]:
    """The entries of a page. Three queries for names."""
    names = Names(page.events, viewer)
    return [_row(event, page, viewer, known, names) for event in page.events]


class Names:
    """The names of winners and challenges on a page, as the viewer may read them."""

    def __init__(self, events: Sequence[FeedEvent], viewer: Viewer) -> None:
        of_people = {one for e in events if _of(e) == "person" for one in e.detail["winners"]}
        of_teams = {one for e in events if _of(e) == "team" for one in e.detail["winners"]}
        found = Person.objects.select_related("challenge_face").filter(pk__in=of_people)
        self._viewer, self._scope = viewer, access.figures_scope(viewer)
        self._people = {one.pk: one for one in found if not self._hides(one)}
        self._teams = dict(Team.objects.filter(pk__in=of_teams).values_list("pk", "name"))
        games = newest_titled(viewer, {e.challenge for e in events if e.challenge is not None})
        self._games = {pk: rules.name((get_language() or "en")[:2]) for pk, rules in games.items()}

    def _hides(self, person: Person) -> bool:
        face: Face | None = getattr(person, "challenge_face", None)
        on_wall = self._viewer.wall_team_id is not None
        shy = face is not None and (face.hidden or face.off_feed or (on_wall and face.off_screens))
        return shy and person.pk not in self._scope

    def game(self, event: FeedEvent) -> str:
        """The name of the challenge."""
        return self._games.get(event.challenge_id or 0, "")

    def of(self, event: FeedEvent) -> list[str]:
        """Those who may be named, in the order of the result."""
        ids = event.detail["winners"]
        if _of(event) == "team":
            return [self._teams[one] for one in ids if one in self._teams]
        return [self._name(self._people[one]) for one in ids if one in self._people]

    def _name(self, person: Person) -> str:
        if person.pk in self._scope and person.pk != self._viewer.person_id:
            return person.name
        return public_name(person)


def _of(event: FeedEvent) -> str:
    return str(event.detail.get("of", "")) if event.kind == EventKind.RESULT else ""


def _row(event: FeedEvent, page: Page, viewer: Viewer, known: Catalogue, names: Names) -> Cells:
    return {
        "id": event.pk,
        "icon": ICONS[EventKind(event.kind)],
        "jersey": event.detail.get("jersey", ""),
        "initials": _name_of(event, viewer)[1],
        "text": sentence_of(event, viewer, known, names),
        "quote": event.praise.text if event.praise is not None else "",
        "url": reverse("challenges:page", args=[event.challenge_id]) if event.challenge_id else "",
        "when": moment_text(event.at),
        "reactions": reaction_cells(event, page, viewer),
        **_praise_acts(event, viewer),
    }


def _praise_acts(event: FeedEvent, viewer: Viewer) -> Cells:
    praise = event.praise
    if praise is None:
        return {"withdraw_url": "", "hide_url": ""}
    own = viewer.person_id is not None and praise.writer_id == viewer.person_id
    return {
        "withdraw_url": reverse("challenges:praise_withdraw", args=[praise.pk]) if own else "",
        "hide_url": reverse("challenges:praise_hide", args=[praise.pk])
        if may_hide(viewer, praise)
        else "",
    }


def reaction_cells(event: FeedEvent, page: Page, viewer: Viewer) -> list[Cells]:
    """Each kind with its number; who cannot react sees only those that somebody chose."""
    may = viewer.person_id is not None and event.person_id != viewer.person_id
    counts = page.reactions.get(event.pk, {})
    return [
        {
            "kind": kind.value,
            "icon": REACTION_ICONS[kind],
            "label": str(kind.label),
            "count": counts.get(kind, 0),
            "own": (event.pk, kind.value) in page.own,
            "url": reverse("challenges:react", args=[event.pk, kind.value]) if may else "",
        }
        for kind in ReactionKind
        if may or counts.get(kind)
    ]


def sentence_of(event: FeedEvent, viewer: Viewer, known: Catalogue, names: Names) -> str:
    """What happened, in the reader's language."""
    detail = event.detail
    name = {"name": _name_of(event, viewer)[0]}
    match event.kind:
        case EventKind.RESULT:
            return _result_text(event, names)
        case EventKind.DEAL:
            template = (
                _("%(name)s and others won a large deal.")
                if detail["shared"]
                else _("%(name)s won a large deal.")
            )
            return template % name
        case EventKind.RECORD:
            info = known.metrics.get(detail["metric"])
            told = {"metric": info.name if info else detail["metric"], **name}
            told["month"] = day_text(date.fromisoformat(detail["month"]), "month")
            return _("%(name)s had the best month of two years in %(month)s: %(metric)s.") % told
        case EventKind.BADGE:
            badge = label(detail["fr"], detail["en"])
            return _("%(name)s has the badge “%(badge)s”.") % {"badge": badge, **name}
        case EventKind.JERSEY:
            month = day_text(date.fromisoformat(detail["month"]), "month")
            return _jersey_text(detail["jersey"]) % {"month": month, **name}
        case _:
            return _praise_text(event, viewer)


def _name_of(event: FeedEvent, viewer: Viewer) -> tuple[str, str]:
    """Name and initials as the viewer reads them; praise is written under real names."""
    person = event.person
    if person is None:
        return "", ""
    if event.kind == EventKind.PRAISE:
        return person.name, person.initials
    return shown_name(viewer, person)


def _jersey_text(kind: str) -> str:
    return {
        "yellow": _("%(name)s wears the yellow jersey of %(month)s."),
        "green": _("%(name)s wears the green jersey of %(month)s."),
        "polka-dot": _("%(name)s wears the polka-dot jersey of %(month)s."),
        "white": _("%(name)s wears the white jersey of %(month)s."),
    }[kind]


def _praise_text(event: FeedEvent, viewer: Viewer) -> str:
    praise = event.praise
    if praise is None:
        return ""
    told: Mapping[str, str] = {
        "writer": praise.writer.name,
        "name": event.person.name if event.person else "",
        "about": praise.about,
    }
    if viewer.person_id == praise.person_id:
        return _("%(writer)s praises you for: %(about)s") % told
    if viewer.person_id == praise.writer_id:
        return _("You praise %(name)s for: %(about)s") % told
    return _("%(writer)s praises %(name)s for: %(about)s") % told


def _result_text(event: FeedEvent, names: Names) -> str:
    named, many = names.of(event), len(event.detail["winners"])
    told = {"name": names.game(event), "winners": ", ".join(named[:NAMED]), "n": many}
    if event.detail["amended"]:
        first = _("The result of “%(name)s” was amended.") % told
    else:
        first = _("“%(name)s” is official.") % told
    if not many:
        return first
    rest = many - min(len(named), NAMED)
    if rest == 0:
        won = ngettext("Won by %(winners)s.", "Won by %(winners)s.", many) % told
    elif named:
        told["n"] = rest
        won = (
            ngettext(
                "Won by %(winners)s and %(n)s other.", "Won by %(winners)s and %(n)s others.", rest
            )
            % told
        )
    else:
        won = ngettext("There is %(n)s winner.", "There are %(n)s winners.", many) % told
    return f"{first} {won}"


def praise_choices(found: Sequence[Colleague]) -> list[tuple[str, str]]:
    """Whom the form offers."""
    return [(str(one.person_id), f"{one.name} ({one.team})") for one in found]


def celebration_rows(events: Sequence[FeedEvent], viewer: Viewer, known: Catalogue) -> list[Cells]:
    """What is celebrated, as one line each."""
    names = Names(events, viewer)
    return [
        {
            "id": event.pk,
            "icon": ICONS[EventKind(event.kind)],
            "jersey": event.detail.get("jersey", ""),
            "initials": _name_of(event, viewer)[1],
            "when": moment_text(event.at),
            "text": sentence_of(event, viewer, known, names),
            "url": reverse("challenges:page", args=[event.challenge_id])
            if event.challenge_id
            else reverse("challenges:feed"),
        }
        for event in events
    ]


def hidden_rows(found: Sequence[Any]) -> list[Cells]:
    """Own praise that somebody hid, with the reason."""
    return [
        {"about": one.about, "why": one.hidden_why, "when": _moment(one.hidden_at)} for one in found
    ]


def _moment(at: datetime | None) -> str:
    return "" if at is None else moment_text(at)
