"""Whole numbers that come from outside: an address, a form, a topic."""

_MOST_DIGITS = 18
"""All of these fit a key of the database; Python refuses to read thousands of digits."""


def whole(text: str | None) -> int | None:
    """The number that plain digits write; None for anything else and for what no key can be."""
    if not text or len(text) > _MOST_DIGITS or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)
