"""Why a score is what it is, as steps that open: every record, every round, every prize."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from challenges.boards.rounds import outcome_text, round_title
from challenges.calc import Standing as Scored
from challenges.calc import Standings
from challenges.calc.formats.base import Effect
from challenges.calc.formats.rounds import RoundLine, RoundResult
from challenges.calc.notes import Note
from challenges.calc.paid_places import lapsed
from challenges.calc.records import Charge
from challenges.queries import BoardRow
from challenges.seen_boards import Seen
from challenges.words import Words, award_text, record_text
from common.formats import MISSING, delta_text, in_unit_text, moment_text, number_text

Step = dict[str, Any]
OF_PLACES = frozenset({"paid_as", "lapsed"})
"""Codes of notes that a place brings, and not the score."""
LARGE = 8
"""More groups than this open one by one."""


def steps(
    result: Standings,
    row: Scored,
    words: Words,
    seen: Seen,
    on_board: BoardRow,
) -> list[Step]:
    """How the score came about: what counts, what was left out, what the rounds brought, by what
    it was divided, and the prizes. Who else is named is whom the reader may see.

    The row may have been scored alone: what depends on the others is what the board says.
    """
    return [
        _counted(row.effects, words),
        *_reviewed(row, words),
        *_left_out(row, words),
        *_rounds(result, row, words, seen),
        *_totals(row, words),
        *_goal(row, words),
        *(_sentence(one, words) for one in row.notes if one.code not in OF_PLACES),
        *_reserve(row, words, on_board.standing.rank),
        *_divided(row, words),
        *(_prize(one, words) for one in on_board.detail["awards"]),
        {"label": _("Score"), "value": words.score(row.score), "total": True},
    ]


def _counted(effects: Sequence[Effect], words: Words) -> Step:
    parts = list(dict.fromkeys(one.part for one in effects))
    children = [_effect(one, words) for one in effects]
    if len(parts) > 1:
        children = [_part(part, effects, words, len(parts)) for part in parts]
    label, value = _("Records that count"), number_text(len(effects))
    return {"label": label, "value": value, "open": True, "children": children}


def _part(part: str, effects: Sequence[Effect], words: Words, parts: int) -> Step:
    mine = [one for one in effects if one.part == part]
    units = {words.effect_unit(one.record.metric) for one in mine}
    total = sum((one.amount for one in mine), Fraction(0))
    value = delta_text(total, units.pop()) if len(units) == 1 else ""
    return {
        "label": words.part(part),
        "value": value,
        "open": parts <= LARGE,
        "children": [_effect(one, words) for one in mine],
    }


def _effect(effect: Effect, words: Words) -> Step:
    return {
        "label": _record_label(effect.record, words),
        "value": delta_text(effect.amount, words.effect_unit(effect.record.metric)),
        "children": [_sentence(one, words) for one in effect.notes],
    }


def _reviewed(row: Scored, words: Words) -> list[Step]:
    """The records that wait for a decision, and what is odd about each."""
    if not row.under_review:
        return []
    children = [
        {
            "label": _record_label(one.record, words),
            "value": delta_text(one.record.value, words.unit_of(one.record.metric)),
            "open": True,
            "children": [_sentence(reason, words) for reason in one.reasons],
        }
        for one in row.under_review
    ]
    label, value = _("Under review: they count until they are rejected"), number_text(len(children))
    return [{"label": label, "value": value, "open": True, "children": children}]


def _left_out(row: Scored, words: Words) -> list[Step]:
    if not row.left_out:
        return []
    children = [
        {
            "label": _record_label(out.record, words),
            "value": delta_text(out.record.value, words.unit_of(out.record.metric)),
            "children": [_sentence(out.reason, words)],
        }
        for out in row.left_out
    ]
    value = number_text(len(children))
    return [{"label": _("Records that do not count"), "value": value, "children": children}]


def _rounds(result: Standings, row: Scored, words: Words, seen: Seen) -> list[Step]:
    played = [
        (one, line)
        for one in result.rounds or ()
        for line in one.lines
        if line.entrant == row.entrant
    ]
    if not played:
        return []
    others = seen.by_entrant({line.against for _one, line in played if line.against is not None})
    names = {entrant: other.name for entrant, other in others.items()}
    children = [_round(one, line, words, names) for one, line in played]
    value = number_text(len(children))
    return [{"label": _("Rounds"), "value": value, "open": True, "children": children}]


def _round(one: RoundResult, line: RoundLine, words: Words, names: Mapping[str, str]) -> Step:
    said = [outcome_text(line.outcome)] if line.outcome else []
    if line.against is not None:
        said.append(_("against %(name)s") % {"name": names.get(line.against, _("somebody"))})
    if line.rank is not None:
        said.append(_("rank %(rank)s") % {"rank": line.rank})
    if line.points is not None:
        said.append(in_unit_text(line.points, "points"))
    unit = "percent" if one.stage == "qualification" else words.metric_unit
    return {
        "label": round_title(one.stage, one.span.number),
        "rule": " · ".join(said),
        "value": MISSING if line.value is None else in_unit_text(line.value, unit),
    }


def _totals(row: Scored, words: Words) -> list[Step]:
    """What the tickets of a lottery were counted from."""
    if words.rules.format.key != "lottery":
        return []
    figures = {name: value for part in row.parts for name, value in part.figures}
    total = in_unit_text(figures.get("total"), words.metric_unit)
    every = in_unit_text(getattr(words.rules.params, "every", None), words.metric_unit)
    label = _("A ticket for every %(every)s") % {"every": every}
    return [{"label": label, "value": total}]


def _goal(row: Scored, words: Words) -> list[Step]:
    if row.target is None or row.denominator is not None:
        return []
    found: list[Step] = [
        {"label": _("Target"), "value": in_unit_text(row.target, words.metric_unit)}
    ]
    if row.reached_at is not None:
        found.append({"label": _("Reached on"), "value": moment_text(row.reached_at)})
    return found


def _divided(row: Scored, words: Words) -> list[Step]:
    # an improvement that is a difference is divided by nothing: its sentences tell the baseline
    if words.rules.format.key == "most_improved" and words.unit != "percent":
        return []
    if row.denominator is None or row.numerator is None:
        return []
    above, below = words.sides
    value = f"{in_unit_text(row.numerator, above)} / {in_unit_text(row.denominator, below)}"
    return [{"label": _("Divided by"), "value": value}]


def _prize(award: Mapping[str, Any], words: Words) -> Step:
    reason = award["reason"]
    why = words.sentence(reason["template"], dict(reason["params"])) if reason else ""
    return {"label": _("Prize"), "rule": why, "value": award_text(award)}


def _reserve(row: Scored, words: Words, rank: int | None) -> list[Step]:
    """The reserve that a place misses, where its prize lapses."""
    reserves = words.rules.format.reserves(words.rules.params)
    if reserves is None or rank is None or row.score is None or reserves.pass_down:
        return []
    if reserves.reached(row.score, rank):
        return []
    return [_sentence(lapsed(reserves, rank), words)]


def _sentence(note: Note, words: Words) -> Step:
    return {"label": words.sentence(note.template, dict(note.params)), "value": ""}


def _record_label(record: Any, words: Words) -> str:
    if isinstance(record, Charge):
        return words.charged(record)
    what = record.account or record.deal or record_text(record.id)
    return f"{moment_text(record.occurred_at)} · {what} · {record_text(record.id)}"
