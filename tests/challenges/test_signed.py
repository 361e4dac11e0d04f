"""A signed result can be recomputed from the log by its hashes, and nobody can rewrite it."""

from typing import Any

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from challenges import services
from challenges.calc import as_json, inputs_sha256, parse_rules, standings
from challenges.gathering.inputs import inputs_of
from challenges.models import Challenge, Result, RulesVersion, ScoreChange, Transition
from common.models import AuditEntry
from kernel.trace import sha256_of
from people.models import Assignment, Person
from tests.challenges.games import AFTER_CUT_OFF, MARCH, MID_MARCH, live, made, rescore, win
from tests.kpis.crew import Crew, at, cancel, record


def signed(changes: dict[str, Any] | None = None) -> Challenge:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live(changes)
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)


@pytest.mark.parametrize("policy", ["final", "next_period"])
def test_a_signed_result_is_found_again_in_the_log_by_its_hashes(crew: Crew, policy: str) -> None:
    challenge = signed({"after_official": {"policy": policy}})
    result = Result.objects.get(challenge=challenge)
    # what happens afterwards: a cancellation, another name, somebody leaves the team
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    Person.objects.filter(number="P1").update(last_name="Other")
    Assignment.objects.filter(person=crew.noor).update(valid_to=at("2026-03-02 12:00").date())
    rescore(challenge, at("2026-04-20 09:00"))

    inputs = inputs_of(challenge, result.at)
    known = [one for one in inputs.entries if one.recorded_at <= result.at]
    rules = parse_rules(RulesVersion.objects.get(challenge=challenge, reason="signed").document)
    again = standings(rules, known, inputs.roster, rules.calendar, result.at)

    assert len(known) < len(inputs.entries)
    assert result.rules_sha256 == rules.sha256
    assert result.inputs_sha256 == inputs_sha256(known, inputs.roster, rules, result.at)
    assert result.sha256 == sha256_of(result.document)
    assert result.document == as_json(again, explain=False)
    assert Result.objects.filter(challenge=challenge).count() == 1


@pytest.mark.parametrize(
    ("model", "column"),
    [(Result, "reason"), (RulesVersion, "reason"), (Transition, "reason"), (ScoreChange, "cause")],
)
def test_nobody_rewrites_what_was_signed_or_what_led_to_it(
    crew: Crew, model: Any, column: str
) -> None:
    challenge = signed()
    rows = model.objects.filter(challenge=challenge)
    before = list(rows.order_by("pk").values())
    for rewrite in (lambda: rows.update(**{column: "x"}), rows.delete):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            rewrite()

    assert before
    assert list(rows.order_by("pk").values()) == before


def test_every_change_of_a_challenge_is_audited_with_who_and_why(crew: Crew) -> None:
    more = {"for": "rank", "rank": 3, "kind": "gift", "label": "Book", "amount": "1"}
    amended = {**MARCH, "prizes": [*MARCH["prizes"], more]}  # type: ignore[misc]  # a list
    actor: Any = {"actor": crew.admin}
    challenge = made()
    services.schedule(**actor, challenge=challenge, at=at("2026-02-20 10:00"))
    services.advance(challenge_id=challenge.pk, at=MID_MARCH)
    services.pause(**actor, challenge=challenge, reason="Snow", at=at("2026-03-17 00:00"))
    services.resume(**actor, challenge=challenge, at=at("2026-03-18 00:00"))
    services.extend_challenge(
        **actor, challenge=challenge, ends_at=at("2026-04-10 00:00"), reason="Easter",
        at=at("2026-03-19 00:00"),
    )  # fmt: skip
    services.amend_challenge(
        **actor, challenge=challenge, document=amended, reason="A third prize",
        at=at("2026-03-20 00:00"),
    )  # fmt: skip
    services.close_challenge(
        **actor, challenge=challenge, reason="Goal met", at=at("2026-03-25 00:00")
    )
    services.make_official(**actor, challenge=challenge, at=AFTER_CUT_OFF)

    entries = AuditEntry.objects.filter(action__startswith="challenge.").order_by("pk")
    admin = crew.admin.pk
    assert list(entries.values_list("action", "actor_id", "reason")) == [
        ("challenge.create", None, ""),
        ("challenge.schedule", admin, ""),
        ("challenge.advance", None, ""),
        ("challenge.pause", admin, "Snow"),
        ("challenge.resume", admin, ""),
        ("challenge.extend", admin, "Easter"),
        ("challenge.amend", admin, "A third prize"),
        ("challenge.close", admin, "Goal met"),
        ("challenge.make_official", admin, ""),
    ]
    versions = RulesVersion.objects.filter(challenge=challenge).order_by("number")
    assert [len(parse_rules(one.document).prizes) for one in versions] == [2, 2, 2, 3, 3, 3]


def test_a_challenge_of_one_team_is_signed_though_others_have_records(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P2", 900)
    win("d2", "2026-03-11 11:00", "P3", 1000)
    challenge = live(teams=("north",))
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    challenge = services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    document = Result.objects.get(challenge=challenge).document

    assert challenge.state == "official"
    assert [row["entrant"] for row in document["standings"]] == ["P2", "P1"]
    assert document["issues"] == []
