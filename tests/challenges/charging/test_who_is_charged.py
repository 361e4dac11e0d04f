"""A charge is taken from somebody, or refused: of late comers, of rounds that are decided, and of
those who leave."""

from datetime import date

import pytest
import time_machine

from challenges import services
from challenges.charging.queries import origin_of
from challenges.models import Challenge, ChargedRevision
from challenges.services.versions import document_of
from kernel.issues import Invalid
from people.models import Assignment, Person
from tests.challenges.charging.months import (
    APRIL_20,
    BOTH,
    WHY,
    changed,
    charge,
    left,
    month,
    running,
    signed_march,
)
from tests.challenges.games import board, rescore, win
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, at

WEEKS = {"format": "championship", "score": {"metric": "revenue", "points": [3, 1]}}
TEAMS = {"entrants": {"kind": "team", "teams": ["north", "south"], "team_score": "sum"}}
APART = {
    "format": "championship",
    "score": {
        "metric": "revenue", "points": [3, 1],
        "rounds": [
            {"start": "2026-05-01", "end": "2026-05-05"},
            {"start": "2026-05-20", "end": "2026-06-01"},
        ],
    },
}  # fmt: skip


def hugos(march: Challenge) -> dict[str, str]:
    return {
        "person": "P2", "metric": "revenue", "value": "-1000", "records": "-1",
        "record": "crm:d2#2", "from": origin_of(march),
    }  # fmt: skip


def amended(target: Challenge, moment: str, *charges: dict[str, str]) -> None:
    services.amend_challenge(
        actor=None, challenge=target, document={**document_of(target), "charges": list(charges)},
        reason=WHY, at=at(moment),
    )  # fmt: skip


def refused(call: object) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        call()  # type: ignore[operator]  # a function
    return [(one.code, one.place.path) for one in caught.value.issues]


STRANGER = [("charge_of_a_stranger", "charges[0].person")]


def test_a_decided_round_takes_in_nothing_that_is_written_by_hand(crew: Crew) -> None:
    march, may = signed_march(), month(5, WEEKS)
    win("m1", "2026-05-02 11:00", "P2", 1500)
    services.launch(actor=None, challenge=may, at=at("2026-05-02 12:00"))
    late = refused(lambda: amended(may, "2026-05-20 09:00", hugos(march)))
    assert late == [("challenges.charge_to_decided_round", "charges[0].person")]
    assert (left(march), ChargedRevision.objects.count()) == (BOTH, 0)

    amended(may, "2026-05-03 09:00", hugos(march))  # the first week is not over
    assert left(march) == BOTH[:1]
    amended(may, "2026-05-20 09:00", hugos(march))  # what is there stays
    assert left(march) == BOTH[:1]


def test_who_is_in_a_team_only_between_two_rounds_is_not_charged(crew: Crew) -> None:
    march, may = signed_march(), month(5, {**APART, **TEAMS})
    moved = Assignment.objects.filter(person=crew.hugo)
    moved.update(valid_from=date(2026, 5, 10), valid_to=date(2026, 5, 15))
    assert (
        refused(lambda: changed(may, {**document_of(may), "charges": [hugos(march)]})) == STRANGER
    )
    charge(march, may)  # Léa's difference fits
    assert left(march) == BOTH[1:]
    moved.update(valid_to=date(2026, 5, 25))  # there in the second round
    charge(march, may)
    assert left(march) == []


def test_who_joins_after_the_first_round_began_is_not_charged(crew: Crew) -> None:
    march, may = signed_march(), month(5, {**WEEKS, "entrants": {"late_joiners": "always"}})
    joined = Assignment.objects.filter(person=crew.hugo)
    joined.update(valid_from=date(2026, 5, 10))
    assert (
        refused(lambda: changed(may, {**document_of(may), "charges": [hugos(march)]})) == STRANGER
    )
    joined.update(valid_from=date(2026, 5, 1))
    changed(may, {**document_of(may), "charges": [hugos(march)]})
    assert left(march) == BOTH[:1]


def test_a_new_document_charges_nobody_who_does_not_play(crew: Crew) -> None:
    march = signed_march()
    Assignment.objects.filter(person=crew.hugo).update(valid_to=date(2026, 4, 25))
    assert refused(lambda: month(5, {"charges": [hugos(march)]})) == STRANGER
    assert ChargedRevision.objects.count() == 0
    month(4, {"charges": [hugos(march)]})
    assert left(march) == BOTH[:1]


def test_who_leaves_after_the_launch_stays_charged(crew: Crew) -> None:
    march = signed_march()
    win("a1", "2026-04-10 11:00", "P2", 1500)
    april = running()
    charge(march, april)
    leaves(crew.hugo, date(2026, 4, 21))
    rescore(april, at("2026-04-22 09:00"))
    assert board(april) == [(1, "Hugo", "500"), (None, "Noor", "0"), (None, "Léa", "-200")]
    assert left(march) == []
    services.advance(challenge_id=april.pk, at=at("2026-05-01 00:00"))
    services.make_official(actor=None, challenge=april, at=at("2026-05-12 09:00"))
    assert board(april)[0] == (1, "Hugo", "500")


def leaves(person: Person, day: date) -> None:
    Person.objects.filter(pk=person.pk).update(left_on=day)
    Assignment.objects.filter(person=person).update(valid_to=day)


def test_a_draft_with_a_charge_of_who_has_left_is_not_launched(crew: Crew) -> None:
    march, may = signed_march(), month(5)
    charge(march, may)
    leaves(crew.hugo, date(2026, 4, 25))
    for verb in (services.schedule, services.launch):
        issues = refused(lambda verb=verb: verb(actor=None, challenge=may, at=APRIL_20))
        assert issues == [("charge_of_a_stranger", "charges[1].person")]
    known = document_of(may)
    only = [one for one in known["charges"] if one["person"] == "P1"]  # type: ignore[attr-defined]  # a list
    changed(may, {**known, "charges": only})
    services.launch(actor=None, challenge=may, at=at("2026-05-02 09:00"))
    assert left(march) == BOTH[1:]


@time_machine.travel(at("2026-05-03 10:00"), tick=False)
def test_a_charge_of_who_left_before_a_scheduled_start_is_told_and_can_be_given_back(
    crew: Crew,
) -> None:
    march, may = signed_march(), month(5)
    charge(march, may)
    services.schedule(actor=None, challenge=may, at=APRIL_20)
    told = "Hugo Petit is charged here, but left before"
    boss, lea = client_of(crew.admin), client_of(crew.user_of(crew.lea))
    assert told not in read(boss, "page", challenge_id=may.pk)

    leaves(crew.hugo, date(2026, 4, 25))
    services.advance(challenge_id=may.pk, at=at("2026-05-01 00:00"))  # the start waits for nobody

    assert board(may) == [(None, "Noor", "0"), (None, "Léa", "-200")]
    assert left(march) == []
    pages = [read(one, "page", challenge_id=may.pk) for one in (boss, lea)]
    assert [told in page for page in pages] == [True, False]
    amended(may, "2026-05-03 10:00", *(one for one in charges(may) if one["person"] == "P1"))
    assert left(march) == BOTH[1:]
    assert told not in read(boss, "page", challenge_id=may.pk)


def charges(challenge: Challenge) -> list[dict[str, str]]:
    return [*document_of(challenge)["charges"]]  # type: ignore[misc]  # a list
