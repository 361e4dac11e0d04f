"""Keeping the shop: what is offered, and what it may cost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from challenges.models import Reward, RewardBudget
from challenges.rewards.envelopes import envelope, quarter_of
from challenges.rewards.services.posting import lock_ledger
from common import audit
from kernel.issues import N_, Invalid, Place, error
from people.models import Team, User
from people.queries import company


@dataclass(frozen=True, slots=True)
class Offer:
    """What a reward is to be; `left` None without limit, `cost_minor` in the company's currency."""

    name_fr: str
    name_en: str
    icon: str
    points: int
    cost_minor: int = 0
    left: int | None = None
    team_ids: tuple[int, ...] = ()
    retired: bool = False


@transaction.atomic
def keep_reward(
    *,
    actor: User | None,
    offer: Offer,
    reward: Reward | None = None,
    left_shown: int | None = None,
) -> Reward:
    """A new reward, or an existing one changed. Requests keep the price at which they were made.

    `left_shown` is how many were left when the writer looked. Unchanged, the stock stays as it
    became since; `Invalid` for another number written over one that has changed.
    """
    lock_ledger()
    known = Reward.objects.select_for_update().get(pk=reward.pk) if reward else None
    before = _described(known) if known else {}
    row = known or Reward()
    row.name_fr, row.name_en, row.icon = offer.name_fr, offer.name_en, offer.icon
    row.points, row.cost_minor, row.currency = offer.points, offer.cost_minor, company().currency
    row.left = _stock(known, offer.left, left_shown) if known else offer.left
    row.retired = offer.retired
    row.save()
    row.teams.set(offer.team_ids)
    audit.record(
        actor=actor,
        action="reward.change" if known else "reward.create",
        subject=row,
        before=before,
        after=_described(row),
    )
    return row


def _stock(known: Reward, written: int | None, shown: int | None) -> int | None:
    """Who asked since the page was opened took a piece: the page must not put it back."""
    if written != shown and known.left not in (shown, written):
        raise Invalid(
            error(
                "rewards.stock_changed",
                N_("How many are left has changed meanwhile: {now}."),
                N_("Load the page again and write the number anew."),
                Place(path="left"),
                now="∞" if known.left is None else known.left,
            )
        )
    return known.left if written == shown else written


def _described(row: Reward) -> dict[str, object]:
    teams: Collection[str] = row.teams.values_list("key", flat=True)
    return {**audit.snapshot(row), "teams": sorted(teams)}


@transaction.atomic
def set_budget(*, actor: User | None, team: Team, day: date, amount_minor: int) -> RewardBudget:
    """What the rewards of a team may cost in the quarter of the day. `Invalid` below what is
    committed already."""
    lock_ledger()
    quarter = quarter_of(day)
    stands = envelope(team.pk, quarter.start)
    if amount_minor < stands.committed_minor:
        raise Invalid(
            error(
                "rewards.budget_committed",
                N_("More than that is already promised to people who asked."),
                N_("Refuse requests first, or write a larger amount."),
                Place(path="amount"),
            )
        )
    row, _created = RewardBudget.objects.update_or_create(
        team=team,
        quarter_on=quarter.start,
        defaults={"amount_minor": amount_minor, "currency": company().currency},
    )
    audit.record(
        actor=actor,
        action="reward.budget",
        subject=row,
        before={"amount_minor": stands.amount_minor},
        after={"amount_minor": amount_minor},
    )
    return row
