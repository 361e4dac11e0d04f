"""What a signed result leaves to the next period, as the charges that another challenge takes in.

A charge is a difference: what the revised record is worth now, less what it was worth when the
result was signed, for each person and metric. It is of the record, not of the score: caps, targets
and places of the signed challenge play no part in it, and the next challenge applies its own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType

from challenges.calc.facts import facts_of, known_records
from challenges.calc.field import Entrant, charged_round, lineup, reason_against, team_of
from challenges.calc.formats.base import Case
from challenges.calc.formats.rounds import RoundSpan
from challenges.calc.records import Chain, Record, Version
from challenges.calc.roster import Roster
from challenges.calc.rules import AfterOfficial, EntrantKind, Rules

Key = tuple[str, str, str]
"""Revision, person, metric: what is charged once."""
Amount = tuple[Fraction, int]
"""A value, and a number of records."""
NO_CHARGES: Mapping[Key, Amount] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Worth:
    """What one version of a record counts for somebody: its value, and 1 where there is one."""

    version: str
    value: Fraction = Fraction(0)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """What is to be charged: the difference, up to the revision that is named."""

    person: str
    metric: str
    revision: str
    value: Fraction
    count: int
    occurred_at: datetime

    @property
    def key(self) -> Key:
        """What is charged once."""
        return (self.revision, self.person, self.metric)


@dataclass(frozen=True, slots=True)
class Due:
    """What a record was worth to somebody when the result was signed, and after each revision."""

    person: str
    metric: str
    occurred_at: datetime
    worths: tuple[Worth, ...]

    @property
    def moved(self) -> bool:
        """Whether any revision changed anything; the last may have brought back what was signed."""
        return len({(worth.value, worth.count) for worth in self.worths}) > 1

    def left(self, charged: Mapping[Key, Amount] = NO_CHARGES) -> Left | None:
        """What is still to be charged beside what is `charged`; None: nothing.

        It is named by the last revision that is not charged: of two charges the first may be taken
        back (its challenge is called off) while the second stands.
        """
        signed, *since = self.worths
        taken = [charged.get((one.version, self.person, self.metric)) for one in since]
        free = [one.version for one, amount in zip(since, taken, strict=True) if amount is None]
        value = since[-1].value - signed.value - sum(one[0] for one in taken if one is not None)
        count = since[-1].count - signed.count - sum(one[1] for one in taken if one is not None)
        if not free or value == 0 == count:
            return None
        return Left(self.person, self.metric, free[-1], value, count, self.occurred_at)


def takers(rules: Rules, roster: Roster, as_of: datetime) -> dict[str, RoundSpan | None]:
    """Who plays and can be charged, also as a member of a team; each with the round that takes the
    charge in, None in formats without rounds. What is charged to anybody else counts for nobody."""
    field = lineup(rules, facts_of(rules, (), as_of), roster, rules.calendar, as_of)
    people = {case.person.id: case.person for one in field.entrants for case in one.cases}
    if not rules.format.rounds(rules.params):
        return dict.fromkeys(people)
    found = {id_: charged_round(rules, person) for id_, person in people.items()}
    return {id_: span for id_, span in found.items() if span is not None}


def dues(
    rules: Rules,
    chained: Iterable[Chain],
    entrants: Sequence[Entrant],
    set_aside: Collection[tuple[str, str, str]],
    as_of: datetime,
) -> tuple[Due, ...]:
    """Everything that revisions after the signature changed, by person, metric and record.

    `set_aside` are the records that the signed result left out: what did not count is not charged.
    Of a format with rounds only the last one can be revised, as `since_signing` says.
    """
    signed_at = rules.official_at
    wanted = rules.after_official is AfterOfficial.NEXT_PERIOD
    if not wanted or signed_at is None or as_of <= signed_at:
        return ()
    reckoning = _Reckoning(_of_last_round(rules), entrants, set_aside, signed_at, as_of)
    found = [due for chain in chained for due in reckoning.of(chain) if due.moved]
    return tuple(sorted(found, key=lambda one: (one.person, one.metric, one.worths[-1].version)))


def _of_last_round(rules: Rules) -> Rules:
    last = next((span for span in rules.format.rounds(rules.params) if span.last), None)
    return rules if last is None else replace(rules, start=last.start, end=last.end)


class _Reckoning:
    """What versions of records are worth to those who play."""

    def __init__(
        self,
        rules: Rules,
        entrants: Sequence[Entrant],
        set_aside: Collection[tuple[str, str, str]],
        signed_at: datetime,
        as_of: datetime,
    ) -> None:
        self.rules, self.set_aside = rules, set_aside
        self.signed_at, self.as_of = signed_at, as_of
        self.teams = {one.id for one in entrants if one.is_team}
        self.cases: Mapping[str, Case] = {
            case.person.id: case for one in entrants for case in one.cases
        }
        self.metrics = rules.metrics

    def of(self, chain: Chain) -> Iterable[Due]:
        """What a chain owes to each person and metric; nothing without a revision since."""
        if len(chain.versions) == 1 or chain.first_known_at > self.rules.cut_off_at:
            return
        known = [one for one in chain.versions if one.recorded_at <= self.as_of]
        signed = chain.current(lambda version: version.recorded_at <= self.signed_at)
        if signed is None or signed is known[-1] or self._left_out(signed):
            return
        worths = [self._worths(one) for one in known[known.index(signed) :]]
        pairs = {pair: when for worth in reversed(worths) for pair, (_, when) in worth.items()}
        names = [one.id for one in known[known.index(signed) :]]
        for (person, metric), when in pairs.items():
            steps = (
                replace(worth.get((person, metric), (Worth(name), when))[0], version=name)
                for name, worth in zip(names, worths, strict=True)
            )
            yield Due(person, metric, when, tuple(steps))

    def _left_out(self, signed: Version) -> bool:
        review = signed.review_at(self.signed_at)
        rejected = review is not None and not review.accepted
        return rejected or any(record.key in self.set_aside for record in signed.records)

    def _worths(self, version: Version) -> dict[tuple[str, str], tuple[Worth, datetime]]:
        limit = self.signed_at if version.recorded_at <= self.signed_at else self.as_of
        return {
            (one.person, one.metric): (Worth(version.id, one.value, one.times), one.occurred_at)
            for one in known_records(version, limit)
            if self._counts(one)
        }

    def _counts(self, record: Record) -> bool:
        rules, case = self.rules, self.cases.get(record.person)
        if case is None or record.metric not in self.metrics:
            return False
        if not rules.start <= record.occurred_at < rules.end:
            return False
        if reason_against(rules, record, case.person) is not None:
            return False
        if rules.entrants.kind is EntrantKind.TEAM:
            return team_of(case.person, record, rules) in self.teams
        return not self._outside(record, case)

    def _outside(self, record: Record, case: Case) -> bool:
        """Whether the format sets it aside for when it happened, as a power hour does."""
        if self.rules.format.play is not None:
            return False
        alone = replace(case, records=(record,))
        return bool(self.rules.format.score(self.rules.params, alone).set_aside)
