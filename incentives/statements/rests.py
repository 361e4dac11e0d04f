"""What the rest of a running period may bring, as records that a plan can be calculated with.

Of a plan that pays on nothing but the payee's own won deals, the rest is what the forecast of the
payee's revenue says (its tenth percentile, expected value and ninetieth), made up of deals like the
payee's last ones. Of any other plan, and of one that pays only some of the days that are left, it
is the rest of each of the last periods of the same kind: its records after the same number of
working days, on the days that the plan pays.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from itertools import accumulate, cycle, islice
from typing import Any

from activities.crediting import moment_text
from incentives.calc import Plan
from incentives.calc.measures import CountOf, SumOf
from incentives.gathering.colleagues import shared_out
from incentives.gathering.inputs import (
    WON,
    Document,
    Frozen,
    credit_documents,
    credited_types,
    reads_others,
)
from incentives.statements.current import Current, entries
from kernel.calendars import WorkCalendar
from kernel.periods import Period
from kpis.forecast.rests import rest_of
from people import queries as people

PAST_PERIODS = 3
MOST_DEALS = 200
"""A rest is made up of at most so many deals; the last one takes what is left."""
Credits = dict[int, list[Document]]
Dated = dict[int, list[tuple[date, Document]]]


@dataclass(frozen=True, slots=True)
class Rests:
    """The inputs with what may still come; `forecast_at`: low, expected and high of a forecast.

    `is_over`: the plan pays none of the days that are left.
    """

    inputs: tuple[Document, ...] = ()
    forecast_at: datetime | None = None
    is_over: bool = False


def rests_of(one: Current, person_id: int, day: date) -> Rests:
    """What the rest of the period may bring to one plan of a person, seen from `day`.

    Nothing where colleagues decide as well: nobody says for them what they will still do.
    """
    unpaid = _unpaid_days(one, day)
    if len(unpaid) == (one.at.days.end - day).days:
        return Rests(is_over=True)
    if one.others_at:
        return Rests()
    if not unpaid and pays_own_deals(one.plan):
        found = _forecast(one, person_id, day)
        if found is not None:
            return found
    return Rests(tuple(_pasts(one, person_id, day, unpaid)))


def _unpaid_days(one: Current, day: date) -> list[date]:
    """The days from `day` on that the plan does not pay: another one does, or nobody."""
    me: Any = entries(one.inputs)[0]
    paid = Period(date.fromisoformat(me["present_from"]), date.fromisoformat(me["present_to"]))
    gaps = [
        Period(date.fromisoformat(gap["from"]), date.fromisoformat(gap["to"]))
        for gap in me.get("elsewhere", ())
    ]
    return [
        each
        for each in one.at.days.dates()
        if each >= day and (not paid.contains(each) or any(gap.contains(each) for gap in gaps))
    ]


# --- what the forecast says --------------------------------------------------------------------


def pays_own_deals(plan: Plan) -> bool:
    """Whether the records that a plan reads are deals that the payee has won, and no others, and
    what it sums of them is their amount: a forecast says nothing of a margin."""
    sources = [one.source for one in plan.measures.values()]
    read = [one for one in sources if isinstance(one, SumOf | CountOf)]
    if not read or any(isinstance(one, SumOf) and one.what != "amount" for one in read):
        return False
    of_others = reads_others(plan) or bool(shared_out(plan))
    return not of_others and credited_types(plan) == {WON}


def _forecast(one: Current, person_id: int, day: date) -> Rests | None:
    """Low, expected and high; None without a forecast, or without a deal to tell their size."""
    said = rest_of(one.at.days, person_id)
    if said is None or said.currency != one.plan.currency:
        return None
    like = _last_deals(one, person_id) if said.high else []
    if said.high and not like:
        return None
    days = [each for each in one.at.days.dates() if each >= day]
    rests = (said.low, said.expected, said.high)
    return Rests(
        tuple(with_deals(one, deals_worth(rest, like), days) for rest in rests), said.as_of
    )


def _last_deals(one: Current, person_id: int) -> list[Document]:
    """The deals that the payee won in this period and the last ones, newest first. One query."""
    first = one.at.days
    for _ in range(PAST_PERIODS):
        first = first.previous()
    whole = Frozen(Period(first.start, one.at.days.end), None, one.at.tz)
    rows = credit_documents(whole, one.plan, {person_id}).get(person_id, [])
    return [deal for deal in reversed(rows) if _part(deal, one.plan.currency) > 0]


def _part(deal: Document, currency: str) -> Fraction:
    """The payee's part of a deal in minor units of this currency; 0 of another one."""
    if deal.get("currency") != currency:
        return Fraction(0)
    return Fraction(str(deal["amount_minor"])) * Fraction(str(deal.get("share", 1)))


def deals_worth(rest: int, like: Sequence[Document]) -> list[Document]:
    """Deals like these, in turn, that bring `rest` minor units together; the last one fits."""
    found: list[Document] = []
    left = Fraction(rest)
    for number, deal in enumerate(islice(cycle(like), MOST_DEALS)):
        if left <= 0:
            break
        part = _part(deal, str(deal["currency"]))
        attributes: Any = deal.get("attributes", {})
        made = {**deal, "id": f"ahead:{number}:{deal['id']}", "attributes": dict(attributes)}
        if "deal" in attributes:  # a deal of its own, not one more line of that one
            made["attributes"] = {**attributes, "deal": made["id"]}
        if part >= left or number == MOST_DEALS - 1:
            made["amount_minor"], part = int(left), left
            made.pop("share", None)
        found.append(made)
        left -= part
    return found


def with_deals(one: Current, deals: Sequence[Document], days: Sequence[date]) -> Document:
    """The inputs with further deals of the payee, spread over these days."""
    made = deepcopy(one.inputs)
    for number, deal in enumerate(deals):
        on = days[len(days) * number // len(deals)]
        closed_at = moment_text(datetime.combine(on, time(12), one.at.tz))
        entries(made)[0]["credits"].append({**deal, "closed_at": closed_at})
    return made


# --- as in the past ----------------------------------------------------------------------------


def _pasts(one: Current, person_id: int, day: date, unpaid: Collection[date]) -> Iterator[Document]:
    """The inputs with the rest of each past period appended, for those the person worked in."""
    days = one.at.days
    calendar = people.company().calendar
    is_left = _left(calendar, days, day, unpaid)
    pasts = _worked(person_id, days)
    known = _credits_of(one.plan, one.at, one.inputs, pasts)
    for past in pasts:
        rest = _rest(known, _numbered(calendar, past), is_left)
        yield with_rest(one.inputs, rest, days.start.toordinal() - past.start.toordinal())


def _credits_of(plan: Plan, at: Frozen, inputs: Document, pasts: Sequence[Period]) -> Dated:
    """The credits of all past periods with their days, by person. One query."""
    if not pasts:
        return {}
    whole = Period(min(past.start for past in pasts), max(past.end for past in pasts))
    found = credit_documents(Frozen(whole, None, at.tz), plan, _people_in(inputs))

    def day_of(credit: Document) -> date:
        return datetime.fromisoformat(str(credit["closed_at"])).astimezone(at.tz).date()

    return {person: [(day_of(one), one) for one in rows] for person, rows in found.items()}


def _worked(person_id: int, days: Period) -> list[Period]:
    """The past periods, newest first, on whose first and last day the person had a place."""
    pasts = [days.previous()]
    while len(pasts) < PAST_PERIODS:
        pasts.append(pasts[-1].previous())
    places = people.assignments_between(Period(pasts[-1].start, days.start), [person_id])

    def was_there(day: date) -> bool:
        return any(place.during(Period.day(day)) for place in places)

    return [past for past in pasts if was_there(past.start) and was_there(past.last)]


def _numbered(calendar: WorkCalendar, days: Period) -> dict[date, int]:
    """Which working day of the period each day is (a free day: the last one before it)."""
    dates = list(days.dates())
    return dict(zip(dates, accumulate(calendar.is_working(one) for one in dates), strict=True))


def _left(
    calendar: WorkCalendar, days: Period, day: date, unpaid: Collection[date]
) -> Callable[[int], bool]:
    """Whether a working day of the period, by its number, is still to come and paid. One that a
    past period has beyond those of this one is as the last one of this."""
    numbers = _numbered(calendar, days)
    last, skipped = numbers[days.last], {numbers[one] for one in unpaid if calendar.is_working(one)}
    return lambda number: number > numbers[day] and min(number, last) not in skipped


def _rest(known: Dated, numbers: Mapping[date, int], is_left: Callable[[int], bool]) -> Credits:
    """The credits of a past period on the days that are still to come in this one, by person."""
    return {
        person: [credit for day, credit in rows if is_left(numbers.get(day, 0))]
        for person, rows in known.items()
    }


def with_rest(inputs: Document, rest: Mapping[int, Sequence[Document]], shift: int) -> Document:
    """The inputs with further credits, moved by `shift` days and under ids of their own."""
    made = deepcopy(inputs)
    # somebody who changed managers stands there twice: the rest is theirs once, where they are now
    last = {_person(payee): payee for payee in entries(made)}
    for person, payee in last.items():
        for credit in rest.get(person, []):
            moment = datetime.fromisoformat(str(credit["closed_at"]))
            moved = datetime.fromordinal(moment.toordinal() + shift)
            payee["credits"].append(
                {
                    **credit,
                    "id": f"past:{credit['id']}",
                    "closed_at": moment.replace(
                        year=moved.year, month=moved.month, day=moved.day
                    ).isoformat(),
                }
            )
    return made


def _person(payee: Mapping[str, Any]) -> int:
    return int(str(payee["id"]).partition("@")[0])


def _people_in(inputs: Document) -> set[int]:
    return {_person(payee) for payee in entries(inputs)}
