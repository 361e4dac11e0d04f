"""The ledger reads what is news and nothing else, and nobody waits while it reads."""

from datetime import date, timedelta
from functools import partial
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from challenges.badges.services.awarding import tell_ledger
from challenges.models import (
    Badge,
    BadgeAward,
    BadgeRule,
    BadgeToPost,
    PointsDue,
    PointsMove,
)
from challenges.rewards.checking import check_points
from challenges.rewards.services import posting
from challenges.rewards.services.posting import PART, post_all, post_badges, post_challenge
from people.models import Person
from tests.challenges.games import rescore
from tests.challenges.interleaving import elsewhere, intruded
from tests.challenges.rewards.purses import ENDED, SIGNED, SOON, ended, lines, purse, sign
from tests.kpis.crew import Crew, at, cancel, make_crew, record

LATER = at("2026-04-20 09:00")


def awarded(person: Person, days: range) -> list[BadgeAward]:
    """A badge of five points for each of these days of January."""
    badge, _ = Badge.objects.get_or_create(key="daily", name_fr="Jour", name_en="Day")
    rule, _ = BadgeRule.objects.get_or_create(badge=badge, number=1, document="", points=5)
    first = date(2024, 1, 1)
    made = BadgeAward.objects.bulk_create(
        BadgeAward(
            badge=badge, rule=rule, person=person, points=5, earned_at=ENDED, awarded_at=SIGNED,
            valid_from=first + timedelta(days=day), valid_to=first + timedelta(days=day + 1),
        )
        for day in days
    )  # fmt: skip
    tell_ledger(made)
    return made


def test_without_news_the_ledger_asks_three_questions_and_no_lock(crew: Crew) -> None:
    awarded(crew.lea, range(3))
    sign(ended())
    post_all(at=SOON)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert post_all(at=SOON) == 0
    assert len(asked) == 3
    assert not [one for one in asked if "advisory" in one["sql"]]


def test_one_new_badge_is_read_without_the_old_ones(crew: Crew) -> None:
    awarded(crew.hugo, range(20))
    post_all(at=SOON)
    (new,) = awarded(crew.lea, range(1))

    with CaptureQueriesContext(connection) as asked:
        assert post_badges(at=SOON) == 1
    (reading,) = [one["sql"] for one in asked if 'FROM "challenges_badgeaward"' in one["sql"]]
    assert f"IN ({new.pk})" in reading
    (ledger,) = [one["sql"] for one in asked if 'FROM "challenges_pointsmove"' in one["sql"]]
    assert f"IN ({crew.lea.pk})" in ledger
    assert (purse(crew.lea), BadgeToPost.objects.exists()) == ({"earned": 5}, False)
    assert check_points(SOON).ok


def test_many_awards_are_posted_in_parts_each_under_its_own_hold(crew: Crew) -> None:
    awarded(crew.lea, range(PART + 1))

    with CaptureQueriesContext(connection) as asked:
        assert post_badges(at=SOON) == PART + 1
    assert len([one for one in asked if "advisory" in one["sql"]]) == 2
    assert purse(crew.lea) == {"earned": 5 * (PART + 1)}
    assert check_points(SOON).ok


def test_what_a_challenge_gives_is_read_before_anybody_waits(crew: Crew) -> None:
    challenge = sign(ended())

    with CaptureQueriesContext(connection) as asked:
        post_challenge(challenge_id=challenge.pk, at=SOON)
    told = [one["sql"] for one in asked]
    (lock,) = [place for place, sql in enumerate(told) if "advisory" in sql]
    results = [place for place, sql in enumerate(told) if 'FROM "challenges_result"' in sql]
    assert results
    assert max(results) < lock


@pytest.mark.django_db(transaction=True)
def test_a_result_that_is_amended_while_it_is_read_is_read_again() -> None:
    crew = make_crew()
    challenge = sign(ended())

    def amend() -> None:
        record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
        assert rescore(challenge, LATER)

    posting_it = partial(post_challenge, challenge_id=challenge.pk, at=LATER)
    intruded(posting_it, amend, of='FROM "challenges_result"', after=1)

    # as if it had been read after the amendment: Hugo's points came and went
    assert lines(crew.hugo) == [
        ("issue", "earned", 500, "result:2"),
        ("earned", "reversed", 500, "result:2"),
    ]
    assert post_all(at=LATER) == 0
    assert check_points(LATER).ok


@pytest.mark.django_db(transaction=True)
def test_an_award_that_comes_while_others_are_posted_is_not_forgotten() -> None:
    crew = make_crew()
    awarded(crew.lea, range(1))
    come = partial(awarded, crew.hugo, range(1))
    intruded(partial(post_badges, at=SOON), come, of="challenges_badgetopost", after=2)

    assert [purse(crew.lea), purse(crew.hugo)] == [{"earned": 5}, {"earned": 5}]
    assert not BadgeToPost.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_schedule_without_news_does_not_wait_for_who_has_the_lock() -> None:
    make_crew()
    with transaction.atomic():
        posting.lock_ledger()
        elsewhere(partial(post_all, at=SOON))  # fails when it waits


def test_points_are_looked_at_once_when_they_are_due_to_lapse(crew: Crew) -> None:
    awarded(crew.lea, range(2))
    post_all(at=SOON)
    due = sorted(PointsDue.objects.values_list("person_id", "due_at"))
    assert due == [(crew.lea.pk, at("2028-04-08 09:00"))] * 2

    assert post_all(at=at("2028-04-08 09:00")) == 2
    assert (purse(crew.lea), PointsDue.objects.count()) == ({"expired": 10}, 0)
    assert PointsMove.objects.count() == 4
    assert check_points(at("2028-04-08 09:00")).ok


def test_what_was_before_is_written_down_and_posts_nothing_twice(crew: Crew) -> None:
    """The migration, over a ledger of before: one award posted, one not."""
    awarded(crew.lea, range(1))
    sign(ended())
    post_all(at=SOON)
    due = sorted(PointsDue.objects.values_list("person_id", "due_at"))
    awarded(crew.hugo, range(1))
    PointsDue.objects.all().delete()
    BadgeToPost.objects.all().delete()

    import_module("challenges.migrations.0018_points_by_news").write_down(apps, None)

    assert sorted(PointsDue.objects.values_list("person_id", "due_at")) == due
    assert BadgeToPost.objects.count() == 2
    assert [post_all(at=SOON), post_all(at=SOON)] == [1, 0]
    assert [purse(crew.lea), purse(crew.hugo)] == [{"earned": 205}, {"earned": 505}]
    assert check_points(SOON).ok
