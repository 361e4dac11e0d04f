"""From three texts to standings: what the command does, without files and without a clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from challenges.calc.arrivals import arrived, feed_of
from challenges.calc.charges import takers
from challenges.calc.moments import read_moment
from challenges.calc.output import as_json, inputs_sha256
from challenges.calc.parse import parse_rules
from challenges.calc.parse_charges import refuse_strangers
from challenges.calc.record_files import read_records
from challenges.calc.rehearsal import Game, Rehearsal, rehearse
from challenges.calc.replays import replays
from challenges.calc.roster_files import read_roster
from challenges.calc.rules import Rules
from challenges.calc.standings import Standings, standings
from kernel.documents import load_text, texts_of
from kernel.issues import Invalid, Issue, Place

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """A text, and the name by which issues call it; or, instead of the text, why there is none."""

    text: str
    name: str
    unread: tuple[Issue, ...] = ()

    def read(self) -> str:
        """The text; Invalid when there is none."""
        if self.unread:
            raise Invalid(self.unread)
        return self.text


@dataclass(frozen=True, slots=True)
class Scored:
    """Standings with the hash of all that went in."""

    result: Standings
    inputs_sha256: str

    def as_json(self, translate: Callable[[str], str] = str) -> dict[str, object]:
        """`output.as_json` with the hash."""
        return as_json(self.result, translate=translate) | {"inputs_sha256": self.inputs_sha256}


def score_texts(rules_text: Source, records: Source, roster: Source, as_of: str) -> Scored:
    """Read everything and score it; Invalid carries the issues of all three texts."""
    issues: list[Issue] = []
    rules = collected(lambda: parse_rules(rules_text.read(), file=rules_text.name), issues)
    zone = ZoneInfo("UTC") if rules is None else rules.zone
    moment = collected(lambda: read_as_of(as_of, zone), issues)
    entries = collected(lambda: read_records(records.read(), rules, records.name), issues)
    people = collected(lambda: read_roster(roster.read(), roster.name), issues)
    if rules is None or moment is None or entries is None or people is None:
        raise Invalid(issues)
    if rules.charges:
        refuse_strangers(rules, people.by_id(), takers(rules, people, moment), rules_text.name)
    result = standings(rules, entries, people, rules.calendar, moment)
    return Scored(result, inputs_sha256(entries, people, rules, moment))


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal with the rules that were rehearsed, and the moment of knowledge."""

    rules: Rules
    rehearsal: Rehearsal
    as_of: datetime


def rehearse_texts(
    rules_text: Source, records: Source, roster: Source, *, months: int, as_of: str
) -> Rehearsed:
    """Read everything and rehearse it; Invalid carries the issues of all three texts."""
    issues: list[Issue] = []
    document = collected(lambda: document_of(rules_text), issues)
    rules = collected(lambda: parse_rules(rules_text.read(), file=rules_text.name), issues)
    zone = ZoneInfo("UTC") if rules is None else rules.zone
    moment = collected(lambda: read_as_of(as_of, zone), issues)
    entries = collected(lambda: read_records(records.read(), rules, records.name), issues)
    people = collected(lambda: read_roster(roster.read(), roster.name), issues)
    if rules is None or document is None or moment is None or entries is None or people is None:
        raise Invalid(_unique(issues))
    windows = replays(document, months=months, as_of=moment)
    games = [Game(one, entries, people) for one in windows]
    feed = feed_of(arrived(rules, entries, people.by_id(), moment))
    return Rehearsed(rules, rehearse(games, moment, feed), moment)


def document_of(source: Source) -> dict[str, object]:
    """A rules document as plain data, with texts for scalars; Invalid when it does not read."""
    plain = texts_of(load_text(source.read(), source.name).value)
    return plain if isinstance(plain, dict) else {}


def _unique(issues: Iterable[Issue]) -> list[Issue]:
    return list(dict.fromkeys(issues))


def read_as_of(text: str, zone: ZoneInfo) -> datetime:
    """The as-of moment; a date alone is its first instant in the challenge's zone."""
    return read_moment(text, zone, Place(path="as-of"))[0]


def collected(read: Callable[[], T], issues: list[Issue]) -> T | None:
    """What `read` gives; None when it is Invalid, whose issues join the others."""
    try:
        return read()
    except Invalid as invalid:
        issues.extend(invalid.issues)
        return None
