"""The rules of one challenge, read and checked: everything that decides a result."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from challenges.calc.formats.base import Format
from challenges.calc.formats.kinds import Earlier
from challenges.calc.formats.measure import Measure
from challenges.calc.names import Names, name_in
from challenges.calc.records import Charge
from kernel.calendars import WorkCalendar
from kernel.money import Money


class EntrantKind(StrEnum):
    """Who competes."""

    PERSON = "person"
    TEAM = "team"


class TeamScore(StrEnum):
    """How a team's score comes from its members."""

    SUM = "sum"
    MEAN = "mean"
    PER_FTE = "per_fte"
    BEST_N = "best_n"


class LateJoiners(StrEnum):
    """Whether people who joined after the start compete."""

    CLOSED = "closed"
    OPEN_UNTIL = "open_until"
    ALWAYS = "always"


class ScoresFrom(StrEnum):
    """Which records of a late joiner count."""

    JOINING = "joining"
    START = "start"


class TieRule(StrEnum):
    """What equal scores mean."""

    SHARE = "share"
    POOL = "pool"
    CHAIN = "chain"


class AfterOfficial(StrEnum):
    """What a revision does that becomes known after the result was signed."""

    FINAL = "final"
    AMEND = "amend"
    AMEND_ABOVE = "amend_above"
    NEXT_PERIOD = "next_period"


class PrizeKind(StrEnum):
    """What is won."""

    MONEY = "money"
    POINTS = "points"
    GIFT = "gift"
    DAY_OFF = "day_off"
    TRIP = "trip"
    TROPHY = "trophy"


class PrizeFor(StrEnum):
    """What it is won for."""

    RANK = "rank"
    THRESHOLD = "threshold"
    TIER = "tier"
    UNIT = "unit"
    WINNERS = "winners"
    ALL = "all"
    POT = "pot"
    SHARE = "share"
    DRAW = "draw"


@dataclass(frozen=True, slots=True)
class Entrants:
    """Who is in: kind, limits to people or teams, team scoring, late joiners."""

    kind: EntrantKind = EntrantKind.PERSON
    people: tuple[str, ...] | None = None
    teams: tuple[str, ...] | None = None
    team_score: TeamScore = TeamScore.MEAN
    best_n: int | None = None
    late_joiners: LateJoiners = LateJoiners.ALWAYS
    open_until: Fraction = Fraction(1)
    scores_from: ScoresFrom = ScoresFrom.JOINING


@dataclass(frozen=True, slots=True)
class Criterion:
    """One link of a tie-break chain: second_metric, percent_of_target, earliest, ... draw."""

    by: str
    measure: Measure | None = None
    lower: bool = False


@dataclass(frozen=True, slots=True)
class Ties:
    """The tie rule; the seed makes a draw (and the odd cent of a split) replayable."""

    rule: TieRule = TieRule.SHARE
    chain: tuple[Criterion, ...] = ()
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Prize:
    """One prize. `amount` is minor units for money, points for points, else a quantity.

    Ranks `first` to `last`; `at` is a threshold; `tier` counts from 1; `every` is the unit;
    `at_most` limits its times, or in minor units a pot, which is `of_total` of everyone's total,
    split between the first places by `split`. A lottery draws the prize `times` times.
    """

    number: int
    purpose: PrizeFor
    kind: PrizeKind
    amount: int
    currency: str | None = None
    label: str = ""
    first: int = 0
    last: int = 0
    at: Fraction = Fraction(0)
    tier: int = 0
    every: Fraction = Fraction(1)
    at_most: int | None = None
    of_total: Fraction = Fraction(0)
    split: tuple[Fraction, ...] = ()
    times: int = 1
    taxable: bool = True
    cost_minor: int | None = None
    cost_currency: str | None = None

    @property
    def divisible(self) -> bool:
        """Whether it can be pooled and split."""
        return self.kind in (PrizeKind.MONEY, PrizeKind.POINTS)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which nothing counts; half-open, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """What the prizes may cost at most; `refuses` False only warns."""

    envelope: Money
    refuses: bool = True


@dataclass(frozen=True, slots=True)
class Cluster:
    """So many records within a time."""

    records: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Spike:
    """A share of somebody's total in the last part of the window."""

    last: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True)
class Integrity:
    """What makes a record worth a second look (`calc.integrity`)."""

    minimum_value: Fraction | None = None
    most_per_day: int | None = None
    duplicates: bool = False
    back_dated_days: int | None = None
    bulk: Cluster | None = None
    spike: Spike | None = None
    splits: Cluster | None = None


@dataclass(frozen=True, slots=True)
class Visibility:
    """What entrants see of the board: the first `top` places, or that share of all ranked ones if
    it is more, their own row and so many `neighbours` on each side; never the bottom.

    `freeze` is the last part of the window in which the public board stands still, until the
    result is official, or until somebody reveals it.
    """

    top: int = 3
    top_share: Fraction = Fraction(0)
    neighbours: int = 2
    freeze: Fraction = Fraction(0)
    at_ceremony: bool = False

    def places(self, ranked: int) -> int:
        """How many of the ranked rows everybody sees."""
        return max(self.top, int(self.top_share * ranked))


@dataclass(frozen=True, slots=True)
class Rules:
    """All of it. Moments are UTC; `sha256` identifies the document's content."""

    key: str
    names: Names
    format: Format
    params: object
    zone: ZoneInfo
    start: datetime
    end: datetime
    cut_off_at: datetime
    calendar: WorkCalendar
    entrants: Entrants = Entrants()
    minimum: Fraction | None = None
    winners: int | None = 1
    winners_written: bool = True
    lower_wins: bool = False
    ties: Ties = Ties()
    prizes: tuple[Prize, ...] = ()
    after_official: AfterOfficial = AfterOfficial.FINAL
    amend_above: Fraction = Fraction(0)
    official_at: datetime | None = None
    cancelled_at: datetime | None = None
    published: bool = True
    pauses: tuple[Pause, ...] = ()
    prorate: bool = True
    decimals: int = 2
    visibility: Visibility = Visibility()
    integrity: Integrity | None = None
    budget: Budget | None = None
    charges: tuple[Charge, ...] = ()
    """What revisions of earlier challenges bring in, at the start of this document."""
    sha256: str = ""

    @property
    def frozen_from(self) -> datetime | None:
        """From when on the public board stands still; None when it never does."""
        if not self.visibility.freeze:
            return None
        ticks = (self.end - self.start) // timedelta(microseconds=1)
        return self.end - timedelta(microseconds=int(ticks * self.visibility.freeze))

    def name(self, language: str = "en") -> str:
        """The name in a language, or in any, or the key."""
        return name_in(self.names, language, self.key)

    @property
    def earlier(self) -> Earlier | None:
        """The window before the challenge whose records give the baselines; None without one."""
        asked = self.format.baselines(self.params)
        return None if asked is None else asked.window

    @property
    def metrics(self) -> frozenset[str]:
        """Every metric that can change the result."""
        chain = {link.measure.metric for link in self.ties.chain if link.measure is not None}
        return self.format.metrics(self.params) | chain
