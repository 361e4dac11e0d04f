"""What a load of people starts from and what it plans: plain values, read in five queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from unicodedata import normalize

from people.models import Assignment, Person, Role, Team


@dataclass(frozen=True, slots=True)
class PersonInput:
    """One row. Only `number` or a name is needed to know who it is.

    `name` is used when first and last name are empty. `team`, `parent_team` are names; `manager`
    is a number, an e-mail address or a name; `role` is a key or a name in either language.
    `valid_to` and `left_on` are exclusive. An empty value never erases what is known. Of a row with
    `unread` fields (given, but not to be understood) it is only said what else is wrong.
    """

    number: str = ""
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    email: str = ""
    team: str = ""
    parent_team: str = ""
    manager: str = ""
    role: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    share: Decimal | None = None
    hired_on: date | None = None
    left_on: date | None = None
    establishment: str = ""
    contract: str = ""
    unread: frozenset[str] = frozenset()


@dataclass(slots=True)
class PlannedPerson:
    """A person as they will be; `id` None: not stored yet."""

    number: str
    first_name: str
    last_name: str
    email: str
    hired_on: date | None
    left_on: date | None
    establishment: str = ""
    contract: str = ""
    id: int | None = None
    dirty: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True)
class PlannedTeam:
    """A team as it will be, below the team with the key `parent`."""

    key: str
    name: str
    parent: str | None
    id: int | None = None


@dataclass(slots=True)
class PlannedPlace:
    """An assignment as it will be; `manager` is the number of a person."""

    team: str
    role: str
    manager: str | None
    share: Decimal
    valid_from: date
    valid_to: date | None
    id: int | None = None
    dirty: bool = False

    @property
    def content(self) -> tuple[object, ...]:
        return self.team, self.role, self.manager, self.share


def folded(text: str) -> str:
    """Text as it is compared: without case and extra spaces, accents in one way."""
    return " ".join(normalize("NFC", text).split()).casefold()


@dataclass(slots=True)
class State:
    """Everybody and every team, by number and key; the plan changes it, then it is written."""

    people: dict[str, PlannedPerson] = field(default_factory=dict)
    teams: dict[str, PlannedTeam] = field(default_factory=dict)
    places: dict[str, list[PlannedPlace]] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    _named: dict[str, set[str]] = field(default_factory=dict)

    def add_person(self, person: PlannedPerson) -> None:
        """Know a person, and by which texts they may be named."""
        self.people[person.number] = person
        for text in (person.number, person.email, person.name):
            if text:
                self._named.setdefault(folded(text), set()).add(person.number)

    def people_called(self, text: str) -> list[str]:
        """Numbers of the people that a text may mean; an exact number means only that one."""
        if text in self.people:
            return [text]
        return sorted(self._named.get(folded(text), ()))

    def teams_called(self, name: str, parent: str | None) -> list[PlannedTeam]:
        """Teams with this key or name; with a parent's name, only those below it.

        Without one, a single region of this name is meant rather than the teams below others.
        """
        wanted = folded(name)
        found = [
            team for team in self.teams.values() if wanted in (folded(team.key), folded(team.name))
        ]
        if parent is not None:
            return [team for team in found if self._is_called(team.parent, parent)]
        regions = [team for team in found if team.parent is None]
        return regions if len(regions) == 1 else found

    def _is_called(self, key: str | None, name: str) -> bool:
        return key is not None and folded(name) in (folded(key), folded(self.teams[key].name))

    def role_called(self, text: str) -> Role | None:
        """The role with this key, or this name in French or English."""
        wanted = folded(text)
        for role in self.roles.values():
            if wanted in (folded(role.key), folded(role.name_fr), folded(role.name_en)):
                return role
        return None

    def leading_role(self) -> Role | None:
        """The role for a manager about whom nothing else is known."""
        leading = sorted(role.key for role in self.roles.values() if role.leads)
        key = "manager" if "manager" in leading else next(iter(leading), None)
        return self.roles[key] if key else None

    def path(self, key: str | None) -> list[str]:
        """Keys from the top of the tree down to the team."""
        found: list[str] = []
        while key is not None and key not in found:
            found.append(key)
            key = self.teams[key].parent
        return found[::-1]

    def common_team(self, keys: Iterable[str]) -> str | None:
        """The lowest team that holds all of these teams, itself included."""
        paths = [self.path(key) for key in keys]
        shared = None
        for level in zip(*paths, strict=False):
            if len(set(level)) > 1:
                break
            shared = level[0]
        return shared


def read_state() -> State:
    """What is stored now."""
    state = State(roles={role.key: role for role in Role.objects.order_by("key")})
    keys: dict[int, str] = dict(Team.objects.order_by("id").values_list("id", "key"))
    for team in Team.objects.order_by("id"):
        parent = keys[team.parent_id] if team.parent_id else None
        state.teams[team.key] = PlannedTeam(team.key, team.name, parent, team.pk)
    numbers: dict[int, str] = {}
    for one in Person.objects.order_by("id"):
        numbers[one.pk] = one.number
        state.add_person(
            PlannedPerson(
                one.number,
                one.first_name,
                one.last_name,
                one.email,
                one.hired_on,
                one.left_on,
                one.establishment,
                one.contract,
                one.pk,
            )
        )
    for row in Assignment.objects.select_related("role").order_by("person_id", "valid_from"):
        place = PlannedPlace(
            keys[row.team_id],
            row.role.key,
            numbers[row.manager_id] if row.manager_id else None,
            row.share,
            row.valid_from,
            row.valid_to,
            row.pk,
        )
        state.places.setdefault(numbers[row.person_id], []).append(place)
    return state


def write_state(state: State, batch_id: int | None) -> None:
    """Store what the plan added and changed: closings before openings, parents before children."""
    _write_people(state, batch_id)
    _write_teams(state, batch_id)
    _write_places(state, batch_id)


def _write_people(state: State, batch_id: int | None) -> None:
    names = ("number", "first_name", "last_name", "email", "establishment", "contract")
    fields = (*names, "hired_on", "left_on")

    def row(planned: PlannedPerson) -> Person:
        values = {name: getattr(planned, name) for name in fields}
        return Person(pk=planned.id, **values, **({"batch_id": batch_id} if not planned.id else {}))

    fresh = [one for one in state.people.values() if one.id is None]
    for planned, stored in zip(
        fresh, Person.objects.bulk_create([row(one) for one in fresh]), strict=True
    ):
        planned.id = stored.pk
    changed = [row(one) for one in state.people.values() if one.id and one.dirty]
    Person.objects.bulk_update(changed, fields[1:], batch_size=1000)


def _write_teams(state: State, batch_id: int | None) -> None:
    fresh = [team for team in state.teams.values() if team.id is None]
    for team in sorted(fresh, key=lambda one: len(state.path(one.key))):
        parent_id = state.teams[team.parent].id if team.parent else None
        team.id = Team.objects.create(
            key=team.key, name=team.name, parent_id=parent_id, batch_id=batch_id
        ).pk


def _write_places(state: State, batch_id: int | None) -> None:
    # everybody and every team has an id by now
    people = {number: one.id or 0 for number, one in state.people.items()}
    teams = {key: team.id or 0 for key, team in state.teams.items()}

    def row(number: str, place: PlannedPlace) -> Assignment:
        return Assignment(
            pk=place.id,
            person_id=people[number],
            team_id=teams[place.team],
            role=state.roles[place.role],
            manager_id=people[place.manager] if place.manager else None,
            share=place.share,
            valid_from=place.valid_from,
            valid_to=place.valid_to,
            batch_id=batch_id,
        )

    every = [(number, place) for number, places in state.places.items() for place in places]
    changed = [row(number, place) for number, place in every if place.id and place.dirty]
    fields = ["team", "role", "manager", "share", "valid_to"]
    Assignment.objects.bulk_update(changed, fields, batch_size=1000)
    fresh = [row(number, place) for number, place in every if place.id is None]
    Assignment.objects.bulk_create(fresh, batch_size=1000)
