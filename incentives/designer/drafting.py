"""What somebody did in the designer, as a new text of the document."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from incentives.calc.bands import Bands
from incentives.calc.conditions import Where
from incentives.calc.fields import (
    REQUIRED,
    Amount,
    Block,
    Choice,
    Field,
    Flag,
    Key,
    ListOf,
    MeasureName,
    Number,
)
from incentives.calc.measures import SOURCES
from incentives.calc.quantities import NAME
from incentives.calc.steps import MECHANICS
from incentives.calc.steps.curves import Points
from incentives.designer.controls import form_of
from incentives.designer.editing import edited, parts_of
from incentives.designer.renaming import in_examples, references
from kernel.documents import Plain, joined, load_text
from kernel.issues import N_, Invalid, Issue, Place, error, warning
from kernel.periods import Period

AT, SOURCE, TEST, NEW, KEY = "at:", "source:", "test:", "new:", "key:"
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
    """What was asked and not done, or done with consequences that have to be known."""

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
    keys, refused = _new_keys(draft.value, data)
    for path, new in keys.items():
        old = str(parts_of(path)[-1])
        changes |= dict(references(_changed(draft.value, changes), old, new))
    moves = [
        *_renames(draft.value, data),
        *_lines_renamed(draft.value, changes),
        *(move for path, new in keys.items() for move in _key_renamed(draft.value, path, new)),
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


def shown(value: Plain, path: str) -> str:
    """The text of the value at a path as the form shows it; empty where there is none."""
    for part in parts_of(path):
        if isinstance(value, str) and part in ("fr", "en"):
            return value  # one text for both languages
        value = _member(value, part)
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
    return ""


def _member(value: Plain, part: str | int) -> Plain:
    match value:
        case dict():
            return value.get(str(part))
        case list() if isinstance(part, int) and part < len(value):
            return value[part]
    return None


def _at(value: Plain, path: str) -> Plain:
    for part in parts_of(path):
        value = _member(value, part)
    return value


Move = tuple[str, str, Plain]


def _renames(value: Plain, data: Mapping[str, str]) -> list[Move]:
    """Measures that got another source, and conditions that got another test."""
    found: list[Move] = []
    for name, wanted in data.items():
        prefix, known = (SOURCE, SOURCES) if name.startswith(SOURCE) else (TEST, _TESTS)
        if not name.startswith(prefix) or wanted not in known:
            continue
        path = name.removeprefix(prefix)
        block = _at(value, path)
        present = [one for one in known if isinstance(block, dict) and block.get(one) is not None]
        if present and present[0] != wanted:
            found.append(("rename", joined(path, present[0]), wanted))
    return found


def _new_keys(value: Plain, data: Mapping[str, str]) -> tuple[dict[str, str], tuple[Issue, ...]]:
    """Measures and parameters that got another key, by path; and why some did not."""
    found: dict[str, str] = {}
    refused: list[Issue] = []
    taken = {*_keys(value, "measures"), *_keys(value, "parameters")}
    for name, text in data.items():
        path, new = name.removeprefix(KEY), text.strip()
        if path == name or _at(value, path) is None or new == parts_of(path)[-1]:
            continue
        if new in taken:
            refused.append(_taken(path, new))
        elif not NAME.fullmatch(new):
            refused.append(_no_key(path, new))
        else:
            found[path] = new
            taken.add(new)
            if path.startswith("measures.") and _is_totalled(value, str(parts_of(path)[-1])):
                refused.append(_starts_anew(joined("measures", new)))
    return found, tuple(refused)


def _keys(value: Plain, path: str) -> list[str]:
    block = _at(value, path)
    return list(block) if isinstance(block, dict) else []


def _is_totalled(value: Plain, key: str) -> bool:
    """Whether a running total of the document is of this measure."""
    return any(_at(value, f"measures.{one}.to_date") == key for one in _keys(value, "measures"))


def _starts_anew(path: str) -> Issue:
    return warning(
        "designer.total_starts_anew",
        N_("A running total reads this measure, and is remembered by its key."),
        N_("Paid periods keep the old key: once this is published, the total starts at zero."),
        Place(path=path),
    )


def _taken(path: str, key: str) -> Issue:
    return error(
        "designer.key_taken",
        N_("There is already a measure or parameter {key}."),
        N_("Choose another key; this one stays as it was."),
        Place(path=path),
        key=key,
    )


def _no_key(path: str, key: str) -> Issue:
    return error(
        "designer.no_key",
        N_("{key} cannot be a key."),
        N_("Lower-case letters, digits and underscores, a letter first: base_rate."),
        Place(path=path),
        key=key or "''",
    )


def _changed(value: Plain, changes: Mapping[str, str]) -> Plain:
    """The document with these texts in place of those that are there."""
    copy = deepcopy(value)
    for path, text in changes.items():
        *above, last = parts_of(path)
        holder = copy
        for part in above:
            holder = _member(holder, part)
        if isinstance(holder, dict):
            holder[str(last)] = text
        elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
            holder[last] = text
    return copy


def _key_renamed(value: Plain, path: str, new: str) -> Iterator[Move]:
    """The entry itself, and what the examples say of it."""
    old = str(parts_of(path)[-1])
    yield "rename", path, new
    measures = _at(value, "measures")
    given = (
        [one.get("given") for one in measures.values() if isinstance(one, dict)]
        if isinstance(measures, dict)
        else []
    )
    # a figure of the inputs keeps the name that the inputs give it
    if path.startswith("measures") and old not in given:
        for entry, key in in_examples(value, "measures", old, new):
            yield "rename", entry, key


def _lines_renamed(value: Plain, changes: Mapping[str, str]) -> Iterator[Move]:
    """What the examples expect of payment lines that got another key."""
    for path, new in changes.items():
        if _COMPONENT_KEY.fullmatch(path) and NAME.fullmatch(new):
            for entry, key in in_examples(value, "lines", shown(value, path), new):
                yield "rename", entry, key


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
    there = _at(value, before)
    if what in ("remove", "up", "down", "undate", "widen") and there is not None:
        return [(what, path, None)]
    if what == "narrow" and _at(value, before[: before.rfind("[")]) is not None:
        return [(what, path, None)]
    if what == "date" and there is not None:
        return [(what, path, data.get("valid_from", "").strip() or "2026-01-01")]
    if what == "add":
        new = _new(value, before, data.get(NEW + before, "").strip())
        return [] if new is None else [("add", path, new)]
    return []


def _new(value: Plain, path: str, wanted: str) -> Plain:
    """What is added to the list or block at a path."""
    if path == "steps" or path.endswith(".steps"):
        return _new_step(value, wanted)
    if path == "components":
        return _new_component(value)
    if path in ("measures", "parameters"):
        key = wanted if NAME.fullmatch(wanted) else _free(value, path, path[:-1])
        return {key: {"sum": "amount"} if path == "measures" else "0"}
    rows = _at(value, path)
    if isinstance(rows, list) and rows:
        return _later(rows[-1]) if path.endswith(".values") else rows[-1]
    if path.endswith(".where"):
        return {"attribute": "type", "is": "deal_won"}
    kind = _kind_at(value, path)
    return _stub(kind.kind, value) if isinstance(kind, ListOf) else _first(_stub(kind, value))


def _later(row: Plain) -> Plain:
    """The same value from the first of the next month on."""
    if not isinstance(row, dict):
        return row
    try:
        start = date.fromisoformat(str(row.get("from")))
    except ValueError:
        return row
    return {**row, "from": Period.month(start).end.isoformat()}


def _first(rows: Plain) -> Plain:
    return rows[0] if isinstance(rows, list) and rows else None


def _free(value: Plain, path: str, word: str) -> str:
    taken = _at(value, path)
    number = 1
    while isinstance(taken, dict) and f"{word}_{number}" in taken:
        number += 1
    return f"{word}_{number}"


def _new_component(value: Plain) -> Plain:
    rows = _at(value, "components")
    number = len(rows) + 1 if isinstance(rows, list) else 1
    key = f"component_{number}"
    return {"key": key, "name": {"fr": key, "en": key}, "steps": [_new_step(value, "flat_rate")]}


def _new_step(value: Plain, wanted: str) -> Plain:
    mechanic = MECHANICS.get(wanted)
    if mechanic is None:
        return None
    return {"step": wanted, **_stubs(mechanic.fields, value)}


def _stubs(fields: tuple[Field, ...], value: Plain) -> dict[str, Plain]:
    return {one.name: _stub(one.kind, value) for one in fields if one.default is REQUIRED}


def _stub(kind: Any, value: Plain) -> Plain:
    """A first value of a kind, for its author to change."""
    match kind:
        case Points():
            return [{"at": "0", "pays": "0"}, {"at": "1", "pays": "1"}]
        case Bands():
            return [{"from": "0", kind.value: "0"}]
        case ListOf(kind=inner, least=least):
            return [_stub(inner, value) for _ in range(max(least, 1))]
        case Block(fields=fields):
            return _stubs(fields, value)
        case Choice(options=options):
            return options[0]
        case Flag():
            return False
        case MeasureName() | Amount():
            return _a_measure(value)
        case Number(strict=strict):
            return "1" if strict else "0"
        case Key():
            return "item_1"
        case Where():
            return []
    return "…"


def _a_measure(value: Plain) -> str:
    measures = _at(value, "measures")
    return next(iter(measures), "0") if isinstance(measures, dict) else "0"


def _kind_at(value: Plain, path: str) -> Any:
    """What kind of thing a step's list holds, by the step's mechanic."""
    found = _STEP.fullmatch(path)
    step = _at(value, found["step"]) if found else None
    mechanic = MECHANICS.get(str(step.get("step"))) if isinstance(step, dict) else None
    if found is None or mechanic is None:
        return None
    fields: tuple[Field, ...] = mechanic.fields
    kind: Any = None
    for part in parts_of(found["rest"]):
        if isinstance(part, int):
            kind = kind.kind if isinstance(kind, ListOf) else None
        else:
            kind = next((one.kind for one in fields if one.name == part), None)
        fields = kind.fields if isinstance(kind, Block) else ()
    return kind
