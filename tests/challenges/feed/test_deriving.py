"""Entries that follow from records: there once, taken back and given back with them."""

import threading
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import close_old_connections, connection
from hypothesis import given
from hypothesis import strategies as st

from challenges import services
from challenges.calc.personal_bests import MONTHS_BEFORE, best_months
from challenges.feed import deriving
from challenges.models import (
    Badge,
    BadgeAward,
    BadgeMove,
    BadgeRule,
    Challenge,
    FeedEvent,
    JerseyHolder,
    JerseyMonth,
    Result,
)
from kpis.services import recompute_touched
from tests.challenges.games import AFTER_CUT_OFF, live, win
from tests.kpis.crew import Crew, as_correction, at, cancel, event, make_crew, record

NOON = at("2026-03-10 12:00")


def stated(crew: Crew, euros: int | None) -> None:
    services.state_house_rules(
        actor=crew.admin, duel_reach="team", duel_points=0, duel_minutes=60,
        celebrate_from_minor=None if euros is None else euros * 100,
    )  # fmt: skip


def entries() -> list[tuple[str, bool]]:
    """Key and whether it stands, oldest first."""
    rows = FeedEvent.objects.order_by("at", "id").values_list("key", "taken_back_at")
    return [(key, gone is None) for key, gone in rows]


# --- large deals ------------------------------------------------------------------------------


def test_a_deal_from_the_stated_amount_on_is_told_once(crew: Crew) -> None:
    stated(crew, 1000)
    win("exact", "2026-03-10 11:00", "P1", 1000)
    win("small", "2026-03-10 11:30", "P2", 999)
    assert deriving.derive_deals(at=NOON) == 1
    assert deriving.derive_deals(at=NOON) == 0
    told = FeedEvent.objects.get()
    assert (told.key, told.person, told.team) == ("deal:crm:exact", crew.lea, crew.north)
    assert (told.at, told.happened_at) == (NOON, at("2026-03-10 11:00"))


def test_without_a_stated_amount_no_deal_is_told(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 100_000)
    assert deriving.derive_deals(at=NOON) == 0
    stated(crew, None)
    assert deriving.derive_deals(at=NOON) == 0


def test_corrected_below_it_is_taken_back_and_returns_until_it_is_cancelled(crew: Crew) -> None:
    def corrected(amount: int) -> None:
        deal = event("d1", "2026-03-10 11:00", "P1", kind="deal_won", amount=amount)
        record(as_correction(deal))

    stated(crew, 1000)
    win("d1", "2026-03-10 11:00", "P1", 1500)
    deriving.derive_deals(at=NOON)
    seen = []
    for change in (lambda: corrected(900), lambda: corrected(1200), lambda: record(cancel("d1"))):
        change()
        assert deriving.derive_deals(at=NOON) == 1
        assert deriving.derive_deals(at=NOON) == 0
        seen.append(entries())
    assert seen == [[("deal:crm:d1", stands)] for stands in (False, True, False)]


def test_a_deal_is_held_to_the_amount_of_its_day(crew: Crew) -> None:
    stated(crew, 1000)
    win("d1", "2026-03-10 11:00", "P1", 1500)
    deriving.derive_deals(at=NOON)
    stated(crew, 2000)
    win("d2", "2026-03-10 11:30", "P2", 1500)
    assert deriving.derive_deals(at=NOON) == 0
    stated(crew, None)
    assert deriving.derive_deals(at=NOON) == 0
    assert entries() == [("deal:crm:d1", True)]


def test_an_old_deal_is_no_news_but_a_told_one_is_watched(crew: Crew) -> None:
    stated(crew, 1000)
    win("d1", "2026-03-10 11:00", "P1", 1500)
    later = at("2026-03-20 12:00")
    assert deriving.derive_deals(at=later, watched=deriving.WATCHED_FOR) == 0
    deriving.derive_deals(at=NOON)
    record(cancel("d1"))
    assert deriving.derive_deals(at=later) == 0
    assert deriving.derive_deals(at=later, watched=deriving.WATCHED_FOR) == 1
    assert entries() == [("deal:crm:d1", False)]


def test_a_deal_that_is_corrected_to_another_day_keeps_its_entry(crew: Crew) -> None:
    stated(crew, 1000)
    win("d1", "2026-03-10 11:00", "P1", 1500)
    deriving.derive_deals(at=NOON)
    record(as_correction(event("d1", "2026-03-12 11:00", "P1", kind="deal_won", amount=1500)))
    later = at("2026-03-13 12:00")
    assert deriving.derive_deals(at=later) == 0
    assert deriving.derive_deals(at=later, watched=deriving.WATCHED_FOR) == 0
    assert entries() == [("deal:crm:d1", True)]


def test_a_shared_deal_counts_whole_and_is_told_of_the_larger_part(crew: Crew) -> None:
    stated(crew, 1000)
    parts = [("P1", Fraction(2, 5)), ("P2", Fraction(3, 5))]
    record(event("d1", "2026-03-10 11:00", parts, kind="deal_won", amount=1000))
    assert deriving.derive_deals(at=NOON) == 1
    told = FeedEvent.objects.get()
    assert (told.person, told.detail["shared"]) == (crew.hugo, True)


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_tell_it_once() -> None:
    crew = make_crew()
    stated(crew, 1000)
    win("d1", "2026-03-10 11:00", "P1", 1500)
    together, changed = threading.Barrier(4), list[int]()

    def work() -> None:
        close_old_connections()
        try:
            together.wait(30)
            changed.append(deriving.derive_deals(at=NOON))
        finally:
            connection.close()

    workers = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert (sorted(changed), entries()) == ([0, 0, 0, 1], [("deal:crm:d1", True)])


def test_a_flushed_cache_changes_nothing(crew: Crew) -> None:
    stated(crew, 1000)
    win("d1", "2026-03-10 11:00", "P1", 1500)
    assert deriving.derive_all(at=NOON) == 1
    for _ in range(2):
        cache.clear()
        assert deriving.derive_all(at=NOON) == 0


# --- results ----------------------------------------------------------------------------------


def signed(**changes: object) -> Challenge:
    challenge = live(changes)
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)


def test_a_signed_result_names_its_winners_and_an_unsigned_one_nobody(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    live()
    assert deriving.derive_results(at=AFTER_CUT_OFF) == 0
    challenge = signed()
    assert deriving.derive_results(at=AFTER_CUT_OFF) == 1
    assert deriving.derive_results(at=AFTER_CUT_OFF) == 0
    told = FeedEvent.objects.get()
    assert (told.challenge, told.at) == (challenge, AFTER_CUT_OFF)
    assert told.detail == {
        "winners": [crew.hugo.pk, crew.lea.pk], "of": "person", "amended": False,
    }  # fmt: skip


def test_teams_win_as_teams(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    signed(entrants={"kind": "team"}, winners=1, prizes=[])
    deriving.derive_results(at=AFTER_CUT_OFF)
    detail = FeedEvent.objects.get().detail
    assert (detail["of"], detail["winners"]) == ("team", [crew.north.pk])


@pytest.mark.parametrize("days", [1, 60])
def test_a_result_that_waits_for_its_ceremony_is_told_when_it_is_revealed(
    crew: Crew, days: int
) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = signed(visibility={"freeze": "10 %", "reveal": "ceremony"})
    assert deriving.derive_results(at=AFTER_CUT_OFF) == 0
    later = AFTER_CUT_OFF + timedelta(days=days)
    services.reveal(actor=None, challenge=challenge, at=later)
    assert deriving.derive_results(at=later) == 1
    assert FeedEvent.objects.get().at == later


def test_an_amended_result_replaces_the_first(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = signed(after_official={"policy": "amend"}, winners=1, prizes=[])
    deriving.derive_results(at=AFTER_CUT_OFF)
    later = AFTER_CUT_OFF + timedelta(days=1)
    record(cancel("d2"), recorded_at=later)
    services.rescore_challenge(challenge_id=challenge.pk, at=later)
    assert Result.objects.count() == 2
    assert deriving.derive_results(at=later) == 2
    assert entries() == [
        (f"result:{challenge.pk}:1", False), (f"result:{challenge.pk}:2", True),
    ]  # fmt: skip
    assert FeedEvent.objects.get(key__endswith=":2").detail == {
        "winners": [crew.lea.pk], "of": "person", "amended": True,
    }  # fmt: skip


# --- badges and jerseys -----------------------------------------------------------------------


def test_a_badge_is_told_taken_back_and_given_back(crew: Crew) -> None:
    badge = Badge.objects.create(key="test-star", name_fr="Étoile", name_en="Star")
    award = BadgeAward.objects.create(
        badge=badge, rule=BadgeRule.objects.create(badge=badge, number=1, document="{}"),
        person=crew.hugo, valid_from=NOON.date(), valid_to=NOON.date() + timedelta(days=1),
        points=0, earned_at=NOON, awarded_at=NOON,
    )  # fmt: skip
    key = f"badge:test-star:{crew.hugo.pk}:2026-03-10"
    later = NOON + timedelta(hours=1)
    assert deriving.derive_badges(at=later) == 1
    seen = [entries()]
    for number, kind in enumerate(("taken_back", "given_back"), start=1):
        BadgeMove.objects.create(award=award, number=number, kind=kind, at=later)
        assert deriving.derive_badges(at=later) == 1
        assert deriving.derive_badges(at=later) == 0
        seen.append(entries())
    assert seen == [[(key, stands)] for stands in (True, False, True)]


def test_an_official_jersey_is_told_once(crew: Crew) -> None:
    month = JerseyMonth.objects.create(
        team=crew.north, valid_from=date(2026, 2, 1), at=NOON, document={}, sha256=""
    )
    JerseyHolder.objects.create(month=month, kind="white", person=crew.hugo)
    assert deriving.derive_jerseys(at=NOON) == 1
    assert deriving.derive_jerseys(at=NOON) == 0
    told = FeedEvent.objects.get()
    assert (told.person, told.team, told.detail) == (
        crew.hugo, crew.north, {"jersey": "white", "month": "2026-02-01"},
    )  # fmt: skip


# --- personal records -------------------------------------------------------------------------


def months(number: str, **amounts: int) -> None:
    """A deal on the fifth of each month of 2025/26: `m12` is December 2025, `m1` January 2026."""
    for name, amount in amounts.items():
        month = int(name[1:])
        year = 2025 if month > 6 else 2026
        win(f"{number}-{name}", f"{year}-{month:02}-05 11:00", number, amount)
    recompute_touched()


def test_the_best_month_so_far_is_told_once_and_goes_with_its_records(crew: Crew) -> None:
    months("P2", m11=100, m12=300, m1=200, m3=301)
    news = {"person_ids": [crew.hugo.pk], "at": NOON}
    key = f"record:revenue:{crew.hugo.pk}:2026-03-01"
    assert deriving.derive_records(**news) == 1  # type: ignore[arg-type]  # as keywords
    assert deriving.derive_records(**news) == 0  # type: ignore[arg-type]  # as keywords
    assert entries() == [(key, True)]
    record(cancel("P2-m3"))
    recompute_touched()
    assert deriving.derive_records(at=NOON) == 1
    assert entries() == [(key, False)]
    win("P2-more", "2026-03-06 11:00", "P2", 400)
    recompute_touched()
    assert deriving.derive_records(at=NOON) == 1
    assert entries() == [(key, True)]


def test_records_of_long_ago_are_no_news(crew: Crew) -> None:
    months("P2", m7=100, m8=200, m9=300, m10=400, m3=50)
    assert deriving.derive_records(at=NOON) == 0


def test_a_newcomers_second_month_is_no_record(crew: Crew) -> None:
    months("P2", m2=100, m3=900)
    assert deriving.derive_records(at=NOON) == 0


FIGURES = st.dictionaries(
    st.integers(1, 24).map(lambda n: date(2025 + (n - 1) // 12, (n - 1) % 12 + 1, 1)),
    st.integers(-3, 6).map(Fraction),
)


@given(FIGURES)
def test_best_months_as_somebody_would_count_them(values: dict[date, Fraction]) -> None:
    by_hand = set()
    for month, value in values.items():
        earlier = [other for day, other in values.items() if day < month]
        known = [one for one in earlier if one > 0]
        if len(known) >= MONTHS_BEFORE and value > 0 and all(value > one for one in earlier):
            by_hand.add(month)
    assert best_months(values) == by_hand


def test_the_table_of_the_docs() -> None:
    path = Path(__file__).parents[3] / "docs" / "algorithms" / "duels-and-feed.md"
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("| figure", "| record |"))
    ]
    figures, told = (row[1:] for row in rows)
    months_of = [date(2026, number, 1) for number in range(1, len(figures) + 1)]
    values = dict(zip(months_of, map(Fraction, figures), strict=True))
    said = {month for month, word in zip(months_of, told, strict=True) if word == "yes"}
    assert best_months(values) == said == {date(2026, 5, 1)}
