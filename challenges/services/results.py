"""Snapshots of signed results, and what is written when one is amended."""

from datetime import datetime
from typing import Any

from challenges.calc import Standings, inputs_sha256
from challenges.calc.output import as_json
from challenges.gathering.inputs import Inputs
from challenges.gathering.signed_rosters import kept_roster
from challenges.models import Challenge, ChallengeState, Result
from challenges.services.locking import move
from common import audit
from kernel.trace import sha256_of
from people.models import User


def snapshot(
    challenge: Challenge,
    inputs: Inputs,
    result: Standings,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
) -> Result:
    """Keep the result for ever, with the hashes of its rules and of all that went in, and with the
    first one the roster: amendments read that one."""
    document = as_json(result, explain=False)
    number = Result.objects.filter(challenge=challenge).count() + 1
    roster = kept_roster(inputs.roster, inputs.people, inputs.teams) if number == 1 else None
    return Result.objects.create(
        challenge=challenge,
        number=number,
        document=document,
        sha256=sha256_of(document),
        rules_sha256=inputs.rules.sha256,
        inputs_sha256=inputs_sha256(inputs.entries, inputs.roster, inputs.rules, at),
        roster=roster,
        reason=reason,
        at=at,
        by=actor,
    )


def note_amendment(
    challenge: Challenge, inputs: Inputs, result: Standings, at: datetime
) -> Result | None:
    """After signing the board moved: the next snapshot, and the state says so publicly.

    None when what people see of the result is as it was signed (only its explanation moved).
    """
    last = Result.objects.filter(challenge=challenge).order_by("-number").first()
    if last is not None and _seen(last.document) == _seen(as_json(result, explain=False)):
        return None
    if challenge.state == ChallengeState.OFFICIAL:
        move(challenge, ChallengeState.AMENDED, actor=None, at=at)
    made = snapshot(challenge, inputs, result, actor=None, at=at, reason="revised records")
    audit.record(
        actor=None,
        action="challenge.amend_result",
        subject=challenge,
        before={"sha256": last.sha256 if last else ""},
        after={"sha256": made.sha256, "number": made.number},
        reason="revised records",
    )
    return made


def _seen(document: dict[str, Any]) -> tuple[object, object]:
    """Without names and the order of equals that follows them: a new name is no new result."""
    rows = [{**row, "name": ""} for row in document["standings"]]
    return sorted(rows, key=lambda row: row["entrant"]), sorted(document["awards"], key=repr)
