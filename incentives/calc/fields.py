"""The kinds of fields a plan document is made of: one declaration reads them and publishes them.

Each kind reads a plain value (reporting every issue, then giving ``FAILED``) and knows its JSON
Schema, so that the parser and the published schema cannot drift apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final, Protocol

from incentives.calc.quantities import NAME, Quantity, number_or_fraction, parse_quantity
from incentives.calc.reader import FAILED, Failed, Reader, described
from kernel.documents import joined, texts_of
from kernel.expressions import Name
from kernel.issues import N_, Invalid
from kernel.numbers import as_text

Schema = dict[str, Any]


REQUIRED: Final = Failed()


class Kind(Protocol):
    """What a field may hold."""

    def schema(self) -> Schema:
        """Its JSON Schema."""

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        """The typed value, or FAILED after reporting why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a block: its kind, its default (REQUIRED when there is none), what it means."""

    name: str
    kind: Kind
    meaning: str
    default: Any = REQUIRED


def read_block(
    reader: Reader, value: Any, path: str, fields: Sequence[Field]
) -> dict[str, Any] | Failed:
    """Read a block of keys; reports unknown and missing keys and every bad value at once."""
    found, whole = read_partly(reader, value, path, fields)
    return found if whole else FAILED


def read_partly(
    reader: Reader, value: Any, path: str, fields: Sequence[Field]
) -> tuple[dict[str, Any], bool]:
    """As `read_block`, but gives what could be read (FAILED for the rest), and if it is all."""
    if not isinstance(value, dict):
        reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
        return {}, False
    known = {f.name for f in fields}
    unknown = [key for key in value if not _known(reader, path, key, known)]
    found: dict[str, Any] = {}
    for item in fields:
        given = value.get(item.name)
        # An optional key that says null ("to: null", no upper limit) is as if it were absent.
        if given is not None or (item.name in value and item.default is REQUIRED):
            found[item.name] = item.kind.read(reader, given, joined(path, item.name))
        elif item.default is REQUIRED:
            found[item.name] = _missing(reader, path, item)
        else:
            found[item.name] = item.default
    rests = [key for key in unknown if ")" in key]
    if rests and not any(_is_torn(value.get(item.name)) for item in fields):
        _torn(reader, joined(path, rests[0]), rests[0])
    return found, not unknown and FAILED not in found.values()


def _missing(reader: Reader, path: str, item: Field) -> Failed:
    return reader.error(
        path,
        "plan.missing_key",
        N_("The key {key} is missing."),
        N_("Add {key} to this block."),
        key=item.name,
    )


def _known(reader: Reader, path: str, key: str, known: Iterable[str]) -> bool:
    if key in known:
        return True
    if ")" in key:
        return False  # the rest of a torn formula, told as such
    message = N_("The key {word} means nothing here.")
    reader.unknown(joined(path, key), "plan.unknown_key", message, key, known)
    return False


def _is_torn(value: object) -> bool:
    return isinstance(value, str) and value.count("(") != value.count(")")


def _torn(reader: Reader, path: str, text: str) -> Failed:
    """YAML ends a value at a comma inside { } or [ ]: a formula needs quotes there."""
    return reader.error(
        path,
        "plan.torn_formula",
        N_("The parentheses of {text} do not match."),
        N_('Close them; inside { } or [ ] a formula with a comma needs quotes: "round(x, 2)".'),
        text=text,
    )


def block_schema(fields: Sequence[Field], **more: Any) -> Schema:
    """The JSON Schema of a block of keys."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [f.name for f in fields if f.default is REQUIRED],
        "properties": {f.name: _field_schema(f) for f in fields},
        **more,
    }


def _field_schema(item: Field) -> Schema:
    found = item.kind.schema()
    if item.default is not REQUIRED:
        found = {"anyOf": [found, {"type": "null"}]}
    return {**found, "description": item.meaning}


@dataclass(frozen=True, slots=True)
class Text:
    """Words for people, not empty."""

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if isinstance(value, str) and value.strip():
            return value.strip()
        return reader.wrong(path, N_("A text is expected here, not {found}."), value)


@dataclass(frozen=True, slots=True)
class Word:
    """A text that is compared with an attribute; true and false are words like any other."""

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean"]}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        return Text().read(reader, texts_of(value), path)


@dataclass(frozen=True, slots=True)
class Key:
    """A name for programs: lower-case letters, digits, underscores."""

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        return reader.wrong(
            path, N_("A key of a-z, 0-9 and _ is expected here, not {found}."), value
        )


@dataclass(frozen=True, slots=True)
class MeasureName:
    """The name of a measure (or parameter) of the plan."""

    def schema(self) -> Schema:
        return Key().schema()

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        found = Key().read(reader, value, path)
        if found is not FAILED:
            reader.uses.append((path, Quantity(found, None, Name(found))))
        return found


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def schema(self) -> Schema:
        return {"type": "boolean"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        return (
            value
            if isinstance(value, bool)
            else reader.wrong(path, N_("true or false is expected here, not {found}."), value)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    def schema(self) -> Schema:
        return {"enum": list(self.options)}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if value in self.options:
            return value
        message = N_("{word} is not one of the possible words here.")
        word = value if isinstance(value, str) else described(value)
        return reader.unknown(path, "plan.unknown_choice", message, word, self.options)


@dataclass(frozen=True, slots=True)
class Number:
    """A fixed number, at least ``least`` (above it when ``strict``) and at most ``most``.

    A version published before there was a ``most`` may say more.
    """

    least: Fraction | None = None
    strict: bool = False
    whole: bool = False
    most: Fraction | None = None

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/number"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if not isinstance(value, str):
            return reader.wrong(path, N_("A number is expected here, not {found}."), value)
        try:
            number = number_or_fraction(value, reader.document.place(path))
        except Invalid as problem:
            reader.issues.extend(problem.issues)
            return FAILED
        if not self._fits(number):
            return self._refuse(reader, value, path)
        if self.most is None or number <= self.most:
            return number
        return number if reader.unfit(path, *self._words(), **self._params(value)) else FAILED

    def _fits(self, number: Fraction) -> bool:
        if self.whole and number.denominator != 1:
            return False
        if self.least is None:
            return True
        return number > self.least if self.strict else number >= self.least

    def _refuse(self, reader: Reader, value: str, path: str) -> Failed:
        return reader.error(path, *self._words(), **self._params(value))

    def _words(self) -> tuple[str, str, str]:
        """Code, message and remedy for a number that is not allowed."""
        if self.most is not None:
            remedy = N_("Write a whole number from {least} to {most}.")
        elif self.least is None:
            remedy = N_("Write a whole number.")
        elif self.strict:
            remedy = N_("Write a number above {least}.")
        else:
            remedy = N_("Write a number of at least {least}.")
        return "plan.out_of_range", N_("{value} is not allowed here."), remedy

    def _params(self, value: str) -> dict[str, str]:
        least = "" if self.least is None else as_text(self.least)
        most = "" if self.most is None else as_text(self.most)
        return {"value": value, "least": least, "most": most}


# decimals to round to; below 0 tens, hundreds, ...
PLACES = Number(Fraction(-9), whole=True, most=Fraction(20))


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity: a number, or a formula over measures and parameters."""

    least: Fraction | None = None
    strict: bool = False

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/quantity"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if not isinstance(value, str):
            return reader.wrong(
                path, N_("A number or a formula is expected here, not {found}."), value
            )
        if _is_torn(value):
            return _torn(reader, path, value)
        try:
            quantity = parse_quantity(value, reader.document.place(path))
        except Invalid as problem:
            reader.issues.extend(problem.issues)
            return FAILED
        if quantity.number is not None:
            limits = Number(self.least, self.strict)
            if not limits._fits(quantity.number):
                return limits._refuse(reader, value, path)
        reader.uses.append((path, quantity))
        return quantity


@dataclass(frozen=True, slots=True)
class Day:
    """A date, 2026-01-31."""

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            return reader.wrong(path, N_("A date like 2026-01-31 is expected, not {found}."), value)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind, with at least ``least`` members."""

    kind: Kind
    least: int = 1

    def schema(self) -> Schema:
        return {"type": "array", "items": self.kind.schema(), "minItems": self.least}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if not isinstance(value, list) or len(value) < self.least:
            message = N_("A list that is not empty is expected here, not {found}.")
            return reader.wrong(path, message, value)
        found = [self.kind.read(reader, item, joined(path, n)) for n, item in enumerate(value)]
        return FAILED if FAILED in found else tuple(found)


@dataclass(frozen=True, slots=True)
class Block:
    """A nested block of keys, given to ``make`` once it is read."""

    fields: tuple[Field, ...]
    make: Any

    def schema(self) -> Schema:
        return block_schema(self.fields)

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        found = read_block(reader, value, path, self.fields)
        return FAILED if isinstance(found, Failed) else self.make(**found)


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in French and English (``en`` and ``fr``), or one text for both."""

    def schema(self) -> Schema:
        both = {"type": "object", "required": ["fr", "en"], "additionalProperties": False}
        texts = {"fr": Text().schema(), "en": Text().schema()}
        return {"anyOf": [Text().schema(), {**both, "properties": texts}]}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if isinstance(value, str) and value.strip():
            return {"fr": value.strip(), "en": value.strip()}
        texts = (Field("fr", Text(), "the French text"), Field("en", Text(), "the English text"))
        return read_block(reader, value, path, texts)


def mapping_of(reader: Reader, value: Any, path: str) -> Mapping[str, Any]:
    """A block with free keys; each key must be a valid name. Reports, and gives what is usable."""
    if not isinstance(value, dict):
        reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
        return {}
    good = [key for key in value if Key().read(reader, key, joined(path, key)) is not FAILED]
    return {key: value[key] for key in good}
