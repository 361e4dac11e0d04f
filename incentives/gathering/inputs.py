"""What a statement is calculated from, frozen as one plain document.

The document has the format of `evaluate_plan --inputs` (docs/formats/plan.md), so anybody can
recompute a statement from it and from the plan's text, without this product's database.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from activities.crediting import CreditRow, credits_between, moment_text
from activities.dealings import cancelled_later
from incentives.calc import Plan
from incentives.calc.measures import CountOf, EveryoneOf, Stated, SumOf, TeamOf
from incentives.gathering.happenings import add_events, settles
from incentives.gathering.payees import Field, Member, Payee, Stretch
from incentives.gathering.plans_in_force import without
from incentives.gathering.presences import calendar_of, elsewhere_of, presence_of
from incentives.gathering.prizes import add_awards
from incentives.gathering.reviews import add_reviews
from incentives.gathering.targets import shown
from incentives.models import PayPeriod, Run
from incentives.statements.credit_words import Document as Document  # what `input_documents` gives
from incentives.statements.credit_words import credit_document
from kernel.numbers import as_text
from kernel.periods import Period, start_of_day
from kpis import queries as kpis
from people import queries as people

WON = "deal_won"
Figures = Mapping[int, Mapping[str, str]]
NO_FIGURES: Mapping[int, Figures] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Frozen:
    """The moment and the days that a run is calculated for."""

    days: Period
    as_known_at: datetime | None
    tz: ZoneInfo
    formulas: Mapping[str, Any] | None = None
    """What the KPIs meant when the run began; None: as they are now."""

    @property
    def start(self) -> datetime:
        return start_of_day(self.days.start, self.tz)

    @property
    def end(self) -> datetime:
        return start_of_day(self.days.end, self.tz)


def frozen(period: PayPeriod, as_known_at: datetime | None) -> Frozen:
    """The days of a pay period as known at a moment (None: as known now)."""
    tz = people.company().tz
    return Frozen(Period(period.starts_on, period.ends_on), as_known_at, tz)


def frozen_by(run: Run, as_known_at: datetime | None = None) -> Frozen:
    """The days, the moment, the clock and the formulas that a run has frozen.

    Another moment gives what was known then, by the clock and the formulas of the run.
    """
    period = run.period
    return Frozen(
        Period(period.starts_on, period.ends_on),
        as_known_at or run.as_known_at,
        ZoneInfo(run.timezone) if run.timezone else people.company().tz,
        run.definitions or None,
    )


def credited_types(plan: Plan) -> frozenset[str]:
    """The activity types that a plan's measures name by a condition on `type`, else deals won."""
    named = frozenset(type_key for found in types_named(plan).values() for type_key in found)
    return named or frozenset({WON})


def types_named(plan: Plan) -> dict[str, tuple[str, ...]]:
    """For each measure that reads credits: the types that it names; empty: any type."""
    return {
        key: tuple(
            text
            for condition in measure.source.where
            if condition.attribute == "type" and condition.test == "is"
            for text in condition.texts
        )
        for key, measure in plan.measures.items()
        if isinstance(measure.source, SumOf | CountOf)
    }


def objectives_read(plan: Plan) -> frozenset[str]:
    """The keys of the objectives that a plan reads without a default."""
    return frozenset(
        measure.source.key
        for measure in plan.measures.values()
        if isinstance(measure.source, Stated)
        and measure.source.part == "objectives"
        and measure.default is None
    )


def input_documents(
    at: Frozen,
    payees: Sequence[Payee],
    field: Field,
    plans: Mapping[int, Plan],
    of_all: Mapping[int, Figures] = NO_FIGURES,
) -> dict[tuple[int, int], Document]:
    """The inputs of each payee's statement, by (person, plan version).

    A payee whose plan reads a team (or everyone) carries those people's credits in the same
    document, cut to the days on which they reported to the payee. The number of queries depends on
    the KPIs read and on how many different stretches of days are paid, not on the payees. `of_all`
    gives, by plan version and person, figures that stand for the deals of others.
    """
    desk = _Desk(at, payees, field, plans, of_all)
    documents = {(payee.person_id, payee.plan_version_id): desk.document(payee) for payee in payees}
    add_events(documents, plans, at.start, at.end, at.as_known_at, at.tz)
    add_awards(documents, plans, at.start, at.end, at.as_known_at or timezone.now())
    add_reviews(documents, payees, plans, at.as_known_at)
    return documents


@dataclass(frozen=True, slots=True)
class _Report:
    """Somebody below a payee: `id` and `manager` are the names used in the document."""

    id: str
    manager: str | None
    person_id: int
    stretches: tuple[Stretch, ...]
    measures: Mapping[str, str] | None = None
    """Figures that stand for the credits."""


class _Desk:
    """Loads once what the documents of a block of payees are made of."""

    def __init__(
        self,
        at: Frozen,
        payees: Sequence[Payee],
        field: Field,
        plans: Mapping[int, Plan],
        of_all: Mapping[int, Figures],
    ) -> None:
        self.at = at
        self.of_all = of_all
        self.plans = plans
        self.members = field.members
        self.under: dict[int, list[Member]] = {}
        for member in field.members:
            for manager_id in sorted({s.manager_id for s in member.stretches if s.manager_id}):
                self.under.setdefault(manager_id, []).append(member)
        self.reports = {one: self._below(one) for one in payees}
        types = frozenset[str]().union(
            *(credited_types(plans[payee.plan_version_id]) for payee in payees)
        )
        wanted = {payee.person_id for payee in payees}
        wanted |= {
            report.person_id
            for below in self.reports.values()
            for report in below
            if report.measures is None
        }
        self.credits: dict[int, list[CreditRow]] = {}
        for row in credits_between(
            at.start, at.end, person_ids=wanted, type_keys=types, as_known_at=at.as_known_at
        ):
            self.credits.setdefault(row.person_id, []).append(row)
        self.settling = frozenset(key for key, plan in plans.items() if settles(plan))
        self.kept = self._kept(wanted, types)
        self.figures = self._figures(payees)

    def document(self, payee: Payee) -> Document:
        plan = self.plans[payee.plan_version_id]
        reports = [self._report(report, plan) for report in self.reports[payee]]
        return {
            "period": f"{self.at.days.start.isoformat()}/{self.at.days.end.isoformat()}",
            "payees": [self._payee(payee, plan), *reports],
            "timezone": self.at.tz.key,
            **calendar_of(payee),
        }

    def _kept(self, wanted: Collection[int], types: Collection[str]) -> dict[int, list[CreditRow]]:
        """The credits with those of deals cancelled after the period, for plans that settle."""
        if not self.settling:
            return {}
        kept = {person: list(rows) for person, rows in self.credits.items()}
        for row in cancelled_later(
            self.at.start,
            self.at.end,
            person_ids=wanted,
            type_keys=types,
            as_known_at=self.at.as_known_at,
        ):
            kept.setdefault(row.person_id, []).append(row)
        for rows in kept.values():
            rows.sort(key=lambda row: (row.closed_at, row.source, row.external_id))
        return kept

    def _payee(self, payee: Payee, plan: Plan) -> Document:
        figures = self.figures.get(payee, {})
        return {
            "id": str(payee.person_id),
            "role": payee.role_key,
            "credits": self._credits(payee.person_id, payee.stretches, plan),
            "objectives": {key: shown(parts) for key, parts in payee.objectives},
            "carried": dict(payee.carried),
            **({"open": [json.loads(item) for item in payee.open]} if payee.open else {}),
            "kpis": {
                key: None if value is None else as_text(value)
                for key, value in sorted(figures.items())
            },
            "present_from": payee.days.start.isoformat(),
            "present_to": payee.days.end.isoformat(),
            **elsewhere_of(payee),
            **presence_of(payee),
        }

    def _report(self, report: _Report, plan: Plan) -> Document:
        if report.measures is not None:
            return {"id": report.id, "credits": [], "measures": dict(report.measures)}
        return {
            "id": report.id,
            "manager": report.manager,
            "credits": self._credits(report.person_id, report.stretches, plan),
        }

    def _below(self, payee: Payee) -> list[_Report]:
        """The people whose credits a plan reads beside the payee's own, by person."""
        sources = [one.source for one in self.plans[payee.plan_version_id].measures.values()]
        depths = {source.depth for source in sources if isinstance(source, TeamOf)}
        found: list[_Report] = []
        if depths:
            top, days = str(payee.person_id), tuple(part.period for part in payee.stretches)
            found = self._chain(payee.person_id, top, days, "all" in depths, frozenset())
        if any(isinstance(source, EveryoneOf) for source in sources):
            found += self._others(payee, found)
        return found

    def _others(self, payee: Payee, below: Sequence[_Report]) -> list[_Report]:
        """Everybody on the days that neither the payee's own part nor the reports cover."""
        taken: dict[int, list[Period]] = {
            payee.person_id: [part.period for part in payee.stretches]
        }
        for report in below:
            taken.setdefault(report.person_id, []).extend(s.period for s in report.stretches)
        figures = self.of_all.get(payee.plan_version_id, {})
        found = []
        for member in self.members:
            rest = _outside(member.stretches, taken.get(member.person_id, ()))
            known = figures.get(member.person_id) if rest == member.stretches else None
            if rest:
                name = f"{member.person_id}@all"
                found.append(_Report(name, None, member.person_id, rest, known or None))
        return found

    def _chain(
        self,
        manager_id: int,
        name: str,
        days: tuple[Period, ...],
        deep: bool,
        above: frozenset[int],
    ) -> list[_Report]:
        """Who reported to a manager on these days; with `deep` also who is below them."""
        found: list[_Report] = []
        for member in self.under.get(manager_id, ()):
            parts = _under(member, manager_id, days)
            if not parts or member.person_id in above:
                continue
            # the whole way up stands in the id: a manager may have come from two sides
            report = _Report(f"{member.person_id}@{name}", name, member.person_id, parts)
            found.append(report)
            if deep:
                held = tuple(part.period for part in parts)
                found += self._chain(member.person_id, report.id, held, deep, above | {manager_id})
        return found

    def _credits(self, person_id: int, stretches: Sequence[Stretch], plan: Plan) -> list[Document]:
        types = credited_types(plan)
        bounds = [self._bounds(stretch.period) for stretch in stretches]
        rows = self.kept if settles(plan) else self.credits
        return [
            credit_document(row)
            for row in rows.get(person_id, ())
            if row.type_key in types and any(start <= row.closed_at < end for start, end in bounds)
        ]

    def _bounds(self, days: Period) -> tuple[str, str]:
        """The moments of a stretch of days as texts that compare with `closed_at`."""
        tz = self.at.tz
        return moment_text(start_of_day(days.start, tz)), moment_text(start_of_day(days.end, tz))

    def _figures(self, payees: Sequence[Payee]) -> dict[Payee, dict[str, Fraction | None]]:
        """The KPI values that the plans of these payees read, of the days that each plan pays.

        Two plans of one person in a period share out what the KPI counts, as they do the credits.
        """
        together: dict[tuple[tuple[Period, ...], str], list[Payee]] = {}
        for payee in payees:
            for key in kpis_read(self.plans[payee.plan_version_id]):
                together.setdefault((payee.spans, key), []).append(payee)
        found: dict[Payee, dict[str, Fraction | None]] = {}
        for (spans, key), those in sorted(together.items(), key=lambda item: item[0]):
            formulas = self.at.formulas
            values = kpis.kpi_values_on(
                [key],
                spans,
                as_known_at=self.at.as_known_at,
                person_ids=[payee.person_id for payee in those],
                known=None if formulas is None else kpis.frozen_catalogue(formulas),
                tz=self.at.tz,
            )
            for payee in those:
                if payee.person_id in values:
                    found.setdefault(payee, {})[key] = values[payee.person_id][key]
        return found


def credit_documents(at: Frozen, plan: Plan, person_ids: set[int]) -> dict[int, list[Document]]:
    """The credits of these people that a plan reads, by person, wherever they were. One query."""
    rows = credits_between(
        at.start,
        at.end,
        person_ids=person_ids,
        type_keys=credited_types(plan),
        as_known_at=at.as_known_at,
    )
    found: dict[int, list[Document]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(credit_document(row))
    return found


def _under(member: Member, manager_id: int, days: Iterable[Period]) -> tuple[Stretch, ...]:
    """The stretches of a member under a manager, cut to the days."""
    return tuple(
        replace(stretch, period=part)
        for stretch in member.stretches
        if stretch.manager_id == manager_id
        for day in days
        if (part := stretch.period.overlap(day)) is not None
    )


def _outside(stretches: Iterable[Stretch], taken: Iterable[Period]) -> tuple[Stretch, ...]:
    """The stretches on days that no period of `taken` covers."""
    left = list(stretches)
    for period in taken:
        left = [
            replace(stretch, period=part)
            for stretch in left
            for part in without([stretch.period], period)
        ]
    return tuple(left)


def kpis_read(plan: Plan) -> frozenset[str]:
    """The keys of the KPIs that a plan reads."""
    return frozenset(
        measure.source.key
        for measure in plan.measures.values()
        if isinstance(measure.source, Stated) and measure.source.part == "kpis"
    )


def reads_others(plan: Plan) -> bool:
    """Whether a plan pays on what other people did: a team, or everyone."""
    return any(isinstance(one.source, TeamOf | EveryoneOf) for one in plan.measures.values())
