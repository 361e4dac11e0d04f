"""The registry of formats: one line for each module."""

from challenges.calc.formats import most, percent, race
from challenges.calc.formats.base import Format

FORMATS: dict[str, Format] = {
    module.FORMAT.key: module.FORMAT
    for module in (
        most,
        percent,
        race,
    )
}
