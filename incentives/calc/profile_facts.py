"""Reading what a legal profile is told besides the plan: notices, the start, fixed shares."""

from datetime import date
from fractions import Fraction
from typing import Any

from incentives.calc.fields import Choice, Day, Field, ListOf, Number, Text, read_block
from incentives.calc.profile import Exposure, Facts, NoticeFact, RoleFact
from incentives.calc.reader import Reader
from kernel.documents import joined, load_text
from kernel.issues import N_, refuse_errors

NOTICE = (
    Field("payee", Text(), "who was told"),
    Field("starts_on", Day(), "the first day of the period"),
    Field("published_on", Day(), "when the notice was published; absent: not yet", None),
    Field("read_on", Day(), "when the payee confirmed to have read it; absent: not yet", None),
    Field("languages", ListOf(Choice(("fr", "en"))), "in which the text exists", ("fr",)),
)
ROLE = (
    Field("role", Text(), "the role"),
    Field("market", Choice(("b2b", "b2c")), "whom it sells to"),
    Field("fixed_share", Number(Fraction(0)), "fixed pay / all pay at target"),
)


class _Rows:
    """A list of blocks."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields

    def schema(self) -> dict[str, Any]:
        return {"type": "array"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            return reader.wrong(path, N_("A list is expected here, not {found}."), value)
        return [read_block(reader, r, joined(path, n), self.fields) for n, r in enumerate(value)]


FACTS = (
    Field("valid_from", Day(), "the first day of the version", None),
    Field("notices", _Rows(NOTICE), "by payee and period", ()),
    Field("roles", _Rows(ROLE), "the share of fixed pay", ()),
    Field("first_month", Number(Fraction(1), whole=True), "of the company's year", Fraction(1)),
)


def read_facts(text: str, exposure: Exposure | None = None) -> Facts:
    """Facts from YAML or JSON; Invalid with every issue. ``exposure`` is that of each payee."""
    reader = Reader(load_text(text))
    value = reader.document.value
    top: Any = read_block(reader, {} if value is None else value, "", FACTS)
    refuse_errors(reader.issues)
    start: date | None = top["valid_from"]
    return Facts(
        start,
        tuple(NoticeFact(**row, exposure=exposure) for row in top["notices"]),
        tuple(RoleFact(**row) for row in top["roles"]),
        min(int(top["first_month"]), 12),
    )
