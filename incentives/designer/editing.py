"""Changes to the text of a plan document that leave all the rest of it as its author wrote it.

The text is the plan; the form only asks for changes of it: this value, one more tier, that step
further up. Comments, quotes and the order of keys stay.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from kernel.documents import Plain

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
Parts = tuple[str | int, ...]


class Written(str):
    """A value as somebody typed it: written plain where YAML allows it, so 5 % stays 5 %."""

    __slots__ = ()


class _Representer(RoundTripRepresenter):
    """The round trip of ruamel.yaml, and values as they were typed."""


def _represent(representer: Any, value: Written) -> Any:
    text = str(value)
    tag = representer.serializer.resolver.resolve(ScalarNode, text, (True, False))
    return representer.represent_scalar(tag, text)


_Representer.add_representer(Written, _represent)


def parts_of(path: str) -> Parts:
    """`components[0].steps[1].rate` as its keys and positions."""
    return tuple(int(number) if number else key for key, number in _PART.findall(path))


def edited(
    text: str, changes: Mapping[str, str], moves: Sequence[tuple[str, str, Plain]] = ()
) -> str:
    """The document with these values set, and then blocks added, removed or moved.

    `changes`: path and new text; an empty text takes the key away. A move is what happens ("add",
    "remove", "up", "down", "rename"), the path it happens to, and the block or name that is new.
    The text must be YAML that `kernel.documents` reads.
    """
    yaml = _yaml()
    tree = yaml.load(text)
    if tree is None:
        tree = CommentedMap()
    for path, value in changes.items():
        _set(tree, parts_of(path), value)
    for what, path, new in moves:
        parts = parts_of(path)
        # a value that was written over at the same time takes its buttons with it
        if what == "add" or _is_there(tree, parts[:-1] if what == "narrow" else parts):
            _MOVES[what](tree, parts, new)
    found = io.StringIO()
    yaml.dump(tree, found)
    return found.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.preserve_quotes = True
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _is_there(tree: Any, parts: Parts) -> bool:
    for part in parts:
        if isinstance(tree, CommentedSeq):
            if not isinstance(part, int) or part >= len(tree):
                return False
        elif not isinstance(tree, CommentedMap) or part not in tree:
            return False
        tree = tree[part]
    return True


def _holder(tree: Any, parts: Parts) -> Any:
    """The map or list that holds the last part; blocks on the way that are not there are made."""
    for part, following in pairwise(parts):
        held = tree.get(part) if isinstance(tree, CommentedMap) else tree[part]
        wanted = CommentedSeq if isinstance(following, int) else CommentedMap
        if following in ("fr", "en") and held is not None and not isinstance(held, wanted):
            # one text for both languages, of which one now differs
            tree[part] = CommentedMap(fr=held, en=held)
            tree[part].fa.set_flow_style()
        elif not isinstance(held, wanted):
            tree[part] = wanted()
        tree = tree[part]
    return tree


def _set(tree: Any, parts: Parts, value: str) -> None:
    holder, last = _holder(tree, parts), parts[-1]
    if isinstance(holder, CommentedSeq) or value:
        holder[last] = Written(value)
    else:
        holder.pop(last, None)


def _add(tree: Any, parts: Parts, new: Plain) -> None:
    holder, last = _holder(tree, parts), parts[-1]
    if parts in (("measures",), ("parameters",)):
        if not isinstance(holder.get(last), CommentedMap):
            holder[last] = CommentedMap()
        holder[last].update(_fresh(new))
        return
    rows = holder[last] if isinstance(holder, CommentedSeq) else holder.get(last)
    if not isinstance(rows, CommentedSeq):
        rows = holder[last] = CommentedSeq()
    added = _fresh(new)
    if rows and isinstance(rows[-1], CommentedMap) and isinstance(added, CommentedMap):
        is_flat = not any(isinstance(one, CommentedSeq | CommentedMap) for one in added.values())
        if is_flat and rows[-1].fa.flow_style():
            added.fa.set_flow_style()
        else:
            added.fa.set_block_style()
    rows.append(added)


def _fresh(value: Plain) -> Any:
    """A new block: bands and points on one line each, everything else one key a line."""
    match value:
        case dict():
            made = CommentedMap((key, _fresh(item)) for key, item in value.items())
            if "step" not in value and "steps" not in value and len(value) <= 3:
                made.fa.set_flow_style()
            return made
        case list():
            rows = CommentedSeq([_fresh(item) for item in value])
            if value and not isinstance(value[0], dict):
                rows.fa.set_flow_style()
            return rows
        case str():
            return Written(value)
    return value


def _remove(tree: Any, parts: Parts, _new: Plain) -> None:
    holder = _holder(tree, parts)
    del holder[parts[-1]]
    if not holder and len(parts) > 1 and isinstance(parts[-1], int):
        # an empty list means nothing that its absence does not say
        del _holder(tree, parts[:-1])[parts[-2]]


def _swap(by: int) -> Callable[[Any, Parts, Plain], None]:
    def swap(tree: Any, parts: Parts, _new: Plain) -> None:
        rows, at = _holder(tree, parts), parts[-1]
        if isinstance(at, int) and 0 <= at + by < len(rows):
            rows[at], rows[at + by] = rows[at + by], rows[at]

    return swap


def _rename(tree: Any, parts: Parts, new: Plain) -> None:
    """The key of one entry; its value and its place stay."""
    holder, old = _holder(tree, parts), parts[-1]
    if not isinstance(new, str) or new in holder or old not in holder:
        return
    place = list(holder).index(old)
    value = holder.pop(old)
    holder.insert(place, new, value)


def _date(tree: Any, parts: Parts, new: Plain) -> None:
    """One value for ever becomes a list of dated values, of which it is the first."""
    holder, last = _holder(tree, parts), parts[-1]
    body = holder[last]
    row = _fresh({"from": new})
    rows = CommentedSeq([row])
    if not isinstance(body, CommentedMap):
        row["value"] = _some(body)
        holder[last] = CommentedMap(values=rows)
    elif "value" in body and "values" not in body:
        place = list(body).index("value")
        row["value"] = _some(body.pop("value"))
        body.insert(place, "values", rows)


def _undate(tree: Any, parts: Parts, _new: Plain) -> None:
    """The last of the dated values becomes the one for ever."""
    body = _holder(tree, parts)[parts[-1]]
    if isinstance(body, CommentedMap) and isinstance(body.get("values"), CommentedSeq):
        place = list(body).index("values")
        rows = body.pop("values")
        last = rows[-1] if rows else None
        value = last.get("value") if isinstance(last, CommentedMap) else None
        body.insert(place, "value", _some(value))


def _some(value: Any) -> Any:
    return Written("0") if value is None else value


def _widen(tree: Any, parts: Parts, _new: Plain) -> None:
    """One more column: each row repeats its last cell."""
    for row in _holder(tree, parts)[parts[-1]]:
        if isinstance(row, CommentedSeq):
            row.append(_some(row[-1] if row else None))


def _narrow(tree: Any, parts: Parts, _new: Plain) -> None:
    """The column of that number goes, unless it is the last one."""
    at = parts[-1]
    for row in _holder(tree, parts):
        if isinstance(row, CommentedSeq) and isinstance(at, int) and at < len(row) > 1:
            del row[at]


_MOVES: Mapping[str, Callable[[Any, Parts, Plain], None]] = {
    "add": _add,
    "remove": _remove,
    "up": _swap(-1),
    "down": _swap(1),
    "rename": _rename,
    "date": _date,
    "undate": _undate,
    "widen": _widen,
    "narrow": _narrow,
}
