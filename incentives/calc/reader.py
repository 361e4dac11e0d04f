"""A document being read: every issue at its place, with the nearest word as remedy."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from incentives.calc.quantities import Quantity
from kernel.documents import Document, Plain, texts_of
from kernel.issues import N_, Issue, error, warning


class Failed:
    """Stands for a value that could not be read; the issue is already reported."""


FAILED: Final = Failed()


WRONG_TYPE = N_("Replace the value; docs/formats/plan.md shows each field.")


@dataclass(slots=True)
class Reader:
    """A document being read, the issues found so far, and the names that formulas may use.

    ``published``: it is a version that was published, maybe before a rule of today was made.
    """

    document: Document
    published: bool = False
    issues: list[Issue] = field(default_factory=list)
    uses: list[tuple[str, Quantity]] = field(default_factory=list)

    def error(self, path: str, code: str, message: str, remedy: str, **params: object) -> Failed:
        """Report an issue at a path."""
        self.issues.append(error(code, message, remedy, self.document.place(path), **params))
        return FAILED

    def unfit(self, path: str, code: str, message: str, remedy: str, **params: object) -> bool:
        """Report what no plan may be published with, though it is clear what it pays.

        True when the reading goes on: a published version keeps its meaning, and this is a warning.
        """
        tell = self.warning if self.published else self.error
        tell(path, code, message, remedy, **params)
        return self.published

    def warning(self, path: str, code: str, message: str, remedy: str, **params: object) -> None:
        """Report something that is allowed but deserves a look."""
        self.issues.append(warning(code, message, remedy, self.document.place(path), **params))

    def wrong(self, path: str, message: str, value: object) -> Failed:
        """Report a value of the wrong shape; ``message`` may show it as {found}."""
        return self.error(path, "plan.wrong_type", message, WRONG_TYPE, found=described(value))

    def unknown(
        self, path: str, code: str, message: str, word: str, known: Iterable[str]
    ) -> Failed:
        """Report a word that means nothing here, with the nearest one that does as remedy."""
        choices = sorted(known)
        near = get_close_matches(word, choices, n=1, cutoff=0.6)
        if near:
            remedy = N_("Did you mean {closest}?")
            return self.error(path, code, message, remedy, word=word, closest=near[0])
        return self.error(
            path, code, message, N_("Known here: {known}."), word=word, known=", ".join(choices)
        )


def described(value: object) -> str:
    """A plain value in a few signs that need no translation, for a message."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value[:40]}"'
        case list():
            return "[…]" if value else "[]"
    return "{…}"


def word_of(value: Plain) -> str:
    """A scalar as it is written; nothing for a list or a block."""
    text = texts_of(value)
    return text if isinstance(text, str) else ""
