"""Texts from outside: trimmed, of bearable length, without characters that nobody can see.

Nor does a file or a program bring in what a spreadsheet would run.
"""

import re
import unicodedata

from kernel.issues import N_, Issue, Place, error

SHORT, LONG = 200, 2000
_ALLOWED = frozenset("\n\t\r")
# what a spreadsheet would run, or send elsewhere, when the text is exported and opened there
_FORMULA_MARKS = ("=", "@", "\t", "\r")
_SIGNED_NUMBER = re.compile(r"[+-][\d\s.,()/'-]*")


def clean_text(text: str, place: Place, limit: int = SHORT) -> str | Issue:
    """The text without outer spaces, each accent with its letter, or why it cannot be kept."""
    cleaned = unicodedata.normalize("NFC", text.strip())
    if len(cleaned) > limit:
        return error(
            "text_too_long",
            N_("The text has {length} characters, more than {limit}."),
            N_("Shorten it."),
            place,
            length=len(cleaned),
            limit=limit,
        )
    if any(_is_hidden(char) for char in cleaned):
        return error(
            "control_characters",
            N_("The text has characters that cannot be shown."),
            N_("Remove them; they often come from a wrong encoding."),
            place,
        )
    return cleaned


def _is_hidden(char: str) -> bool:
    # Cc: control characters, PostgreSQL refuses NUL; Cs: halves of characters from broken JSON
    return unicodedata.category(char) in ("Cc", "Cs") and char not in _ALLOWED


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text; a signed number or telephone number is none."""
    # also as it will be kept: spaces before a formula are taken off
    return any(_would_run(one) for one in (text, text.strip()))


def _would_run(text: str) -> bool:
    if text.startswith(_FORMULA_MARKS):
        return True
    return text.startswith(("+", "-")) and not _SIGNED_NUMBER.fullmatch(text)


def formula_issue(text: str, place: Place) -> Issue:
    """Why a text that a spreadsheet would run is not taken."""
    return error(
        "spreadsheet_formula",
        N_('The text "{found}" is a spreadsheet formula.'),
        N_("Replace the formula by its value; texts may not begin with =, +, - or @."),
        place,
        found=text,
    )
