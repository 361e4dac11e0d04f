"""A power hour is refused while the records that it counts are known too late to be seen in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone, translation

from challenges import services
from challenges.calc.arrivals import Feed
from challenges.gathering.feeds import feed_in_log
from challenges.gathering.inputs import latest_rules, parsed
from challenges.gathering.rosters import Audience
from challenges.models import Challenge, Standing, Transition
from common.models import AuditEntry
from kernel.issues import Invalid
from kpis.models import Metric
from tests.challenges.games import MARCH, made
from tests.challenges.test_pages import client_of, read, text_of
from tests.kpis.crew import Crew, as_correction, at, event, record

HOUR: dict[str, object] = {
    **MARCH,
    "format": "power_hour",
    "score": {
        "metric": "calls", "measure": "count", "feed_delay": "5",
        "repeated": [{"from": "10:00", "to": "11:00"}],
    },
    "prizes": [],
}  # fmt: skip
BEFORE = at("2026-02-27 18:00")
START = at("2026-03-01 00:00")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def calls(day: str, late: timedelta, *, who: str = "P1", each: int = 10, hour: int = 9) -> None:
    """So many calls of a day, one each minute, each known so much later."""
    for minute in range(each):
        when = f"{day} {hour:02}:{minute:02}"
        record(event(f"{who} {when}", when, who), recorded_at=at(when) + late)


def week(late: timedelta, *, days: str = "23 24 25 26 27", who: str = "P1") -> None:
    for day in days.split():
        calls(f"2026-02-{day}", late, who=who)


def why(challenge: Challenge) -> str:
    with pytest.raises(Invalid) as caught:
        services.launch(actor=None, challenge=challenge, at=BEFORE)
    assert [issue.code for issue in caught.value.issues] == ["challenges.slow_feed"]
    return caught.value.issues[0].text()


def states(challenge: Challenge) -> list[tuple[str, str]]:
    rows = Transition.objects.filter(challenge=challenge).order_by("number")
    return list(rows.values_list("from_state", "to_state"))


def test_a_feed_slower_than_a_tenth_of_the_hour_refuses_the_launch(crew: Crew) -> None:
    week(timedelta(minutes=7))
    challenge = made(HOUR)

    assert why(challenge) == (
        "Of the newest 50 records that count here half were known within 7 min after they "
        "happened, 95 % within 7 min: a power hour of 60 min bears a tenth of it."
    )
    with pytest.raises(Invalid):
        services.schedule(actor=None, challenge=challenge, at=BEFORE)
    challenge.refresh_from_db()
    assert (challenge.state, states(challenge)) == ("draft", [])


def test_six_minutes_are_just_borne_by_an_hour(crew: Crew) -> None:
    week(timedelta(minutes=6))
    challenge = services.launch(actor=None, challenge=made(HOUR), at=BEFORE)
    assert challenge.state == "scheduled"
    services.wake_all(at=START)
    assert states(challenge) == [("draft", "scheduled"), ("scheduled", "live")]


def test_the_same_feed_refuses_no_other_format(crew: Crew) -> None:
    week(timedelta(hours=9))
    assert services.launch(actor=None, challenge=made(), at=BEFORE).state == "scheduled"


def test_only_the_records_of_who_plays_are_measured(crew: Crew) -> None:
    week(timedelta(hours=9), who="P2")
    week(timedelta(minutes=1), who="P3")
    # Hugo plays in North, Noor in South
    why(made(HOUR, teams=("north",)))
    south = made(HOUR, teams=("south",))
    assert services.launch(actor=None, challenge=south, at=BEFORE).state == "scheduled"


def test_only_the_records_that_count_are_measured(crew: Crew) -> None:
    week(timedelta(minutes=1))
    for number in range(30):
        when = f"2026-02-26 11:{number:02}"
        record(event(f"mail {number}", when, kind="email"), recorded_at=at("2026-02-27 06:00"))
    assert services.launch(actor=None, challenge=made(HOUR), at=BEFORE).state == "scheduled"


def test_a_correction_is_no_late_arrival(crew: Crew) -> None:
    week(timedelta(minutes=1))
    for minute in range(10):
        when = f"2026-02-26 09:{minute:02}"
        row = as_correction(event(f"P1 {when}", when, "P2"))
        record(row, recorded_at=at("2026-02-27 12:00"))
    assert services.launch(actor=None, challenge=made(HOUR), at=BEFORE).state == "scheduled"


def test_history_that_was_loaded_at_once_refuses_nothing(crew: Crew) -> None:
    loaded = at("2026-02-27 17:00")
    for month in ("2025-10", "2025-11", "2025-12", "2026-01", "2026-02"):
        rows = [event(f"{month} {n}", f"{month}-{n:02} 10:00") for n in range(1, 27)]
        record(*rows, recorded_at=loaded)
    assert services.launch(actor=None, challenge=made(HOUR), at=BEFORE).state == "scheduled"


def test_without_records_nothing_is_known_and_that_is_said(crew: Crew) -> None:
    challenge = made(HOUR)
    with time_machine.travel(BEFORE, tick=False):
        page = client_of(crew.admin).get(reverse("challenges:act", args=[challenge.pk, "launch"]))
    assert "How fast records arrive is not known: fewer than 20 that count" in text_of(
        page.content.decode()
    )
    assert services.launch(actor=None, challenge=challenge, at=BEFORE).state == "scheduled"


def test_the_log_measures_as_the_rule_says(crew: Crew) -> None:
    week(timedelta(minutes=1))
    calls("2026-02-27", timedelta(minutes=90), who="P2", each=4, hour=14)
    calls("2026-02-27", timedelta(hours=8), who="P4")  # leads, and does not play
    rules = parsed(latest_rules(made(HOUR)).document)
    audience = Audience((crew.west.pk,))
    assert feed_in_log(rules, audience, BEFORE) == Feed(54, 5, 1, 90)  # type: ignore[arg-type]  # whole numbers are exact


def test_the_page_measures_what_the_first_launch_froze(crew: Crew) -> None:
    week(timedelta(minutes=1))
    challenge = services.schedule(actor=None, challenge=made(HOUR), at=BEFORE)
    mails = {"kind": "count", "types": ["email"]}
    assert Metric.objects.filter(key="calls").update(definition=mails) == 1
    with time_machine.travel(BEFORE, tick=False):
        page = client_of(crew.admin).get(reverse("challenges:act", args=[challenge.pk, "launch"]))
    assert "Of the newest 50 records that count here" in text_of(page.content.decode())


def test_who_launches_reads_what_was_measured_and_what_to_do(crew: Crew) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    for number in range(20):
        happened = (yesterday - timedelta(minutes=number)).replace(second=0, microsecond=0)
        row = replace(event(f"c{number}", "2026-02-26 09:00"), occurred_at=happened)
        record(row, recorded_at=happened + timedelta(minutes=7))
    challenge = made(HOUR)
    client = client_of(crew.admin)
    address = reverse("challenges:act", args=[challenge.pk, "launch"])

    asked = text_of(client.get(address).content.decode())
    refused = text_of(client.post(address).content.decode())

    assert "95 % within 7 min; 5 min are stated." in asked
    assert "a power hour of 60 min bears a tenth of it." in refused
    assert "Choose longer hours, or connect a faster source" in refused
    challenge.refresh_from_db()
    assert challenge.state == "draft"


# --- a start that the timer refuses -----------------------------------------------------------


def slowed_down() -> Challenge:
    """Scheduled with a fast feed, which is slow on the days before the start."""
    week(timedelta(minutes=1), days="16 17 18 19 20")
    challenge = made(HOUR)
    services.schedule(actor=None, challenge=challenge, at=at("2026-02-20 18:00"))
    week(timedelta(hours=8))
    return challenge


def test_a_start_that_the_timer_must_refuse_leaves_a_draft_that_says_why(crew: Crew) -> None:
    challenge = slowed_down()
    assert Standing.objects.filter(challenge=challenge).exists()

    assert services.wake_all(at=START + timedelta(hours=1)) == 1
    # woken again, by another worker or by its own moment: nothing more happens
    assert services.wake_all(at=START + timedelta(hours=2)) == 0
    assert services.advance(challenge_id=challenge.pk, at=START + timedelta(hours=2)) == []

    challenge.refresh_from_db()
    assert (challenge.state, challenge.definitions, challenge.summary) == ("draft", {}, {})
    moves = Transition.objects.filter(challenge=challenge).order_by("number")
    assert list(moves.values_list("from_state", "to_state", "at")) == [
        ("draft", "scheduled", at("2026-02-20 18:00")),
        ("scheduled", "draft", START),
    ]
    assert not Standing.objects.filter(challenge=challenge).exists()
    entry = AuditEntry.objects.get(action="challenge.refuse_start")
    assert entry.reason.startswith("Of the newest 50 records that count here half were known")


def test_the_manager_sees_why_and_launches_it_again(crew: Crew) -> None:
    challenge = slowed_down()
    services.advance(challenge_id=challenge.pk, at=START)

    page = read(client_of(crew.admin), "page", challenge_id=challenge.pk)
    assert "It did not start" in page
    assert "95 % within 480 min: a power hour of 60 min bears a tenth of it." in page
    assert "Its records arrived too slowly to start." in page
    player = client_of(crew.user_of(crew.lea))
    assert player.get(reverse("challenges:page", args=[challenge.pk])).status_code == 404

    april = {**HOUR, "window": {"start": "2026-04-01", "end": "2026-05-01"}}
    for day in ("02", "03", "04", "05", "06"):
        calls(f"2026-03-{day}", timedelta(minutes=1))
    services.change_draft(actor=None, challenge=challenge, document=april, team_keys=["west"])
    challenge = services.launch(actor=None, challenge=challenge, at=at("2026-03-07 09:00"))
    services.wake_all(at=at("2026-04-01 00:00"))

    challenge.refresh_from_db()
    assert (challenge.state, challenge.refused) == ("live", None)
    assert [*challenge.definitions] == ["calls"]
    assert states(challenge)[1:] == [
        ("scheduled", "draft"), ("draft", "scheduled"), ("scheduled", "live"),
    ]  # fmt: skip
    assert Standing.objects.filter(challenge=challenge).count() == 3
    assert "It did not start" not in read(client_of(crew.admin), "page", challenge_id=challenge.pk)


def test_a_scheduled_one_is_not_changed_into_a_power_hour_that_could_not_start(crew: Crew) -> None:
    week(timedelta(hours=8))
    challenge = made()
    services.schedule(actor=None, challenge=challenge, at=BEFORE)
    with pytest.raises(Invalid) as caught:
        services.change_draft(
            actor=None, challenge=challenge, document=HOUR, team_keys=["west"], at=BEFORE
        )
    assert [issue.code for issue in caught.value.issues] == ["challenges.slow_feed"]


def test_the_rehearsal_says_what_the_launch_would(crew: Crew) -> None:
    week(timedelta(minutes=7))
    challenge = made(HOUR)
    run = services.ask_for_rehearsal(actor=None, challenge=challenge, months=3, at=BEFORE)
    while services.rehearse_next(run_id=run.pk, at=BEFORE):
        pass
    with time_machine.travel(BEFORE, tick=False):
        page = text_of(
            client_of(crew.admin)
            .get(reverse("challenges:rehearsal", args=[challenge.pk]), {"months": "3"})
            .content.decode()
        )
    assert "95 % within 7 min; 5 min are stated." in page
    assert "Choose longer hours, or a faster source: it cannot be launched like this." in page
