"""The kinds of file that can be imported; each room registers its own.

A kind knows its fields and how to write rows of typed values. `load` runs inside a transaction
that is kept only when no row is bad; it must take the rows as they are, idempotently.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.inputs import RowResult
from activities.models import ImportBatch
from activities.texts import LONG
from kernel.issues import Issue, Place
from people.models import User

Value = str | Fraction | date | datetime | None


class FieldType(StrEnum):
    """What a column must hold."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind; `also` are headers (folded, French and English) that mean it."""

    name: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    also: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)  # folded text -> value
    longest: int = LONG
    nothing: frozenset[str] = frozenset()  # folded texts by which files leave the cell empty


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A row with its typed values by field; a field without a value is absent.

    `unread` are fields whose value nobody can know yet: the cell could not be read or means two
    things, a needed one is empty, or no column holds it. That is told already. Such a row is only
    looked up for what else is wrong with it, and never written.
    """

    number: int
    values: Mapping[str, Value]
    place: Place
    unread: frozenset[str] = frozenset()

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def number_of(self, name: str) -> Fraction | None:
        value = self.values.get(name)
        return value if isinstance(value, Fraction) else None

    def date_of(self, name: str) -> date | datetime | None:
        value = self.values.get(name)
        return value if isinstance(value, date) else None

    def day_of(self, name: str) -> date | None:
        value = self.date_of(name)
        return value.date() if isinstance(value, datetime) else value


OUTCOMES = {
    "created": _("New"),
    "unchanged": _("As before"),
    "corrected": _("Changed"),
    "cancelled": _("Cancelled"),
    "rejected": _("Refused"),
}


def outcome_label(status: str) -> str:
    """What became of a row, for people."""
    return str(OUTCOMES.get(status, status))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: one of `OUTCOMES`."""

    number: int
    status: str
    issues: tuple[Issue, ...] = ()


def outcomes(rows: Sequence[MappedRow], results: Iterable[RowResult]) -> list[Outcome]:
    """What a service says became of the rows of a file."""
    return [
        Outcome(row.number, result.status.value, result.issues)
        for row, result in zip(rows, results, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Load:
    """One call of a kind's loader."""

    rows: Sequence[MappedRow]
    actor: User | None
    source: str
    batch: ImportBatch
    create_missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file."""

    key: str
    label: str | Promise
    fields: tuple[Field, ...]
    load: Callable[[Load], Sequence[Outcome]]
    creates: tuple[str, ...] = ()  # what it can make when it is missing: "product"
    free_prefix: str = ""  # "attributes.": further fields of this form are allowed
    free_fields: Callable[[], Mapping[str, Field]] = dict  # those of them that are no mere texts
    # a column of the first needs one of the others: ("amount", ("currency",)); "" is any file
    needs_together: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # fields that say the same in another way: "last_name": ("name",)
    stand_ins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    revert: Callable[[User | None, ImportBatch], None] | None = None  # beside the log's own rows

    def field(self, name: str) -> Field | None:
        """The field of that name; free ones are texts."""
        for one in self.fields:
            if one.name == name:
                return one
        if self.free_prefix and name.startswith(self.free_prefix):
            return Field(name)
        return None

    def reader(self) -> Callable[[str], Field | None]:
        """Like `field`, with what free fields must hold. One query at most."""
        free = self.free_fields()
        return lambda name: free.get(name) or self.field(name)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.fields]


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind importable; called once by the room that owns it, when it is ready."""
    _KINDS[kind.key] = kind


def kinds() -> list[Kind]:
    """All kinds, in the order in which a new installation needs them."""
    order = ["people", "products", "accounts", "deals", "activities", "objectives"]
    return sorted(_KINDS.values(), key=lambda kind: [*order, kind.key].index(kind.key))


def kind_of(key: str) -> Kind | None:
    """The kind of that key, or None."""
    return _KINDS.get(key)
