"""What the strongest open-source peer gets wrong, named by its effect, and the right behaviour.

The peer is a gamification module that was read, replayed and followed in its tracker.
"""

import re
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from challenges import queries, services
from challenges.calc import Person, Record, Roster
from challenges.models import (
    Challenge,
    Result,
    RulesVersion,
    ScoreChange,
    Standing,
    Transition,
)
from challenges.services.moving import WAKE_EVERY, sweep, sweep_signed
from kernel.expressions import parse
from kernel.issues import Invalid
from people.models import Assignment, Role, User
from people.models import Person as Somebody
from tests.challenges.calc.builders import at as utc
from tests.challenges.calc.builders import board as rows_of
from tests.challenges.calc.builders import people, result, rules_of, won
from tests.challenges.calc.builders import record as fact
from tests.challenges.games import AFTER_CUT_OFF, MARCH, MID_MARCH, board, lines, live, made, win
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, as_correction, at, cancel, event, record

LINE: dict[str, object] = {
    "format": "over_the_line",
    "score": {"metric": "revenue", "target": "1000"},
    "winners": "all",
    "prizes": [{"for": "winners", "kind": "points", "amount": "50"}],
}
END = at("2026-04-01 00:00")


def awarded(challenge: Challenge) -> list[str]:
    rows = Standing.objects.filter(challenge=challenge).select_related("person")
    return sorted(row.person.first_name for row in rows if row.detail["awards"] and row.person)


def signed(changes: dict[str, object] | None = None) -> Challenge:
    challenge = live(changes)
    services.advance(challenge_id=challenge.pk, at=END)
    return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)


# 1: people without a record are not written, so a value never returns to zero
def test_a_score_returns_to_zero_when_the_only_deal_is_cancelled(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    record(cancel("d1"), recorded_at=MID_MARCH)
    services.rescore_people(person_ids=[crew.lea.pk], at=MID_MARCH)
    assert board(challenge) == [(None, "Hugo", "0"), (None, "Léa", "0"), (None, "Noor", "0")]


# 2: what never changes its value never fails, and stays in progress after the end
def test_a_challenge_in_which_nothing_moved_is_over_at_its_end(crew: Crew) -> None:
    challenge = live(LINE)
    services.wake_all(at=END)
    challenge.refresh_from_db()
    assert challenge.state == "provisional"
    rows = Standing.objects.filter(challenge=challenge)
    assert {row.detail["reason"]["code"] for row in rows} == {"line_not_reached"}
    assert {row.detail["winner"] for row in rows} == {False}


# 3: who falls back keeps the success and its reward
def test_who_falls_back_below_the_line_has_won_nothing_until_the_result_is_official(
    crew: Crew,
) -> None:
    win("d1", "2026-03-10 11:00", "P1", 1000)
    win("d2", "2026-03-10 11:00", "P2", 1000)
    challenge = live(LINE)
    before = awarded(challenge)
    record(cancel("d1"), recorded_at=MID_MARCH)
    services.rescore_people(person_ids=[crew.lea.pk], at=MID_MARCH)
    assert (before, awarded(challenge)) == (["Hugo", "Léa"], ["Hugo"])

    services.advance(challenge_id=challenge.pk, at=END)
    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    services.rescore_people(person_ids=[crew.hugo.pk], at=at("2026-04-20 09:00"))
    assert awarded(challenge) == ["Hugo"]  # the stated policy: final


# 4: people who did not open the client are skipped
def test_who_never_signed_in_is_scored_like_everybody(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P3", 900)
    assert not User.objects.filter(person=crew.noor).exists()
    assert board(live())[0] == (1, "Noor", "900")


# 5: a week has eight days, because both ends belong to it
def test_a_week_has_seven_days_and_its_end_does_not_belong_to_it(crew: Crew) -> None:
    win("first", "2026-03-02 00:00", "P1", 1)
    win("last", "2026-03-08 23:59", "P1", 10)
    win("next", "2026-03-09 00:00", "P1", 100)
    week = live({"window": {"start": "2026-03-02", "end": "2026-03-09"}})
    following = live({"window": {"start": "2026-03-09", "end": "2026-03-16"}})
    assert board(week)[0] == (1, "Léa", "11")
    assert board(following)[0] == (1, "Léa", "100")


# 6, 10: ends of periods are never met, or wait for the daily job
def test_each_move_is_made_once_at_its_own_moment_however_late_the_timer(crew: Crew) -> None:
    challenge = made()
    services.schedule(actor=None, challenge=challenge, at=at("2026-02-20 10:00"))
    for late in ("2026-04-09 10:00", "2026-04-09 10:00", "2026-04-10 10:00"):
        services.wake_all(at=at(late))
    moves = Transition.objects.filter(challenge=challenge).order_by("number")
    assert list(moves.values_list("to_state", "at")) == [
        ("scheduled", at("2026-02-20 10:00")),
        ("live", at("2026-03-01 00:00")),
        ("provisional", END),
    ]
    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    with pytest.raises(Invalid):
        services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    assert Result.objects.filter(challenge=challenge).count() == 1


def test_a_move_is_announced_for_its_very_moment_before_it_is_due(crew: Crew) -> None:
    challenge = made()
    services.schedule(actor=None, challenge=challenge, at=at("2026-02-20 10:00"))
    start, second = at("2026-03-01 00:00"), timedelta(seconds=1)
    assert services.coming(at=start - WAKE_EVERY - second) == []
    assert services.coming(at=start - WAKE_EVERY) == [(challenge.pk, start)]
    assert services.coming(at=start - second) == [(challenge.pk, start)]
    services.advance(challenge_id=challenge.pk, at=start)
    assert services.coming(at=start) == []
    assert services.coming(at=END - second) == [(challenge.pk, END)]
    timer = settings.CELERY_BEAT_SCHEDULE["wake-challenges"]["schedule"]
    assert timedelta(seconds=float(str(timer))) < WAKE_EVERY


# 7: one easy goal dominates a sum of uncapped percentages
def test_an_easy_metric_weighs_no_more_than_its_cap() -> None:
    text = """format: weighted_points
score:
  parts:
    - {metric: calls, measure: count, points: 1, cap: %s}
    - {metric: revenue, points: 1}
"""
    calls = [fact(f"c{n}", "ana", "11-03 10:00", metric="calls") for n in range(40)]
    log = [*calls, fact("d", "ben", "11-03 10:00", 30)]
    duo = people("ana", "ben")
    assert rows_of(result(rules_of(text % 20), log, duo)) == [(1, "ben", "30"), (2, "ana", "20")]
    assert rows_of(result(rules_of(text % 90), log, duo)) == [(1, "ana", "40"), (2, "ben", "30")]


# 8, 14: equal ones fall in the order of a list, "top 3" has four rows of different ranks
MOST = "format: most\nscore: {metric: revenue}\n"
PODIUM = "winners: 3\nprizes:\n  - {for: rank, from: 1, to: 3, kind: points, amount: 9}\n"


def test_equal_scores_have_one_rank_in_any_order_and_the_rules_say_who_wins() -> None:
    day = {"ana": 3, "ben": 4, "cleo": 5, "dora": 2}
    score = {"ana": 9, "ben": 7, "cleo": 5, "dora": 5}
    for order in permutations(score):
        log = [fact(name, name, f"11-0{day[name]} 10:00", score[name]) for name in order]
        shared = result(rules_of(MOST + PODIUM), log, people(*order))
        assert [row.rank for row in shared.rows] == [1, 2, 3, 3]
        assert [row.tied for row in shared.rows] == [False, False, True, True]
        assert len(won(shared)) == 4
        chain = "ties: {rule: chain, chain: [{by: earliest}]}\n"
        decided = result(rules_of(MOST + PODIUM + chain), log, people(*order))
        assert [row.entrant for row in decided.rows] == ["ana", "ben", "dora", "cleo"]
        assert [name for name, _, _ in won(decided)] == ["ana", "ben", "dora"]


def test_a_board_has_one_order_without_gaps_or_repeats_also_among_equals(crew: Crew) -> None:
    challenge = live()
    rows = Standing.objects.filter(challenge=challenge)
    assert sorted(rows.values_list("position", flat=True)) == [1, 2, 3]


# 9: dates carry no zone
@pytest.mark.parametrize(("zone", "counts"), [("Europe/Paris", True), ("America/New_York", False)])
def test_midnight_is_that_of_the_challenge(zone: str, counts: bool) -> None:
    head = "key: x\ntimezone: %s\nwindow: {start: 2026-11-01, end: 2026-12-01}\n"
    standings = result(
        rules_of(MOST, head % zone), [fact("a", "ana", "10-31 23:30", 5)], people("ana")
    )
    assert standings.row("ana").score == (5 if counts else 0)


# 11, 12, 17: goals are deleted and made anew, reasons are overwritten, who leaves is forgotten
def test_scoring_again_keeps_the_rows_and_the_log_cannot_be_rewritten(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    ids = set(Standing.objects.filter(challenge=challenge).values_list("pk", flat=True))
    win("d2", "2026-03-11 11:00", "P1", 100)
    services.rescore_people(person_ids=[crew.lea.pk], at=MID_MARCH)
    assert set(Standing.objects.filter(challenge=challenge).values_list("pk", flat=True)) == ids
    log = ScoreChange.objects.filter(challenge=challenge)
    before = lines(challenge)
    for work in (log.delete, lambda: log.update(cause="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            work()
    assert lines(challenge) == before
    assert len(before) == 2


def test_history_outlives_the_team_and_the_employment(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P2", 900)
    challenge = live()
    Assignment.objects.filter(person=crew.hugo).update(valid_to=date(2026, 3, 12))
    Somebody.objects.filter(pk=crew.hugo.pk).update(left_on=date(2026, 3, 12))
    services.rescore_challenge(challenge_id=challenge.pk, at=at("2026-03-20 09:00"))
    assert board(challenge)[0] == (1, "Hugo", "900")
    services.advance(challenge_id=challenge.pk, at=END)
    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    document = Result.objects.get(challenge=challenge).document
    assert document["awards"][0]["entrant"] == "P2"


# 13: any program text in a goal is run, with queries for each person
def test_rules_are_data_and_formulas_are_parsed() -> None:
    for text in ("__import__('os').system('x')", "a.b", "(lambda: 1)()", "[1][0]"):
        with pytest.raises(Invalid):
            parse(text)


def test_code_in_the_place_of_a_metric_is_refused(crew: Crew) -> None:
    with pytest.raises(Invalid) as caught:
        made({"score": {"metric": "__import__('os')"}})
    assert [issue.place.path for issue in caught.value.issues] == ["score.metric"]


def test_scoring_asks_the_database_as_often_for_many_people_as_for_few(crew: Crew) -> None:
    challenge = live()

    def asked() -> int:
        services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)  # with new rows
        with CaptureQueriesContext(connection) as seen:
            services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)
        return len(seen)

    few = asked()
    ae = Role.objects.get(key="ae")
    for number in range(15):
        person = Somebody.objects.create(number=f"Z{number}", first_name="Zed", last_name="x")
        Assignment.objects.create(
            person=person, team=crew.south, role=ae, valid_from=date(2025, 1, 1)
        )
    assert asked() == few


# 15, 16: what is logged after the last daily job does not count, late records never arrive
def test_late_records_count_until_the_cut_off_and_nothing_is_closed_before(crew: Crew) -> None:
    challenge = live()
    services.advance(challenge_id=challenge.pk, at=END)
    win("last-day", "2026-03-31 23:59", "P1", 10, known=at("2026-04-01 09:00"))
    win("back-dated", "2026-03-02 10:00", "P2", 30, known=at("2026-04-06 12:00"))
    with pytest.raises(Invalid):
        services.make_official(actor=None, challenge=challenge, at=at("2026-04-06 23:59"))
    win("too-late", "2026-03-02 10:00", "P3", 99, known=at("2026-04-07 12:00"))
    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    assert board(challenge) == [(1, "Hugo", "30"), (2, "Léa", "10"), (None, "Noor", "0")]
    challenge.refresh_from_db()
    noor = queries.explained(challenge).row("P3")
    assert [out.reason.code for out in noor.left_out] == ["after_cut_off"]


# 18: a reward comes once for all periods, or never at the end of one
def test_each_period_awards_once_at_its_end(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    march = signed()
    win("d2", "2026-04-10 11:00", "P1", 900)
    april = services.launch(
        actor=None,
        challenge=made({"window": {"start": "2026-04-01", "end": "2026-05-01"}}),
        at=at("2026-04-10 12:00"),
    )
    for moment in ("2026-05-01 00:00", "2026-05-01 00:00"):
        services.advance(challenge_id=april.pk, at=at(moment))
    services.make_official(actor=None, challenge=april, at=at("2026-05-08 09:00"))
    for challenge in (march, april):
        (kept,) = Result.objects.filter(challenge=challenge)
        assert [(a["entrant"], a["amount"]) for a in kept.document["awards"]] == [("P1", 50000)]


# 19: unreached goals of the past stay open and are computed every day
def test_closed_periods_cost_nothing(crew: Crew) -> None:
    live()

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            sweep(at=MID_MARCH)
            sweep_signed(at=at("2026-04-20 09:00"))
            services.wake_all(at=MID_MARCH)
        return len(seen)

    asked()
    alone = asked()
    for _ in range(4):
        signed()
    assert asked() == alone


# 20: nothing counts as zero and wins where lower is better, volume is punished
def test_missing_is_not_zero_and_a_mean_keeps_what_it_was_made_of() -> None:
    text = "format: average\nscore: {metric: minutes, better: lower}\n"
    log = [
        *[fact(f"a{n}", "ana", "11-03 10:00", 3, metric="minutes") for n in range(5)],
        fact("b", "ben", "11-03 10:00", 4, metric="minutes"),
    ]
    standings = result(rules_of(text), log, people("ana", "ben", "cleo"))
    assert rows_of(standings) == [(1, "ana", "3"), (2, "ben", "4"), (None, "cleo", None)]
    ana = standings.row("ana")
    assert (str(ana.numerator), str(ana.denominator)) == ("15", "5")


# 21: a changed target does not reach what runs already, and nobody is told
def test_a_target_is_changed_with_a_reason_and_both_values_are_shown(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live(LINE)
    lower = {**MARCH, **LINE, "score": {"metric": "revenue", "target": "900"}}
    with pytest.raises(Invalid):
        services.amend_challenge(
            actor=None, challenge=challenge, document=lower, reason=" ", at=MID_MARCH
        )
    services.amend_challenge(
        actor=None, challenge=challenge, document=lower, reason="Agreed", at=MID_MARCH
    )
    assert awarded(challenge) == ["Léa"]
    versions = RulesVersion.objects.filter(challenge=challenge).order_by("number")
    assert [version.reason for version in versions] == ["", "Agreed"]
    assert ["1000" in v.document for v in versions] == [True, False]
    address = reverse("challenges:page", args=[challenge.pk])
    page = client_of(crew.user_of(crew.hugo)).get(address).content.decode()
    assert "Agreed" in page
    told = [re.findall(rf"<{mark}>(.*?)</{mark}>", page) for mark in ("del", "ins")]
    assert [["€1,000" in one, "€900" in one] for (one,) in told] == [[True, False], [False, True]]


# of others: reads that compute, equal times summed into one, an earlier event judged anew
def test_reading_a_board_writes_nothing(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    client = client_of(crew.user_of(crew.lea))
    with CaptureQueriesContext(connection) as seen:
        read(client, "page", challenge_id=challenge.pk)
    verbs = {query["sql"].split()[0].upper() for query in seen}
    assert verbs <= {"SELECT", "WITH", "SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"}
    assert [q["sql"] for q in seen if "INSERT INTO" in q["sql"] or "DELETE FROM" in q["sql"]] == []


def test_records_of_one_moment_are_each_told(crew: Crew) -> None:
    challenge = live()
    for number in range(3):
        win(f"d{number}", "2026-03-10 11:00", "P1", 100)
    services.rescore_people(person_ids=[crew.lea.pk], at=MID_MARCH)
    assert [line[0] for line in lines(challenge)] == [f"crm:d{n}#1" for n in range(3)]
    assert board(challenge)[0] == (1, "Léa", "300")


def test_an_earlier_record_judged_anew_gives_the_board_of_a_full_computation(crew: Crew) -> None:
    win("d1", "2026-03-03 11:00", "P1", 500)
    win("d2", "2026-03-04 11:00", "P2", 400)
    challenge = live()
    win("d3", "2026-03-12 11:00", "P2", 50)
    services.rescore_people(person_ids=[crew.hugo.pk], at=MID_MARCH)
    corrected: Any = event("d1", "2026-03-03 11:00", "P1", kind="deal_won", amount=440)
    record(as_correction(corrected), recorded_at=MID_MARCH)
    services.rescore_people(person_ids=[crew.lea.pk], at=MID_MARCH)
    assert board(challenge)[:2] == [(1, "Hugo", "450"), (2, "Léa", "440")]
    assert services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH) is False


def test_the_last_word_among_equals_is_no_id() -> None:
    text = MOST + "ties: {rule: chain, chain: [{by: draw}], seed: %s}\n"
    when = utc("11-03 10:00")
    first = {
        next(
            row.entrant
            for row in result(
                rules_of(text % seed),
                [Record(n, n, "revenue", when, when, Fraction(1)) for n in ("ana", "ben")],
                Roster((Person("ana"), Person("ben"))),
            ).rows
        )
        for seed in range(12)
    }
    assert first == {"ana", "ben"}
