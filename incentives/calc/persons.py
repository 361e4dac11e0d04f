"""Reading who a payee is: hired when, absent when, managed by whom, judged and awarded how."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from incentives.calc.facts import Absence, Award, Review, TargetPart
from incentives.calc.fields import Number
from incentives.calc.parts import Parts
from incentives.calc.reader import FAILED
from kernel.documents import joined
from kernel.issues import N_
from kernel.periods import Period
from kernel.timelines import Dated

ABSENCE = ("kind", "from", "to", "part")
SHARE = ("from", "to", "share")
MANAGER = ("from", "to", "manager")
REVIEW = ("score", "evidence", "evaluator", "on")
AWARD = ("id", "challenge", "rank", "amount", "official")
ELSEWHERE = ("from", "to")
TARGET = ("target", "days", "of")
PERSON = ("hired_on", "absences", "working_time", "managers", "reviews", "awards", "elsewhere")


def read_person(parts: Parts, body: Mapping[str, Any], path: str) -> dict[str, Any]:
    """What the keys of PERSON say of a payee, as arguments of ``Payee``."""
    return {
        "hired_on": parts.day(body.get("hired_on"), joined(path, "hired_on")),
        "absences": _absences(parts, body.get("absences"), joined(path, "absences")),
        "working_time": _working_time(
            parts, body.get("working_time"), joined(path, "working_time")
        ),
        "managers": _managers(parts, body.get("managers"), joined(path, "managers")),
        "reviews": _reviews(parts, body.get("reviews"), joined(path, "reviews")),
        "awards": _awards(parts, body.get("awards"), joined(path, "awards")),
        "elsewhere": _elsewhere(parts, body.get("elsewhere"), joined(path, "elsewhere")),
    }


def read_objectives(
    parts: Parts, value: Any, path: str
) -> tuple[dict[str, Fraction], dict[str, tuple[TargetPart, ...]]]:
    """Objectives by key, and the parts of those that are stated as `{target, days, of}`."""
    lists = {} if not isinstance(value, dict) else value
    targets = {
        key: _target_parts(parts, lists[key], joined(path, key))
        for key in sorted(lists)
        if isinstance(lists[key], list)
    }
    plain = {key: one for key, one in lists.items() if key not in targets}
    figures = parts.numbers(plain if isinstance(value, dict) else value, path)
    sums = {key: sum((one.value for one in found), Fraction(0)) for key, found in targets.items()}
    return {**figures, **sums}, targets


def _target_parts(parts: Parts, value: list[Any], path: str) -> tuple[TargetPart, ...]:
    found = []
    for number, row in enumerate(value):
        here = joined(path, number)
        body = parts.block(row, here, TARGET)
        figures = {word: parts.number(body.get(word), joined(here, word)) for word in TARGET}
        target, days, of = (figures[word] for word in TARGET)
        if days is not None and of is not None and (not of or not 0 <= days <= of):
            parts.reader.error(
                joined(here, "days"),
                "inputs.days_of_target",
                N_("{days} of {of} days is no part of an objective."),
                N_("Write how many of its days count: from 0 to all of them."),
                days=body.get("days"),
                of=body.get("of"),
            )
        elif target is not None and days is not None and of is not None:
            found.append(TargetPart(target, days, of))
    return tuple(found)


def _elsewhere(parts: Parts, value: Any, path: str) -> tuple[Period, ...]:
    found = []
    for number, row in enumerate(parts.items(value, path)):
        here = joined(path, number)
        body = parts.block(row, here, ELSEWHERE)
        for word in ELSEWHERE:
            if body and body.get(word) is None:
                parts.missing(here, word)
        days = _days(parts, body, here)
        if days and days[0] and days[1]:
            found.append(Period(days[0], days[1]))
    return tuple(sorted(found))


def share_of(parts: Parts, value: Any, path: str) -> Fraction | None:
    """A number from 0 to 1."""
    found = parts.at_least(value, path)
    if found is not None and found > 1:
        parts.reader.error(
            path,
            "inputs.above_one",
            N_("{value} is more than the whole."),
            N_("Write a share from 0 to 1, or a percentage up to 100 %."),
            value=value,
        )
        return None
    return found


def _days(
    parts: Parts, body: Mapping[str, Any], path: str
) -> tuple[date | None, date | None] | None:
    """From and to (exclusive) of a block; None when they contain nothing, after reporting it."""
    start = parts.day(body.get("from"), joined(path, "from"))
    end = parts.day(body.get("to"), joined(path, "to"))
    if start is not None and end is not None and end <= start:
        days_empty(parts, joined(path, "to"), start, end)
        return None
    return start, end


def days_empty(parts: Parts, path: str, start: date, end: date) -> None:
    """Report days that end before they begin."""
    parts.reader.error(
        path,
        "inputs.days_empty",
        N_("From {start} to {end} there is no day; the last day is not included."),
        N_("Write the day after the last one here."),
        start=start,
        end=end,
    )


def _absences(parts: Parts, value: Any, path: str) -> tuple[Absence, ...]:
    found = []
    for number, row in enumerate(parts.items(value, path)):
        here = joined(path, number)
        body = parts.block(row, here, ABSENCE)
        for word in ("kind", "from", "to"):
            if body and body.get(word) is None:
                parts.missing(here, word)
        kind = parts.text(body.get("kind"), joined(here, "kind"))
        part = (
            Fraction(1)
            if body.get("part") is None
            else share_of(parts, body["part"], joined(here, "part"))
        )
        days = _days(parts, body, here)
        if kind and part is not None and days and days[0] and days[1]:
            found.append(Absence(kind, days[0], days[1], part))
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.kind, one.part)))


def _working_time(parts: Parts, value: Any, path: str) -> tuple[Dated[Fraction], ...]:
    """One share for always, or dated ones."""
    if value is not None and not isinstance(value, list):
        share = share_of(parts, value, path)
        return () if share is None else (Dated(None, None, share),)
    found = []
    for number, row in enumerate(parts.items(value, path)):
        here = joined(path, number)
        body = parts.block(row, here, SHARE)
        if body.get("share") is None:
            parts.missing(here, "share")
            continue
        share = share_of(parts, body["share"], joined(here, "share"))
        days = _days(parts, body, here)
        if share is not None and days is not None:
            found.append(Dated(*days, share))
    return tuple(sorted(found, key=lambda one: one.valid_from or date.min))


def _managers(parts: Parts, value: Any, path: str) -> tuple[Dated[str | None], ...]:
    found: list[Dated[str | None]] = []
    for number, row in enumerate(parts.items(value, path)):
        here = joined(path, number)
        body = parts.block(row, here, MANAGER)
        manager = parts.text(body.get("manager"), joined(here, "manager"))
        if manager is not None:
            parts.managers.append((joined(here, "manager"), manager))
        days = _days(parts, body, here)
        if days is not None:
            found.append(Dated(*days, manager))
    found.sort(key=lambda one: one.valid_from or date.min)
    for first, second in pairwise(found):
        if first.valid_to is not None and first.valid_to <= (second.valid_from or date.min):
            continue
        if first.valid_to is None and first.valid_from != second.valid_from:
            continue  # an entry without end lasts until the next one begins
        parts.reader.error(
            path,
            "inputs.managers_overlap",
            N_("Two managers hold on the same day, {day}."),
            N_("End each entry on the day on which the next one begins."),
            day=second.valid_from or "-",
        )
    return tuple(found)


def _reviews(parts: Parts, value: Any, path: str) -> dict[str, Review]:
    body = {} if value is None else parts.block(value, path, None)
    found = {}
    for key in sorted(body):
        here = joined(path, key)
        row = parts.block(body[key], here, REVIEW)
        score = None if row.get("score") is None else parts.number(row["score"], f"{here}.score")
        found[key] = Review(
            score,
            parts.text(row.get("evidence"), joined(here, "evidence")) or "",
            parts.text(row.get("evaluator"), joined(here, "evaluator")) or "",
            parts.day(row.get("on"), joined(here, "on")),
        )
    return found


def _awards(parts: Parts, value: Any, path: str) -> tuple[Award, ...]:
    rows = [(joined(path, number), row) for number, row in enumerate(parts.items(value, path))]
    found = [(here, _award(parts, row, here)) for here, row in rows]
    known = [(here, award) for here, award in found if award is not None]
    parts.check_twice((joined(here, "id"), award.id) for here, award in known)
    return tuple(sorted((award for _, award in known), key=lambda one: one.id))


def _award(parts: Parts, value: Any, path: str) -> Award | None:
    body = parts.block(value, path, AWARD)
    if not body:
        return None
    for word in ("challenge", "official"):
        if body.get(word) is None:
            parts.missing(path, word)
    key = parts.key(body.get("id"), joined(path, "id"))
    challenge = parts.text(body.get("challenge"), joined(path, "challenge"))
    amount = None if body.get("amount") is None else parts.number(body["amount"], f"{path}.amount")
    rank = (
        FAILED
        if body.get("rank") is None
        else Number(Fraction(1), whole=True).read(parts.reader, body["rank"], joined(path, "rank"))
    )
    official = parts.flag(body.get("official"), joined(path, "official"))
    if key is None or not challenge:
        return None
    place = int(rank) if isinstance(rank, Fraction) else None
    return Award(key, challenge, official, place, amount)
