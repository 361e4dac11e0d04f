"""Standings as plain data: what `score_challenge --json` prints."""

from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from challenges.calc.charges import Left
from challenges.calc.facts import LeftOut
from challenges.calc.formats.base import Effect
from challenges.calc.formats.progress import ActProgress
from challenges.calc.integrity import Flagged
from challenges.calc.liability import maximum_liability
from challenges.calc.moments import iso_in
from challenges.calc.output_rounds import seasonal
from challenges.calc.output_special import part_json, special
from challenges.calc.prizes import Award
from challenges.calc.records import Told
from challenges.calc.roster import Roster
from challenges.calc.rules import Rules
from challenges.calc.standings import Standing, Standings
from kernel.issues import Issue
from kernel.numbers import as_text, round_to
from kernel.trace import sha256_of, to_bytes

Say = Callable[[str], str]


def as_json(result: Standings, *, explain: bool = True, translate: Say = str) -> dict[str, object]:
    """Everything, exact numbers as text; `explain` False leaves out the records.

    Sentences are in English unless `translate` knows them in another language; their codes and
    parameters stay.
    """
    rules = result.rules
    zone = rules.zone
    return {
        "challenge": rules.key,
        "name": dict(rules.names),
        "format": rules.format.key,
        "rules_sha256": rules.sha256,
        "timezone": zone.key,
        "as_of": iso_in(result.as_of, zone),
        "state": result.state.value,
        "window": {"start": iso_in(rules.start, zone), "end": iso_in(rules.end, zone)},
        "cut_off_at": iso_in(rules.cut_off_at, zone),
        "complete": result.complete,
        "decided_at": _moment(result.decided_at, zone, by_day=result.by_day),
        "decided_by": "day" if result.by_day else "moment",
        "collective": _collective(result),
        "standings": [_row(row, result, translate, explain=explain) for row in result.rows],
        "awards": [_award(award, translate) for award in result.awards],
        "maximum_liability": [
            {"kind": due.kind.value, "currency": due.currency, "most": due.most}
            for due in maximum_liability(rules, len(result.rows))
        ],
        "not_entered": [
            {"person": person, "reason": reason.as_json(translate)}
            for person, reason in result.not_entered
        ],
        "carried_over": [_left_out(out, zone, translate) for out in result.carried],
        "charges": charges_json(result),
        "issues": [_issue(issue, translate) for issue in result.issues],
        **special(result),
        **seasonal(result),
    }


def canonical(result: Standings, *, explain: bool = True) -> bytes:
    """Canonical JSON: the same inputs in any order give the same bytes."""
    return to_bytes(as_json(result, explain=explain))


def inputs_sha256(records: Iterable[Told], roster: Roster, rules: Rules, as_of: datetime) -> str:
    """One hash over all that decides the standings, independent of order."""
    return sha256_of(
        {
            "rules": rules.sha256,
            "as_of": as_of,
            "records": sorted(sha256_of(entry) for entry in records),
            "people": sorted(sha256_of(person) for person in roster.people),
        }
    )


def _row(row: Standing, result: Standings, translate: Say, *, explain: bool) -> dict[str, object]:
    zone = result.rules.zone
    plain: dict[str, object] = {
        "rank": row.rank,
        "tied": row.tied,
        "winner": row.winner,
        "entrant": row.entrant,
        "name": row.name,
        "score": _exact(row.score),
        "shown": _shown(row.score, result.rules.decimals),
        "tier": row.tier,
        "numerator": _exact(row.numerator),
        "denominator": _exact(row.denominator),
        "target": _exact(row.target),
        "reached_at": _moment(row.reached_at, zone, by_day=result.by_day),
        "reached_value": _exact(row.reached_value),
        "reached_by": list(row.reached_by),
        "achieved_at": _moment(row.achieved_at, zone, by_day=False),
        "reason": row.reason.as_json(translate) if row.reason else None,
        "notes": [note.as_json(translate) for note in row.notes],
        "members": list(row.members),
    }
    if row.parts:
        plain["parts"] = [part_json(part, translate) for part in row.parts]
    if row.eliminated is not None:
        plain["eliminated"] = row.eliminated
    if row.acts:
        plain["acts"] = [_act(act, zone) for act in row.acts]
    if result.rules.integrity is not None:
        plain["under_review"] = [_flagged(one, translate) for one in row.under_review]
    if explain:
        plain["lines"] = [_line(effect, zone, translate) for effect in row.effects]
        plain["left_out"] = [_left_out(out, zone, translate) for out in row.left_out]
    return plain


def _line(effect: Effect, zone: ZoneInfo, translate: Say) -> dict[str, object]:
    record = effect.record
    return {
        "record": record.id,
        "person": record.person,
        "metric": record.metric,
        "occurred_at": _moment(record.occurred_at, zone, by_day=record.date_only),
        "effect": ("+" if effect.amount >= 0 else "") + as_text(effect.amount),
        "part": effect.part,
        "notes": [note.as_json(translate) for note in effect.notes],
    }


def _act(act: ActProgress, zone: ZoneInfo) -> dict[str, object]:
    return {
        "act": act.key,
        "name": dict(act.names),
        "state": act.state.value,
        "value": as_text(act.value),
        "target": as_text(act.target),
        "times": act.times,
        "of_times": act.of_times,
        "opened_at": _moment(act.opened_at, zone, by_day=False),
        "done_at": _moment(act.done_at, zone, by_day=False),
        "records": [record.id for record in act.records],
    }


def _flagged(one: Flagged, translate: Say) -> dict[str, object]:
    return {
        "record": one.record.id,
        "person": one.record.person,
        "metric": one.record.metric,
        "reasons": [note.as_json(translate) for note in one.reasons],
    }


def _left_out(out: LeftOut, zone: ZoneInfo, translate: Say) -> dict[str, object]:
    record = out.record
    return {
        "record": record.id,
        "person": record.person,
        "metric": record.metric,
        "occurred_at": _moment(record.occurred_at, zone, by_day=record.date_only),
        "value": as_text(record.value),
        "reason": out.reason.as_json(translate),
    }


def charges_json(result: Standings) -> list[dict[str, object]]:
    """What a signed result leaves to the next period, as a rules document takes it."""
    left = (due.left() for due in result.due)
    return [_charge(one, result.rules.key) for one in left if one is not None]


def _charge(left: Left, origin: str) -> dict[str, object]:
    return {
        "person": left.person,
        "metric": left.metric,
        "value": as_text(left.value),
        "records": left.count,
        "record": left.revision,
        "from": origin,
    }


def _award(award: Award, translate: Say) -> dict[str, object]:
    return {
        "entrant": award.entrant,
        "prize": award.prize,
        "kind": award.kind.value,
        "amount": award.amount,
        "currency": award.currency,
        "label": award.label,
        "taxable": award.taxable,
        "reason": award.reason.as_json(translate),
    }


def _issue(issue: Issue, translate: Say) -> dict[str, object]:
    said = {"message": issue.text(translate), "remedy": issue.remedy_text(translate)}
    return {**issue.as_json(), **said}


def _collective(result: Standings) -> dict[str, object] | None:
    goal = result.collective
    if goal is None:
        return None
    return {
        "total": as_text(goal.total),
        "target": as_text(goal.target),
        "percent": as_text(100 * goal.total / goal.target),
        "tier": goal.tier,
    }


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else as_text(value)


def _shown(value: Fraction | None, decimals: int) -> str | None:
    return None if value is None else str(round_to(value, decimals))


def _moment(moment: datetime | None, zone: ZoneInfo, *, by_day: bool) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(zone).date().isoformat() if by_day else iso_in(moment, zone)
