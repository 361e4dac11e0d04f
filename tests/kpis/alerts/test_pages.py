"""Pages of alerts: who reads what, and how an alert ends in an action."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry
from kernel.issues import Invalid
from kpis.alerts.services import (
    RuleInput,
    add_rule,
    check_alerts,
    choose_action,
    close_action,
    switch_rule,
)
from kpis.models import Alert, AlertAction, AlertMute, AlertRule, AlertWishes, Webhook
from kpis.services import ObjectiveInput, set_objective
from people.models import Person
from tests.kpis.alerts.scenes import NOW, calls, check, rule
from tests.kpis.crew import Crew, at

SEEN = {"kpi": "", "name": "", "from": "2026-03-02", "to": "2026-03-21", "value": "6",
        "against": "10", "part": "0.6", "holds": True}  # fmt: skip


@pytest.fixture(autouse=True)
def in_march() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def silent(crew: Crew) -> Crew:
    rule("silence", days="3")
    calls("l", "2026-03-23 10:00", "P1")
    check()
    return crew


def client_of(crew: Crew, person: Person | None = None) -> Client:
    user = crew.admin if person is None else crew.user_of(person)
    user.language = "en"
    user.save(update_fields=["language"])
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def alert_of(person: Person) -> Alert:
    return Alert.objects.get(person=person, ended_at=None)


def names(client: Client, show: str = "") -> list[str]:
    page = client.get(reverse("kpis:alerts"), {"show": show} if show else {})
    return [row["name"] for row in page.context["rows"]]


def test_a_manager_reads_alerts_about_own_people_and_is_told_how_many(silent: Crew) -> None:
    ines = client_of(silent, silent.ines)
    assert names(ines) == ["Hugo Petit"]
    assert names(ines, "ended") == []
    assert ines.get(reverse("kpis:alerts") + "?show=all").status_code == 404
    waiting = {one.url: one.count for one in ines.get(reverse("kpis:alerts")).context["nav"]}
    assert waiting[reverse("kpis:alerts")] == 1
    assert ines.get(reverse("kpis:alert", args=[alert_of(silent.noor).pk])).status_code == 404
    page = ines.get(reverse("cockpit:team"))
    assert [row["name"] for row in page.context["alerts"]] == ["Hugo Petit"]


def test_a_person_reads_the_own_ones_as_a_help_and_no_other(silent: Crew) -> None:
    hugo = client_of(silent, silent.hugo)
    page = hugo.get(reverse("kpis:alerts"))
    assert (page.context["show"], page.context["tabs"]) == ("mine", [])
    assert [row["text"] for row in page.context["rows"]] == [
        "Nothing is recorded since 19 Mar 2026. What you have done counts once it is recorded."
    ]
    mine = reverse("kpis:alert", args=[alert_of(silent.hugo).pk])
    assert hugo.get(mine).status_code == 200
    assert hugo.post(mine, {"kind": "talk", "note": "x", "due_on": "2026-03-30"}).status_code == 404
    assert hugo.get(reverse("kpis:alert", args=[alert_of(silent.noor).pk])).status_code == 404
    assert [row["name"] for row in hugo.get(reverse("cockpit:me")).context["alerts"]] == [
        "Hugo Petit"
    ]
    assert AlertAction.objects.count() == 0


def test_signs_of_demotivation_are_for_who_leads_alone(crew: Crew) -> None:
    made = rule("demotivation")
    found = Alert.objects.create(rule=made, person=crew.hugo, seen=SEEN, began_at=NOW)
    address = reverse("kpis:alert", args=[found.pk])
    assert names(client_of(crew, crew.ines)) == ["Hugo Petit"]
    assert client_of(crew, crew.ines).get(address).status_code == 200
    for reader in (crew.hugo, crew.lea, crew.paul, None):
        assert client_of(crew, reader).get(address).status_code == 404
    hugo = client_of(crew, crew.hugo)
    assert names(hugo) == []
    assert hugo.get(reverse("cockpit:me")).context["alerts"] == []


def test_an_action_is_chosen_followed_and_closed(silent: Crew) -> None:
    ines = client_of(silent, silent.ines)
    found = alert_of(silent.hugo)
    address = reverse("kpis:alert", args=[found.pk])
    refused = ines.post(address, {"kind": "talk", "note": "x", "due_on": "2026-03-23"})
    assert refused.context["form"].errors.keys() == {"due_on"}
    wanted = {"kind": "talk", "note": "Coffee on Monday", "due_on": "2026-03-30"}
    assert ines.post(address, wanted).status_code == 302
    action = AlertAction.objects.get()
    assert (action.kind, action.due_on, action.before["value"]) == ("talk", date(2026, 3, 30), "0")
    assert names(ines) == []
    in_hand = ines.get(reverse("kpis:alerts"), {"show": "acted"}).context["actions"]
    assert [row["name"] for row in in_hand] == ["Hugo Petit"]

    calls("h", "2026-03-24 11:00", "P2", 4)
    check()
    action.refresh_from_db()
    assert (action.latest["value"], action.latest["holds"]) == ("4", False)
    assert names(ines, "ended") == ["Hugo Petit"]
    (row,) = ines.get(reverse("kpis:alerts")).context["actions"]
    assert (row["before"], row["latest"]) == ("0", "4")

    close = reverse("kpis:alert_action_close", args=[action.pk])
    assert client_of(silent, silent.paul).get(close).status_code == 404
    assert ines.post(close, {"outcome": " "}).status_code == 200
    assert ines.post(close, {"outcome": "A new list"}).status_code == 302
    assert ines.get(reverse("kpis:alerts")).context["actions"] == []
    done = AuditEntry.objects.filter(action__startswith="alert_action").order_by("id")
    assert [one.action for one in done] == ["alert_action.choose", "alert_action.close"]


def test_what_was_done_did_not_help_so_it_waits_again(silent: Crew) -> None:
    ines = client_of(silent, silent.ines)
    user = silent.user_of(silent.ines)
    made = choose_action(
        actor=user, alert_id=alert_of(silent.hugo).pk, kind="analyse", note="x",
        due_on=date(2026, 3, 25),
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        choose_action(actor=user, alert_id=made.alert_id, kind="x", note=" ",
                      due_on=date(2030, 1, 1))  # fmt: skip
    assert [one.code for one in refused.value.issues] == [
        "alerts.acted", "alerts.unknown_action", "alerts.no_words", "alerts.odd_date",
    ]  # fmt: skip
    close_action(actor=user, action_id=made.pk, outcome="No change")
    with pytest.raises(Invalid, match="closed already"):
        close_action(actor=user, action_id=made.pk, outcome="Again")
    assert names(ines) == ["Hugo Petit"]
    check_alerts(now=at("2026-03-24 13:00"))
    made.refresh_from_db()
    assert made.outcome == "No change"


def test_a_mute_leaves_the_count_and_keeps_the_list(silent: Crew) -> None:
    ines = client_of(silent, silent.ines)
    address = reverse("kpis:alert_mute", args=[alert_of(silent.hugo).pk])
    assert ines.post(address, {"what": "both", "until_on": "2026-03-24"}).status_code == 200
    assert ines.post(address, {"what": "both", "until_on": "2026-03-31"}).status_code == 302
    held = AlertMute.objects.get()
    assert (held.person_id, held.until_on) == (silent.hugo.pk, date(2026, 3, 31))
    page = ines.get(reverse("kpis:alerts"))
    assert [row["name"] for row in page.context["rows"]] == ["Hugo Petit"]
    counts = {one.url: one.count for one in page.context["nav"]}
    assert counts[reverse("kpis:alerts")] == 0
    paul = client_of(silent, silent.paul)
    paul.post(reverse("kpis:alert_unmute", args=[held.pk]))
    assert AlertMute.objects.count() == 1  # not his
    ines.post(reverse("kpis:alert_unmute", args=[held.pk]))
    assert AlertMute.objects.count() == 0


def test_wishes(crew: Crew) -> None:
    ines = client_of(crew, crew.ines)
    address = reverse("kpis:alert_wishes")
    half = ines.post(address, {"by_mail": "on", "quiet_from": "19:00"})
    assert half.context["form"].errors.keys() == {"quiet_until"}
    ines.post(address, {"digest_at": "08:00", "quiet_from": "19:00", "quiet_until": "07:00"})
    held = AlertWishes.objects.get()
    assert (held.by_mail, str(held.digest_at), str(held.quiet_until)) == (
        False, "08:00:00", "07:00:00",
    )  # fmt: skip


def test_a_manager_keeps_rules_of_own_teams(crew: Crew) -> None:
    ines = client_of(crew, crew.ines)
    address = reverse("kpis:alert_rule_new", args=["level"])
    form = {"name_fr": "Peu d'appels", "name_en": "Few calls", "kpi": "calls_count", "days": "5",
            "limit": "20", "side": "below"}  # fmt: skip
    assert ines.post(address, {**form, "team": str(crew.south.pk)}).status_code == 200
    assert ines.post(address, {**form, "team": ""}).status_code == 200
    assert ines.post(address, {**form, "team": str(crew.north.pk), "limit": "x"}).status_code == 200
    assert AlertRule.objects.filter(key__startswith="own").count() == 0
    assert ines.post(address, {**form, "team": str(crew.north.pk)}).status_code == 302
    held = AlertRule.objects.get(key__startswith="own")
    assert held.document == {"kind": "level", "kpi": "calls_count", "days": "5", "limit": "20",
                             "side": "below"}  # fmt: skip
    change = reverse("kpis:alert_rule", args=[held.pk])
    assert client_of(crew, crew.paul).get(change).status_code == 404
    assert ines.get(change).status_code == 200
    assert ines.post(change, {**form, "limit": "10"}).status_code == 302
    held.refresh_from_db()
    assert held.document["limit"] == "10"
    ines.post(reverse("kpis:alert_rule_switch", args=[held.pk]), {})
    held.refresh_from_db()
    assert held.is_active is False
    company = AlertRule.objects.exclude(key__startswith="own").order_by("id").first()
    if company is not None:
        switch = reverse("kpis:alert_rule_switch", args=[company.pk])
        assert ines.post(switch, {}).status_code == 404
        assert client_of(crew).post(switch, {}).status_code == 302


def test_a_rule_is_offered_for_the_roles_that_alerts_are_about(crew: Crew) -> None:
    page = client_of(crew).get(reverse("kpis:alert_rule_new", args=["silence"]))
    offered = dict(page.context["form"].fields["roles"].choices)
    assert offered.keys() == {"ae", "am", "field", "sdr"}


def test_a_kpi_tells_the_rules_that_look_at_it(crew: Crew) -> None:
    mine = rule("level", kpi="calls_count", days="5", limit="3", team_id=crew.north.pk)
    wanted = RuleInput("Tous", "All", {"kind": "stall", "kpi": "calls_count"})
    every = add_rule(actor=None, rule=wanted)
    off = add_rule(actor=None, rule=wanted)
    switch_rule(actor=crew.admin, rule_id=off.pk, is_active=False)

    def told(reader: Person | None) -> list[tuple[str, str]]:
        page = client_of(crew, reader).get(reverse("kpis:kpi", args=["calls_count"]))
        uses = [one for one in page.context["uses"] if one["kind"] == "Rule of alerts"]
        return sorted((one["name"], one["url"]) for one in uses)

    rules = reverse("kpis:alert_rules")
    page_of = {one.pk: reverse("kpis:alert_rule", args=[one.pk]) for one in (mine, every)}
    assert told(None) == [("All", page_of[every.pk]), ("Rule", page_of[mine.pk])]
    assert told(crew.ines) == [("All", rules), ("Rule", page_of[mine.pk])]
    assert told(crew.paul) == [("All", rules)]
    assert told(crew.hugo) == []


def test_an_objective_at_risk_stands_once_on_the_page_of_the_team(crew: Crew) -> None:
    rule("pace")
    wanted = ObjectiveInput(
        "calls_count", Fraction(22), date(2026, 3, 1), date(2026, 4, 1), person="P2"
    )
    set_objective(actor=None, objective=wanted)
    calls("c", "2026-03-10 10:00", "P2", 12)
    check()
    page = client_of(crew, crew.ines).get(reverse("cockpit:team"))
    titles = [row["title"] for row in page.context["alerts"]]
    assert titles == ["Objective slipping out of reach"]
    text = page.content.decode()
    assert text.count(page.context["alerts"][0]["text"]) == 1
    assert "Objectives at risk" not in text


def test_an_administrator_keeps_webhooks_whose_address_is_never_shown(crew: Crew) -> None:
    admin = client_of(crew)
    address = reverse("kpis:alert_hook_new")
    form = {"name": "Sales", "form": "teams", "language": "en", "team": "",
            "url": "https://hooks.example.org/very-secret"}  # fmt: skip
    for wrong in ("http://hooks.example.org/x", "https://10.0.0.1/x"):
        page = admin.post(address, {**form, "url": wrong})
        assert page.context["form"].errors.keys() == {"url"}
    assert admin.post(address, form).status_code == 302
    page = admin.get(reverse("kpis:alert_hooks"))
    assert "very-secret" not in page.content.decode()
    assert "very-secret" not in str(list(AuditEntry.objects.values_list("after", flat=True)))
    admin.post(reverse("kpis:alert_hook_remove", args=[Webhook.objects.get().pk]))
    assert admin.get(reverse("kpis:alert_hooks")).context["rows"] == []
