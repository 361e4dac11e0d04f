"""Sums of pay by plan, component and team: what the direction may take away, and no person's pay.

Where the reader may not see single people, a sum over fewer than three of them is put together
with others, so that nothing tells what one of them gets.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Sum

from incentives.choices import PeriodState
from incentives.models import LedgerLine
from incentives.payroll.cells import neutral
from incentives.payroll_files.exports import code_of
from kernel.money import Money
from kernel.periods import Period
from people import queries as people

SMALL_GROUP = 3
HANDED_OVER = (PeriodState.LOCKED, PeriodState.EXPORTED)


@dataclass(frozen=True, slots=True, order=True)
class TotalKey:
    """What a sum is of. Empty texts: several small groups together."""

    period_start: date
    period_end: date
    kind: str
    currency: str
    code: str
    label_fr: str
    label_en: str
    team: str


@dataclass(slots=True)
class Total:
    """A sum in minor units, and who got something of it."""

    key: TotalKey
    minor: int = 0
    person_ids: set[int] = field(default_factory=set)

    @property
    def is_hidden(self) -> bool:
        return not self.key.code


def pay_totals(days: Period, *, single_people: bool) -> list[Total]:
    """The sums of the ledger of all locked periods that end in `days`, in a stated order.

    A person counts for the team of the last day of the period. `single_people`: the reader may see
    each person's pay, so small groups stay. Three queries and one per period.
    """
    rows = (
        LedgerLine.objects.filter(
            period__state__in=HANDED_OVER,
            period__ends_on__gt=days.start,
            period__ends_on__lte=days.end,
        )
        .values_list(
            "period__starts_on",
            "period__ends_on",
            "period__kind",
            "currency",
            "statement__plan_version__plan__key",
            "component",
            "label_fr",
            "label_en",
            "person_id",
        )
        .annotate(total=Sum("amount_minor"))
        .order_by("period__starts_on", "period__ends_on", "component", "person_id")
    )
    teams = _Teams()
    totals: dict[TotalKey, Total] = {}
    for start, end, kind, currency, plan_key, component, fr, en, person_id, minor in rows:
        team = teams.of(Period(start, end), person_id)
        key = TotalKey(start, end, kind, currency, code_of(plan_key, component), fr, en, team)
        found = totals.setdefault(key, Total(key))
        found.minor += minor
        if minor:
            found.person_ids.add(person_id)
    every = [totals[key] for key in sorted(totals)]
    return every if single_people else list(_without_small_groups(every))


class _Teams:
    """The team of each person on the last of their days in a period."""

    def __init__(self) -> None:
        self.names = {row.id: " / ".join(row.path) for row in people.team_tree()}
        self.places: dict[Period, dict[int, str]] = {}

    def of(self, period: Period, person_id: int) -> str:
        if period not in self.places:
            self.places[period] = {
                entry.person_id: self.names.get(entry.places[-1].team_id, "")
                for entry in people.roster(period)
                if entry.places
            }
        return self.places[period].get(person_id, "")


def _without_small_groups(totals: Iterable[Total]) -> Iterator[Total]:
    """By period and currency: sums of few people become one, with as many others as it needs."""
    groups: dict[tuple[date, date, str, str], list[Total]] = {}
    for one in totals:
        key = one.key
        groups.setdefault((key.period_start, key.period_end, key.kind, key.currency), []).append(
            one
        )
    for parts in groups.values():
        yield from _merged(parts)


def _merged(parts: list[Total]) -> Iterator[Total]:
    open_ones = [one for one in parts if len(one.person_ids) >= SMALL_GROUP or not one.minor]
    small = [one for one in parts if one not in open_ones]
    key = parts[0].key
    blank = TotalKey(key.period_start, key.period_end, key.kind, key.currency, "", "", "", "")
    rest = Total(blank)
    for one in small:
        _add(rest, one)
    # the sums of the smallest groups go with them until nobody stands alone
    waiting = sorted((one for one in open_ones if one.minor), key=lambda one: len(one.person_ids))
    while small and len(rest.person_ids) < SMALL_GROUP and waiting:
        taken = waiting.pop(0)
        open_ones.remove(taken)
        _add(rest, taken)
    yield from open_ones
    if small and len(rest.person_ids) >= SMALL_GROUP:
        yield rest


def _add(total: Total, other: Total) -> None:
    total.minor += other.minor
    total.person_ids |= other.person_ids


HEAD = ("kind", "period_start", "period_end", "code", "label_fr", "label_en", "team", "currency",
        "people", "amount")  # fmt: skip


def totals_csv(totals: Iterable[Total]) -> bytes:
    """The sums as CSV: UTF-8 with a byte order mark, semicolons, CRLF, amounts with a point."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows(_row(one) for one in totals)
    return text.getvalue().encode("utf-8-sig")


def _row(one: Total) -> list[str]:
    key = one.key
    several: Mapping[str, str] = {"fr": "petits groupes", "en": "small groups"}
    texts = [
        key.code,
        several["fr"] if one.is_hidden else key.label_fr,
        several["en"] if one.is_hidden else key.label_en,
        key.team,
    ]
    return [
        key.kind,
        key.period_start.isoformat(),
        people.day_before(key.period_end).isoformat(),
        *(neutral(text) for text in texts),
        key.currency,
        str(len(one.person_ids)),
        Money(one.minor, key.currency).text(),
    ]
