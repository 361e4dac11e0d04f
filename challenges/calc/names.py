"""Names that a document gives in one language or in several."""

from typing import Any

from challenges.calc.shapes import Either, Field, Obj, Text

Names = tuple[tuple[str, str], ...]

NAMES = Either(
    Text(),
    Obj(
        {
            "en": Field(Text(), "in English"),
            "fr": Field(Text(), "in French"),
        }
    ),
)


def names_from(name: Any) -> Names:
    """Pairs of language and name, as `NAMES` reads them; none when nothing is written."""
    if name is None:
        return ()
    if isinstance(name, str):
        return (("en", name), ("fr", name))
    return tuple((language, name[language]) for language in ("en", "fr") if name[language])


def name_in(names: Names, language: str, otherwise: str) -> str:
    """The name in a language, or in any, or another word."""
    return dict(names).get(language) or next((name for _, name in names), otherwise)
