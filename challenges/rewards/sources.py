"""What gives points, and what asks for them, read from the records themselves: signed results,
boards that are provisional, badges, requests.

A prize of a team is shared by the members that the result names, in equal whole parts; what does
not divide stays with the company.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Max

from challenges.awarding import told_at
from challenges.badges.queries import badge_points
from challenges.calc.points import REQUEST, Asked, Claim, Request
from challenges.calc.points_sharing import team_part
from challenges.calc.rules import PrizeKind
from challenges.models import Challenge, ChallengeState, RequestState, Result, RewardRequest
from challenges.models import Standing as Row
from people.models import Person

POINTS = PrizeKind.POINTS.value
T = TypeVar("T")
Key = tuple[int, str]
"""Person and source."""


S = ChallengeState
GIVING = (S.PROVISIONAL, S.OFFICIAL, S.AMENDED, S.CANCELLED)
"""States in which a challenge may give points, or take back what it gave."""


def by_person(facts: Mapping[Key, T]) -> dict[int, list[T]]:
    """The same without the sources' names."""
    found: dict[int, list[T]] = defaultdict(list)
    for (person_id, _), fact in facts.items():
        found[person_id].append(fact)
    return found


def prefix_of(challenge_id: int) -> str:
    """With what the sources of a challenge begin."""
    return f"challenge:{challenge_id}:"


def challenge_claims(challenge: Challenge) -> dict[Key, Claim]:
    """What the points prizes of a challenge give to whom, by person and source.

    A signed result counts from the moment everybody may know it. Before the signature a board
    gives provisionally, unless it is hidden. Four queries.
    """
    results = list(Result.objects.filter(challenge=challenge).order_by("number"))
    if not results:
        return _provisional(challenge)
    numbers = _person_ids(results)
    found: dict[Key, Claim] = {}
    for result, told in _told(results, challenge):
        amounts = _amounts(challenge.pk, _rows(result.document), numbers)
        for key in {*found, *amounts}:
            _tell(found, key, amounts.get(key, 0), told, f"result:{result.number}")
    return found


def _told(results: Iterable[Result], challenge: Challenge) -> list[tuple[Result, datetime]]:
    """The results that were the last word at some moment; a ceremony tells only the last."""
    found: dict[datetime, Result] = {}
    for result in results:
        result.challenge = challenge
        told = told_at(result)
        if told is not None:
            found[told] = result
    return [(result, told) for told, result in found.items()]


def _tell(found: dict[Key, Claim], key: Key, amount: int, told: datetime, cause: str) -> None:
    known = found.get(key)
    if known is None:
        found[key] = Claim(key[1], 0, amount, amount, told, told, cause)
    elif known.held != amount:
        granted = max(known.granted, amount)
        found[key] = replace(known, granted=granted, held=amount, at=told, cause=cause)


def _provisional(challenge: Challenge) -> dict[Key, Claim]:
    if challenge.state != ChallengeState.PROVISIONAL or challenge.frozen_from is not None:
        return {}
    wanted = Row.objects.filter(challenge=challenge, detail__awards__contains=[{"kind": POINTS}])
    rows = list(wanted.select_related("person", "team").only("detail", "person", "team"))
    members = {number for row in rows for number in row.detail["members"]}
    numbers = dict(Person.objects.filter(number__in=members).values_list("number", "pk"))
    numbers |= {row.person.number: row.person.pk for row in rows if row.person}
    said = [
        _Row(
            row.person.number if row.person else row.team.key,  # type: ignore[union-attr]  # one of the two is set
            bool(row.team_id), row.detail["members"], row.detail["awards"],
        )
        for row in rows
    ]  # fmt: skip
    at = challenge.scored_at or challenge.ends_at
    return {
        key: Claim(key[1], amount, 0, 0, None, at, "provisional")
        for key, amount in _amounts(challenge.pk, said, numbers).items()
    }


@dataclass(frozen=True, slots=True)
class _Row:
    entrant: str
    is_team: bool
    members: list[str]
    awards: list[dict[str, Any]]


def _rows(document: Mapping[str, Any]) -> list[_Row]:
    awards: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for award in document["awards"]:
        awards[award["entrant"]].append(award)
    return [
        _Row(row["entrant"], bool(row["members"]), row["members"], awards[row["entrant"]])
        for row in document["standings"]
        if row["entrant"] in awards
    ]


def _amounts(challenge_id: int, rows: Iterable[_Row], numbers: Mapping[str, int]) -> dict[Key, int]:
    found: dict[Key, int] = defaultdict(int)
    for row in rows:
        winners = row.members if row.is_team else [row.entrant]
        for award in row.awards:
            if award["kind"] != POINTS or not winners:
                continue
            source = f"{prefix_of(challenge_id)}{award['prize']}:{row.entrant}"
            for number in winners:
                if number in numbers:
                    found[numbers[number], source] += team_part(int(award["amount"]), len(winners))
    return {key: amount for key, amount in found.items() if amount}


def _person_ids(results: list[Result]) -> dict[str, int]:
    """By number: as it was when the first result was signed, or as it is."""
    kept = results[0].roster
    if kept is not None:
        return dict(kept["people"])
    return dict(Person.objects.values_list("number", "pk"))


# --- badges and requests -----------------------------------------------------------------------


def badge_claims(award_ids: Collection[int] | None = None) -> dict[Key, Claim]:
    """What badges (these awards) give, by person and source. One query."""
    found = {}
    for one in badge_points(award_ids):
        back = one.taken_back_at
        found[one.person_id, one.source] = Claim(
            source=one.source,
            provisional=0,
            granted=one.points,
            held=0 if back else one.points,
            granted_at=one.awarded_at,
            at=back or one.awarded_at,
            cause="taken_back" if back else "awarded",
        )
    return found


_STATES = {
    RequestState.ASKED: Asked.OPEN,
    RequestState.APPROVED: Asked.OPEN,
    RequestState.DELIVERED: Asked.DELIVERED,
    RequestState.REFUSED: Asked.RETURNED,
    RequestState.WITHDRAWN: Asked.RETURNED,
}


def request_fact(request: RewardRequest, at: datetime) -> Request:
    """A request as the ledger takes it; `at` is the moment of its last step."""
    state = RequestState(request.state)
    return Request(
        f"{REQUEST}{request.pk}", request.points, _STATES[state], request.asked_at, at, state.value
    )


def all_requests() -> dict[Key, Request]:
    """Every request there ever was. One query."""
    rows = RewardRequest.objects.annotate(last=Max("steps__at")).order_by("pk")
    return {(row.person_id, f"{REQUEST}{row.pk}"): request_fact(row, row.last) for row in rows}
