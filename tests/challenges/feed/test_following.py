"""Entries follow the records behind them: a new owner, a move long after, a window that slides;
and they say the name that each reader may read."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from challenges import services as challenges
from challenges.feed import deriving
from challenges.models import Badge, BadgeAward, BadgeMove, BadgeRule, EventKind, FeedEvent
from kpis.services import recompute_touched
from people.models import Assignment
from tests.challenges.feed.test_deriving import NOON, entries, months, stated
from tests.challenges.games import win
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, as_correction, at, cancel, event, record


def test_a_deal_that_changed_its_owner_is_told_of_the_new_one(crew: Crew) -> None:
    stated(crew, 1000)
    win("d1", "2026-03-10 11:00", "P1", 1500)
    deriving.derive_deals(at=NOON)
    stated(crew, 1200)
    Assignment.objects.filter(person=crew.hugo).update(team=crew.west)
    record(as_correction(event("d1", "2026-03-10 11:00", "P2", kind="deal_won", amount=1500)))
    assert deriving.derive_deals(at=NOON) == 1
    assert deriving.derive_deals(at=NOON) == 0
    told = FeedEvent.objects.get()
    assert (told.person, told.team) == (crew.hugo, crew.west)
    assert told.detail == {"from": "1000", "shared": False}


def test_what_was_told_of_somebody_stays_when_they_leave(crew: Crew) -> None:
    stated(crew, 1000)
    win("d1", "2026-03-10 11:00", "P2", 1500)
    deriving.derive_deals(at=NOON)
    Assignment.objects.filter(person=crew.hugo).update(valid_to=date(2026, 3, 15))
    win("d2", "2026-03-14 11:00", "P2", 1500)
    later = at("2026-03-15 12:00")
    # nobody has them in their team any more: nothing new is told, and nothing is forgotten
    assert deriving.derive_deals(at=later, watched=deriving.WATCHED_FOR) == 0
    assert entries() == [("deal:crm:d1", True)]
    record(cancel("d1"))
    assert deriving.derive_deals(at=later, watched=deriving.WATCHED_FOR) == 1
    assert entries() == [("deal:crm:d1", False)]


def test_a_badge_taken_back_long_after_its_award_is_taken_back(crew: Crew) -> None:
    badge = Badge.objects.create(key="test-star", name_fr="Étoile", name_en="Star")
    award = BadgeAward.objects.create(
        badge=badge, rule=BadgeRule.objects.create(badge=badge, number=1, document="{}"),
        person=crew.hugo, valid_from=NOON.date(), valid_to=NOON.date() + timedelta(days=1),
        points=0, earned_at=NOON, awarded_at=NOON,
    )  # fmt: skip
    deriving.derive_badges(at=NOON)
    later, seen = NOON + timedelta(days=60), []
    for number, kind in enumerate(("taken_back", "given_back"), start=1):
        BadgeMove.objects.create(award=award, number=number, kind=kind, at=later)
        assert deriving.derive_badges(at=later) == 1
        assert deriving.derive_badges(at=later) == 0
        seen += [stands for _, stands in entries()]
    assert seen == [False, True]


def test_a_best_month_stays_when_the_months_before_it_are_no_longer_read(crew: Crew) -> None:
    Assignment.objects.filter(person=crew.hugo).update(valid_from=date(2023, 1, 1))
    for number, month in enumerate(("2024-01", "2024-02", "2024-03", "2024-05")):
        win(f"P2-{month}", f"{month}-05 11:00", "P2", 100 + number)
    recompute_touched()
    assert deriving.derive_records(at=at("2024-05-10 12:00")) == 1
    for later in ("2024-06-10 12:00", "2024-08-31 12:00", "2026-03-10 12:00", "2027-01-10 12:00"):
        assert deriving.derive_records(at=at(later)) == 0, later
    record(cancel("P2-2024-05"))
    recompute_touched()
    assert deriving.derive_records(at=at("2024-08-10 12:00")) == 1


def test_a_best_month_is_one_of_two_years(crew: Crew) -> None:
    Assignment.objects.filter(person=crew.hugo).update(valid_from=date(2023, 1, 1))
    win("old", "2024-02-05 11:00", "P2", 9000)
    months("P2", m11=100, m12=200, m1=150, m3=300)
    assert deriving.derive_records(at=NOON) == 1
    win("younger", "2024-03-05 11:00", "P2", 9000)
    recompute_touched()
    assert deriving.derive_records(at=NOON) == 1
    assert [stands for _, stands in entries()] == [False]


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (EventKind.JERSEY, {"jersey": "yellow", "month": "2026-10-01"}),
        (EventKind.BADGE, {"fr": "Étoile", "en": "Star", "art": ""}),
        (EventKind.DEAL, {"from": "1000", "shared": False}),
        (EventKind.RECORD, {"metric": "revenue", "month": "2026-10-01"}),
    ],
)
def test_colleagues_read_the_nickname_and_managers_the_name(
    crew: Crew, kind: EventKind, detail: dict[str, object]
) -> None:
    challenges.set_face(actor=None, person=crew.noor, nickname="Fox", hidden=False)
    FeedEvent.objects.create(
        key="entry", kind=kind, at=timezone.now(), happened_at=timezone.now(),
        person=crew.noor, team=crew.south, detail=detail,
    )  # fmt: skip
    lea, paul = (read(client_of(crew.user_of(one)), "feed") for one in (crew.lea, crew.paul))
    assert ("Fox" in lea, "Noor" in lea, "NH" in lea) == (True, False, False)
    assert ("Fox" in paul, "Noor Haddad" in paul) == (False, True)
