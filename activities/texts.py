"""Texts from outside: trimmed, of bearable length, without characters that nobody can see."""

import unicodedata

from kernel.issues import N_, Issue, Place, error

SHORT, LONG = 200, 2000
_ALLOWED = frozenset("\n\t\r")


def clean_text(text: str, place: Place, limit: int = SHORT) -> str | Issue:
    """The text without outer spaces, or why it cannot be kept."""
    cleaned = text.strip()
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
