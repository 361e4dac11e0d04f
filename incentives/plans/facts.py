"""What the product knows besides a plan's document when a version of it is to be published.

Whoever the version would pay in a period that has begun and is not locked would be told the rules
late, today at the earliest; also by the first version of a plan. And the base salaries that HR
knows give the share of fixed pay of each role.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from common.labels import label
from incentives.calc import Plan
from incentives.calc.exposure import MOST, TARGET
from incentives.calc.profile import Exposure, Facts, NoticeFact, RoleFact
from incentives.gathering.payees import Payee, field_of
from incentives.models import PayPeriod, PlanVersion
from incentives.notices.exposure import exposure_of, pay_at_objective
from incentives.notices.queries import CLOSED, is_late
from incentives.reports.personnel import nearest_market, records_of
from kernel.periods import Period
from people import queries as people
from people.models import Role

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def facts_for(version: PlanVersion, plan: Plan, *, with_pay: bool) -> Facts:
    """The facts of a draft and its document.

    `with_pay`: for who may know what people get; else no amount and no share is in them. Payees
    and their objectives are those of today, as if the version were published.
    """
    roles: Sequence[RoleFact] = ()
    notices: list[NoticeFact] = []
    begun, newest = _periods(version)
    for period in begun:
        notices += _late(plan, period, _paid(version, period), with_pay)
    if with_pay and newest is not None:
        roles = _roles(plan, newest, _paid(version, newest))
    first_month = people.company().fiscal_year_start_month
    return Facts(version.valid_from, notices, roles, first_month)


def _periods(version: PlanVersion) -> tuple[list[PayPeriod], PayPeriod | None]:
    """The periods that the version would pay and that have begun, not locked; and the newest one.

    A version pays the periods from its first day on, up to the next published version.
    """
    rows = PayPeriod.objects.order_by("starts_on", "ends_on")
    if version.period_kind != "any":
        rows = rows.filter(kind=version.period_kind)
    later = version.plan.versions.filter(
        state=PlanVersion.State.PUBLISHED, valid_from__gt=version.valid_from
    )
    end = later.order_by("valid_from").values_list("valid_from", flat=True).first() or date.max
    begun = rows.filter(
        starts_on__gte=version.valid_from, starts_on__lt=end, starts_on__lte=people.today()
    )
    return list(begun.exclude(state__in=CLOSED)), rows.last()


def _paid(version: PlanVersion, period: PayPeriod) -> list[Payee]:
    """Whom the plan pays in a period once the version is published, be it its first."""
    versions = set(version.plan.versions.values_list("pk", flat=True))
    field = field_of(period, draft=version)
    return [one for one in field.payees if one.plan_version_id in versions]


def _late(
    plan: Plan, period: PayPeriod, payees: Sequence[Payee], with_pay: bool
) -> Iterator[NoticeFact]:
    """Who could only be told after the own first day of the period, with what may then be due."""
    today, days = people.today(), Period(period.starts_on, period.ends_on)
    for payee in sorted(payees, key=lambda one: (one.name, one.person_id)):
        first = payee.days.start
        if is_late(today, first, days.start):
            exposure = _exposure(payee, plan, days) if with_pay else None
            yield NoticeFact(payee.name, first, published_on=today, exposure=exposure)


def _exposure(payee: Payee, plan: Plan, days: Period) -> Exposure | None:
    found = exposure_of(payee, plan, days)
    if found is None:
        return None
    how = MOST if found.is_most else TARGET
    return Exposure(found.amount.amount, found.amount.currency, how)


def _roles(plan: Plan, period: PayPeriod, payees: Sequence[Payee]) -> list[RoleFact]:
    """The share of fixed pay by role when each objective is exactly reached.

    Of those whose base salary HR knows, in plans with objectives; roles without are left out.
    """
    known = records_of([one.person_id for one in payees], period.ends_on)
    days, months = Period(period.starts_on, period.ends_on), MONTHS[period.kind]
    sums: dict[str, tuple[int, int]] = {}
    for payee in payees:
        record, variable = known.get(payee.person_id), pay_at_objective(payee, plan, days)
        if record is None or record.monthly_minor is None or variable is None:
            continue
        fixed, whole = sums.get(payee.role_key, (0, 0))
        base = record.monthly_minor * months
        sums[payee.role_key] = (fixed + base, whole + base + variable.minor)
    names = {one.key: label(one.name_fr, one.name_en) for one in Role.objects.filter(key__in=sums)}
    shares = {role: Fraction(*of) for role, of in sorted(sums.items()) if of[1] > 0}
    return [
        RoleFact(names.get(role, role), nearest_market(share), share)
        for role, share in shares.items()
    ]
