"""What only the pages of people read: the list, somebody's places, sign-ins, the size of teams."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from people.models import Assignment, Person, User
from people.queries import AssignmentRow, held_in, people_on, rows_of


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person of the list, with the place of one day (None: none on that day)."""

    person_id: int
    number: str
    name: str
    email: str
    left_on: date | None
    place: AssignmentRow | None
    sign_in: str
    """E-mail address of the sign-in, or empty."""


def listed_people(on: date) -> list[ListedPerson]:
    """Everybody, by last and first name, with their place on `on`. Two queries."""
    places = {row.person_id: row for row in people_on(on)}
    people = Person.objects.select_related("user").order_by("last_name", "first_name", "number")
    return [
        ListedPerson(
            one.pk, one.number, one.name, one.email, one.left_on, places.get(one.pk), _sign_in(one)
        )
        for one in people
    ]


def _sign_in(person: Person) -> str:
    return person.user.email if hasattr(person, "user") else ""


def places_of(person_id: int) -> list[AssignmentRow]:
    """All places of a person, newest first. One query."""
    return rows_of(Assignment.objects.filter(person_id=person_id))[::-1]


@dataclass(frozen=True, slots=True)
class SignInRow:
    """A sign-in, and whose it is."""

    user_id: int
    email: str
    person_id: int | None
    name: str
    rights: tuple[str, ...]
    is_active: bool
    has_password: bool
    last_login: datetime | None


def sign_ins(person_id: int | None = None) -> list[SignInRow]:
    """All sign-ins by e-mail address, or that of one person. One query."""
    users = User.objects.select_related("person").order_by("email")
    if person_id is not None:
        users = users.filter(person_id=person_id)
    return [
        SignInRow(
            one.pk,
            one.email,
            one.person_id,
            one.name,
            tuple(one.rights),
            one.is_active,
            one.has_usable_password(),
            one.last_login,
        )
        for one in users
    ]


def heads_by_team(on: date) -> dict[int, int]:
    """How many people each team itself holds on `on`. One query."""
    counted = (
        Assignment.objects.filter(held_in(on))
        .values("team_id")
        .annotate(heads=Count("id"))
        .order_by("team_id")
    )
    return dict(counted.values_list("team_id", "heads"))
