"""Prizes in money that signed results give to people, for the room that pays them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from challenges.calc.rules import PrizeKind
from challenges.models import Result
from people.models import Person


@dataclass(frozen=True, slots=True)
class MoneyAward:
    """A prize in money; `id` is the same in every amendment of the result that still gives it."""

    id: str
    person_id: int
    challenge: str
    rank: int | None
    amount_minor: int
    currency: str


def money_awards(start: datetime, end: datetime, *, as_known_at: datetime) -> list[MoneyAward]:
    """The awards to people that became official in `[start, end)`, by id. Two queries.

    Of a challenge whose result was amended, the last one signed before `end` and `as_known_at`
    says who wins; an award is of the moment at which it first stood in a result. What an amendment
    signed later takes away was given by then, and is no business of this stretch.
    """
    results: dict[int, list[Result]] = {}
    rows = Result.objects.filter(at__lt=end, at__lte=as_known_at).select_related("challenge")
    for row in rows.order_by("challenge_id", "number"):
        results.setdefault(row.challenge_id, []).append(row)
    found = [
        (key, award, of_challenge[-1])
        for of_challenge in results.values()
        for key, award in _awards(of_challenge[-1])
        if _first(of_challenge, key) >= start
    ]
    numbers = {str(award["entrant"]) for _, award, _ in found}
    ids = dict(Person.objects.filter(number__in=numbers).values_list("number", "pk"))
    made = [
        MoneyAward(
            key,
            ids[str(award["entrant"])],
            result.challenge.name,
            _ranks(result).get(str(award["entrant"])),
            int(str(award["amount"])),
            str(award["currency"]),
        )
        for key, award, result in found
        if str(award["entrant"]) in ids
    ]
    return sorted(made, key=lambda one: one.id)


def people_with_new_awards(since: datetime, until: datetime) -> frozenset[int]:
    """To whom a result that was signed after `since` and by `until`, or one before it, gives money.

    Two queries.
    """
    signed = Result.objects.filter(at__gt=since, at__lte=until).values("challenge")
    results = Result.objects.filter(challenge__in=signed)
    numbers = {str(award["entrant"]) for result in results for _, award in _awards(result)}
    return frozenset(Person.objects.filter(number__in=numbers).values_list("pk", flat=True))


def _awards(result: Result) -> Iterable[tuple[str, Mapping[str, object]]]:
    for award in result.document.get("awards", ()):
        if award["kind"] == PrizeKind.MONEY:
            yield f"{result.challenge_id}:{award['prize']}:{award['entrant']}", award


def _first(results: Iterable[Result], key: str) -> datetime:
    return next(one.at for one in results if key in dict(_awards(one)))


def _ranks(result: Result) -> dict[str, int | None]:
    rows = result.document.get("standings", ())
    return {str(row["entrant"]): row["rank"] for row in rows}
