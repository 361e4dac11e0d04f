"""A signed March that leaves something, and later months that may take it in."""

from collections.abc import Mapping
from typing import Any

from challenges import services
from challenges.charging.queries import left_of
from challenges.charging.services import charge_to
from challenges.gathering import documents
from challenges.models import Challenge
from kernel.numbers import as_text
from tests.challenges.games import AFTER_CUT_OFF, made, rescore, win
from tests.kpis.crew import as_correction, at, cancel, event, record

APRIL_20 = at("2026-04-20 09:00")
LATER = {"prizes": [], "after_official": {"policy": "next_period"}}
WHY = "Cancelled in April"


def signed_march(changes: Mapping[str, Any] | None = None) -> Challenge:
    """Hugo 1,000 and Léa 900 in March, signed. Then Hugo's deal is cancelled and Léa's is 700."""
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = made({**LATER, **(changes or {})})
    services.launch(actor=None, challenge=challenge, at=at("2026-03-16 09:00"))
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    less = event("d1", "2026-03-10 11:00", "P1", kind="deal_won", amount=700)
    record(as_correction(less), cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    rescore(challenge, APRIL_20)
    return Challenge.objects.get(pk=challenge.pk)


def month(number: int, changes: Mapping[str, Any] | None = None) -> Challenge:
    """A draft of that month."""
    window = {"start": f"2026-{number:02}-01", "end": f"2026-{number + 1:02}-01"}
    name = {"en": f"Sprint of month {number}", "fr": f"Sprint du mois {number}"}
    return made({**LATER, "key": f"m{number}", "name": name, "window": window, **(changes or {})})


def running(number: int = 4, changes: Mapping[str, Any] | None = None) -> Challenge:
    """The same, on the 20th of April."""
    return services.launch(actor=None, challenge=month(number, changes), at=APRIL_20)


def charge(source: Challenge, target: Challenge, **more: Any) -> Challenge:
    told: dict[str, Any] = {"actor": None, "reason": WHY, "at": APRIL_20, **more}
    return charge_to(source=source, target=target, **told)


def left(challenge: Challenge) -> list[tuple[str, str, str, int]]:
    return [
        (one.person, one.revision, as_text(one.value), one.count)
        for one in left_of(Challenge.objects.get(pk=challenge.pk))
    ]


def changed(challenge: Challenge, document: Mapping[str, object]) -> None:
    services.change_draft(
        actor=None, challenge=challenge, document=documents.write(document), team_keys=["west"]
    )


BOTH = [("P1", "crm:d1#2", "-200", 0), ("P2", "crm:d2#2", "-1000", -1)]
