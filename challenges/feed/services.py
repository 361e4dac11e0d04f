"""Praise, reactions, and what somebody has seen celebrated."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from challenges.feed.queries import is_off, visible_events
from challenges.models import EventKind, FeedEvent, Praise, Reaction, ReactionKind
from challenges.services.locking import database_clock
from challenges.services.moving import require_reason
from common import audit, live
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.periods import Period
from people import queries as people
from people.access import Viewer
from people.models import Person, User


@transaction.atomic
def write_praise(
    *,
    actor: User | None,
    writer: Person,
    person: Person,
    about: str,
    text: str,
    at: datetime | None = None,
) -> Praise:
    """Words to a colleague about something; they, their team and who leads it read them.

    `Invalid` for oneself, for somebody who has no place today or does not want to be in the feed,
    and for nothing written.
    """
    moment = at or database_clock()
    places = people.assignments_between(Period.day(people.today(moment)), [person.pk])
    if writer.pk == person.pk or not places or is_off(person.pk):
        raise Invalid(_not_to_them())
    about, text = " ".join(about.split()), " ".join(text.split())
    if not about or not text:
        raise Invalid(_nothing_written())
    praise = Praise.objects.create(writer=writer, person=person, about=about, text=text, at=moment)
    FeedEvent.objects.create(
        key=f"praise:{praise.pk}", kind=EventKind.PRAISE, at=moment, happened_at=moment,
        person=person, team_id=places[-1].team_id, praise=praise,
    )  # fmt: skip
    _noted(actor, "write", praise)
    return praise


@transaction.atomic
def withdraw_praise(*, actor: User | None, praise_id: int, at: datetime | None = None) -> Praise:
    """Its writer takes it back; doing so twice changes nothing."""
    praise, moment = _locked(praise_id), at or database_clock()
    if praise.withdrawn_at is None:
        praise.withdrawn_at = moment
        praise.save(update_fields=["withdrawn_at"])
        _take_back(praise, moment)
        _noted(actor, "withdraw", praise)
    return praise


@transaction.atomic
def hide_praise(
    *, actor: User | None, praise_id: int, reason: str, at: datetime | None = None
) -> Praise:
    """A manager takes it out of the feed with a reason, which its writer reads; twice changes
    nothing. `Invalid` without a reason."""
    require_reason(reason)
    praise, moment = _locked(praise_id), at or database_clock()
    if praise.hidden_at is None:
        praise.hidden_at, praise.hidden_by, praise.hidden_why = moment, actor, reason
        praise.save(update_fields=["hidden_at", "hidden_by", "hidden_why"])
        _take_back(praise, moment)
        _noted(actor, "hide", praise, reason)
    return praise


@transaction.atomic
def react(
    *, actor: User | None, viewer: Viewer, person: Person, event_id: int, kind: str, wanted: bool
) -> bool:
    """Set or remove a reaction of the person; whether anything changed. One of each kind.

    `Invalid` for a kind that does not exist, for an entry that the viewer cannot read, and for
    one's own.
    """
    event = visible_events(viewer).filter(pk=event_id).first()
    if kind not in ReactionKind.values or event is None or event.person_id == person.pk:
        raise Invalid(_no_reaction())
    if wanted:
        _, changed = Reaction.objects.get_or_create(event=event, person=person, kind=kind)
    else:
        gone, _ = Reaction.objects.filter(event=event, person=person, kind=kind).delete()
        changed = gone > 0
    if changed:
        audit.record(
            actor=actor,
            action="feed.react" if wanted else "feed.unreact",
            subject=event,
            before={},
            after={"person": person.pk, "kind": kind},
        )
        live.publish("feed")
    return changed


def note_celebrated(*, event_ids: Sequence[int], user_id: int) -> frozenset[int]:
    """Write that the user has seen these; the ones that were not noted before. Of two windows that
    open at once one celebrates."""
    if not event_ids:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO challenges_celebrated (event_id, user_id)"
            " SELECT id, %s FROM unnest(%s::bigint[]) AS id"
            " ON CONFLICT DO NOTHING RETURNING event_id",
            [user_id, list(event_ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())


# --- parts ------------------------------------------------------------------------------------


def _locked(praise_id: int) -> Praise:
    transaction_lock("praise", praise_id)
    return Praise.objects.get(pk=praise_id)


def _take_back(praise: Praise, at: datetime) -> None:
    FeedEvent.objects.filter(praise=praise, taken_back_at=None).update(taken_back_at=at)


def _noted(actor: User | None, verb: str, praise: Praise, reason: str = "") -> None:
    audit.record(
        actor=actor,
        action=f"praise.{verb}",
        subject=praise,
        before={},
        after=audit.snapshot(praise) if verb == "write" else {},
        reason=reason,
    )
    live.publish("feed")


def _not_to_them() -> Issue:
    return error(
        "feed.not_to_them",
        N_("This person cannot be praised here."),
        N_("Choose a colleague from the list."),
        Place(path="person"),
    )


def _nothing_written() -> Issue:
    return error(
        "feed.nothing_written",
        N_("Nothing is written."),
        N_("Say in a sentence what was good."),
        Place(path="text"),
    )


def _no_reaction() -> Issue:
    return error(
        "feed.no_reaction",
        N_("You cannot react to this."),
        N_("Load the page again."),
    )
