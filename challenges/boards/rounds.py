"""The rounds of a challenge as plain values for its page: brackets, duels, tables of points.

A line is shown for whom the board shows. Of a match with somebody who is shown, the other one is
named too when it is the reader's own match or one of people whose figures are open to the reader.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from challenges import visibility
from challenges.board_rows import place_of
from challenges.calc.rules import Rules
from challenges.models import Challenge, Entrant, Standing
from challenges.queries import Board, entrant_of
from challenges.words import Words
from common.formats import (
    MISSING,
    clock_text,
    day_text,
    in_unit_text,
    local,
    number_text,
    span_text,
)
from people.access import Viewer
from people.models import Person

STAGES = {
    "qualification": gettext_lazy("Qualification"),
    "final": gettext_lazy("Final"),
    "semi_final": gettext_lazy("Semi-finals"),
    "quarter_final": gettext_lazy("Quarter-finals"),
    "duel": gettext_lazy("Duel"),
    "tug_of_war": gettext_lazy("Tug of war"),
}
OUTCOMES = {
    "win": gettext_lazy("has won"),
    "loss": gettext_lazy("has lost"),
    "draw": gettext_lazy("a draw"),
    "bye": gettext_lazy("no opponent"),
    "rest": gettext_lazy("rests"),
    "left": gettext_lazy("has left"),
    "dropped": gettext_lazy("does not count"),
    "stays": gettext_lazy("stays in"),
    "loses_life": gettext_lazy("loses a life"),
    "out": gettext_lazy("is out"),
    "up": gettext_lazy("goes up"),
    "down": gettext_lazy("goes down"),
    "inactive": gettext_lazy("set apart"),
}
SHY = frozenset({"loses_life", "out", "down", "inactive"})
"""What is told only to those whom it concerns, and who may read their figures."""
LEADING = {
    "win": gettext_lazy("is ahead"),
    "loss": gettext_lazy("is behind"),
    "draw": gettext_lazy("is level"),
}
HIDDEN = "···"
Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whom the reader may see: names by entrant, who is the reader, whose figures are open."""

    names: Mapping[str, str]
    me: frozenset[str]
    open: frozenset[str]
    others: Mapping[str, str]

    def knows(self, entrant: str, against: str | None) -> str:
        """The name, or dots for who is hidden."""
        if entrant in self.names:
            return self.names[entrant]
        mine = against is not None and against in self.me | self.open
        return self.others.get(entrant, HIDDEN) if mine else HIDDEN


def rounds_of(
    challenge: Challenge, rules: Rules, shown: Board, viewer: Viewer, words: Words
) -> list[Detail]:
    """Every round that has lines to show, in order; nothing for formats without rounds."""
    kept: Sequence[Detail] = challenge.summary.get("board", {}).get("rounds", ())
    if not kept:
        return []
    reader = _reader(challenge, kept, shown, viewer)
    now = challenge.scored_at or challenge.starts_at
    found = [_round(one, reader, words, now) for one in kept]
    latest = max((n for n, one in enumerate(found) if one["begun"]), default=0)
    bracket = rules.format.key == "knockout"
    return [
        {**one, "open": bracket or number == latest}
        for number, one in enumerate(found)
        if one["matches"] or one["hidden"]
    ]


def _reader(challenge: Challenge, kept: Sequence[Detail], shown: Board, viewer: Viewer) -> _Reader:
    names = {entrant_of(row.standing): row.name for row in shown.rows}
    me = frozenset(entrant_of(row.standing) for row in shown.rows if row.is_me)
    opened = frozenset(entrant_of(row.standing) for row in shown.rows if row.open)
    opponents = {
        line["against"]
        for one in kept
        for line in one["lines"]
        if line["entrant"] in me | opened and line["against"] not in (None, *names)
    }
    return _Reader(names, me, opened, _names_of(challenge, opponents, viewer))


def _names_of(challenge: Challenge, entrants: Collection[str], viewer: Viewer) -> dict[str, str]:
    if not entrants:
        return {}
    rows = Standing.objects.filter(challenge=challenge)
    rows = rows.select_related("person__challenge_face", "team").defer("effects", "tally")
    found = rows.filter(Q(person__number__in=entrants) | Q(team__key__in=entrants))
    return {entrant_of(row): visibility.name_for(row, viewer)[0] for row in found}


def _round(one: Detail, reader: _Reader, words: Words, now: datetime) -> dict[str, Any]:
    start, end, decided = (
        datetime.fromisoformat(one[key]) for key in ("start", "end", "decided_at")
    )
    matches, hidden = _matches(one["lines"], reader)
    begun = start <= now
    lines = [line for match in matches for line in match]
    unit = "percent" if one["stage"] == "qualification" else words.metric_unit
    is_open = begun and not one["complete"]
    return {
        "title": round_title(one["stage"], one["number"]),
        "when": _when(start, end),
        "state": _state(begun, complete=one["complete"], decided=decided),
        "begun": begun,
        "hidden": hidden,
        "ranked": any(line["rank"] is not None for line in lines),
        "pointed": any(line["points"] is not None for line in lines),
        "grouped": any(line["group"] for line in lines),
        "worded": any(line["outcome"] for line in lines),
        "matches": [
            [_line(line, reader, words, unit, is_open=is_open) for line in m] for m in matches
        ],
    }


def round_title(stage: str, number: int) -> str:
    """What a round is called."""
    if stage in STAGES:
        return str(STAGES[stage])
    if stage.startswith("round_of_"):
        return _("Last %(count)s") % {"count": stage.removeprefix("round_of_")}
    return _("Round %(number)s") % {"number": number}


def outcome_text(word: str) -> str:
    """What a round brought."""
    return str(OUTCOMES.get(word, word))


def _when(start: datetime, end: datetime) -> str:
    """Days, or the clock within one day."""
    first, last = local(start), local(end)
    if first.date() == (last - timedelta(microseconds=1)).date() and end - start < timedelta(
        days=1
    ):
        return f"{day_text(first.date(), 'short')}, {clock_text(start)}–{clock_text(end)}"
    until = (last - timedelta(microseconds=1)).date() + timedelta(days=1)
    return span_text(first.date(), until)


def _state(begun: bool, *, complete: bool, decided: datetime) -> str:
    if not begun:
        return _("to come")
    if complete:
        return _("decided")
    return _("if it ended now; decided on %(day)s") % {
        "day": day_text(local(decided).date(), "short")
    }


def _matches(lines: Sequence[Detail], reader: _Reader) -> tuple[list[list[Detail]], int]:
    """The lines of a match together, those that nobody of the shown plays in only counted."""
    by_entrant = {line["entrant"]: line for line in lines}
    found: list[list[Detail]] = []
    done: set[str] = set()
    hidden = 0
    for line in lines:
        if line["entrant"] in done:
            continue
        other = by_entrant.get(line["against"]) if line["against"] else None
        match = [line] if other is None else [line, other]
        done.update(one["entrant"] for one in match)
        if any(one["entrant"] in reader.names for one in match):
            found.append(match)
        else:
            hidden += 1
    return found, hidden


def _line(
    line: Detail, reader: _Reader, words: Words, unit: str, *, is_open: bool
) -> dict[str, Any]:
    name = reader.knows(line["entrant"], line["against"])
    told = name != HIDDEN
    return {
        "name": name,
        "me": line["entrant"] in reader.me,
        "value": _figure(line["value"], unit) if told else "",
        "outcome": _outcome(line, reader, is_open=is_open),
        "points": _number(line["points"]) if told else "",
        "total": _number(line["total"]) if told else "",
        "rank": _rank(line["rank"]) if told else "",
        "group": words.group(line["group"]) if told else "",
    }


def _outcome(line: Detail, reader: _Reader, *, is_open: bool) -> str:
    word = line["outcome"] or ""
    if word in SHY and line["entrant"] not in reader.me | reader.open:
        return ""
    if is_open and word in LEADING and line["how"] != "walkover":
        return str(LEADING[word])
    return str(OUTCOMES.get(word, word))


def _figure(value: str | None, unit: str) -> str:
    return MISSING if value is None else in_unit_text(Fraction(value), unit)


def _number(value: str | None) -> str:
    return MISSING if value is None else number_text(Fraction(value))


def _rank(value: int | None) -> str:
    return MISSING if value is None else str(value)


def individuals_of(challenge: Challenge, viewer: Viewer, words: Words) -> list[Detail]:
    """The members of teams one by one, as far as the reader may see them on a board of people."""
    kept: Sequence[Detail] = challenge.summary.get("board", {}).get("individuals", ())
    if not kept:
        return []
    rows = Entrant.objects.filter(challenge=challenge).select_related("person__challenge_face")
    people = {row.person.number: row.person for row in rows}
    listed = [
        (one, _as_row(people[one["person"]], one["rank"]))
        for one in kept
        if one["person"] in people
    ]
    shown = visibility.shown_keys(challenge, [place_of(row) for _one, row in listed], viewer)
    return [
        {
            "rank": _rank(row.rank),
            "name": visibility.name_for(row, viewer)[0],
            "value": in_unit_text(Fraction(one["score"]), words.metric_unit),
            "me": row.person_id == viewer.person_id,
        }
        for one, row in listed
        if row.entrant_key in shown
    ]


def _as_row(person: Person, rank: int | None) -> Standing:
    """A member as a row of a board of people: nothing is stored."""
    detail: dict[str, Any] = {"awards": []}
    return Standing(person=person, entrant_key=f"person:{person.pk}", rank=rank, detail=detail)
