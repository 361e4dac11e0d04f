"""A badge that somebody gave is withdrawn: by the giver or an administrator, with a reason that
the owner reads; its points and its entry in the feed go with it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from challenges.badges import services
from challenges.calc.points import Account
from challenges.feed import deriving
from challenges.models import BadgeAward, BadgeMove, FeedEvent
from challenges.rewards.queries import wallet
from challenges.rewards.services import post_all
from common.models import AuditEntry
from kernel.issues import Invalid
from people.models import Person
from tests.challenges.badges.cabinet import held, made
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew

GIVEN: dict[str, object] = {"form": "given", "by": "anyone", "monthly_cap": 5}


def given(crew: Crew, to: Person) -> BadgeAward:
    """A badge with 5 points, from Léa."""
    badge = made("thanks", GIVEN, points=5, begun=None)
    return services.give_badge(
        actor=crew.user_of(crew.lea), badge=badge, person=to, sentence="Merci !", is_manager=False
    )


def points(person: Person) -> int:
    """What is available, after the ledger has read all news."""
    post_all()
    return wallet(person.pk).balances[Account.EARNED]


def told() -> list[bool]:
    """Whether the entries of the feed stand."""
    deriving.derive_badges(at=timezone.now() + timedelta(minutes=1))
    return [one.taken_back_at is None for one in FeedEvent.objects.order_by("id")]


def test_points_and_feed_follow_and_the_owner_reads_why(bare: Crew) -> None:
    award = given(bare, bare.noor)
    assert (points(bare.noor), told(), held()[0][1]) == (5, [True], "Noor")
    services.withdraw_badge(
        actor=bare.user_of(bare.lea), award_id=award.pk, reason="  The  wrong person "
    )
    assert (points(bare.noor), told(), held()) == (0, [False], [])
    mine = read(client_of(bare.user_of(bare.noor)), "badges")
    assert "Withdrawn by Léa Martin: The wrong person" in mine
    entry = AuditEntry.objects.get(action="badge.withdraw")
    assert (entry.actor_name, entry.reason) == ("Léa Martin", "The wrong person")
    # nobody else reads the reason, and the month has had its badge
    of_noor = read(client_of(bare.user_of(bare.paul)), "badge_person", person_id=bare.noor.pk)
    assert "wrong person" not in of_noor
    with pytest.raises(Invalid):
        services.give_badge(
            actor=bare.user_of(bare.paul), badge=award.badge, person=bare.noor,
            sentence="Again", is_manager=True,
        )  # fmt: skip


def test_once_with_a_reason_and_no_earned_one(bare: Crew) -> None:
    award = given(bare, bare.noor)
    lea = bare.user_of(bare.lea)

    def refused(award_id: int, reason: str) -> list[str]:
        with pytest.raises(Invalid) as problem:
            services.withdraw_badge(actor=lea, award_id=award_id, reason=reason)
        return [one.code for one in problem.value.issues]

    assert refused(award.pk, "  ") == refused(award.pk, "x" * 201) == ["badge.reason"]
    earned = BadgeAward.objects.create(
        badge=award.badge, rule=award.rule, person=bare.hugo, valid_from=award.valid_from,
        valid_to=award.valid_to, points=0, earned_at=award.earned_at, awarded_at=award.awarded_at,
    )  # fmt: skip
    assert refused(earned.pk, "why") == ["badge.earned"]
    assert not BadgeMove.objects.exists()
    services.withdraw_badge(actor=lea, award_id=award.pk, reason="why")
    assert refused(award.pk, "why") == ["badge.withdrawn"]
    assert BadgeMove.objects.count() == 1


def test_only_who_gave_it_and_administrators_find_the_page(bare: Crew) -> None:
    award = given(bare, bare.noor)
    address = reverse("challenges:badge_withdraw", args=[award.pk])
    found = {
        user.email: client_of(user).get(address).status_code
        for user in (
            bare.user_of(bare.lea), bare.user_of(bare.noor), bare.user_of(bare.paul), bare.admin,
        )
    }  # fmt: skip
    assert list(found.values()) == [200, 404, 404, 200]
    lea = client_of(bare.user_of(bare.lea))
    assert address in lea.get(reverse("challenges:badge_give")).content.decode()
    assert lea.post(address, {"reason": ""}).status_code == 200
    assert held() != []
    assert lea.post(address, {"reason": "The wrong person"}).status_code == 302
    assert held() == []
    assert lea.get(address).status_code == 404
    assert address not in lea.get(reverse("challenges:badge_give")).content.decode()
