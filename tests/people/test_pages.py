"""Pages about people: what they show and do, in how many queries, in whose language."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry
from people import services
from people.models import Absence, Assignment, Company, Person, Team, User
from people.queries import today
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# session, user, company (once per request, whoever asks)
EVERY_PAGE = 3


@pytest.fixture
def world() -> World:
    cache.clear()
    return make_world()


def client_of(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.users[name], backend=BACKEND)
    return client


@pytest.fixture
def ada(world: World) -> Client:
    return client_of(world, "ada")


def more_people(world: World, count: int) -> None:
    rows = [
        services.PersonInput(
            number=f"n{n}",
            name=f"Filler Number{n}",
            team=f"Team {n % 5}",
            manager="Marc Test",
            role="sdr",
            valid_from=date(2026, 1, 1),
        )
        for n in range(count)
    ]
    services.load_people(actor=None, rows=rows)


def counted(client: Client, address: str, counter: Callable[..., object], count: int) -> str:
    with counter(count):  # type: ignore[attr-defined]  # pytest-django's fixture
        return client.get(address).content.decode()


PAGES = {
    "people:list": ("ada", EVERY_PAGE + 3),
    "people:person": ("ada", EVERY_PAGE + 5),
    "people:teams": ("ada", EVERY_PAGE + 2),
    "people:sign_ins": ("ada", EVERY_PAGE + 1),
    "people:company": ("ada", EVERY_PAGE),
    "people:calendar": ("ada", EVERY_PAGE),
    "people:me": ("ada", EVERY_PAGE + 1),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_as_many_queries_for_many_people_as_for_few(
    world: World, name: str, django_assert_num_queries: Callable[..., object]
) -> None:
    who, queries = PAGES[name]
    client = client_of(world, who)
    args = [world.people["omar"].pk] if name == "people:person" else []
    address = reverse(name, args=args)
    client.get(address)
    counted(client, address, django_assert_num_queries, queries)
    more_people(world, 40)
    counted(client, address, django_assert_num_queries, queries)


def test_the_list_shows_everybody_with_their_place(world: World, ada: Client) -> None:
    page = ada.get("/people/").content.decode()
    for name in ("Léa Test", "Omar Test", "Wanda Test", "North", "Account executive"):
        assert name in page
    assert "lea@velo.example" in page


def test_hr_reads_but_gets_no_button_to_change(world: World) -> None:
    hana = client_of(world, "hana")
    person = reverse("people:person", args=[world.people["omar"].pk])
    for address in ("/people/", person):
        page = hana.get(address).content.decode()
        assert "/people/new/" not in page
        assert "/places/" not in page
        assert "/people/sign-ins/" not in page
    assert hana.post("/people/teams/", {"name": "X"}).status_code == 404
    assert not Team.objects.filter(name="X").exists()


def test_the_payrolls_names_of_a_person_are_written_with_the_name_and_shown(
    world: World, ada: Client
) -> None:
    léa = world.people["léa"]
    told = {"first_name": "Léa", "last_name": "Test", "establishment": " PAR-1", "contract": "C9"}
    assert ada.post(f"/people/{léa.pk}/name/", told).status_code == 302
    page = ada.get(f"/people/{léa.pk}/").content.decode()
    assert "PAR-1" in page
    assert "C9" in page
    row = AuditEntry.objects.get(action="person.rename")
    assert row.after is not None
    assert (row.after["establishment"], row.after["contract"]) == ("PAR-1", "C9")


def test_from_hiring_to_an_invited_sign_in(
    world: World, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hired = ada.post(
        "/people/new/",
        {"number": "99", "first_name": "Nia", "last_name": "Diaz", "email": "nia@velo.example"},
    )
    nia = Person.objects.get(number="99")
    assert hired["Location"] == f"/people/{nia.pk}/"
    place = {
        "team": world.teams["North"].pk,
        "role": 1,
        "manager": world.people["marc"].pk,
        "share": "0.8",
        "valid_from": "2026-03-01",
    }
    place["role"] = Assignment.objects.get(person=world.people["léa"]).role_id
    assert ada.post(f"/people/{nia.pk}/places/new/", place).status_code == 302
    invitation = {"email": "nia@velo.example", "language": "fr", "rights": []}
    assert ada.post(f"/people/{nia.pk}/sign-in/", invitation).status_code == 302
    user = User.objects.get(person=nia)
    assert (user.email, user.language, user.rights) == ("nia@velo.example", "fr", [])
    page = ada.get(f"/people/{nia.pk}/").content.decode()
    assert "Nia Diaz" in page
    assert "80 % of full time" in page
    assert "manager: Marc Test" in page
    actions = AuditEntry.objects.filter(actor=world.users["ada"]).order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "person.hire",
        "assignment.open",
        "user.create",
        "user.invite",
    ]


def test_an_office_gets_a_sign_in_without_a_person(world: World, ada: Client) -> None:
    office = {"email": "rh@velo.example", "language": "fr", "rights": ["hr"]}
    assert ada.post("/people/sign-ins/new/", office)["Location"] == "/people/sign-ins/"
    user = User.objects.get(email="rh@velo.example")
    assert (user.person, user.rights, user.has_usable_password()) == (None, ["hr"], False)
    page = ada.post("/people/sign-ins/new/", office).content.decode()
    assert "has a sign-in already" in page


def test_what_the_service_refuses_stands_beside_its_field(world: World, ada: Client) -> None:
    before = AuditEntry.objects.count()
    page = ada.post("/people/new/", {"number": "omar", "last_name": "Twice"})
    assert page.status_code == 200
    assert "already a person with the number" in page.content.decode()
    assert page.context["form"].errors.keys() == {"number"}
    assert AuditEntry.objects.count() == before


def test_a_place_is_changed_and_ended(world: World, ada: Client) -> None:
    place = Assignment.objects.get(person=world.people["omar"])
    moved = {
        "team": world.teams["North"].pk,
        "role": place.role_id,
        "manager": "",
        "share": "1",
        "valid_from": "2026-06-01",
    }
    assert ada.post(f"/people/places/{place.pk}/change/", moved).status_code == 302
    new = Assignment.objects.get(person=world.people["omar"], valid_to=None)
    assert (new.team.name, new.valid_from) == ("North", date(2026, 6, 1))
    ended = {"last_day_on": "2026-06-30"}
    assert ada.post(f"/people/places/{new.pk}/end/", ended).status_code == 302
    new.refresh_from_db()
    assert new.valid_to == date(2026, 7, 1)


def test_an_absence_includes_its_last_day(world: World, ada: Client) -> None:
    days = {"kind": "leave", "valid_from": "2026-07-06", "last_day_on": "2026-07-10"}
    person = world.people["omar"]
    assert ada.post(f"/people/{person.pk}/absences/new/", days).status_code == 302
    absence = Absence.objects.get()
    assert (absence.valid_from, absence.valid_to) == (date(2026, 7, 6), date(2026, 7, 11))


def test_somebody_leaves(world: World, ada: Client) -> None:
    person = world.people["omar"]
    ada.post(f"/people/{person.pk}/leave/", {"last_day_on": "2026-06-30"})
    assert Assignment.objects.get(person=person).valid_to == date(2026, 7, 1)
    assert "30 Jun 2026" in ada.get(f"/people/{person.pk}/").content.decode()


def test_rights_are_given_to_others_not_to_oneself(world: World, ada: Client) -> None:
    eve, own = world.users["eve"], world.users["ada"]
    ada.post(f"/people/sign-ins/{eve.pk}/rights/", {"rights": ["executive", "hr"]})
    eve.refresh_from_db()
    assert eve.rights == ["executive", "hr"]
    page = ada.post(f"/people/sign-ins/{own.pk}/rights/", {"rights": ["admin", "hr"]})
    assert "Nobody changes their own rights." in page.content.decode()
    own.refresh_from_db()
    assert own.rights == ["admin"]


def test_a_sign_in_is_closed_and_opened_but_not_ones_own(world: World, ada: Client) -> None:
    eve = world.users["eve"]
    for wanted in (False, True):
        ada.post(f"/people/sign-ins/{eve.pk}/open/", {"is_active": str(int(wanted))})
        eve.refresh_from_db()
        assert eve.is_active is wanted
    own = f"/people/sign-ins/{world.users['ada'].pk}/open/"
    assert ada.post(own, {"is_active": "0"}).status_code == 404


def test_the_company_keeps_currency_and_zone_once_it_is_set_up(world: World, ada: Client) -> None:
    settings = {
        "name": "Vélo & Fils",
        "currency": "USD",
        "timezone": "Asia/Tokyo",
        "language": "en",
        "country": "FR",
        "subdivision": "57",
        "fiscal_year_start_month": "4",
    }
    assert ada.post("/company/", settings).status_code == 302
    company = Company.objects.get()
    assert (company.name, company.currency, company.timezone, company.subdivision) == (
        "Vélo & Fils",
        "EUR",
        "Europe/Paris",
        "57",
    )
    assert (company.fiscal_year_start_month, company.managers_see_pay) == (4, False)
    page = ada.post("/company/", {**settings, "country": "XX"}).content.decode()
    assert "no public holidays for the country" in page


def test_the_working_calendar_knows_the_holidays_of_the_company(world: World) -> None:
    rémi = client_of(world, "rémi")
    page = rémi.get("/company/calendar/?year=2026").content.decode()
    assert "Ascension Day" in page
    assert "Thursday, 14 May 2026" in page
    services.set_language(actor=world.users["rémi"], language="fr")
    page = rémi.get("/company/calendar/?year=2026").content.decode()
    assert "Ascension" in page
    assert "jeudi 14 mai 2026" in page


@pytest.mark.parametrize("year", ["0", "99999", "abc", "²", "1200", ""])
def test_a_strange_year_shows_a_near_one(world: World, year: str) -> None:
    answer = client_of(world, "rémi").get("/company/calendar/", {"year": year})
    assert answer.status_code == 200
    assert abs(int(answer.context["year"]) - today().year) <= 10


# --- language ----------------------------------------------------------------------------------


def language_of(client: Client, **headers: str) -> str:
    page = client.get("/me/", follow=True, headers=headers).content.decode()
    return page.split('<html lang="')[1][:2]


def test_the_language_of_the_user_wins_over_browser_and_cookie(world: World) -> None:
    client = client_of(world, "léa")
    client.cookies["django_language"] = "fr"
    assert language_of(client, **{"Accept-Language": "fr"}) == "en"


def test_a_stranger_gets_the_language_of_the_browser(world: World) -> None:
    assert language_of(Client(), **{"Accept-Language": "en"}) == "en"
    assert language_of(Client(), **{"Accept-Language": "fr"}) == "fr"


def test_the_switch_is_kept_with_the_sign_in(world: World) -> None:
    client = client_of(world, "léa")
    answer = client.post(reverse("set_language"), {"language": "fr", "next": "/me/"})
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert User.objects.get(pk=world.users["léa"].pk).language == "fr"
    assert language_of(client_of(world, "léa")) == "fr"


def test_the_switch_refuses_other_languages_and_other_sites(world: World) -> None:
    client = client_of(world, "léa")
    answer = client.post(
        reverse("set_language"), {"language": "xx", "next": "https://evil.example"}
    )
    assert "evil.example" not in answer["Location"]
    assert User.objects.get(pk=world.users["léa"].pk).language == "en"


def test_the_switch_works_for_strangers_by_cookie(world: World) -> None:
    client = Client()
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert language_of(client, **{"Accept-Language": "fr"}) == "en"
