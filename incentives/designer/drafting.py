"""What somebody did in the designer, as a new text of the document."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from incentives.calc.measures import SOURCES
from incentives.designer.additions import added
from incentives.designer.controls import form_of
from incentives.designer.editing import edited, parts_of
from incentives.designer.renaming import (
    KEY,
    Move,
    key_renamed,
    lines_renamed,
    new_keys,
    references,
    totals_going_on,
)
from incentives.designer.values import member, shown, value_at
from kernel.documents import Plain, joined, load_text
from kernel.issues import Invalid, Issue

AT, SOURCE, TEST, NEW = "at:", "source:", "test:", "new:"
_STEP = re.compile(r"(?P<step>(?:components\[\d+\]\.)?steps\[\d+\])\.(?P<rest>.+)")
_LISTS = ("components", "measures", "parameters")
_COMPONENT_KEY = re.compile(r"components\[\d+\]\.key")
_TESTS = ("is", "is_not", "at_least", "above", "at_most", "below")


@dataclass(frozen=True, slots=True)
class Draft:
    """The document as it stands now, and its value when it is a block that can be read."""

    text: str
    value: Plain = None
    refused: tuple[Issue, ...] = ()
    """What was asked and not done."""

    @property
    def mark(self) -> str:
        """What the form was drawn from; a text that was changed by hand has another one."""
        return sha256(self.text.encode()).hexdigest()


def draft_of(text: str) -> Draft:
    """The draft of a text; without value when it is no YAML."""
    clean = text.replace("\r\n", "\n")
    try:
        value = load_text(clean).value
    except Invalid:
        return Draft(clean)
    return Draft(clean, value if isinstance(value, dict) else None)


def drafted(data: Mapping[str, str]) -> Draft:
    """The draft after what was posted: the values of the form, then the button that was pressed.

    A document that was changed by hand since the form was drawn wins over the form.
    """
    draft = draft_of(data.get("document", ""))
    if draft.value is None or data.get("drawn") != draft.mark:
        return draft
    data = _asked(form_of(draft.value), data)
    changes = {
        name.removeprefix(AT): text.strip()
        for name, text in data.items()
        if name.startswith(AT) and text.strip() != shown(draft.value, name.removeprefix(AT))
    }
    keys, refused = new_keys(draft.value, data)
    for path, new in keys.items():
        old = str(parts_of(path)[-1])
        changes |= dict(references(_changed(draft.value, changes), old, new))
    moves = [
        *_renames(draft.value, data),
        *lines_renamed(draft.value, changes),
        *totals_going_on(draft.value, keys),
        *(move for path, new in keys.items() for move in key_renamed(draft.value, path, new)),
        *_pressed(draft.value, data, keys),
    ]
    if not changes and not moves:
        return replace(draft, refused=refused)
    return replace(draft_of(edited(draft.text, changes, moves)), refused=refused)


def _asked(form: Mapping[str, Any], data: Mapping[str, str]) -> dict[str, str]:
    """What was posted about places that the form has; all else nobody was offered."""
    nodes = list(_nodes(form))
    entries = [*form["measures"], *form["parameters"]]
    names = {"document", "drawn", "valid_from", "action"}
    names |= {f"{AT}{one['path']}" for one in nodes if "text" in one}
    names |= {f"{SOURCE}{one['path']}" for one in nodes if "source" in one}
    names |= {f"{TEST}{one['path']}" for one in nodes if "test" in one}
    names |= {f"{KEY}{one['path']}" for one in entries}
    lists = {*_LISTS, *(one["path"] for one in nodes)}
    places = {
        "add": lists,
        "date": {one["path"] for one in form["parameters"]},
        "widen": {one["path"] for one in nodes if one.get("kind") == "grid"},
        "narrow": {
            column for one in nodes if one.get("kind") == "grid" for column in one["columns"]
        },
    }
    places |= {"undate": places["date"]}
    what, _, path = data.get("action", "").partition(":")
    asked = {name: text for name, text in data.items() if name in names or name.startswith(NEW)}
    if path not in places.get(what, lists):
        asked.pop("action", None)
    return asked


def _nodes(part: object) -> Iterator[Mapping[str, Any]]:
    """Every part of a form that has a place in the document."""
    match part:
        case dict():
            if isinstance(part.get("path"), str):
                yield part
            for inner in part.values():
                yield from _nodes(inner)
        case list():
            for inner in part:
                yield from _nodes(inner)


def _renames(value: Plain, data: Mapping[str, str]) -> list[Move]:
    """Measures that got another source, and conditions that got another test."""
    found: list[Move] = []
    for name, wanted in data.items():
        prefix, known = (SOURCE, SOURCES) if name.startswith(SOURCE) else (TEST, _TESTS)
        if not name.startswith(prefix) or wanted not in known:
            continue
        path = name.removeprefix(prefix)
        block = value_at(value, path)
        present = [one for one in known if isinstance(block, dict) and block.get(one) is not None]
        if present and present[0] != wanted:
            found.append(("rename", joined(path, present[0]), wanted))
    return found


def _changed(value: Plain, changes: Mapping[str, str]) -> Plain:
    """The document with these texts in place of those that are there."""
    copy = deepcopy(value)
    for path, text in changes.items():
        *above, last = parts_of(path)
        holder = copy
        for part in above:
            holder = member(holder, part)
        if isinstance(holder, dict):
            holder[str(last)] = text
        elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
            holder[last] = text
    return copy


def _pressed(value: Plain, data: Mapping[str, str], keys: Mapping[str, str]) -> list[Move]:
    """The button: `add:components[0].steps`, `remove:...`, `up:...`, `down:...`.

    Of a parameter: `date:` and `undate:`, of a grid: `widen:` and `narrow:`. `keys`: the entries
    that have another key by the time that the button is heeded.
    """
    what, _, path = data.get("action", "").partition(":")
    for old, new in keys.items():
        if path == old or path.startswith(f"{old}."):
            block, _, _ = old.rpartition(".")
            return _under(what, joined(block, new) + path.removeprefix(old), value, path, data)
    return _under(what, path, value, path, data)


def _under(what: str, path: str, value: Plain, before: str, data: Mapping[str, str]) -> list[Move]:
    """A button at a path; `before` is the same place in the document as it was read."""
    there = value_at(value, before)
    if what in ("remove", "up", "down", "undate", "widen") and there is not None:
        return [(what, path, None)]
    if what == "narrow" and value_at(value, before[: before.rfind("[")]) is not None:
        return [(what, path, None)]
    if what == "date" and there is not None:
        return [(what, path, data.get("valid_from", "").strip() or "2026-01-01")]
    if what == "add":
        new = added(value, before, data.get(NEW + before, "").strip())
        return [] if new is None else [("add", path, new)]
    return []
