"""The queue of odd records: who decides, what it does to the board, and what it leaves behind."""

import pytest
from django.urls import reverse

from challenges import services
from challenges.models import Challenge, Decision
from common.models import AuditEntry
from kernel.issues import Invalid
from tests.challenges.games import AFTER_CUT_OFF, MID_MARCH, board, lines, live, rescore, win
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, at, event, record

SMALL: dict[str, object] = {"integrity": {"minimum_value": "500"}}


def odd(crew: Crew) -> tuple[Challenge, str]:
    """Léa leads with a small deal; its record."""
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P1", 200)
    win("d3", "2026-03-11 11:00", "P2", 1000)
    challenge = live(SMALL)
    return challenge, next(one for one in effects(challenge, crew.lea.pk) if "d2" in one)


def effects(challenge: Challenge, person_id: int) -> list[str]:
    row = challenge.standings.get(person_id=person_id)
    return sorted(row.effects or {})


def decide(
    challenge: Challenge, record: str, *, accepted: bool, reason: str = "A sample"
) -> Decision:
    return services.decide_record(
        actor=None, challenge=challenge, record=record, accepted=accepted, reason=reason,
        at=MID_MARCH,
    )  # fmt: skip


def test_a_rejected_record_falls_off_the_board_with_a_line_and_an_audit(crew: Crew) -> None:
    challenge, record = odd(crew)
    before = board(challenge)
    decide(challenge, record, accepted=False)

    assert before == [(1, "Léa", "1100"), (2, "Hugo", "1000"), (None, "Noor", "0")]
    assert board(challenge) == [(1, "Hugo", "1000"), (2, "Léa", "900"), (None, "Noor", "0")]
    assert lines(challenge)[-1] == (record, "rejected", "-200", "1100", "900")
    entry = AuditEntry.objects.get(action="challenge.review")
    assert (entry.after, entry.reason) == ({"record": record, "accepted": False}, "A sample")


def test_a_decision_can_be_taken_back(crew: Crew) -> None:
    challenge, record = odd(crew)
    decide(challenge, record, accepted=False)
    decide(challenge, record, accepted=True, reason="It was a real one")

    assert board(challenge)[0] == (1, "Léa", "1100")
    assert [one.accepted for one in Decision.objects.order_by("id")] == [False, True]


def test_incremental_scoring_after_a_decision_equals_a_full_one(crew: Crew) -> None:
    challenge, record = odd(crew)
    decide(challenge, record, accepted=False)
    win("d4", "2026-03-12 11:00", "P1", 50)
    services.rescore_people(person_ids=[crew.lea.pk], at=at("2026-03-20 09:00"))

    first = board(challenge)
    assert first[1] == (2, "Léa", "950")
    assert rescore(challenge, at("2026-03-20 09:00")) is False


@pytest.mark.parametrize(
    ("record", "reason", "code"),
    [("d9#1", "x", "challenges.not_under_review"), (None, " ", "challenges.no_reason")],
)
def test_what_nobody_asked_and_what_has_no_reason_is_refused(
    crew: Crew, record: str | None, reason: str, code: str
) -> None:
    challenge, asked = odd(crew)
    with pytest.raises(Invalid) as refused:
        decide(challenge, record or asked, accepted=False, reason=reason)

    assert [one.code for one in refused.value.issues] == [code]
    assert Decision.objects.count() == 0


def test_nothing_is_signed_while_a_record_waits(crew: Crew) -> None:
    challenge, record = odd(crew)
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    with pytest.raises(Invalid) as refused:
        services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    decide(challenge, record, accepted=True)
    signed = services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)

    assert [one.code for one in refused.value.issues] == ["challenges.under_review"]
    assert signed.state == "official"
    with pytest.raises(Invalid) as late:
        decide(challenge, record, accepted=False)
    assert [one.code for one in late.value.issues] == ["challenges.not_now"]


def test_the_queue_is_read_and_decided_in_a_browser(crew: Crew) -> None:
    challenge, record = odd(crew)
    boss = client_of(crew.admin)
    queue = read(boss, "review", challenge_id=challenge.pk)
    address = reverse("challenges:review", args=[challenge.pk])
    without = boss.post(address, {"record": record, "accepted": "no", "reason": ""})
    sent = boss.post(address, {"record": record, "accepted": "no", "reason": "A sample"})
    after = read(boss, "review", challenge_id=challenge.pk)

    assert "Léa Martin · €200" in queue
    assert "Worth €200, less than €500." in queue
    assert (without.status_code, sent.status_code) == (200, 302)
    assert "Nothing waits for a decision" in after
    assert "A sample" in after
    assert board(challenge)[0] == (1, "Hugo", "1000")


def test_the_board_says_that_a_score_is_under_review(crew: Crew) -> None:
    challenge, record = odd(crew)
    rep = client_of(crew.user_of(crew.lea))
    before = read(rep, "board", challenge_id=challenge.pk)
    rules = read(rep, "page", challenge_id=challenge.pk)
    decide(challenge, record, accepted=True)

    assert "under review" in before
    assert "Looked at: records worth less than €500." in rules
    assert "under review" not in read(rep, "board", challenge_id=challenge.pk)


def test_entrants_do_not_see_the_queue(crew: Crew) -> None:
    challenge, record = odd(crew)
    rep = client_of(crew.user_of(crew.lea))
    address = reverse("challenges:review", args=[challenge.pk])
    answers = [
        rep.get(address).status_code,
        rep.post(address, {"record": record, "accepted": "no", "reason": "x"}).status_code,
    ]
    assert (answers, Decision.objects.count()) == ([404, 404], 0)


def test_whose_score_it_is_reads_which_record_is_looked_at_and_why(crew: Crew) -> None:
    """Also what is odd only beside a colleague's record, of which the page tells no more."""
    win("d1", "2026-03-10 11:00", "P1", 900)
    for number, who in (("d2", "P2"), ("d3", "P1")):
        deal = event(number, "2026-03-11 11:00", who, kind="deal_won", amount=200, account="A7")
        record(deal, recorded_at=at("2026-03-11 12:00" if who == "P2" else "2026-03-11 13:00"))
    challenge = live({"integrity": {"minimum_value": "500", "duplicates": True}})
    address = {"challenge_id": challenge.pk, "entrant_key": f"person:{crew.lea.pk}"}
    own = read(client_of(crew.user_of(crew.lea)), "explain", **address)
    odd_one = next(one for one in effects(challenge, crew.lea.pk) if "d3" in one)
    decide(challenge, odd_one, accepted=True)
    decided = read(client_of(crew.user_of(crew.lea)), "explain", **address)

    assert "Under review: they count until they are rejected" in own
    assert "Worth €200, less than €500." in own
    assert "Same customer, day and value as" in own
    assert "Under review" not in decided
