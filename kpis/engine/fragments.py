"""Pieces of SQL that carry their parameters, so that nothing from outside enters the text."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with `%s` placeholders and their values, in order."""

    text: str
    params: tuple[Any, ...] = ()

    def __add__(self, other: "Sql | str") -> "Sql":
        more = other if isinstance(other, Sql) else Sql(other)
        return Sql(self.text + more.text, self.params + more.params)

    def __radd__(self, other: str) -> "Sql":
        return Sql(other) + self


def joined(pieces: Iterable[Sql], between: str) -> Sql:
    """The pieces one after the other with `between` between them."""
    whole = Sql("")
    for index, piece in enumerate(pieces):
        whole = whole + (between if index else "") + piece
    return whole


def rows_of(statement: Sql) -> list[tuple[Any, ...]]:
    """Run a statement; all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return list(cursor.fetchall())
