"""What rows of objectives mean: names resolved, compared with what is in force, all issues."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kernel.issues import NOWHERE, Issue, Level, Place
from kernel.numbers import as_text
from kpis.models import Kpi, Objective
from kpis.services.objective_issues import (
    ambiguous,
    no_reason,
    not_found,
    one_scope,
    overlaps,
    range_issues,
    said_twice,
    target_issues,
    unknown_kpi,
    weight_issues,
)
from kpis.services.objective_steps import signed_by_person
from people import queries as people


@dataclass(frozen=True, slots=True)
class ObjectiveInput:
    """One objective as a file or a form states it; exactly one of person, team and role.

    `person` is a number, an e-mail address or a name; `team` a key or a name; `role` a key or a
    name in either language. `kpi` likewise. `valid_to` is exclusive; `target` is in the KPI's unit.
    Of a row with `unread` fields (given, but not to be understood) it is only said what else is
    wrong.
    """

    kpi: str
    target: Fraction | None
    valid_from: date | None
    valid_to: date | None
    person: str = ""
    team: str = ""
    role: str = ""
    reason: str = ""
    place: Place = NOWHERE
    unread: frozenset[str] = frozenset()
    weight: Fraction | None = None
    """Against the other objectives of the same scope; None is as before, or 1."""


class Status(StrEnum):
    """What became of a row. `withheld`: valid, but another row of the call was not."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    WITHHELD = "withheld"


Scope = tuple[str, int]
"""("person" | "team" | "role", id)."""


@dataclass(slots=True)
class ObjectivePlan:
    """What a row means: names resolved, compared with what is in force, all issues."""

    row: ObjectiveInput
    issues: list[Issue]
    scope: Scope | None = None
    kpi_id: int | None = None
    status: Status = Status.CREATED
    replaces: Objective | None = None
    proposes: bool = False
    """Whether it only asks the person to agree; what it replaces stays in force until then."""

    @property
    def is_refused(self) -> bool:
        return bool(self.row.unread) or any(issue.level is Level.ERROR for issue in self.issues)

    @property
    def is_comparable(self) -> bool:
        """Whether its scope, KPI and dates are known, whatever else is wrong."""
        row = self.row
        dated = row.valid_from and row.valid_to and row.valid_from < row.valid_to
        return bool(dated) and self.scope is not None and self.kpi_id is not None

    @property
    def key(self) -> tuple[Scope | None, int | None]:
        return self.scope, self.kpi_id


class Planner:
    """Resolves names and compares with what is stored: four queries, then one for overlaps."""

    def __init__(self, amend_needs_reason: bool) -> None:
        self._strict = amend_needs_reason
        kpis = list(
            Kpi.objects.filter(retired_on=None)
            .order_by("key")
            .values_list("id", "key", "name_fr", "name_en")
        )
        self._keys = [key for _, key, _, _ in kpis]
        self._find_kpi = _finder((ident, tuple(names)) for ident, *names in kpis)
        self._find: Mapping[str, Callable[[str], list[int]]] = {
            "person": _finder((one.person_id, (one.number, one.email, one.name))
                              for one in people.directory()),
            "team": _finder((one.id, (one.key, one.name)) for one in people.team_tree()),
            "role": _finder((one.id, (one.key, one.name_fr, one.name_en))
                            for one in people.roles()),
        }  # fmt: skip

    def plan(self, rows: Sequence[ObjectiveInput]) -> list[ObjectivePlan]:
        """One plan per row, with all issues."""
        plans = [self._read(row) for row in rows]
        stored = _stored(plan.kpi_id for plan in plans if plan.kpi_id is not None)
        accepted: dict[tuple[Scope | None, int | None], list[ObjectivePlan]] = {}
        for plan in plans:
            if plan.is_comparable:
                self._compare(plan, stored.get(plan.key, []), accepted.setdefault(plan.key, []))
        self._ask_reasons(plans)
        return plans

    def _ask_reasons(self, plans: Sequence[ObjectivePlan]) -> None:
        """A form always says why it amends; a file does where the person has signed."""
        silent = {
            plan.replaces.pk: plan
            for plan in plans
            if plan.status is Status.CHANGED and plan.replaces and not plan.row.reason.strip()
        }
        wanted = set(silent) if self._strict else signed_by_person(silent)
        for pk in sorted(wanted):
            silent[pk].issues.append(no_reason(silent[pk].row.place))

    def _read(self, row: ObjectiveInput) -> ObjectivePlan:
        plan = ObjectivePlan(
            row,
            [
                *(range_issues(row.valid_from, row.valid_to, row.place) if _is_dated(row) else ()),
                *(target_issues(row.target, row.place) if "target" not in row.unread else ()),
                *weight_issues(row.weight, row.place),
            ],
        )
        kpis = self._find_kpi(row.kpi)
        if len(kpis) == 1:
            plan.kpi_id = kpis[0]
        elif "kpi" not in row.unread:
            plan.issues.append(unknown_kpi("kpi", row.kpi, self._keys, row.place))
        names = ("person", "team", "role")
        given = [name for name in names if getattr(row, name)]
        if len(given) > 1 or (not given and row.unread.isdisjoint(names)):
            plan.issues.append(one_scope(row.place))
        for name in given:
            self._find_scope(plan, name, getattr(row, name))
        return plan

    def _find_scope(self, plan: ObjectivePlan, name: str, text: str) -> None:
        found = self._find[name](text)
        if len(found) == 1:
            plan.scope = (name, found[0])
        else:
            issue = ambiguous if found else not_found
            plan.issues.append(issue(name, text, plan.row.place))

    def _compare(
        self, plan: ObjectivePlan, stored: list[Objective], accepted: list[ObjectivePlan]
    ) -> None:
        row = plan.row
        for other in accepted:
            if _overlap(row, other.row.valid_from, other.row.valid_to):
                plan.issues.append(_beside(other.row, row))
                return
        for held in stored:
            if (held.valid_from, held.valid_to) == (row.valid_from, row.valid_to):
                if Fraction(held.target) == row.target and _same_weight(row, held):
                    plan.status, plan.replaces = Status.UNCHANGED, held
                elif row.target is not None:
                    plan.status, plan.replaces = Status.CHANGED, held
            elif _overlap(row, held.valid_from, held.valid_to):
                plan.issues.append(overlaps(held.valid_from, held.valid_to, row.place))
        accepted.append(plan)


def _beside(before: ObjectiveInput, row: ObjectiveInput) -> Issue:
    """Why two rows cannot both stand; those of a form have no lines."""
    if before.place.line is not None and before.place.line != row.place.line:
        return said_twice(before.place.line, row.place)
    return overlaps(before.valid_from, before.valid_to, row.place)


def _same_weight(row: ObjectiveInput, held: Objective) -> bool:
    return row.weight is None or row.weight == Fraction(held.weight)


def _is_dated(row: ObjectiveInput) -> bool:
    """Whether the row itself says its dates: nothing can be said of dates that were not read."""
    return row.unread.isdisjoint(("period", "valid_from", "valid_to", "last_day"))


def _finder(entries: Iterable[tuple[int, tuple[str, ...]]]) -> Callable[[str], list[int]]:
    known: dict[str, set[int]] = {}
    for ident, names in entries:
        for name in names:
            known.setdefault(name.casefold().strip(), set()).add(ident)

    def find(text: str) -> list[int]:
        return sorted(known.get(text.casefold().strip(), ()))

    return find


def _stored(kpi_ids: Iterable[int]) -> dict[tuple[Scope | None, int | None], list[Objective]]:
    found: dict[tuple[Scope | None, int | None], list[Objective]] = {}
    rows = Objective.objects.filter(status=Objective.Status.ACCEPTED, kpi_id__in=set(kpi_ids))
    for row in rows.order_by("id"):
        if row.kpi_id is None:
            continue
        scopes = (("person", row.person_id), ("team", row.team_id), ("role", row.role_id))
        for name, ident in scopes:
            if ident is not None:
                found.setdefault(((name, ident), row.kpi_id), []).append(row)
    return found


def _overlap(row: ObjectiveInput, start: date | None, end: date | None) -> bool:
    if row.valid_from is None or row.valid_to is None or start is None or end is None:
        return False
    return row.valid_from < end and start < row.valid_to


def unsaved(plan: ObjectivePlan) -> Objective:
    """The objective of a plan without issues, not yet stored."""
    row = plan.row
    if plan.scope is None or plan.kpi_id is None or row.target is None:
        raise AssertionError("an objective with issues is never written")
    if row.valid_from is None or row.valid_to is None:
        raise AssertionError("an objective with issues is never written")
    name, ident = plan.scope
    return Objective(
        person_id=ident if name == "person" else None,
        team_id=ident if name == "team" else None,
        role_id=ident if name == "role" else None,
        kpi_id=plan.kpi_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        target=Decimal(as_text(row.target)),
        weight=_weight(plan),
        reason=row.reason.strip(),
    )


def _weight(plan: ObjectivePlan) -> Decimal:
    if plan.row.weight is not None:
        return Decimal(as_text(plan.row.weight))
    return plan.replaces.weight if plan.replaces is not None else Decimal(1)
