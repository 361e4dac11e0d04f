"""What everybody did, day by day: a pure function of the day on which the demo starts.

Nothing here knows the product. The random numbers come from one seed and are drawn in a fixed
order, so the same day gives the same company.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from cockpit.demo.aftermath import aftermath, sales_of
from cockpit.demo.cast import Character, Story, cast, month_start
from cockpit.demo.events import Happening, Opportunity, Target
from cockpit.demo.market import ACCOUNTS, OFFERS, PROSPECTS, SEED, portfolio_of
from kernel.calendars import WorkCalendar
from kernel.periods import Period

MONTHS = 12
# how busy each month of the year is, in percent: a quiet August, a strong autumn
SEASON = (92, 96, 108, 98, 95, 112, 84, 62, 110, 106, 112, 104)
# how often in a hundred working days at full time
OFTEN = {
    "sdr": {"call": 180, "email": 80, "reply": 40, "contact": 40, "follow_up": 40, "lead": 70,
            "mql": 45, "sql": 30, "meeting_booked": 42, "meeting_held": 34,
            "qualified_meeting": 30},
    "ae": {"call": 70, "email": 40, "follow_up": 40, "lead": 20, "meeting_held": 62, "demo": 40,
           "proposal_sent": 34},
    "am": {"call": 60, "email": 60, "follow_up": 50, "meeting_held": 70, "proposal_sent": 24},
    "field": {"call": 30, "contact": 60, "meeting_held": 110, "display_set": 22},
}  # fmt: skip
OPENINGS_PER_100_DAYS = {"ae": 62, "am": 80, "field": 30}
EVERY_NTH_DEAL = 4
"""Of an account executive is with somebody who has not bought yet."""
WIN_PERCENT = 34


@dataclass(slots=True)
class Script:
    """The whole company."""

    today: date
    people: list[Character]
    happenings: list[Happening] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)


def write_script(now: datetime) -> Script:
    """Twelve months up to `now` (aware). The same day gives the same script, cut at `now`."""
    today = now.astimezone(UTC).date()
    script = Script(today, cast(today))
    calendar = WorkCalendar("FR")
    start = month_start(today, -MONTHS)
    for person in script.people:
        if person.role in OFTEN:
            # one generator per person: a change to one story leaves the others as they are
            dice = Random(f"{SEED}{person.number}")  # noqa: S311 - a made-up past, no secret
            _Life(person, script, dice, calendar, now).tell(start)
    _tie(script, calendar, now)
    _cancelled_giant(script, now)
    script.opportunities = sales_of(script.opportunities)
    script.happenings += aftermath(script.people, script.opportunities, calendar, now)
    script.targets = [target for person in script.people for target in _targets(person, today)]
    return script


class _Life:
    """The working days of one person."""

    def __init__(
        self, person: Character, script: Script, dice: Random, calendar: WorkCalendar, now: datetime
    ) -> None:
        self.person, self.script, self.dice = person, script, dice
        self.calendar, self.now = calendar, now
        self.count = 0

    def tell(self, start: date) -> None:
        first = max(start, self.person.joined_on)
        last = self.script.today + timedelta(days=1)
        for day in Period(first, last).dates():
            employed = self.person.left_on is None or day < self.person.left_on
            if employed and self.calendar.is_working(day) and not on_leave(self.person, day):
                self._day(day)

    def _day(self, day: date) -> None:
        if self.person.share < 1 and day.weekday() in (2, 4):
            return
        drive = self.person.skill * SEASON[day.month - 1] * self._course(day) // 10_000
        for kind, often in OFTEN[self.person.role].items():
            for _ in range(self._times(often * drive // 100)):
                self._happen(kind, day)
        openings = OPENINGS_PER_100_DAYS.get(self.person.role)
        if openings:
            for _ in range(self._times(openings * drive // 100)):
                self._open_deal(day)

    def _times(self, hundredths: int) -> int:
        """`hundredths` / 100 on average, with some luck."""
        hundredths = hundredths * self.dice.randint(60, 140) // 100
        whole, rest = divmod(hundredths, 100)
        return whole + (self.dice.randrange(100) < rest)

    def _course(self, day: date) -> int:
        """How the story moves over the year, in percent."""
        months_ago = max(0, (self.script.today - day).days // 30)
        match self.person.story:
            case Story.RISER:
                return max(45, 150 - 10 * months_ago)
            case Story.FALLER:
                return min(130, 40 + 10 * months_ago)
            case Story.NEWCOMER:
                return max(40, 110 - 30 * months_ago)
        return 100

    def _moment(self, day: date) -> datetime:
        minutes = self.dice.randrange(8 * 60, 17 * 60)
        return datetime.combine(day, time(minutes // 60, minutes % 60), UTC)

    def _id(self) -> str:
        self.count += 1
        return f"{self.person.number}-{self.count:05}"

    def _happen(self, kind: str, day: date) -> None:
        at, account, name = self._moment(day), self.dice.choice(ACCOUNTS), self._id()
        if at <= self.now:
            self.script.happenings.append(Happening(name, kind, self.person.number, at, account))

    def _open_deal(self, day: date) -> None:
        dice = self.dice
        offer = dice.choice(OFFERS)
        quantity = 1 if offer.price > 5_000 else dice.choice((1, 1, 2, 3, 4))
        amount = offer.price * quantity * dice.randint(80, 106) // 100
        engaged = self._moment(day)
        cycle = dice.randint(6, 38)
        won = dice.randrange(100) < WIN_PERCENT * self.person.skill // 100
        proposed = engaged + timedelta(days=cycle * 2 // 3, minutes=7)
        closed = self._working(engaged + timedelta(days=cycle))
        name, account = "A-" + self._id(), self._buyer(dice.choice(ACCOUNTS))
        if engaged > self.now:
            return
        is_closed = closed <= self.now
        has_proposal = proposed <= self.now
        outcome = ("won" if won else "lost") if is_closed else "engaging"
        if not is_closed and has_proposal:
            outcome = "proposal"
        self.script.opportunities.append(
            Opportunity(
                name, self.person.number, account, offer.key, amount, engaged,
                proposed if has_proposal and proposed < closed else None,
                closed if is_closed else None, outcome,
            )
        )  # fmt: skip

    def _buyer(self, known: str) -> str:
        """With whom a deal is: somebody known, one of the own portfolio, or a newcomer."""
        if self.person.role != "ae":
            own = portfolio_of(self.person.role, self.person.number)
            return own[self.count % len(own)]
        if self.count % EVERY_NTH_DEAL:
            return known
        place = sum(map(ord, self.person.number)) * 41 + self.count * 13
        return PROSPECTS[place % len(PROSPECTS)]

    def _working(self, moment: datetime) -> datetime:
        while not self.calendar.is_working(moment.date()):
            moment += timedelta(days=1)
        return moment


def on_leave(person: Character, day: date) -> bool:
    """Whether the day lies in the person's summer or winter weeks (see `leaves_of`)."""
    return any(period.contains(day) for period in leaves_of(person, day.year))


def leaves_of(person: Character, year: int) -> tuple[Period, ...]:
    """Two weeks in summer and one in winter, at other times for each person."""
    shift = sum(map(ord, person.number)) % 5
    summer = date(year, 7, 6) + timedelta(weeks=shift)
    winter = date(year, 2, 9) + timedelta(weeks=shift % 3)
    return (
        Period(summer, summer + timedelta(days=14)),
        Period(winter, winter + timedelta(days=7)),
    )


def _tie(script: Script, calendar: WorkCalendar, now: datetime) -> None:
    """Two people are level at the top of this month's revenue of their role, to the euro."""
    month = month_start(script.today, 0)
    twins = [one for one in script.people if one.story is Story.TWIN and one.role == "ae"]
    totals: dict[str, int] = {}
    for deal in script.opportunities:
        if deal.outcome == "won" and deal.closed_at and deal.closed_at.date() >= month:
            totals[deal.owner] = totals.get(deal.owner, 0) + deal.amount
    top = max(totals.values(), default=0) + 4_000
    at = _last_moment(calendar, now)
    if at.date() < month:
        return
    for twin in twins:
        script.opportunities.append(
            Opportunity(
                f"A-{twin.number}-final", twin.number, ACCOUNTS[0], "massicot",
                top - totals.get(twin.number, 0), at - timedelta(days=40), None, at, "won",
            )
        )  # fmt: skip


def _cancelled_giant(script: Script, now: datetime) -> None:
    """A very large deal, won last month and cancelled since."""
    last_month = month_start(script.today, -1)
    closed = datetime.combine(last_month + timedelta(days=11), time(10, 30), UTC)
    steady = next(one for one in script.people if one.role == "ae" and one.story is Story.STEADY)
    script.opportunities.append(
        Opportunity(
            f"A-{steady.number}-geant", steady.number, ACCOUNTS[7], "massicot", 58_000,
            closed - timedelta(days=61), closed - timedelta(days=20), closed, "won",
            min(now - timedelta(hours=3), closed + timedelta(days=24)),
        )
    )  # fmt: skip


def _last_moment(calendar: WorkCalendar, now: datetime) -> datetime:
    """The middle of the latest working day that is over, or of today in the afternoon."""
    at = datetime.combine(now.date(), time(11, 0), UTC)
    while at > now or not calendar.is_working(at.date()):
        at -= timedelta(days=1)
    return at


MONTHLY_TARGETS = {
    "ae": {
        "revenue_booked": 28_000,
        "meetings_count": 12,
        "proposals_count": 7,
        "closing_rate": 35,
    },
    "sdr": {"qualified_meetings_count": 7, "calls_count": 40, "leads_contacted_count": 55},
    "am": {"revenue_booked": 26_000, "upsell_share": 75, "nps": 40},
    "field": {"meetings_count": 20, "displays_count": 4, "numeric_distribution": 60},
}
RATES = {"closing_rate", "upsell_share", "nps", "numeric_distribution"}


def _targets(person: Character, today: date) -> Iterator[Target]:
    if person.role not in MONTHLY_TARGETS:
        return
    # the quarter to come is agreed beforehand, so that a forecast has something to be held against
    for back in range(MONTHS, -4, -1):
        month = month_start(today, -back)
        following = month_start(month, 1)
        gone = person.left_on is not None and person.left_on <= month
        if gone or person.joined_on >= following:
            continue
        for kpi, value in MONTHLY_TARGETS[person.role].items():
            share = 1 if kpi in RATES else person.share
            yield Target(person.number, kpi, month, int(value * share))
