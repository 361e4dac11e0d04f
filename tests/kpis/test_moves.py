"""Why a figure moved, from the log: windows, effects that add up, colleagues, who may see it."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cockpit.changes import changes_of
from kernel.periods import Period, parse_period
from kpis.calc.bands import Bands
from kpis.models import Kpi, Objective
from kpis.moves.presenters import change_of, group_rows, part_rows, sentence_of, tone_of
from kpis.moves.queries import LEAST_PEOPLE, Split, Subject, moves, others_of, split, windows_of
from kpis.objectives.queries import tracked
from kpis.presenters import figure_text
from kpis.queries import KpiInfo, catalogue, kpi_values, scorecard, team_heatmap
from kpis.services import change_formula, recompute_touched
from people.models import Assignment, Person, Role, User
from tests.kpis.crew import Crew, at, event, record

FEBRUARY, MARCH = parse_period("2026-02"), parse_period("2026-03")
FRIDAY = at("2026-03-20 12:00")
COMPANY = Subject()


@pytest.fixture(autouse=True)
def on_friday() -> Iterator[None]:
    with time_machine.travel(FRIDAY, tick=False), translation.override("en"):
        yield


@pytest.fixture
def selling(crew: Crew) -> Crew:
    """February: Léa 3 won of 4, Hugo 1 of 2. March: Léa 1 of 4, Hugo 2 of 2. Both call Acme."""
    plan = {
        "2026-02-10": (("P1", 3, 1), ("P2", 1, 1)),
        "2026-03-10": (("P1", 1, 3), ("P2", 2, 0)),
    }
    for day, rows in plan.items():
        for who, won, lost in rows:
            for kind, count in (("deal_won", won), ("deal_lost", lost)):
                for number in range(count):
                    one = event(f"{day}{who}{kind}{number}", f"{day} 10:00", who, kind=kind,
                                amount=100 * (number + 1), product="bike")  # fmt: skip
                    record(one)
    for who in ("P1", "P2"):
        record(event(f"call{who}", "2026-03-11 09:00", who, account="Acme"))
    recompute_touched()
    return crew


def moved(key: str, by: str, subject: Subject = COMPANY) -> tuple[Fraction, Split]:
    """The change of March against February and its split."""
    move = moves([key], subject, MARCH, FEBRUARY)[key]
    found = split(key, by, subject, MARCH, FEBRUARY, move)
    assert move.change is not None
    assert found is not None
    return move.change, found


# --- windows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "now", "before", "year"),
    [
        ("2026-03-01", "2026-03-01/2026-03-02", "2026-02-01/2026-02-02", "2025-03-01/2025-03-02"),
        ("2026-03-20", "2026-03-01/2026-03-21", "2026-02-01/2026-02-21", "2025-03-01/2025-03-21"),
        # February is shorter, and a finished month is compared with whole ones
        ("2026-03-30", "2026-03-01/2026-03-31", "2026-02-01/2026-03-01", "2025-03-01/2025-03-31"),
        ("2026-03-31", "2026-03-01/2026-04-01", "2026-02-01/2026-03-01", "2025-03-01/2025-04-01"),
        ("2026-05-05", "2026-03-01/2026-04-01", "2026-02-01/2026-03-01", "2025-03-01/2025-04-01"),
    ],
)
def test_as_many_days_are_compared(day: str, now: str, before: str, year: str) -> None:
    found = windows_of(MARCH, date.fromisoformat(day))
    assert (found.now, found.previous, found.year_before) == tuple(
        parse_period(text) for text in (now, before, year)
    )


# --- effects -----------------------------------------------------------------------------------


def test_revenue_by_person_adds_up(selling: Crew) -> None:
    change, found = moved("revenue_booked", "person")
    assert change == (100 + 300) - (600 + 100)
    assert {found.names[one.key]: one.effect for one in found.effects.effects
            if one.effect} == {"Léa Martin": -500, "Hugo Petit": 200}  # fmt: skip
    assert found.effects.rest == 0


def test_a_rate_by_person_and_by_part_adds_up(selling: Crew) -> None:
    change, found = moved("closing_rate", "person")
    assert change == Fraction(3, 6) * 100 - Fraction(4, 6) * 100
    assert sum(one.effect for one in found.effects.effects) + found.effects.rest == change
    assert found.effects.rest == 0
    parts = moves(["closing_rate"], COMPANY, MARCH, FEBRUARY)["closing_rate"].parts
    known = sorted((one.name, int(one.before), int(one.now)) for one in parts)
    assert known == [("denominator", 6, 6), ("numerator", 4, 3)]
    assert sum(one.effect for one in parts) == change


def test_what_two_people_called_is_a_line_of_its_own(selling: Crew) -> None:
    change, found = moved("leads_contacted_count", "person")
    assert change == 1
    assert sorted(one.effect for one in found.effects.effects if one.effect) == [1, 1]
    assert found.effects.rest == -1
    rows = group_rows(found, catalogue(MARCH.last).kpi("leads_contacted_count"), "EUR")
    assert [(row["label"], row["effect"]) for row in rows][-1] == ("Counted in several lines", "−1")


def test_a_product_of_kpis_is_taken_apart_by_kpi_and_not_by_people(selling: Crew) -> None:
    record(event("gone", "2026-02-12 10:00", kind="customer_lost", account="Old"))
    move = moves(["revenue_booked", "ltv"], COMPANY, MARCH, FEBRUARY)["ltv"]
    assert split("ltv", "person", COMPANY, MARCH, FEBRUARY, move) is None
    assert move.change is None  # nobody left in March, so there is no value
    assert move.parts == ()


def test_the_figures_of_a_team_are_those_of_its_days(selling: Crew) -> None:
    subject = Subject(team_ids=frozenset({selling.north.pk}))
    change, found = moved("revenue_booked", "product", subject)
    assert change == -300
    assert {found.names[one.key]: one.effect for one in found.effects.effects} == {"Bike": -300}


def test_sentences_and_rows_name_the_parts(selling: Crew) -> None:
    known = catalogue(MARCH.last)
    move = moves(["average_deal"], COMPANY, MARCH, FEBRUARY)["average_deal"]
    rows = part_rows(move, known, COMPANY, MARCH, "EUR")
    assert [(row["label"], row["before"], row["now"], row["effect"]) for row in rows] == [
        ("Booked revenue", "€700", "€400", "−€87.50"),
        ("Deals won", "4", "3", "+€45.83"),
    ]
    assert sentence_of(move, known, "EUR") == (
        "Booked revenue: from €700 to €400, an effect of −€87.50"
    )


@pytest.mark.parametrize(
    ("change", "better", "unit", "text", "tone"),
    [
        (Fraction(-5, 2), "up", "percent", "−2.5\u00a0pts", "bad"),
        (Fraction(3), "up", "count", "+3", "good"),
        (Fraction(1500), "down", "money", "+€1,500", "bad"),
        (Fraction(-1), "down", "count", "−1", "good"),
        (Fraction(0), "up", "count", "±0", ""),
        (None, "up", "count", "", ""),
    ],
)
def test_a_change_in_words(
    change: Fraction | None, better: str, unit: str, text: str, tone: str
) -> None:
    info = KpiInfo("k", "value", "lagging", unit, better, "monthly", "k", "k", "", "", "a",
                   date(2026, 1, 1), Bands())  # fmt: skip
    assert (change_of(change, info, "EUR"), tone_of(change, info)) == (text, tone)


# --- colleagues --------------------------------------------------------------------------------


def test_a_mean_of_colleagues_needs_enough_of_them(selling: Crew) -> None:
    found = others_of(selling.hugo.pk, ["revenue_booked", "closing_rate"], MARCH)
    # in North there are Hugo and, until the 15th, Léa; three people have the job
    assert LEAST_PEOPLE == 3
    assert found["revenue_booked"].team is None
    assert found["revenue_booked"].role == Fraction(400, 3)
    assert found["closing_rate"].role == 50
    job = Role.objects.get(key="ae")
    for number in ("P6", "P7"):
        person = Person.objects.create(number=number, first_name=number, last_name="New")
        Assignment.objects.create(person=person, team=selling.north, role=job,
                                  valid_from=date(2026, 1, 1))  # fmt: skip
    found = others_of(selling.hugo.pk, ["revenue_booked"], MARCH)
    assert found["revenue_booked"].role == Fraction(400, 5)
    assert found["revenue_booked"].team is not None


def test_who_leads_has_no_colleagues_to_be_compared_with(selling: Crew) -> None:
    found = others_of(selling.ines.pk, ["revenue_booked"], MARCH)["revenue_booked"]
    assert (found.team, found.role) == (None, None)


# --- the page ----------------------------------------------------------------------------------


def client_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    user.language = "en"
    user.save(update_fields=["language"])
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client: Client, key: str, status: int = 200, **query: str | int) -> str:
    answer = client.get(reverse("kpis:move", args=[key]), {"period": "2026-03", **query})
    assert answer.status_code == status
    return answer.content.decode()


def test_a_manager_sees_own_teams_and_people_and_nobody_else(selling: Crew) -> None:
    client = client_of(selling.user_of(selling.ines))
    text = page(client, "revenue_booked", team=selling.north.pk)
    assert "North" in text
    assert "Hugo Petit" in text
    assert "By part of the formula" not in text  # one part only
    page(client, "revenue_booked", person=selling.hugo.pk)
    page(client, "revenue_booked", status=404, team=selling.south.pk)
    page(client, "revenue_booked", status=404, person=selling.noor.pk)
    page(client, "revenue_booked", status=404)
    page(client, "no_such_kpi", status=404, team=selling.north.pk)


def test_a_rep_sees_only_themselves_and_no_names_of_others(selling: Crew) -> None:
    client = client_of(selling.user_of(selling.hugo))
    text = page(client, "closing_rate", person=selling.hugo.pk, by="person")
    assert "By part of the formula" in text
    assert "Léa Martin" not in text
    page(client, "closing_rate", status=404, person=selling.lea.pk)
    page(client, "closing_rate", status=404, team=selling.north.pk)


@pytest.mark.parametrize("query", [{"team": "x"}, {"person": "x"}, {"person": "9" * 40}])
def test_an_address_that_names_nobody_is_not_found(selling: Crew, query: dict[str, str]) -> None:
    page(client_of(selling.admin), "revenue_booked", status=404, **query)


@pytest.mark.parametrize("by", ["person", "team", "product", "series", "segment", "account", "?"])
@pytest.mark.parametrize("against", ["previous", "year"])
def test_every_split_of_the_company_opens(selling: Crew, by: str, against: str) -> None:
    text = page(client_of(selling.admin), "revenue_booked", by=by, against=against)
    assert "Demo" in text


def test_a_figure_without_a_value_before_says_so(selling: Crew) -> None:
    assert "Nothing to compare" in page(client_of(selling.admin), "nps")


def test_the_period_of_the_card_is_the_period_of_the_page() -> None:
    assert parse_period(str(MARCH)) == MARCH == Period.month(date(2026, 3, 4))


# --- a formula that changes within the period --------------------------------------------------


def test_every_page_tells_a_running_month_by_the_formula_of_its_last_day(
    selling: Crew, client: Client
) -> None:
    """It is the 20th and the formula changes on the 25th: the month is judged by the new one."""
    change_formula(actor=None, kpi_key="revenue_booked", formula="revenue * 10",
                   valid_from=date(2026, 3, 25), reason="tenfold")  # fmt: skip
    lea, day = selling.lea, FRIDAY.date()
    agreed = Objective.objects.create(
        kpi=Kpi.objects.get(key="revenue_booked"), person=lea, target=1,
        valid_from=MARCH.start, valid_to=MARCH.end,
    )  # fmt: skip

    (asked,) = kpi_values("revenue_booked", period=MARCH, person_ids=[lea.pk])
    (card,) = scorecard(lea.pk, day, period=MARCH, kpi_keys=["revenue_booked"]).cards
    heat = team_heatmap(selling.south.pk, MARCH, day, kpi_keys=["revenue_booked"])
    (cell,) = next(row.cells for row in heat.rows if row.person_id == lea.pk)
    (aim,) = tracked(Objective.objects.filter(pk=agreed.pk), day)
    told = {asked.figure.value, card.figure.value, cell.figure.value, aim.value}
    assert told == {Fraction(1_000)}

    (line,) = [one for one in changes_of(lea.pk, day) if one["kpi"] == "Revenue"]
    user = selling.user_of(lea)
    User.objects.filter(pk=user.pk).update(language="en")
    client.force_login(user)
    move = reverse("kpis:move", args=["revenue_booked"])
    page = client.get(f"{move}?person={lea.pk}&window=month&on={day}")
    shown = figure_text(Fraction(1_000), card.kpi, "EUR")
    assert (line["value"], page.context["value"]) == (shown, shown)


@pytest.mark.parametrize("by", ["role", "region"])
def test_the_company_is_told_by_role_and_by_region(selling: Crew, client: Client, by: str) -> None:
    names = {Role.objects.get(key="ae").name_en} if by == "role" else {"West"}
    chief = User.objects.create_user("chief@example.org", "x", rights=["executive"], language="en")
    client.force_login(chief)
    page = client.get(reverse("kpis:move", args=["revenue_booked"]) + f"?by={by}&on=2026-03-20")
    assert {row["label"] for row in page.context["groups"]} == names
