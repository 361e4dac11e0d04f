"""What was held stays reachable and readable: for years, and when the fiscal year changes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils.translation import override

from cockpit.reviews.printing import document_of
from kernel.periods import Period
from kpis.calc.reviews import Ritual, State, slots
from kpis.models import ForecastLine, ForecastRun, Review
from kpis.reviews.queries import Sitting
from kpis.services import recompute_touched
from people.access import viewer_of
from people.models import Company
from tests.cockpit.reviews.test_pages import answer, figure, of
from tests.cockpit.reviews.test_who_reads import head_of_west
from tests.kpis.alerts.scenes import NOW
from tests.kpis.crew import Crew, event, make_crew, record

QUARTER = Period.quarter(date(2025, 10, 1))


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def crew(db: None) -> Crew:
    found = make_crew()
    record(event("d1", "2025-11-10 10:00", "P2", kind="deal_won", amount=900))
    recompute_touched()
    return found


def address(crew: Crew, start: date = QUARTER.start, page: str = "review", *more: str) -> str:
    args = [f"team-{crew.north.pk}", "quarterly", start.isoformat(), *more]
    return reverse(f"cockpit:{page}", args=args)


def hold(crew: Crew) -> None:
    ines = of(crew, crew.ines)
    ines.post(address(crew), answer(crew))
    assert ines.post(address(crew, QUARTER.start, "review_hold")).status_code == 302


def begin_the_year_in(month: int) -> None:
    Company.objects.update(fiscal_year_start_month=month)


def test_a_held_quarter_is_read_whenever_the_year_begins(crew: Crew) -> None:
    hold(crew)
    begin_the_year_in(2)
    ines = of(crew, crew.ines)
    page = ines.get(address(crew))
    assert (page.status_code, page.context["state"]) == (200, "was held")
    assert figure(page.context, "revenue_booked")["value"] == "€900"
    assert [one["note"] for one in page.context["decisions"]] == ["Calls before ten."]
    assert ines.get(address(crew, QUARTER.start, "review_pdf", "en")).status_code == 200
    # of the quarters of now the address is that of now; of those of then only what was begun
    assert ines.get(address(crew, date(2025, 11, 1))).status_code == 200
    assert ines.get(address(crew, date(2025, 7, 1))).status_code == 404
    assert of(crew, crew.paul).get(address(crew)).status_code == 404


def test_the_list_has_it_beside_the_quarters_of_the_new_year(crew: Crew) -> None:
    hold(crew)
    begin_the_year_in(2)
    with time_machine.travel("2026-08-04T08:00:00Z", tick=False):
        page = of(crew, crew.ines).get(reverse("cockpit:reviews"))
    rows = [row for row in page.context["rows"] if row["ritual"] == "Quarterly review"]
    # from November to January is partly held: the quarters count from February on
    assert [(row["url"], row["state"]) for row in rows] == [
        (address(crew, date(2026, 8, 1)), "running"),
        (address(crew, date(2026, 5, 1)), "due"),
        (address(crew, date(2026, 2, 1)), "missed"),
        (address(crew), "was held"),
    ]


def test_slots_after_a_change_of_the_year_are_those_since() -> None:
    held = [Period.quarter(date(2025, 7, 1)), QUARTER, Period.quarter(date(2026, 3, 1), 2)]
    found = slots(Ritual.QUARTERLY, date(2026, 8, 4), held, 2)
    assert [(one.period.start, one.state) for one in found] == [
        (date(2026, 5, 1), State.DUE),
        (date(2026, 2, 1), State.HELD),
        (date(2025, 10, 1), State.HELD),
        (date(2025, 7, 1), State.HELD),
    ]
    # nothing is due before a whole quarter of the new year is over
    (only,) = slots(Ritual.QUARTERLY, date(2026, 2, 3), [QUARTER], 3)
    assert (only.period, only.state) == (QUARTER, State.HELD)


def test_years_of_weeks_are_reached_by_pages(crew: Crew) -> None:
    head = crew.user_of(crew.ines)
    first = date(2025, 3, 24)
    held = datetime(2025, 3, 31, 9, tzinfo=UTC)
    Review.objects.create(
        kind="weekly", team=crew.north, starts_on=first, ends_on=first + timedelta(days=7),
        held_at=held, held_by=head, kept={"en": {}},
    )  # fmt: skip
    client, found, page = of(crew, crew.ines), list[str](), "?page=1"
    while page:
        shown = client.get(reverse("cockpit:reviews") + page).context
        found += [row["url"] for row in shown["rows"]]
        page = shown["pages"]["after"]
    weeks = [url for url in found if "/weekly/" in url]
    args = [f"team-{crew.north.pk}", "weekly", first.isoformat()]
    assert weeks[-1] == reverse("cockpit:review", args=args)
    assert len(weeks) == len(set(weeks)) == 53
    assert len(found) == len(set(found))


def test_figures_of_single_people_are_for_who_may_see_them_now(crew: Crew) -> None:
    hold(crew)
    row = Review.objects.get()
    assert row.kept is not None
    for cells in row.kept.values():
        cells["weakest"] = [
            {"person": person.pk, "name": person.name, "kpi": "Revenue", "value": "1",
             "target": "2", "of": "50%", "band": "bad", "why": "/",
             "url": reverse("cockpit:person", args=[person.pk])}
            for person in (crew.hugo, crew.noor)
        ]  # fmt: skip
        # as pages of before named the person
        del cells["weakest"][1]["person"]
        cells["ahead"] |= {"without": ["Hugo Petit", "Noor Haddad"], "more": 1,
                           "whose": [crew.hugo.pk, crew.noor.pk]}  # fmt: skip
    row.save()
    page = of(crew, crew.ines).get(address(crew))
    assert [one["name"] for one in page.context["weakest"]] == ["Hugo Petit"]
    assert (page.context["ahead"]["without"], page.context["ahead"]["more"]) == (["Hugo Petit"], 2)
    assert "Noor Haddad" not in page.content.decode()
    page = of(crew, head_of_west(crew)).get(address(crew))
    assert [one["name"] for one in page.context["weakest"]] == ["Hugo Petit", "Noor Haddad"]


def test_a_quarter_stands_beside_what_was_forecast_of_it(crew: Crew) -> None:
    run = ForecastRun.objects.create(
        starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1), as_of=NOW, currency="EUR", learnt={}
    )
    weeks = [
        {"from": start, "to": end, "offset": offset, "low": low, "expected": low + 10_000,
         "high": low + 20_000, "became": 90_000}
        for start, end, offset, low in (
            ("2025-07-01", "2025-10-01", 0, 10_000),
            ("2025-10-01", "2026-01-01", 0, 60_000),
            ("2025-10-01", "2026-01-01", 7, 75_000),
        )
    ]  # fmt: skip
    ForecastLine.objects.create(
        run=run, team=crew.north, booked_minor=0, pipeline_minor=0, new_minor=0,
        correction_minor=0, low_minor=0, expected_minor=0, high_minor=0, open_deals=0,
        begun_deals=0, outcomes=weeks,
    )  # fmt: skip
    hold(crew)
    page = of(crew, crew.ines).get(address(crew))
    found = page.context["outcome"]
    assert found["became"] == "€900"
    # of this quarter only, each week with whether what came was in its range
    said = [(one["low"], one["expected"], one["high"], one["is_inside"]) for one in found["weeks"]]
    assert said == [("€600", "€700", "€800", False), ("€750", "€850", "€950", True)]
    assert "Forecast against outcome" in page.content.decode()
    sitting = Sitting(Ritual.QUARTERLY, QUARTER, crew.north.pk)
    with override("en"):
        paper = document_of(viewer_of(crew.user_of(crew.ines)), sitting, "en")
    (part,) = [one for one in paper["parts"] if one["title"] == "Forecast"]
    assert part["lines"][-1] == ("It became €900; of 2 forecasts before, 1 held it in their range.")
    # none of another team
    south = reverse("cockpit:review", args=[f"team-{crew.south.pk}", "quarterly", "2025-10-01"])
    assert of(crew, crew.paul).get(south).context["outcome"] is None
