"""A mission path as its walker sees it: each act with what is done and what comes next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.calc.formats.acts import Act
from challenges.calc.formats.mission import Mission
from challenges.calc.names import name_in
from challenges.words import Words
from common.formats import in_unit_text, moment_text

STATES = {"done": "done", "open": "open", "locked": "later"}


def act_items(
    kept: Sequence[Mapping[str, Any]], words: Words, language: str
) -> list[dict[str, Any]]:
    """Items of the part `c-checklist` from what `challenges.rows` keeps of an entrant."""
    params = words.rules.params
    if not isinstance(params, Mission):
        return []
    acts = {act.key: act for act in params.acts}
    return [
        {
            "label": name_in(acts[one["key"]].names, language, one["key"]),
            "state": STATES[one["state"]],
            "note": _note(acts[one["key"]], one, words),
        }
        for one in kept
        if one["key"] in acts
    ]


def _note(act: Act, kept: Mapping[str, Any], words: Words) -> str:
    if kept["done_at"]:
        return _("done on %(moment)s") % {
            "moment": moment_text(datetime.fromisoformat(kept["done_at"]))
        }
    progress = _progress(act, kept, words)
    if act.per is None:
        return progress
    times = {"times": kept["times"], "count": act.times}
    if act.per == "day":
        said = ngettext("%(times)s of %(count)s day", "%(times)s of %(count)s days", act.times)
    else:
        said = ngettext("%(times)s of %(count)s week", "%(times)s of %(count)s weeks", act.times)
    return f"{said % times} · {progress}"


def _progress(act: Act, kept: Mapping[str, Any], words: Words) -> str:
    unit = words.unit_of(act.measure.metric)
    return _("%(value)s of %(target)s · %(metric)s") % {
        "value": in_unit_text(Fraction(kept["value"]), unit),
        "target": in_unit_text(act.target, unit),
        "metric": words.metric(act.measure.metric),
    }
