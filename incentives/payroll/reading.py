"""From a template document to a template: every issue at once, each with its place and remedy."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from incentives.calc.fields import Choice, Field, Flag, ListOf, Schema, Text, Wording, read_block
from incentives.calc.reader import FAILED, Reader
from incentives.payroll.cells import bad_character
from incentives.payroll.kinds import (
    AnyText,
    Codes,
    Entities,
    Matching,
    TemplateReader,
    Whole,
)
from incentives.payroll.lines import FIELDS, Kind
from incentives.payroll.templates import Column, FileTemplate
from kernel.documents import joined, load_text
from kernel.issues import N_, refuse_errors
from kernel.trace import sha256_of

SLUG = re.compile(r"[a-z][a-z0-9_-]{0,39}")
DATE_PATTERN = re.compile(r"(?:dd|mm|yyyy|yy|[-/. ])+")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
FILE_NAME = re.compile(r"[\w{][\w. {}-]*")
PLACEHOLDERS = ("kind", "start", "end", "pay_month", "again", "batch", "establishment")
ONE_BYTE = ("cp1252", "iso-8859-1", "iso-8859-15", "ascii")
ENCODINGS = ("utf-8", "utf-8-bom", *ONE_BYTE)
MOST_DECIMALS = 6
WIDEST = 500


DATES = Matching(DATE_PATTERN, N_("A date is written with dd, mm, yyyy or yy, not {found}."))
COLUMN = (
    Field("name", AnyText(), "the head of the column; else the name of its field", None),
    Field("field", Choice(tuple(FIELDS)), "the field of the neutral line", None),
    Field("entity", Text(), "or a text that `entities` gives for the establishment", None),
    Field("constant", AnyText(), "or the same text in every line", None),
    Field("width", Whole(1, WIDEST), "fixed: its characters; else the most that it may have", None),
    Field("align", Choice(("left", "right")), "fixed; numbers stand right, texts left", None),
    Field("pad", Choice((" ", "0")), "fixed: what fills the width", " "),
    Field("format", DATES, "of a date; `dates` when not stated", None),
    Field("decimals", Whole(0, MOST_DECIMALS), "of a number; see `decimals` above", None),
    Field("when_true", AnyText(), "how a flag says yes", "1"),
    Field("when_false", AnyText(), "how a flag says no", "0"),
    Field("positive", AnyText(), "what `sign` is for an amount of 0 or more", "+"),
    Field("negative", AnyText(), "what `sign` is for an amount below 0", "-"),
    Field("required", Flag(), "refuse an export in which it is empty", False),
    Field("too_long", Choice(("refuse", "cut")), "a text longer than `width`", "refuse"),
)


class Columns:
    """The cells of a line, in their order."""

    def schema(self) -> Schema:
        return {"type": "array"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        return ListOf(_ColumnKind()).read(reader, value, path)


class _ColumnKind:
    def schema(self) -> Schema:
        return {"type": "object"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        found = read_block(reader, value, path, COLUMN)
        return _column(reader, found, path) if isinstance(found, dict) else FAILED


def _column(reader: Reader, found: Mapping[str, Any], path: str) -> Any:
    sources = [key for key in ("field", "entity", "constant") if found[key] is not None]
    if len(sources) != 1:
        return reader.error(
            path,
            "template.one_source",
            N_("A column needs exactly one of `field`, `entity` and `constant`."),
            N_("Say where the cell comes from."),
        )
    name = found["name"] if found["name"] is not None else found["field"] or found["entity"] or ""
    number = found["field"] is not None and FIELDS[found["field"]][0] is Kind.NUMBER
    align = found["align"] or ("right" if number else "left")
    if found["pad"] == "0" and align == "left":
        return reader.error(
            joined(path, "pad"),
            "template.zeros_behind",
            N_("Zeros behind a value would change it."),
            N_("Align the column to the right, or fill it with spaces."),
        )
    if number and found["too_long"] == "cut":
        return reader.error(
            joined(path, "too_long"),
            "template.cut_number",
            N_("A number that is cut is another number."),
            N_("Leave `too_long` out, and make the column wide enough."),
        )
    return Column(**{**found, "name": name, "align": align, "path": path})


TEMPLATE = (
    Field("key", Matching(SLUG, N_("A key of a-z, 0-9, _ and - is expected here, not {found}.")),
          "the key of the template; ids of exports carry it"),
    Field("name", Wording(), "its name, in French and English"),
    Field("note", Text(), "for whoever maintains it; not read", None),
    Field("format", Choice(("delimited", "fixed", "xlsx")), "the kind of file"),
    Field("file_name", Matching(FILE_NAME, N_("A plain file name is expected here, not {found}.")),
          "the name of the file, with placeholders"),
    Field("language", Choice(("fr", "en")), "of `label`", "fr"),
    Field("encoding", Choice(ENCODINGS), "of the file", "utf-8"),
    Field("line_end", Choice(("crlf", "lf")), "what ends each line", "crlf"),
    Field("header", Flag(), "a first line with the names; not in a fixed file", None),
    Field("delimiter", Choice((";", ",", "|", "\t")), "between the cells", ";"),
    Field("quoting", Choice(("minimal", "all", "none")), "which cells stand in quotes", "minimal"),
    Field("dates", DATES, "how dates are written", "yyyy-mm-dd"),
    Field("decimal_mark", Choice((".", ",", "none")), "none: the digits stand together", "."),
    Field("decimals", Whole(0, MOST_DECIMALS, ("currency",)), "of amounts", "currency"),
    Field("sign", Choice(("leading", "trailing", "absolute")), "of negative numbers", "leading"),
    Field("zero_lines", Choice(("skip", "keep")), "lines whose amount is 0", "skip"),
    Field("pay_month", Choice(("same", "next")), "the last month of the period, or the one after",
          "same"),
    Field("unmapped", Choice(("refuse", "neutral")), "a line that `codes` lacks: our own code?",
          "refuse"),
    Field("codes", Codes(), "by our code: the payroll's", None),
    Field("entities", Entities(), "by establishment: texts and codes of its own", None),
    Field("columns", Columns(), "the cells of a line, in order"),
)  # fmt: skip
ONLY_DELIMITED = ("delimiter", "quoting")
ONLY_TEXT = ("encoding", "line_end", "decimal_mark", "sign")


def parse_template(text: str, file: str | None = None) -> FileTemplate:
    """The template of a YAML or JSON text; Invalid with every issue."""
    return _parsed(text, file)


# a template never changes under its text
@lru_cache(maxsize=64)
def _parsed(text: str, file: str | None) -> FileTemplate:
    reader = TemplateReader(load_text(text, file))
    document = reader.document.value
    found = read_block(reader, document, "", TEMPLATE)
    if isinstance(found, dict):
        _check(reader, found, document if isinstance(document, dict) else {})
    refuse_errors(reader.issues)
    if not isinstance(found, dict):
        raise RuntimeError("a template without issues was not built")
    del found["note"]
    found["header"] = found["format"] != "fixed" if found["header"] is None else found["header"]
    found["decimals"] = None if found["decimals"] == "currency" else found["decimals"]
    found["codes"], found["entities"] = found["codes"] or {}, found["entities"] or {}
    template = FileTemplate(**found, hash=sha256_of(document))
    _check_texts(reader, template)
    refuse_errors(reader.issues)
    return template


def _check_texts(reader: Reader, template: FileTemplate) -> None:
    """The texts of the template itself must fit into its file, like those of people."""
    for column in template.columns:
        texts = [column.constant or "", column.when_true, column.when_false]
        texts += [column.positive, column.negative, column.name if template.header else ""]
        if column.width is not None and len(column.constant or "") > column.width:
            reader.error(
                joined(column.path, "constant"),
                "template.constant_too_long",
                N_("The constant of {name} is longer than its width of {width}."),
                N_("Make the column wider, or the constant shorter."),
                name=column.name or column.path,
                width=column.width,
            )
        bad = [one for one in (bad_character(template, text) for text in texts) if one]
        if bad:
            reader.error(
                column.path,
                "template.character",
                N_("The column {name} has a character that the file cannot hold ({bad})."),
                N_("Write it otherwise, or choose another `encoding`, `delimiter` or `quoting`."),
                name=column.name,
                bad=f"U+{ord(bad[0]):04X}",
            )


def _check(reader: Reader, found: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """What keys mean together."""
    columns: tuple[Column, ...] = found["columns"]
    fields = {column.field for column in columns}
    for needed in ("employee_number", "amount"):
        if needed not in fields:
            reader.error(
                "columns",
                "template.column_missing",
                N_("No column holds {field}."),
                N_("A payroll line needs a person and an amount: add the column."),
                field=needed,
            )
    _check_format(reader, found, written)
    _check_file_name(reader, found)
    for column in columns:
        _check_column(reader, found, column)


def _check_format(reader: Reader, found: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    alien: tuple[str, ...] = ()
    match found["format"]:
        case "fixed":
            alien = ("header", *ONLY_DELIMITED)
        case "xlsx":
            alien = ONLY_DELIMITED + ONLY_TEXT
    for key in alien:
        if written.get(key) is not None:
            reader.error(
                key,
                "template.not_in_format",
                N_("{key} means nothing in a file of the format {format}."),
                N_("Remove the key."),
                key=key,
                format=found["format"],
            )
    if found["format"] == "fixed" and found["encoding"] not in ONE_BYTE:
        reader.error(
            "encoding",
            "template.width_in_bytes",
            N_("In {encoding} a letter may be several bytes, and a reader of columns would shift."),
            N_("Choose one of {known}."),
            encoding=found["encoding"],
            known=", ".join(ONE_BYTE),
        )


def _check_file_name(reader: Reader, found: Mapping[str, Any]) -> None:
    of_entities = {key for one in (found["entities"] or {}).values() for key in one.values}
    known = {*PLACEHOLDERS, *of_entities}
    used = {column.entity for column in found["columns"] if column.entity}
    for word in PLACEHOLDER.findall(found["file_name"]):
        # what a column takes from the establishment may be filled in later by the company
        if word not in known | used:
            message = N_("The placeholder {word} means nothing here.")
            reader.unknown("file_name", "template.unknown_placeholder", message, word, known)
    if re.search(r"[{}]", PLACEHOLDER.sub("", found["file_name"])):
        reader.wrong("file_name", N_("A plain file name is expected here, not {found}."),
                     found["file_name"])  # fmt: skip


def _check_column(reader: Reader, found: Mapping[str, Any], column: Column) -> None:
    kind = FIELDS[column.field][0] if column.field else Kind.TEXT
    if found["format"] == "fixed" and column.width is None:
        reader.error(
            column.path,
            "template.no_width",
            N_("The column {name} has no width."),
            N_("Every column of a fixed file says its `width`."),
            name=column.name or column.path,
        )
    exact = column.field in ("quantity", "rate") and column.decimals is None
    if exact and found["format"] != "xlsx" and found["decimal_mark"] == "none":
        reader.error(
            column.path,
            "template.no_decimals",
            N_("Without a decimal mark, nobody can tell the decimals of {name}."),
            N_("Say its `decimals`."),
            name=column.name,
        )
    if column.too_long == "cut" and column.width is None:
        reader.error(
            joined(column.path, "too_long"),
            "template.cut_where",
            N_("The column {name} does not say where it is cut."),
            N_("Add its `width`."),
            name=column.name,
        )
    for key, wanted in (("format", Kind.DATE), ("decimals", Kind.NUMBER)):
        if getattr(column, key) is not None and kind is not wanted:
            reader.error(
                joined(column.path, key),
                "template.not_of_kind",
                N_("{key} means nothing in the column {name}."),
                N_("Remove the key."),
                key=key,
                name=column.name,
            )
