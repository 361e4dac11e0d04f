"""The rules of an agreed duel, as a document like any other challenge's."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from challenges.calc.moments import day_of, iso_in, start_of
from challenges.models import DuelProposal
from people.models import Person


def end_of(accepted_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Midnight after `days` full days that follow the day of acceptance."""
    return start_of(day_of(accepted_at, zone) + timedelta(days=days + 1), zone)


def public_name(person: Person) -> str:
    """How colleagues read somebody on boards: the nickname, where there is one."""
    face = getattr(person, "challenge_face", None)
    return face.nickname if face is not None and face.nickname else person.name


def document_of(duel: DuelProposal, accepted_at: datetime, zone: ZoneInfo) -> dict[str, object]:
    """Both start at zero with the acceptance; everybody else sees only who leads."""
    one, two = public_name(duel.proposer), public_name(duel.opponent)
    within = (duel.expires_at - duel.proposed_at) // timedelta(minutes=1)
    document: dict[str, object] = {
        "key": f"duel-{duel.pk}",
        "name": {"en": f"Duel: {one} – {two}", "fr": f"Duel : {one} – {two}"},
        "timezone": zone.key,
        "window": {
            "start": iso_in(accepted_at, zone),
            "end": iso_in(end_of(accepted_at, duel.days, zone), zone),
        },
        "format": "duel",
        "score": {
            "metric": duel.metric_key,
            "proposed_at": iso_in(duel.proposed_at, zone),
            "accepted_at": iso_in(accepted_at, zone),
            "accept_within": within,
        },
        "entrants": {"people": [duel.proposer.number, duel.opponent.number]},
        "visibility": {"top": 1, "neighbours": 1},
    }
    if duel.points:
        document["prizes"] = [{"for": "winners", "kind": "points", "amount": duel.points}]
    return document
