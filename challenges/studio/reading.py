"""The fields of the studio read back into a document: the other half of `drawing`.

What was not touched stays as it was written (an offset, seconds, a percentage), and so does what no
field shows. None means that a key is not written.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from challenges.calc.shapes import (
    Choice,
    Either,
    Field,
    ListOf,
    Number,
    NumberOr,
    Obj,
    Shape,
    Tagged,
    WholeOr,
    YesNo,
)
from challenges.studio.desk import (
    COUNT,
    MODE,
    SCALAR,
    SHOWN,
    TABLE,
    WAS,
    Desk,
    is_names,
    members,
    mode_of,
    speaks,
)
from challenges.studio.drawing import list_text, shown_text
from common.numbers import whole
from kernel.issues import Invalid
from kernel.numbers import as_text, parse_number

MOST_ROWS = 400
_SEPARATOR = re.compile(r"\s*(?:;|,\s)\s*")


@dataclass(frozen=True, slots=True)
class Posted:
    """What the browser sent."""

    data: QueryDict
    desk: Desk

    def text(self, name: str) -> str | None:
        """A single value; None when its field was not on the page."""
        value = self.data.get(name)
        return None if value is None else value.strip()

    def has(self, name: str) -> bool:
        """Whether a field was on the page."""
        return name in self.data


def read(path: str, spec: Field, base: Any, posted: Posted) -> Any:
    """The value of one key as a document writes it."""
    shape = spec.shape
    match shape:
        case YesNo():
            return _yes_no(path, spec, base, posted)
        case NumberOr() | WholeOr():
            return _word(path, spec, shape, base, posted)
        case Either():
            return _either(path, shape, base, posted)
        case ListOf():
            return _list(path, shape, base, posted)
        case Obj():
            return _table(shape, path, base, posted)
        case Tagged():
            return _tagged(shape, path, base, posted)
    return _scalar(path, shape, base, posted, spec.default)


def _scalar(path: str, shape: Shape, base: Any, posted: Posted, default: Any = None) -> Any:
    text, stated = posted.text(path), default if base is None else base
    if text is None or text == shown_text(shape, stated, posted.desk):
        return base
    if not text:
        return None
    return number_of(text) if isinstance(shape, Number | NumberOr | WholeOr) else text


def number_of(text: str) -> str:
    """A number as people write it, as a document does; what is none stays for the rules' reader,
    who says what is wrong with it."""
    figure = text.removesuffix("%").rstrip()
    try:
        exact = as_text(parse_number(figure))
    except Invalid:
        return text
    return exact if figure == text else f"{exact} %"


def _yes_no(path: str, spec: Field, base: Any, posted: Posted) -> Any:
    if not posted.has(path + SHOWN):
        return base
    now, before = posted.has(path), spec.default if base is None else _is_true(base)
    return base if now == before else str(now).lower()


def _is_true(value: object) -> bool:
    return str(value).lower() in ("true", "yes", "on")


def _word(path: str, spec: Field, shape: NumberOr | WholeOr, base: Any, posted: Posted) -> Any:
    mode = posted.text(path + MODE)
    if mode is None:
        return base
    if mode == shape.word:
        return base if base is None and spec.default == mode else mode
    default = None if spec.default == shape.word else spec.default
    return _scalar(path, shape, None if base == shape.word else base, posted, default)


def _either(path: str, shape: Either, base: Any, posted: Posted) -> Any:
    if is_names(shape):
        return _names(path, base, posted)
    mode = posted.text(path + MODE)
    if mode is None:
        return base
    same = base if mode_of(shape, base) == mode else None
    if mode == SCALAR:
        return _opened(_scalar(path, shape.scalar, same, posted), "")
    if mode == TABLE and isinstance(shape.table, Obj):
        return _opened(_table(shape.table, path, same, posted), {})
    return mode or None


def _opened(value: Any, empty: Any) -> Any:
    """A form that was chosen stays chosen while nothing is written in it yet."""
    return empty if value is None else value


def _names(path: str, base: Any, posted: Posted) -> Any:
    found = {one: posted.text(f"{path}.{one}") for one in ("en", "fr")}
    if None in found.values():
        return base
    before = base if isinstance(base, Mapping) else dict.fromkeys(found, base)
    if base is not None and all(found[one] == (before.get(one) or "") for one in found):
        return base
    named = {one: name for one, name in found.items() if name}
    if len(set(named.values())) <= 1:
        return next(iter(named.values()), None)
    return named


def _list(path: str, shape: ListOf, base: Any, posted: Posted) -> Any:
    if isinstance(shape.item, Choice):
        return _many(path, shape.item.options, base, posted)
    if posted.desk.choices_of(path, shape.item) is not None:
        return _many(path, posted.data.getlist(path), base, posted)
    if isinstance(shape.item, Obj | Tagged):
        return _rows(path, shape.item, base, posted)
    text = posted.text(path)
    if text is None or (base and text == list_text(shape, base, posted.desk)):
        return base
    found = [one for one in _SEPARATOR.split(text) if one]
    if isinstance(shape.item, Number):
        found = [number_of(one) for one in found]
    return found or (base if base == [] else None)


def _many(path: str, options: Sequence[str], base: Any, posted: Posted) -> Any:
    if not posted.has(path + SHOWN):
        return base
    chosen = set(posted.data.getlist(path))
    if set(base or ()) == chosen:
        return base
    return [one for one in options if one in chosen] or None


def _rows(path: str, shape: Obj | Tagged, base: Any, posted: Posted) -> Any:
    count = whole(posted.text(path + COUNT))
    if count is None:
        return base
    numbers = range(min(count, MOST_ROWS))
    rows = [_row(f"{path}[{number}]", shape, posted) for number in numbers]
    return rows or (base if base == [] else None)


def _row(path: str, shape: Obj | Tagged, posted: Posted) -> Any:
    return read(path, Field(shape, ""), _was(posted.text(path + WAS)), posted) or {}


def _was(text: str | None) -> dict[str, Any]:
    """What the row was when the page was drawn; it travels with the row, whatever its number."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _table(shape: Obj, path: str, base: Any, posted: Posted) -> Any:
    given = base if isinstance(base, dict) else {}
    kept = {**given}
    for key, inner, spec in members(shape.fields, path):
        value = read(inner, spec, given.get(key), posted)
        if value is None or not _still_speaks(shape, key, inner, kept, given):
            kept.pop(key, None)
        else:
            kept[key] = value
    return kept or (base if base == {} else None)


def _still_speaks(
    shape: Obj, key: str, path: str, now: Mapping[str, Any], before: Mapping[str, Any]
) -> bool:
    """A value goes when the word is gone beside which it spoke, and not because it is unusual."""
    defaults = {key: spec.default for key, spec in shape.fields.items()}
    if speaks(path, {**defaults, **now}):
        return True
    return key in before and not speaks(path, {**defaults, **before})


def _tagged(shape: Tagged, path: str, base: Any, posted: Posted) -> Any:
    given = base if isinstance(base, dict) else {}
    tag = posted.text(f"{path}.{shape.tag}")
    if tag is None:
        return base
    if tag not in shape.options:
        return {shape.tag: tag} if tag else None
    others = {key for option in shape.options.values() for key in option.fields}
    fields = shape.options[tag].fields
    fitting = {k: v for k, v in given.items() if k in fields or k not in others}
    fitting.pop(shape.tag, None)
    return {shape.tag: tag, **(_table(shape.options[tag], path, fitting, posted) or {})}
