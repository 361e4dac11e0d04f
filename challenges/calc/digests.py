"""One record that stands for many of a person: what scores that only add up need of them.

Records of one person, metric and sign are one digest: their sum, their number, the moment of the
last. In the formats named here that gives the same tally as the records themselves; the explanation
(a line for each record) needs these.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from challenges.calc.facts import business_order, facts
from challenges.calc.field import lineup
from challenges.calc.formats.measure import Measure
from challenges.calc.records import Record, Told
from challenges.calc.roster import Roster
from challenges.calc.rules import EntrantKind, Rules
from challenges.calc.tallies import Tally, tallies_of

ADDING = frozenset(
    {"most", "percent_of_target", "over_the_line", "collective_goal", "steps"},
)
"""Formats of `KEEPING` whose score is what the records add up to, and nothing of any single one."""


@dataclass(frozen=True, slots=True)
class Digest(Record):
    """`value` is the sum of `times` records of one sign, `occurred_at` the moment of the last. All
    of them count: they lie in the window, were known in time and never revised."""

    times: int = 1

    @staticmethod
    def name(person: str, metric: str, sign: int) -> str:
        """An id that no record has."""
        return f"\x00{metric}:{person}:{sign}"


def adds_up(rules: Rules) -> bool:
    """Whether digests may take the place of records: teams look at the day of each."""
    if rules.integrity is not None:  # each record is looked at
        return False
    return rules.format.key in ADDING and rules.entrants.kind is EntrantKind.PERSON


def measure_of(rules: Rules) -> Measure:
    """What a format of `ADDING` adds up: each of them has the one measure."""
    found: Measure = cast("Any", rules.params).measure
    return found


def digested(tally: Tally) -> int:
    """How many records count in a tally of digests alone, those with an amount of zero left out."""
    effects = tally.score.effects
    return sum(getattr(one.record, "times", 1) for one in effects if one.amount != 0)


def tallies_from(
    rules: Rules, entries: Iterable[Told], roster: Roster, as_of: datetime
) -> dict[str, Tally]:
    """The tallies of all entrants from digests and the records that have none."""
    listed = list(entries)
    known = facts(rules, (one for one in listed if not isinstance(one, Digest)), as_of)
    # there is nothing to decide about what a digest stands for
    digests = [one for one in listed if isinstance(one, Digest)]
    counted = sorted((*digests, *known.counted), key=business_order)
    known = replace(known, counted=tuple(counted))
    return tallies_of(rules, lineup(rules, known, roster, rules.calendar, as_of), {})
