"""How somebody wants to be seen by the other entrants."""

from django.db import transaction

from challenges.models import Challenge, ChallengeState, Face
from challenges.services.locking import announce, locked
from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Place, error
from people.models import Person, User
from people.queries import directory

_SAID = ("nickname", "hidden", "off_duels", "off_feed", "off_screens")
HIDDEN_STATES = (ChallengeState.DRAFT, ChallengeState.CANCELLED)


@transaction.atomic
def set_face(
    *,
    actor: User | None,
    person: Person,
    nickname: str,
    hidden: bool,
    off_duels: bool = False,
    off_feed: bool = False,
    off_screens: bool = False,
) -> Face:
    """A nickname (empty: the name), whether others see a rank at all, whether duels may be
    proposed, whether the feed tells of the person, and whether screens on walls show them; prizes
    stay as they are.

    `Invalid` for a nickname that is somebody else's name or nickname.
    """
    transaction_lock("faces")  # before who is called what is read
    chosen = " ".join(nickname.split())
    _refuse_taken(person, chosen)
    known = Face.objects.filter(person=person).first()
    before = _described(known)
    face = known or Face(person=person)
    face.nickname, face.hidden = chosen, hidden
    face.off_duels, face.off_feed, face.off_screens = off_duels, off_feed, off_screens
    face.save()
    audit.record(
        actor=actor, action="challenge.face", subject=face, before=before, after=_described(face)
    )
    _refresh(person)
    return face


def _described(face: Face | None) -> dict[str, object]:
    if face is None:
        return {}
    return {name: getattr(face, name) for name in _SAID}


def _refuse_taken(person: Person, nickname: str) -> None:
    others = {one.name.casefold() for one in directory() if one.person_id != person.pk}
    taken = Face.objects.exclude(person=person).filter(nickname__iexact=nickname).exists()
    if nickname and (taken or nickname.casefold() in others):
        raise Invalid(
            error(
                "challenges.nickname_taken",
                N_("Somebody else is called “{nickname}”."),
                N_("Choose another nickname."),
                Place(path="nickname"),
                nickname=nickname,
            )
        )


def _refresh(person: Person) -> None:
    """Boards are kept as they were drawn: those with the person are drawn anew. Locks are taken
    in the order of ids, as everywhere: scoring writes the same row."""
    playing = Challenge.objects.filter(entrants__person=person).exclude(state__in=HIDDEN_STATES)
    for pk in list(playing.order_by("pk").values_list("pk", flat=True)):
        challenge = locked(pk)
        challenge.version += 1
        challenge.save(update_fields=["version"])
        announce(challenge)
