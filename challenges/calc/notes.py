"""Sentences that the engine writes: an English template with parameters, translated at the edge."""

from collections.abc import Callable
from dataclasses import dataclass

from kernel.issues import fill


@dataclass(frozen=True, slots=True)
class Note:
    """A code for programs, a template for readers, and what fills it."""

    code: str
    template: str
    params: tuple[tuple[str, str], ...] = ()

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The sentence, in English or translated."""
        return fill(translate(self.template), self.params)

    def as_json(self, translate: Callable[[str], str] = str) -> dict[str, object]:
        """Code, sentence and parameters, for machines."""
        return {"code": self.code, "text": self.text(translate), "params": dict(self.params)}


def note(code: str, template: str, **params: str) -> Note:
    """A note whose parameters are in the order of their names."""
    return Note(code, template, tuple(sorted(params.items())))
