"""The registry of formats: one line for each module."""

from challenges.calc.formats import (
    average,
    collective,
    largest,
    mission,
    most,
    over_line,
    percent,
    power_hour,
    race,
    rate,
    steps,
    streak,
    weighted,
)
from challenges.calc.formats.base import Format

FORMATS: dict[str, Format] = {
    module.FORMAT.key: module.FORMAT
    for module in (
        most,
        percent,
        weighted,
        rate,
        average,
        largest,
        race,
        over_line,
        collective,
        steps,
        streak,
        mission,
        power_hour,
    )
}
