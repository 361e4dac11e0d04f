"""Values of the engine as plain data and back, exactly: what is kept with a signature.

Driven by the types of the fields, so that a new field cannot be forgotten.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from kernel.numbers import as_text, from_text

T = TypeVar("T")


def to_plain(value: object) -> object:
    """Dataclasses as objects, numbers as exact text, days as ISO text, sets sorted."""
    match value:
        case None | bool() | int() | str():
            return value
        case Fraction():
            return as_text(value)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(to_plain(one) for one in value)  # type: ignore[type-var]  # of one kind
        case tuple():
            return [to_plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    raise TypeError(f"{type(value).__name__} is not kept")


def from_plain(kind: type[T], plain: object) -> T:
    """The value of that type that `to_plain` wrote; a field that is not there has its default."""
    made: T = _read(kind, plain)
    return made


def _read(kind: Any, plain: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        known = next(one for one in inner if one is not NoneType)
        return None if plain is None else _read(known, plain)
    if origin is tuple and inner[-1] is ...:
        return tuple(_read(inner[0], one) for one in plain)
    if origin is tuple:
        return tuple(_read(one, part) for one, part in zip(inner, plain, strict=True))
    if origin is frozenset:
        return frozenset(_read(inner[0], one) for one in plain)
    if is_dataclass(kind):
        return _object(kind, plain)
    if kind is Fraction:
        return from_text(plain)
    return date.fromisoformat(plain) if kind is date else plain


def _object(kind: Any, plain: Mapping[str, object]) -> Any:
    types = get_type_hints(kind)
    return kind(**{name: _read(types[name], inner) for name, inner in plain.items()})
