"""How a figure was made, and the bytes that prove two figures are the same.

A `Step` is one line of the explanation: a template with parameters, a value, and the steps and
records below it. It keeps no rich objects, so it can be stored for ever and rendered in any
language later. Canonical bytes are JSON with sorted keys and exact numbers as text.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from hashlib import sha256
from typing import Protocol, runtime_checkable

from kernel.issues import fill
from kernel.numbers import as_text, parse_number


@runtime_checkable
class _HasJson(Protocol):
    def as_json(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation: what was done, the result, and what it was made from.

    `code` is stable for programs, `label` is an English template (marked by `N_`) for people,
    `value` is exact text, `sources` are opaque record ids in a stated order.
    """

    code: str
    label: str
    params: tuple[tuple[str, str], ...] = ()
    value: str = ""
    children: "tuple[Step, ...]" = ()
    sources: tuple[str, ...] = ()

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The label with its parameters, in English or translated."""
        return fill(translate(self.label), self.params)

    def walk(self) -> "Iterable[Step]":
        """This step and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def as_json(self) -> dict[str, object]:
        """Plain data; empty parts are left out."""
        parts: dict[str, object] = {
            "params": [list(pair) for pair in self.params],
            "value": self.value,
            "children": [child.as_json() for child in self.children],
            "sources": list(self.sources),
        }
        known = {key: part for key, part in parts.items() if part}
        return {"code": self.code, "label": self.label, **known}

    @classmethod
    def from_json(cls, data: object) -> "Step":
        """The inverse of `as_json`; `ValueError` for anything else."""
        if not isinstance(data, Mapping):
            raise ValueError("a step is an object")
        return cls(
            code=_text(data.get("code")),
            label=_text(data.get("label")),
            params=tuple(_pair(pair) for pair in _items(data, "params")),
            value=_text(data.get("value", "")),
            children=tuple(cls.from_json(child) for child in _items(data, "children")),
            sources=tuple(_text(source) for source in _items(data, "sources")),
        )


def step(
    code: str,
    label: str,
    value: object = "",
    *,
    children: "Iterable[Step]" = (),
    sources: Iterable[str] = (),
    **params: object,
) -> Step:
    """A `Step` from exact values: fractions, decimals, dates and money become canonical text."""
    shown = tuple((key, _scalar_text(param)) for key, param in sorted(params.items()))
    return Step(code, label, shown, _scalar_text(value), tuple(children), tuple(sources))


def _items(data: Mapping[object, object], key: str) -> list[object]:
    found = data.get(key, [])
    if not isinstance(found, list):
        raise ValueError(f"{key} is a list")
    return found


def _pair(value: object) -> tuple[str, str]:
    match value:
        case [key, text]:
            return _text(key), _text(text)
        case _:
            raise ValueError("a parameter is a pair")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text expected, not {type(value).__name__}")
    return value


def _scalar_text(value: object) -> str:
    plain = value if isinstance(value, str) else _scalar(value)
    return str(value) if plain is _UNKNOWN else str(plain)


def to_bytes(obj: object) -> bytes:
    """Canonical JSON in UTF-8: sorted keys, no spaces, equal values give equal bytes.

    Fractions and decimals are written by value as text, dates in ISO 8601, moments in UTC, sets
    sorted, enums by value, objects by their `as_json` or their dataclass fields. A float, a NaN,
    a naive moment, or a key that is not text raises `TypeError` or `ValueError`.
    """
    plain = _plain(obj)
    return json.dumps(
        plain, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()


def plain_bytes(obj: object) -> bytes:
    """What `to_bytes` gives, for data known to be plain: texts, whole numbers, lists, tables.

    Several times as fast, because nothing is looked at twice: what is not plain (a float, a key
    that is no text) would be written wrongly. Only for what the product itself has put together.
    """
    return _canonical(obj).encode()


_canonical = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode


def sha256_of(obj: object) -> str:
    """Hexadecimal SHA-256 of the canonical bytes."""
    return sha256(to_bytes(obj)).hexdigest()


_UNKNOWN = object()


def _plain(obj: object) -> object:
    scalar = _scalar(obj)
    if scalar is not _UNKNOWN:
        return scalar
    match obj:
        case Mapping():
            return {_key(key): _plain(value) for key, value in obj.items()}
        case list() | tuple():
            return [_plain(item) for item in obj]
        case set() | frozenset():
            return sorted((_plain(item) for item in obj), key=to_bytes)
        case _HasJson() if not isinstance(obj, type):
            return _plain(obj.as_json())
    if is_dataclass(obj) and not isinstance(obj, type):
        return {field.name: _plain(getattr(obj, field.name)) for field in fields(obj)}
    raise TypeError(f"{type(obj).__name__} has no canonical form")


def _scalar(obj: object) -> object:
    match obj:
        case float():
            raise TypeError(f"a float has no canonical form: {obj!r}")
        case Enum():
            return _scalar(obj.value)
        case None | bool() | int() | str():
            return obj
        case Fraction():
            return as_text(obj)
        case Decimal():
            return as_text(parse_number(obj))
        case datetime():
            return _moment(obj)
        case date() | time():
            return obj.isoformat()
    return _UNKNOWN


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no canonical form")
    return moment.astimezone(UTC).isoformat()


def _key(key: object) -> str:
    plain = _scalar(key) if isinstance(key, Enum | date) else key
    if not isinstance(plain, str):
        raise TypeError(f"a key must be text, not {type(key).__name__}")
    return plain
