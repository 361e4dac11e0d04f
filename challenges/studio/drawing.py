"""A rules document as fields: each shape of the document has one way to be drawn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from challenges.calc.shapes import (
    Choice,
    Clock,
    Day,
    Either,
    Field,
    ListOf,
    MomentText,
    Number,
    NumberOr,
    Obj,
    Shape,
    Tagged,
    Whole,
    WholeOr,
    YesNo,
)
from challenges.studio.desk import (
    COUNT,
    MODE,
    NUMBER,
    SCALAR,
    SHOWN,
    STEERING,
    TABLE,
    UNSOURCED,
    WAS,
    Choices,
    Desk,
    is_names,
    members,
    mode_of,
    plain_path,
    speaks,
)
from challenges.studio.labels import help_of, label_of, option_of, unstated_of


@dataclass(frozen=True, slots=True)
class Item:
    """One field, or a group of them; `name` is its path in the document. `steers`: another value
    asks for other fields."""

    kind: str
    name: str
    label: str = ""
    help: str = ""
    value: str = ""
    choices: Choices = ()
    chosen: tuple[str, ...] = ()
    required: bool = False
    steers: bool = False
    items: tuple["Item", ...] = ()
    helper: str = ""
    kept: str = ""
    errors: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """For the label, and so that the focus finds its field again."""
        return "f-" + "".join(c if c.isalnum() else "-" for c in self.name)

    @property
    def names(self) -> list[str]:
        """Its own name and those of all within."""
        return [self.name, *(name for item in self.items for name in item.names)]

    def told(self, errors: Mapping[str, tuple[str, ...]]) -> "Item":
        """The same with what is wrong, by name."""
        items = tuple(item.told(errors) for item in self.items)
        # of a group and its first field with one name, the inner one says it
        inner = any(item.name == self.name for item in items)
        return replace(self, items=items, errors=() if inner else errors.get(self.name, ()))


def shown_text(shape: Shape, value: object, desk: Desk) -> str:
    """How a single value stands in its input."""
    text = "" if value is None else str(value)
    match shape:
        case MomentText():
            return f"{text}T00:00" if len(text) == 10 else text.replace(" ", "T")[:16]
        case Number() | NumberOr():
            text = text.replace("_", "")
            return text.replace(".", ",") if desk.decimal_comma else text
        case Whole() | WholeOr():
            return text.replace("_", "")
    return text


def draw(path: str, spec: Field, value: object, desk: Desk) -> Item:
    """The field of one key."""
    shape, where = spec.shape, plain_path(path)
    label = label_of(where, desk.format_key) or spec.doc[:1].upper() + spec.doc[1:]
    head = _Head(path, label, help_of(where, desk.format_key), spec)
    match shape:
        case Choice():
            return _choice(head, shape, value, desk)
        case YesNo():
            return head.item("yesno", value=_truth(value, spec), helper=path + SHOWN)
        case NumberOr() | WholeOr():
            return _word(head, shape, value, desk)
        case Either():
            return _either(head, shape, value, desk)
        case ListOf():
            return _list(head, shape, value, desk)
        case Obj():
            return head.item("table", items=_members(shape, path, value, desk))
        case Tagged():
            return _tagged(head, shape, value, desk)
    offered = desk.choices_of(path, shape)
    if offered is not None:
        chosen = "" if value is None else str(value)
        return head.item("choice", choices=_known(offered, chosen), value=chosen)
    stated = spec.default if value is None else value
    return head.item(_kind(shape), value=shown_text(shape, stated, desk))


@dataclass(frozen=True, slots=True)
class _Head:
    path: str
    label: str
    help: str
    spec: Field

    @property
    def key(self) -> str:
        return self.path.rpartition(".")[2].partition("[")[0]

    def item(self, kind: str, **more: Any) -> Item:
        given = {"required": self.spec.required, "help": self.help, **more}
        return Item(kind, self.path, self.label, **given)


def _kind(shape: Shape) -> str:
    match shape:
        case MomentText():
            return "moment"
        case Day():
            return "day"
        case Whole():
            return "whole"
        case Number():
            return "number"
        case Clock():
            return "clock"
    return "text"


def _truth(value: object, spec: Field) -> str:
    if value is None:
        return "1" if spec.default else ""
    return "1" if str(value).lower() in ("true", "yes", "on") else ""


def _known(choices: Choices, value: str) -> Choices:
    """The choices with what is chosen already, even when nobody would offer it any more."""
    if any(key == value for key, _label in choices):
        return choices
    return ((value, value or "–"), *choices)


def _choice(head: _Head, shape: Choice, value: object, desk: Desk) -> Item:
    choices = tuple((option, option_of(head.key, option)) for option in shape.options)
    chosen = value if value is not None else head.spec.default
    if head.spec.default is None and (chosen is None or not head.spec.required):
        unstated = unstated_of(plain_path(head.path), desk.format_key)
        choices = (("", unstated), *choices)
    steers = head.key in STEERING
    return head.item("choice", choices=choices, value=chosen or "", steers=steers)


def _word(head: _Head, shape: NumberOr | WholeOr, value: object, desk: Desk) -> Item:
    stated = head.spec.default if value is None else value
    mode = mode_of(shape, stated) or NUMBER
    number = "" if mode != NUMBER else shown_text(shape, stated, desk)
    choices = tuple((one, option_of(head.key, one)) for one in (NUMBER, shape.word))
    return head.item("word", value=number, choices=choices, chosen=(mode,), helper=head.path + MODE)


def _either(head: _Head, shape: Either, value: object, desk: Desk) -> Item:
    if is_names(shape):
        return _names(head, value)
    scalar: Any = shape.scalar
    options = scalar.options if isinstance(scalar, Choice) else (SCALAR,)
    modes = [one for one in options if one not in UNSOURCED or one == value]
    choices = tuple((one, option_of(head.key, one)) for one in (*modes, TABLE))
    mode = mode_of(shape, value if value is not None else head.spec.default)
    if head.spec.default is None:
        choices = (("", unstated_of(plain_path(head.path), desk.format_key)), *choices)
    items: tuple[Item, ...] = ()
    if mode == SCALAR:
        label = label_of(f"{head.key}.{SCALAR}", desk.format_key) or head.label
        items = (Item(_kind(scalar), head.path, label, value=shown_text(scalar, value, desk)),)
    elif mode == TABLE and isinstance(shape.table, Obj):
        items = _members(shape.table, head.path, value, desk)
    return head.item(
        "either", choices=choices, chosen=(mode,), items=items, helper=head.path + MODE
    )


def _names(head: _Head, value: object) -> Item:
    """One input for each language, the reader's first; a name for all languages stands in both."""
    first, second = ("fr", "en") if (get_language() or "").startswith("fr") else ("en", "fr")
    names = value if isinstance(value, Mapping) else {"en": value or "", "fr": value or ""}
    items = tuple(
        Item("name", f"{head.path}.{one}", label_of(f"name.{one}", "") or one,
             value=str(names.get(one) or ""), help=head.help if one == first else "")
        for one in (first, second)
    )  # fmt: skip
    return head.item("names", items=items)


def _list(head: _Head, shape: ListOf, value: object, desk: Desk) -> Item:
    given = value if value is not None else head.spec.default
    listed = list(given) if isinstance(given, list | tuple) else []
    item = shape.item
    choices = desk.choices_of(head.path, item)
    if isinstance(item, Choice):
        choices = tuple((one, option_of(head.key, one)) for one in item.options)
    if choices is not None:
        chosen = tuple(str(one) for one in listed)
        for one in chosen:
            choices = _known(choices, one)
        return head.item("many", choices=choices, chosen=chosen, helper=head.path + SHOWN)
    if not isinstance(item, Obj | Tagged):
        return head.item("list", value=list_text(shape, listed, desk))
    chain = plain_path(head.path) == "ties.chain"
    begun = listed or ([{"by": "earliest"}] if chain else [{}] if head.spec.required else [])
    rows = tuple(_row(head, item, n, one, desk) for n, one in enumerate(begun))
    return head.item("rows", items=rows, value=str(len(rows)), helper=head.path + COUNT)


def list_text(shape: ListOf, listed: list[Any], desk: Desk) -> str:
    """A list of single values in one input."""
    return "; ".join(shown_text(shape.item, one, desk) for one in listed)


def _row(head: _Head, shape: Obj | Tagged, number: int, value: object, desk: Desk) -> Item:
    path = f"{head.path}[{number}]"
    kept = json.dumps(value, default=str)
    label = _("%(what)s, number %(n)s") % {"what": head.label, "n": number + 1}
    drawn = draw(path, Field(shape, ""), value, desk)
    return Item(
        "row", path, label, items=drawn.items if isinstance(shape, Obj) else (drawn,),
        helper=path + WAS, kept=kept,
    )  # fmt: skip


def _members(shape: Obj, path: str, value: object, desk: Desk) -> tuple[Item, ...]:
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    stated = {key: given.get(key, spec.default) for key, spec in shape.fields.items()}
    return tuple(
        draw(inner, spec, given.get(key), desk)
        for key, inner, spec in members(shape.fields, path)
        if key in given or speaks(inner, stated)
    )


def _tagged(head: _Head, shape: Tagged, value: object, desk: Desk) -> Item:
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    tag = str(given.get(shape.tag) or shape.default or "")
    choices = tuple((one, option_of(shape.tag, one)) for one in shape.options)
    if not tag or not head.spec.required:
        unstated = unstated_of(plain_path(head.path), desk.format_key)
        choices = (("", unstated), *choices) if not head.path.endswith("]") else choices
    where = f"{plain_path(head.path)}.{shape.tag}"
    label = label_of(where, desk.format_key) or head.label
    choice = Item(
        "choice", f"{head.path}.{shape.tag}", label, value=tag,
        choices=choices if tag in dict(choices) else _known(choices, tag), steers=True,
    )  # fmt: skip
    option = shape.options.get(tag)
    more = _members(option, head.path, given, desk) if option is not None else ()
    return head.item("group", items=(choice, *more))
