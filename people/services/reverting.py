"""Taking an import of people back: what it brought goes again, if nothing has happened since."""

from django.db import transaction
from django.db.models import Model, ProtectedError, QuerySet

from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, error
from people.models import Assignment, Person, Team, User


@transaction.atomic
def revert_people(*, actor: User | None, batch_id: int) -> int:
    """Delete the places, people and teams that a load of this batch created; how many people.

    `Invalid` when records, sign-ins or later places refer to them: history outlives an import.
    The caller makes sure that the load changed nobody who was known before.
    """
    transaction_lock("people")
    Assignment.objects.filter(batch_id=batch_id).delete()
    people = Person.objects.filter(batch_id=batch_id)
    count = people.count()
    _delete(people)
    # a team goes before the one above it, which was made first
    for team in Team.objects.filter(batch_id=batch_id).order_by("-id"):
        _delete(Team.objects.filter(pk=team.pk))
    audit.record(
        actor=actor,
        action="people.revert",
        subject=("people.person", batch_id),
        before={"people": count},
    )
    return count


def _delete(rows: QuerySet[Person] | QuerySet[Team]) -> None:
    try:
        rows.delete()
    except ProtectedError as problem:
        raise Invalid(_in_use(problem.protected_objects)) from problem


def _in_use(held_by: set[Model]) -> Issue:
    return error(
        "people.in_use",
        N_("{count} rows of other tables refer to people or teams of this import."),
        N_("Revert the imports of their records first, or end the employments instead."),
        count=len(held_by),
    )
