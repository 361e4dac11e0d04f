"""Keys that are made of the names that people write."""

import re
import unicodedata
from collections.abc import Container

LONGEST_KEY = 50


def new_key(name: str, taken: Container[str], prefix: str = "") -> str:
    """A key that nothing else has: the name in plain letters, with a number where two names differ
    only by their accents or their ends."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not plain or not (prefix or plain[0].isalpha()):
        plain = f"name_{plain}".rstrip("_")
    stem = prefix + plain
    key, number = stem[:LONGEST_KEY].rstrip("_"), 1
    while key in taken:
        number += 1
        key = f"{stem[: LONGEST_KEY - 5].rstrip('_')}_{number}"
    return key
