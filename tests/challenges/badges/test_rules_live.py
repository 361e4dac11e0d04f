"""Each form of rule on the log of a company: what earns it, and what nearly does."""

from datetime import date

import pytest

from challenges.badges import services
from challenges.badges.services import BadgeInput
from challenges.models import Badge, BadgeAward, BadgeMove
from kernel.issues import Invalid
from people.models import Absence, Assignment
from tests.challenges.badges.cabinet import awards, call, cancelled, held, look, made, moves
from tests.kpis.crew import Crew, at


def codes(problem: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [issue.code for issue in problem.value.issues]


def test_the_first_ever_comes_once_in_a_life(bare: Crew) -> None:
    made("first", {"form": "first", "metric": "deals_won", "of": "ever"})
    call("d1", "2026-03-03 09:00", kind="deal_won", amount=10)
    call("d2", "2026-03-03 10:00", kind="deal_won", amount=10)
    call("d3", "2026-03-12 10:00", kind="deal_won", amount=10)
    look("2026-03-12 11:00")
    assert held() == [("first", "Léa", "2026-03-03")]
    # even when that deal falls after its day was official
    cancelled("d1", "2026-03-16 09:00")
    cancelled("d2", "2026-03-16 09:00")
    cancelled("d3", "2026-03-16 09:00")
    call("d4", "2026-03-17 10:00", kind="deal_won", amount=10)
    look("2026-03-17 11:00")
    assert held() == [("first", "Léa", "2026-03-03")]


def test_an_earlier_record_that_comes_in_takes_the_first_ever_to_its_day(bare: Crew) -> None:
    made("first", {"form": "first", "metric": "deals_won", "of": "ever"})
    call("d2", "2026-03-05 09:00", kind="deal_won", amount=10)
    look("2026-03-05 10:00")
    call("d1", "2026-03-04 09:00", kind="deal_won", amount=10, known="2026-03-06 09:00")
    look("2026-03-06 10:00")
    assert held() == [("first", "Léa", "2026-03-04")]
    assert moves() == [("Léa", "taken_back", "earlier_own")]


def test_whoever_sold_before_the_badge_existed_has_had_the_first(bare: Crew) -> None:
    call("old", "2025-06-03 09:00", kind="deal_won", amount=10)
    made("first", {"form": "first", "metric": "deals_won", "of": "ever"})
    call("d1", "2026-03-03 09:00", kind="deal_won", amount=10)
    call("d2", "2026-03-03 09:00", "P2", kind="deal_won", amount=10)
    look("2026-03-03 10:00")
    assert held() == [("first", "Hugo", "2026-03-03")]


def test_the_first_of_the_day_is_shared_and_moves_with_an_earlier_record(bare: Crew) -> None:
    made("opener", {"form": "first", "metric": "deals_won", "of": "day"})
    call("d1", "2026-03-03 09:30", kind="deal_won", amount=10)
    call("d2", "2026-03-03 09:30", "P2", kind="deal_won", amount=10)
    call("d3", "2026-03-03 09:31", "P3", kind="deal_won", amount=10)
    services.sweep(at=at("2026-03-03 10:00"))
    assert held() == [("opener", "Hugo", "2026-03-03"), ("opener", "Léa", "2026-03-03")]

    call("d4", "2026-03-03 08:00", "P3", kind="deal_won", amount=10, known="2026-03-03 12:00")
    services.sweep(at=at("2026-03-03 12:30"))
    assert held() == [("opener", "Noor", "2026-03-03")]
    assert {row[2] for row in moves()} == {"earlier_other"}


def test_hours_of_the_day_are_those_of_the_company(bare: Crew) -> None:
    made("early", {"form": "hours", "metric": "calls", "from": "08:00", "to": "09:00",
                   "at_least": 2})  # fmt: skip
    early = ("03 08:00", "03 08:59", "04 08:30", "04 09:00", "05 07:59", "05 08:10")
    for number, when in enumerate(early):
        call(f"c{number}", f"2026-03-{when}")
    look("2026-03-05 12:00")
    assert held() == [("early", "Léa", "2026-03-03")]


def test_a_record_beats_all_earlier_months_and_needs_some(bare: Crew) -> None:
    made("best", {"form": "record", "metric": "revenue", "at_least": 50, "after": 2,
                  "per": "month"})  # fmt: skip
    call("a", "2026-01-05 09:00", kind="deal_won", amount=300)
    call("b", "2026-02-05 09:00", kind="deal_won", amount=200)
    call("c", "2026-03-05 09:00", kind="deal_won", amount=300)
    call("e", "2026-02-05 09:00", "P2", kind="deal_won", amount=10)
    call("f", "2026-03-05 09:00", "P2", kind="deal_won", amount=999)
    look("2026-03-06 09:00")
    assert held() == []  # level is no record; Hugo has one earlier month only

    call("d", "2026-03-09 09:00", kind="deal_won", amount=1)
    look("2026-03-09 10:00")
    assert held() == [("best", "Léa", "2026-03-01")]
    assert BadgeAward.objects.get().detail["value"] == "301"


def test_a_streak_is_frozen_by_weekend_holiday_and_leave_and_comes_once(bare: Crew) -> None:
    """Calls on Thursday 2, Friday 3, (Easter Monday 6 is a holiday), Tuesday 7, leave on the 8th
    and 9th, Friday 10 of April: five days in a row with Monday 13."""
    made("roll", {"form": "streak", "metric": "calls", "length": 5, "per": "day"})
    Absence.objects.create(
        person=bare.lea, kind="leave", valid_from=date(2026, 4, 8), valid_to=date(2026, 4, 10)
    )
    for day in ("02", "03", "07", "10"):
        call(f"c{day}", f"2026-04-{day} 09:00")
    look("2026-04-10 18:00")
    assert held() == []
    for day in ("13", "14", "15"):
        call(f"c{day}", f"2026-04-{day} 09:00")
    look("2026-04-15 18:00")
    assert held() == [("roll", "Léa", "2026-04-13")]
    assert BadgeAward.objects.get().detail["value"] == "5"


def test_a_missed_day_breaks_a_streak_but_not_a_part_timers_free_one(bare: Crew) -> None:
    """Both miss Wednesday; Hugo works four days of five."""
    made("roll", {"form": "streak", "metric": "calls", "length": 4, "per": "day"})
    Assignment.objects.filter(person=bare.hugo).update(share="0.8")
    for who in ("P1", "P2"):
        for day in ("16", "17", "19", "20"):
            call(f"{who}{day}", f"2026-03-{day} 09:00", who)
    look("2026-03-20 18:00")
    assert held() == [("roll", "Hugo", "2026-03-20")]


def test_a_streak_of_weeks_asks_less_of_a_week_with_leave(bare: Crew) -> None:
    """Two in five days; one day of leave leaves 1.6, two days 1.2: both are met with two."""
    made("weeks", {"form": "streak", "metric": "calls", "at_least": 2, "length": 3,
                   "per": "week"})  # fmt: skip
    for number, day in enumerate(("03", "04", "10", "11", "17", "18")):
        call(f"c{number}", f"2026-03-{day} 09:00")
    look("2026-03-18 18:00")
    assert held() == [("weeks", "Léa", "2026-03-16")]


def test_a_kpi_is_looked_at_when_its_month_is_over(bare: Crew) -> None:
    made("sharp", {"form": "kpi", "kpi": "closing_rate", "at_least": 50, "per": "month"})
    call("won", "2026-03-03 09:00", kind="deal_won", amount=10)
    call("lost", "2026-03-04 09:00", kind="deal_lost")
    call("lost1", "2026-03-04 09:00", "P2", kind="deal_lost")
    look("2026-03-31 20:00")
    assert held() == []
    look("2026-04-01 00:00")
    assert held() == [("sharp", "Léa", "2026-03-01")]
    cancelled("won", "2026-04-01 09:00")
    look("2026-04-01 10:00")
    assert (held(), moves()) == ([], [("Léa", "taken_back", "figure_moved")])


def test_a_kpi_where_less_is_better_and_nothing_is_not_zero(bare: Crew) -> None:
    made("few", {"form": "kpi", "kpi": "follow_ups_per_win", "at_most": 2, "per": "month"})
    call("won", "2026-03-03 09:00", kind="deal_won", amount=10)
    call("f1", "2026-03-03 09:00", kind="follow_up")
    call("f2", "2026-03-03 09:00", "P2", kind="follow_up")
    look("2026-04-01 09:00")
    assert held() == [("few", "Léa", "2026-03-01")]


def test_a_combination_follows_its_parts(bare: Crew) -> None:
    made("calls", {"form": "threshold", "metric": "calls", "at_least": 1, "per": "day"})
    made("deals", {"form": "threshold", "metric": "deals_won", "at_least": 1, "per": "week"})
    made("both", {"form": "combination", "of": ["calls", "deals"], "per": "month"})
    made("either", {"form": "combination", "of": ["calls", "deals"], "need": "any",
                    "per": "month"})  # fmt: skip
    call("c1", "2026-03-09 09:00")
    look("2026-03-09 10:00")
    assert [row[0] for row in held()] == ["calls", "either"]
    call("d1", "2026-03-10 09:00", kind="deal_won", amount=10)
    look("2026-03-10 10:00")
    assert [row[0] for row in held()] == ["both", "calls", "deals", "either"]

    cancelled("d1", "2026-03-10 11:00")
    look("2026-03-10 12:00")
    assert [row[0] for row in held()] == ["calls", "either"]
    assert [row[2] for row in moves()] == ["cancelled", "part_gone"]


def test_a_combination_is_official_no_sooner_than_its_parts(bare: Crew) -> None:
    part = made("calls", {"form": "threshold", "metric": "calls", "at_least": 1, "per": "day"})
    whole = made("both", {"form": "combination", "of": ["calls"], "per": "month"})
    services.award_badge(badge_id=whole.pk, at=at("2026-04-07 09:00"))
    whole.refresh_from_db()
    assert whole.closed_to == date(2026, 3, 1)
    services.award_badge(badge_id=part.pk, at=at("2026-04-07 09:00"))
    services.award_badge(badge_id=whole.pk, at=at("2026-04-07 09:00"))
    whole.refresh_from_db()
    assert whole.closed_to == date(2026, 4, 1)


def test_given_badges_have_a_sentence_a_cap_and_one_per_month(bare: Crew) -> None:
    badge = made("thanks", {"form": "given", "by": "anyone", "monthly_cap": 2}, points=5)
    giver = bare.user_of(bare.lea)

    def give(person: object, sentence: str = "Merci !", when: str = "2026-03-10 09:00") -> None:
        services.give_badge(
            actor=giver, badge=badge, person=person, sentence=sentence, is_manager=False,  # type: ignore[arg-type]  # one of the crew
            at=at(when),
        )  # fmt: skip

    give(bare.hugo)
    with pytest.raises(Invalid) as again:
        give(bare.hugo)
    with pytest.raises(Invalid) as to_self:
        give(bare.lea)
    with pytest.raises(Invalid) as wordless:
        give(bare.noor, "  ")
    give(bare.noor)
    with pytest.raises(Invalid) as beyond:
        give(bare.ines)
    give(bare.hugo, when="2026-04-01 00:00")

    assert (codes(again), codes(to_self), codes(wordless), codes(beyond)) == (
        ["badge.twice"], ["badge.self"], ["badge.sentence"], ["badge.cap"]
    )  # fmt: skip
    assert held() == [
        ("thanks", "Hugo", "2026-03-01"),
        ("thanks", "Hugo", "2026-04-01"),
        ("thanks", "Noor", "2026-03-01"),
    ]
    row = BadgeAward.objects.order_by("id")[0]
    assert (row.given_by, row.sentence, row.points) == (giver, "Merci !", 5)
    # no look takes back what was given
    look("2026-04-02 09:00")
    assert (awards(), BadgeMove.objects.count()) == (3, 0)


def test_some_badges_only_a_manager_gives_and_earned_ones_nobody(bare: Crew) -> None:
    salute = made("salute", {"form": "given", "by": "manager", "monthly_cap": 2})
    busy = made("busy", {"form": "threshold", "metric": "calls", "at_least": 1, "per": "day"})
    giver = bare.user_of(bare.ines)
    with pytest.raises(Invalid) as refused:
        services.give_badge(actor=giver, badge=salute, person=bare.noor, sentence="Bravo",
                            is_manager=False)  # fmt: skip
    with pytest.raises(Invalid) as earned:
        services.give_badge(actor=giver, badge=busy, person=bare.hugo, sentence="Bravo",
                            is_manager=True)  # fmt: skip
    services.give_badge(actor=giver, badge=salute, person=bare.hugo, sentence="Bravo",
                        is_manager=True)  # fmt: skip
    assert (codes(refused), codes(earned)) == (["badge.only_managers"], ["badge.not_given"])
    assert [row[:2] for row in held()] == [("salute", "Hugo")]


def test_a_badge_is_refused_with_everything_that_is_wrong(bare: Crew) -> None:
    def refused(document: dict[str, object], **more: object) -> list[str]:
        with pytest.raises(Invalid) as problem:
            services.create_badge(
                actor=None,
                badge=BadgeInput("Un", "One", document, **more),  # type: ignore[arg-type]  # the fields of BadgeInput
            )
        return codes(problem)

    day: dict[str, object] = {"form": "threshold", "at_least": 1, "per": "day"}
    assert refused({**day, "metric": "nothing"}) == ["kpis.unknown_kpi"]
    assert refused({**day, "metric": "open_pipeline"}) == ["kpis.not_record_by_record"]
    assert refused({"form": "kpi", "kpi": "x", "at_least": 1, "per": "day"}) == ["kpis.unknown_kpi"]
    assert refused({"form": "combination", "of": ["nope"], "per": "day"}) == ["badge.unknown_part"]
    assert refused({"form": "combination", "of": ["complete-month"], "per": "day"}) == [
        "badge.unknown_part"
    ]
    assert refused({**day, "metric": "calls"}, art="cat", points=-1) == [
        "badge.points",
        "badge.art",
    ]
    assert not Badge.objects.filter(name_en="One").exists()
    made("one", {**day, "metric": "calls"})
    with pytest.raises(Invalid) as taken:
        services.create_badge(
            actor=None, badge=BadgeInput("Un", "One", {**day, "metric": "calls"}), key="one"
        )
    assert codes(taken) == ["badge.name"]


def test_an_amendment_needs_a_reason_and_the_same_form(bare: Crew) -> None:
    day: dict[str, object] = {"form": "threshold", "metric": "calls", "at_least": 1, "per": "day"}
    badge = made("one", day)
    with pytest.raises(Invalid) as problem:
        services.amend_badge(
            actor=bare.admin, badge=badge, document={**day, "per": "week"}, points=0, reason=" "
        )
    assert codes(problem) == ["badge.no_reason", "badge.other_form"]
    assert badge.rules.count() == 1


def test_the_shipped_badges_are_there_and_read(crew: Crew) -> None:
    rows = services.shipping.shipped_badges()
    assert set(Badge.objects.values_list("key", flat=True)) >= {row["key"] for row in rows}
    assert services.load_badges() == 0
    call("c1", "2026-03-03 08:00")
    call("c2", "2026-03-03 08:30")
    look("2026-03-03 09:00")
    assert held() == [("early-bird", "Léa", "2026-03-03")]
