"""Team against team: unequal sizes, a transfer in mid-way, and the members one by one."""

from fractions import Fraction

import pytest

from challenges.calc import Cancellation, Membership, Person, Roster, as_json
from kernel.issues import Invalid
from kernel.numbers import as_text
from tests.challenges.calc.builders import at, board, member, record, result, rules_of, span

TEAMS = "format: team_against_team\nentrants: {kind: team}\n"
MATCH = TEAMS + "score: {metric: revenue}\n"
BOTH = TEAMS + "score: {metric: revenue, individuals: true}\n"

UNEQUAL = Roster(
    (
        member("ana", "north"),
        member("ben", "north"),
        member("cleo", "north", "0.5"),
        member("dora", "south"),
    )
)
LOG = [
    record("a", "ana", "11-03 10:00", 60),
    record("b", "ben", "11-04 10:00", 30),
    record("d", "dora", "11-04 10:00", 40),
]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("mean", [(1, "south", "40"), (2, "north", "30")]),
        ("sum", [(1, "north", "90"), (2, "south", "40")]),
        ("per_fte", [(1, "south", "40"), (2, "north", "36")]),
        ("best_n, best_n: 1", [(1, "north", "60"), (2, "south", "40")]),
    ],
)
def test_teams_of_unequal_size(how: str, expected: list[tuple[int, str, str]]) -> None:
    text = MATCH.replace("kind: team", f"kind: team, team_score: {how}")
    assert board(result(rules_of(text), LOG, UNEQUAL)) == expected


def test_the_mean_per_head_is_the_default() -> None:
    assert board(result(rules_of(MATCH), LOG, UNEQUAL)) == [(1, "south", "40"), (2, "north", "30")]


MOVED = Person(
    "ben",
    "Ben",
    (
        Membership("north", Fraction(1), span(None, "11-10")),
        Membership("south", Fraction(1), span("11-10", None)),
    ),
)


def test_after_a_transfer_each_team_keeps_the_days_and_counts_the_head() -> None:
    roster = Roster((member("ana", "north"), MOVED, member("dora", "south")))
    log = [*LOG, record("b2", "ben", "11-12 10:00", 50)]
    standings = result(rules_of(BOTH), log, roster)
    assert board(standings) == [(1, "north", "45"), (1, "south", "45")]
    members = standings.individuals or ()
    people = [(one.rank, one.person, one.teams, as_text(one.score)) for one in members]
    assert people == [
        (1, "ben", ("north", "south"), "80"),
        (2, "ana", ("north",), "60"),
        (3, "dora", ("south",), "40"),
    ]


def test_members_are_ranked_whatever_the_team_counts_and_only_when_asked() -> None:
    text = BOTH.replace("kind: team", "kind: team, team_score: best_n, best_n: 1")
    log = [*LOG, record("d2", "dora", "11-05 10:00", -10)]
    standings = result(rules_of(text), log, UNEQUAL)
    assert as_json(standings)["individuals"] == [
        _row(1, "ana", "Ana", "north", "60"),
        _row(2, "ben", "Ben", "north", "30") | {"tied": True},
        _row(2, "dora", "Dora", "south", "30") | {"tied": True},
        _row(None, "cleo", "Cleo", "north", "0"),
    ]
    assert "individuals" not in as_json(result(rules_of(MATCH), LOG, UNEQUAL))


def _row(rank: int | None, person: str, name: str, team: str, score: str) -> dict[str, object]:
    return {
        "rank": rank, "tied": False, "person": person, "name": name, "teams": [team],
        "score": score,
    }  # fmt: skip


def test_three_teams_a_cancellation_and_an_idle_team() -> None:
    roster = Roster((*UNEQUAL.people, member("emil", "west")))
    gone = Cancellation("d-", "d", at("11-20 10:00"))
    standings = result(rules_of(BOTH), [*LOG, gone], roster)
    assert board(standings) == [(1, "north", "30"), (None, "south", "0"), (None, "west", "0")]
    assert [one.person for one in standings.individuals or () if one.rank] == ["ana", "ben"]


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("format: team_against_team\nscore: {metric: revenue}\n", "only_teams", "entrants"),
        (
            MATCH.replace("kind: team", "teams: [north, south]"),
            "only_teams",
            "entrants.kind",
        ),
        (
            MATCH.replace("kind: team", "kind: team, teams: [north]"),
            "number_of_entrants",
            "entrants.teams",
        ),
    ],
)
def test_each_refusal(text: str, code: str, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules_of(text)
    assert [(issue.code, issue.place.path) for issue in caught.value.issues] == [(code, path)]
