"""What changed in the figures of one person: beside whom, why, the largest fall first."""

from datetime import date

import pytest
from django.utils import translation

from cockpit.changes import changes_of
from kpis.services import recompute_touched
from tests.kpis.crew import Crew, event, make_crew, record

DAY = date(2026, 3, 20)


@pytest.fixture
def crew(db: None) -> Crew:
    """Hugo sold a bike and bells in February, and only bells in March; he met more people."""
    crew = make_crew()
    for number, (day, kind, amount, product) in enumerate((
        ("2026-02-10", "deal_won", 1000, "bike"),
        ("2026-02-11", "deal_won", 100, "bell"),
        ("2026-02-28", "deal_won", 5000, "bike"),  # later than the same days
        ("2026-03-10", "deal_won", 300, "bell"),
        ("2026-02-10", "meeting_held", None, ""),
        ("2026-03-09", "meeting_held", None, ""),
        ("2026-03-10", "meeting_held", None, ""),
    )):  # fmt: skip
        record(event(f"e{number}", f"{day} 10:00", "P2", kind=kind, amount=amount,
                     product=product))  # fmt: skip
    recompute_touched()
    return crew


def test_each_figure_stands_beside_the_others_with_its_reason(crew: Crew) -> None:
    with translation.override("en"):
        rows = {row["kpi"]: row for row in changes_of(crew.hugo.pk, DAY)}
    revenue = rows["Revenue"]
    assert (revenue["value"], revenue["previous"]["value"], revenue["previous"]["change"]) == (
        "€300", "€1,100", "−€800",
    )  # fmt: skip
    assert (revenue["previous"]["tone"], revenue["why"]) == ("bad", "Mostly Bike: −€1,000")
    # three people have the job, but only two of them were in his team
    assert (revenue["role"]["value"], revenue["team"]["value"]) == ("€100", "–")
    average = rows["Average deal size"]
    assert average["why"].startswith("Booked revenue: from €1,100 to €300, an effect of ")
    assert rows["Meetings held"]["why"] == ""  # no product is told of meetings


def test_the_largest_fall_stands_first_and_a_rise_last(crew: Crew) -> None:
    with translation.override("en"):
        names = [row["kpi"] for row in changes_of(crew.hugo.pk, DAY)]
    assert names[0] == "Revenue"
    assert names[-1] == "Meetings held"


def test_somebody_without_a_place_has_no_sheet_of_changes(crew: Crew) -> None:
    assert changes_of(crew.hugo.pk, date(2020, 1, 1)) == []
