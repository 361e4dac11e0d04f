"""Messages: who is told, when they leave, and what is tried again."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core import mail

from kpis.alerts.addresses import seal_address
from kpis.alerts.outgoing import NotSentError
from kpis.alerts.services import (
    HookInput,
    add_webhook,
    check_alerts,
    deliver_due,
    keep_wishes,
    mute,
    remove_webhook,
)
from kpis.models import Alert, Delivery, Webhook
from tests.kpis.alerts.scenes import NOW, calls, check, rule
from tests.kpis.crew import Crew, at

State = Delivery.State


@dataclass
class Desk:
    """A way out that keeps what it is given, and refuses as often as it is told to."""

    refusals: int = 0
    taken: list[tuple[str, Any]] = field(default_factory=list)

    def send(self, url: str, message: Any) -> None:
        if self.refusals:
            self.refusals -= 1
            raise NotSentError("refused:500")
        self.taken.append((url, message))


@pytest.fixture
def silent(crew: Crew) -> Crew:
    """Hugo and Noor say nothing; Inès leads the one, Paul the other."""
    rule("silence", days="3")
    calls("l", "2026-03-23 10:00", "P1")
    for person in (crew.ines, crew.paul):
        user = crew.user_of(person)
        user.language = "en"
        user.save(update_fields=["language"])
    return crew


def hook(crew: Crew, form: str = "slack", team_id: int | None = None) -> Webhook:
    wanted = HookInput("Sales", "https://hooks.example.org/x?y=1", form, "en", team_id)
    return add_webhook(actor=crew.admin, hook=wanted)


def states() -> list[tuple[str, str]]:
    rows = Delivery.objects.order_by("alert__person__number", "id")
    return [
        (one.alert.person.first_name, one.state) for one in rows.select_related("alert__person")
    ]


# --- mails -----------------------------------------------------------------------------------


def test_each_manager_gets_one_mail_about_own_people(silent: Crew) -> None:
    check()
    assert deliver_due(now=NOW) == 2
    assert [one.to for one in mail.outbox] == [["p4@example.org"], ["p5@example.org"]]
    first = mail.outbox[0]
    assert first.subject == "1 alert about your team"
    assert "Hugo Petit - Rule" in first.body
    assert "No record since" in first.body
    assert "Noor" not in first.body
    assert f"/alerts/{Alert.objects.get(person=silent.hugo).pk}/" in first.body
    assert deliver_due(now=NOW) == 0  # once


def test_who_wants_no_mail_gets_none(silent: Crew) -> None:
    keep_wishes(actor=silent.user_of(silent.ines), by_mail=False)
    check()
    deliver_due(now=NOW)
    assert [one.to for one in mail.outbox] == [["p5@example.org"]]


def test_a_digest_in_quiet_hours_leaves_when_they_end(silent: Crew) -> None:
    ines = silent.user_of(silent.ines)
    keep_wishes(actor=ines, by_mail=True, digest_at=time(6), quiet_from=time(19),
                quiet_until=time(7))  # fmt: skip
    check()
    calls("again", "2026-03-30 10:00", "P3")
    deliver_due(now=at("2026-03-25 06:59"))
    assert [one.to for one in mail.outbox] == [["p5@example.org"]]
    deliver_due(now=at("2026-03-25 07:00"))
    assert [one.to for one in mail.outbox] == [["p5@example.org"], ["p4@example.org"]]


def test_what_has_ended_or_is_muted_by_then_is_dropped(silent: Crew) -> None:
    check()
    calls("h", "2026-03-24 11:00", "P2")
    check()
    found = Alert.objects.get(person=silent.noor)
    mute(actor=silent.user_of(silent.paul), until_on=date(2099, 1, 1), rule_id=found.rule_id,
         person_id=silent.noor.pk)  # fmt: skip
    assert deliver_due(now=NOW) == 0
    assert mail.outbox == []
    assert states() == [("Hugo", State.DROPPED), ("Noor", State.DROPPED)]


def test_who_wants_no_mails_any_more_gets_none_that_waited(silent: Crew) -> None:
    check()
    keep_wishes(actor=silent.user_of(silent.ines), by_mail=False)
    assert deliver_due(now=NOW) == 1
    assert [one.to for one in mail.outbox] == [["p5@example.org"]]
    assert states() == [("Hugo", State.DROPPED), ("Noor", State.SENT)]


def test_a_mute_of_somebody_else_s_person_drops_nothing(silent: Crew) -> None:
    check()
    mute(actor=silent.user_of(silent.paul), until_on=date(2099, 1, 1), person_id=silent.hugo.pk)
    assert deliver_due(now=NOW) == 2


# --- webhooks --------------------------------------------------------------------------------


def test_a_webhook_hears_of_its_team_a_line_without_a_figure(silent: Crew) -> None:
    hook(silent, team_id=silent.north.pk)
    check()
    desk = Desk()
    deliver_due(now=NOW, send=desk.send)
    found = Alert.objects.get(person=silent.hugo)
    ((url, message),) = desk.taken
    assert url == "https://hooks.example.org/x?y=1"
    (text,) = message.values()
    assert text.startswith("Hugo Petit: Rule <")
    assert text.endswith(f"/alerts/{found.pk}/|Read more>")


def test_names_make_no_marks(silent: Crew) -> None:
    silent.hugo.last_name = "<!channel> & [x](http://evil.example)"
    silent.hugo.save()
    hook(silent, "slack", silent.north.pk)
    hook(silent, "teams", silent.north.pk)
    check()
    desk = Desk()
    deliver_due(now=NOW, send=desk.send)
    slack, teams = (message for _url, message in desk.taken)
    assert slack["text"].startswith("Hugo &lt;!channel&gt; &amp; [x]")
    card = teams["attachments"][0]["content"]
    assert card["body"][0]["text"].startswith(r"Hugo <!channel> & \[x\]\(http")
    assert card["actions"][0]["type"] == "Action.OpenUrl"


def test_signs_of_demotivation_go_to_the_manager_alone(crew: Crew) -> None:
    rule("demotivation", weeks="2", past="4", percent="35", least="1")
    for week in range(6):
        day = (date(2026, 2, 9) + timedelta(weeks=week)).isoformat()
        calls(f"h{week}", f"{day} 10:00", "P2", 10 if week < 4 else 6)
    crew.user_of(crew.ines)
    hook(crew)
    check()
    assert [(one.user and one.user.email, one.webhook) for one in Delivery.objects.all()] == [
        ("p4@example.org", None)
    ]


def test_what_fails_is_tried_again_later_and_in_the_end_has_failed(silent: Crew) -> None:
    hook(silent, team_id=silent.north.pk)
    keep_wishes(actor=silent.user_of(silent.ines), by_mail=False)
    keep_wishes(actor=silent.user_of(silent.paul), by_mail=False)
    check()
    desk, now = Desk(refusals=6), NOW
    for minutes in (1, 2, 4, 8, 16):
        assert deliver_due(now=now, send=desk.send) == 0
        found = Delivery.objects.get()
        assert (found.state, found.due_at) == (State.WAITING, now + timedelta(minutes=minutes))
        assert found.problem == "refused:500"
        assert deliver_due(now=found.due_at - timedelta(seconds=1), send=desk.send) == 0
        now = found.due_at
    deliver_due(now=now, send=desk.send)
    assert Delivery.objects.get().state == State.FAILED
    assert deliver_due(now=now + timedelta(days=1), send=desk.send) == 0
    assert desk.taken == []


def test_a_webhook_that_fails_is_asked_once_in_a_run_and_not_the_others(silent: Crew) -> None:
    down, up = hook(silent), hook(silent, "teams")
    keep_wishes(actor=silent.user_of(silent.ines), by_mail=False)
    keep_wishes(actor=silent.user_of(silent.paul), by_mail=False)
    check()
    asked: list[bool] = []

    def send(_url: str, message: Any) -> None:
        asked.append("text" in message)
        if "text" in message:
            raise NotSentError("too_slow")

    assert deliver_due(now=NOW, send=send) == 2
    assert sorted(asked) == [False, False, True]
    held = Delivery.objects.filter(webhook=down).order_by("-tries")
    minute = NOW + timedelta(minutes=1)
    assert list(held.values_list("state", "tries", "due_at", "problem")) == [
        (State.WAITING, 1, minute, "too_slow"),
        (State.WAITING, 0, minute, ""),
    ]
    assert {one.state for one in Delivery.objects.filter(webhook=up)} == {State.SENT}
    assert deliver_due(now=minute, send=lambda _url, _message: None) == 2


def test_an_address_that_cannot_be_asked_for_holds_up_nothing(silent: Crew) -> None:
    """However it got into the table."""
    sealed = seal_address(f"https://{64 * 'a'}.example.org/é")
    Webhook.objects.create(name="odd", sealed_url=sealed, form="slack")
    check()
    assert deliver_due(now=NOW) == 2
    odd = Delivery.objects.filter(user=None).values_list("state", "problem").distinct()
    assert set(odd) == {(State.WAITING, "no_address"), (State.WAITING, "")}


def test_mails_do_not_wait_for_webhooks(silent: Crew) -> None:
    hook(silent)
    check()
    mails: list[int] = []
    deliver_due(now=NOW, send=lambda _url, _message: mails.append(len(mail.outbox)))
    assert mails == [2, 2]


def test_a_message_that_a_dead_worker_held_is_sent_by_the_next(silent: Crew) -> None:
    check()
    Delivery.objects.update(state=State.SENDING, changed_at=NOW)
    assert deliver_due(now=NOW + timedelta(minutes=9)) == 0
    assert deliver_due(now=NOW + timedelta(minutes=11)) == 2


def test_a_webhook_that_was_removed_hears_nothing_and_its_address_is_forgotten(
    silent: Crew,
) -> None:
    held = hook(silent, team_id=silent.north.pk)
    check()
    remove_webhook(actor=silent.admin, webhook_id=held.pk)
    desk = Desk()
    deliver_due(now=NOW, send=desk.send)
    assert desk.taken == []
    assert Webhook.objects.get().sealed_url == ""
    check_alerts(now=at("2026-03-30 09:00"))
    assert not Delivery.objects.filter(webhook=held, state=State.WAITING).exists()
