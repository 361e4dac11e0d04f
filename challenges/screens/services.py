"""A screen on a wall: made, changed, withdrawn, opened by its secret.

The secret is 32 random bytes, so that a plain fast hash of it is kept, as for keys of machines:
there is no dictionary to try, and every picture of every wall asks for it.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from challenges.models import Challenge, Screen
from challenges.rights import of_whole_team
from challenges.services.locking import database_clock
from common import audit, live
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Place, error
from people.models import Team, User

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_NOTE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewScreen:
    """A screen that was just made; `secret` is shown once and kept nowhere."""

    screen: Screen
    secret: str


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def screen_of(secret: str) -> Screen | None:
    """The screen that the secret opens; None for one that is unknown or withdrawn. One query."""
    if not _SECRET.fullmatch(secret):
        return None
    rows = Screen.objects.filter(secret_sha256=digest(secret), withdrawn_at__isnull=True)
    return rows.select_related("team").first()


@transaction.atomic
def make_screen(
    *, actor: User | None, name: str, team: Team, challenge_ids: Collection[int] = ()
) -> NewScreen:
    """A screen for the wall of a team. `Invalid` without a name, or for a challenge that does not
    exist for everybody of the team."""
    chosen = _chosen(name, team, challenge_ids)
    secret = secrets.token_urlsafe(32)
    screen = Screen.objects.create(
        name=name.strip(), team=team, secret_sha256=digest(secret), made_by=actor
    )
    screen.challenges.set(chosen)
    audit.record(actor=actor, action="screen.make", subject=screen, after=_said(screen))
    return NewScreen(screen, secret)


@transaction.atomic
def change_screen(
    *, actor: User | None, screen_id: int, name: str, challenge_ids: Collection[int]
) -> Screen:
    """Another name or other challenges; the team and the link stay. `Invalid` as `make_screen`."""
    screen = _locked(screen_id)
    chosen = _chosen(name, screen.team, challenge_ids)
    before = _said(screen)
    screen.name = name.strip()
    screen.save(update_fields=["name"])
    screen.challenges.set(chosen)
    after = _said(screen)
    if after != before:
        audit.record(
            actor=actor, action="screen.change", subject=screen, before=before, after=after
        )
        live.publish(f"wall:{screen.team_id}")
    return screen


@transaction.atomic
def withdraw_screen(*, actor: User | None, screen_id: int, at: datetime | None = None) -> None:
    """Nothing opens with its link from now on; withdrawing it again changes nothing."""
    screen = _locked(screen_id)
    if screen.withdrawn_at is not None:
        return
    screen.withdrawn_at = at or database_clock()
    screen.save(update_fields=["withdrawn_at"])
    audit.record(actor=actor, action="screen.withdraw", subject=screen, before=_said(screen))
    live.publish(f"wall:{screen.team_id}")


def note_seen(screen: Screen, at: datetime) -> None:
    """Remember that the screen is alive, to the minute: no write for each picture."""
    if screen.seen_at is None or screen.seen_at < at - _NOTE_EVERY:
        Screen.objects.filter(pk=screen.pk).update(seen_at=at)


def _locked(screen_id: int) -> Screen:
    transaction_lock("screen", screen_id)
    return Screen.objects.select_related("team").get(pk=screen_id)


def _said(screen: Screen) -> dict[str, object]:
    chosen = screen.challenges.order_by("pk").values_list("pk", flat=True)
    return {"name": screen.name, "team": screen.team_id, "challenges": list(chosen)}


def _chosen(name: str, team: Team, challenge_ids: Collection[int]) -> list[Challenge]:
    if not name.strip() or len(name.strip()) > 80:
        raise Invalid(
            error(
                "screens.name",
                N_("The screen needs a name of at most 80 characters."),
                N_("Name it after the place where it hangs."),
                Place(path="name"),
            )
        )
    found = list(of_whole_team(team.pk).filter(pk__in=challenge_ids))
    if len(found) != len(set(challenge_ids)):
        raise Invalid(
            error(
                "screens.challenge",
                N_("A challenge that was chosen is not open to everybody of this team."),
                N_("Choose among the challenges of the team."),
                Place(path="challenges"),
            )
        )
    return found
