"""What a challenge promises: a budget, rules that were read, amendments that all can compare."""

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from challenges import services
from challenges.models import Acknowledgement, Challenge
from common.formats import MISSING
from common.models import AuditEntry
from kernel.issues import Invalid
from people.models import Assignment, Role
from tests.challenges.games import AFTER_CUT_OFF, MARCH, MID_MARCH, board, live, made, win
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, at, cancel, record

# three entrants, all level at rank 1: 3 x 500
ENOUGH: dict[str, object] = {"budget": {"amount": "1500", "currency": "EUR"}}
SHORT: dict[str, object] = {"budget": {"amount": "1499.99", "currency": "EUR"}}


# --- budget -----------------------------------------------------------------------------------


def test_prizes_that_can_cost_more_than_the_budget_are_refused(crew: Crew) -> None:
    with pytest.raises(Invalid) as refused:
        made(SHORT)
    fits = made(ENOUGH)

    assert [one.code for one in refused.value.issues] == ["over_budget"]
    assert list(Challenge.objects.all()) == [fits]


def test_the_budget_counts_who_plays(crew: Crew) -> None:
    assert made({"budget": {"amount": "1000", "currency": "EUR"}}, teams=("south",)).pk
    with pytest.raises(Invalid):
        made({"budget": {"amount": "999", "currency": "EUR"}}, teams=("south",))


def test_a_change_and_an_amendment_are_held_to_it_too(crew: Crew) -> None:
    draft = made(ENOUGH)
    with pytest.raises(Invalid):
        services.change_draft(actor=None, challenge=draft, document={**MARCH, **SHORT})
    challenge = services.launch(actor=None, challenge=draft, at=MID_MARCH)
    with pytest.raises(Invalid):
        services.amend_challenge(
            actor=None, challenge=challenge, document={**MARCH, **SHORT}, reason="Less",
            at=MID_MARCH,
        )  # fmt: skip
    assert challenge.rules.count() == 1


def test_a_warning_is_read_by_who_may_change_it(crew: Crew) -> None:
    challenge = live({"budget": {"amount": "800", "currency": "EUR", "over": "warn"}})
    said = "With 3 entrants the prizes can cost 1500.00 EUR, but the budget is 800.00 EUR."

    assert said in read(client_of(crew.admin), "page", challenge_id=challenge.pk)
    assert said not in read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)


def test_a_draft_says_what_it_can_cost_at_most(crew: Crew) -> None:
    page = read(client_of(crew.admin), "page", challenge_id=made().pk)
    assert "At most: €1,500.00 + 200 points" in page


def test_the_form_has_the_budget(crew: Crew) -> None:
    money = {"for": "rank", "rank": 1, "kind": "money", "amount": "500", "currency": "EUR"}
    challenge = made({**ENOUGH, "prizes": [money]})
    client = client_of(crew.admin)
    address = reverse("challenges:change", args=[challenge.pk])
    form = client.get(address).content.decode()

    assert re.search(r'name="budget.amount"[^>]*value="1500"', form)


# --- rules that were read ---------------------------------------------------------------------


def acknowledge(crew: Crew, challenge: Challenge) -> None:
    services.acknowledge_rules(
        actor=crew.user_of(crew.lea), challenge=challenge, person=crew.lea, number=1, at=MID_MARCH
    )


def test_an_entrant_says_once_that_the_rules_are_read(crew: Crew) -> None:
    challenge = live()
    client = client_of(crew.user_of(crew.lea))
    before = read(client, "page", challenge_id=challenge.pk)
    address = reverse("challenges:read", args=[challenge.pk])
    client.post(address, {"rules": "1"})
    client.post(address, {"rules": "1"})
    after = read(client, "page", challenge_id=challenge.pk)

    assert "I have read the rules" in before
    assert "I have read the rules" not in after
    assert "Read by you on" in after
    assert Acknowledgement.objects.count() == 1
    assert AuditEntry.objects.filter(action="challenge.read_rules").count() == 1
    assert "Read by 1 of 3 entrants" in read(
        client_of(crew.admin), "page", challenge_id=challenge.pk
    )


def test_an_amendment_is_read_anew_and_a_pause_is_not(crew: Crew) -> None:
    challenge = live()
    acknowledge(crew, challenge)
    client = client_of(crew.user_of(crew.lea))
    services.pause(actor=None, challenge=challenge, reason="Snow", at=MID_MARCH)
    services.resume(actor=None, challenge=challenge, at=at("2026-03-17 09:00"))
    paused = read(client, "page", challenge_id=challenge.pk)
    services.amend_challenge(
        actor=None, challenge=challenge, document={**MARCH, "winners": 1}, reason="One winner",
        at=at("2026-03-18 09:00"),
    )  # fmt: skip
    amended = read(client, "page", challenge_id=challenge.pk)

    asks = ["I have read the rules" in page for page in (paused, amended)]
    assert asks == [False, True]


def test_only_the_rules_that_were_shown_count_as_read(crew: Crew) -> None:
    challenge = live()
    client = client_of(crew.user_of(crew.lea))
    address = reverse("challenges:read", args=[challenge.pk])
    shown = _number_shown(client, challenge)
    services.amend_challenge(
        actor=None, challenge=challenge, document={**MARCH, "winners": 1}, reason="One winner",
        at=MID_MARCH,
    )  # fmt: skip
    for stale in ({"rules": shown}, {"rules": "x"}, {"rules": "9" * 5_000}, {}):
        client.post(address, stale)
    refused = Acknowledgement.objects.count()
    now = _number_shown(client, challenge)
    client.post(address, {"rules": now})

    assert (shown, now, refused) == ("1", "2", 0)
    assert Acknowledgement.objects.get().rules_number == 2


def _number_shown(client: Client, challenge: Challenge) -> str:
    html = client.get(reverse("challenges:page", args=[challenge.pk])).content.decode()
    found = re.search(r'name="rules" value="(\d+)"', html)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("word", ["paused", " signed "])
def test_an_amendment_cannot_pass_for_a_version_of_the_product(crew: Crew, word: str) -> None:
    challenge = live()
    with pytest.raises(Invalid) as refused:
        services.amend_challenge(
            actor=None, challenge=challenge, document={**MARCH, "winners": 1}, reason=word,
            at=MID_MARCH,
        )  # fmt: skip

    assert [one.code for one in refused.value.issues] == ["challenges.no_reason"]
    assert challenge.rules.count() == 1


def test_who_does_not_play_is_not_asked(crew: Crew) -> None:
    challenge = live()
    address = reverse("challenges:read", args=[challenge.pk])
    page = read(client_of(crew.user_of(crew.ines)), "page", challenge_id=challenge.pk)

    assert "I have read the rules" not in page
    assert client_of(crew.user_of(crew.ines)).post(address).status_code == 404
    assert client_of(crew.user_of(crew.lea)).get(address).status_code == 405
    with pytest.raises(Invalid) as refused:
        services.acknowledge_rules(actor=None, challenge=challenge, person=crew.ines, number=1)
    assert [one.code for one in refused.value.issues] == ["challenges.not_entered"]


def test_what_is_called_off_needs_no_reading(crew: Crew) -> None:
    challenge = live()
    services.cancel_challenge(actor=None, challenge=challenge, reason="Snow", at=MID_MARCH)
    with pytest.raises(Invalid) as refused:
        acknowledge(crew, challenge)
    assert [one.code for one in refused.value.issues] == ["challenges.not_now"]


# --- amendments that all can compare ----------------------------------------------------------


def test_an_amendment_of_the_rules_shows_both_values(crew: Crew) -> None:
    challenge = live({"minimum": "100"})
    services.amend_challenge(
        actor=None, challenge=challenge, document={**MARCH, "minimum": "250"},
        reason="Too low", at=MID_MARCH,
    )  # fmt: skip
    client = client_of(crew.user_of(crew.lea))
    html = client.get(reverse("challenges:page", args=[challenge.pk])).content.decode()

    assert "<del>Below a score of €100 there is no rank and no prize.</del>" in html
    assert "<ins>Below a score of €250 there is no rank and no prize.</ins>" in html
    assert "Too low" in html


def official(crew: Crew, policy: str = "amend") -> Challenge:
    """Hugo won, Léa was second; what is cancelled afterwards does what the policy says."""
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live({"after_official": {"policy": policy}, "winners": 1})
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)


def cancelled(challenge: Challenge, deal: str, when: str) -> None:
    record(cancel(deal), recorded_at=at(when))
    services.rescore_challenge(challenge_id=challenge.pk, at=at(when))


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_an_amended_result_shows_ranks_scores_and_prizes_before_and_after(crew: Crew) -> None:
    challenge = official(crew)
    cancelled(challenge, "d2", "2026-04-20 08:00")
    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)

    assert board(challenge)[0] == (1, "Léa", "900")
    assert "Léa Martin 2 1 €900 €900 100 points €500.00" in page
    assert "if it ended now" not in page
    assert "Prizes, if it ended now" in read(
        client_of(crew.admin), "page", challenge_id=live({"key": "other"}).pk
    )


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_who_lost_the_first_place_stands_in_the_difference_and_not_where_they_fell(
    crew: Crew,
) -> None:
    challenge = official(crew)
    cancelled(challenge, "d2", "2026-04-20 08:00")
    public = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)
    own = read(client_of(crew.user_of(crew.hugo)), "page", challenge_id=challenge.pk)

    assert f"Hugo Petit 1 {MISSING} €1,000 {MISSING} €500.00 {MISSING}" in public
    assert f"Hugo Petit 1 {MISSING} €1,000 €0 €500.00 {MISSING}" in own


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_who_wants_no_public_rank_is_not_in_the_public_difference(crew: Crew) -> None:
    challenge = official(crew)
    services.set_face(actor=None, person=crew.hugo, nickname="", hidden=True)
    cancelled(challenge, "d2", "2026-04-20 08:00")
    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)
    inside = read(client_of(crew.admin), "page", challenge_id=challenge.pk)

    assert ("Léa Martin 2 1" in page, "Hugo" in page) == (True, False)
    assert f"Hugo Petit 1 {MISSING} €1,000 €0 €500.00 {MISSING}" in inside


@time_machine.travel(at("2026-04-22 10:00"), tick=False)
def test_each_amendment_keeps_its_difference(crew: Crew) -> None:
    win("d3", "2026-03-12 11:00", "P1", 50)
    challenge = official(crew)
    cancelled(challenge, "d2", "2026-04-20 08:00")
    cancelled(challenge, "d3", "2026-04-21 08:00")
    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)

    assert page.count("Amended after signing") == 2
    first = page.index("Léa Martin 2 1 €950 €950 100 points €500.00")
    assert page.index("Léa Martin 1 1 €950 €900 €500.00 €500.00") < first


@time_machine.travel(at("2026-04-20 10:00"), tick=False)
def test_what_is_charged_to_the_next_period_is_told_and_its_record_to_who_may_read_it(
    crew: Crew,
) -> None:
    challenge = official(crew, "next_period")
    quiet = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)
    cancelled(challenge, "d2", "2026-04-20 08:00")
    others, own, boss = (
        read(client_of(crew.user_of(one)), "page", challenge_id=challenge.pk)
        for one in (crew.lea, crew.hugo, crew.ines)
    )
    said = "1 record was revised after the signature. The result stays"
    deal = "Hugo Petit · d2 · €1,000"

    assert board(challenge)[0] == (1, "Hugo", "1000")
    assert [said in page for page in (quiet, others, own, boss)] == [False, True, True, True]
    assert [deal in page for page in (quiet, others, own, boss)] == [False, False, True, True]


def test_the_budget_holds_for_who_joins_later_as_a_warning(crew: Crew) -> None:
    challenge = live(ENOUGH)
    role = Role.objects.get(key="ae")
    newcomer = Assignment.objects.create(
        person=crew.paul.__class__.objects.create(number="P9", first_name="Ivo", last_name="New"),
        team=crew.south, role=role, valid_from=at("2026-03-12 12:00").date(),
    )  # fmt: skip
    services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)
    page = read(client_of(crew.admin), "page", challenge_id=challenge.pk)

    assert newcomer.pk
    assert "With 4 entrants the prizes can cost 2000.00 EUR" in page
