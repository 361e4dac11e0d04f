"""The steps of the studio: which keys of a document stand in which, for a format."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from challenges.calc.document import DOCUMENT, ENTRANTS, PRIZE, score_fields
from challenges.calc.formats import FORMATS
from challenges.calc.formats.base import Format, no_tiers
from challenges.calc.parse_prizes import OWN_FORMAT
from challenges.calc.shapes import Choice, Field, ListOf, Obj, Tagged
from challenges.studio.desk import Desk
from challenges.studio.drawing import Item, draw
from challenges.studio.reading import Posted, read
from common.issues import message_of, remedy_of
from common.numbers import whole
from kernel.issues import Issue

STEPS: dict[str, tuple[str, ...]] = {
    "called": ("name",),
    "who": ("entrants",),
    "what": ("score",),
    "when": ("window", "cut_off"),
    "prizes": ("prizes", "winners", "budget"),
    "more": (
        "minimum", "ties", "visibility", "integrity", "after_official", "prorate", "decimals",
    ),
}  # fmt: skip
_DO = re.compile(r"(add|remove):([a-z_0-9]+(?:\.[a-z_0-9]+|\[[0-9]{1,3}\])*)")
_ROW = re.compile(r"(.+)\[(\d+)\]")
Document = dict[str, Any]


def fields_of(format_key: str) -> dict[str, Field]:
    """Every key that the studio shows, as far as the format knows it."""
    format_ = FORMATS[format_key]
    fields = {**DOCUMENT, "score": Field(score_fields(format_key), "what counts", required=True)}
    fields["name"] = replace(DOCUMENT["name"], required=True)
    fields["entrants"] = replace(DOCUMENT["entrants"], shape=_entrants(format_))
    fields["prizes"] = replace(DOCUMENT["prizes"], shape=ListOf(_prize(format_), 0, 100))
    left_out = set() if format_.competitive else {"ties"}
    if format_.frozen:
        left_out |= {"after_official", "integrity"}
    keys = [key for step in STEPS.values() for key in step if key not in left_out]
    return {key: fields[key] for key in keys}


def _entrants(format_: Format) -> Obj:
    fields = dict(ENTRANTS.fields)
    possible = tuple(sorted(format_.team_scores))
    team_score = fields["team_score"]
    default = team_score.default if team_score.default in possible else None
    fields["team_score"] = replace(team_score, shape=Choice(possible), default=default)
    left_out = set() if possible else {"kind", "team_score", "best_n"}
    if not format_.joins_late:
        left_out |= {"late_joiners", "open_until", "scores_from"}
    return Obj({key: spec for key, spec in fields.items() if key not in left_out})


def _prize(format_: Format) -> Tagged:
    foreign = set(OWN_FORMAT) - format_.prizes
    if format_.tiers is no_tiers:
        foreign.add("tier")
    options = {key: option for key, option in PRIZE.options.items() if key not in foreign}
    return replace(PRIZE, options=options)


def draw_sheet(
    format_key: str, document: Document, desk: Desk, errors: Mapping[str, tuple[str, ...]]
) -> dict[str, list[Item]]:
    """The fields of each step, with what is wrong beside them."""
    fields = fields_of(format_key)
    return {
        step: [
            draw(key, fields[key], document.get(key), desk).told(errors)
            for key in keys
            if key in fields
        ]
        for step, keys in STEPS.items()
    }


def read_sheet(format_key: str, base: Document, posted: Posted, currency: str) -> Document:
    """The document that the fields say; of `base` stays what they do not speak about."""
    document = {**base, "format": format_key}
    for key, spec in fields_of(format_key).items():
        value = read(key, spec, base.get(key), posted)
        if value is None:
            document.pop(key, None)
        else:
            document[key] = value
    return completed(document, currency)


def completed(document: Document, currency: str) -> Document:
    """With what nobody is asked for: the company's currency, and a seed where lots are drawn."""
    found = {**document}
    if "prizes" in found:
        found["prizes"] = [_priced(one, currency) for one in found["prizes"]]
    budget = found.get("budget")
    if isinstance(budget, dict):
        if "amount" in budget:
            found["budget"] = {"currency": currency, **budget}
        else:
            del found["budget"]
    ties = found.get("ties")
    if isinstance(ties, dict) and _draws(ties) and "seed" not in ties:
        found["ties"] = {**ties, "seed": secrets.token_hex(8)}
    return found


def _draws(ties: Document) -> bool:
    return any(
        isinstance(link, dict) and link.get("by") == "draw" for link in ties.get("chain") or ()
    )


def _priced(prize: Document, currency: str) -> Document:
    found = {**prize}
    if found.get("kind") == "money":
        found.setdefault("currency", currency)
    else:
        found.pop("currency", None)
    if "cost" in found:
        found.setdefault("cost_currency", currency)
    else:
        found.pop("cost_currency", None)
    return found


def with_rows_changed(document: Document, asked: str, format_key: str) -> Any:
    """After a button that adds a row to a list or takes one away (`add:prizes`,
    `remove:prizes[1]`)."""
    found = _DO.fullmatch(asked)
    if found is None:
        return document
    verb, path = found.groups()
    if verb == "add":
        return _changed(document, path, lambda rows: [*rows, _new_row(path, rows, format_key)])
    row = _ROW.fullmatch(path)
    if row is None:
        return document
    gone = int(row[2])
    return _changed(document, row[1], lambda rows: [r for n, r in enumerate(rows) if n != gone])


def _changed(node: Any, path: str, change: Any) -> Any:
    """The same with the list at the path changed; paths that lead nowhere change nothing."""
    if not path:
        return change(node if isinstance(node, list) else [])
    if path.startswith("["):
        number, _, rest = path[1:].partition("]")
        if not isinstance(node, list) or int(number) >= len(node):
            return node
        inner = _changed(node[int(number)], rest.removeprefix("."), change)
        return [inner if n == int(number) else one for n, one in enumerate(node)]
    key = re.split(r"[.\[]", path, maxsplit=1)[0]
    table = node if isinstance(node, dict) else {}
    rest = path[len(key) :].removeprefix(".")
    return {**table, key: _changed(table.get(key), rest, change)}


def _new_row(path: str, rows: Sequence[Any], format_key: str) -> Document:
    if path == "ties.chain":
        return {"by": "earliest"}
    if path != "prizes":
        return {}
    own = sorted(FORMATS[format_key].prizes)
    if own:
        return {"for": own[0], "kind": "money"}
    if not FORMATS[format_key].competitive:
        return {"for": "winners", "kind": "money"}
    ranks = [one.get("rank") for one in rows if isinstance(one, dict)]
    places = [whole(rank) or 0 for rank in ranks if isinstance(rank, str)]
    return {"for": "rank", "rank": str(1 + max(places, default=0)), "kind": "money"}


def beside(
    issues: Iterable[Issue], steps: Mapping[str, Sequence[Item]]
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """What is wrong, by the name of the field that it stands beside; the rest on its own."""
    names = {name for items in steps.values() for item in items for name in item.names}
    placed: dict[str, tuple[str, ...]] = {}
    others: list[str] = []
    for one in issues:
        text = f"{message_of(one)} {remedy_of(one)}".strip()
        name = _nearest(one.place.path, names)
        if name is None:
            others.append(text)
        else:
            placed[name] = (*placed.get(name, ()), text)
    return placed, others


def _nearest(path: str, names: set[str]) -> str | None:
    """The field of a place, or the narrowest group around it."""
    while path and path not in names:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return path or None
