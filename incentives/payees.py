"""Who is paid in a period, by which plan version, for which of the period's days."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from incentives.choices import PeriodState
from incentives.models import PayPeriod, PlanAssignment, PlanVersion, Run
from kernel.numbers import as_text
from kernel.periods import Period
from kpis import queries as kpis
from people import queries as people


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of the period on which one place held: team, role and manager did not change."""

    period: Period
    team_id: int
    role_key: str
    manager_id: int | None


@dataclass(frozen=True, slots=True)
class Member:
    """Where one person was during the period, whether paid by a plan or not."""

    person_id: int
    stretches: tuple[Stretch, ...]

    @property
    def managers(self) -> list[int]:
        """Whom the person reported to."""
        return sorted({one.manager_id for one in self.stretches if one.manager_id is not None})

    def content(self) -> list[list[object]]:
        """What a roster keeps of it, as plain data."""
        return [_plain(one) for one in self.stretches]

    @classmethod
    def of_content(cls, person_id: int, content: Sequence[Sequence[Any]]) -> "Member":
        """The member that `content` was made of."""
        return cls(person_id, tuple(map(_stretch, content)))


@dataclass(frozen=True, slots=True)
class Payee:
    """One person under one plan version: one statement."""

    person_id: int
    name: str
    plan_version_id: int
    stretches: tuple[Stretch, ...]
    objectives: tuple[tuple[str, str], ...] = ()
    """Targets of the period by KPI, as exact text."""
    carried: tuple[tuple[str, str], ...] = ()
    """Balances that the period before has left, as exact text."""

    @property
    def days(self) -> Period:
        """From the first to the last of the days that this plan pays."""
        return Period(self.stretches[0].period.start, self.stretches[-1].period.end)

    @property
    def role_key(self) -> str:
        """The role of the last of the days."""
        return self.stretches[-1].role_key

    def content(self) -> dict[str, object]:
        """What a roster keeps of it, as plain data."""
        return {
            "name": self.name,
            "stretches": [_plain(one) for one in self.stretches],
            "objectives": [list(pair) for pair in self.objectives],
            "carried": [list(pair) for pair in self.carried],
        }

    @classmethod
    def of_content(
        cls, person_id: int, plan_version_id: int, content: Mapping[str, Any]
    ) -> "Payee":
        """The payee that `content` was made of."""
        return cls(
            person_id,
            content["name"],
            plan_version_id,
            tuple(map(_stretch, content["stretches"])),
            tuple((key, value) for key, value in content["objectives"]),
            tuple((key, value) for key, value in content["carried"]),
        )


@dataclass(frozen=True, slots=True)
class Field:
    """Everybody of a period: the payees, and all members with their managers."""

    payees: tuple[Payee, ...]
    members: tuple[Member, ...]

    def only(self, person_ids: Iterable[int]) -> tuple[Payee, ...]:
        """The payees among these people."""
        wanted = set(person_ids)
        return tuple(payee for payee in self.payees if payee.person_id in wanted)


def _plain(one: Stretch) -> list[object]:
    days = one.period
    return [days.start.isoformat(), days.end.isoformat(), one.team_id, one.role_key, one.manager_id]


def _stretch(row: Sequence[Any]) -> Stretch:
    start, end, team_id, role_key, manager_id = row
    days = Period(date.fromisoformat(start), date.fromisoformat(end))
    return Stretch(days, team_id, role_key, manager_id)


def field_of(period: PayPeriod, person_ids: Collection[int] | None = None) -> Field:
    """Everybody of the period, payees (all, or only these people) by person and plan version.

    A plan assigned to the person wins over one assigned to the role. The version is the latest
    published one that is valid on the period's first day; a plan that starts later in the period
    applies from the next period on. Objectives are those in force now: a run freezes them with
    the places, because neither keeps a moment of recording. The same holds for the balances that
    the locked period before carries over. At most nine queries.
    """
    days = Period(period.starts_on, period.ends_on)
    chosen = _PlansInForce(days, period.kind)
    payees: list[Payee] = []
    members: list[Member] = []
    for entry in people.roster(days):
        by_version: dict[int, list[Stretch]] = {}
        whole: list[Stretch] = []
        for place in entry.places:
            held = _employed(place.during(days), entry.hired_on, entry.left_on)
            if held is not None:
                whole.append(Stretch(held, place.team_id, place.role_key, place.manager_id))
            if person_ids is not None and entry.person_id not in person_ids:
                continue
            for version_id, part in chosen.versions_for(entry.person_id, place.role_key, held):
                stretch = Stretch(part, place.team_id, place.role_key, place.manager_id)
                by_version.setdefault(version_id, []).append(stretch)
        members += [Member(entry.person_id, tuple(whole))] if whole else []
        payees += [
            Payee(entry.person_id, entry.name, version_id, tuple(stretches))
            for version_id, stretches in sorted(by_version.items())
        ]
    return Field(with_balances(_with_objectives(payees, days), period), tuple(members))


def _with_objectives(payees: Sequence[Payee], days: Period) -> tuple[Payee, ...]:
    """The payees with the targets of the period: a person's own before the role's."""
    rows = kpis.objectives_in(
        days,
        person_ids=[payee.person_id for payee in payees],
        role_keys=sorted({payee.role_key for payee in payees}),
    )
    calendar = people.company().calendar
    scopes: dict[tuple[int | str | None, str], list[kpis.ObjectiveRow]] = {}
    for row in rows:
        scope = row.role_key if row.person_id is None else row.person_id
        scopes.setdefault((scope, row.kpi_key), []).append(row)
    targets = {key: kpis.target_in(found, days, calendar) for key, found in scopes.items()}
    kpi_keys = sorted({key for _, key in scopes})

    def of(payee: Payee) -> Iterable[tuple[str, str]]:
        for key in kpi_keys:
            found = targets.get((payee.person_id, key)) or targets.get((payee.role_key, key))
            if found is not None:
                yield key, as_text(found.value)

    return tuple(replace(payee, objectives=tuple(of(payee))) for payee in payees)


def with_balances(payees: tuple[Payee, ...], period: PayPeriod) -> tuple[Payee, ...]:
    """The payees with what their statement of the locked period before carried over.

    Unchanged when the period before is not locked. At most two queries.
    """
    last = (
        Run.objects.filter(
            period__kind=period.kind,
            period__ends_on=period.starts_on,
            period__state__in=[PeriodState.LOCKED, PeriodState.EXPORTED],
            state=Run.State.DONE,
        )
        .order_by("-number")
        .first()
    )
    if last is None:
        return payees
    plans = dict(
        PlanVersion.objects.filter(pk__in={one.plan_version_id for one in payees}).values_list(
            "id", "plan_id"
        )
    )
    rows = last.statements.filter(corrects=None).values_list(
        "person_id", "plan_version__plan_id", "figures__carried"
    )
    left = {(person, plan): tuple(sorted(carried.items())) for person, plan, carried in rows}
    return tuple(
        replace(one, carried=left.get((one.person_id, plans[one.plan_version_id]), ()))
        for one in payees
    )


def _employed(held: Period | None, hired_on: date | None, left_on: date | None) -> Period | None:
    """The days of `held` between hire and leaving."""
    if held is None:
        return None
    start = max(held.start, hired_on or held.start)
    end = min(held.end, left_on or held.end)
    return Period(start, end) if start < end else None


class _PlansInForce:
    """Plan assignments of a period and the version that each plan has in it."""

    def __init__(self, days: Period, kind: str) -> None:
        self.days = days
        rows = (
            PlanAssignment.objects.filter(people.held_in(days))
            .order_by("valid_from", "id")
            .values_list("plan_id", "role__key", "person_id", "valid_from", "valid_to")
        )
        self.versions = _versions({row[0] for row in rows}, days.start, kind)
        self.of_role: dict[str, list[tuple[int, Period]]] = {}
        self.of_person: dict[int, list[tuple[int, Period]]] = {}
        for plan_id, role_key, person_id, valid_from, valid_to in rows:
            version_id = self.versions.get(plan_id)
            held = _cut(days, valid_from, valid_to)
            if version_id is None or held is None:
                continue
            if person_id:
                self.of_person.setdefault(person_id, []).append((version_id, held))
            else:
                self.of_role.setdefault(role_key, []).append((version_id, held))

    def versions_for(
        self, person_id: int, role_key: str, held: Period | None
    ) -> Iterable[tuple[int, Period]]:
        """Plan version and days, for a stretch of days in one role."""
        if held is None:
            return
        rest = [held]
        for version_id, assigned in self.of_person.get(person_id, []):
            for part in _overlaps(rest, assigned):
                yield version_id, part
            rest = without(rest, assigned)
        for version_id, assigned in self.of_role.get(role_key, []):
            for part in _overlaps(rest, assigned):
                yield version_id, part


def _cut(days: Period, valid_from: date, valid_to: date | None) -> Period | None:
    start, end = max(days.start, valid_from), min(days.end, valid_to or days.end)
    return Period(start, end) if start < end else None


def _overlaps(parts: Sequence[Period], other: Period) -> list[Period]:
    return [found for part in parts if (found := part.overlap(other)) is not None]


def without(parts: Sequence[Period], taken: Period) -> list[Period]:
    """The days of `parts` that are not in `taken`."""
    left: list[Period] = []
    for part in parts:
        for start, end in (
            (part.start, min(part.end, taken.start)),
            (max(part.start, taken.end), part.end),
        ):
            if start < end:
                left.append(Period(start, end))
    return left


def _versions(plan_ids: Iterable[int], day: date, kind: str) -> dict[int, int]:
    """The version in force on a day, for the plans that pay by this kind of period.

    A version that has gone over to another kind of period leaves nothing to the one before it:
    otherwise months and their quarter would pay the same deals.
    """
    rows = (
        PlanVersion.objects.filter(
            plan_id__in=plan_ids, state=PlanVersion.State.PUBLISHED, valid_from__lte=day
        )
        .order_by("plan_id", "-valid_from", "-number")
        .distinct("plan_id")
        .values_list("plan_id", "id", "period_kind")
    )
    return {plan_id: version_id for plan_id, version_id, pays in rows if pays in (kind, "any")}
