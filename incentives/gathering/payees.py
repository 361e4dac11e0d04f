"""Who is paid in a period, by which plan version, for which of the period's days."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from json import loads
from typing import Any

from incentives.calc import Plan
from incentives.calc.measures import Presence
from incentives.calc.steps.mbo import Goal, Mbo
from incentives.gathering.balances import Left, left_before, open_text
from incentives.gathering.plans_in_force import PlansInForce, cut
from incentives.gathering.targets import EVERY_DAY, Held, Part, grouped, parts_of
from incentives.models import PayPeriod, PlanVersion, Run
from kernel.periods import Period
from kpis import queries as kpis
from kpis.objectives.reviews import AgreedGoal, goals_in
from people import queries as people

_MANY = 500
"""From here on, asking about everybody is cheaper than naming them."""


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
    objectives: tuple[tuple[str, tuple[Part, ...]], ...] = ()
    """Targets by KPI, as the parts of objectives that fall on the days."""
    carried: tuple[tuple[str, str], ...] = ()
    """Balances that the last locked statement by this plan has left, as exact text."""
    open: tuple[str, ...] = ()
    """The deals that it has left open, each as JSON."""
    absences: tuple[tuple[str, str, str], ...] = ()
    """Kind, first day and day after the last of each absence, for plans that read presence."""
    hired_on: str = ""
    goals: tuple[AgreedGoal, ...] = ()
    """The qualitative objectives that evaluators score, for plans that read such scores."""
    calendar: tuple[str, str] | None = None
    """Country and subdivision whose holidays count, for plans that read presence."""

    @property
    def days(self) -> Period:
        """From the first to the last of the days that this plan pays."""
        return Period(self.stretches[0].period.start, self.stretches[-1].period.end)

    @property
    def spans(self) -> tuple[Period, ...]:
        """The days as stretches with days of other plans between them."""
        found: list[Period] = []
        for stretch in self.stretches:
            days = stretch.period
            if found and found[-1].end == days.start:
                days = Period(found.pop().start, days.end)
            found.append(days)
        return tuple(found)

    @property
    def role_key(self) -> str:
        """The role of the last of the days."""
        return self.stretches[-1].role_key

    def content(self) -> dict[str, object]:
        """What a roster keeps of it, as plain data."""
        return {
            "name": self.name,
            "stretches": [_plain(one) for one in self.stretches],
            "objectives": [[key, [list(part) for part in parts]] for key, parts in self.objectives],
            "carried": [list(pair) for pair in self.carried],
            **({"open": [loads(item) for item in self.open]} if self.open else {}),
            **({"absences": [list(one) for one in self.absences]} if self.absences else {}),
            **({"hired_on": self.hired_on} if self.hired_on else {}),
            **({"calendar": list(self.calendar)} if self.calendar else {}),
            **({"goals": [one.content() for one in self.goals]} if self.goals else {}),
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
            tuple((key, _parts(value)) for key, value in content["objectives"]),
            tuple((key, value) for key, value in content["carried"]),
            tuple(map(open_text, content.get("open", ()))),
            tuple((kind, start, end) for kind, start, end in content.get("absences", ())),
            content.get("hired_on", ""),
            tuple(AgreedGoal.of_content(person_id, one) for one in content.get("goals", ())),
            (content["calendar"][0], content["calendar"][1]) if "calendar" in content else None,
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


def _parts(value: Any) -> tuple[Part, ...]:
    """Parts of an objective as a roster keeps them; older ones kept the sum."""
    if isinstance(value, str):
        return ((value, 1, 1),)
    return tuple((target, days, of) for target, days, of in value)


def field_of(
    period: PayPeriod,
    person_ids: Collection[int] | None = None,
    *,
    draft: PlanVersion | None = None,
) -> Field:
    """Everybody of the period, payees (all, or only these people) by person and plan version.

    A plan assigned to the person wins over one assigned to the role. The version is the latest
    published one that is valid on the period's first day; a plan that starts later in the period
    applies from the next period on. Objectives are those in force now: a run freezes them with
    the places, because neither keeps a moment of recording. The same holds for the balances that
    the locked period before carries over. A `draft` counts as if it were published. At most ten
    queries, and one for each amendment of a qualitative objective in a row.
    """
    days = Period(period.starts_on, period.ends_on)
    chosen = PlansInForce(days, period.kind, draft)
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
        hired_on = entry.hired_on.isoformat() if entry.hired_on else ""
        payees += [
            Payee(entry.person_id, entry.name, version_id, tuple(stretches), hired_on=hired_on)
            for version_id, stretches in sorted(by_version.items())
        ]
    having = _with_presence(_with_objectives(payees, days, chosen.plans), days, chosen.plans)
    having = _with_goals(having, days, chosen.plans)
    return Field(with_balances(having, period), tuple(members))


def _with_objectives(
    payees: Sequence[Payee], days: Period, plans: Mapping[int, Plan]
) -> tuple[Payee, ...]:
    """The payees with what they have to reach on the days that their plan pays."""
    rows = kpis.objectives_in(
        days,
        person_ids=[payee.person_id for payee in payees],
        role_keys=sorted({part.role_key for payee in payees for part in payee.stretches}),
    )
    scopes = grouped(rows)
    kpi_keys = sorted({key for _, key in scopes})
    company = people.company().calendar

    def of(payee: Payee) -> Iterable[tuple[str, tuple[Part, ...]]]:
        counted = objective_days(plans[payee.plan_version_id])
        calendar = EVERY_DAY if counted == "calendar_days" else company
        for key in kpi_keys:
            own = scopes.get((payee.person_id, key), [])
            held = [
                Held(
                    days if counted == "whole" else part.period,
                    (own, scopes.get((part.role_key, key), [])),
                )
                for part in (payee.stretches[-1:] if counted == "whole" else payee.stretches)
            ]
            parts = parts_of(held, days, calendar)
            if parts:
                yield key, parts

    return tuple(replace(payee, objectives=tuple(of(payee))) for payee in payees)


def _with_goals(
    payees: tuple[Payee, ...], days: Period, plans: Mapping[int, Plan]
) -> tuple[Payee, ...]:
    """The payees with the qualitative objectives that are agreed for the goals of their plan."""
    read = {key: {goal.key for goal in goals_of(plan)} for key, plan in plans.items()}
    ids = {one.person_id for one in payees if read[one.plan_version_id]}
    if not ids:
        return payees
    agreed: dict[int, list[AgreedGoal]] = {}
    for goal in goals_in(days, ids):
        agreed.setdefault(goal.person_id, []).append(goal)
    return tuple(
        replace(
            one,
            goals=tuple(
                goal
                for goal in agreed.get(one.person_id, ())
                if goal.key in read[one.plan_version_id] and goal.days.overlap(one.days)
            ),
        )
        for one in payees
    )


def goals_of(plan: Plan, role_key: str | None = None) -> list[Goal]:
    """The goals of a plan that evaluators score; with a role, of the components that pay it."""
    placed = [
        step
        for part in plan.components
        if role_key is None or not part.roles or role_key in part.roles
        for step in part.steps
    ]
    steps = [one.step for one in (*placed, *plan.steps) if isinstance(one.step, Mbo)]
    return [goal for step in steps for goal in step.items if goal.value is None]


def _with_presence(
    payees: Sequence[Payee], days: Period, plans: Mapping[int, Plan]
) -> tuple[Payee, ...]:
    """The payees with absences, calendar and day of hire, where their plan reads them."""
    reading = {key for key, plan in plans.items() if reads_presence(plan)}
    ids = [one.person_id for one in payees if one.plan_version_id in reading]
    if not ids:
        return tuple(replace(one, hired_on="") for one in payees)
    found: dict[int, list[tuple[str, str, str]]] = {}
    for row in people.absences_between(days, ids):
        away = cut(days, row.valid_from, row.valid_to)
        if away is not None:
            absence = (row.kind, away.start.isoformat(), away.end.isoformat())
            found.setdefault(row.person_id, []).append(absence)
    company = people.company()
    calendar = (company.country, company.subdivision)
    return tuple(
        replace(one, absences=tuple(found.get(one.person_id, ())), calendar=calendar)
        if one.plan_version_id in reading
        else replace(one, hired_on="")
        for one in payees
    )


def reads_presence(plan: Plan) -> bool:
    """Whether absences, working days or the day of hire change what a plan pays."""
    measured = any(isinstance(one.source, Presence) for one in plan.measures.values())
    steps = {placed.mechanic for part in plan.components for placed in part.steps}
    return measured or bool(plan.absences) or "ramp" in steps


def objective_days(plan: Plan) -> str:
    """Which part of an objective a plan asks of who is paid for some of a period's days only.

    As it says itself. Else by working days of the company, unless the plan reads presence: such a
    plan prorates by itself, and gets the whole objective, so that no day is taken off twice.
    """
    if plan.objective_days is not None:
        return plan.objective_days
    reads = any(isinstance(one.source, Presence) for one in plan.measures.values())
    return "whole" if reads else "working_days"


def with_balances(
    payees: tuple[Payee, ...], period: PayPeriod, run: Run | None = None
) -> tuple[Payee, ...]:
    """The payees with what their last locked statement by the plan has left, whenever that was.

    With `run`, after the corrections that it holds. Three queries.
    """
    ids = None if len(payees) > _MANY else [one.person_id for one in payees]
    left = left_before(period, ids, run)
    if not left:
        return tuple(replace(one, carried=(), open=()) for one in payees)
    versions = {one.plan_version_id for one in payees}
    plans = dict(PlanVersion.objects.filter(pk__in=versions).values_list("id", "plan_id"))
    nothing = Left()
    return tuple(
        replace(one, carried=found.carried, open=found.open)
        for one in payees
        for found in [left.get((one.person_id, plans[one.plan_version_id]), nothing)]
    )


def _employed(held: Period | None, hired_on: date | None, left_on: date | None) -> Period | None:
    """The days of `held` between hire and leaving."""
    if held is None:
        return None
    start = max(held.start, hired_on or held.start)
    end = min(held.end, left_on or held.end)
    return Period(start, end) if start < end else None
