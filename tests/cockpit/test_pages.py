"""Each role's first page: where "/" leads, what it says, what it costs, without data and with."""

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kpis.alerts.services import check_alerts
from kpis.services import ObjectiveInput, recompute_touched, set_objective
from people.models import Assignment, Person, Role, User
from tests.challenges.games import live, rescore
from tests.incentives.conftest import Pay, make_pay
from tests.kpis.alerts.scenes import shipped
from tests.kpis.crew import Crew, at, event, make_crew, record
from tests.world import World, make_world

FRIDAY = at("2026-03-20 12:00")
START = date(2026, 3, 1)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def on_friday() -> Iterator[None]:
    with time_machine.travel(FRIDAY, tick=False):
        yield


def signed_in(user: User, language: str = "en") -> Client:
    client = Client()
    user.language = language
    user.save(update_fields=["language"])
    client.force_login(user, backend=BACKEND)
    return client


def words(client: Client, name: str, **kwargs: object) -> str:
    answer = client.get(reverse(name, kwargs=kwargs or None))
    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(text.split())


def queries(client: Client, name: str) -> int:
    client.get(reverse(name))  # warms what is cached per process
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(reverse(name)).status_code == 200
    return len(caught)


@pytest.fixture
def crew(db: None) -> Crew:
    return make_crew()


@pytest.fixture
def selling(crew: Crew) -> Crew:
    """Léa sold in February and March and has an objective; Hugo sold a little; Noor nothing."""
    for number, when, who, amount in (
        ("f1", "2026-02-10 10:00", "P1", 400),
        ("w1", "2026-03-10 10:00", "P1", 300),
        ("w2", "2026-03-19 10:00", "P1", 500),
        ("w3", "2026-03-11 10:00", "P2", 200),
    ):
        won = event(number, when, who, kind="deal_won", amount=amount)
        record(won, recorded_at=at(when))
    for person, target in (("P1", 1000), ("P2", 1000), ("P3", 1000)):
        wanted = ObjectiveInput(
            "revenue_booked", Fraction(target), START, date(2026, 4, 1), person=person
        )
        set_objective(actor=None, objective=wanted)
    recompute_touched()
    return crew


# --- the way from "/" --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("rep", "cockpit:me"),
        ("manager", "cockpit:team"),
        ("hr", "cockpit:office"),
        ("admin", "cockpit:setup"),
        ("executive", "cockpit:direction"),
    ],
)
def test_everybody_lands_on_the_page_of_their_role(db: None, who: str, page: str) -> None:
    client = signed_in(make_world().who(who))
    assert client.get("/")["Location"] == reverse(page)


def test_somebody_without_any_role_lands_on_the_rankings(db: None) -> None:
    client = signed_in(User.objects.create_user("guest@velo.example", "x"))
    assert client.get("/")["Location"] == reverse("kpis:leaderboard")


@pytest.mark.parametrize("who", ["rep", "manager", "hr", "admin", "executive"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_stands_without_any_data(db: None, who: str, language: str) -> None:
    world: World = make_world()
    client = signed_in(world.who(who), language)
    answer = client.get("/", follow=True)
    assert answer.status_code == 200
    assert f'lang="{language}"' in answer.content.decode()


# --- a rep -------------------------------------------------------------------------------------


def test_a_rep_reads_value_objective_pace_and_the_same_days_before(selling: Crew) -> None:
    text = words(signed_in(selling.user_of(selling.lea)), "cockpit:me")
    # 800 of 1,000; 14 of 22 working days are over, so 636.36 would be the pace
    assert "€800 +€400" in text
    assert "80% of €1,000" in text
    assert "€163.64 ahead of the pace" in text
    assert "Changes are against 1–20 Feb 2026." in text
    assert "Deal won" in text


def test_a_rep_reads_it_in_french(selling: Crew) -> None:
    text = words(signed_in(selling.user_of(selling.lea), "fr"), "cockpit:me")
    assert "800 € +400 €" in text
    assert "Chiffre d&#x27;affaires" in text


def test_a_rep_stands_among_neighbours_in_a_running_challenge(selling: Crew) -> None:
    challenge = live()
    rescore(challenge, FRIDAY)
    client = signed_in(selling.user_of(selling.hugo))

    page = client.get(reverse("cockpit:me"))

    (race,) = page.context["challenges"]
    assert [(line.rank, line.name, line.me) for line in race.lines] == [
        ("1", "Léa Martin", False),
        ("2", "Hugo Petit", True),
    ]
    assert race.lines[1].gap == "€600 to rank 1"
    body = page.content.decode()
    assert f'data-live="challenge:{challenge.pk}"' in body
    fragment = client.get(reverse("cockpit:race", args=[challenge.pk]) + "?mine=1")
    assert f'id="race-{challenge.pk}"' in fragment.content.decode()
    assert "<html" not in fragment.content.decode()


def test_the_live_fragments_are_the_parts_of_the_page(selling: Crew) -> None:
    client = signed_in(selling.user_of(selling.lea))
    page = client.get(reverse("cockpit:me")).content.decode()
    for address in (reverse("cockpit:figures", args=[selling.lea.pk]),):
        fragment = client.get(address, headers={"hx-request": "true"}).content.decode().strip()
        assert f'hx-get="{address}"' in page
        assert fragment.startswith('<section id="figures"')
        assert fragment in page


def test_a_rep_does_not_open_the_sheet_of_a_colleague(selling: Crew) -> None:
    client = signed_in(selling.user_of(selling.lea))
    for name in ("cockpit:person", "cockpit:figures"):
        assert client.get(reverse(name, args=[selling.hugo.pk])).status_code == 404
    assert client.get(reverse("cockpit:figures", args=[selling.lea.pk])).status_code == 200


# --- a manager ---------------------------------------------------------------------------------


def test_a_manager_reads_the_map_and_who_needs_a_person(selling: Crew) -> None:
    shipped()
    check_alerts()
    text = words(signed_in(selling.user_of(selling.ines)), "cockpit:team")
    assert "North" in text
    assert "Hugo Petit" in text
    assert "Noor Haddad" not in text  # she is in South
    # Léa's deal of the 10th was made in North, that of the 19th in South
    assert "Together €500" in text
    assert "Hugo Petit Nothing recorded" in text


def test_the_map_of_a_finished_month_has_no_alerts(selling: Crew) -> None:
    shipped()
    check_alerts()
    client = signed_in(selling.user_of(selling.ines))
    page = client.get(reverse("cockpit:team") + "?on=2026-02-01")
    assert page.context["alerts"] == []
    assert "Who needs you today" not in page.content.decode()
    assert page.context["after"].endswith("?on=2026-03-01")
    now = client.get(reverse("cockpit:team"))
    assert now.context["after"] == ""
    assert "Who needs you today" in now.content.decode()


def test_a_manager_opens_own_teams_only(selling: Crew) -> None:
    client = signed_in(selling.user_of(selling.ines))
    address = reverse("cockpit:team")
    assert client.get(f"{address}?team={selling.north.pk}").status_code == 200
    assert client.get(f"{address}?team={selling.south.pk}").status_code == 404
    assert client.get(f"{address}?on=nonsense").status_code == 200
    assert client.get(reverse("cockpit:person", args=[selling.hugo.pk])).status_code == 200
    assert client.get(reverse("cockpit:person", args=[selling.noor.pk])).status_code == 404


def test_the_pages_cost_the_same_for_one_person_and_for_many(selling: Crew) -> None:
    manager = signed_in(selling.user_of(selling.ines))
    before = queries(manager, "cockpit:team")
    role = Role.objects.get(key="ae")
    for number in range(20):
        person = Person.objects.create(number=f"N{number}", first_name="N", last_name=str(number))
        Assignment.objects.create(
            person=person, team=selling.north, role=role, valid_from=date(2026, 1, 1)
        )
        record(event(f"n{number}", "2026-03-12 10:00", person.number, kind="deal_won", amount=9))
    recompute_touched()
    assert queries(manager, "cockpit:team") == before


# --- offices -----------------------------------------------------------------------------------


@pytest.fixture
def pay(db: None) -> Pay:
    return make_pay()


def test_the_executive_reads_totals_against_the_sum_of_objectives(selling: Crew) -> None:
    eve = User.objects.create_user("eve@example.org", "x", rights=["executive"])
    client = signed_in(eve)
    page = client.get(reverse("cockpit:direction"))
    month, quarter = page.context["figures"]
    assert (month["value"], month["target"]) == ("€1,000", "€3,000")
    assert quarter["label"] == "Revenue this quarter"  # the forecast has its own card
    text = page.content.decode()
    assert "Léa" not in text
    assert "Hugo" not in text


def test_the_administrator_reads_the_next_thing_to_set_up(crew: Crew) -> None:
    page = signed_in(crew.admin).get(reverse("cockpit:setup"))
    states = [(one["label"], one["state"]) for one in page.context["steps"]]
    assert states == [
        ("Company", "done"),
        ("People and teams", "done"),
        ("Sign-ins", "open"),
        ("Activities", "later"),
        ("KPIs", "done"),
        ("Objectives", "later"),
        ("Plans", "later"),
        ("Challenges", "later"),
    ]


def test_hr_reads_the_open_period_as_a_checklist_with_its_open_points(pay: Pay) -> None:
    page = signed_in(pay.hana).get(reverse("cockpit:office"))
    (one,) = page.context["open"]
    assert (one["state"], one["total"]) == ("open", "")
    assert [step["state"] for step in one["checks"]][:3] == ["done", "done", "open"]
    assert [point["text"] for point in one["points"]] == ["4 people have a place and no plan"]

    pay.run()
    page = signed_in(pay.hana).get(reverse("cockpit:office"))
    (one,) = page.context["open"]
    assert (one["state"], one["total"]) == ("calculated", "€750.01")


def test_the_executive_reads_no_sum_of_so_few_that_it_tells_one_persons_pay(pay: Pay) -> None:
    pay.run()
    client = signed_in(pay.world.who("executive"))
    (cost,) = client.get(reverse("cockpit:direction")).context["costs"]
    assert (cost["payees"], cost["cost"], cost["share"]) == (2, "–", "–")


def test_the_manifest_is_open_to_a_phone_without_a_session(client: Client, db: None) -> None:
    answer = client.get(reverse("cockpit:manifest"))
    body = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (body["start_url"], body["display"]) == ("/", "standalone")
    assert [icon["src"] for icon in body["icons"]] == ["/static/svg/icon.svg"] * 2


@pytest.mark.parametrize("on", ["0001-01-01", "0001-02-01", "9999-12-01", "9999-11-01", "nonsense"])
def test_a_month_at_the_end_of_time_is_the_present_one(selling: Crew, on: str) -> None:
    client = signed_in(selling.user_of(selling.ines))
    answer = client.get(reverse("cockpit:team"), {"on": on})

    assert (answer.status_code, answer.context["title"]) == (200, "March 2026")


# --- scorecards of teams and company -----------------------------------------------------------


def test_the_cards_of_a_team_say_what_it_did_while_people_were_in_it(selling: Crew) -> None:
    client = signed_in(selling.user_of(selling.ines))
    text = words(client, "cockpit:team_cards")
    # Léa's 300 and Hugo's 200 in North; Léa's 500 came after she had moved
    assert "Revenue €500 +€100" in text
    assert reverse("cockpit:team_cards") in client.get(reverse("cockpit:team")).content.decode()


def test_the_cards_of_the_company_are_its_totals(selling: Crew) -> None:
    boss = User.objects.create_user("boss@example.org", "x", rights=["executive"])
    client = signed_in(boss)
    cards = words(client, "cockpit:direction_cards")
    assert "Revenue €1,000 +€600" in cards
    # the KPI that is called nearly like the forecast says that it is another figure
    assert "The forecast is another figure" in cards
    page = client.get(reverse("cockpit:direction")).content.decode()
    assert reverse("cockpit:direction_cards") in page
