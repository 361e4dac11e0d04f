"""What drawing and reading a document in the studio have in common: paths, and which fields there
are.

A field carries the path of its place in the document (`score.parts[0].metric`): what the reader of
the rules says about a place stands beside its field without any table between.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from challenges.calc.shapes import Either, Field, NumberOr, Shape, Text, WholeOr
from kernel.documents import joined

NUMBER, SCALAR, TABLE = "number", "scalar", "table"
MODE, COUNT, SHOWN, WAS = ".as", ".count", ".shown", ".was"
"""Ends of the names of helping controls: which of several forms a value has, how many rows, whether
a box was on the page, and what a row was before."""

KEPT = frozenset(
    {
        "version", "key", "timezone", "calendar", "published", "pauses", "extend_for_pauses",
        "official_at", "cancelled_at", "charges", "entrants.people", "entrants.teams", "ties.seed",
        "prizes[].currency", "prizes[].cost_currency", "budget.currency",
        "score.seed", "score.seed_sha256", "score.proposed_at", "score.accepted_at",
        "score.accept_within",
    }
)  # fmt: skip
"""What no field shows: it stays as it was written."""

WHEN: Mapping[str, tuple[str, frozenset[str]]] = {
    "entrants.team_score": ("kind", frozenset({"team"})),
    "entrants.best_n": ("team_score", frozenset({"best_n"})),
    "entrants.open_until": ("late_joiners", frozenset({"open_until"})),
    "entrants.scores_from": ("late_joiners", frozenset({"always", "open_until"})),
    "ties.chain": ("rule", frozenset({"chain"})),
    "after_official.above": ("policy", frozenset({"amend_above"})),
    "prizes[].label": ("kind", frozenset({"gift", "trip", "trophy", "day_off"})),
    "prizes[].cost": ("kind", frozenset({"points", "gift", "trip", "trophy", "day_off"})),
    "score.parts[].below_floor": ("floor", frozenset()),
}
"""Fields that speak only beside certain words of another field of their table."""

UNSOURCED = frozenset({"roster"})
"""Words that only the files of `score_challenge` can fill with something: not offered."""

STEERING = frozenset({"kind", "team_score", "late_joiners", "rule", "policy"})
Choices = tuple[tuple[str, str], ...]
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the fields come from and what there is to choose."""

    format_key: str
    metrics: Choices
    decimal_comma: bool
    named: Mapping[str, Choices] = field(default_factory=dict)
    """What other keys name, by the key: KPIs, badges."""

    def choices_of(self, path: str, shape: Shape) -> Choices | None:
        """What there is to choose for a key that names something; None for any other."""
        if not isinstance(shape, Text):
            return None
        return self.metrics if path.endswith("metric") else self.named.get(path.rpartition(".")[2])


def plain_path(path: str) -> str:
    """The path without the numbers of rows."""
    return _INDEX.sub("[]", path)


def is_names(shape: Shape) -> bool:
    """Whether it is a name in one language or in several."""
    return isinstance(shape, Either) and isinstance(shape.scalar, Text)


def mode_of(shape: Shape, value: object) -> str:
    """Which form a value has that may have several; empty when it is not stated."""
    if value is None:
        return ""
    if isinstance(shape, NumberOr | WholeOr):
        return shape.word if value == shape.word else NUMBER
    if isinstance(value, dict):
        return TABLE
    if isinstance(shape, Either) and hasattr(shape.scalar, "options"):
        return str(value)
    return SCALAR


def speaks(path: str, beside: Mapping[str, Any]) -> bool:
    """Whether the field has something to say, as the others of its table stand."""
    condition = WHEN.get(plain_path(path))
    if condition is None:
        return True
    key, words = condition
    return beside.get(key) in words if words else beside.get(key) is not None


def members(fields: Mapping[str, Field], path: str) -> list[tuple[str, str, Field]]:
    """The keys of a table that have a field, each with its path."""
    found = [(key, joined(path, key), spec) for key, spec in fields.items()]
    return [one for one in found if plain_path(one[1]) not in KEPT]
