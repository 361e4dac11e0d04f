"""What a person does on a page, done by Playwright and counted as the keystroke-level model counts.

Card, Moran, Newell, "The keystroke-level model for user performance time with interactive systems",
Communications of the ACM 23 (1980): times of an average typist, each act prepared in the mind.
"""

from dataclasses import dataclass
from fractions import Fraction

from playwright.sync_api import Locator

KEY = Fraction(28, 100)
POINT = Fraction(110, 100)
CLICK = Fraction(20, 100)
HOME = Fraction(40, 100)
THINK = Fraction(135, 100)


@dataclass
class Hand:
    """The hand of somebody; each act is done and counted. It begins and ends at the mouse."""

    clicks: int = 0
    choices: int = 0
    fields: int = 0
    characters: int = 0

    def click(self, target: Locator) -> None:
        """Point at something and press."""
        target.click()
        self.clicks += 1

    def choose(self, target: Locator, key: str) -> None:
        """Open a list, and press on one of its lines."""
        target.select_option(key)
        self.choices += 1

    def write(self, target: Locator, text: str) -> None:
        """Press on a field, and write over what stands in it."""
        target.fill(text)
        self.fields += 1
        self.characters += len(text)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Clicks, choices, fields written in, characters."""
        return self.clicks, self.choices, self.fields, self.characters

    @property
    def seconds(self) -> Fraction:
        """What the model says it takes, without what the machine needs. A field is written over
        with a second press (its text is chosen by it), and the hand goes to the keys and back."""
        press = THINK + POINT + CLICK
        choosing = THINK + 2 * (POINT + CLICK)
        writing = THINK + POINT + 2 * CLICK + 2 * HOME
        return (
            self.clicks * press
            + self.choices * choosing
            + self.fields * writing
            + self.characters * KEY
        )
