"""Format 17, team against team: two or more teams, and beside them their members if wished."""

from collections.abc import Sequence
from dataclasses import dataclass

from challenges.calc.formats.base import Case, Format, Score, additive, last_moment
from challenges.calc.formats.duels import check_number
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.most import HIGHEST_WINS
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, Obj, Values, YesNo, told
from kernel.issues import N_, Issue, error

MOST_TEAMS = 10_000


@dataclass(frozen=True, slots=True)
class TeamsMatch:
    """What is added up, and whether the members are ranked too."""

    measure: Measure
    individuals: bool


def _build(values: Values) -> TeamsMatch:
    return TeamsMatch(measure_from(values), values["individuals"])


def _check_whole(values: Values, issues: list[Issue]) -> None:
    entrants: Values | None = values["entrants"]
    kind = None if entrants is None else told(entrants.get, "kind")
    if entrants is None or kind == "person":
        issues.append(
            error(
                "only_teams",
                N_("In this format teams compete."),
                N_("Write “entrants: {example}”."),
                values.at("entrants") if entrants is None else entrants.at("kind"),
                example="{kind: team}",
            )
        )
    else:
        check_number(values, 2, MOST_TEAMS, issues)


def _score(params: TeamsMatch, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    return Score(params.measure.total(case.records), effects, achieved_at=last_moment(effects))


def _describe(params: TeamsMatch) -> Sequence[Note]:
    template = (
        N_("Team against team: the score is the number of “{metric}” records in the window.")
        if params.measure.count
        else N_("Team against team: the score is the total of “{metric}” in the window.")
    )
    found = [note("score", template, metric=params.measure.metric), HIGHEST_WINS]
    found.append(
        note(
            "transfer", N_("What happened counts for the team that the person was in on that day.")
        )
    )
    if params.individuals:
        found.append(note("individuals", N_("The members are ranked one by one as well.")))
    return found


FORMAT = Format(
    key="team_against_team",
    title=N_("Team against team"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "individuals": Field(YesNo(), "rank the members one by one as well", default=False),
        }
    ),
    build=_build,
    check_whole=_check_whole,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    individuals=lambda params: params.individuals,
)
