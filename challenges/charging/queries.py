"""What signed results leave to be charged, what was charged where, and which challenges fit."""

from collections.abc import Collection, Iterable
from datetime import datetime

from challenges import queries
from challenges.calc.charges import Amount, Key, Left, takers
from challenges.calc.formats.rounds import RoundSpan
from challenges.calc.names import name_in
from challenges.calc.rules import Rules
from challenges.duels.titles import NEUTRAL
from challenges.gathering.inputs import frame_of
from challenges.gathering.newest_rules import newest_rules
from challenges.models import Challenge, ChallengeState, ChargedRevision
from kernel.issues import Invalid
from kernel.numbers import from_text

ORIGIN = "challenge:"
"""Begins what `from` of a charge says here: the challenge by its number."""
SIGNED = (ChallengeState.OFFICIAL, ChallengeState.AMENDED)
MOVING = (
    ChallengeState.SCHEDULED,
    ChallengeState.LIVE,
    ChallengeState.PAUSED,
    ChallengeState.PROVISIONAL,
)
TAKING = (
    ChallengeState.DRAFT,
    ChallengeState.SCHEDULED,
    ChallengeState.LIVE,
    ChallengeState.PAUSED,
)


def origin_of(challenge: Challenge) -> str:
    """What a charge says about where it comes from."""
    return f"{ORIGIN}{challenge.pk}"


def source_id_of(origin: str) -> int | None:
    """The challenge that a charge names; None when it names none."""
    number = origin.removeprefix(ORIGIN)
    is_one = origin.startswith(ORIGIN) and number.isascii() and number.isdecimal()
    return int(number) if is_one and len(number) < 19 else None


def names_of(origins: Iterable[str], language: str) -> dict[str, str]:
    """The names of the challenges that charges come from; what names none stays as it is. One
    query, and none without any."""
    ids = {origin: pk for origin in set(origins) if (pk := source_id_of(origin)) is not None}
    rules = newest_rules(list(ids.values())) if ids else {}
    return {origin: _name(rules[pk], language) for origin, pk in ids.items() if pk in rules}


def _name(rules: Rules, language: str) -> str:
    is_duel = rules.format.key == "duel"  # its title names two people
    return name_in(NEUTRAL, language, "") if is_duel else rules.name(language)


def leaves(challenge: Challenge) -> bool:
    """Whether revisions of the signed result are to be charged elsewhere."""
    return challenge.state in SIGNED and challenge.after_official == "next_period"


def charged_from(challenge: Challenge) -> list[ChargedRevision]:
    """What of it was charged, with the challenges that took it. One query."""
    rows = ChargedRevision.objects.filter(source=challenge).select_related("into")
    return list(rows.order_by("into_id", "person_number", "revision"))


def left_of(challenge: Challenge) -> list[Left]:
    """What is still to be charged, as the board was scored last; nothing where a metric is no
    longer what it was. The whole computation."""
    if not leaves(challenge) or not challenge.summary.get("board", {}).get("carried"):
        return []
    charged: dict[Key, Amount] = {
        (one.revision, one.person_number, one.metric): (from_text(one.value), one.count)
        for one in charged_from(challenge)
    }
    try:
        dues = queries.explained(challenge).due
    except Invalid:
        return []
    return [left for due in dues if (left := due.left(charged)) is not None]


def fitting(left: Collection[Left], target: Challenge, at: datetime) -> list[Left]:
    """What of it the challenge can take in: its metrics, of those who play there."""
    frame = frame_of(target, at)
    if not frame.rules.format.takes_charges:
        return []
    metrics, there = frame.rules.metrics, takers(frame.rules, frame.roster, at)
    return [
        one
        for one in left
        if one.metric in metrics and one.person in there and not is_decided(there[one.person], at)
    ]


def is_decided(entry: RoundSpan | None, at: datetime) -> bool:
    """Whether the round that would take a charge in is decided: nothing changes it any more."""
    return entry is not None and entry.decided_at <= at


def lost_in(challenge: Challenge, rules: Rules) -> list[str]:
    """The numbers of those who are charged there and of whom, as the roster is now, nothing takes
    it in: they left before. None of them without any charge, else the whole roster is read."""
    if not rules.charges or challenge.state not in MOVING:
        return []
    frame = frame_of(challenge, challenge.scored_at or challenge.starts_at)
    there = takers(frame.rules, frame.roster, frame.as_of)
    return sorted({one.person for one in rules.charges} - there.keys())


def next_periods(challenge: Challenge, left: Iterable[Left]) -> list[Challenge]:
    """The challenges that may still take something in, count a metric of it and begin when this one
    was over, the next one first; who may change which the caller asks. One query."""
    metrics = sorted({one.metric for one in left})
    rows = Challenge.objects.filter(
        state__in=TAKING, starts_at__gte=challenge.ends_at, metric_keys__has_any_keys=metrics
    )
    return list(rows.order_by("starts_at", "pk"))
