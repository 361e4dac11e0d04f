"""Pages of reviews: they put themselves together, are held with what they showed, and by whom."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kpis.models import Alert, Decision, Review
from kpis.services import ObjectiveInput, recompute_touched, set_objective
from people.models import Person, User
from tests.kpis.alerts.scenes import NOW, calls, check, rule
from tests.kpis.crew import Crew, cancel, event, make_crew, record

WEEK = "2026-03-16"


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def crew(db: None) -> Crew:
    """Hugo calls nobody this week and is told so; before he made 4 calls of 10, and sold."""
    found = make_crew()
    rule("silence", days="2")
    calls("before", "2026-03-10 10:00", "P2", times=8)
    calls("week", "2026-03-17 10:00", "P2", times=4)
    calls("léa", "2026-03-23 10:00", "P1")
    record(event("d1", "2026-02-10 10:00", "P2", kind="deal_won", amount=900))
    aim("calls_count", 10, date(2026, 3, 16), date(2026, 3, 23))
    aim("revenue_booked", 2000, date(2026, 2, 1), date(2026, 3, 1))
    check()
    return found


def aim(kpi: str, target: int, start: date, end: date) -> None:
    wanted = ObjectiveInput(kpi, Fraction(target), start, end, person="P2")
    set_objective(actor=None, objective=wanted)


def client_of(user: User, language: str = "en") -> Client:
    user.language = language
    user.save(update_fields=["language"])
    client = Client(headers={"accept-language": language})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def of(crew: Crew, person: Person, language: str = "en") -> Client:
    return client_of(crew.user_of(person), language)


def office(*rights: str) -> Client:
    return client_of(User.objects.create_user(f"{rights[0]}@example.org", "x", rights=rights))


def week_of(crew: Crew, page: str = "review", *more: str) -> str:
    return reverse(f"cockpit:{page}", args=[f"team-{crew.north.pk}", "weekly", WEEK, *more])


def answer(crew: Crew, **more: Any) -> dict[str, Any]:
    return {"note": "Calls before ten.", "kind": "adjust", "owner": crew.hugo.pk,
            "due_on": "2026-04-03", **more}  # fmt: skip


def plain(text: str) -> str:
    """With ordinary spaces."""
    return " ".join(text.split())


def figure(context: Any, key: str) -> dict[str, Any]:
    (found,) = [row for row in context["figures"] if row["key"] == key]
    return dict(found)


def test_a_week_puts_itself_together(crew: Crew) -> None:
    page = of(crew, crew.ines).get(week_of(crew))
    found = page.context
    # the scorecards of the manager and of sellers, as far as a week says something of them: no
    # rate and no mean that is looked at each month
    assert [row["key"] for row in found["figures"]] == [
        "revenue_booked", "weighted_forecast", "pipeline_count", "qualified_meetings_count",
        "proposals_count", "meetings_count",
    ]  # fmt: skip
    assert [row["name"] for row in found["alerts"]["rows"]] == ["Hugo Petit"]
    assert (found["alerts"]["began"], found["alerts"]["ended"]) == (0, 0)
    assert (found["state"], found["holds"], found["is_open"]) == ("due", True, True)
    assert found["before"] is None
    assert "Weekly review, 16–22 Mar 2026" in page.content.decode()


def test_a_month_stands_beside_the_objectives_of_the_people(crew: Crew) -> None:
    address = reverse("cockpit:review", args=[f"team-{crew.north.pk}", "monthly", "2026-02-01"])
    found = of(crew, crew.ines).get(address).context
    row = figure(found, "revenue_booked")
    assert (row["exact"], row["target"], row["of"], row["band"]) == (
        "900", "€2,000", "45%", "bad",
    )  # fmt: skip
    assert [(one["name"], one["kpi"], one["of"]) for one in found["weakest"]] == [
        ("Hugo Petit", "Revenue", "45%")
    ]


def test_a_quarter_looks_at_the_objectives_to_come(crew: Crew) -> None:
    address = reverse("cockpit:review", args=[f"team-{crew.north.pk}", "quarterly", "2025-10-01"])
    found = of(crew, crew.ines).get(address).context["ahead"]
    assert (found["with"], found["people"], found["without"]) == (1, 1, [])
    south = reverse("cockpit:review", args=[f"team-{crew.south.pk}", "quarterly", "2025-10-01"])
    found = of(crew, crew.paul).get(south).context["ahead"]
    assert (found["with"], found["people"]) == (0, 2)
    assert found["without"] == ["Léa Martin", "Noor Haddad"]


def test_it_is_held_with_its_decisions_and_the_next_one_begins_from_them(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    alert = Alert.objects.get(person=crew.hugo)
    assert ines.post(week_of(crew), answer(crew)).status_code == 302
    assert (
        ines.post(week_of(crew), answer(crew, note="See him.", alert=alert.pk)).status_code == 302
    )
    assert ines.post(week_of(crew, "review_hold")).status_code == 302
    page = ines.get(week_of(crew))
    assert (page.context["state"], page.context["is_open"]) == ("was held", False)
    assert [one["note"] for one in page.context["decisions"]] == ["Calls before ten.", "See him."]
    assert "Held 24 Mar 2026 12:00 by Inès Roy" in page.content.decode()
    due = ines.get(reverse("cockpit:reviews")).context
    assert [one["note"] for one in due["decisions"]] == ["Calls before ten.", "See him."]
    with time_machine.travel("2026-03-31T08:00:00Z", tick=False):
        later = reverse("cockpit:review", args=[f"team-{crew.north.pk}", "weekly", "2026-03-23"])
        found = ines.get(later).context
    assert [one["note"] for one in found["before"]["rows"]] == ["Calls before ten.", "See him."]
    assert [one["note"] for one in found["actions"]] == ["See him."]


def test_what_was_shown_stays_and_a_later_correction_stands_beside(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    record(event("m1", "2026-03-18 10:00", "P2", kind="meeting_held"))
    record(event("m2", "2026-03-18 11:00", "P2", kind="meeting_held"))
    recompute_touched()
    ines.post(week_of(crew), answer(crew))
    ines.post(week_of(crew, "review_hold"))
    found = ines.get(week_of(crew)).context
    assert (figure(found, "meetings_count")["value"], found["is_corrected"]) == ("2", False)
    record(cancel("m1"))
    recompute_touched()
    found = ines.get(week_of(crew)).context
    row = figure(found, "meetings_count")
    assert (row["value"], row["later"], found["is_corrected"]) == ("2", "1", True)
    # in the other language it is the same page
    found = of(crew, crew.ines, "fr").get(week_of(crew)).context
    assert figure(found, "meetings_count")["label"] == "Rendez-vous effectués"
    assert figure(found, "meetings_count")["later"] == "1"


def test_a_refused_decision_says_so_at_its_field(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    page = ines.post(week_of(crew), answer(crew, note="", due_on="2026-03-01"))
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {"note"}
    page = ines.post(week_of(crew), answer(crew, due_on="2026-03-01"))
    assert set(page.context["form"].errors) == {"due_on"}
    page = ines.post(week_of(crew), answer(crew, owner=crew.noor.pk))
    assert set(page.context["form"].errors) == {"owner"}
    held = ines.post(week_of(crew, "review_hold"), follow=True)
    assert "Nothing is decided yet." in held.content.decode()
    assert not Review.objects.exclude(held_at=None).exists()
    assert not Decision.objects.exists()


def test_who_reads_figures_of_everybody_reads_figures_and_nothing_about_single_people(
    crew: Crew,
) -> None:
    ines = of(crew, crew.ines)
    ines.post(week_of(crew), answer(crew, note="Words about Hugo."))
    for is_held in (False, True):
        if is_held:
            ines.post(week_of(crew, "review_hold"))
        for right in ("hr", "admin", "executive"):
            User.objects.filter(email=f"{right}@example.org").delete()
            client = office(right)
            page = client.get(week_of(crew))
            assert page.status_code == 200
            assert page.context["figures"]
            assert "alerts" not in page.context
            assert "what became of them" not in page.content.decode()
            assert page.context["decisions"] == []
            assert "Words about Hugo." not in page.content.decode()
            assert client.post(week_of(crew), answer(crew)).status_code == 404
            assert client.post(week_of(crew, "review_hold")).status_code == 404
            made = Decision.objects.get()
            closing = reverse("cockpit:review_decision", args=[made.pk])
            assert client.get(closing).status_code == 404


def test_no_other_manager_and_no_rep_gets_in(crew: Crew) -> None:
    of(crew, crew.ines).post(week_of(crew), answer(crew))
    made = Decision.objects.get()
    for person in (crew.paul, crew.hugo):
        client = of(crew, person)
        assert client.get(week_of(crew)).status_code == 404
        assert client.post(week_of(crew), answer(crew)).status_code == 404
        assert client.post(week_of(crew, "review_hold")).status_code == 404
        assert client.get(week_of(crew, "review_pdf", "fr")).status_code == 404
        assert client.get(reverse("cockpit:review_decision", args=[made.pk])).status_code == 404
    assert of(crew, crew.hugo).get(reverse("cockpit:reviews")).status_code == 404
    assert of(crew, crew.paul).get(reverse("cockpit:reviews")).status_code == 200


def test_an_address_is_of_days_of_its_kind_that_have_come(crew: Crew) -> None:
    ines, north = of(crew, crew.ines), f"team-{crew.north.pk}"

    def status(*args: str) -> int:
        return ines.get(reverse("cockpit:review", args=args)).status_code

    assert status(north, "weekly", "2026-03-23") == 200
    assert status(north, "weekly", "2026-03-24") == 404
    assert status(north, "weekly", "2026-03-30") == 404
    assert status(north, "weekly", "20260323") == 404
    assert status(north, "weekly", "1800-01-06") == 404
    assert status(north, "daily", "2026-03-23") == 404
    assert status("team-x", "weekly", "2026-03-23") == 404
    assert status("company", "monthly", "2026-02-01") == 404


def test_the_company_is_the_affair_of_the_direction(crew: Crew) -> None:
    eve = office("executive")
    address = reverse("cockpit:review", args=["company", "monthly", "2026-02-01"])
    found = eve.get(address).context
    assert figure(found, "revenue_booked")["exact"] == "900"
    assert figure(found, "revenue_booked")["of"] == "45%"
    assert "alerts" not in found
    weekly = reverse("cockpit:review", args=["company", "weekly", WEEK])
    assert eve.get(weekly).status_code == 404
    owners = dict(found["form"].fields["owner"].choices)
    assert sorted(owners.values()) == ["Inès Roy", "Paul Blanc"]
    eve.post(address, answer(crew, owner=crew.ines.pk))
    assert eve.post(address.rstrip("/") + "/hold/").status_code == 302
    assert eve.get(address).context["state"] == "was held"


def test_the_list_says_what_is_due_held_and_missed(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    found = ines.get(reverse("cockpit:reviews")).context
    assert [plain(one["title"]) for one in found["due"]] == [
        "Weekly review, 16–22 Mar 2026",
        "Monthly review, February 2026",
        "Quarterly review, 1 Oct – 31 Dec 2025",
    ]
    ines.post(week_of(crew), answer(crew))
    ines.post(week_of(crew, "review_hold"))
    with time_machine.travel("2026-04-07T08:00:00Z", tick=False):
        rows = ines.get(reverse("cockpit:reviews")).context["rows"]
    weeks = [
        (plain(one["days"]), one["state"], one["by"]) for one in rows if "Weekly" in one["ritual"]
    ]
    assert weeks == [
        ("6–12 Apr 2026", "running", ""),
        ("30 Mar – 5 Apr 2026", "due", ""),
        ("23–29 Mar 2026", "missed", ""),
        ("16–22 Mar 2026", "was held", "Inès Roy"),
    ]


def test_nothing_was_missed_before_the_first_that_was_held(crew: Crew) -> None:
    ines, address = of(crew, crew.ines), week_of(crew)
    with time_machine.travel("2026-04-07T08:00:00Z", tick=False):
        assert "state" not in ines.get(address).context
    before = reverse("cockpit:review", args=[f"team-{crew.north.pk}", "weekly", "2026-03-09"])
    after = reverse("cockpit:review", args=[f"team-{crew.north.pk}", "weekly", "2026-03-23"])
    ines.post(address, answer(crew))
    ines.post(week_of(crew, "review_hold"))
    with time_machine.travel("2026-04-07T08:00:00Z", tick=False):
        assert "state" not in ines.get(before).context
        assert ines.get(after).context["state"] == "missed"


def test_it_prints_in_both_languages(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    ines.post(week_of(crew), answer(crew))
    for language in ("fr", "en"):
        paper = ines.get(week_of(crew, "review_pdf", language))
        assert paper["Content-Type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF-")
    assert ines.get(week_of(crew, "review_pdf", "de")).status_code == 404


def test_a_decision_is_closed_where_it_stands(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    ines.post(week_of(crew), answer(crew))
    made = Decision.objects.get()
    address = reverse("cockpit:review_decision", args=[made.pk])
    assert ines.get(address).status_code == 200
    assert set(ines.post(address, {"outcome": ""}).context["form"].errors) == {"outcome"}
    assert ines.post(address, {"outcome": "He does."}).status_code == 302
    (row,) = ines.get(week_of(crew)).context["decisions"]
    assert (row["outcome"], row["close"]) == ("He does.", "")


def test_who_has_to_do_something_reads_it_and_not_whom_it_is_about(crew: Crew) -> None:
    ines, hugo = of(crew, crew.ines), of(crew, crew.hugo)
    assert hugo.get(reverse("cockpit:me")).context["decided"] == []
    ines.post(week_of(crew), answer(crew, person=crew.ines.pk))
    ines.post(week_of(crew), answer(crew, note="For myself.", owner=crew.ines.pk))
    (row,) = hugo.get(reverse("cockpit:me")).context["decided"]
    assert (row["note"], row["due"], row["by"]) == ("Calls before ten.", "3 Apr 2026", "Inès Roy")
    assert {"about", "alert", "close"}.isdisjoint(row)
    made = Decision.objects.get(owner=crew.hugo)
    ines.post(reverse("cockpit:review_decision", args=[made.pk]), {"outcome": "He does."})
    assert hugo.get(reverse("cockpit:me")).context["decided"] == []


def test_nothing_is_closed_on_a_page_of_the_past(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    alert = Alert.objects.get(person=crew.hugo)
    ines.post(week_of(crew), answer(crew, alert=alert.pk))
    shown = ines.get(week_of(crew)).context
    assert [bool(one["close"]) for one in shown["actions"]] == [True]
    ines.post(week_of(crew, "review_hold"))
    shown = ines.get(week_of(crew)).context
    assert [(one["name"], one["close"]) for one in shown["actions"]] == [("Hugo Petit", "")]
    assert [bool(one["close"]) for one in shown["decisions"]] == [True]
