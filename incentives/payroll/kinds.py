"""The kinds of keys of a template: each reads a plain value and reports what is wrong with it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from incentives.calc.fields import Field, Number, Schema, Text, read_block
from incentives.calc.reader import FAILED, Reader, described
from incentives.payroll.templates import Code, Entity
from kernel.documents import joined
from kernel.issues import N_


class TemplateReader(Reader):
    """Reports the issues of plan documents under the name and the page of templates."""

    def error(self, path: str, code: str, message: str, remedy: str, **params: object) -> Any:
        code = code.replace("plan.", "template.", 1)
        return super().error(path, code, message, remedy, **params)

    def wrong(self, path: str, message: str, value: object) -> Any:
        remedy = N_("Replace the value; docs/formats/payroll.md shows each key.")
        found = described(value)
        return self.error(path, "template.wrong_type", message, remedy, found=found)


@dataclass(frozen=True, slots=True)
class Matching:
    """A text of a stated form."""

    pattern: re.Pattern[str]
    message: str

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{self.pattern.pattern}$"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if isinstance(value, str) and self.pattern.fullmatch(value):
            return value
        return reader.wrong(path, self.message, value)


@dataclass(frozen=True, slots=True)
class AnyText:
    """Any text, the empty one and spaces too."""

    def schema(self) -> Schema:
        return {"type": "string"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if isinstance(value, str):
            return value
        return reader.wrong(path, N_("A text is expected here, not {found}."), value)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of a small range, or one of a few words instead."""

    least: int
    most: int
    words: tuple[str, ...] = ()

    def schema(self) -> Schema:
        number = {"type": ["integer", "string"]}
        return {"anyOf": [number, {"enum": list(self.words)}]} if self.words else number

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if value in self.words:
            return value
        found = Number(whole=True).read(reader, value, path)
        if found is FAILED or self.least <= found <= self.most:
            return found if found is FAILED else int(found)
        return reader.error(
            path,
            "template.out_of_range",
            N_("{value} is not allowed here."),
            N_("Write a whole number from {least} to {most}."),
            value=value,
            least=self.least,
            most=self.most,
        )


class Codes:
    """By our own code: the payroll's code, or a block with one more for negative amounts."""

    def schema(self) -> Schema:
        return {"type": "object"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        return _members(reader, value, path, _code)


class Entities:
    """By establishment: free texts, and `codes` of its own."""

    def schema(self) -> Schema:
        return {"type": "object"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        return _members(reader, value, path, _entity)


def _members(reader: Reader, value: Any, path: str, read: Callable[[Reader, Any, str], Any]) -> Any:
    if not isinstance(value, dict):
        return reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
    found = {key: read(reader, item, joined(path, key)) for key, item in value.items()}
    return FAILED if FAILED in found.values() else found


CODE = (
    Field("code", Text(), "the payroll's code"),
    Field("negative", Text(), "its code for a negative amount", None),
)


def _code(reader: Reader, value: Any, path: str) -> Any:
    if isinstance(value, str) and value.strip():
        return Code(value.strip())
    found = read_block(reader, value, path, CODE)
    return Code(**found) if isinstance(found, dict) else FAILED


def _entity(reader: Reader, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        return reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
    codes = value.get("codes")
    own = {} if codes is None else Codes().read(reader, codes, joined(path, "codes"))
    texts = {
        key: Text().read(reader, item, joined(path, key))
        for key, item in value.items()
        if key != "codes"
    }
    return FAILED if FAILED in (own, *texts.values()) else Entity(texts, own)
