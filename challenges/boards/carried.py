"""What a signed result leaves to the next period, told to everybody, and record by record to those
who may read the figures."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.utils.translation import ngettext

from challenges import queries
from challenges.calc.facts import LeftOut
from challenges.charging import queries as charging
from challenges.charging.presenters import went_to
from challenges.models import Challenge, ChargedRevision
from challenges.visibility import SIGNED
from challenges.words import Words, record_text
from common.formats import in_unit_text, moment_text, number_text
from kernel.issues import Invalid
from kernel.numbers import as_text
from kernel.trace import sha256_of
from people import access
from people.access import Viewer
from people.models import Person

Json = dict[str, Any]


def carried(
    challenge: Challenge, viewer: Viewer, words: Words, *, may_change: bool = False
) -> Json:
    """A sentence for all and the records that the viewer may read, newest last; empty where nothing
    is carried; where differences went, and whether the viewer may charge any that is left. Two
    queries where something is, two more where it went somewhere, and the computation once for each
    version."""
    board = challenge.summary.get("board", {})
    if challenge.state not in SIGNED or not board.get("carried"):
        return {}
    try:
        kept: list[Json] = queries.cached_by_version(challenge, "carried", lambda: _kept(challenge))
    except Invalid:  # a metric is no longer what it was: what is carried is known by number only
        kept = []
    people = {
        one.number: one for one in Person.objects.filter(number__in={k["person"] for k in kept})
    }
    scope = access.figures_scope(viewer)
    seen = [
        _row(one, people[one["person"]], words)
        for one in kept
        if one["person"] in people and people[one["person"]].pk in scope
    ]
    count = len(board["carried"])
    said = ngettext(
        "%(n)s record was revised after the signature. The result stays; the difference is to be "
        "charged to the next period.",
        "%(n)s records were revised after the signature. The result stays; the difference is to be "
        "charged to the next period.",
        count,
    )
    taken = charging.charged_from(challenge)
    return {
        "text": said % {"n": number_text(count)},
        "rows": seen,
        "went_to": went_to(taken, viewer),
        "may_charge": may_change and _is_left(challenge, taken),
    }


def _is_left(challenge: Challenge, taken: Sequence[ChargedRevision]) -> bool:
    """Whether anything is not charged yet; the computation once for each version and charge."""
    return bool(
        queries.cached_by_version(
            challenge,
            f"left:{sha256_of(sorted(str(one.pk) for one in taken))}",
            lambda: len(charging.left_of(challenge)),
        )
    )


def _kept(challenge: Challenge) -> list[Json]:
    return [_plain(one) for one in queries.explained(challenge).carried]


def _plain(one: LeftOut) -> Json:
    return {
        "person": one.record.person,
        "record": one.record.id,
        "metric": one.record.metric,
        "value": as_text(one.record.value),
        "occurred_at": one.record.occurred_at.isoformat(),
        "template": one.reason.template,
        "params": dict(one.reason.params),
    }


def _row(one: Json, person: Person, words: Words) -> Json:
    value = in_unit_text(Fraction(one["value"]), words.unit_of(one["metric"]))
    return {
        "at": moment_text(datetime.fromisoformat(one["occurred_at"])),
        "title": f"{person.name} · {record_text(one['record'])} · {value}",
        "text": words.sentence(one["template"], one["params"]),
    }
