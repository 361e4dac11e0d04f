"""Pages: what each viewer finds on them, the fragment of the board, issues beside the field."""

import re
from datetime import date
from fractions import Fraction
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kernel.issues import Invalid
from kernel.periods import parse_period
from kpis.models import KpiVersion, Objective
from kpis.queries import kpi_values
from kpis.services import ObjectiveInput, change_formula, recompute_touched, set_objective
from kpis.windows import PageWindow, window_of
from people.models import User
from tests.kpis.crew import Crew, event, plain, record

TODAY = date(2026, 3, 20)
MARCH = parse_period("2026-03")
IN_MARCH = {"window": "month", "on": "2026-03-01"}


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    user.language = "en"
    user.save(update_fields=["language"])
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def race(crew: Crew) -> Crew:
    for number, who, amount in ((1, "P1", 300), (2, "P2", 200), (3, "P3", 200)):
        record(event(f"w{number}", "2026-03-10 10:00", who, kind="deal_won", amount=amount,
                     account="Acme"))  # fmt: skip
    recompute_touched()
    return crew


def test_the_board_shows_ranks_and_my_gap(race: Crew) -> None:
    client = signed_in(race.user_of(race.hugo))

    page = client.get(reverse("kpis:leaderboard"), {**IN_MARCH, "kpi": "revenue_booked"})

    text = page.content.decode()
    assert page.templates[0].name == "kpis/leaderboard.html"
    assert names_on(text) == ["Léa Martin", "Hugo Petit", "Noor Haddad"]
    assert "€100 to rank 1" in text
    assert "€300" in text
    assert 'data-live="board"' in text
    # a rep may open the reasons of their own figure only
    assert text.count(f"/kpis/explain/revenue_booked/{race.hugo.pk}/") > 0
    assert f"/kpis/explain/revenue_booked/{race.lea.pk}/" not in text


def test_the_fragment_is_the_board_alone(race: Crew) -> None:
    client = signed_in(race.admin)

    page = client.get(reverse("kpis:leaderboard"), IN_MARCH, headers={"HX-Request": "true"})

    text = page.content.decode()
    assert text.lstrip().startswith("<section")
    assert "<html" not in text
    assert "Léa Martin" in text


@pytest.mark.parametrize(
    "query",
    [
        {"kpi": "nonsense", "by": "moon", "window": "century"},
        {"window": "custom", "from": "2026-03-31", "until": "2026-03-01"},
        {"window": "custom", "from": "yesterday"},
        {"on": "2026-99-99"},
        {"on": "9999-12-31", "window": "year"},
        {"period": "2026-13"},
    ],
)
def test_an_odd_address_shows_this_month(race: Crew, query: dict[str, str]) -> None:
    page = signed_in(race.admin).get(reverse("kpis:leaderboard"), query)

    assert page.status_code == 200


@pytest.mark.parametrize("by", ["person", "team", "region", "role", "account"])
@pytest.mark.parametrize("window", ["day", "week", "month", "quarter", "year"])
def test_every_window_and_kind_of_board(race: Crew, by: str, window: str) -> None:
    client = signed_in(race.admin)

    page = client.get(reverse("kpis:leaderboard"), {"by": by, "window": window, "on": "2026-03-10"})

    wanted = {"person": "Léa Martin", "team": "North", "region": "West", "account": "Acme"}
    assert wanted.get(by, "Account executive") in page.content.decode()


def test_a_board_of_accounts_has_pages_and_keeps_its_place(race: Crew) -> None:
    record(
        *(
            event(f"a{at}", "2026-03-11 10:00", kind="deal_won", amount=at + 1,
                  account=f"Store {at:03}")
            for at in range(60)
        )
    )  # fmt: skip
    recompute_touched()
    client, url = signed_in(race.admin), reverse("kpis:leaderboard")
    query = IN_MARCH | {"kpi": "revenue_booked", "by": "account"}

    first = client.get(url, query).content.decode()
    second = client.get(url, query | {"page": "2"}).content.decode()
    far = client.get(url, query | {"page": "99"}).content.decode()

    assert first.count('data-key="account-') == 50
    assert second.count('data-key="account-') == 11
    assert "page 1 of 2" in first
    assert "page 2 of 2" in second
    assert "page 2 of 2" in far
    # the fragment that news fetch is the page that one looks at
    (fetched,) = re.findall(r'hx-get="([^"]+)" hx-trigger="live"', second)
    again = client.get(unescape(fetched), headers={"HX-Request": "true"}).content.decode()
    assert "page 2 of 2" in again
    assert names_on(again) == names_on(second)
    assert not set(names_on(first)) & set(names_on(second))


def names_on(text: str) -> list[str]:
    return [name.strip() for name in re.findall(r'class="name"><span>([^<]+)', text)]


def test_a_board_of_open_figures_says_so(race: Crew) -> None:
    url, query = reverse("kpis:leaderboard"), IN_MARCH | {"kpi": "revenue_booked", "by": "account"}
    said = "Made of the figures that are open to you, and no others."

    hugo = signed_in(race.user_of(race.hugo)).get(url, query).content.decode()
    admin = signed_in(race.admin).get(url, query).content.decode()

    assert said in hugo
    assert "€200" in hugo
    assert "€700" not in hugo
    assert "€700" in admin
    assert said not in admin
    people = signed_in(race.user_of(race.hugo)).get(url, query | {"by": "person"})
    assert said not in people.content.decode()


def test_a_board_that_no_record_names_anything_for_says_so(race: Crew) -> None:
    query = IN_MARCH | {"kpi": "revenue_booked", "by": "segment"}

    page = signed_in(race.admin).get(reverse("kpis:leaderboard"), query)

    assert "No record that counts for this KPI names any." in page.content.decode()


def test_the_board_asks_as_often_for_a_crowd(race: Crew) -> None:
    client = signed_in(race.admin)
    url = reverse("kpis:leaderboard")
    client.get(url, IN_MARCH)
    with CaptureQueriesContext(connection) as seen:
        client.get(url, IN_MARCH)

    assert len(seen) <= 24


def test_windows_move_by_their_own_kind() -> None:
    window = window_of({"window": "quarter", "on": "2026-05-05"}, TODAY)

    assert window == PageWindow("quarter", parse_period("2026-Q2"))
    assert window.moved(forward=True).period == parse_period("2026-Q3")
    assert window.moved(forward=False).period == parse_period("2026-Q1")
    custom = window_of({"window": "custom", "from": "2026-03-02", "until": "2026-03-04"}, TODAY)
    assert custom.period == parse_period("2026-03-02/2026-03-05")
    assert custom.moved(forward=True).period == parse_period("2026-03-05/2026-03-08")
    assert window_of(custom.query(), TODAY) == custom


def test_the_reasons_of_a_figure(race: Crew) -> None:
    client = signed_in(race.user_of(race.lea))
    address = reverse("kpis:explain", args=["average_deal", race.lea.pk])

    text = client.get(address, {"period": str(MARCH)}).content.decode()

    assert "Booked revenue ÷ Deals won = 300" in text
    assert "Booked revenue" in text
    assert "crm w1" in text
    drawer = client.get(address, {"period": str(MARCH)}, headers={"HX-Request": "true"})
    assert "<html" not in drawer.content.decode()
    assert client.get(address.replace("average_deal", "nothing")).status_code == 404


def test_the_reasons_of_a_stock_are_its_deals(race: Crew) -> None:
    client = signed_in(race.admin)
    address = reverse("kpis:explain", args=["weighted_forecast", race.lea.pk])

    assert client.get(address, {"period": str(MARCH)}).status_code == 200


def test_the_dictionary_for_all_and_its_change_for_admins(race: Crew) -> None:
    url = reverse("kpis:kpi", args=["closing_rate"])
    change = reverse("kpis:formula", args=["closing_rate"])

    assert change not in signed_in(race.user_of(race.lea)).get(url).content.decode()
    text = signed_in(race.admin).get(url).content.decode()
    assert change in text
    assert "deals_won / (deals_won + deals_lost) * 100" in text


def test_a_wrong_formula_is_refused_beside_the_field(race: Crew) -> None:
    client = signed_in(race.admin)
    url = reverse("kpis:formula", args=["closing_rate"])
    data = {"formula": "deals_wno / leads", "valid_from": "2026-04-01", "reason": "try"}

    text = client.post(url, data).content.decode()

    assert "There is no value called &quot;deals_wno&quot;." in text
    assert "Did you mean &quot;deals_won&quot;?" in text
    assert KpiVersion.objects.filter(kpi__key="closing_rate").count() == 1
    circle = {**data, "formula": "closing_rate * 2"}
    assert "closing_rate → closing_rate" in client.post(url, circle).content.decode()


def test_a_formula_holds_from_its_day_on(race: Crew) -> None:
    client = signed_in(race.admin)
    url = reverse("kpis:formula", args=["revenue_booked"])
    data = {"formula": "revenue * 2", "valid_from": "2026-04-01", "reason": "new way"}

    assert client.post(url, data).status_code == 302

    values = [
        kpi_values("revenue_booked", period=period)[0].figure.value
        for period in (MARCH, parse_period("2026-Q2"), parse_period("2026"))
    ]
    assert values == [700, 0, 1400]
    with pytest.raises(Invalid, match="from 2026-03-01 on or later"):
        change_formula(
            actor=None, kpi_key="revenue_booked", formula="revenue",
            valid_from=date(2026, 3, 1), reason="back",
        )  # fmt: skip


def test_a_manager_sets_and_withdraws_for_the_own_team_only(race: Crew) -> None:
    client = signed_in(race.user_of(race.ines))
    url = reverse("kpis:objective_new")
    data = {
        "who": "person:P2", "kpi": "revenue_booked", "valid_from": "2026-03-01",
        "last_day": "2026-03-31", "target": "1000.50",
    }  # fmt: skip

    assert client.post(url, data).status_code == 302
    made = Objective.objects.get()
    assert plain(made.person, made.target, made.valid_to) == (
        race.hugo,
        Fraction(2001, 2),
        MARCH.end,
    )
    refused = client.post(url, {**data, "who": "person:P3"})
    assert refused.status_code == 200
    assert Objective.objects.count() == 1
    assert "can mean" in client.post(url, {**data, "target": "1,234"}).content.decode()

    withdraw = reverse("kpis:objective_withdraw", args=[made.pk])
    other = signed_in(race.user_of(race.paul))
    assert other.post(withdraw, {"reason": "x"}).status_code == 404
    assert client.post(withdraw, {"reason": "left"}).status_code == 302
    made.refresh_from_db()
    assert made.status == "withdrawn"


def test_a_manager_neither_sets_nor_withdraws_their_own_objective(race: Crew) -> None:
    # pay follows objectives: whoever is paid by one does not choose it
    client = signed_in(race.user_of(race.ines))
    data = {
        "who": "person:P4", "kpi": "revenue_booked", "valid_from": "2026-03-01",
        "last_day": "2026-03-31", "target": "1",
    }  # fmt: skip
    assert client.post(reverse("kpis:objective_new"), data).status_code == 200
    assert not Objective.objects.exists()
    given = set_objective(
        actor=race.admin,
        objective=ObjectiveInput("revenue_booked", Fraction(900), MARCH.start, MARCH.end, "P4"),
    )
    withdraw = reverse("kpis:objective_withdraw", args=[given.pk])
    assert client.post(withdraw, {"reason": "too much"}).status_code == 404
    given.refresh_from_db()
    assert given.status == "accepted"


def test_a_rep_sees_own_objectives_with_the_figure(race: Crew) -> None:
    today = race.user_of(race.lea)
    start, end = date(2026, 1, 1), date(2027, 1, 1)
    for who in ("P1", "P2"):
        set_objective(
            actor=None,
            objective=ObjectiveInput("revenue_booked", Fraction(900), start, end, person=who),
        )

    asked = {"on": "2026-11-20"}
    text = signed_in(today).get(reverse("kpis:objectives"), asked).content.decode()

    assert "Léa Martin" in text
    assert "Hugo Petit" not in text
    assert "33%" in text


def test_a_window_without_records_says_so(race: Crew) -> None:
    client = signed_in(race.admin)

    text = client.get(
        reverse("kpis:leaderboard"), {"window": "month", "on": "2025-06-01"}
    ).content.decode()

    assert "Nothing to rank in this window" in text
    assert "Léa Martin" not in text


@pytest.mark.parametrize(
    "query",
    [
        {"on": "0001-01-01"},
        {"window": "week", "on": "0001-01-03"},
        {"window": "year", "on": "0001-01-01"},
        {"period": "0001"},
        {"window": "custom", "from": "0001-01-01", "until": "9999-12-30"},
        {"on": "9999-12-01"},
    ],
)
def test_a_window_at_the_end_of_time_is_no_error_of_ours(crew: Crew, query: dict[str, str]) -> None:
    client = Client()
    client.force_login(crew.admin, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(reverse("kpis:leaderboard"), query).status_code == 200
