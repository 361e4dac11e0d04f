"""Duels as plain values for their pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.duels.documents import end_of, public_name
from challenges.duels.queries import Listed, Rival, may_stop, state_at
from challenges.models import DuelProposal, DuelState
from common.formats import moment_text
from kpis.queries.catalogue import Catalogue
from people.access import Viewer
from people.queries import company

Cells = dict[str, Any]
HOUR, DAY = 60, 24 * 60


def groups(found: Listed, viewer: Viewer, known: Catalogue, at: datetime) -> list[tuple[str, Any]]:
    """The list by what there is to do; empty groups are left out."""
    titled = [
        (_("Waiting for your answer"), found.to_answer),
        (_("Proposed"), found.waiting),
        (_("Agreed"), found.agreed),
        (_("Over"), found.over),
    ]
    return [
        (title, [row_of(one, viewer, known, at) for one in rows]) for title, rows in titled if rows
    ]


def row_of(duel: DuelProposal, viewer: Viewer, known: Catalogue, at: datetime) -> Cells:
    """One duel of the list."""
    state = state_at(duel, at)
    return {
        "url": _url(duel),
        "title": title_of(duel, viewer),
        "what": _metric(duel, known),
        "state": _chip(duel, state),
        "label": state_label(state),
        "wager": points_text(duel.points),
        "when": _when(duel, state),
        "words": duel.words,
    }


def title_of(duel: DuelProposal, viewer: Viewer) -> str:
    """Who against whom, from where the reader stands."""
    one, two = public_name(duel.proposer), public_name(duel.opponent)
    if viewer.person_id == duel.opponent_id:
        return _("%(name)s against you") % {"name": one}
    if viewer.person_id == duel.proposer_id:
        return _("You against %(name)s") % {"name": two}
    return _("%(one)s against %(two)s") % {"one": one, "two": two}


def page_of(duel: DuelProposal, viewer: Viewer, known: Catalogue, at: datetime) -> Cells:
    """One proposal: what is proposed, what became of it, what the reader can do."""
    state = state_at(duel, at)
    is_open = state == DuelState.OPEN
    challenge = duel.challenge
    runs = challenge is not None and challenge.state in ("scheduled", "live", "paused",
                                                         "provisional")  # fmt: skip
    return {
        **row_of(duel, viewer, known, at),
        "id": duel.pk,
        "facts": _facts(duel, known),
        "may_answer": is_open and viewer.person_id == duel.opponent_id,
        "may_withdraw": is_open and viewer.person_id == duel.proposer_id,
        "may_stop": (is_open or runs) and may_stop(viewer, duel),
        "closed_words": duel.closed_words,
        "challenge_url": reverse("challenges:page", args=[challenge.pk]) if challenge else "",
        "topic": f"duels:{viewer.person_id}" if viewer.person_id else "",
    }


def _facts(duel: DuelProposal, known: Catalogue) -> list[Cells]:
    zone = company().tz
    if duel.challenge is not None:
        until = moment_text(duel.challenge.ends_at)
    else:
        until = moment_text(end_of(duel.proposed_at, duel.days, zone))
    return [
        {"label": _("What counts"), "value": _metric(duel, known)},
        {"label": _("Until"), "value": until, "note": _("Both start at zero when it is accepted.")},
        {
            "label": _("To win"),
            "value": points_text(duel.points) or _("nothing but the honour"),
            "note": _("The company gives them to the winner; the other one loses nothing.")
            if duel.points
            else "",
        },
        *_deadline(duel),
    ]


def _deadline(duel: DuelProposal) -> list[Cells]:
    if duel.state != DuelState.OPEN:
        return []
    return [{"label": _("To be answered by"), "value": moment_text(duel.expires_at)}]


def time_to_answer(minutes: int) -> str:
    """How long the other one has, in the largest whole unit."""
    if minutes % DAY == 0:
        return ngettext("%(n)s day", "%(n)s days", minutes // DAY) % {"n": minutes // DAY}
    if minutes % HOUR == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def news_rows(found: Sequence[DuelProposal], viewer: Viewer, at: datetime) -> list[Cells]:
    """What is new about one's duels, as one sentence each."""
    return [
        {"url": _url(duel), "text": _sentence(duel, viewer, at), "asks": _asks(duel, viewer, at)}
        for duel in found
    ]


def _asks(duel: DuelProposal, viewer: Viewer, at: datetime) -> bool:
    return state_at(duel, at) == DuelState.OPEN and viewer.person_id == duel.opponent_id


def _sentence(duel: DuelProposal, viewer: Viewer, at: datetime) -> str:
    state = state_at(duel, at)
    other = duel.proposer if viewer.person_id == duel.opponent_id else duel.opponent
    name = {"name": public_name(other), "until": moment_text(duel.expires_at)}
    match state:
        case DuelState.OPEN:
            return _("%(name)s proposes a duel to you. Answer by %(until)s.") % name
        case DuelState.ACCEPTED:
            return _("%(name)s accepted your duel: it runs.") % name
        case DuelState.DECLINED:
            return _("%(name)s declined your duel.") % name
        case DuelState.WITHDRAWN:
            return _("%(name)s took a duel back.") % name
        case DuelState.STOPPED:
            return _("The duel with %(name)s was stopped.") % name
        case _:
            return _("%(name)s did not answer in time: your duel lapsed.") % name


def choices_of(
    found: Sequence[Rival], metrics: Sequence[str], known: Catalogue
) -> dict[str, list[tuple[str, str]]]:
    """What the form offers."""
    return {
        "opponent": [(str(one.person_id), f"{one.name} ({one.team})") for one in found],
        "metric": [(key, known.metrics[key].name) for key in metrics],
    }


def points_text(points: int) -> str:
    """The wager in words; nothing for none."""
    return ngettext("%(n)s point", "%(n)s points", points) % {"n": points} if points else ""


def state_label(state: str) -> str:
    """The state of a proposal in words."""
    return str(DuelState(state).label)


def _chip(duel: DuelProposal, state: str) -> str:
    """An agreed duel shows how its challenge stands."""
    looks = {DuelState.LAPSED: "expired", DuelState.STOPPED: "cancelled",
             DuelState.DECLINED: "refused"}  # fmt: skip
    if duel.challenge is not None:
        return duel.challenge.state
    return looks.get(DuelState(state), state)


def _when(duel: DuelProposal, state: str) -> str:
    if duel.challenge is not None:
        return _("until %(end)s") % {"end": moment_text(duel.challenge.ends_at)}
    if state == DuelState.OPEN:
        return _("to be answered by %(end)s") % {"end": moment_text(duel.expires_at)}
    return moment_text(duel.closed_at or duel.expires_at)


def _metric(duel: DuelProposal, known: Catalogue) -> str:
    info = known.metrics.get(duel.metric_key)
    return info.name if info is not None else duel.metric_key


def _url(duel: DuelProposal) -> str:
    return reverse("challenges:duel", args=[duel.pk])
