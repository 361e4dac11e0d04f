"""A duel is proposed, answered, taken back, stopped, or lapses; agreed, it becomes a challenge."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from challenges import services as challenges
from challenges.duels.documents import document_of
from challenges.duels.queries import DONE, house_rules, place_on, rivals, state_at
from challenges.models import (
    Challenge,
    ChallengeState,
    DuelProposal,
    DuelState,
    HouseRules,
)
from challenges.services.locking import database_clock
from challenges.services.moving import require_reason
from common import audit, live
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Place, error, refuse_errors
from kpis.queries.catalogue import catalogue
from kpis.queries.versions import metric_issues
from people import queries as people
from people.models import Person, User

log = structlog.get_logger(__name__)
LENGTHS = (1, 3, 7, 14)
"""Full days after the day of acceptance."""
MOST_WAGERS = 3
"""Duels for points that a person has open or running at a time: the company gives the points."""


@transaction.atomic
def propose_duel(
    *,
    actor: User | None,
    proposer: Person,
    opponent: Person,
    metric: str,
    days: int,
    wager: bool = False,
    words: str = "",
    at: datetime | None = None,
) -> DuelProposal:
    """Ask somebody for a duel; they have as long to answer as the company states.

    `wager` is for the points that the company states, or there are none. `Invalid` for somebody
    out of reach or opted out, for a metric that cannot be counted, while the same two have one
    open or running about it, and for a wager while one of them has as many as there may be.
    """
    moment = _now(at)
    # of two proposals to or from a person at once the second waits, and then sees the first
    transaction_lock("duel-person", proposer.pk, opponent.pk)
    rules = house_rules()
    refuse_errors([*metric_issues([metric], catalogue(people.today(moment)))])
    _refuse_out_of_reach(proposer, opponent, rules, moment)
    _refuse_unless_length(days)
    _lapse_of_pair(proposer, opponent, moment)
    _refuse_twice(proposer, opponent, metric)
    points = rules.duel_points if wager else 0
    if points:
        _refuse_many_wagers(proposer, opponent, moment)
    duel = DuelProposal.objects.create(
        proposer=proposer, opponent=opponent, metric_key=metric, days=days,
        points=points, words=" ".join(words.split()),
        proposed_at=moment, expires_at=moment + timedelta(minutes=rules.duel_minutes),
    )  # fmt: skip
    _told(duel, actor, "propose", before={})
    return duel


@transaction.atomic
def accept_duel(*, actor: User | None, duel_id: int, at: datetime | None = None) -> Challenge:
    """The other one agrees: a challenge is made and launched at once, in their name.

    Accepting twice gives the same challenge. `Invalid` when the proposal is closed or its time is
    over, and when the two are no longer within reach of each other.
    """
    duel, moment = _locked(duel_id), _now(at)
    if duel.challenge is not None:
        return duel.challenge
    _refuse_closed(duel, moment)
    _refuse_out_of_reach(duel.proposer, duel.opponent, house_rules(), moment)
    made = challenges.create_challenge(
        actor=actor,
        document=document_of(duel, moment, people.company().tz),
        team_keys=_teams_of(duel, moment),
    )
    duel.challenge = challenges.launch(actor=actor, challenge=made, at=moment)
    _close(duel, DuelState.ACCEPTED, actor, moment)
    return duel.challenge


def decline_duel(
    *, actor: User | None, duel_id: int, words: str = "", at: datetime | None = None
) -> DuelProposal:
    """No, with words or without; `Invalid` when it is closed or its time is over."""
    return _ended(duel_id, DuelState.DECLINED, actor, at, words)


def withdraw_duel(*, actor: User | None, duel_id: int, at: datetime | None = None) -> DuelProposal:
    """Who proposed it takes it back; `Invalid` when it is closed or its time is over."""
    return _ended(duel_id, DuelState.WITHDRAWN, actor, at)


@transaction.atomic
def stop_duel(
    *, actor: User | None, duel_id: int, reason: str, at: datetime | None = None
) -> DuelProposal:
    """A manager ends it: an open proposal is closed, an agreed duel is cancelled as a challenge.
    `Invalid` without a reason, and for one that is over."""
    require_reason(reason)
    duel = _locked(duel_id)
    if duel.challenge is not None:
        challenges.cancel_challenge(actor=actor, challenge=duel.challenge, reason=reason, at=at)
        _tell(duel)
        return duel
    return _ended(duel_id, DuelState.STOPPED, actor, at, reason)


@transaction.atomic
def _ended(
    duel_id: int, state: DuelState, actor: User | None, at: datetime | None, words: str = ""
) -> DuelProposal:
    duel, moment = _locked(duel_id), _now(at)
    _refuse_closed(duel, moment)
    duel.closed_words = words.strip()
    _close(duel, state, actor, moment)
    return duel


# --- what the schedule does -------------------------------------------------------------------


def wake_duels(*, at: datetime | None = None) -> int:
    """Write what lapsed, and sign agreed duels after their cut-off; how many changed.

    Any number of workers may call it, late or twice: each duel is looked at under its lock.
    """
    moment = at or database_clock()
    lapsed = DuelProposal.objects.filter(state=DuelState.OPEN, expires_at__lt=moment)
    changed = sum(
        lapse_duel(duel_id=pk, at=moment)
        for pk in lapsed.order_by("pk").values_list("pk", flat=True)
    )
    ended = DuelProposal.objects.filter(
        challenge__state=ChallengeState.PROVISIONAL, challenge__cut_off_at__lte=moment
    )
    for duel in ended.select_related("challenge").order_by("pk"):
        changed += _unstopped(lambda duel=duel: _sign(duel, at), duel.pk)  # type: ignore[misc]  # bound at once
    return changed


@transaction.atomic
def lapse_duel(*, duel_id: int, at: datetime | None = None) -> bool:
    """Close a proposal whose time is over; whether it was still open."""
    duel, moment = _locked(duel_id), at or database_clock()
    if duel.state != DuelState.OPEN or state_at(duel, moment) != DuelState.LAPSED:
        return False
    _close(duel, DuelState.LAPSED, None, duel.expires_at)
    return True


def _sign(duel: DuelProposal, at: datetime | None) -> bool:
    """Two people agreed on the rules and nothing is under review: nobody has to sign by hand."""
    if duel.challenge is None:
        return False
    challenges.make_official(actor=None, challenge=duel.challenge, at=at)
    return True


def _unstopped(work: Callable[[], bool], duel_id: int) -> bool:
    try:
        return work()
    except Exception:  # one broken duel must not hold up all others
        log.exception("duel_not_signed", duel_id=duel_id)
        return False


# --- refusals ---------------------------------------------------------------------------------


def _refuse_out_of_reach(
    proposer: Person, opponent: Person, rules: HouseRules, at: datetime
) -> None:
    reached = {one.person_id for one in rivals(proposer.pk, people.today(at), rules)}
    if opponent.pk not in reached:
        raise Invalid(
            error(
                "duels.out_of_reach",
                N_("There can be no duel between these two."),
                N_("Choose a colleague from the list."),
                Place(path="opponent"),
            )
        )


def _refuse_unless_length(days: int) -> None:
    if days not in LENGTHS:
        raise Invalid(
            error(
                "duels.length",
                N_("A duel cannot last that long."),
                N_("Choose a length from the list."),
                Place(path="days"),
            )
        )


def _refuse_twice(proposer: Person, opponent: Person, metric: str) -> None:
    rows = DuelProposal.objects.filter(
        proposer__in=(proposer, opponent), opponent__in=(proposer, opponent), metric_key=metric
    )
    running = rows.filter(state=DuelState.ACCEPTED).exclude(challenge__state__in=DONE)
    if running.exists() or rows.filter(state=DuelState.OPEN).exists():
        raise Invalid(
            error(
                "duels.already",
                N_("You two already have a duel about this, proposed or running."),
                N_("Wait until it is over, or choose something else to count."),
                Place(path="metric"),
            )
        )


def _refuse_many_wagers(proposer: Person, opponent: Person, at: datetime) -> None:
    rows = DuelProposal.objects.filter(points__gt=0)
    running = Q(state=DuelState.ACCEPTED) & ~Q(challenge__state__in=DONE)
    open_or_running = rows.filter(running | Q(state=DuelState.OPEN, expires_at__gte=at))
    for one in (proposer, opponent):
        held = open_or_running.filter(Q(proposer=one) | Q(opponent=one))
        if held.count() >= MOST_WAGERS:
            raise Invalid(
                error(
                    "duels.most_wagers",
                    N_("One of you two has {most} duels for points already, proposed or running."),
                    N_("Propose it without points, or wait until one is over."),
                    Place(path="wager"),
                    most=MOST_WAGERS,
                )
            )


def _refuse_closed(duel: DuelProposal, at: datetime) -> None:
    if state_at(duel, at) != DuelState.OPEN:
        raise Invalid(
            error(
                "duels.closed",
                N_("This proposal is no longer open."),
                N_("Load the page again to see what happened, or propose a duel yourself."),
            )
        )


# --- parts ------------------------------------------------------------------------------------


def _now(at: datetime | None) -> datetime:
    """Whole seconds: what the rules of the duel say is what is compared."""
    return (at or database_clock()).replace(microsecond=0)


def _locked(duel_id: int) -> DuelProposal:
    transaction_lock("duel", duel_id)
    rows = DuelProposal.objects.select_related(
        "proposer__challenge_face", "opponent__challenge_face", "challenge"
    )
    return rows.get(pk=duel_id)


def _teams_of(duel: DuelProposal, at: datetime) -> list[str]:
    day = people.today(at)
    places = [place_on(one, day) for one in (duel.proposer_id, duel.opponent_id)]
    return sorted({place.team_key for place in places if place is not None})


def _lapse_of_pair(one: Person, other: Person, at: datetime) -> None:
    rows = DuelProposal.objects.filter(
        proposer__in=(one, other), opponent__in=(one, other),
        state=DuelState.OPEN, expires_at__lt=at,
    )  # fmt: skip
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        lapse_duel(duel_id=pk, at=at)


def _close(duel: DuelProposal, state: DuelState, actor: User | None, at: datetime) -> None:
    before = duel.state
    duel.state, duel.closed_at, duel.closed_by = state, at, actor
    duel.save()
    _told(duel, actor, _VERBS[state], before={"state": before})


_VERBS = {
    DuelState.ACCEPTED: "accept",
    DuelState.DECLINED: "decline",
    DuelState.WITHDRAWN: "withdraw",
    DuelState.LAPSED: "lapse",
    DuelState.STOPPED: "stop",
}


def _told(duel: DuelProposal, actor: User | None, verb: str, *, before: dict[str, object]) -> None:
    audit.record(
        actor=actor,
        action=f"duel.{verb}",
        subject=duel,
        before=before,
        after={
            "state": duel.state,
            "proposer": duel.proposer_id,
            "opponent": duel.opponent_id,
            "metric": duel.metric_key,
            "points": duel.points,
            "challenge": duel.challenge_id,
        },
        reason=duel.closed_words,
    )
    _tell(duel)


def _tell(duel: DuelProposal) -> None:
    """The open pages of both."""
    for person_id in (duel.proposer_id, duel.opponent_id):
        live.publish(f"duels:{person_id}")
