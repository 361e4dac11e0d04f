"""Pay periods, statements and plans as rows to be shown; read only."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Sum

from incentives.choices import PeriodState
from incentives.claims.adjustments import adjusted
from incentives.gathering.inputs import objectives_read
from incentives.gathering.payees import Field
from incentives.models import PayPeriod as PayPeriod  # the row type of `unfinished_periods`
from incentives.models import PlanAssignment, PlanVersion, Run, RunStatement, Statement
from incentives.periods.anomalies import LOOKED_BACK, Past, compared
from people import queries as people


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A pay period with its last finished run, that run's totals and the approved adjustments."""

    id: int
    kind: str
    starts_on: date
    ends_on: date
    state: str
    run_number: int | None
    payees: int
    total_minor: int
    currency: str


def periods(limit: int = 36) -> list[PeriodRow]:
    """The pay periods, newest first. Five queries."""
    found = list(PayPeriod.objects.order_by("-starts_on", "kind")[:limit])
    added = adjusted([one.pk for one in found])
    runs = {run.period_id: run for run in last_runs([one.pk for one in found])}
    sums = {
        row["run_id"]: row
        for row in RunStatement.objects.filter(run__in=runs.values())
        .values("run_id")
        .annotate(total=Sum("statement__total_minor"), payees=Count("id"))
        .order_by("run_id")
    }
    currencies = dict(
        RunStatement.objects.filter(run__in=runs.values())
        .order_by("run_id")
        .values_list("run_id", "statement__currency")
        .distinct("run_id")
    )
    return [
        _period_row(one, runs.get(one.pk), sums, currencies, added.get(one.pk, 0)) for one in found
    ]


def _period_row(
    one: PayPeriod,
    run: Run | None,
    sums: Mapping[int, Mapping[str, Any]],
    currencies: Mapping[int, str],
    added_minor: int,
) -> PeriodRow:
    figures = sums.get(run.pk, {}) if run else {}
    return PeriodRow(
        id=one.pk,
        kind=one.kind,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        state=one.state,
        run_number=run.number if run else None,
        payees=figures.get("payees", 0),
        total_minor=figures.get("total", 0) + added_minor,
        currency=currencies.get(run.pk, "") if run else "",
    )


def last_runs(period_ids: Sequence[int]) -> list[Run]:
    """The newest finished run of each period. One query."""
    runs = Run.objects.filter(period_id__in=period_ids, state=Run.State.DONE)
    return list(runs.order_by("period_id", "-number").distinct("period_id"))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    of: int
    state: str

    @property
    def percent(self) -> int:
        return 100 * self.done // self.of if self.of else 0


def progress_of(run: Run) -> Progress:
    """How many statements of a run are there. One query."""
    return Progress(run.statements.count(), run.payee_count, run.state)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement in a list, beside the one of the period before."""

    id: int
    person_id: int
    number: str
    name: str
    plan_key: str
    plan_fr: str
    plan_en: str
    total_minor: int
    currency: str
    before_minor: int | None
    capped: bool
    warnings: int
    corrects: PayPeriod | None
    odd: tuple[str, ...] = ()
    """What is odd beside the payee's own past; see `incentives.periods.anomalies`."""

    @property
    def change_minor(self) -> int | None:
        return None if self.before_minor is None else self.total_minor - self.before_minor

    @property
    def anomalies(self) -> tuple[str, ...]:
        """Codes of what a checker should look at, the gravest first."""
        flags = (
            ("warning", self.warnings > 0),
            *((code, True) for code in self.odd),
            ("capped", self.capped),
            ("correction", self.corrects is not None),
        )
        return tuple(code for code, holds in flags if holds)


def statements_of(run: Run, person_ids: Collection[int] | None = None) -> list[StatementRow]:
    """The statements of a run by name; `person_ids` limits whose. Four queries."""
    rows = Statement.objects.filter(runs=run).select_related(
        "person", "plan_version__plan", "corrects__run__period"
    )
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    before = _totals_before(run.period)
    rows = rows.order_by("person__last_name", "person__first_name", "person_id", "id")
    # of the two large documents only what the list shows
    rows = rows.defer("inputs", "result").annotate(
        excess=F("figures__excess"), issues=F("figures__issues")
    )
    found = list(rows)
    odd = _odd(run.period, found)
    return [_statement_row(row, before, odd) for row in found]


def _odd(period: PayPeriod, rows: Iterable[Statement]) -> dict[int, tuple[str, ...]]:
    """By person: what is odd about the total of the run, corrections left out. One query."""
    totals: dict[int, int] = {}
    for row in rows:
        if row.corrects_id is None:
            totals[row.person_id] = totals.get(row.person_id, 0) + row.total_minor
    paid = _totals_paid(period)
    starts = sorted({start for of_person in paid.values() for start in of_person})
    past = {
        person_id: tuple(of_person[start] for start in starts if start in of_person)
        for person_id, of_person in paid.items()
    }
    return {
        person_id: compared(total, Past(past.get(person_id, ()), len(starts)))
        for person_id, total in totals.items()
    }


def _totals_paid(period: PayPeriod) -> dict[int, dict[date, int]]:
    """By person and start: totals of the last locked periods of the kind before this one."""
    earlier = PayPeriod.objects.filter(
        kind=period.kind,
        ends_on__lte=period.starts_on,
        state__in=[PeriodState.LOCKED, PeriodState.EXPORTED],
    )
    recent = earlier.order_by("-starts_on").values("pk")[:LOOKED_BACK]
    rows = (
        Statement.objects.filter(runs__period__in=recent, runs__locked=True, corrects=None)
        .values_list("person_id", "run__period__starts_on")
        .annotate(total=Sum("total_minor"))
        .order_by("person_id", "run__period__starts_on")
    )
    found: dict[int, dict[date, int]] = {}
    for person_id, start, total in rows:
        found.setdefault(person_id, {})[start] = total
    return found


def _statement_row(
    row: Any, before: dict[tuple[int, int], int], odd: dict[int, tuple[str, ...]]
) -> StatementRow:
    plan = row.plan_version.plan
    corrects = row.corrects.run.period if row.corrects else None
    return StatementRow(
        id=row.pk,
        person_id=row.person_id,
        number=row.person.number,
        name=row.person.name,
        plan_key=plan.key,
        plan_fr=plan.name_fr,
        plan_en=plan.name_en,
        total_minor=row.total_minor,
        currency=row.currency,
        before_minor=None if corrects else before.get((row.person_id, plan.pk)),
        capped=bool(row.excess),
        warnings=len(row.issues or []),
        corrects=corrects,
        odd=() if corrects else odd.get(row.person_id, ()),
    )


def _totals_before(period: PayPeriod) -> dict[tuple[int, int], int]:
    """Totals by (person, plan) of the last run of the period before."""
    earlier = (
        PayPeriod.objects.filter(kind=period.kind, ends_on__lte=period.starts_on)
        .order_by("-starts_on")
        .first()
    )
    if earlier is None:
        return {}
    rows = Statement.objects.filter(runs__in=last_runs([earlier.pk]), corrects=None)
    keys = rows.values_list("person_id", "plan_version__plan_id", "total_minor")
    return {(person, plan): total for person, plan, total in keys}


@dataclass(frozen=True, slots=True)
class MyStatementRow:
    """A statement, for the list of somebody's own pay or of the people they lead."""

    id: int
    person_id: int
    name: str
    starts_on: date
    ends_on: date
    kind: str
    state: str
    plan_fr: str
    plan_en: str
    total_minor: int
    currency: str
    is_correction: bool


# a payee sees figures from the moment that HR stands by them
SHOWN_TO_PAYEES = ("approved", "locked", "exported")


def shown_periods(limit: int) -> list[PayPeriod]:
    """The newest periods whose statements payees may see. One query."""
    shown = PayPeriod.objects.filter(state__in=SHOWN_TO_PAYEES)
    return list(shown.order_by("-starts_on", "kind")[:limit])


def statements_for(person_ids: Collection[int], periods: int = 36) -> list[MyStatementRow]:
    """The statements of these people that payees may see, newest period first. Two queries."""
    ids = [period.pk for period in shown_periods(limit=periods)]
    rows = (
        Statement.objects.filter(person_id__in=person_ids, runs__in=last_runs(ids))
        .select_related("run__period", "plan_version__plan", "person")
        .defer("inputs", "result")
        .order_by("-run__period__starts_on", "person__last_name", "person_id", "id")
    )
    return [
        MyStatementRow(
            id=row.pk,
            person_id=row.person_id,
            name=row.person.name,
            starts_on=row.run.period.starts_on,
            ends_on=row.run.period.ends_on,
            kind=row.run.period.kind,
            state=row.run.period.state,
            plan_fr=row.plan_version.plan.name_fr,
            plan_en=row.plan_version.plan.name_en,
            total_minor=row.total_minor,
            currency=row.currency,
            is_correction=row.corrects_id is not None,
        )
        for row in rows
    ]


def is_shown(statement: Statement) -> bool:
    """Whether payees may see it: HR stands by the period, and it is of the run that counts."""
    period = statement.run.period
    return period.state in SHOWN_TO_PAYEES and counts_for(statement, last_runs([period.pk]))


def counts_for(statement: Statement, runs: Iterable[Run]) -> bool:
    """Whether a statement counts for one of the runs, whichever run calculated it. One query."""
    return statement.runs.filter(pk__in=[run.pk for run in runs]).exists()


def plan_versions() -> list[PlanVersion]:
    """All plan versions with their plans, by plan and newest first. One query."""
    rows = PlanVersion.objects.select_related("plan", "created_by__person")
    return list(rows.order_by("plan__key", "-number"))


def assignments() -> list[PlanAssignment]:
    """Who is paid by which plan, newest first. One query."""
    rows = PlanAssignment.objects.select_related("role", "person", "plan")
    return list(rows.order_by("-valid_from", "-id"))


def unpaid(field: Field) -> list[str]:
    """The names of people with a place in the period and no plan. One query."""
    paid = {payee.person_id for payee in field.payees}
    names = people.person_names([one.person_id for one in field.members])
    return sorted(name for person_id, name in names.items() if person_id not in paid)


def versions_in(field: Field) -> dict[int, PlanVersion]:
    """The plan versions by which people are paid, with their plans. One query."""
    rows = PlanVersion.objects.select_related("plan")
    return rows.in_bulk({payee.plan_version_id for payee in field.payees})


def without_objective(field: Field, versions: Mapping[int, PlanVersion]) -> list[str]:
    """The names of payees whose plan reads an objective that nobody has set. No query."""
    read = {key: objectives_read(one.terms()) for key, one in versions.items()}
    return sorted(
        {
            payee.name
            for payee in field.payees
            if read[payee.plan_version_id] - {key for key, _ in payee.objectives}
        }
    )


def unfinished_periods(limit: int) -> list[PayPeriod]:
    """The pay periods that are not exported yet, oldest first. One query."""
    rows = PayPeriod.objects.exclude(state=PeriodState.EXPORTED)
    return list(rows.order_by("ends_on", "id")[:limit])
