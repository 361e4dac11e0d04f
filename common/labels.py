"""Labels that are data: the text in the reader's language."""

from django.utils.translation import get_language


def label(fr: str, en: str) -> str:
    """`fr` for a reader of French, otherwise `en`; the other one where it is empty."""
    chosen, other = (fr, en) if (get_language() or "").startswith("fr") else (en, fr)
    return chosen or other
