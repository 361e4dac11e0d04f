"""A small named company: Lea and Hugo sell, Ines leads them, Amir administers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from activities.models import Product
from activities.services import load_activity_types
from people.models import Assignment, Company, Person, Role, Team, User

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Crew:
    lea: Person
    hugo: Person
    ines: Person
    lea_user: User
    ines_user: User
    admin: User
    hr: User


@pytest.fixture
def crew(db: None) -> Crew:
    """The company with its people, roles, sign-ins, and two products."""
    return make_crew()


def make_crew() -> Crew:
    Company.objects.create(pk=1, name="Demo", currency="EUR", timezone="Europe/Paris")
    load_activity_types()
    ae, _ = Role.objects.get_or_create(
        key="ae", defaults={"name_fr": "Commercial", "name_en": "Account executive"}
    )
    lead, _ = Role.objects.get_or_create(
        key="manager", defaults={"name_fr": "Manager", "name_en": "Manager", "leads": True}
    )
    team = Team.objects.create(key="north", name="North")
    people = {
        number: Person.objects.create(number=number, first_name=first, last_name=last, email=email)
        for number, first, last, email in (
            ("P1", "Léa", "Martin", "lea@example.org"),
            ("P2", "Hugo", "Petit", "hugo@example.org"),
            ("P3", "Inès", "Roy", "ines@example.org"),
        )
    }
    for number, person in people.items():
        Assignment.objects.create(
            person=person,
            team=team,
            role=lead if number == "P3" else ae,
            valid_from=date(2020, 1, 1),
        )
    Product.objects.create(key="GTX Pro", name="GTX Pro", series="GTX", list_price_minor=482100)
    Product.objects.create(key="MG Special", name="MG Special", series="MG", list_price_minor=5500)
    return Crew(
        lea=people["P1"],
        hugo=people["P2"],
        ines=people["P3"],
        lea_user=User.objects.create_user("lea@example.org", "x", person=people["P1"]),
        ines_user=User.objects.create_user("ines@example.org", "x", person=people["P3"]),
        admin=User.objects.create_user("admin@example.org", "x", rights=["admin"]),
        hr=User.objects.create_user("hr@example.org", "x", rights=["hr"]),
    )
