"""Finding a name in a list, as people write it."""

from unicodedata import combining, normalize


def plain(text: str) -> str:
    """Without accents and capitals: who looks for Lea finds Léa."""
    parts = normalize("NFKD", text)
    return "".join(one for one in parts if not combining(one)).casefold()


def holds(text: str, find: str) -> bool:
    """Whether each word of `find` stands in a text, accents and capitals aside."""
    said = plain(text)
    return all(word in said for word in plain(find).split())
