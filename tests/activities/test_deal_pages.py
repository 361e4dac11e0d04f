"""Pages of deals: the next to close first, who may say a day, and how often it was put off."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.deals.queries import OpenDeals
from activities.models import Deal, DealPlan
from activities.services import record_deal_stages
from people.models import User
from tests.activities.conftest import Crew
from tests.activities.test_deals import ENGAGED, WON

NOW = datetime(2026, 6, 10, 9, tzinfo=UTC)
LIST = "/deals/"
APRIL, MAY, JUNE = date(2026, 4, 30), date(2026, 5, 29), date(2026, 6, 30)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def plan(name: str, owner: str, *days: date) -> int:
    deal = replace(ENGAGED, external_id=name, name=name, owner=owner)
    for number, day in enumerate(days or (None,)):
        at = datetime(2026, 3, 2 + number, 9, tzinfo=UTC)
        told = replace(deal, planned_close_on=day)
        record_deal_stages(actor=None, source="crm", deals=[told], recorded_at=at)
    return Deal.objects.get(external_id=name).pk


def lines(user: User, query: str = "") -> list[list[str]]:
    response = client_of(user).get(LIST + query)
    assert response.status_code == 200
    (body,) = re.findall(r"<tbody>(.*?)</tbody>", response.content.decode(), re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
            for row in rows]  # fmt: skip


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


@pytest.fixture(autouse=True)
def in_june(crew: Crew) -> object:
    User.objects.update(language="en")
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_next_to_close_comes_first_and_what_has_passed_says_so(crew: Crew) -> None:
    plan("June", "P1", JUNE)
    plan("Never said", "P1")
    plan("Slipped", "P1", APRIL, MAY)
    plan("Of Hugo", "P2", JUNE)
    record_deal_stages(actor=None, source="crm", deals=[replace(WON, external_id="Done")])
    mine = lines(crew.lea_user)
    assert [row[0] for row in mine] == ["Slipped Isdom", "June Isdom", "Never said Isdom"]
    assert mine[0][-1] == "29 May 2026 has passed put off once, by 29 days"
    assert mine[0][-2] == "€4,821"  # the list price, as the deal says nothing
    assert [row[-1] for row in mine[1:]] == ["30 Jun 2026", "–"]
    led = lines(crew.ines_user)
    assert [row[:2] for row in led][:2] == [["Slipped Isdom", "Léa Martin"],
                                            ["June Isdom", "Léa Martin"]]  # fmt: skip
    assert [row[0] for row in lines(crew.ines_user, f"?person={crew.hugo.pk}")] == ["Of Hugo Isdom"]
    assert client_of(crew.lea_user).get(f"{LIST}?person={crew.hugo.pk}").status_code == 404
    assert client_of(crew.hr).get(LIST).status_code == 404


def test_a_page_beyond_the_last_is_the_last(crew: Crew) -> None:
    plan("June", "P1", JUNE)
    assert [row[0] for row in lines(crew.lea_user, "?page=9")] == ["June Isdom"]


def test_a_long_list_is_cut_by_the_database_in_one_order(crew: Crew) -> None:
    days = (JUNE, MAY, None)
    for number in range(7):
        plan(f"D{number}", "P1", *([day] if (day := days[number % 3]) else []))
    whole = OpenDeals([crew.lea.pk])
    names = [row.name for row in whole[:]]
    # May, June, never said; of one day by number, for all are worth the same
    assert names == ["D1", "D4", "D0", "D3", "D6", "D2", "D5"]
    assert len(whole) == 7
    assert [row.name for row in whole[2:5]] == names[2:5]
    assert [row.name for row in whole[5:10]] == names[5:]
    assert (whole[6].name, whole[7:9]) == ("D5", [])
    with CaptureQueriesContext(connection) as asked:
        assert len(whole[2:5]) == 3
    (cut,) = [one["sql"] for one in asked if "LIMIT" in one["sql"]]
    assert "LIMIT 3 OFFSET 2" in cut


def test_without_a_deal_the_page_says_where_they_come_from(crew: Crew) -> None:
    response = client_of(crew.lea_user).get(LIST)
    assert "No open deal" in response.content.decode()


def test_the_owner_and_who_leads_say_a_day_and_nobody_else(crew: Crew) -> None:
    pk = plan("D1", "P1", MAY)
    page = reverse("activities:deal", args=[pk])
    assert client_of(crew.hr).post(page, {"close_on": "2026-07-01"}).status_code == 404
    hugo = User.objects.create_user("hugo@example.org", "x", person=crew.hugo)
    assert client_of(hugo).get(page).status_code == 404
    assert client_of(crew.lea_user).post(page, {"close_on": "2026-06-30"}).status_code == 302
    assert client_of(crew.ines_user).post(page, {"close_on": ""}).status_code == 302
    said = DealPlan.objects.order_by("id").values_list("close_on", "recorded_by")
    assert list(said) == [(MAY, None), (JUNE, crew.lea_user.pk), (None, crew.ines_user.pk)]
    text = client_of(crew.hr).get(page).content.decode()
    assert "put off once, by 32 days" in text
    assert 'name="close_on"' not in text


def test_what_cannot_be_right_is_said_beside_the_field(crew: Crew) -> None:
    pk = plan("D1", "P1", MAY)
    page = reverse("activities:deal", args=[pk])
    response = client_of(crew.lea_user).post(page, {"close_on": "1066-10-14"})
    assert "The year 1066 cannot be right." in response.content.decode()
    assert DealPlan.objects.count() == 1


def test_a_closed_deal_has_its_way_and_no_form(crew: Crew) -> None:
    plan("D1", "P1", MAY)
    record_deal_stages(actor=None, source="crm", deals=[WON])
    page = reverse("activities:deal", args=[Deal.objects.get().pk])
    text = client_of(crew.lea_user).get(page).content.decode()
    assert 'name="close_on"' not in text
    assert client_of(crew.lea_user).post(page, {"close_on": "2026-07-01"}).status_code == 404
    events = re.findall(r'<p class="title">(.*?)</p>', text)
    assert events == ["29 May 2026", "Won", "Engaging"]
