"""A signed result stays, and what is revised afterwards counts in a later challenge, once."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from challenges import services
from challenges.charging.queries import origin_of
from challenges.models import (
    Challenge,
    ChargedRevision,
    Result,
    RulesVersion,
)
from challenges.services.versions import document_of
from common.models import AuditEntry
from kernel.issues import Invalid
from people.models import Assignment, Person, Role
from tests.challenges.charging.months import (
    APRIL_20,
    BOTH,
    LATER,
    WHY,
    changed,
    charge,
    left,
    month,
    running,
    signed_march,
)
from tests.challenges.controls import controls_of
from tests.challenges.games import AFTER_CUT_OFF, board, lines, made, rescore, win
from tests.challenges.interleaving import met
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, as_correction, at, cancel, event, make_crew, record


def refusal(source: Challenge, target: Challenge, **more: Any) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        charge(source, target, **more)
    (issue,) = refused.value.issues
    return issue.code, issue.text()


def test_a_running_challenge_takes_in_what_a_signed_one_leaves(crew: Crew) -> None:
    march = signed_march()
    win("a1", "2026-04-10 11:00", "P2", 1500)
    win("a2", "2026-04-11 11:00", "P1", 600)
    april = running()
    signed_board = board(march)
    assert (left(march), board(april)[:2]) == (BOTH, [(1, "Hugo", "1500"), (2, "Léa", "600")])

    charge(march, april, actor=crew.admin)

    assert board(march) == signed_board == [
        (1, "Hugo", "1000"), (2, "Léa", "900"), (None, "Noor", "0"),
    ]  # fmt: skip
    assert board(april) == [(1, "Hugo", "500"), (2, "Léa", "400"), (None, "Noor", "0")]
    assert lines(april)[-2:] == [
        ("charge:crm:d2#2", "charged", "-1000", "1500", "500"),
        ("charge:crm:d1#2", "charged", "-200", "600", "400"),
    ]
    assert left(march) == []
    newest = RulesVersion.objects.filter(challenge=april).order_by("-number")[0]
    assert (newest.reason, newest.by) == (WHY, crew.admin)
    entry = AuditEntry.objects.get(action="challenge.charge")
    assert (entry.actor, entry.reason, entry.subject_id) == (crew.admin, WHY, str(march.pk))
    assert entry.after is not None
    assert entry.after["into"] == april.pk
    assert [one["record"] for one in entry.after["charges"]] == ["crm:d1#2", "crm:d2#2"]

    # scoring from nothing, and after news, says the same
    assert rescore(april, APRIL_20) is False
    win("a3", "2026-04-12 11:00", "P2", 50)
    services.rescore_people(person_ids=[crew.hugo.pk], at=APRIL_20)
    assert board(april)[0] == (1, "Hugo", "550")
    assert rescore(april, APRIL_20) is False

    # and it is signed with it
    services.advance(challenge_id=april.pk, at=at("2026-05-01 00:00"))
    services.make_official(actor=None, challenge=april, at=at("2026-05-12 09:00"))
    kept = Result.objects.get(challenge=april).document["standings"]
    assert [(one["entrant"], one["score"]) for one in kept] == [
        ("P2", "550"), ("P1", "400"), ("P3", "0"),
    ]  # fmt: skip
    cancelled_later(april)


def cancelled_later(april: Challenge) -> None:
    """What April leaves in turn has nothing of what came from March."""
    record(cancel("a2"), recorded_at=at("2026-05-20 08:00"))
    rescore(april, at("2026-05-20 09:00"))
    assert left(april) == [("P1", "crm:a2#2", "-600", -1)]


def test_each_difference_is_charged_once(crew: Crew) -> None:
    march, april, may = signed_march(), running(), month(5)
    charge(march, april)

    for again in (april, may):
        code, said = refusal(march, again)
        assert code == "challenges.charged_already"
        assert said == f"This is charged to “{april.name}” already."
    assert ChargedRevision.objects.count() == 2
    assert "charges" not in document_of(may)


def test_a_draft_takes_in_only_what_is_new_since(crew: Crew) -> None:
    march, april, may = signed_march(), running(), month(5)
    charge(march, april)
    back = event("d1", "2026-03-10 11:00", "P1", kind="deal_won", amount=850)
    record(as_correction(back), recorded_at=at("2026-04-21 08:00"))
    rescore(march, at("2026-04-21 09:00"))
    more = [("P1", "crm:d1#3", "150", 0)]
    assert left(march) == more

    charge(march, may, at=at("2026-04-21 10:00"))
    assert left(march) == []
    assert [one["record"] for one in document_of(may)["charges"]] == ["crm:d1#3"]  # type: ignore[attr-defined]  # a list
    services.launch(actor=None, challenge=may, at=at("2026-04-22 09:00"))
    assert board(may)[0] == (1, "Léa", "150")

    # called off, it takes nothing in, and another one can
    services.cancel_challenge(actor=None, challenge=may, reason="Too soon")
    assert left(march) == more


def test_only_what_fits_is_charged_and_the_rest_waits(crew: Crew) -> None:
    march = signed_march()
    alone = month(5, {"entrants": {"people": ["P1"]}})
    charge(march, alone)
    assert left(march) == BOTH[1:]
    calls = month(5, {"score": {"metric": "calls"}})
    code = "challenges.charge_fits_nobody"
    assert refusal(march, calls)[0] == refusal(march, alone)[0] == code
    largest = month(5, {"format": "largest_record"})
    weeks = {"format": "championship", "score": {"metric": "revenue", "points": [3]}}
    decided = running(4, weeks)
    assert refusal(march, largest)[0] == refusal(march, decided)[0] == code
    fresh = month(5, weeks)
    charge(march, fresh)
    assert left(march) == []


def test_nothing_is_charged_without_need_reason_or_time(crew: Crew) -> None:
    march, april = signed_march(), running()
    assert refusal(march, april, reason=" ")[0] == "challenges.no_reason"
    over = services.cancel_challenge(actor=None, challenge=month(5), reason="No")
    assert refusal(march, over)[0] == "challenges.not_now"
    assert refusal(april, march)[0] == "challenges.not_now"
    assert refusal(april, month(5))[0] == "challenges.nothing_to_charge"
    final = signed_march_final()
    assert refusal(final, april)[0] == "challenges.nothing_to_charge"


def signed_march_final() -> Challenge:
    challenge = made({"key": "final"})
    services.launch(actor=None, challenge=challenge, at=at("2026-03-16 09:00"))
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"value": "-999"}, "challenges.not_due", "charges[0].record"),
        ({"person": "P3"}, "challenges.not_due", "charges[0].record"),
        ({"from": "march"}, "challenges.charge_from_nowhere", "charges[0].from"),
        ({"from": "challenge:0"}, "challenges.charge_from_nowhere", "charges[0].from"),
    ],
)
def test_a_charge_written_by_hand_has_to_be_due(
    crew: Crew, change: dict[str, str], code: str, path: str
) -> None:
    march, may = signed_march(), month(5)
    right = {
        "person": "P1", "metric": "revenue", "value": "-200", "records": "0",
        "record": "crm:d1#2", "from": origin_of(march),
    }  # fmt: skip
    known = document_of(may)
    with pytest.raises(Invalid) as refused:
        changed(may, {**known, "charges": [{**right, **change}]})
    assert [(one.code, one.place.path) for one in refused.value.issues] == [(code, path)]
    assert ChargedRevision.objects.count() == 0

    changed(may, {**known, "charges": [right]})
    assert left(march) == BOTH[1:]
    changed(may, known)
    assert left(march) == BOTH


def test_a_challenge_that_may_count_the_same_records_takes_nothing_in(crew: Crew) -> None:
    march = signed_march()
    window = {"start": "2026-03-15", "end": "2026-05-01"}
    beside = services.launch(actor=None, challenge=made({**LATER, "window": window}), at=APRIL_20)
    assert refusal(march, beside)[0] == "challenges.charge_too_early"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_charge_at_once_one_is_refused() -> None:
    make_crew()
    march, april, may = signed_march(), running(), month(5)

    def to(target: Challenge) -> Any:
        return lambda: charge(march, target)

    ended = met(to(april), to(may), of='INSERT INTO "challenges_chargedrevision"', after=1)
    assert ended == ["done", "challenges.charged_already"]
    rows = ChargedRevision.objects.values_list("into_id", "revision").order_by("revision")
    assert list(rows) == [(april.pk, "crm:d1#2"), (april.pk, "crm:d2#2")]
    assert "charges" not in document_of(may)


# --- pages ------------------------------------------------------------------------------------


def page_of(challenge: Challenge) -> str:
    return reverse("challenges:charge", args=[challenge.pk])


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_who_may_amend_charges_from_the_signed_page(crew: Crew) -> None:
    march, april = signed_march(), running()
    boss, rep = client_of(crew.admin), client_of(crew.user_of(crew.lea))
    link = page_of(march)
    signed_page = reverse("challenges:page", args=[march.pk])
    assert link in boss.get(signed_page).content.decode()
    assert link not in rep.get(signed_page).content.decode()
    assert [one.get(link).status_code for one in (boss, rep)] == [200, 404]
    asked = boss.get(link).content.decode()
    assert "Sprint of month 4 · Live" in asked
    assert "2 of 2 differences" in asked

    empty = boss.post(link, {"into": str(april.pk), "reason": ""})
    assert (empty.status_code, ChargedRevision.objects.count()) == (200, 0)
    other = boss.post(link, {"into": str(march.pk), "reason": WHY})
    assert (other.status_code, ChargedRevision.objects.count()) == (200, 0)
    done = boss.post(link, {"into": str(april.pk), "reason": WHY})
    assert (done.status_code, done["Location"]) == (302, signed_page)
    assert ChargedRevision.objects.count() == 2

    for one in (boss, rep):
        assert "2 differences are charged to “Sprint of month 4”." in _said(one, "page", march)
        assert link not in one.get(signed_page).content.decode()
    assert "Nothing is left to be charged" in _said(boss, "charge", march)
    assert boss.post(link, {"into": str(april.pk), "reason": WHY}).status_code == 200
    assert ChargedRevision.objects.count() == 2


def _said(client: Client, page: str, challenge: Challenge) -> str:
    return read(client, page, challenge_id=challenge.pk)


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_the_next_challenge_says_where_a_charge_comes_from(crew: Crew) -> None:
    march, april = signed_march(), running()
    charge(march, april)
    hugo, lea = client_of(crew.user_of(crew.hugo)), client_of(crew.user_of(crew.lea))
    key = f"person:{crew.hugo.pk}"
    line = "Charged from March sprint: d2, taken away after the signature"
    rule = "Charged from March sprint, where records were revised after the signature: 2."

    why = read(hugo, "explain", challenge_id=april.pk, entrant_key=key)
    assert line in why
    assert "-€1,000" in why.replace("−", "-")
    assert [line in _said(one, "page", april) for one in (hugo, lea)] == [True, False]
    assert [rule in _said(one, "page", april) for one in (hugo, lea)] == [True, True]

    french = client_of(crew.user_of(crew.hugo), "fr")
    assert "Sprint de mars" in read(french, "explain", challenge_id=april.pk, entrant_key=key)


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_without_a_later_challenge_the_page_says_what_to_do(crew: Crew) -> None:
    march = signed_march()
    boss = client_of(crew.admin)
    assert "No challenge can take it in yet" in _said(boss, "charge", march)
    assert boss.post(page_of(march), {"into": "1", "reason": WHY}).status_code == 200
    north = client_of(crew.user_of(crew.ines))
    assert north.get(page_of(march)).status_code == 404
    assert boss.get(page_of(signed_march_final())).status_code == 404
    assert boss.get(page_of(running())).status_code == 404


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_the_guided_form_keeps_the_charges(crew: Crew) -> None:
    march, may = signed_march(), month(5)
    charge(march, may)
    address = reverse("challenges:change", args=[may.pk])
    boss = client_of(crew.admin)
    sent = controls_of(boss.get(address).content.decode(), "challenge-form")
    done = boss.post(address, {**sent, "winners": ["1"]})
    assert done.status_code == 302
    after = document_of(may)
    assert (after["winners"], len(after["charges"])) == ("1", 2)  # type: ignore[arg-type]  # a list
    assert left(march) == []


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_the_page_asks_as_often_for_many_differences_as_for_few(crew: Crew) -> None:
    march, _april = signed_march(), running()
    boss = client_of(crew.admin)
    few = statements(boss, march)
    before = [f"more-{number}" for number in range(8)]
    for number, name in enumerate(before):
        person = Person.objects.create(number=name, first_name="Zed", last_name=name)
        Assignment.objects.create(
            person=person, team=crew.north, role=Role.objects.get(key="ae"),
            valid_from=at("2025-01-01 12:00").date(),
        )  # fmt: skip
        win(name, "2026-05-10 11:00", name, 100 + number)
    may = services.launch(actor=None, challenge=month(5), at=at("2026-05-12 09:00"))
    services.advance(challenge_id=may.pk, at=at("2026-06-01 00:00"))
    services.make_official(actor=None, challenge=may, at=at("2026-06-12 09:00"))
    record(*(cancel(name) for name in before), recorded_at=at("2026-06-14 08:00"))
    rescore(may, at("2026-06-14 09:00"))
    services.launch(actor=None, challenge=month(6), at=at("2026-06-15 09:00"))
    assert statements(boss, may) == few


def statements(client: Client, challenge: Challenge) -> int:
    for _ in range(2):
        assert client.get(page_of(challenge)).context["left"]
    with CaptureQueriesContext(connection) as asked:
        client.get(page_of(challenge))
    return len(asked)
