"""Why an award exists, and why it was taken back, as data that a page says in its language."""

from collections.abc import Mapping
from typing import Any

from challenges.calc.badges.deserving import Deserved, Ground
from challenges.calc.badges.known import Known
from challenges.calc.badges.rules import Combination, Figure, First, Rule, Streak
from challenges.calc.notes import Note, note
from challenges.models import BadgeAward
from kernel.issues import N_

MOST_RECORDS = 60
"""So many records are named with an award; a quarter of calls has thousands."""


def detail_of(one: Deserved) -> dict[str, Any]:
    """What is kept with the award: the figure, and the records that made it."""
    found: dict[str, Any] = {"value": one.value, "count": len(one.records)}
    return {**found, "records": list(one.records[:MOST_RECORDS])}


def why_gone(award: BadgeAward, rule: Rule, ground: Ground, number: str) -> Note:
    """Why somebody who had the badge does not deserve it any more."""
    if isinstance(rule, Combination):
        return note("part_gone", N_("A badge of the combination was taken back."))
    if isinstance(rule, Figure):
        return note("figure_moved", N_("The figure is no longer reached."))
    gone = _gone(award, ground, number)
    if gone is not None:
        return gone
    match rule:
        case First(_, True):
            return note("earlier_own", N_("An earlier record of yours has come in."))
        case First():
            return note("earlier_other", N_("An earlier record of somebody else has come in."))
        case Streak():
            return note("run_moved", N_("The run has changed: a day of it counts otherwise now."))
    return note("not_met", N_("The rule is no longer met with what is known now."))


def _gone(award: BadgeAward, ground: Ground, number: str) -> Note | None:
    """The first record that stood behind the award and does not now."""
    if ground.log is None:
        return None
    known = ground.log.at(ground.as_of)
    standing = {record.id for records in known.of(number).values() for record in records}
    for record in award.detail.get("records", ()):
        if record in standing:
            continue
        name = chain_of(record).partition(":")[2]
        if _stands(chain_of(record), known):
            return note("corrected", N_("The record {record} was corrected."), record=name)
        return note("cancelled", N_("The record {record} was cancelled."), record=name)
    return None


def _stands(chain: str, known: Known) -> bool:
    """Whether any version of the record counts now, for whomever."""
    listed = (records for days in known.by_person.values() for records in days.values())
    return any(chain_of(record.id) == chain for records in listed for record in records)


def chain_of(record: str) -> str:
    """The record of a revision: what stands before its number."""
    return record.rpartition("#")[0]


def as_json(reason: Note) -> dict[str, Any]:
    """As a move keeps it."""
    return {"code": reason.code, "template": reason.template, "params": dict(reason.params)}


def from_json(kept: Mapping[str, Any]) -> Note:
    """The reason of a move."""
    params = kept.get("params", {})
    return Note(kept.get("code", ""), kept.get("template", ""), tuple(sorted(params.items())))
