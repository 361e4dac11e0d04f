"""The registry of formats: one line for each module."""

from challenges.calc.formats import (
    average,
    championship,
    collective,
    elimination,
    improved,
    largest,
    lottery,
    mission,
    most,
    over_line,
    percent,
    pot,
    power_hour,
    proportional,
    race,
    rate,
    record,
    reserved,
    scorecard,
    steps,
    streak,
    tiered,
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
        championship,
        elimination,
        tiered,
        mission,
        power_hour,
        scorecard,
        improved,
        reserved,
        pot,
        proportional,
        lottery,
        record,
    )
}
