"""What stands for records where they only add up, from groupings of the database."""

from collections.abc import Iterable
from datetime import datetime

from challenges.calc.digests import Digest
from challenges.calc.moments import start_of
from challenges.calc.records import Entry
from challenges.calc.rules import ScoresFrom
from challenges.gathering.inputs import Inputs, entries_from
from kernel.periods import Window
from kpis.queries.sums import plain_sums
from kpis.queries.versions import scored_versions


def digests_of(frame: Inputs) -> Iterable[Entry]:
    """What stands for all records where they only add up: sums of those that were never revised,
    and the revised ones. Two queries per metric."""
    rules = frame.rules
    window, known_at = Window(rules.start, rules.end), min(frame.as_of, rules.cut_off_at)
    for metric in sorted(rules.metrics):
        for one in plain_sums(
            metric, window, known=frame.known, known_at=known_at,
            without=[Window(pause.start, pause.end) for pause in rules.pauses], since=_since(frame),
        ):  # fmt: skip
            person = frame.numbers.get(one.person_id)
            if person is not None:
                yield Digest(
                    Digest.name(person, metric, one.sign), person, metric, one.last_at, known_at,
                    one.total, times=one.count,
                )  # fmt: skip
    revised = scored_versions(rules.metrics, window, known=frame.known, revised=True)
    yield from entries_from(revised, frame.numbers)


def _since(frame: Inputs) -> dict[int, datetime]:
    """From when on records count, for those who joined after the start."""
    rules = frame.rules
    if rules.entrants.scores_from is ScoresFrom.START:
        return {}
    joined = {
        frame.people[one.id].person_id: start_of(one.joined_on, rules.zone)
        for one in frame.roster.people
        if one.joined_on is not None
    }
    return {person_id: at for person_id, at in joined.items() if at > rules.start}
