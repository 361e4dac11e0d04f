"""Prizes of challenges, for plans that pay them: from signed results, each in one period."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from challenges.awarding import money_awards
from incentives.calc import Plan
from kernel.money import digits_of
from kernel.numbers import as_text

Document = dict[str, Any]


def pays_prizes(plan: Plan) -> bool:
    """Whether a plan pays what was won in challenges."""
    return any(
        placed.mechanic == "challenge_prize" for part in plan.components for placed in part.steps
    )


def add_awards(
    documents: Mapping[tuple[int, int], Document],
    plans: Mapping[int, Plan],
    start: datetime,
    end: datetime,
    as_known_at: datetime,
) -> None:
    """Give the payees of plans that pay prizes what became official in the period. Two queries.

    An award belongs to the period in which it became official, so no other one pays it.
    """
    paying = {key: one for key, one in documents.items() if pays_prizes(plans[key[1]])}
    if not paying:
        return
    found: dict[tuple[int, str], list[Document]] = {}
    for award in money_awards(start, end, as_known_at=as_known_at):
        amount = Fraction(award.amount_minor, 10 ** digits_of(award.currency))
        stated: Document = {
            "id": award.id,
            "challenge": award.challenge,
            "official": True,
            "amount": as_text(amount),
        }
        if award.rank is not None:
            stated["rank"] = award.rank
        found.setdefault((award.person_id, award.currency), []).append(stated)
    for (person_id, version_id), document in paying.items():
        plan = plans[version_id]
        own = [one for one in found.get((person_id, plan.currency), ()) if _is_in(one, plan)]
        if own:
            document["payees"][0]["awards"] = own


def _is_in(award: Document, plan: Plan) -> bool:
    """Whether some step of the plan pays this challenge."""
    named = {
        getattr(placed.step, "challenge", None)
        for part in plan.components
        for placed in part.steps
        if placed.mechanic == "challenge_prize"
    }
    return None in named or award["challenge"] in named
