"""What is charged to a draft is there when its board opens; taken back, it is due again."""

from typing import Any

import pytest

from challenges import services
from challenges.models import ChargedRevision, Entrant, ScoreChange, Standing
from challenges.services.versions import document_of
from kernel.issues import Invalid
from tests.challenges.charging.months import (
    BOTH,
    changed,
    charge,
    left,
    month,
    running,
    signed_march,
)
from tests.challenges.games import board, lines, rescore, win
from tests.challenges.test_large_boards import ADDED
from tests.challenges.test_recompute import content
from tests.kpis.crew import Crew, as_correction, at, event, record


def test_a_large_board_that_opens_over_sums_begins_with_its_charges(crew: Crew) -> None:
    march, may = signed_march(), month(5)
    charge(march, may)
    win("m1", "2026-05-02 11:00", "P2", 1500)
    win("m2", "2026-05-03 11:00", "P3", 10)
    services.launch(actor=None, challenge=may, at=at("2026-05-10 09:00"))
    assert board(may) == [(1, "Hugo", "500"), (2, "Noor", "10"), (None, "Léa", "-200")]
    assert lines(may) == [
        ("", "opening", "+500", "", "500"),
        ("", "opening", "+10", "", "10"),
        ("", "opening", "-200", "", "-200"),
    ]
    assert rescore(may, at("2026-05-10 09:00")) is False


@pytest.mark.parametrize("changes", ADDED, ids=lambda one: f"{one['format']}-{one['score']}")
def test_a_board_that_opens_over_sums_is_that_of_the_records_and_charges(
    crew: Crew, changes: dict[str, Any]
) -> None:
    march = signed_march({"score": {"metric": changes["score"]["metric"]}})
    may, begun = month(5, changes), at("2026-05-10 09:00")
    Entrant.objects.bulk_create(
        Entrant(challenge=may, person=one, target=1000) for one in (crew.lea, crew.hugo, crew.noor)
    )
    charge(march, may)
    win("m1", "2026-05-02 11:00", "P2", 1500)  # is charged, too
    win("m2", "2026-05-03 11:00", "P3", 10)

    services.launch(actor=None, challenge=may, at=begun)

    opened = content(may)
    effects = {row[0]: row[4] for row in opened}
    hugo = f"person:{crew.hugo.pk}"
    assert set(effects[hugo]) == {"charge:crm:d2#2", "crm:m1#1"}
    opening = ScoreChange.objects.filter(challenge=may)
    assert {(one.entrant_key, one.cause): one.detail["records"] for one in opening} == {
        (key, "opening"): len(counting) for key, counting in effects.items() if counting
    }
    Standing.objects.filter(challenge=may).delete()
    assert rescore(may, begun) is True  # reads every record
    assert content(may) == opened


def test_what_is_taken_back_is_due_again_whatever_was_charged_since(crew: Crew) -> None:
    march, april, may = signed_march(), running(), month(5)
    charge(march, april)
    back = event("d1", "2026-03-10 11:00", "P1", kind="deal_won", amount=850)
    record(as_correction(back), recorded_at=at("2026-04-21 08:00"))
    rescore(march, at("2026-04-21 09:00"))
    charge(march, may, at=at("2026-04-21 10:00"))
    assert left(march) == []

    services.cancel_challenge(
        actor=None, challenge=april, reason="Not needed", at=at("2026-04-21 11:00")
    )

    assert left(march) == BOTH
    charge(march, may, at=at("2026-04-21 12:00"))
    assert left(march) == []
    services.launch(actor=None, challenge=may, at=at("2026-05-02 09:00"))
    # in all what is gone since the signature: 900 - 850, and 1000
    assert {name: score for _rank, name, score in board(may)} == {
        "Léa": "-50", "Hugo": "-1000", "Noor": "0",
    }  # fmt: skip


def test_a_draft_with_charges_does_not_begin_before_the_signed_one_was_over(crew: Crew) -> None:
    march, may = signed_march(), month(5)
    charge(march, may)
    known = document_of(may)
    with pytest.raises(Invalid) as refused:
        changed(may, {**known, "window": {"start": "2026-03-15", "end": "2026-06-01"}})
    assert [(one.code, one.place.path) for one in refused.value.issues] == [
        ("challenges.charge_too_early", f"charges[{number}].from") for number in (0, 1)
    ]
    assert left(march) == []
    changed(may, {**known, "window": {"start": "2026-04-15", "end": "2026-06-01"}})
    assert (left(march), ChargedRevision.objects.count()) == ([], 2)


def test_a_draft_with_charges_keeps_those_who_are_charged(crew: Crew) -> None:
    march, may = signed_march(), month(5)
    charge(march, may)
    known = document_of(may)
    with pytest.raises(Invalid) as refused:  # Hugo is of North
        services.change_draft(actor=None, challenge=may, document=known, team_keys=["south"])
    assert [(one.code, one.place.path) for one in refused.value.issues] == [
        ("charge_of_a_stranger", "charges[1].person")
    ]
    only = [one for one in known["charges"] if one["person"] == "P1"]  # type: ignore[attr-defined]  # a list
    services.change_draft(
        actor=None, challenge=may, document={**known, "charges": only}, team_keys=["south"]
    )
    assert left(march) == BOTH[1:]
