"""Messages: who is told, when they leave, what is tried again, and what never leaves."""

import http.server
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from kernel.issues import Invalid
from kpis.alerts.outgoing import NotSentError, post, public_addresses, read_target
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
            raise NotSentError("HTTP 500")
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
        assert found.problem == "NotSentError: HTTP 500"
        assert deliver_due(now=found.due_at - timedelta(seconds=1), send=desk.send) == 0
        now = found.due_at
    deliver_due(now=now, send=desk.send)
    assert Delivery.objects.get().state == State.FAILED
    assert deliver_due(now=now + timedelta(days=1), send=desk.send) == 0
    assert desk.taken == []


def test_an_address_that_cannot_be_asked_for_holds_up_nothing(silent: Crew) -> None:
    """However it got into the table."""
    Webhook.objects.create(name="odd", url=f"https://{64 * 'a'}.example.org/é", form="slack")
    check()
    assert deliver_due(now=NOW) == 2
    odd = Delivery.objects.filter(user=None).values_list("state", "problem").distinct()
    assert list(odd) == [(State.WAITING, "NotSentError: alerts.not_https")]


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
    assert Webhook.objects.get().url == ""
    check_alerts(now=at("2026-03-30 09:00"))
    assert not Delivery.objects.filter(webhook=held, state=State.WAITING).exists()


# --- the way out -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.org/x", "alerts.not_https"),
        ("ftp://hooks.example.org/x", "alerts.not_https"),
        ("https:///x", "alerts.not_https"),
        ("https://me@hooks.example.org/x", "alerts.not_https"),
        ("https://hooks.example.org:99999/x", "alerts.not_https"),
        ("https://hooks.example.org/x\r\nHost: evil", "alerts.not_https"),
        ("https://127.0.0.1/x", "alerts.private_network"),
        ("https://10.1.2.3/x", "alerts.private_network"),
        ("https://169.254.169.254/latest", "alerts.private_network"),
        ("https://[::1]/x", "alerts.private_network"),
        ("https://[::ffff:10.0.0.1]/x", "alerts.private_network"),
        ("https://[fd00::1]/x", "alerts.private_network"),
        ("https://[fec0::1]/x", "alerts.private_network"),
        ("https://[64:ff9b::10.0.0.1]/x", "alerts.private_network"),
        ("https://hooks..example.org/x", "alerts.not_https"),
        (f"https://{64 * 'a'}.example.org/x", "alerts.not_https"),
        ("https://hooks.example.org/é", "alerts.not_https"),
    ],
)
def test_where_no_message_goes(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_target(url)
    assert [one.code for one in refused.value.issues] == [code]


def test_where_messages_go() -> None:
    target = read_target("https://hooks.example.org/services/T0?x=1")
    assert (target.host, target.port, target.path) == ("hooks.example.org", 443, "/services/T0?x=1")


@pytest.mark.parametrize(
    "found", [["10.0.0.7"], ["64:ff9b::a00:7"], ["93.184.216.34", "127.0.0.1"], []]
)
def test_a_public_name_that_leads_inside_is_refused(
    found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [(2, 1, 6, "", (one, 0)) for one in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: answers)
    with pytest.raises(NotSentError):
        public_addresses("hooks.example.org")


@dataclass
class Stand:
    """An https server on this machine that keeps what it is sent."""

    port: int
    trust: ssl.SSLContext
    got: list[tuple[str, str, Any]]
    answer: list[int]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    key, chain = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
         str(key), "-out", str(chain), "-subj", "/CN=hooks.example.org",
         "-addext", "subjectAltName=DNS:hooks.example.org"],
        check=True, capture_output=True,
    )  # fmt: skip
    got: list[tuple[str, str, Any]] = []
    answer = [200]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((self.headers["Host"], self.path, body))
            self.send_response(answer[0])
            self.send_header("Location", "https://127.0.0.1/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Nothing to say."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    trust = ssl.create_default_context(cafile=str(chain))
    yield Stand(server.server_address[1], trust, got, answer)
    server.shutdown()
    server.server_close()
    thread.join()


def to_stand(stand: Stand, name: str = "hooks.example.org") -> None:
    post(f"https://{name}:{stand.port}/x?y=1", {"text": "é"}, lookup=lambda _host: ["127.0.0.1"],
         trust=stand.trust)  # fmt: skip


def test_a_message_reaches_the_address_that_was_judged(stand: Stand) -> None:
    to_stand(stand)
    assert stand.got == [(f"hooks.example.org:{stand.port}", "/x?y=1", {"text": "é"})]


def test_a_redirect_is_not_followed_and_not_taken_for_success(stand: Stand) -> None:
    stand.answer[0] = 302
    with pytest.raises(NotSentError, match="HTTP 302"):
        to_stand(stand)
    assert len(stand.got) == 1


def test_a_certificate_of_another_name_is_refused(stand: Stand) -> None:
    with pytest.raises(NotSentError):
        to_stand(stand, "other.example.org")
    assert stand.got == []


def test_nobody_there(stand: Stand) -> None:
    with pytest.raises(NotSentError):
        post("https://hooks.example.org:1/", {}, lookup=lambda _host: ["127.0.0.1"])
    with pytest.raises(NotSentError):
        post("http://hooks.example.org/", {})


def test_a_name_that_cannot_be_looked_up() -> None:
    def lookup(_host: str) -> list[str]:
        raise UnicodeError("label empty or too long")

    with pytest.raises(NotSentError, match="UnicodeError"):
        post("https://hooks.example.org/", {}, lookup=lookup)
