"""Reports that only HR reads: the gap of variable pay, the share of fixed pay, the minimum wage."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Sum

from incentives import queries
from incentives.calc.gaps import Gaps, pay_gaps
from incentives.calc.profile import profile_of
from incentives.models import PayPeriod, PersonnelRecord, RunStatement
from kernel.periods import Period
from people import queries as people


@dataclass(frozen=True, slots=True)
class PaidPerson:
    """One person of a period: the role on the last day, variable pay, and what HR knows."""

    person_id: int
    name: str
    role_key: str
    variable_minor: int
    sex: str
    monthly_minor: int | None
    days: int
    """Days in the period on which a place was held."""
    full_days: Fraction
    """These days as days of full time: a day at a share of 0.6 counts 0.6."""


@dataclass(frozen=True, slots=True)
class RoleShare:
    """Fixed pay / (fixed + variable) over the people of a role whose base salary is known."""

    role_key: str
    people: int
    fixed_share: Fraction
    is_usual: bool
    """Within what is usual for sales to companies or to consumers."""


def paid_people(period: PayPeriod) -> list[PaidPerson]:
    """Everybody with a statement in the last run, corrections of other periods left out.

    Four queries. Sums all statements of a person, in the currency of the statements.
    """
    runs = queries.last_runs([period.pk])
    totals = dict(
        RunStatement.objects.filter(run__in=runs, statement__corrects=None)
        .values_list("statement__person_id")
        .annotate(total=Sum("statement__total_minor"))
        .order_by("statement__person_id")
    )
    days = Period(period.starts_on, period.ends_on)
    known = records_of(totals, period.ends_on)
    found = []
    for entry in people.roster(days):
        if entry.person_id not in totals:
            continue
        held = [
            (one.days, Fraction(place.share))
            for place in entry.places
            if (one := place.during(days)) is not None
        ]
        row = known.get(entry.person_id)
        found.append(
            PaidPerson(
                entry.person_id,
                entry.name,
                entry.places[-1].role_key,
                totals[entry.person_id],
                row.sex if row else "",
                row.monthly_minor if row else None,
                sum(count for count, _share in held),
                sum((count * share for count, share in held), Fraction(0)),
            )
        )
    return found


def records_of(person_ids: Iterable[int], before: date) -> dict[int, PersonnelRecord]:
    """What HR knows of people on the day before `before`; nothing of who is unknown. One query."""
    rows = PersonnelRecord.objects.filter(person_id__in=list(person_ids), valid_from__lt=before)
    newest = rows.order_by("person_id", "-valid_from", "-id").distinct("person_id")
    return {row.person_id: row for row in newest}


def gaps_of(rows: list[PaidPerson]) -> Gaps:
    """The gap report over those whose sex is known, by role."""
    return pay_gaps([(row.role_key, row.sex, row.variable_minor) for row in rows if row.sex])


def role_shares(rows: list[PaidPerson], months: int) -> list[RoleShare]:
    """The share of fixed pay by role; `months` is the length of the period."""
    found = []
    for role in sorted({row.role_key for row in rows}):
        paid = [row for row in rows if row.role_key == role and row.monthly_minor is not None]
        fixed = sum((row.monthly_minor or 0) * months for row in paid)
        whole = fixed + sum(row.variable_minor for row in paid)
        if whole > 0:
            share = Fraction(fixed, whole)
            found.append(RoleShare(role, len(paid), share, _is_usual(share)))
    return found


def usual_shares() -> dict[str, tuple[Fraction, Fraction]]:
    """Least and most share of fixed pay by market (b2b, b2c), from the French profile."""
    profile = profile_of("fr")
    usual = profile.rules["fixed_share"].parameters["usual"] if profile else {}
    assert isinstance(usual, dict)  # noqa: S101 - the profile is shipped and tested
    return {str(key): (_percent(one, "least"), _percent(one, "most")) for key, one in usual.items()}


def _percent(bounds: object, key: str) -> Fraction:
    assert isinstance(bounds, dict)  # noqa: S101 - as above
    return Fraction(str(bounds[key]).removesuffix("%").strip()) / 100


def _is_usual(share: Fraction) -> bool:
    return any(least <= share <= most for least, most in usual_shares().values())


def nearest_market(share: Fraction) -> str:
    """The market whose usual share is nearest: nobody says to whom a role sells.

    So only a share that is usual in no market is told as unusual.
    """
    return min(
        usual_shares().items(),
        key=lambda one: max(one[1][0] - share, share - one[1][1], Fraction(0)),
    )[0]


def below_minimum(
    rows: list[PaidPerson], period: PayPeriod, monthly_minimum_minor: int, months: int
) -> list[PaidPerson]:
    """Who got less than the minimum wage for the days held, base and variable pay together.

    Only people whose base salary is known; their base, which is that of their share of full time,
    counts by the days held too. The minimum is that of full time.
    """
    length = (period.ends_on - period.starts_on).days
    found = []
    for row in rows:
        if row.monthly_minor is None:
            continue
        paid = row.monthly_minor * months * Fraction(row.days, length) + row.variable_minor
        if paid < monthly_minimum_minor * months * row.full_days / length:
            found.append(row)
    return found
