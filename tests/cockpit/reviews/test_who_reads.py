"""What a review shows to whom when things change around it: people, scorecards, formulas."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from cockpit.funnel import funnel_of
from cockpit.reviews.printing import document_of
from kernel.periods import Period
from kpis.calc.reviews import Ritual
from kpis.models import Alert, Decision, ScorecardEntry
from kpis.reviews.queries import Sitting
from kpis.services import change_formula, recompute_touched
from people.access import viewer_of
from people.models import Assignment, Person, Role
from tests.cockpit.reviews.test_pages import answer, figure, of, office, week_of
from tests.kpis.alerts.scenes import NOW, rule
from tests.kpis.alerts.test_pages import SEEN
from tests.kpis.crew import Crew, event, make_crew, record

MONDAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def crew(db: None) -> Crew:
    return make_crew()


def head_of_west(crew: Crew) -> Person:
    wim = Person.objects.create(number="P6", first_name="Wim", last_name="Oost")
    lead = Role.objects.get(key="manager")
    Assignment.objects.create(person=wim, team=crew.west, role=lead, valid_from=date(2026, 1, 1))
    return wim


def test_what_answers_an_alert_about_oneself_is_read_by_who_leads_alone(crew: Crew) -> None:
    made = rule("demotivation")
    alert = Alert.objects.create(rule=made, person=crew.ines, seen=SEEN, began_at=NOW)
    wim, ines = of(crew, head_of_west(crew)), of(crew, crew.ines)
    wim.post(week_of(crew), answer(crew, note="Talk to her.", alert=alert.pk))
    wim.post(week_of(crew), answer(crew, note="Calls before ten."))
    closing = reverse("cockpit:review_decision", args=[Decision.objects.get(person=crew.ines).pk])

    def read(client: Client, page: str) -> list[str]:
        return [one["note"] for one in client.get(page).context["decisions"]]

    reviews = reverse("cockpit:reviews")
    assert read(wim, week_of(crew)) == ["Talk to her.", "Calls before ten."]
    assert read(ines, week_of(crew)) == ["Calls before ten."]
    assert read(ines, reviews) == ["Calls before ten."]
    assert (ines.get(closing).status_code, wim.get(closing).status_code) == (404, 200)
    assert ines.post(closing, {"outcome": "Nothing."}).status_code == 404

    wim.post(week_of(crew, "review_hold"))
    with time_machine.travel("2026-03-31T08:00:00Z", tick=False):
        args = [f"team-{crew.north.pk}", "weekly", "2026-03-23"]
        later = reverse("cockpit:review", args=args)
        wim.post(later, answer(crew, note="Go on."))
        wim.post(reverse("cockpit:review_hold", args=args))
        before = [client.get(later).context["before"]["rows"] for client in (wim, ines)]
        paper = document_of(viewer_of(crew.user_of(crew.ines)), Sitting(
            Ritual.WEEKLY, Period.week(MONDAY), crew.north.pk), "en")  # fmt: skip
    assert [[one["note"] for one in rows] for rows in before] == [
        ["Talk to her.", "Calls before ten."], ["Calls before ten."]
    ]  # fmt: skip
    assert "Talk to her." not in str(paper)


def test_who_moved_away_is_no_link_for_the_former_lead(crew: Crew) -> None:
    made = rule("silence", days="3")
    alert = Alert.objects.create(rule=made, person=crew.hugo, seen=SEEN, began_at=NOW)
    ines = of(crew, crew.ines)
    ines.post(week_of(crew), answer(crew, alert=alert.pk))
    page = reverse("kpis:alert", args=[alert.pk])
    (row,) = ines.get(week_of(crew)).context["decisions"]
    assert (row["alert"], ines.get(page).status_code) == (page, 200)
    Assignment.objects.filter(person=crew.hugo).update(team=crew.south, manager=crew.paul)
    (row,) = ines.get(week_of(crew)).context["decisions"]
    assert (row["alert"], ines.get(page).status_code) == ("", 404)


def test_who_decides_for_a_review_that_was_held_meanwhile_is_told(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    ines.post(week_of(crew), answer(crew))
    ines.post(week_of(crew, "review_hold"))
    page = ines.post(week_of(crew), answer(crew, note="One more."))
    assert "This review is held already." in page.content.decode()
    assert [one.note for one in Decision.objects.all()] == ["Calls before ten."]


def test_a_lead_reads_on_the_own_first_page_what_the_direction_decided(crew: Crew) -> None:
    args = ["company", "monthly", "2026-02-01"]
    decided = answer(crew, owner=crew.ines.pk, person=crew.paul.pk)
    assert (
        office("executive").post(reverse("cockpit:review", args=args), decided).status_code == 302
    )
    page = of(crew, crew.ines).get(reverse("cockpit:team"))
    (row,) = page.context["decided"]
    assert (row["note"], "about" in row) == ("Calls before ten.", False)
    assert "Calls before ten." in page.content.decode()
    assert of(crew, crew.paul).get(reverse("cockpit:team")).context["decided"] == []


def test_kept_figures_stand_whatever_a_scorecard_looks_at_later(crew: Crew) -> None:
    record(event("m1", "2026-03-18 10:00", "P2", kind="meeting_held"))
    recompute_touched()
    ines = of(crew, crew.ines)
    ines.post(week_of(crew), answer(crew))
    ines.post(week_of(crew, "review_hold"))
    ScorecardEntry.objects.all().delete()
    found = ines.get(week_of(crew)).context
    assert (figure(found, "meetings_count")["value"], found["is_corrected"]) == ("1", False)
    record(event("m2", "2026-03-18 11:00", "P2", kind="meeting_held"))
    recompute_touched()
    found = ines.get(week_of(crew)).context
    assert figure(found, "meetings_count")["later"] == "2"


def test_the_running_week_has_the_formula_of_its_last_day(crew: Crew) -> None:
    record(event("m1", "2026-03-23 10:00", "P2", kind="meeting_held"))
    recompute_touched()
    change_formula(actor=None, kpi_key="meetings_count", formula="meetings_held * 10",
                   valid_from=date(2026, 3, 27), reason="Counts more.")  # fmt: skip
    ines = of(crew, crew.ines)
    assert figure(ines.get(week_of(crew)).context, "meetings_count")["running"] == "10"
    args = [f"team-{crew.north.pk}", "weekly", "2026-03-23"]
    running = ines.get(reverse("cockpit:review", args=args)).context
    assert figure(running, "meetings_count")["value"] == "10"


def test_steps_stand_beside_three_months_in_each_kind_of_review(crew: Crew) -> None:
    for number in range(10):
        record(event(f"m{number}", "2025-12-20 10:00", "P2", kind="meeting_held"))
        # further back than three months, not further than three quarters
        record(event(f"n{number}", "2025-08-20 10:00", "P2", kind="meeting_held"))
    for number in range(5):
        record(event(f"o{number}", "2025-12-20 10:00", "P2", kind="opportunity_created"))
    recompute_touched()
    north = frozenset({crew.north.pk})
    day = date(2026, 3, 24)
    for period in (Period.week(MONDAY), Period.month(MONDAY), Period.quarter(MONDAY)):
        with override("en"):
            steps = {step["label"]: step for step in funnel_of(north, period, day)}
        assert steps["Opportunities created"]["past"] == "50%"


def test_an_address_has_one_form(crew: Crew) -> None:
    eve = office("executive")
    for of_what, status in (("company", 200), ("team-None", 404), ("team-", 404)):
        args = [of_what, "monthly", "2026-02-01"]
        assert eve.get(reverse("cockpit:review", args=args)).status_code == status


def test_paper_says_how_many_more_there_are(crew: Crew) -> None:
    seller = Role.objects.get(key="ae")
    for number in range(11):
        one = Person.objects.create(number=f"Q{number}", first_name="Ann", last_name=f"B{number}")
        Assignment.objects.create(
            person=one, team=crew.south, role=seller, valid_from=date(2026, 1, 1)
        )
    sitting = Sitting(Ritual.QUARTERLY, Period.quarter(date(2025, 10, 1)), crew.south.pk)
    with override("en"):
        paper = document_of(viewer_of(crew.user_of(crew.paul)), sitting, "en")
    (part,) = [one for one in paper["parts"] if one["title"] == "Objectives of the next quarter"]
    assert part["lines"][1].endswith(" and 3 more")
