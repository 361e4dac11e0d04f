"""A replay as it is kept: figures as text, everything that its words need. The rules of each window
are not kept: they follow from the document."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from challenges.calc import Rules
from challenges.calc.arrivals import Feed
from challenges.calc.notes import Note
from challenges.calc.prizes import Award
from challenges.calc.rehearsal import Largest, Play, Winner
from challenges.calc.rules import PrizeKind
from kernel.issues import Issue, Level, Place
from kernel.numbers import as_text

Kept = dict[str, Any]


def kept(play: Play) -> Kept:
    """For JSON; `play_of` gives it back."""
    return {
        "half_at": play.half_at.isoformat(),
        "entrants": play.entrants,
        "ranked": play.ranked,
        "records": play.records,
        "winners": [[one.entrant, one.name, one.rank, _text(one.score)] for one in play.winners],
        "chances": play.chances,
        "tied": list(play.tied),
        "largest": _largest(play.largest),
        "awards": [_award(one) for one in play.awards],
        "names": [list(pair) for pair in play.names],
        "still_in": play.still_in,
    }


def play_of(rules: Rules, kept: Kept) -> Play:
    """The replay of these rules."""
    return Play(
        rules=rules,
        half_at=datetime.fromisoformat(kept["half_at"]),
        entrants=kept["entrants"],
        ranked=kept["ranked"],
        records=kept["records"],
        winners=tuple(
            Winner(entrant, name, rank, _number(score))
            for entrant, name, rank, score in kept["winners"]
        ),
        chances=kept["chances"],
        tied=tuple(kept["tied"]),
        largest=_largest_of(kept["largest"]),
        awards=tuple(_award_of(one) for one in kept["awards"]),
        names=tuple((entrant, name) for entrant, name in kept["names"]),
        still_in=kept.get("still_in"),  # replays of before it was told do not have it
    )


def _text(value: Fraction | None) -> str | None:
    return None if value is None else as_text(value)


def _number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def kept_feed(feed: Feed | None) -> Kept | None:
    """For JSON; `feed_of` gives it back."""
    if feed is None:
        return None
    figures = {"median": as_text(feed.median), "slow": as_text(feed.slow)}
    return {"records": feed.records, "days": feed.days, **figures}


def feed_of(kept: Kept | None) -> Feed | None:
    """What `kept_feed` kept."""
    if kept is None:
        return None
    median, slow = Fraction(kept["median"]), Fraction(kept["slow"])
    return Feed(kept["records"], kept["days"], median, slow)


def _largest(largest: Largest | None) -> Kept | None:
    if largest is None:
        return None
    return {
        "record": largest.record,
        "entrant": largest.entrant,
        "amount": as_text(largest.amount),
        "winners": list(largest.winners),
        "changes": largest.changes,
        "part": largest.part,
    }


def _largest_of(kept: Kept | None) -> Largest | None:
    if kept is None:
        return None
    winners: Sequence[str] = kept["winners"]
    return Largest(
        record=kept["record"],
        entrant=kept["entrant"],
        amount=Fraction(kept["amount"]),
        winners=tuple(winners),
        changes=kept["changes"],
        part=kept["part"],
    )


def _award(award: Award) -> list[Any]:
    reason = award.reason
    return [
        award.entrant, award.prize, award.kind.value, award.amount, award.currency, award.label,
        award.taxable, [reason.code, reason.template, [list(pair) for pair in reason.params]],
    ]  # fmt: skip


def _award_of(kept: Sequence[Any]) -> Award:
    entrant, prize, kind, amount, currency, label, taxable, (code, template, params) = kept
    reason = Note(code, template, tuple((key, value) for key, value in params))
    return Award(entrant, prize, PrizeKind(kind), amount, currency, label, taxable, reason)


def kept_issue(issue: Issue) -> Kept:
    """For JSON; `issue_of` gives it back, to be told in the reader's language."""
    return {
        "code": issue.code,
        "message": issue.message,
        "remedy": issue.remedy,
        "place": issue.place.path,
        "params": [list(pair) for pair in issue.params],
    }


def issue_of(kept: Kept) -> Issue:
    """What `kept_issue` kept."""
    params = tuple((key, value) for key, value in kept["params"])
    place = Place(path=kept["place"])
    return Issue(Level.ERROR, kept["code"], kept["message"], kept["remedy"], place, params)
