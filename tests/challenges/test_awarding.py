"""Which prizes in money other rooms read, and from when on."""

from datetime import datetime

from challenges import services
from challenges.awarding import money_awards, people_with_new_awards
from challenges.models import Challenge
from tests.challenges.games import AFTER_CUT_OFF
from tests.challenges.test_visibility import frozen, sign
from tests.kpis.crew import Crew, at

CEREMONY = {"visibility": {"freeze": "10 %", "reveal": "ceremony"}}
REVEALED = at("2026-05-04 18:00")
APRIL, MAY, JUNE = at("2026-04-01 00:00"), at("2026-05-01 00:00"), at("2026-06-01 00:00")


def paid(start: datetime, end: datetime, known: datetime) -> list[tuple[int, int]]:
    return [
        (one.person_id, one.amount_minor) for one in money_awards(start, end, as_known_at=known)
    ]


def told(challenge: Challenge) -> Challenge:
    return services.reveal(actor=None, challenge=challenge, at=REVEALED)


def test_pay_follows_the_signature(crew: Crew) -> None:
    sign(frozen(crew))

    # Léa won with 1400, the first prize is €500
    assert paid(APRIL, MAY, JUNE) == [(crew.lea.pk, 50000)]
    assert people_with_new_awards(APRIL, MAY) == {crew.lea.pk}


def test_pay_tells_nothing_before_the_ceremony(crew: Crew) -> None:
    sign(frozen(crew, CEREMONY))

    assert paid(APRIL, JUNE, JUNE) == []
    assert people_with_new_awards(APRIL, JUNE) == frozenset()


def test_after_the_ceremony_an_award_is_of_the_moment_of_the_reveal(crew: Crew) -> None:
    told(sign(frozen(crew, CEREMONY)))

    assert AFTER_CUT_OFF < MAY < REVEALED
    assert paid(APRIL, MAY, JUNE) == []
    assert paid(MAY, JUNE, at("2026-05-04 17:59")) == []
    assert paid(MAY, JUNE, JUNE) == [(crew.lea.pk, 50000)]
    assert people_with_new_awards(APRIL, MAY) == {crew.lea.pk}
    assert people_with_new_awards(MAY, JUNE) == {crew.lea.pk}
