"""The tallies of a board whose records the database adds up.

A board that is scored again has for most entrants the sums of the last time. What these come to a
worker remembers: the tally follows from the rules and measures, from what the roster says about the
entrant and from the sums, and from nothing else (`challenges.calc.tallies.KEEPING`).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from challenges.calc.digests import tallies_from
from challenges.calc.records import Entry, Record
from challenges.calc.tallies import Tally
from challenges.gathering.inputs import Inputs
from challenges.gathering.sums import Rows, sums_of
from challenges.gathering.tallies import bare

MOST_KNOWN = 50_000
_known: dict[tuple[Any, ...], Tally] = {}


def tallies_of_sums(
    frame: Inputs,
    grounds: Mapping[str, str],
    told: Mapping[str, Rows],
    revised: Collection[Entry],
) -> dict[str, Tally]:
    """The tallies of all who play, `bare`, from the sums (`told_sums`) and the revised records; by
    entrant, whose `grounds` say what the roster knows."""
    stands_on = _bases(frame, grounds, told)
    looked_at = {one.person for one in revised if isinstance(one, Record)}
    found = {
        id_: tally
        for id_, basis in stands_on.items()
        if id_ not in looked_at and (tally := _known.get(basis)) is not None
    }
    new = _computed(frame, told, revised, grounds.keys() - found.keys())
    if len(_known) + len(new) > MOST_KNOWN:
        _known.clear()
    _known.update((stands_on[id_], one) for id_, one in new.items() if id_ not in looked_at)
    return found | new


def _bases(
    frame: Inputs, grounds: Mapping[str, str], told: Mapping[str, Rows]
) -> dict[str, tuple[Any, ...]]:
    """All that each tally follows from, where no record was revised."""
    sums: dict[str, list[Any]] = {id_: [frame.basis, ground] for id_, ground in grounds.items()}
    for metric, rows in told.items():
        for person_id, *row in rows:
            number = frame.numbers.get(person_id)
            if number is not None:
                sums[number] += [metric, *row]
    return {id_: tuple(parts) for id_, parts in sums.items()}


def _computed(
    frame: Inputs, told: Mapping[str, Rows], revised: Collection[Entry], ids: Collection[str]
) -> dict[str, Tally]:
    if not ids:
        return {}
    people = tuple(one for one in frame.roster.people if one.id in ids)
    asked = {frame.people[one.id].person_id for one in people}
    some = {metric: [row for row in rows if row[0] in asked] for metric, rows in told.items()}
    entries = (*sums_of(frame, some), *revised)
    roster = replace(frame.roster, people=people)
    tallies = tallies_from(frame.rules, entries, roster, frame.as_of)
    return {id_: bare(one) for id_, one in tallies.items()}
