"""What somebody did in the designer, as a new text of the document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
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
from incentives.designer.editing import edited, parts_of
from kernel.documents import Plain, joined, load_text
from kernel.issues import Invalid

AT, SOURCE, TEST, NEW = "at:", "source:", "test:", "new:"
_STEP = re.compile(r"(?P<step>(?:components\[\d+\]\.)?steps\[\d+\])\.(?P<rest>.+)")
_TESTS = ("is", "is_not", "at_least", "above", "at_most", "below")


@dataclass(frozen=True, slots=True)
class Draft:
    """The document as it stands now, and its value when it is a block that can be read."""

    text: str
    value: Plain = None

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
    changes = {
        name.removeprefix(AT): text.strip()
        for name, text in data.items()
        if name.startswith(AT) and text.strip() != shown(draft.value, name.removeprefix(AT))
    }
    moves = [*_renames(draft.value, data), *_pressed(draft.value, data)]
    if not changes and not moves:
        return draft
    return draft_of(edited(draft.text, changes, moves))


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


def _pressed(value: Plain, data: Mapping[str, str]) -> list[Move]:
    """The button: `add:components[0].steps`, `remove:...`, `up:...`, `down:...`."""
    what, _, path = data.get("action", "").partition(":")
    if what in ("remove", "up", "down") and _at(value, path) is not None:
        return [(what, path, None)]
    if what == "add":
        new = _new(value, path, data.get(NEW + path, "").strip())
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
        return rows[-1]
    if path.endswith(".where"):
        return {"attribute": "type", "is": "deal_won"}
    kind = _kind_at(value, path)
    return _stub(kind.kind, value) if isinstance(kind, ListOf) else _first(_stub(kind, value))


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
