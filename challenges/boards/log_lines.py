"""The log of moved scores as plain values for pages: what, why, and what it did to the ranks."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.calc.records import Charge
from challenges.models import ScoreChange
from challenges.seen_boards import Seen
from challenges.words import Words, cause_text, record_text
from common.formats import MISSING, delta_text, in_unit_text, moment_text, number_text


def change_rows(changes: Sequence[ScoreChange], seen: Seen, words: Words) -> list[dict[str, Any]]:
    """The log of moved scores as events, newest first, of whom the reader sees. Records are named
    of open figures only: whose figures are closed to the reader, their records are too."""
    rows = seen.by_key({change.entrant_key for change in changes})
    names = {key: row.name for key, row in rows.items()}
    opened = {key for key, row in rows.items() if row.open}
    return [
        {
            "at": moment_text(change.at),
            "title": _change_title(change, names, words),
            "text": _change_text(change, words, is_open=change.entrant_key in opened),
            "tone": "bad" if change.delta.startswith("-") else "good",
            "icon": "trending-down" if change.delta.startswith("-") else "trending-up",
        }
        for change in changes
    ]


def _change_title(change: ScoreChange, names: Mapping[str, str], words: Words) -> str:
    amount = delta_text(
        Fraction(change.delta), words.effect_unit("") if change.record else words.unit
    )
    name = names.get(change.entrant_key) or _("Somebody")
    return f"{name} · {amount}"


def _change_text(change: ScoreChange, words: Words, *, is_open: bool) -> str:
    record = record_text(change.record) if is_open else ""
    if change.record and not is_open:
        record = _("a record")
    said = " ".join(part for part in (record, cause_text(change.cause)) if part)
    charge = _charge_of(change, words)
    if charge is not None and is_open:
        said = words.charged(charge)
    if records := change.detail.get("records"):
        counting = ngettext("%(n)s record counts", "%(n)s records count", records)
        said = f"{said}, {counting % {'n': number_text(records)}}"
    before, after = (Fraction(text) if text else None for text in (change.before, change.after))
    moved = [said, f"{words.score(before)} → {words.score(after)}"]
    ranks, targets = change.detail.get("rank", (None, None)), change.detail.get("target")
    if ranks[0] != ranks[1]:
        moved.append(_("rank %(before)s → %(after)s") % _pair(*(_rank(one) for one in ranks)))
    if targets:
        exact = (Fraction(one) if one else None for one in targets)
        moved.append(
            _("target %(before)s → %(after)s")
            % _pair(*(in_unit_text(one, words.metric_unit) for one in exact))
        )
    return " · ".join(moved)


def _charge_of(change: ScoreChange, words: Words) -> Charge | None:
    """What was charged, where the rules still have it."""
    if change.cause != "charged":
        return None
    return next((one for one in words.rules.charges if one.id == change.record), None)


def _rank(rank: int | None) -> str:
    return MISSING if rank is None else str(rank)


def _pair(before: str, after: str) -> dict[str, str]:
    return {"before": before, "after": after}
