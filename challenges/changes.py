"""Two boards, and why each score moved from the one to the other. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from challenges.calc.records import CHARGE
from challenges.passing import Passing
from challenges.rows import Detail, Row
from kernel.numbers import as_text, from_text

NOTHING = ""
NONE = "0"
OPENING = "opening"
Counting = Mapping[str, tuple[str, str]]
"""Chain to (revision's id, amount) of what counts."""


class Change(NamedTuple):
    """Why a score moved: the record that began, stopped or changed to count, and by how much.

    `delta` is what the record counts for more or less; `before` and `after` are the scores.
    `detail` is that of `models.ScoreChange`.
    """

    entrant: str
    record: str
    cause: str
    delta: str
    before: str
    after: str
    detail: Detail


class _Cause(NamedTuple):
    """What a line says of one record, or without a record of the score."""

    record: str
    cause: str
    delta: str


def changes_between(
    before: Mapping[str, Row],
    after: Mapping[str, Row],
    *,
    rules_changed: bool = False,
    opening: bool = False,
) -> list[Change]:
    """A line for each record that counts otherwise than before, in the order of the board.

    Both boards by key, `after` in its order. A score that moved although every record counts the
    same has one line without a record: the person's target moved, or the rules changed, or the
    person's place. Who falls off the board loses every record. Who is only passed has no line: the
    line of who passed names them.

    With `opening`, when the board begins over records that are there already, each entrant of
    whom something counts has one line, the starting position; `detail` has their number.
    """
    passing = Passing(
        [(key, row.rank) for key, row in after.items()],
        {key: row.rank for key, row in before.items()},
    )
    found: list[Change] = []
    for key in [*after, *sorted(before.keys() - after.keys())]:
        old, new = before.get(key), after.get(key)
        if opening:
            causes = _opening_of(old, new)
        else:
            causes = _causes_of(old, new, rules_changed=rules_changed)
        if causes:
            detail = {**_detail_of(old, new), "passed": passing.passed(key)}
            if opening and new is not None:
                detail["records"] = _number(new)
            scores = (_score(old), _score(new))
            found += [Change(key, *cause, *scores, detail) for cause in causes]
    return found


def _opening_of(old: Row | None, new: Row | None) -> list[_Cause]:
    if new is None or not _number(new) or (new.effects and _counting(new) == _counting(old)):
        return []  # nothing counts, or what counted before
    return [_Cause(NOTHING, OPENING, _difference(_score(old), _score(new)))]


def _number(row: Row) -> int:
    """How many records count."""
    return sum(amount != NONE for amount in (row.effects or {}).values()) + row.added_up


def _detail_of(old: Row | None, new: Row | None) -> Detail:
    ranks = [old.rank if old else None, new.rank if new else None]
    if old is None or new is None:
        return {"rank": ranks}
    targets = [_target(old), _target(new)]
    return {"rank": ranks} if targets[0] == targets[1] else {"rank": ranks, "target": targets}


def _target(row: Row) -> str | None:
    return row.detail.get("target")


def _causes_of(old: Row | None, new: Row | None, *, rules_changed: bool) -> list[_Cause]:
    was, now = _counting(old), _counting(new)
    out: Mapping[str, str] = new.left_out if new else {}
    found = [
        _Cause((now.get(chain) or was[chain])[0], _cause(chain, was, now, out), delta)
        for chain in sorted(was.keys() | now.keys())
        if (delta := _delta(was.get(chain), now.get(chain))) is not None
    ]
    if found or old is None or _score(old) == _score(new):
        return found
    cause = _circumstance(old, new, rules_changed=rules_changed)
    return [_Cause(NOTHING, cause, _difference(_score(old), _score(new)))]


def _circumstance(old: Row, new: Row | None, *, rules_changed: bool) -> str:
    """Why the score moved though every record counts the same."""
    if new is not None and _target(old) != _target(new):
        return "target"
    if new is not None and old.detail.get("baseline") != new.detail.get("baseline"):
        return "baseline"
    return "rules" if rules_changed else "circumstances"


def _counting(row: Row | None) -> Counting:
    """An amount of zero says nothing."""
    if row is None or not row.effects:
        return {}
    return {_chain(id_): (id_, amount) for id_, amount in row.effects.items() if amount != NONE}


def _chain(record: str) -> str:
    return record if record.startswith(CHARGE) else record.rpartition("#")[0]


def _score(row: Row | None) -> str:
    return (row.score_text or NOTHING) if row else NOTHING


def _delta(was: tuple[str, str] | None, now: tuple[str, str] | None) -> str | None:
    change = _difference(was[1] if was else NONE, now[1] if now else NONE)
    return None if change == NONE else change


def _difference(before: str, after: str) -> str:
    if before == after:
        return NONE
    change = from_text(after or NONE) - from_text(before or NONE)
    return ("+" if change > 0 else "") + as_text(change)


def _cause(chain: str, was: Counting, now: Counting, left_out: Mapping[str, str]) -> str:
    if chain.startswith(CHARGE) and not (chain in was and chain in now):
        return "charged" if chain in now else "discharged"
    if chain in was and chain in now:
        return "corrected" if was[chain][0] != now[chain][0] else "recounted"
    if chain in now:
        return "counted"
    return left_out.get(was[chain][0], "elsewhere")
