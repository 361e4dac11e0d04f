"""Format 13, ranking with minimum: a rank pays only when its holder reaches the place's reserve."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from challenges.calc.formats.base import text_of
from challenges.calc.formats.kinds import Reserves
from challenges.calc.formats.measure import MEASURE_FIELDS, measure_from
from challenges.calc.formats.most import FORMAT as MOST
from challenges.calc.formats.most import Most
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Choice, Field, ListOf, Number, Obj, Values
from kernel.issues import N_, Issue, error


@dataclass(frozen=True, slots=True)
class RankingWithMinimum(Most):
    """What is added up, and what each place asks for."""

    reserves: Reserves


def _build(values: Values) -> RankingWithMinimum:
    pass_down = values["below_reserve"] == "pass_down"
    return RankingWithMinimum(measure_from(values), Reserves(values["reserves"], pass_down))


def _check(values: Values, issues: list[Issue]) -> None:
    if any(later > earlier for earlier, later in pairwise(values["reserves"])):
        issues.append(
            error(
                "reserves_rising",
                N_("A later place asks for more than an earlier one."),
                N_("Write the reserves from place 1 on, each at most as high as the one before."),
                values.at("reserves"),
            )
        )


def _describe(params: RankingWithMinimum) -> Sequence[Note]:
    levels = "; ".join(text_of(level) for level in params.reserves.levels)
    fate = (
        note(
            "pass_down",
            N_(
                "Who misses the reserve of a place is paid as the next place whose reserve they "
                "reach, and those behind follow."
            ),
        )
        if params.reserves.pass_down
        else note("lapse", N_("Where the reserve is missed, the prize of that place lapses."))
    )
    reserves = note(
        "reserves",
        N_("To be paid, places 1, 2, ... ask for at least this score: {levels}."),
        levels=levels,
    )
    return (*MOST.describe(params), reserves, fate)


FORMAT = replace(
    MOST,
    key="ranking_with_minimum",
    title=N_("Ranking with minimum"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "reserves": Field(
                ListOf(Number(), 1, 1000),
                "least score for which place 1, 2, ... pays; further places have none",
                required=True,
            ),
            "below_reserve": Field(
                Choice(("lapse", "pass_down")),
                "whether the prize of a place lapses, or its holder is paid as a later place",
                required=True,
            ),
        }
    ),
    build=_build,
    check=_check,
    describe=_describe,
    reserves=lambda params: params.reserves,
)
