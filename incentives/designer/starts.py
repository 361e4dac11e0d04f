"""The plans that a new plan may start from: usual ways of paying, each with its examples."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from common.labels import label
from incentives.calc import parse_plan

FOLDER = Path(__file__).parent / "starts"


@dataclass(frozen=True, slots=True)
class Start:
    """A plan to start from; `text` pays in euros until another currency is put in."""

    key: str
    name_fr: str
    name_en: str
    text: str

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return label(self.name_fr, self.name_en)

    def paying_in(self, currency: str) -> str:
        """The document in the currency of the company."""
        return self.text.replace("currency: EUR", f"currency: {currency}", 1)


@cache
def starts() -> tuple[Start, ...]:
    """All of them, in the order of their files."""
    return tuple(_start(path) for path in sorted(FOLDER.glob("*.yaml")))


def _start(path: Path) -> Start:
    text = path.read_text(encoding="utf-8")
    plan = parse_plan(text)
    return Start(plan.key, plan.name["fr"], plan.name["en"], text)
