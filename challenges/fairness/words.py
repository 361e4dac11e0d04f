"""What a rehearsal and the fairness of a running challenge say, in the reader's language."""

from collections.abc import Iterable, Sequence
from datetime import time
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.calc.budgets import budget_issues
from challenges.calc.notes import Note
from challenges.calc.prizes import Award
from challenges.calc.rehearsal import Fairness, Largest, Play, Rehearsal
from challenges.calc.rules import Rules
from challenges.calc.verdict import Finding, verdict
from challenges.plurals import template_of
from challenges.words import Words, award_text, record_text, thing_text
from common.formats import MISSING, day_text, in_unit_text, moment_text, number_text, span_text
from common.issues import text_of
from kernel.issues import fill

PRIZES = frozenset({"expected", "worst", "limit"})
NUMBERS = frozenset(
    {"winners", "prized", "entrants", "plays", "count", "times", "share", "records", "stated"}
)


def said(one: Note) -> str:
    """A sentence of the verdict."""
    return fill(
        template_of(one.template, dict(one.params)),
        {key: _param(key, value) for key, value in one.params},
    )


def _param(key: str, value: str) -> str:
    if key in PRIZES:
        return thing_text(value)
    return number_text(Fraction(value)) if key in NUMBERS else value


def findings(rehearsal: Rehearsal) -> list[dict[str, str]]:
    """The verdict as sentences with their advice; the first one sums up."""
    return [_finding(one) for one in verdict(rehearsal)]


def _finding(one: Finding) -> dict[str, str]:
    return {"text": said(one.says), "advice": said(one.advice) if one.advice else ""}


def play_rows(rehearsal: Rehearsal, words: Words) -> list[dict[str, Any]]:
    """A row for each replay, newest first."""
    return [_play_row(one, words) for one in rehearsal.plays]


def _play_row(one: Play, words: Words) -> dict[str, Any]:
    names = dict(one.names)
    return {
        "window": _window(one),
        "entrants": number_text(one.entrants),
        "winners": ", ".join(
            f"{winner.name} ({words.score(winner.score)})" for winner in one.winners[:5]
        )
        or MISSING,
        "more": max(0, len(one.winners) - 5),
        "chances": MISSING if one.chances is None else number_text(one.chances),
        "ties": ", ".join(names[entrant] for entrant in one.tied) or MISSING,
        "largest": _largest(one.largest, names, words) if one.largest else MISSING,
        "cost": cost_text(one.awards) or MISSING,
    }


def _window(one: Play) -> str:
    rules = one.rules
    first, last = (moment.astimezone(rules.zone) for moment in (rules.start, rules.end))
    if first.date() == last.date():
        return moment_text(rules.start)
    if first.time() == last.time() == time():
        return span_text(first.date(), last.date())
    return f"{day_text(first.date())} – {day_text(last.date())}"


def _largest(one: Largest, names: dict[str, str], words: Words) -> str:
    what = f"{names[one.entrant]}, {_effect(one, words)}"
    if not one.changes:
        return _("%(record)s: nothing would change") % {"record": what}
    others = ", ".join(names.get(entrant, entrant) for entrant in one.winners[:5]) or _("nobody")
    return _("%(record)s: without it %(others)s") % {"record": what, "others": others}


def _effect(largest: Largest, words: Words) -> str:
    """What a record did, in the unit of its side of the score."""
    return in_unit_text(largest.amount, words.effect_unit(largest.part))


def cost_text(awards: Iterable[Award]) -> str:
    """All prizes added up by what they are."""
    sums: dict[tuple[str, str | None, str], int] = {}
    for award in awards:
        key = (award.kind.value, award.currency, award.label)
        sums[key] = sums.get(key, 0) + award.amount
    return " + ".join(
        award_text({"kind": kind, "currency": currency, "label": label, "amount": amount})
        for (kind, currency, label), amount in sums.items()
    )


def budget_texts(rules: Rules, entrants: int) -> list[str]:
    """What does not fit into the budget."""
    return [text_of(one) for one in budget_issues(rules, entrants)]


def regular_rows(rehearsal: Rehearsal, limit: int = 10) -> list[dict[str, str]]:
    """Who would have won most often."""
    return [
        {
            "label": one.name,
            "value": _("%(wins)s of %(of)s") % {"wins": one.wins, "of": one.of},
        }
        for one in rehearsal.regulars[:limit]
    ]


def fairness_facts(now: Fairness, names: Sequence[tuple[str, str]], words: Words) -> list[Any]:
    """How open the challenge is, as facts."""
    found: list[dict[str, str]] = []
    known = dict(names)
    if now.chances is not None:
        counting = ngettext(
            "%(n)s of %(total)s can still win", "%(n)s of %(total)s can still win", now.chances
        )
        shown = {"n": number_text(now.chances), "total": number_text(now.entrants)}
        note = _(
            "At the best pace so far, while the last winning place goes on at the median pace."
        )
        found.append({"label": _("Still open"), "value": counting % shown, "note": note})
    if now.largest is not None:
        value = _("The same would win without it.")
        if now.largest.changes:
            others = ", ".join(known.get(one, one) for one in now.largest.winners[:5])
            value = _("Without it: %(others)s") % {"others": others or _("nobody")}
        amount = _effect(now.largest, words)
        note = " · ".join(
            (known.get(now.largest.entrant, ""), amount, record_text(now.largest.record))
        )
        found.append({"label": _("The largest record"), "value": value, "note": note})
    tied = ", ".join(known.get(one, one) for one in now.tied)
    found.append({"label": _("Level at a winning place"), "value": tied or _("nobody"), "note": ""})
    return found
