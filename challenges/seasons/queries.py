"""Closed challenges by season, read from their signed results alone.

A season is a quarter of the company's year; a challenge is of the one in which its window ended.
Nothing here reads the board, the roster or a record of now: who was in which team, under which
name and with which score is what the result says. Only what somebody may see, and who wants no
public rank, is a matter of today.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet

from challenges import rights, visibility
from challenges.board_rows import place_of
from challenges.calc import Rules
from challenges.calc.points_sharing import team_part
from challenges.calc.rules import PrizeKind
from challenges.duels.titles import titled
from challenges.gathering.inputs import parsed
from challenges.models import Challenge, Face, Result, RulesVersion, Standing
from kernel.periods import Period
from people import access
from people.access import Viewer
from people.models import Person
from people.queries import company

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Placed:
    """A row of a signed result that the viewer may see."""

    rank: int | None
    name: str
    score: Fraction | None
    awards: tuple[Json, ...]
    is_me: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """One closed challenge: the visible rows best first, how many took part, and what the viewer
    has of it. `my_points` is their part of the points prizes."""

    challenge: Challenge
    rules: Rules
    number: int
    rows: tuple[Placed, ...]
    entrants: int
    mine: Placed | None
    my_points: int


@dataclass(frozen=True, slots=True)
class Season:
    """A quarter with its closed challenges."""

    quarter: Period
    closed: tuple[Closed, ...]

    @property
    def my_points(self) -> int:
        """The points that signed results of the season give the viewer."""
        return sum(one.my_points for one in self.closed)

    @property
    def my_wins(self) -> int:
        """How often the viewer, or a team of theirs, was first."""
        return sum(1 for one in self.closed if one.mine is not None and one.mine.rank == 1)

    @property
    def my_places(self) -> int:
        """In how many of the challenges the viewer took part."""
        return sum(1 for one in self.closed if one.mine is not None)


def closed_challenges(viewer: Viewer) -> QuerySet[Challenge]:
    """Signed challenges that exist for the viewer."""
    return rights.visible(viewer).filter(state__in=visibility.SIGNED)


def quarter_of(challenge: Challenge) -> Period:
    """The quarter that contains the last moment of the window."""
    at_company = company()
    last = (challenge.ends_at - timedelta(microseconds=1)).astimezone(at_company.tz).date()
    return Period.quarter(last, at_company.fiscal_year_start_month)


def quarters(viewer: Viewer) -> dict[Period, list[Challenge]]:
    """The closed challenges by quarter, newest first; without what waits for its ceremony."""
    found: dict[Period, list[Challenge]] = defaultdict(list)
    for challenge in closed_challenges(viewer).order_by("-ends_at", "-id"):
        if not visibility.waits_for_reveal(challenge):
            found[quarter_of(challenge)].append(challenge)
    return found


def season(viewer: Viewer, quarter: Period, challenges: Iterable[Challenge]) -> Season:
    """The season of a quarter, from the last result of each of its challenges. Six queries."""
    chosen = list(challenges)
    ids = [one.pk for one in chosen]
    results = Result.objects.filter(challenge_id__in=ids).order_by("challenge_id", "-number")
    last = {row.challenge_id: row for row in results.distinct("challenge_id").defer("roster")}
    rosters = Result.objects.filter(challenge_id__in=ids, number=1)
    kept = dict(rosters.values_list("challenge_id", "roster"))
    newest = RulesVersion.objects.filter(challenge_id__in=ids).order_by("challenge_id", "-number")
    documents = dict(newest.distinct("challenge_id").values_list("challenge_id", "document"))
    people = {row.pk: row for row in Person.objects.select_related("challenge_face")}
    who = _Who(viewer, quarter, people)
    told = titled(viewer, {one: parsed(documents[one.pk]) for one in chosen})
    closed = [
        _closed(one, told[one.pk], last[one.pk], kept.get(one.pk), who)
        for one in chosen
        if one.pk in last
    ]
    return Season(quarter, tuple(closed))


@dataclass(frozen=True, slots=True)
class _Who:
    viewer: Viewer
    quarter: Period
    people: Mapping[int, Person]

    @property
    def scope(self) -> access.Scope:
        return access.figures_scope(self.viewer, self.quarter)

    @property
    def numbers(self) -> dict[str, int]:
        """For results that were signed before they kept their roster."""
        return {person.number: pk for pk, person in self.people.items()}


def _closed(
    challenge: Challenge, rules: Rules, result: Result, kept: Json | None, who: _Who
) -> Closed:
    numbers = who.numbers if kept is None else kept["people"]
    teams = {} if kept is None else kept["teams"]
    awards: dict[str, list[Json]] = defaultdict(list)
    for award in result.document["awards"]:
        awards[award["entrant"]].append(award)
    told = result.document["standings"]
    me = next((number for number, pk in numbers.items() if pk == who.viewer.person_id), None)
    mine = next((row for row in told if me is not None and _is_of(row, me)), None)
    rows = _visible(challenge, told, awards, numbers, teams, mine, who)
    my_row = _placed(mine, mine["name"], awards, mine) if mine else None
    return Closed(
        challenge=challenge,
        rules=rules,
        number=result.number,
        rows=rows,
        entrants=len(told),
        mine=my_row,
        my_points=_points(mine, awards) if mine else 0,
    )


def _is_of(row: Json, number: str) -> bool:
    return bool(row["entrant"] == number or number in row["members"])


def _points(row: Json, awards: Mapping[str, list[Json]]) -> int:
    """The own part of the points: the prize of a team is shared in whole points."""
    heads = len(row["members"]) or 1
    given = [one for one in awards[row["entrant"]] if one["kind"] == PrizeKind.POINTS]
    return sum(team_part(int(one["amount"]), heads) for one in given)


def _visible(
    challenge: Challenge,
    told: list[Json],
    awards: Mapping[str, list[Json]],
    numbers: Mapping[str, int],
    teams: Mapping[str, Any],
    mine: Json | None,
    who: _Who,
) -> tuple[Placed, ...]:
    """The rows as `challenges.visibility` shows them, from the result instead of the board."""
    rows = {
        _key(row): Standing(
            challenge=challenge,
            entrant_key=_key(row),
            person=who.people.get(numbers.get(row["entrant"], 0)),
            team_id=teams[row["entrant"]][0] if row["entrant"] in teams else None,
            rank=row["rank"],
            detail={"awards": awards[row["entrant"]]},
        )
        for row in told
        if row.get("eliminated") is None or row is mine
    }
    own = [rows[_key(mine)].team_id] if mine is not None else []
    then = replace(who.viewer, own_team_ids=frozenset(one for one in own if one is not None))
    shown = visibility.shown_keys(
        challenge, [place_of(row) for row in rows.values()], then, who.scope
    )
    return tuple(
        _placed(row, _name(row, rows[_key(row)], who), awards, mine)
        for row in told
        if _key(row) in shown
    )


def _key(row: Json) -> str:
    return str(row["entrant"])


def _name(row: Json, standing: Standing, who: _Who) -> str:
    """The name that was signed; the nickname for those who do not read the person's figures."""
    face: Face | None = getattr(standing.person, "challenge_face", None)
    if face is None or not face.nickname or standing.person_id in who.scope:
        return str(row["name"])
    return face.nickname


def _placed(row: Json, name: str, awards: Mapping[str, list[Json]], mine: Json | None) -> Placed:
    return Placed(
        rank=row["rank"],
        name=name,
        score=None if row["score"] is None else Fraction(row["score"]),
        awards=tuple(awards[row["entrant"]]),
        is_me=row is mine,
    )
