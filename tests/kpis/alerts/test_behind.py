"""The records behind an alert where there is no figure of a KPI, and the sheet for the talk."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.urls import reverse

from activities.inputs import DealInput
from activities.services import record_deal_stages
from kpis.models import Alert
from tests.kpis.alerts.scenes import NOW, calls, check, rule
from tests.kpis.alerts.test_checking import deal
from tests.kpis.alerts.test_pages import SEEN, client_of
from tests.kpis.crew import Crew, at, event, record


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def behind(crew: Crew, alert: Alert) -> list[str]:
    page = client_of(crew, crew.ines).get(reverse("kpis:alert", args=[alert.pk]))
    return [row["title"] for row in page.context["records"]]


def test_behind_silence_are_the_last_records_before_it(crew: Crew) -> None:
    rule("silence", days="3")
    calls("h", "2026-03-12 10:00", "P2")
    calls("later", "2026-03-13 10:00", "P2", kind="email")
    check()
    assert behind(crew, Alert.objects.get(person=crew.hugo)) == ["E-mail", "Call"]


def test_behind_a_quiet_deal_are_the_records_about_it_whoever_made_them(crew: Crew) -> None:
    rule("deal", days="5")
    opened = [deal("D1", "2026-03-02 10:00", "P2"), deal("D2", "2026-03-02 10:00", "P2")]
    record_deal_stages(actor=None, source="crm", deals=opened, recorded_at=NOW)
    record(event("before", "2026-02-20 10:00", "P2", account="D1 SA"))
    record(event("about", "2026-03-04 10:00", "P3", account="D1 SA"))
    record(event("other", "2026-03-05 10:00", "P2", account="D2 SA", kind="email"))
    check()
    found = Alert.objects.get(seen__name="D1")
    assert behind(crew, found) == ["Call", "Opportunity created"]


def test_behind_a_deal_that_nobody_dated_are_the_records_that_name_it(crew: Crew) -> None:
    """Since when its account is about the deal, nobody can say."""
    rule("deal", days="60", late="2")
    undated = DealInput(external_id="D1", stage="prospecting", owner="P2", name="D1",
                        account="D1 SA", planned_close_on=date(2026, 3, 2))  # fmt: skip
    record_deal_stages(
        actor=None, source="crm", deals=[undated], recorded_at=at("2026-03-01 10:00")
    )
    record(event("account", "2026-03-04 10:00", "P3", account="D1 SA"))
    check()
    assert behind(crew, Alert.objects.get(seen__name="D1")) == []


def test_behind_a_figure_is_its_own_explanation(crew: Crew) -> None:
    rule("level", kpi="calls_count", days="5", limit="3")
    check()
    found = Alert.objects.get(person=crew.hugo)
    assert behind(crew, found) == []
    page = client_of(crew, crew.ines).get(reverse("kpis:alert", args=[found.pk]))
    assert page.context["why"].startswith(
        reverse("kpis:explain", args=["calls_count", crew.hugo.pk])
    )


def test_the_sheet_for_the_talk_names_what_is_open_to_who_leads_alone(crew: Crew) -> None:
    made = rule("demotivation")
    Alert.objects.create(rule=made, person=crew.hugo, seen=SEEN, began_at=NOW)
    sheet = reverse("cockpit:person", args=[crew.hugo.pk])
    assert len(client_of(crew, crew.ines).get(sheet).context["alerts"]) == 1
    assert client_of(crew).get(sheet).context["alerts"] == []  # an administrator leads nobody
