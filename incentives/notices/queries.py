"""Who was told the rules and objectives of a period, when, and whether they have read them.

The law asks for it before the period begins (Code du travail L.1222-2, L.1222-3), in French
(L.1321-6). A notice is current while nothing that it says has changed since; which one it is says
its reference (incentives/notices/letters.py), the last characters of its French text.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef
from django.db.models.functions import Right

from common.memo import once_per_request
from incentives.calc import Plan
from incentives.choices import PeriodState
from incentives.gathering.payees import Field, Payee, field_of
from incentives.models import Notice, PayPeriod, PlanVersion
from incentives.notices.exposure import Exposure, exposure_of
from incentives.notices.letters import REFERENCE_LENGTH, reference_of
from kernel.periods import Period
from people import queries as people

FRANCE = "FR"
CLOSED = (PeriodState.LOCKED, PeriodState.EXPORTED)
MISSING, CHANGED, UNREAD, READ = "missing", "changed", "unread", "read"


@dataclass(frozen=True, slots=True)
class Told:
    """The newest notice of one payee for a period."""

    id: int
    published_at: datetime
    reference: str
    read_at: datetime | None
    language: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One payee of a period and what they were told; `told` None: nothing yet."""

    payee: Payee
    version: PlanVersion
    plan: Plan
    days: Period
    told: Told | None
    day: date
    """The day on which it is looked at."""

    @property
    def state(self) -> str:
        """`missing`, `changed` (the rules or objectives did since), `unread` or `read`."""
        if self.told is None:
            return MISSING
        if self.told.reference != reference_of(self.payee, self.version.sha256, self.days):
            return CHANGED
        return UNREAD if self.told.read_at is None else READ

    @property
    def is_due(self) -> bool:
        """Whether a letter has to be written."""
        return self.state in (MISSING, CHANGED)

    @property
    def is_late(self) -> bool:
        """Told too late; what has not been told yet is late from the first day on."""
        told = None if self.is_due else self.told
        return is_late(_day(told.published_at) if told else self.day, self.payee.days.start,
                       self.days.start)  # fmt: skip

    @property
    def is_read_late(self) -> bool:
        """Not read before the first day, by now or ever."""
        read_at = self.told.read_at if self.told else None
        return is_late(_day(read_at) if read_at else self.day, self.payee.days.start,
                       self.days.start)  # fmt: skip

    @property
    def exposure(self) -> Exposure | None:
        """What may be due while the payee was not told in time; None when all was in time."""
        return exposure_of(self.payee, self.plan, self.days) if self.is_late else None


def asks_notices(company: people.CompanyRow) -> bool:
    """Whether the law of the company's country asks for notices; what they are good for besides."""
    return company.country == FRANCE


def is_late(told_on: date, first_day: date, starts_on: date) -> bool:
    """Whether a payee was told too late for a period.

    Before the period starts; who joins it later (hired, another plan) on the first day at last.
    """
    return told_on >= starts_on if first_day == starts_on else told_on > first_day


def _day(moment: datetime) -> date:
    return people.today(moment)


def notice_rows(period: PayPeriod, field: Field | None = None) -> list[NoticeRow]:
    """Every payee of the period by name, with what they were told. Three queries beside a field."""
    payees = (field or field_of(period)).payees
    versions = PlanVersion.objects.in_bulk({payee.plan_version_id for payee in payees})
    plans = {key: one.terms() for key, one in versions.items()}
    told = newest_notices(period, None if field is None else [one.person_id for one in payees])
    days, today = Period(period.starts_on, period.ends_on), people.today()
    rows = [
        NoticeRow(
            payee,
            versions[payee.plan_version_id],
            plans[payee.plan_version_id],
            days,
            told.get((payee.person_id, versions[payee.plan_version_id].plan_id)),
            today,
        )
        for payee in payees
    ]
    return sorted(rows, key=lambda row: (row.payee.name, row.payee.person_id, row.version.pk))


def newest_notices(
    period: PayPeriod, person_ids: Collection[int] | None = None
) -> dict[tuple[int, int], Told]:
    """The newest notice of a period by (person, plan). One query."""
    rows = Notice.objects.filter(starts_on=period.starts_on, ends_on=period.ends_on)
    if person_ids is not None:
        rows = rows.filter(person_id__in=set(person_ids))
    values = (
        rows.order_by("person_id", "plan_version__plan_id", "-id")
        .distinct("person_id", "plan_version__plan_id")
        .values_list(
            "person_id",
            "plan_version__plan_id",
            "id",
            "published_at",
            Right("text_fr", REFERENCE_LENGTH),
            "receipt__at",
            "receipt__language",
        )
    )
    return {
        (person_id, plan_id): Told(pk, published_at, reference, read_at, language or "")
        for person_id, plan_id, pk, published_at, reference, read_at, language in values
    }


@dataclass(frozen=True, slots=True)
class NoticeCounts:
    """What HR has to do about the notices of a period: names, and the exposure in minor units."""

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    late: tuple[str, ...]
    unread: tuple[str, ...]
    payees: int
    exposures: Mapping[str, int]
    """By currency: the sum over who was not told in time."""
    unlimited: int = 0
    """How many of these have a plan without a most: the sum says nothing of what is above."""


def notice_counts(rows: Sequence[NoticeRow]) -> NoticeCounts:
    """The points of a period's checklist."""
    by_state = {state: _names(row for row in rows if row.state == state)
                for state in (MISSING, CHANGED, UNREAD)}  # fmt: skip
    exposures: dict[str, int] = {}
    unlimited = 0
    for row in rows:
        found = row.exposure
        if found is not None:
            amount = found.amount
            exposures[amount.currency] = exposures.get(amount.currency, 0) + amount.minor
        unlimited += row.is_late and (found is None or not found.is_most)
    return NoticeCounts(
        missing=by_state[MISSING],
        changed=by_state[CHANGED],
        late=_names(row for row in rows if row.is_late and not row.is_due),
        unread=by_state[UNREAD],
        payees=len(rows),
        exposures=exposures,
        unlimited=unlimited,
    )


def _names(rows: Iterable[NoticeRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.payee.name for row in rows))


def notices_of(person_id: int) -> list[Notice]:
    """All notices of one person, newest period and newest notice first. One query."""
    rows = Notice.objects.filter(person_id=person_id)
    return list(rows.select_related("plan_version__plan", "receipt").order_by("-starts_on", "-id"))


def is_replaced(notice: Notice) -> bool:
    """Whether a newer notice says something else about the same plan and days. One query."""
    return Notice.objects.filter(
        person=notice.person_id,
        plan_version__plan=notice.plan_version.plan_id,
        starts_on=notice.starts_on,
        ends_on=notice.ends_on,
        pk__gt=notice.pk,
    ).exists()


@once_per_request
def notices_waiting(person_id: int | None) -> int:
    """How many notices somebody has not confirmed, replaced ones left out. One query."""
    if person_id is None:
        return 0
    newer = Notice.objects.filter(
        person=OuterRef("person"),
        plan_version__plan=OuterRef("plan_version__plan"),
        starts_on=OuterRef("starts_on"),
        ends_on=OuterRef("ends_on"),
        pk__gt=OuterRef("pk"),
    )
    rows = Notice.objects.filter(person_id=person_id, receipt=None)
    return rows.filter(~Exists(newer)).count()


def current_periods(day: date, limit: int = 4) -> list[PayPeriod]:
    """Pay periods that run on a day or begin later, the next to start first. One query."""
    return list(PayPeriod.objects.filter(ends_on__gt=day).order_by("starts_on", "kind")[:limit])
