"""Badges are awarded exactly once per person and period, follow the records until the period is
official, and stay from then on."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.utils import ProgrammingError

from challenges.badges import services
from challenges.badges.queries import badge_points
from challenges.models import Badge, BadgeAward, BadgeMove
from common.models import AuditEntry
from tests.challenges.badges.cabinet import awards, call, cancelled, held, look, made, moves
from tests.kpis.crew import Crew, as_correction, at, event, record

THREE_CALLS: dict[str, object] = {
    "form": "threshold", "metric": "calls", "at_least": 3, "per": "day"
}  # fmt: skip
MONTH: dict[str, object] = {
    "form": "threshold", "metric": "deals_won", "at_least": 2, "per": "month"
}  # fmt: skip


def three_calls(day: str = "2026-03-03") -> None:
    for number, hour in enumerate(("09:00", "10:00", "11:00")):
        call(f"c{number}-{day}", f"{day} {hour}")


def test_a_badge_comes_with_the_record_that_reaches_it_and_not_before(bare: Crew) -> None:
    made("busy", THREE_CALLS, points=7)
    call("c1", "2026-03-03 09:00")
    call("c2", "2026-03-03 10:00")
    assert not look("2026-03-03 10:30")

    call("c3", "2026-03-03 11:00")
    outcome = look("2026-03-03 11:30")

    name = f"badge:busy:{bare.lea.pk}:2026-03-03"
    assert (outcome.awarded, outcome.taken_back, outcome.given_back) == ((name,), (), ())
    award = BadgeAward.objects.get()
    assert (award.person_id, award.valid_from, award.valid_to, award.points, award.earned_at,
            award.awarded_at, award.detail) == (
        bare.lea.pk, date(2026, 3, 3), date(2026, 3, 4), 7, at("2026-03-03 11:00"),
        at("2026-03-03 11:30"),
        {"value": "3", "count": 3, "records": ["crm:c1#1", "crm:c2#1", "crm:c3#1"]},
    )  # fmt: skip
    assert AuditEntry.objects.filter(action="badge.award").count() == 1


def test_looking_again_late_or_in_parts_changes_nothing(bare: Crew) -> None:
    made("busy", THREE_CALLS)
    three_calls()
    look("2026-03-03 12:00")
    before = (awards(), list(BadgeMove.objects.all()), AuditEntry.objects.count())

    for again in ("2026-03-03 12:00", "2026-03-03 11:10", "2026-03-05 09:00"):
        assert not look(again)
    services.award_people(person_ids=[bare.lea.pk, bare.lea.pk], at=at("2026-03-05 10:00"))
    services.sweep(at=at("2026-03-05 11:00"))

    assert (awards(), list(BadgeMove.objects.all()), AuditEntry.objects.count()) == before


def test_a_cancelled_record_takes_the_badge_back_and_its_return_gives_it_back(bare: Crew) -> None:
    made("busy", THREE_CALLS, points=7)
    three_calls()
    look("2026-03-03 12:00")

    cancelled("c1-2026-03-03", "2026-03-04 09:00")
    look("2026-03-04 09:30")
    assert held() == []
    assert moves() == [("Léa", "taken_back", "cancelled")]
    assert BadgeMove.objects.get().reason["params"] == {"record": "c1-2026-03-03"}
    (row,) = badge_points()
    assert (row.points, row.taken_back_at) == (7, at("2026-03-04 09:30"))

    call("again", "2026-03-03 15:00", known="2026-03-04 10:00")
    look("2026-03-04 10:30")
    assert held() == [("busy", "Léa", "2026-03-03")]
    assert moves() == [("Léa", "taken_back", "cancelled"), ("Léa", "given_back", "")]
    assert awards() == 1
    (row,) = badge_points()
    assert row.taken_back_at is None


def test_a_correction_away_from_the_person_takes_back_and_says_so(bare: Crew) -> None:
    made("busy", THREE_CALLS)
    three_calls()
    look("2026-03-03 12:00")

    theirs = as_correction(event("c1-2026-03-03", "2026-03-03 10:00", "P2"))
    record(theirs, recorded_at=at("2026-03-04 09:00"))
    look("2026-03-04 09:30")

    assert (held(), moves()) == ([], [("Léa", "taken_back", "corrected")])


def test_after_three_working_days_a_cancellation_changes_nothing(bare: Crew) -> None:
    """Tuesday's badge is official with the first moment of Monday: three working days pass."""
    badge = made("busy", THREE_CALLS)
    three_calls("2026-03-03")
    look("2026-03-08 23:00")
    badge.refresh_from_db()
    assert badge.closed_to == date(2026, 3, 3)

    look("2026-03-09 00:00")
    badge.refresh_from_db()
    assert badge.closed_to == date(2026, 3, 4)
    cancelled("c1-2026-03-03", "2026-03-09 09:00")
    look("2026-03-09 10:00")

    assert (held(), moves()) == ([("busy", "Léa", "2026-03-03")], [])


def test_who_looks_too_late_judges_as_it_was_known_in_time(bare: Crew) -> None:
    """Nobody looked for two weeks: the record that came in time counts, the cancellation that came
    after the official moment does not, and a record that came then does not either."""
    made("busy", THREE_CALLS)
    three_calls("2026-03-03")
    cancelled("c1-2026-03-03", "2026-03-10 09:00")
    for number, hour in enumerate(("09:00", "10:00", "11:00")):
        call(f"late{number}", f"2026-03-04 {hour}", "P2", known="2026-03-12 09:00")

    look("2026-03-17 09:00")

    assert held() == [("busy", "Léa", "2026-03-03")]


def test_a_late_delivery_in_time_counts_on_its_own_day(bare: Crew) -> None:
    made("busy", THREE_CALLS)
    for number, hour in enumerate(("09:00", "10:00", "11:00")):
        call(f"c{number}", f"2026-03-03 {hour}", known="2026-03-05 06:00")
    look("2026-03-05 07:00")
    assert held() == [("busy", "Léa", "2026-03-03")]


def test_each_period_and_person_has_its_own(bare: Crew) -> None:
    made("closer", MONTH)
    for number, (when, who) in enumerate(
        (("2026-03-03 09:00", "P1"), ("2026-03-04 09:00", "P1"), ("2026-03-05 09:00", "P1"),
         ("2026-03-05 09:00", "P2"), ("2026-03-30 09:00", "P2"), ("2026-04-01 09:00", "P1"),
         ("2026-04-02 09:00", "P1"))
    ):  # fmt: skip
        call(f"d{number}", when, who, kind="deal_won", amount=100)
    look("2026-04-02 10:00")
    assert held() == [
        ("closer", "Hugo", "2026-03-01"),
        ("closer", "Léa", "2026-03-01"),
        ("closer", "Léa", "2026-04-01"),
    ]


def test_the_database_refuses_a_second_award_a_change_and_a_deletion(bare: Crew) -> None:
    made("busy", THREE_CALLS)
    three_calls()
    look("2026-03-03 12:00")
    award = BadgeAward.objects.get()
    twin = BadgeAward.objects.get()
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)
    award.points = 900
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        award.save()
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        award.delete()
    assert awards() == 1


def test_a_badge_of_a_team_is_for_its_people_while_they_are_there(bare: Crew) -> None:
    """Léa leaves North on the 15th of March."""
    made("north", THREE_CALLS, team=bare.north)
    for day in ("2026-03-13", "2026-03-16"):
        for who in ("P1", "P2"):
            for number, hour in enumerate(("09:00", "10:00", "11:00")):
                call(f"{who}{number}{day}", f"{day} {hour}", who)
    look("2026-03-16 12:00")
    assert held() == [
        ("north", "Hugo", "2026-03-13"),
        ("north", "Hugo", "2026-03-16"),
        ("north", "Léa", "2026-03-13"),
    ]


def test_an_amended_rule_holds_for_later_periods_only(bare: Crew) -> None:
    badge = made("busy", THREE_CALLS, points=1)
    three_calls("2026-03-03")
    look("2026-03-03 12:00")
    two = {**THREE_CALLS, "at_least": 2}
    with time_machine.travel(at("2026-03-03 18:00"), tick=False):
        version = services.amend_badge(
            actor=bare.admin, badge=badge, document=two, points=4, reason="Two are enough"
        )
    assert (version.number, version.valid_from) == (2, date(2026, 3, 4))
    for day in ("2026-03-03", "2026-03-04"):  # Hugo has two calls on each day
        for hour in ("09:00", "10:00"):
            call(f"{day}-{hour}", f"{day} {hour}", "P2")

    look("2026-03-04 12:00")

    assert not look("2026-03-05 09:00")
    rows = BadgeAward.objects.order_by("valid_from")
    assert [(row.person.first_name, row.valid_from.day, row.points, row.rule.number)
            for row in rows] == [("Léa", 3, 1, 1), ("Hugo", 4, 4, 2)]  # fmt: skip


def test_a_retired_badge_is_not_awarded_and_what_was_stays(bare: Crew) -> None:
    badge = made("busy", THREE_CALLS)
    three_calls("2026-03-03")
    look("2026-03-03 12:00")
    services.retire_badge(actor=bare.admin, badge=badge)
    three_calls("2026-03-04")
    cancelled("c1-2026-03-03", "2026-03-04 13:00")
    look("2026-03-04 14:00")
    assert held() == [("busy", "Léa", "2026-03-03")]


def test_the_first_look_begins_with_the_present_period(bare: Crew) -> None:
    """History that was imported makes nobody's badge."""
    made("busy", THREE_CALLS, begun=None)
    three_calls("2026-03-03")
    three_calls("2026-03-05")
    look("2026-03-05 12:00")
    assert held() == [("busy", "Léa", "2026-03-05")]
    assert Badge.objects.get(key="busy").closed_to == date(2026, 3, 5)
