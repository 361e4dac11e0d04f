"""What the people of the demo company were told before each period, and who has read it."""

from datetime import UTC, date, datetime, time, timedelta

from incentives import services as pay
from people import services as people
from people.models import Person, User

TOLD_BEFORE = timedelta(days=6)
READ_AFTER = timedelta(days=1, hours=2)


def tell_rules(runs: User, period_id: int, starts_on: date, unread: frozenset[str]) -> None:
    """Publish the letters of a period six days before it starts; all but `unread` confirm them.

    `unread` holds employee numbers. Who joined later has read on the day of joining.
    """
    told_at = datetime.combine(starts_on, time(8), UTC) - TOLD_BEFORE
    notices = pay.publish_notices(actor=runs, period_id=period_id, published_at=told_at)
    for notice in notices:
        if notice.person.number not in unread:
            pay.confirm_reading(
                actor=sign_in_of(notice.person),
                notice_id=notice.pk,
                language="fr",
                read_at=told_at + READ_AFTER,
            )


def sign_in_of(person: Person) -> User:
    """The sign-in of a person; without a password where the demo needs none."""
    found = User.objects.filter(person=person).first()
    return found or people.create_user(actor=None, email=person.email, person=person)
