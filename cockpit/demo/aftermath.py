"""What follows from deals and days: margins, invoices, answers of customers, shelves, expenses.

Like the script, a pure function of the day; each part draws from random numbers of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from cockpit.demo.cast import Character, month_start
from cockpit.demo.events import Happening, Opportunity
from cockpit.demo.market import OFFERS, OWN_ACCOUNT, SEED, portfolio_of
from kernel.calendars import WorkCalendar

TAX_PERCENT = 120
"""What an invoice is of the amount of its deal, with tax."""
MARGIN_PERCENT = {"Papier": 36, "Machines": 41, "Services": 58}
SATISFACTION = (5, 4, 5, 4, 3, 5, 4, 2, 5, 4)
RECOMMENDATION = (9, 10, 8, 9, 7, 10, 9, 5, 8, 9, 10, 6)
QUIET_DAYS = 110
"""An account that has not bought for so long may be lost."""
LOST_PERCENT = 55
HOURS = (2, 3, 5, 8, 9, 14, 22, 30, 46)
RANGE = 14
"""Products that a store could list."""
SALES_COST_OF_A_WEEK = 6_800
MARKETING_COST_OF_A_WEEK = 5_400


def sales_of(deals: Sequence[Opportunity]) -> list[Opportunity]:
    """The deals with their margin, and whether their account buys for the first time or more."""
    series = {offer.key: offer.series for offer in OFFERS}
    first: dict[str, Opportunity] = {}
    for deal in sorted((one for one in deals if one.closed_at), key=_closing):
        if deal.outcome == "won":
            first.setdefault(deal.account, deal)
    found = []
    for deal in deals:
        luck = sum(map(ord, deal.id))
        percent = MARGIN_PERCENT[series[deal.product]] + luck % 9 - 4
        sale = (
            "new" if first.get(deal.account, deal) is deal else ("upsell", "cross_sell")[luck % 2]
        )
        found.append(replace(deal, margin=deal.amount * percent // 100, sale=sale))
    return found


def aftermath(
    people: Sequence[Character], deals: Sequence[Opportunity], calendar: WorkCalendar, now: datetime
) -> list[Happening]:
    """Everything that had happened by `now`, in a fixed order."""
    won = sorted(
        (one for one in deals if one.outcome == "won" and one.closed_at and not one.cancelled_at),
        key=_closing,
    )
    here = {one.number: one for one in people}
    found = [
        *_money(won),
        *_answers(won),
        *_losses(won),
        *_visits(people, calendar, now),
        *_expenses(people, now),
    ]
    # after somebody has left, the manager looks after what is left
    return [_taken_over(one, here) for one in found if one.at <= now]


def _closing(deal: Opportunity) -> datetime:
    assert deal.closed_at is not None  # noqa: S101 - only closed deals are sorted
    return deal.closed_at


def _taken_over(one: Happening, people: dict[str, Character]) -> Happening:
    person = people[one.person]
    gone = person.left_on is not None and person.left_on <= one.at.date()
    return replace(one, person=person.manager) if gone else one


def _dice(*names: str) -> Random:
    return Random(" ".join((str(SEED), *names)))  # noqa: S311 - a made-up past, no secret


def _money(won: Sequence[Opportunity]) -> Iterator[Happening]:
    """An invoice a day after the signature, paid weeks later; a few are never paid."""
    for deal in won:
        dice, closed = _dice("money", deal.id), _closing(deal)
        total = deal.amount * TAX_PERCENT // 100
        yield Happening(f"F-{deal.id}", "invoice_sent", deal.owner, closed + timedelta(days=1),
                        deal.account, total, deal.id)  # fmt: skip
        if dice.randrange(100) < 97:
            paid = closed + timedelta(days=dice.randint(18, 62))
            yield Happening(f"R-{deal.id}", "payment_received", deal.owner, paid,
                            deal.account, total, deal.id)  # fmt: skip


def _answers(won: Sequence[Opportunity]) -> Iterator[Happening]:
    """Customers say how content they are, whether they recommend, and ask for help."""
    for place, deal in enumerate(won):
        dice, closed = _dice("answers", deal.id), _closing(deal)
        looked_after = deal.account.endswith(OWN_ACCOUNT)
        if looked_after or place % 3 == 0:
            yield Happening(f"S-{deal.id}", "satisfaction_answer", deal.owner,
                            closed + timedelta(days=dice.randint(4, 20)), deal.account,
                            attributes=(("score", dice.choice(SATISFACTION)),))  # fmt: skip
        if looked_after or place % 4 == 0:
            yield Happening(f"N-{deal.id}", "nps_answer", deal.owner,
                            closed + timedelta(days=dice.randint(10, 40)), deal.account,
                            attributes=(("score", dice.choice(RECOMMENDATION)),))  # fmt: skip
        if looked_after or place % 3 == 1:
            yield Happening(f"D-{deal.id}", "request_resolved", deal.owner,
                            closed + timedelta(days=dice.randint(5, 60)), deal.account,
                            attributes=(("hours", dice.choice(HOURS)),))  # fmt: skip


def _losses(won: Sequence[Opportunity]) -> Iterator[Happening]:
    """Some of the accounts that have stopped buying are customers no more."""
    last: dict[str, Opportunity] = {deal.account: deal for deal in won}
    for account, deal in last.items():
        dice = _dice("loss", account)
        looked_after = account.endswith(OWN_ACCOUNT)
        if dice.randrange(100) < LOST_PERCENT // (1 + looked_after):
            days = QUIET_DAYS + dice.randrange(60)
            yield Happening(f"P-{deal.id}", "customer_lost", deal.owner,
                            _closing(deal) + timedelta(days=days), account)  # fmt: skip


def _visits(
    people: Sequence[Character], calendar: WorkCalendar, now: datetime
) -> Iterator[Happening]:
    """Each month a joint visit with each seller, and a look at each store of a field rep."""
    for person in people:
        if person.role in ("manager", "director"):
            continue
        dice = _dice("visits", person.number)
        for month, start in enumerate(_months(person, now)):
            day = _working(calendar, start + timedelta(days=dice.randrange(4, 26)))
            yield Happening(
                f"V-{person.number}-{start:%y%m}", "co_visit", person.number, _at(day, 14),
                attributes=(("discovery_score", _score(person, dice)),
                            ("proposal_score", _score(person, dice))),
            )  # fmt: skip
            if person.role == "field":
                yield from _stores(person, start, month, dice, calendar)


def _score(person: Character, dice: Random) -> int:
    return max(2, min(10, person.skill * 6 // 100 + dice.randint(-1, 2)))


def _stores(
    person: Character, start: date, month: int, dice: Random, calendar: WorkCalendar
) -> Iterator[Happening]:
    for place, store in enumerate(portfolio_of(person.role, person.number)):
        if (place + month) % 2:  # a store is visited every other month
            continue
        day = _working(calendar, start + timedelta(days=dice.randrange(0, 27)))
        listed = min(RANGE, 5 + place % 4 + month // 3 + dice.randint(0, 2))
        yield Happening(
            f"M-{person.number}-{start:%y%m}-{place:02}", "shelf_check", person.number,
            _at(day, 10), store,
            attributes=(("products_listed", listed), ("products_in_range", RANGE),
                        ("shelf_own_cm", 70 + 9 * listed + dice.randrange(20)),
                        ("shelf_total_cm", 480 + place % 5 * 40)),
        )  # fmt: skip


def _expenses(people: Sequence[Character], now: datetime) -> Iterator[Happening]:
    """What a week costs: selling by the teams, marketing by the regions."""
    costs = {"manager": ("sales_expense", SALES_COST_OF_A_WEEK),
             "director": ("marketing_expense", MARKETING_COST_OF_A_WEEK)}  # fmt: skip
    first = month_start(now.date(), -12)
    for person in people:
        if person.role not in costs:
            continue
        kind, cost = costs[person.role]
        dice = _dice("expenses", person.number)
        friday = first + timedelta(days=(4 - first.weekday()) % 7)
        while friday <= now.date():
            spent = cost * dice.randint(80, 125) // 100
            yield Happening(f"C-{person.number}-{friday:%y%m%d}", kind, person.number,
                            _at(friday, 12), amount=spent)  # fmt: skip
            friday += timedelta(weeks=1)


def _months(person: Character, now: datetime) -> Iterator[date]:
    """The months of the year in which the person is here from the first day to the last."""
    for back in range(12, -1, -1):
        start = month_start(now.date(), -back)
        gone = person.left_on is not None and person.left_on < month_start(start, 1)
        if person.joined_on <= start and not gone:
            yield start


def _working(calendar: WorkCalendar, day: date) -> date:
    while not calendar.is_working(day):
        day += timedelta(days=1)
    return day


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
