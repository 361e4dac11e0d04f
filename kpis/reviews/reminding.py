"""Reminds of reviews that are due: each once, to who has to hold it.

Of each review a reminder is kept with the moment at which it may leave. It is sent and marked in
one transaction, which holds only the reminders of its reader, and nobody waits for them: another
worker leaves them alone. After a crash a mail may come twice. What was held meanwhile, or is not
wanted any more, is forgotten.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from smtplib import SMTPException

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kpis.alerts.recipients import hours_of
from kpis.calc.alerts.sending import MOST_TRIES, due_at, retry_at
from kpis.calc.reviews import State
from kpis.models import AlertWishes, ReviewReminder
from kpis.reviews.queries import Sitting, slots_of
from people import queries as people
from people.models import Right, User
from people.queries import CompanyRow

log = structlog.get_logger(__name__)

MORNING = time(8)
"""On the company's clock, of the first working day after the days of a review."""
Mail = Callable[[User, Sequence[Sitting]], None]
Due = Mapping[int, Mapping[Sitting, datetime]]
"""What each user has to hold and wants to hear of, and when that may leave."""


def remind_of_reviews(*, mail: Mail, now: datetime | None = None) -> int:
    """Mail what is due and was not said before; how many mails left. Twice sends nothing more."""
    now = now or timezone.now()
    due = due_for(now)
    _note(due)
    rows = ReviewReminder.objects.filter(sent_at=None, due_at__lte=now, tries__lt=MOST_TRIES)
    waiting = rows.order_by("user_id").values_list("user_id", flat=True).distinct()
    return sum(_remind(user_id, due.get(user_id, {}), mail, now) for user_id in list(waiting))


def due_for(now: datetime) -> Due:
    """The reviews that are due, by the user who has to hold them. Six queries at most."""
    company = people.company()
    day = people.today(now)
    holders = _holders(day)
    users = {one for some in holders.values() for one in some}
    wishes = {one.user_id: one for one in AlertWishes.objects.filter(user_id__in=users)}
    found: dict[int, dict[Sitting, datetime]] = defaultdict(dict)
    for (team_id, ritual), slots in slots_of(holders, day).items():
        if slots[0].state is not State.DUE:
            continue
        sitting = Sitting(ritual, slots[0].period, team_id)
        first = max(now, _morning_after(sitting, company))
        for user_id in holders[team_id]:
            wish = wishes.get(user_id, AlertWishes())
            if wish.of_reviews:
                found[user_id][sitting] = due_at(first, hours_of(wish), company.tz)
    return found


def _holders(day: date) -> Mapping[int | None, Collection[int]]:
    """The sign-ins of who leads each team in person, and for the company (None) the executives."""
    leading = [(one.team_id, one.person_id) for one in people.people_on(day) if one.leads]
    heads = Q(person_id__in={person_id for _team, person_id in leading})
    users = User.objects.filter(heads | Q(rights__contains=[Right.EXECUTIVE]), is_active=True)
    found: dict[int | None, set[int]] = defaultdict(set)
    by_person: dict[int, int] = {}
    for user in users:
        if user.person_id is not None:
            by_person[user.person_id] = user.pk
        if Right.EXECUTIVE in user.rights:
            found[None].add(user.pk)
    for team_id, person_id in leading:
        if person_id in by_person:
            found[team_id].add(by_person[person_id])
    return found


def _morning_after(sitting: Sitting, company: CompanyRow) -> datetime:
    day = company.calendar.add_working_days(sitting.period.end - timedelta(days=1), 1)
    return datetime.combine(day, MORNING, company.tz)


def _note(due: Due) -> None:
    ReviewReminder.objects.bulk_create(
        (
            ReviewReminder(
                user_id=user_id,
                kind=sitting.ritual.value,
                team_id=sitting.team_id,
                starts_on=sitting.period.start,
                due_at=moment,
            )
            for user_id, sittings in due.items()
            for sitting, moment in sittings.items()
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def _remind(user_id: int, due: Mapping[Sitting, datetime], mail: Mail, now: datetime) -> int:
    """One mail about all that is due to a user; how many left."""
    rows = ReviewReminder.objects.filter(user_id=user_id, sent_at=None, due_at__lte=now)
    wanted = {_key_of(one): one for one in due}
    kept: list[ReviewReminder] = []
    for row in rows.select_for_update(skip_locked=True).order_by("starts_on", "id"):
        if (row.kind, row.team_id, row.starts_on) in wanted:
            kept.append(row)
        else:
            row.delete()
    if not kept:
        return 0
    sittings = [wanted[row.kind, row.team_id, row.starts_on] for row in kept]
    return _sent(kept, lambda: mail(User.objects.get(pk=user_id), sittings), now)


def _key_of(sitting: Sitting) -> tuple[str, int | None, date]:
    return sitting.ritual.value, sitting.team_id, sitting.period.start


def _sent(rows: Sequence[ReviewReminder], work: Callable[[], None], now: datetime) -> int:
    """Whether the mail left; else it is tried again as one about an alert is."""
    left = True
    try:
        work()
    except (SMTPException, OSError) as problem:
        # the kind of problem alone: its words may hold addresses of people
        log.warning("reminder_not_sent", problem=type(problem).__name__)
        left = False
    for row in rows:
        if left:
            row.sent_at = now
        else:
            row.tries += 1
            row.due_at = retry_at(now, row.tries) or row.due_at
    ReviewReminder.objects.bulk_update(rows, ["sent_at", "tries", "due_at"])
    return int(left)
