"""Prizes in money that signed results give to people, for the room that pays them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from challenges.calc.rules import PrizeKind
from challenges.duels.titles import public_titles
from challenges.models import Result
from challenges.visibility import waits_for_reveal
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
    """The awards to people that became official in `[start, end)`, by id. Three queries.

    Of a challenge whose result was amended, the last one signed before `end` and `as_known_at`
    says who wins; an award is of the moment at which it first stood in a result. What an amendment
    signed later takes away was given by then, and is no business of this stretch. A result that
    waits for its ceremony is signed, for pay, when it is revealed: pay tells nobody who has won.
    """
    results: dict[int, list[Result]] = {}
    rows = Result.objects.filter(at__lt=end, at__lte=as_known_at).select_related("challenge")
    for row in rows.order_by("challenge_id", "number"):
        told = told_at(row)
        if told is not None and told < end and told <= as_known_at:
            results.setdefault(row.challenge_id, []).append(row)
    found = [
        (key, award, of_challenge[-1])
        for of_challenge in results.values()
        for key, award in _awards(of_challenge[-1])
        if _first(of_challenge, key) >= start
    ]
    numbers = {str(award["entrant"]) for _, award, _ in found}
    ids = dict(Person.objects.filter(number__in=numbers).values_list("number", "pk"))
    titles = public_titles({result.challenge for _, _, result in found})
    made = [
        MoneyAward(
            key,
            ids[str(award["entrant"])],
            titles[result.challenge_id],
            _ranks(result).get(str(award["entrant"])),
            int(str(award["amount"])),
            str(award["currency"]),
        )
        for key, award, result in found
        if str(award["entrant"]) in ids
    ]
    return sorted(made, key=lambda one: one.id)


def people_with_new_awards(since: datetime, until: datetime) -> frozenset[int]:
    """To whom a result that was signed (or revealed) after `since` and by `until`, or one before
    it, gives money.

    Two queries.
    """
    signed = Q(at__gt=since, at__lte=until)
    revealed = Q(challenge__revealed_at__gt=since, challenge__revealed_at__lte=until)
    news = Result.objects.filter(signed | revealed).values("challenge")
    results = Result.objects.filter(challenge__in=news).select_related("challenge")
    told = [result for result in results if told_at(result) is not None]
    numbers = {str(award["entrant"]) for result in told for _, award in _awards(result)}
    return frozenset(Person.objects.filter(number__in=numbers).values_list("pk", flat=True))


def _awards(result: Result) -> Iterable[tuple[str, Mapping[str, object]]]:
    for award in result.document.get("awards", ()):
        if award["kind"] == PrizeKind.MONEY:
            yield f"{result.challenge_id}:{award['prize']}:{award['entrant']}", award


def told_at(result: Result) -> datetime | None:
    """When everybody may know it: the signature, or the ceremony that hides it until then."""
    if waits_for_reveal(result.challenge):
        return None
    return max(result.at, result.challenge.revealed_at or result.at)


def _first(results: Iterable[Result], key: str) -> datetime:
    moments = ((told_at(one), one) for one in results)
    return next(at for at, one in moments if at is not None and key in dict(_awards(one)))


def _ranks(result: Result) -> dict[str, int | None]:
    rows = result.document.get("standings", ())
    return {str(row["entrant"]): row["rank"] for row in rows}
