"""How the columns of a file become the fields of a kind: a document that people can read and keep.

kind: deals
source: crm
columns:
  external_id: Opportunity
  owner: {column: Sales agent}
  currency: {constant: USD}
values:
  product: {GTXPro: GTX Pro}
date_format: iso            # or dmy, mdy; one for all, or by field
decimal: point              # or comma
create_missing: {product: false}
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

from activities.importing.formats import DateOrder
from activities.importing.kinds import Kind, kind_of, kinds
from activities.references import closest, folded
from kernel.documents import Document, Plain, joined, load_object, load_text, texts_of
from kernel.issues import N_, Invalid, Issue, Place, error

DEFAULT_SOURCE = "import"
_KEYS = (
    "kind",
    "source",
    "columns",
    "values",
    "date_format",
    "decimal",
    "create_missing",
    "header_row",
    "delimiter",
    "encoding",
)


@dataclass(frozen=True, slots=True)
class FileMapping:
    """A checked mapping. `columns` and `constants` are by field."""

    kind: str
    source: str = DEFAULT_SOURCE
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_orders: Mapping[str, DateOrder] = field(default_factory=dict)
    decimal_comma: bool | None = None
    create_missing: Mapping[str, bool] = field(default_factory=dict)
    header_row: int | None = None
    delimiter: str = ""
    encoding: str = ""

    def as_document(self) -> dict[str, object]:
        """The document that reads back as this mapping; what is empty is left out."""
        columns: dict[str, object] = dict(self.columns)
        columns |= {name: {"constant": value} for name, value in self.constants.items()}
        document: dict[str, object] = {
            "kind": self.kind,
            "source": self.source,
            "columns": columns,
            "values": {name: dict(pairs) for name, pairs in self.values.items()},
            "date_format": {name: order.value for name, order in self.date_orders.items()},
            "decimal": {True: "comma", False: "point", None: ""}[self.decimal_comma],
            "create_missing": dict(self.create_missing),
            "header_row": self.header_row,
            "delimiter": self.delimiter,
            "encoding": self.encoding,
        }
        return {key: value for key, value in document.items() if value not in ("", None, {})}


def read_mapping(text: str, place: Place, kind: Kind) -> FileMapping:
    """The mapping in a YAML (or JSON) text; `Invalid` with all that is wrong with it."""
    return _checked(load_text(text, place.file), kind)


def check_mapping(document: object, place: Place, kind: Kind) -> FileMapping:
    """The mapping of a document for this kind; `Invalid` with all that is wrong with it."""
    return _checked(load_object(document, place.file), kind)


def _checked(document: Document, kind: Kind) -> FileMapping:
    if not isinstance(document.value, dict):
        raise Invalid(_no_mapping(document.place("")))
    check = _Check(kind, document)
    mapping = check.read(document.value)
    if check.issues:
        raise Invalid(check.issues)
    return mapping


class _Check:
    """Reads a mapping document and collects what is wrong with it."""

    def __init__(self, kind: Kind, document: Document) -> None:
        self.kind, self.document = kind, document
        self.issues: list[Issue] = []

    def read(self, document: Mapping[str, Plain]) -> FileMapping:
        for key in document:
            if key not in _KEYS:
                self._unknown("mapping_key", key, _KEYS, key)
        self._check_kind(document.get("kind", self.kind.key))
        columns, constants = self._columns(document.get("columns"))
        return FileMapping(
            kind=self.kind.key,
            source=self._text(document, "source") or DEFAULT_SOURCE,
            columns=columns,
            constants=constants,
            values=self._values(document.get("values")),
            date_orders=self._date_orders(document.get("date_format"), columns),
            decimal_comma=self._decimal(document.get("decimal")),
            create_missing=self._create_missing(document.get("create_missing")),
            header_row=self._header_row(document.get("header_row")),
            delimiter=self._delimiter(document),
            encoding=self._text(document, "encoding"),
        )

    def _check_kind(self, found: Plain) -> None:
        if found != self.kind.key:
            self._bad("kind", found, self.kind.key)

    def _text(self, document: Mapping[str, Plain], key: str) -> str:
        value = document.get(key) or ""
        if isinstance(value, str) and len(value) <= 40:
            return value
        self._bad(key, value, remedy=N_("Write a short text."))
        return ""

    def _delimiter(self, document: Mapping[str, Plain]) -> str:
        value = self._text(document, "delimiter")
        if len(value) > 1:
            self._bad("delimiter", value, ", ; | tab")
        return value[:1]

    def _header_row(self, value: Plain) -> int | None:
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch("[1-9][0-9]{0,5}", value):
            return int(value)
        self._bad("header_row", value, "1, 2, 3")
        return None

    def _columns(self, value: Plain) -> tuple[dict[str, str], dict[str, str]]:
        columns: dict[str, str] = {}
        constants: dict[str, str] = {}
        for name, source in self._dict(value, "columns").items():
            path = joined("columns", name)
            if self.kind.field(name) is None:
                self._unknown("field", name, self.kind.names, path)
                continue
            match texts_of(source):
                case str(column) | {"column": str(column)}:
                    columns[name] = normalize("NFC", column)
                case {"constant": str(constant)} if constant:
                    constants[name] = constant
                case None:
                    continue
                case _:
                    remedy = N_("Write the name of a column, or {wanted}.")
                    self._bad(path, source, "{constant: …}", remedy)
        return columns, constants

    def _values(self, value: Plain) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for name, pairs in self._dict(value, "values").items():
            path = joined("values", name)
            found[name] = {}
            for old, new in self._dict(pairs, path).items():
                if isinstance(new, str | bool):
                    found[name][folded(old)] = str(texts_of(new))
                else:
                    self._bad(joined(path, old), new, remedy=N_("Write a short text."))
        return found

    def _date_orders(self, value: Plain, columns: Iterable[str]) -> dict[str, DateOrder]:
        if isinstance(value, str):
            order = self._date_order(value, "date_format")
            return {} if order is None else dict.fromkeys(columns, order)
        listed = self._dict(value, "date_format").items()
        read = {name: self._date_order(text, f"date_format.{name}") for name, text in listed}
        return {name: order for name, order in read.items() if order is not None}

    def _date_order(self, text: Plain, path: str) -> DateOrder | None:
        if isinstance(text, str) and text in set(DateOrder):
            return DateOrder(text)
        self._bad(path, text, "iso, dmy, mdy")
        return None

    def _decimal(self, value: Plain) -> bool | None:
        match value:
            case None:
                return None
            case "comma":
                return True
            case "point":
                return False
        self._bad("decimal", value, "comma, point")
        return None

    def _create_missing(self, value: Plain) -> dict[str, bool]:
        wanted = self._dict(value, "create_missing")
        for name, flag in wanted.items():
            path = joined("create_missing", name)
            if name not in self.kind.creates:
                self._bad(path, flag, ", ".join(self.kind.creates) or "-")
            elif not isinstance(flag, bool):
                self._bad(path, flag, "true, false")
        return {name: flag is True for name, flag in wanted.items()}

    def _dict(self, value: Plain, path: str) -> dict[str, Plain]:
        if isinstance(value, dict):
            return value
        if value is not None:
            self._bad(path, value, remedy=N_("Write one “name: value” for each."))
        return {}

    def _bad(
        self, path: str, found: Plain, wanted: str = "", remedy: str = N_("Use: {wanted}.")
    ) -> None:
        self.issues.append(
            error(
                "bad_mapping",
                N_('"{key}: {found}" cannot be used in the mapping.'),
                remedy,
                self.document.place(path),
                key=path,
                found=texts_of(found),
                wanted=wanted,
            )
        )

    def _unknown(self, code: str, found: str, known: Sequence[str], path: str) -> None:
        match = closest(found, known)
        self.issues.append(
            error(
                f"unknown_{code}",
                N_('The mapping names "{found}", which does not exist.'),
                N_('Did you mean "{closest}"?') if match else N_("Known names: {known}."),
                self.document.key_place(path),
                found=found,
                closest=match,
                known=", ".join(known),
            )
        )


def guess_mapping(kind: Kind, headers: Sequence[str]) -> FileMapping:
    """A mapping by the names of the columns, French and English."""
    columns: dict[str, str] = {}
    free = {_plain(header): header for header in headers}
    for one in kind.fields:
        for name in (one.name, *one.also):
            header = free.pop(_plain(name), None)
            if header is not None:
                columns[one.name] = header
                break
    if kind.free_prefix:
        named = (one for one in free.values() if one.startswith(kind.free_prefix))
        columns |= {header: header for header in named}
    return FileMapping(kind=kind.key, columns=columns)


def _plain(name: str) -> str:
    return folded(name.replace("_", " ").replace("-", " "))


def mapping_issues(
    mapping: FileMapping, kind: Kind, headers: Sequence[str], file: str
) -> list[Issue]:
    """What keeps the mapping from fitting this file: columns that are not there, fields missing."""
    issues = [
        _no_such_column(name, column, headers, file)
        for name, column in mapping.columns.items()
        if column not in headers
    ]
    issues += [unmapped(names, file) for names in _missing_fields(mapping, kind)]
    return issues


def unknown_fields(mapping: FileMapping, kind: Kind, headers: Sequence[str]) -> frozenset[str]:
    """Fields that `mapping_issues` speaks of: no row can say what they hold."""
    absent = {name for name, column in mapping.columns.items() if column not in headers}
    missing = {name for names in _missing_fields(mapping, kind) for name in names}
    return frozenset(absent | missing)


def _missing_fields(mapping: FileMapping, kind: Kind) -> list[tuple[str, ...]]:
    """The fields that the file needs and the mapping lacks; several: one of them is enough."""
    mapped = mapping.columns.keys() | mapping.constants.keys()
    needed: list[tuple[str, ...]] = [(one.name,) for one in kind.fields if one.required]
    needed += [names for given, names in kind.needs_together if not given or given in mapped]
    return [names for names in needed if mapped.isdisjoint(names)]


def _no_such_column(name: str, column: str, headers: Sequence[str], file: str) -> Issue:
    match = closest(column, headers)
    return error(
        "no_such_column",
        N_('The file has no column "{column}" for {field}.'),
        N_('Did you mean "{closest}"?') if match else N_("Columns of the file: {known}."),
        Place(file, column),
        column=column,
        field=name,
        closest=match,
        known=", ".join(headers),
    )


def unmapped(names: tuple[str, ...], file: str) -> Issue:
    """The issue of fields that no column holds; of several one is enough."""
    if len(names) > 1:
        return error(
            "unmapped_field",
            N_("No column is mapped to any of {fields}, of which one is needed."),
            N_("Map a column to one of them, or give it one value for all rows with a constant."),
            Place(file, names[0]),
            fields=", ".join(names),
        )
    return error(
        "unmapped_field",
        N_("No column is mapped to {field}, which is needed."),
        N_("Map a column to {field}, or give it one value for all rows with a constant."),
        Place(file, names[0]),
        field=names[0],
    )


def _no_mapping(place: Place) -> Issue:
    return error(
        "unreadable_mapping",
        N_("The mapping is not a document with keys and values."),
        N_("Begin with the example in the documentation."),
        place,
    )


def unknown_kind(text: str) -> Issue:
    """The issue of a kind that does not exist."""
    known = [kind.key for kind in kinds()]
    return error(
        "unknown_import_kind",
        N_('"{found}" cannot be imported.'),
        N_("Known kinds: {known}."),
        found=text,
        known=", ".join(known),
    )


def required_kind(text: str) -> Kind:
    """The kind of that key; `Invalid` when there is none."""
    kind = kind_of(text)
    if kind is None:
        raise Invalid(unknown_kind(text))
    return kind
