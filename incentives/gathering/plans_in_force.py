"""Which published version of each plan pays whom in a period, and on which of its days."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db.models import Q

from incentives.calc import Plan
from incentives.models import PlanAssignment, PlanVersion, RosterPayee, Run
from kernel.periods import Period
from people import queries as people


class PlansInForce:
    """Plan assignments of a period and the version that each plan has in it.

    A `draft` counts as if it were published.
    """

    def __init__(self, days: Period, kind: str, draft: PlanVersion | None = None) -> None:
        self.days = days
        rows = (
            PlanAssignment.objects.filter(people.held_in(days))
            .order_by("valid_from", "id")
            .values_list("plan_id", "role__key", "person_id", "valid_from", "valid_to")
        )
        self.versions, self.plans = _versions({row[0] for row in rows}, days, kind, draft)
        self.of_role: dict[str, list[tuple[int, Period]]] = {}
        self.of_person: dict[int, list[tuple[int, Period]]] = {}
        for plan_id, role_key, person_id, valid_from, valid_to in rows:
            version_id = self.versions.get(plan_id)
            held = cut(days, valid_from, valid_to)
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


def cut(days: Period, valid_from: date, valid_to: date | None) -> Period | None:
    """The part of `days` from the first day to the day before the last, which may be open."""
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


def _versions(
    plan_ids: Iterable[int], days: Period, kind: str, draft: PlanVersion | None
) -> tuple[dict[int, int], dict[int, Plan]]:
    """The version by plan that is in force on the first day, and what each version says.

    Only plans that pay by this kind of period. A version that has gone over to another kind leaves
    nothing to the one before it, and a plan that another kind of period pays already on some of
    these days is left out: otherwise months and their quarter would pay the same deals.
    """
    counting = Q(state=PlanVersion.State.PUBLISHED)
    if draft is not None:
        counting |= Q(pk=draft.pk)
    rows = (
        PlanVersion.objects.filter(counting, plan_id__in=plan_ids, valid_from__lte=days.start)
        .order_by("plan_id", "-valid_from", "-number")
        .distinct("plan_id")
        .only("plan_id", "period_kind", "document", "state")
    )
    found = [row for row in rows if row.period_kind in (kind, "any")]
    taken = _paid_by_others([row.plan_id for row in found], days, kind)
    return (
        {row.plan_id: row.pk for row in found if row.plan_id not in taken},
        {row.pk: row.terms() for row in found},
    )


def _paid_by_others(plan_ids: Collection[int], days: Period, kind: str) -> frozenset[int]:
    """The plans that the last run of an overlapping period of another kind pays. Two queries."""
    rosters = rosters_of_other_kinds(days, kind)
    if not rosters:
        return frozenset()
    rows = RosterPayee.objects.filter(roster__in=rosters, plan_version__plan__in=plan_ids)
    return frozenset(rows.values_list("plan_version__plan_id", flat=True).distinct())


def rosters_of_other_kinds(days: Period, kind: str) -> list[int | None]:
    """The rosters of the last prepared run of each period of another kind. One query."""
    runs = Run.objects.filter(
        period__starts_on__lt=days.end,
        period__ends_on__gt=days.start,
        state__in=[Run.State.RUNNING, Run.State.DONE],
        roster__isnull=False,  # one that is still to be prepared hides no other
    ).exclude(period__kind=kind)
    last = runs.order_by("period_id", "-number").distinct("period_id")
    return list(last.values_list("roster_id", flat=True))
