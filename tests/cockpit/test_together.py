"""Of a team or the company, the figures of those who have an objective are held against these."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest
import time_machine
from django.urls import reverse

from cockpit.together import of_company, of_heat
from kernel.periods import Period
from kpis.queries import catalogue, team_heatmap
from kpis.queries.objectives import pace_of
from kpis.services import ObjectiveInput, recompute_touched, set_objective
from people import queries as people
from people.models import User
from tests.cockpit.test_pages import FRIDAY, signed_in
from tests.kpis.crew import Crew, at, event, make_crew, plain, record

REVENUE = "revenue_booked"
FEBRUARY, MARCH = Period.month(date(2026, 2, 1)), Period.month(date(2026, 3, 1))
QUARTER = Period.quarter(date(2026, 3, 1))


@pytest.fixture(autouse=True)
def on_friday() -> Iterator[None]:
    with time_machine.travel(FRIDAY, tick=False):
        yield


@pytest.fixture
def crew(db: None) -> Crew:
    """In North Léa (until 14 March) sold 300 and Hugo 200; only Hugo has an objective."""
    found = make_crew()
    for number, when, who, amount in (
        ("f1", "2026-02-10 10:00", "P2", 900),
        ("w1", "2026-03-10 10:00", "P1", 300),
        ("w2", "2026-03-19 10:00", "P1", 500),
        ("w3", "2026-03-11 10:00", "P2", 200),
    ):
        won = event(number, when, who, kind="deal_won", amount=amount)
        record(won, recorded_at=at(when))
    aim("P2", 1000, MARCH)
    recompute_touched()
    return found


def aim(person: str, target: int, days: Period) -> None:
    wanted = ObjectiveInput(REVENUE, Fraction(target), days.start, days.end, person=person)
    set_objective(actor=None, objective=wanted)


def test_a_team_says_what_those_with_an_objective_reached(crew: Crew) -> None:
    page = signed_in(crew.user_of(crew.ines)).get(reverse("cockpit:team"))
    heads = [one["key"] for one in page.context["heat"]["heads"]]
    total = page.context["heat"]["totals"][heads.index(REVENUE)]
    assert total == {
        "value": "€500",
        "target": "€1,000",
        "of": "20%",
        "note": "€200 by those with an objective (1 of 2)",
    }
    assert total["note"] in page.content.decode()


def test_when_everybody_has_one_there_is_nothing_to_say(crew: Crew) -> None:
    aim("P3", 500, MARCH)
    heat = team_heatmap(crew.south.pk, MARCH, date(2026, 3, 20), kpi_keys=[REVENUE])
    (found,) = of_heat(heat)
    assert found is not None
    # Léa is in South since 15 March and has none
    assert plain(found.target, found.reached, found.with_one, found.people) == (500, 0, 1, 2)
    aim("P1", 1500, MARCH)
    heat = team_heatmap(crew.south.pk, MARCH, date(2026, 3, 20), kpi_keys=[REVENUE])
    (found,) = of_heat(heat)
    assert found is not None
    assert plain(found.target, found.reached, found.with_one, found.people) == (2000, 800, 2, 2)
    assert found.note(Fraction(800), catalogue(MARCH.last).kpi(REVENUE), "EUR") == ""


def test_a_review_holds_like_against_like_on_the_page(crew: Crew) -> None:
    address = reverse("cockpit:review", args=[f"team-{crew.north.pk}", "monthly", "2026-03-01"])
    page = signed_in(crew.user_of(crew.ines)).get(address)
    (row,) = [one for one in page.context["figures"] if one["key"] == REVENUE]
    assert [row[name] for name in ("value", "target", "of", "of_note", "band")] == [
        "€500", "€1,000", "20%", "€200 by those with an objective (1 of 2)", "bad",
    ]  # fmt: skip
    assert row["of_note"] in page.content.decode()


def test_an_objective_of_the_team_itself_is_held_against_all_of_it(crew: Crew) -> None:
    wanted = ObjectiveInput(REVENUE, Fraction(2000), MARCH.start, MARCH.end, team="north")
    set_objective(actor=None, objective=wanted)
    address = reverse("cockpit:review", args=[f"team-{crew.north.pk}", "monthly", "2026-03-01"])
    page = signed_in(crew.user_of(crew.ines)).get(address)
    (row,) = [one for one in page.context["figures"] if one["key"] == REVENUE]
    assert (row["target"], row["of"], row["of_note"]) == ("€2,000", "25%", "")


def test_the_company_counts_whom_and_when_the_objectives_are_about(crew: Crew) -> None:
    day = date(2026, 3, 20)
    calendar = people.company().calendar
    month, quarter = (of_company(REVENUE, one, day) for one in (MARCH, QUARTER))
    # the 900 that Hugo sold in February stand against no objective
    assert month == quarter
    assert month is not None
    assert plain(month.target, month.reached, month.with_one, month.people) == (1000, 200, 1, 3)
    assert month.pace == pace_of("money", MARCH, day, calendar)
    aim("P2", 3000, FEBRUARY)
    both = of_company(REVENUE, QUARTER, day)
    assert both is not None
    assert plain(both.target, both.reached, both.with_one) == (4000, 1100, 1)
    paced = pace_of("money", MARCH, day, calendar)
    assert paced is not None
    assert both.pace == (3000 + 1000 * paced) / 4000
    assert of_company(REVENUE, Period.month(date(2026, 1, 1)), day) is None


def test_the_direction_reads_who_is_counted(crew: Crew) -> None:
    eve = User.objects.create_user("eve@example.org", "x", rights=["executive"])
    page = signed_in(eve).get(reverse("cockpit:direction"))
    month, quarter = page.context["figures"]
    assert (month["value"], month["reached"], month["target"]) == ("€1,000", "€200", "€1,000")
    assert (month["percent"], quarter["percent"]) == (20, 20)
    assert month["of"] == "€200 by those with an objective (1 of 3)"
    assert month["of"] in page.content.decode()
