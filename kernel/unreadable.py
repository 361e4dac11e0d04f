"""Why a text cannot be read as YAML, JSON or CSV, in our own few sentences.

The parsers explain themselves in English and in their own terms. What they know of the place and
of the kind of problem is said again here, in texts that can be translated.
"""

import json
import re

import yaml

from kernel.issues import N_, Issue, Place, error

# what YAML cannot hold: control characters and halves of surrogate pairs
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_QUOTES = ("'", '"')


def place_of(text: str, index: int, file: str | None, first_line: int = 1) -> Place:
    """Line and column of a character of the text."""
    line = text.count("\n", 0, index)
    column = index - (text.rfind("\n", 0, index) + 1)
    return Place(file=file, line=line + first_line, column=column + 1)


def yaml_problem(problem: yaml.MarkedYAMLError, text: str, file: str | None) -> Issue:
    """What keeps the text from being YAML."""
    index = _index(problem.problem_mark, text)
    start = _index(problem.context_mark, text)
    said = f"{problem.context} {problem.problem}"
    here, there = place_of(text, index, file), place_of(text, start, file)
    before = text[text.rfind("\n", 0, index) + 1 : index]
    indent = re.match(r"\s*", text[index - len(before) :])
    if indent is not None and "\t" in indent[0] and not before.strip():
        return _tab(here)
    if "quoted scalar" in said:
        unclosed = "stream" in said or "document" in said
        return _quote(there) if unclosed else _escape(_backslash(text, index, file))
    if "flow sequence" in said or "flow mapping" in said:
        return _comma(here) if text[index:].strip() else _bracket(text[start : start + 1], there)
    if "expected ':'" in said:
        return _colon(there, text[start:].split("\n", 1)[0])
    if "mapping values" in said:
        return _no_key_here(here)
    if "undefined alias" in said:
        return alias(here)
    if "block mapping" in said or "block collection" in said:
        return _after_quote(here) if before.rstrip().endswith(_QUOTES) else _indentation(here)
    if not text[index:].strip():
        return _ends(here)
    if "start any token" in said or "node content" in said or "block scalar" in said:
        return character(here, text[index])
    return _unreadable(here)


def _index(mark: yaml.Mark | None, text: str) -> int:
    # the C reader counts a line break as one character, whichever it is: lines are safer
    if mark is None:
        return 0
    lines = text.split("\n")
    return min(sum(len(line) + 1 for line in lines[: mark.line]) + mark.column, len(text))


def json_problem(
    problem: json.JSONDecodeError, text: str, file: str | None, first_line: int = 1
) -> Issue:
    """What keeps the text from being JSON."""
    here = place_of(text, problem.pos, file, first_line)
    found = text[problem.pos : problem.pos + 1]
    if "Unterminated" in problem.msg or ("control" in problem.msg and found == "\n"):
        return _quote(here)
    if "escape" in problem.msg:
        return _escape(_backslash(text, problem.pos, file, first_line))
    if "Extra data" in problem.msg:
        return _more(here)
    if not found:
        return _ends(here)
    if "':'" in problem.msg:
        return _colon(here, text[text.rfind("\n", 0, problem.pos) + 1 :].split("\n", 1)[0])
    return _comma(here) if "','" in problem.msg else character(here, found)


def csv_problem(place: Place) -> Issue:
    """What keeps a row from being CSV."""
    return error(
        "bad_csv",
        N_("A quote in this row is not closed, or a cell is too long to be one."),
        N_("Quote a whole cell or nothing of it, and double each quote inside a quoted cell."),
        place,
    )


def character(place: Place, found: str) -> Issue:
    """A character that cannot stand where it stands."""
    shown = found if found.isprintable() else f"U+{ord(found):04X}"
    return error(
        "document.character",
        N_("The character {character} cannot stand here."),
        N_("Remove it, or put the text that it belongs to in quotes."),
        place,
        character=shown,
    )


def _backslash(text: str, index: int, file: str | None, first_line: int = 1) -> Place:
    return place_of(text, text.rfind("\\", 0, index + 1), file, first_line)


def _escape(place: Place) -> Issue:
    return error(
        "document.escape",
        N_("The backslash and what follows it mean nothing here."),
        N_("Write two backslashes for one."),
        place,
    )


def alias(place: Place) -> Issue:
    """A reference, with which a small text could stand for billions of values."""
    return error(
        "document.alias",
        N_("References (&name and *name) are not read."),
        N_("Write the value out in full at each place."),
        place,
    )


def too_deep(place: Place, most: int) -> Issue:
    """Blocks inside blocks inside blocks."""
    return error(
        "document.too_deep",
        N_("More than {most} blocks stand inside each other."),
        N_("Write it flatter."),
        place,
        most=most,
    )


def too_long(place: Place, most: int) -> Issue:
    """More text than a document can have."""
    return error(
        "document.too_long",
        N_("The text is longer than such a document can be."),
        N_("Keep it under {most} characters."),
        place,
        most=most,
    )


def several(place: Place) -> Issue:
    """A second document in the same text."""
    return error(
        "document.several",
        N_("A second document begins here."),
        N_("Keep one of them: remove the line “---”."),
        place,
    )


def key_twice(place: Place, key: str) -> Issue:
    """A key that stands twice in one block."""
    return error(
        "document.doubled_key",
        N_("“{key}” is written twice in the same block."),
        N_("Keep one of the two."),
        place,
        key=key,
    )


def _tab(place: Place) -> Issue:
    return error(
        "document.tab",
        N_("This line is indented with a tab."),
        N_("Indent with spaces; a tab has no width that all agree on."),
        place,
    )


def _quote(place: Place) -> Issue:
    return error(
        "document.quote",
        N_("The quote that is opened here is not closed."),
        N_("Close it on the same line, or remove it."),
        place,
    )


def _after_quote(place: Place) -> Issue:
    return error(
        "document.after_quote",
        N_("Something follows a closing quote."),
        N_("Quote the whole text; between single quotes write two of them for an apostrophe."),
        place,
    )


def _bracket(bracket: str, place: Place) -> Issue:
    return error(
        "document.bracket",
        N_("The bracket {bracket} that is opened here is not closed."),
        N_("Add the closing bracket."),
        place,
        bracket=bracket,
    )


def _comma(place: Place) -> Issue:
    return error(
        "document.comma",
        N_("A comma or a closing bracket is missing before this."),
        N_("Separate the values with commas, and close every bracket."),
        place,
    )


def _colon(place: Place, line: str) -> Issue:
    return error(
        "document.colon",
        N_("A colon is missing in “{text}”."),
        N_("Write “key: value”, with a space after the colon."),
        place,
        text=line.strip()[:60],
    )


def _no_key_here(place: Place) -> Issue:
    return error(
        "document.key_here",
        N_("A key with its colon cannot stand here."),
        N_("Check the indentation; put a text that contains a colon in quotes."),
        place,
    )


def _indentation(place: Place) -> Issue:
    return error(
        "document.indentation",
        N_("This does not fit the block above it."),
        N_("Indent it exactly like the other lines of its block."),
        place,
    )


def _ends(place: Place) -> Issue:
    return error(
        "document.ends",
        N_("The text ends before it is complete."),
        N_("Add what is missing at the end, such as a closing bracket."),
        place,
    )


def _more(place: Place) -> Issue:
    return error(
        "document.more",
        N_("Something follows after the end of the document."),
        N_("Remove it, or put everything into one list."),
        place,
    )


def _unreadable(place: Place) -> Issue:
    return error(
        "document.unreadable",
        N_("The text cannot be read as YAML or JSON from here on."),
        N_("Check the indentation, the colons and the quotes at this line."),
        place,
    )
