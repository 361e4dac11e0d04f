"""What was won in a challenge reaches pay once, in the period in which it became official."""

from datetime import UTC, date, datetime
from typing import Any

from challenges.models import Challenge, Result
from incentives import services
from tests.incentives.conftest import Pay
from tests.incentives.test_happenings import run_and_lock
from tests.incentives.test_histories import month, total
from tests.incentives.test_pay_inputs import HEAD

PRIZES = (
    f"{HEAD}measures:\n  revenue: {{sum: amount}}\ncomponents:\n  - key: prizes\n    steps:\n"
    "      - {step: challenge_prize}\n"
)


def publish(pay: Pay) -> None:
    draft = services.save_plan(actor=pay.hana, document=PRIZES, valid_from=date(2026, 2, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="prizes only")


def sprint() -> Challenge:
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    return Challenge.objects.create(
        name="March sprint", starts_at=start, ends_at=end, cut_off_at=end
    )


def signed(challenge: Challenge, day: date, *winners: tuple[str, int]) -> None:
    """A result, or an amendment of it, as the room of challenges keeps it."""
    awards: list[dict[str, Any]] = [
        {"entrant": who, "prize": 1, "kind": "money", "amount": minor, "currency": "EUR"}
        for who, minor in winners
    ]
    awards.append({"entrant": "omar", "prize": 2, "kind": "trophy", "amount": 1, "currency": None})
    Result.objects.create(
        challenge=challenge,
        number=challenge.results.count() + 1,
        document={
            "awards": awards,
            "standings": [{"entrant": who, "rank": 1} for who, _ in winners],
        },
        sha256="0" * 64, rules_sha256="0" * 64, inputs_sha256="0" * 64,
        at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
    )  # fmt: skip


def test_a_prize_is_paid_in_the_period_in_which_it_became_official(pay: Pay) -> None:
    publish(pay)
    challenge = sprint()
    signed(challenge, date(2026, 4, 8), ("léa", 50000))
    assert pay.statement(run_and_lock(pay, 3), "léa").total_minor == 0
    april = run_and_lock(pay, 4)
    row = pay.statement(april, "léa")
    assert row.inputs["payees"][0]["awards"] == [
        {
            "id": f"{challenge.pk}:1:léa", "challenge": "March sprint", "official": True,
            "amount": "500", "rank": 1,
        }
    ]  # fmt: skip
    assert (row.total_minor, pay.statement(april, "omar").total_minor) == (50000, 0)
    assert pay.statement(run_and_lock(pay, 5), "léa").total_minor == 0
    assert total(pay, "léa") == 50000


def test_an_amendment_pays_who_wins_by_it_and_takes_nothing_back_by_itself(pay: Pay) -> None:
    publish(pay)
    challenge = sprint()
    signed(challenge, date(2026, 4, 8), ("léa", 50000))
    for number in (3, 4):
        run_and_lock(pay, number)
    signed(challenge, date(2026, 5, 6), ("omar", 50000))
    may = run_and_lock(pay, 5)
    assert not may.statements.exclude(corrects=None).exists()
    assert (total(pay, "léa"), total(pay, "omar")) == (50000, 50000)


def test_an_amendment_before_the_run_says_who_wins(pay: Pay) -> None:
    publish(pay)
    challenge = sprint()
    signed(challenge, date(2026, 4, 8), ("léa", 50000))
    before = pay.run(month(pay, 4))
    assert pay.statement(before, "léa").total_minor == 50000
    signed(challenge, date(2026, 4, 20), ("omar", 50000))
    after = services.start_run(actor=pay.hana, period_id=month(pay, 4).pk, anew=True)
    services.calculate_run(run_id=after.pk)
    assert pay.statement(after, "léa").total_minor == 0
    assert pay.statement(after, "omar").total_minor == 50000
