"""How a window is cut into rounds: the keys of `score` that say so, and the spans they give."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from challenges.calc.formats.base import Frame
from challenges.calc.formats.rounds import RoundSpan, with_decisions
from challenges.calc.moments import add_working_days, read_moment
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, ListOf, MomentText, Obj, Values, Whole
from kernel.issues import N_, Invalid, Issue, error

MOST_ROUNDS = 400

_STRETCH = Obj(
    {
        "start": Field(MomentText(), "first moment of the round", required=True),
        "end": Field(MomentText(), "first moment after it", required=True),
    }
)
ROUND_FIELDS: Mapping[str, Field] = {
    "round_days": Field(Whole(1, 366), "days of a round, one after another; 7 if not written"),
    "rounds": Field(
        ListOf(_STRETCH, 1, MOST_ROUNDS), "the rounds one by one, instead of `round_days`"
    ),
    "decided_after": Field(
        Obj({"working_days": Field(Whole(0, 366), "full working days", required=True)}),
        "how long after its end a round is decided; as the cut-off of the challenge if not written",
    ),
}


def check_rounds(
    values: Values, frame: Frame, issues: list[Issue], *, start: datetime | None = None
) -> None:
    """Append what the clock says against the rounds."""
    if values["rounds"] is not None and values["round_days"] is not None:
        issues.append(
            error(
                "rounds_twice",
                N_("“rounds” and “round_days” exclude each other."),
                N_("Write one of them."),
                values.at("round_days"),
            )
        )
        return
    before = len(issues)
    spans = rounds_of(values, frame, issues, start=start)
    if len(issues) == before and not spans:
        issues.append(
            error(
                "no_round",
                N_("Not one whole round fits into the window."),
                N_("Write shorter rounds, or a longer window."),
                values.at("round_days"),
            )
        )


def rounds_of(
    values: Values,
    frame: Frame,
    issues: list[Issue] | None = None,
    *,
    start: datetime | None = None,
) -> tuple[RoundSpan, ...]:
    """The rounds from `start` (default: that of the window), decided at the latest when the next
    one ends; the last at the cut-off. Pauses that extend the challenge extend the round in which
    they begin, and move those after it.
    """
    written = values["rounds"]
    begin = start or frame.start
    if written is None:
        cuts = _cuts(begin, values["round_days"] or 7, frame)
        stretches = tuple(pairwise(cuts))
    else:
        stretches = _listed(written, begin, frame, [] if issues is None else issues)
    grace = values["decided_after"]
    days = None if grace is None else grace["working_days"]
    return with_decisions(
        [
            RoundSpan(number, first, end, _decided_at(frame, end, days))
            for number, (first, end) in enumerate(stretches, start=1)
        ],
        frame.cut_off_at,
    )


def decided_at(frame: Frame, end: datetime, values: Values) -> datetime:
    """When a round that ends then is decided, by `decided_after` or like the challenge itself."""
    grace = values["decided_after"]
    return _decided_at(frame, end, None if grace is None else grace["working_days"])


def _decided_at(frame: Frame, end: datetime, days: int | None) -> datetime:
    chosen = frame.cut_off_days if days is None else days
    if chosen is None:
        return min(end + (frame.cut_off_at - frame.end), frame.cut_off_at)
    return min(add_working_days(end, chosen, frame.zone, frame.calendar), frame.cut_off_at)


def _cuts(begin: datetime, days: int, frame: Frame) -> list[datetime]:
    """Wall clock of the start, every so many days, as long as a whole round fits."""
    local = begin.astimezone(frame.zone)
    cuts = [begin]
    while len(cuts) <= MOST_ROUNDS:
        wall = local + timedelta(days=days * len(cuts))
        cut = frame.moved(wall.astimezone(UTC), since=begin)
        if cut > frame.end:
            break
        cuts.append(cut)
    return cuts


def _listed(
    written: tuple[Values, ...], begin: datetime, frame: Frame, issues: list[Issue]
) -> tuple[tuple[datetime, datetime], ...]:
    found: list[tuple[datetime, datetime]] = []
    earliest = begin
    for values in written:
        try:
            start, _ = read_moment(values["start"], frame.zone, values.at("start"))
            end, _ = read_moment(values["end"], frame.zone, values.at("end"))
        except Invalid as invalid:
            issues.extend(invalid.issues)
            continue
        # a pause that begins with the round belongs to it: it moves the end, not the start
        start, end = frame.moved(start, since=begin), frame.moved(end, since=begin)
        if not earliest <= start < end <= frame.end:
            issues.append(
                error(
                    "bad_round",
                    N_("The round is empty, overlaps the one before, or leaves the window."),
                    N_("Write the rounds in order, each with an end after its start."),
                    values.place,
                )
            )
            continue
        earliest = end
        found.append((start, end))
    return tuple(found)


def first_round(spans: Sequence[RoundSpan]) -> Note:
    """When the first round is, in words."""
    return note(
        "first_round",
        N_("The first round is from {start} until just before {end}."),
        start=spans[0].start.isoformat(),
        end=spans[0].end.isoformat(),
    )
