"""Planning a load of people: each row against what is known, all issues of all rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from django.utils.text import slugify

from kernel.issues import N_, Issue, Level, Place, error, warning
from people.services.load_places import settle
from people.services.load_state import (
    PersonInput,
    PlannedPerson,
    PlannedPlace,
    PlannedTeam,
    State,
)
from people.services.organisation import free_key

LONGEST_NUMBER = 40
_WHO = ("number", "email", "name", "first_name", "last_name")  # what tells who a row is about


@dataclass(slots=True)
class RowPlan:
    """One row while it is planned."""

    row: PersonInput
    number: str
    issues: list[Issue] = field(default_factory=list)
    is_new: bool = False
    is_changed: bool = False

    @property
    def is_refused(self) -> bool:
        return bool(self.row.unread) or any(issue.level is Level.ERROR for issue in self.issues)

    def refuse(self, code: str, message: str, remedy: str, column: str, **params: object) -> None:
        if column in self.row.unread:
            return  # what is wrong with it is told
        self.issues.append(error(code, message, remedy, Place(path=column), **params))


@dataclass(slots=True)
class _NewManager:
    """Somebody named only as a manager, and where and since when people report to them."""

    number: str
    teams: set[str] = field(default_factory=set)
    since: date = date.max


def plan_rows(state: State, rows: Sequence[PersonInput]) -> list[RowPlan]:
    """Plan every row into `state`; who is named before how they relate, so order is free.

    Refused rows are planned too, as far as they go: with one of them nothing is written, and the
    others are compared with them, so that all issues are said at once.
    """
    plans = [_identify(row) for row in rows]
    said: dict[str, dict[str, object]] = {}
    for plan in plans:
        if plan.number:
            _plan_person(state, plan, said.setdefault(plan.number, {}))
    managers: dict[str, _NewManager] = {}
    seen: dict[tuple[str, date], PersonInput] = {}
    for plan in sorted(plans, key=lambda one: one.row.valid_from or date.min):
        _plan_row_place(state, plan, managers, seen)
    for manager in managers.values():
        _place_manager(state, manager)
    return plans


# --- who ---------------------------------------------------------------------------------------


def _identify(row: PersonInput) -> RowPlan:
    number = row.number.strip() or row.email.strip().lower() or slugify(_names(row)[2])
    plan = RowPlan(row, number)
    if len(number) > LONGEST_NUMBER:
        plan.refuse(
            "person.long_number",
            N_('"{number}" is too long for a number.'),
            N_("Fill the number, with at most {longest} characters."),
            "number",
            number=number,
            longest=LONGEST_NUMBER,
        )
    if not number and row.unread.isdisjoint(_WHO):
        plan.refuse(
            "person.nobody",
            N_("The row says neither a number nor a name."),
            N_("Fill the number, or the name, or delete the row."),
            "number",
        )
    if row.share is not None and not 0 < row.share <= 1:
        plan.refuse(
            "assignment.share",
            N_("A share of {share} is not between 0 and 1."),
            N_("Write 1 for full time, 0.8 for four days of five."),
            "share",
            share=row.share,
        )
    for start, end, column in (
        (row.valid_from, row.valid_to, "valid_to"),
        (row.hired_on, row.left_on, "left_on"),
    ):
        if start and end and end <= start:
            _refuse_backwards(plan, start, column)
    return plan


def _refuse_backwards(plan: RowPlan, start: date, column: str) -> None:
    plan.refuse(
        "range.backwards",
        N_("It would end before it starts ({start})."),
        N_("Choose a later end."),
        column,
        start=start,
    )


def _names(row: PersonInput) -> tuple[str, str, str]:
    first, last = row.first_name.strip(), row.last_name.strip()
    if not first and not last:
        first, _, last = " ".join(row.name.split()).partition(" ")
        if not last:
            first, last = "", first
    return first, last, f"{first} {last}".strip()


def _plan_person(state: State, plan: RowPlan, said: dict[str, object]) -> None:
    """Add or correct the person; `said` is what earlier rows of the load say about them."""
    first, last, _ = _names(plan.row)
    told = {
        "first_name": first,
        "last_name": last,
        "email": plan.row.email.strip().lower(),
        "hired_on": plan.row.hired_on,
        "left_on": plan.row.left_on,
        "establishment": plan.row.establishment.strip(),
        "contract": plan.row.contract.strip(),
    }
    wanted = {name: value for name, value in told.items() if value}
    for name, value in wanted.items():
        if said.setdefault(name, value) != value:
            _refuse_contradiction(plan, name, value, said[name])
    known = state.people.get(plan.number)
    if known is None and not last and plan.row.unread.isdisjoint(_WHO):
        plan.refuse(
            "person.no_name",
            N_("The person has no name."),
            N_("Write at least the last name."),
            "last_name",
        )
    _check_leaving(plan, known)
    if known is None:
        plan.is_new = True
        known = PlannedPerson(
            plan.number,
            first,
            last,
            str(told["email"]),
            plan.row.hired_on,
            plan.row.left_on,
            str(told["establishment"]),
            str(told["contract"]),
        )
    for name, value in wanted.items():
        if value != getattr(known, name):
            setattr(known, name, value)
            known.dirty = plan.is_changed = True
    state.add_person(known)


def _check_leaving(plan: RowPlan, known: PlannedPerson | None) -> None:
    """A row that tells one end of the employment must fit the other, which is known."""
    row = plan.row
    if known is None or (row.hired_on is None) == (row.left_on is None):
        return
    start, end = row.hired_on or known.hired_on, row.left_on or known.left_on
    if start and end and end <= start:
        _refuse_backwards(plan, start, "hired_on" if row.hired_on else "left_on")


def _refuse_contradiction(plan: RowPlan, column: str, value: object, other: object) -> None:
    plan.refuse(
        "person.contradiction",
        N_('Another row about {number} says "{other}", this one "{value}".'),
        N_("Write the same in all rows of a person, or leave it empty in the others."),
        column,
        number=plan.number,
        other=other,
        value=value,
    )


# --- where -------------------------------------------------------------------------------------


def _plan_row_place(
    state: State,
    plan: RowPlan,
    managers: dict[str, _NewManager],
    seen: dict[tuple[str, date], PersonInput],
) -> None:
    row = plan.row
    if not row.team.strip() and "team" not in row.unread:
        _warn_of_no_team(state, plan)
        return
    role_key, since = _role(state, plan), _since(plan)
    team = _team(state, plan) if row.team.strip() else None
    is_repeated = since is not None and plan.number != "" and _is_repeated(plan, since, seen)
    manager = _manager(state, plan, managers, team, since)
    if is_repeated or plan.is_refused or role_key is None or since is None or team is None:
        return
    place = PlannedPlace(team, role_key, manager, row.share or Decimal(1), since, row.valid_to)
    if settle(state.places.setdefault(plan.number, []), place):
        plan.is_changed = True


def _warn_of_no_team(state: State, plan: RowPlan) -> None:
    if plan.number:
        plan.issues.append(
            warning(
                "person.no_team",
                N_("{name} is in no team, so no board will show them."),
                N_("Fill the column of the team, or place them on their page."),
                Place(path="team"),
                name=state.people[plan.number].name or plan.number,
            )
        )


def _role(state: State, plan: RowPlan) -> str | None:
    role = state.role_called(plan.row.role) if plan.row.role.strip() else None
    if role is None:
        known = ", ".join(state.roles)
        plan.refuse(
            "role.unknown",
            N_('There is no role "{role}".'),
            N_("Use one of {known}, or give all rows one role as a constant of the mapping."),
            "role",
            role=plan.row.role.strip(),
            known=known or "-",
        )
    return role.key if role else None


def _since(plan: RowPlan) -> date | None:
    since = plan.row.valid_from or plan.row.hired_on
    if since is None and "hired_on" not in plan.row.unread:
        plan.refuse(
            "assignment.no_start",
            N_("The row does not say since when the person is in the team."),
            N_("Fill the date, or give all rows one date as a constant of the mapping."),
            "valid_from",
        )
    return since


def _team(state: State, plan: RowPlan) -> str | None:
    name, parent = plan.row.team.strip(), plan.row.parent_team.strip() or None
    found = state.teams_called(name, parent)
    if len(found) == 1:
        return found[0].key
    if found and "parent_team" not in plan.row.unread:
        plan.refuse(
            "team.ambiguous",
            N_('"{team}" may mean several teams.'),
            N_("Fill the column of the team above it, or write one of the keys {known}."),
            "team",
            team=name,
            known=", ".join(sorted(team.key for team in found)),
        )
    if found:
        return None
    plan.is_changed = True
    return _new_team(state, name, parent)


def _new_team(state: State, name: str, parent: str | None) -> str:
    above = None
    if parent is not None:
        known = state.teams_called(parent, None)
        above = known[0].key if known else _new_team(state, parent, None)
    key = free_key(name, above or "", set(state.teams))
    state.teams[key] = PlannedTeam(key, " ".join(name.split()), above)
    return key


def _is_repeated(plan: RowPlan, since: date, seen: dict[tuple[str, date], PersonInput]) -> bool:
    first = seen.setdefault((plan.number, since), plan.row)
    # what they say about the person herself is compared elsewhere
    if _told_place(first) == _told_place(plan.row):
        return first is not plan.row
    plan.refuse(
        "person.twice",
        N_("Another row says something else about {number} from {day} on."),
        N_("Keep one of the two rows, or give them different dates."),
        "number",
        number=plan.number,
        day=since,
    )
    return True


def _told_place(row: PersonInput) -> tuple[object, ...]:
    return row.team, row.parent_team, row.role, row.manager, row.share, row.valid_to


# --- to whom -----------------------------------------------------------------------------------


def _manager(
    state: State,
    plan: RowPlan,
    managers: dict[str, _NewManager],
    team: str | None,
    since: date | None,
) -> str | None:
    text = plan.row.manager.strip()
    if not text:
        return None
    found = state.people_called(text)
    if len(found) > 1:
        plan.refuse(
            "manager.ambiguous",
            N_('"{manager}" may mean several people.'),
            N_("Write one of the numbers {known}."),
            "manager",
            manager=text,
            known=", ".join(found),
        )
        return None
    if found == [plan.number]:
        plan.refuse(
            "assignment.own_manager",
            N_("{name} cannot be their own manager."),
            N_("Choose somebody else, or nobody."),
            "manager",
            name=text,
        )
        return None
    number = found[0] if found else _new_manager(state, plan, text, managers)
    if number in managers and team is not None and since is not None:
        managers[number].teams.add(team)
        managers[number].since = min(managers[number].since, since)
    return number


def _new_manager(state: State, plan: RowPlan, text: str, managers: dict[str, _NewManager]) -> str:
    first, last, name = _names(PersonInput(name=text))
    email = text.lower() if "@" in text else ""
    alike = get_close_matches(name, [one.name for one in state.people.values()], 1, 0.9)
    if alike:
        plan.issues.append(
            warning(
                "manager.looks_like",
                N_('The manager "{manager}" is new, but looks like {known}.'),
                N_("Correct the spelling if it is the same person."),
                Place(path="manager"),
                manager=text,
                known=alike[0],
            )
        )
    number = email or free_key(name, "", set(state.people))
    if len(number) > LONGEST_NUMBER:
        plan.refuse(
            "manager.long_number",
            N_('The manager "{manager}" is new, and too long for a number.'),
            N_("Add a row for the manager, with a number of at most {longest} characters."),
            "manager",
            manager=text,
            longest=LONGEST_NUMBER,
        )
    state.add_person(PlannedPerson(number, first, last, email, None, None))
    managers[number] = _NewManager(number)
    return number


def _place_manager(state: State, manager: _NewManager) -> None:
    """Somebody known only as a manager leads the lowest team that holds all who report to them."""
    team, role = state.common_team(sorted(manager.teams)), state.leading_role()
    if team is not None and role is not None:
        place = PlannedPlace(team, role.key, None, Decimal(1), manager.since, None)
        state.places[manager.number] = [place]
