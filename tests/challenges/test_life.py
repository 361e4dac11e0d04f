"""Transitions: what may follow what, woken twice, late or by two workers at once."""

import threading
from datetime import datetime
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from challenges import services
from challenges.models import Challenge, Result, RulesVersion, ScoreChange, Transition
from common.issues import message_of
from common.models import AuditEntry
from kernel.issues import Invalid
from tests.challenges.games import (
    AFTER_CUT_OFF,
    MARCH,
    MID_MARCH,
    board,
    lines,
    live,
    made,
    rescore,
    win,
)
from tests.kpis.crew import PARIS, Crew, at, cancel, make_crew, record

FINAL = {"after_official": {"policy": "final"}}
AMEND = {"after_official": {"policy": "amend"}}


def moves(challenge: Challenge) -> list[tuple[str, str, datetime]]:
    rows = Transition.objects.filter(challenge=challenge).order_by("number")
    return list(rows.values_list("from_state", "to_state", "at"))


def refused(work: Any) -> str:
    with pytest.raises(Invalid) as caught:
        work()
    return caught.value.issues[0].code


def test_a_late_clock_makes_all_moves_at_the_moments_of_the_rules(crew: Crew) -> None:
    challenge = made()
    services.schedule(actor=None, challenge=challenge, at=at("2026-02-20 10:00"))

    assert services.wake_all(at=at("2026-02-28 23:59")) == 0
    services.wake_all(at=at("2026-04-02 08:00"))

    assert moves(challenge) == [
        ("draft", "scheduled", at("2026-02-20 10:00")),
        ("scheduled", "live", at("2026-03-01 00:00")),
        ("live", "provisional", at("2026-04-01 00:00")),
    ]
    assert services.wake_all(at=at("2026-04-02 08:01")) == 0
    assert services.advance(challenge_id=challenge.pk, at=at("2026-04-02 08:02")) == []
    assert len(moves(challenge)) == 3


def test_while_the_clock_is_late_what_has_begun_is_not_changed_in_silence(crew: Crew) -> None:
    challenge = made()
    services.schedule(actor=None, challenge=challenge, at=at("2026-02-20 10:00"))
    other: Any = {
        "actor": None, "challenge": challenge, "document": {**MARCH, "winners": 1},
        "team_keys": ("west",),
    }  # fmt: skip

    late = refused(lambda: services.change_draft(**other, at=at("2026-03-01 00:00")))
    begun = RulesVersion.objects.filter(challenge=challenge).count()
    services.change_draft(**other, at=at("2026-02-28 23:59"))

    assert (late, begun) == ("challenges.begun", 1)
    assert RulesVersion.objects.filter(challenge=challenge).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_wake_at_once_and_one_moves() -> None:
    make_crew()
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = made()
    services.schedule(actor=None, challenge=challenge, at=at("2026-02-20 10:00"))
    together, passed = threading.Barrier(4), list[list[str]]()

    def wake() -> None:
        close_old_connections()
        try:
            together.wait(30)
            passed.append(services.advance(challenge_id=challenge.pk, at=MID_MARCH))
        finally:
            connection.close()

    workers = [threading.Thread(target=wake, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert sorted(passed) == [[], [], [], ["live"]]
    assert [to for _, to, _ in moves(challenge)] == ["scheduled", "live"]
    assert lines(challenge) == [("", "opening", "+900", "0", "900")]


@pytest.mark.django_db(transaction=True)
def test_two_workers_score_at_once_and_each_change_has_one_line() -> None:
    make_crew()
    challenge = live()
    win("d1", "2026-03-10 11:00", "P1", 900)
    together, changed = threading.Barrier(4), list[bool]()

    def score() -> None:
        close_old_connections()
        try:
            together.wait(30)
            changed.append(rescore(challenge, MID_MARCH))
        finally:
            connection.close()

    workers = [threading.Thread(target=score, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert sorted(changed) == [False, False, False, True]
    assert ScoreChange.objects.filter(challenge=challenge).count() == 1


def test_nothing_is_official_before_the_cut_off_and_late_arrivals_are_in_it(crew: Crew) -> None:
    challenge = live()
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    assert (
        refused(
            lambda: services.make_official(
                actor=None, challenge=challenge, at=at("2026-04-06 23:59")
            )
        )
        == "challenges.before_cut_off"
    )
    assert not Result.objects.exists()
    win("d1", "2026-03-30 11:00", "P1", 10, known=at("2026-04-06 12:00"))

    signed = services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)

    assert signed.state == "official"
    assert board(challenge)[0] == (1, "Léa", "10")
    result = Result.objects.get(challenge=challenge)
    assert [(row["rank"], row["entrant"]) for row in result.document["standings"]] == [
        (1, "P1"), (None, "P2"), (None, "P3"),
    ]  # fmt: skip
    assert [(a["entrant"], a["amount"]) for a in result.document["awards"]] == [("P1", 50000)]


def official(changes: dict[str, Any]) -> Challenge:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live(changes)
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)


def test_a_deal_cancelled_before_signing_is_out(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live(FINAL)
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    record(cancel("d2"), recorded_at=at("2026-04-08 08:00"))

    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)

    assert board(challenge) == [(1, "Léa", "900"), (None, "Hugo", "0"), (None, "Noor", "0")]


def test_a_deal_cancelled_after_signing_changes_nothing_when_final(crew: Crew) -> None:
    challenge = official(FINAL)
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))

    assert rescore(challenge, at("2026-04-20 09:00")) is False
    assert services.rescore_people(person_ids=[crew.hugo.pk], at=at("2026-04-20 09:00")) == []

    challenge.refresh_from_db()
    assert challenge.state == "official"
    assert board(challenge) == [(1, "Hugo", "1000"), (2, "Léa", "900"), (None, "Noor", "0")]
    assert Result.objects.filter(challenge=challenge).count() == 1


def test_a_deal_cancelled_after_signing_amends_in_public(crew: Crew) -> None:
    challenge = official(AMEND)
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))

    assert services.rescore_people(person_ids=[crew.hugo.pk], at=at("2026-04-20 09:00")) == [
        challenge.pk
    ]

    challenge.refresh_from_db()
    assert challenge.state == "amended"
    assert board(challenge) == [(1, "Léa", "900"), (None, "Hugo", "0"), (None, "Noor", "0")]
    first, second = Result.objects.filter(challenge=challenge).order_by("number")
    assert [row["rank"] for row in first.document["standings"]] == [1, 2, None]
    assert [row["rank"] for row in second.document["standings"]] == [1, None, None]
    assert lines(challenge)[-1] == ("crm:d2#1", "cancelled", "-1000", "1000", "0")
    assert rescore(challenge, at("2026-04-21 09:00")) is False


def test_amend_above_leaves_small_changes_alone(crew: Crew) -> None:
    challenge = official({"after_official": {"policy": "amend_above", "above": "950"}})
    record(cancel("d1"), recorded_at=at("2026-04-20 08:00"))
    rescore(challenge, at("2026-04-20 09:00"))
    small = board(challenge)
    record(cancel("d2"), recorded_at=at("2026-04-21 08:00"))
    rescore(challenge, at("2026-04-21 09:00"))

    assert small == [(1, "Hugo", "1000"), (2, "Léa", "900"), (None, "Noor", "0")]
    assert board(challenge) == [(1, "Léa", "900"), (None, "Hugo", "0"), (None, "Noor", "0")]


def test_next_period_keeps_the_board_and_names_what_is_carried(crew: Crew) -> None:
    challenge = official({"after_official": {"policy": "next_period"}})
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    rescore(challenge, at("2026-04-20 09:00"))

    challenge.refresh_from_db()
    assert challenge.state == "official"
    assert board(challenge) == [(1, "Hugo", "1000"), (2, "Léa", "900"), (None, "Noor", "0")]
    assert challenge.summary["board"]["carried"] == ["crm:d2#1"]


def test_each_verb_is_refused_where_it_has_no_place(crew: Crew) -> None:
    draft = made()
    running = live()
    done = official(FINAL)
    who: Any = {"actor": None, "at": MID_MARCH}

    def reasons(challenge: Challenge) -> list[str]:
        given: Any = {**who, "challenge": challenge}
        return [
            refused(lambda: services.resume(**given)),
            refused(lambda: services.make_official(**given)),
        ]

    assert reasons(draft) == ["challenges.not_now"] * 2
    assert reasons(running) == ["challenges.not_now"] * 2
    assert reasons(done) == ["challenges.not_now"] * 2
    for verb in (services.pause, services.close_challenge):
        assert refused(lambda v=verb: v(challenge=draft, reason="x", **who)) == "challenges.not_now"
        assert refused(lambda v=verb: v(challenge=done, reason="x", **who)) == "challenges.not_now"
        assert refused(lambda v=verb: v(challenge=running, reason=" ", **who)) == (
            "challenges.no_reason"
        )
    assert (
        refused(lambda: services.cancel_challenge(challenge=done, reason="x", **who))
        == "challenges.not_now"
    )
    assert [Challenge.objects.get(pk=c.pk).state for c in (draft, running, done)] == [
        "draft", "live", "official",
    ]  # fmt: skip


def test_a_refusal_says_its_moment_on_the_readers_clock(crew: Crew) -> None:
    coming, running = made(), live()
    services.schedule(actor=None, challenge=coming, at=at("2026-02-20 10:00"))
    over: Any = {"actor": None, "challenge": running, "at": at("2026-04-01 00:00")}

    def said(work: Any) -> str:
        with timezone.override(PARIS), pytest.raises(Invalid) as caught:
            work()
        return message_of(caught.value.issues[0])

    begun = said(
        lambda: services.change_draft(
            actor=None, challenge=coming, document=MARCH, at=at("2026-03-02 10:00")
        )
    )
    ended = said(lambda: services.pause(**over, reason="Snow"))
    services.advance(challenge_id=running.pk, at=at("2026-04-01 00:00"))
    early = said(lambda: services.make_official(**over))

    assert (begun, ended, early) == (
        "The window began at 1 Mar 2026 00:00: the rules can only be amended, with a reason.",
        "The window ended at 1 Apr 2026 00:00.",
        "Until 7 Apr 2026 00:00 late arrivals still count, so nothing can be official.",
    )


def test_extending_moves_end_and_cut_off_with_a_reason(crew: Crew) -> None:
    challenge = live()
    assert (
        refused(
            lambda: services.extend_challenge(
                actor=None,
                challenge=challenge,
                ends_at=challenge.ends_at,
                reason="more",
                at=MID_MARCH,
            )
        )
        == "challenges.not_later"
    )

    services.extend_challenge(
        actor=crew.admin, challenge=challenge, ends_at=at("2026-04-15 00:00"),
        reason="Snow week", at=MID_MARCH,
    )  # fmt: skip

    challenge.refresh_from_db()
    assert (challenge.ends_at, challenge.cut_off_at) == (
        at("2026-04-15 00:00"), at("2026-04-20 00:00"),
    )  # fmt: skip
    assert list(
        RulesVersion.objects.filter(challenge=challenge)
        .order_by("number")
        .values_list("number", "reason")
    ) == [(1, ""), (2, "Snow week")]
    entry = AuditEntry.objects.filter(action="challenge.extend").get()
    assert (entry.actor_id, entry.reason) == (crew.admin.pk, "Snow week")


def test_closing_early_keeps_what_happened_before(crew: Crew) -> None:
    challenge = live()
    win("d1", "2026-03-16 12:00", "P1", 10)
    win("d2", "2026-03-17 12:00", "P2", 20)

    services.close_challenge(
        actor=None, challenge=challenge, reason="Goal met", at=at("2026-03-17 00:00")
    )
    rescore(challenge, at("2026-03-17 13:00"))

    challenge.refresh_from_db()
    assert (challenge.state, challenge.ends_at) == ("provisional", at("2026-03-17 00:00"))
    assert board(challenge) == [(1, "Léa", "10"), (None, "Hugo", "0"), (None, "Noor", "0")]


def test_an_amendment_keeps_both_rules_and_the_pauses(crew: Crew) -> None:
    challenge = live()
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-10 12:00", "P2", 10)
    win("d3", "2026-03-10 13:00", "P2", 10)
    services.pause(actor=None, challenge=challenge, reason="x", at=at("2026-03-17 00:00"))
    services.resume(actor=None, challenge=challenge, at=at("2026-03-18 00:00"))

    services.amend_challenge(
        actor=None, challenge=challenge, reason="Number of deals is fairer",
        document={**MARCH, "score": {"metric": "deals_won"}}, at=at("2026-03-18 01:00"),
    )  # fmt: skip

    challenge.refresh_from_db()
    assert challenge.ends_at == at("2026-04-02 00:00")
    assert challenge.metric_keys == ["deals_won"]
    assert board(challenge) == [(1, "Hugo", "2"), (2, "Léa", "1"), (None, "Noor", "0")]
    assert RulesVersion.objects.filter(challenge=challenge).count() == 3


def test_the_timer_sweeps_what_a_lost_message_left(crew: Crew) -> None:
    challenge = live()
    win("d1", "2026-03-10 11:00", "P1", 900)

    assert services.sweep_all(at=MID_MARCH) == 1
    assert board(challenge)[0] == (1, "Léa", "900")


def test_the_timer_scores_news_of_which_the_message_was_lost(crew: Crew) -> None:
    challenge = live()
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-10 11:00", "P2", 100)
    assert services.note_news(person_ids=[crew.lea.pk]) == [challenge.pk]

    assert services.wake_all(at=MID_MARCH) == 1
    # of Hugo's deal nobody told
    assert board(challenge) == [(1, "Léa", "900"), (None, "Hugo", "0"), (None, "Noor", "0")]
    assert services.wake_all(at=MID_MARCH) == 0
