"""A small company of named people, for tests of what somebody may see.

West (led by Wanda)              East
+-- North (led by Marc)          +-- South (led by Sonia)
    +-- Léa, Rémi                    +-- Omar
Hana is HR, Ada administrator, Eve executive: offices without a place.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.text import slugify

from people import services
from people.models import Person, Role, Team, User

JANUARY = date(2026, 1, 1)
OFFICES = {"hana": "hr", "ada": "admin", "eve": "executive"}
WHO = ("rep", "manager", "hr", "admin", "executive")


@dataclass(frozen=True, slots=True)
class World:
    """Everybody by first name in lower case; `who` gives the sign-in of a kind of viewer."""

    people: dict[str, Person]
    users: dict[str, User]
    teams: dict[str, Team]

    def who(self, kind: str) -> User:
        """Léa for rep, Marc for manager, Hana, Ada, Eve."""
        name = {
            "rep": "léa",
            "manager": "marc",
            "hr": "hana",
            "admin": "ada",
            "executive": "eve",
        }
        return self.users[name[kind]]


def make_world() -> World:
    """Build it; needs the database."""
    services.load_roles()
    services.set_up_company(actor=None, name="Vélo SA")
    teams: dict[str, Team] = {}
    for name, parent in (("West", None), ("North", "West"), ("East", None), ("South", "East")):
        above = teams[parent] if parent else None
        teams[name] = services.create_team(actor=None, name=name, parent=above)
    places = {
        "wanda": ("West", "director"),
        "marc": ("North", "manager"),
        "léa": ("North", "ae"),
        "rémi": ("North", "sdr"),
        "sonia": ("South", "manager"),
        "omar": ("South", "ae"),
    }
    people = {name: _placed(name, teams[team], role) for name, (team, role) in places.items()}
    users = {name: _user(name, person=person) for name, person in people.items()}
    users |= {name: _user(name, right) for name, right in OFFICES.items()}
    return World(people, users, teams)


def _placed(name: str, team: Team, role: str) -> Person:
    person = services.hire_person(
        actor=None, number=name, first_name=name.title(), last_name="Test", hired_on=JANUARY
    )
    services.assign(
        actor=None,
        person=person,
        team=team,
        role=Role.objects.get(key=role),
        valid_from=JANUARY,
    )
    return person


def _user(name: str, *rights: str, person: Person | None = None) -> User:
    return services.create_user(
        actor=None,
        email=f"{slugify(name)}@velo.example",
        rights=rights,
        person=person,
        language="en",
    )
