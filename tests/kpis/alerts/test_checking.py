"""Alerts begin and end with their causes, once, whoever looks and however often."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from celery import current_app
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from activities.inputs import DealInput
from activities.services import record_deal_stages
from kpis.alerts.presenters import teller_of
from kpis.alerts.services import (
    Changes,
    check_alerts,
    check_moved,
    choose_action,
    switch_rule,
)
from kpis.models import Alert, AlertRule, FigureMoved
from kpis.queries.catalogue import catalogue
from kpis.services import ObjectiveInput, recompute_touched, set_objective
from people.models import Role
from people.services import record_absence
from tests.kpis.alerts.scenes import NOW, calls, check, open_alerts, rule
from tests.kpis.crew import Crew, at, cancel, make_crew, record
from tests.kpis.test_live_path import address_of
from tests.serving import until_the_dead_let_go


def aim(number: str, target: int, kpi: str = "calls_count") -> None:
    wanted = ObjectiveInput(
        kpi, Fraction(target), date(2026, 3, 1), date(2026, 4, 1), person=number
    )
    set_objective(actor=None, objective=wanted)


# --- silence: what time alone does -----------------------------------------------------------


def test_a_cause_is_told_once_ends_and_comes_back_as_a_new_one(crew: Crew) -> None:
    rule("silence", days="3")
    calls("l", "2026-03-23 10:00", "P1")
    calls("n", "2026-03-24 10:00", "P3")
    assert check() == Changes(began=1)
    assert open_alerts() == {("Hugo", ""): 1}
    assert check() == Changes()
    calls("h", "2026-03-24 11:00", "P2")
    assert check() == Changes(ended=1)
    # on Friday the last records of all three are three working days old, but for today
    later = at("2026-03-30 09:00")
    assert check(later) == Changes(began=3)
    assert Alert.objects.filter(person=crew.hugo).count() == 2
    record(cancel("h-0"))
    assert check(later) == Changes()


def test_who_is_away_has_just_come_or_has_left_is_not_silent(crew: Crew) -> None:
    rule("silence", days="3")
    record_absence(
        actor=None, person=crew.hugo, kind="leave",
        valid_from=date(2026, 3, 20), valid_to=date(2026, 3, 21),
    )  # fmt: skip
    crew.noor.assignments.update(valid_from=date(2026, 3, 20))
    assert check() == Changes(began=1)
    assert open_alerts() == {("Léa", ""): 1}
    crew.lea.assignments.filter(valid_to=None).update(valid_to=date(2026, 3, 24))
    assert check() == Changes(ended=1)


def test_who_leads_is_not_judged(crew: Crew) -> None:
    rule("silence", days="3")
    check()
    assert {name for name, _ in open_alerts()} == {"Léa", "Hugo", "Noor"}


def test_who_does_not_sell_is_not_judged(crew: Crew) -> None:
    rule("silence", days="3")
    crew.noor.assignments.update(role=Role.objects.get(key="hr"))
    check()
    assert {name for name, _ in open_alerts()} == {"Léa", "Hugo"}


# --- each kind beside the case on its other side ---------------------------------------------


def test_level(crew: Crew) -> None:
    rule("level", kpi="calls_count", days="5", limit="3")
    calls("a", "2026-03-17 10:00", "P1", 2)
    calls("b", "2026-03-23 10:00", "P1", 1)
    calls("c", "2026-03-16 10:00", "P2", 5)  # the sixth working day before
    calls("d", "2026-03-24 10:00", "P2", 5)  # today is not over
    check()
    assert open_alerts() == {("Hugo", "calls_count"): 1, ("Noor", "calls_count"): 1}


def test_trend(crew: Crew) -> None:
    rule("trend", kpi="calls_count", days="5", percent="40", least="5")
    for who, before, now in (("P1", 10, 6), ("P2", 10, 7), ("P3", 4, 0)):
        calls(f"b{who}", "2026-03-13 10:00", who, before)
        calls(f"n{who}", "2026-03-20 10:00", who, now)
    check()
    assert open_alerts() == {("Léa", "calls_count"): 1}
    found = Alert.objects.get().seen
    assert (found["value"], found["against"], found["part"]) == ("6", "10", "0.6")
    assert (found["from"], found["to"]) == ("2026-03-17", "2026-03-24")


def test_stall(crew: Crew) -> None:
    rule("stall", kpi="calls_count", days="3", least="5")
    for who, times in (("P1", 5), ("P2", 4), ("P3", 9)):
        calls(f"b{who}", "2026-03-16 10:00", who, times)
    calls("n", "2026-03-24 09:00", "P3")
    check()
    assert open_alerts() == {("Léa", "calls_count"): 1}


def test_pace(crew: Crew) -> None:
    rule("pace")
    # on the morning of the 17th half of the 22 working days of March are over
    for number, target in (("P1", 22), ("P2", 22), ("P3", 22)):
        aim(number, target)
    for who, times in (("P1", 9), ("P2", 8), ("P3", 7)):
        calls(f"c{who}", "2026-03-10 10:00", who, times)
    check(at("2026-03-17 12:00"))
    subject = "calls_count:2026-03-01"
    assert open_alerts() == {("Hugo", subject): 1, ("Noor", subject): 1}
    assert list(Alert.objects.filter(is_grave=True).values_list("person", flat=True)) == [
        crew.noor.pk
    ]
    check(at("2026-04-01 09:00"))  # the month is over: so is its alert
    assert open_alerts() == {}


def test_an_action_outlives_its_objective_and_says_that_nothing_holds_any_more(crew: Crew) -> None:
    rule("pace")
    aim("P2", 22)
    calls("c", "2026-03-10 10:00", "P2", 8)
    then = at("2026-03-17 12:00")
    check(then)
    action = choose_action(
        actor=crew.admin, alert_id=Alert.objects.get().pk, kind="talk", note="x",
        due_on=date(2026, 4, 10), now=then,
    )  # fmt: skip
    assert (action.latest["value"], action.latest["holds"]) == ("8", True)
    check(at("2026-04-01 09:00"))
    action.refresh_from_db()
    assert (action.latest["value"], action.latest["holds"]) == ("8", False)


def test_band(crew: Crew) -> None:
    rule("band", kpi="closing_rate", days="20")
    assert check() == Changes()
    rule("band", kpi="proposal_to_order", days="20")
    for number in range(5):
        calls(f"p{number}", "2026-03-10 10:00", "P1", kind="proposal_sent")
        calls(f"q{number}", "2026-03-10 10:00", "P2", kind="proposal_sent")
    calls("w", "2026-03-12 10:00", "P1", kind="deal_won")
    calls("v", "2026-03-12 10:00", "P2", 2, kind="deal_won")
    check()
    assert open_alerts() == {("Léa", "proposal_to_order"): 1}  # 20 %, the limit is 25


def deal(name: str, engaged: str, owner: str = "P1", **more: Any) -> DealInput:
    return DealInput(external_id=name, stage="engaging", owner=owner, name=name,
                     account=f"{name} SA", engaged_at=at(engaged), **more)  # fmt: skip


def test_deal(crew: Crew) -> None:
    rule("deal", days="5")
    deals = [deal("old", "2026-03-02 10:00"), deal("new", "2026-03-17 10:00"),
             deal("called", "2026-03-02 10:00")]  # fmt: skip
    results = record_deal_stages(actor=None, source="crm", deals=deals, recorded_at=NOW)
    assert not any(one.issues for one in results)
    from tests.kpis.crew import event

    record(event("c", "2026-03-18 10:00", "P2", account="called SA"))
    check()
    assert [one.seen["name"] for one in Alert.objects.all()] == ["old"]
    check(at("2026-03-26 12:00"))
    names = {one.seen["name"] for one in Alert.objects.filter(ended_at=None)}
    assert names == {"old", "new", "called"}


def test_a_deal_past_its_planned_closing_date(crew: Crew) -> None:
    rule("deal", days="60", late="2")
    said = [("late", 22), ("today", 24), ("ahead", 30), ("unsaid", None)]
    deals = [
        deal(name, "2026-03-20 10:00", planned_close_on=day and date(2026, 3, day))
        for name, day in said
    ]
    record_deal_stages(actor=None, source="crm", deals=deals, recorded_at=at("2026-03-20 11:00"))
    check()  # on 24 March
    alert = Alert.objects.get()
    assert (alert.seen["name"], alert.seen["planned"]) == ("late", "2026-03-22")
    teller = teller_of(catalogue(date(2026, 3, 24)))
    with override("en"):
        assert teller.sentence(alert) == "late: planned to close by 22 Mar 2026, and open still."
        assert "say a new day?" in teller.sentence(alert, to_self=True)
    with override("fr"):
        assert "22 mars 2026" in teller.sentence(alert)
    later = replace(deals[0], planned_close_on=date(2026, 4, 10))
    record_deal_stages(actor=None, source="crm", deals=[later], recorded_at=at("2026-03-24 13:00"))
    check(at("2026-03-24 14:00"))
    assert open_alerts() == {}
    check(at("2026-03-26 12:00"))  # nobody has said a new day for the second
    assert [one.seen["name"] for one in Alert.objects.filter(ended_at=None)] == ["today"]


def test_a_plan_that_is_put_off_is_looked_at_at_once(crew: Crew) -> None:
    FigureMoved.objects.all().delete()
    one = deal("late", "2026-03-20 10:00", planned_close_on=date(2026, 3, 22))
    record_deal_stages(actor=None, source="crm", deals=[one])
    recompute_touched()
    FigureMoved.objects.all().delete()
    record_deal_stages(
        actor=None, source="crm", deals=[replace(one, planned_close_on=date(2026, 4, 2))]
    )
    recompute_touched()
    assert set(FigureMoved.objects.values_list("person_id", flat=True)) == {crew.lea.pk}


def test_demotivation(crew: Crew) -> None:
    rule("demotivation", weeks="2", past="4", percent="35", least="1")
    monday = date(2026, 2, 9)
    for week in range(6):
        day = (monday + timedelta(weeks=week)).isoformat()
        calls(f"l{week}", f"{day} 10:00", "P1", 10 if week < 4 else 6)
        calls(f"h{week}", f"{day} 10:00", "P2", 10 if week < 4 else 7)
        calls(f"n{week}", f"{day} 10:00", "P3", 5)
    check()
    assert open_alerts() == {("Léa", ""): 1}
    assert Alert.objects.get().seen["part"] == "0.6"


# --- for whom --------------------------------------------------------------------------------


def test_a_rule_is_for_its_team_and_its_roles(crew: Crew) -> None:
    rule("silence", days="3", team_id=crew.south.pk)
    check()
    assert {name for name, _ in open_alerts()} == {"Léa", "Noor"}
    rule("silence", days="3", roles=["sdr"])
    check()
    assert open_alerts() == {}  # the rule before is off, and all of them are account executives


def test_a_rule_that_is_off_says_nothing_and_ends_what_it_said(crew: Crew) -> None:
    mine = rule("silence", days="3")
    check()
    switch_rule(actor=crew.admin, rule_id=mine.pk, is_active=False)
    assert check() == Changes(ended=3)
    switch_rule(actor=crew.admin, rule_id=mine.pk, is_active=True)
    assert check() == Changes(began=3)


def test_a_rule_that_cannot_be_read_any_more_hurts_no_other(crew: Crew) -> None:
    rule("silence", days="3")
    AlertRule.objects.create(
        key="lost", name_fr="x", name_en="x", document={"kind": "level", "kpi": "gone", "limit": 1}
    )
    assert check() == Changes(began=3)


def moved() -> list[int]:
    return sorted(FigureMoved.objects.values_list("person_id", flat=True))


def test_a_burst_of_records_sends_nothing_and_waits_for_one_check(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rule("silence", days="3")
    assert check() == Changes(began=3)
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_more: sent.append(name))
    for number in range(4):
        calls(f"h{number}", "2026-03-23 10:00", "P2")
        with django_capture_on_commit_callbacks(execute=True):
            recompute_touched()
    assert sent == ["challenges.rescore_people"] * 4
    assert moved() == [crew.hugo.pk] * 4
    assert check_moved(now=NOW) == Changes(ended=1)
    assert moved() == []
    assert check_moved(now=NOW) == Changes()


def test_only_those_whose_figures_moved_are_looked_at(crew: Crew) -> None:
    rule("silence", days="3")
    calls("l", "2026-03-02 10:00", "P1")
    recompute_touched()
    assert check_moved(now=NOW) == Changes(began=1)
    assert open_alerts() == {("Léa", ""): 1}


# --- crashes and company ---------------------------------------------------------------------


def test_the_database_holds_one_open_alert_per_cause(crew: Crew) -> None:
    rule("silence", days="3")
    check()
    held = Alert.objects.order_by("id")[0]
    held.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        held.save(force_insert=True)


def test_workers_at_once_make_one_alert(transactional_db: None) -> None:
    make_crew()
    rule("silence", days="3")
    together, failures, found = threading.Barrier(3), list[Exception](), list[Changes]()

    def work() -> None:
        try:
            together.wait(timeout=60)
            found.append(check_alerts(now=NOW))
        except Exception as problem:  # noqa: BLE001 - told to the main thread
            failures.append(problem)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    assert failures == []
    assert sum(found, Changes()) == Changes(began=3)
    assert open_alerts() == {("Léa", ""): 1, ("Hugo", ""): 1, ("Noor", ""): 1}


WORKER = """
import os, signal, sys, datetime, django
django.setup()
from kpis.alerts.services import checking
checking._follow = lambda seen, ids: os.kill(os.getpid(), signal.SIGKILL)
checking.check_moved(now=datetime.datetime.fromisoformat(sys.argv[1]))
"""


def test_a_killed_worker_leaves_nothing_and_the_next_one_does_it(transactional_db: None) -> None:
    """A real process, killed after it has written and before it commits."""
    crew = make_crew()
    rule("silence", days="3")
    calls("h", "2026-03-02 10:00", "P2")
    recompute_touched()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": address_of(connection.settings_dict),
    }
    done = subprocess.run(
        [sys.executable, "-c", WORKER, NOW.isoformat()],
        env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    until_the_dead_let_go()
    assert Alert.objects.count() == 0
    assert moved() == [crew.hugo.pk]
    assert check_moved(now=NOW) == Changes(began=1)
    assert check() == Changes(began=2)


def test_a_check_asks_as_often_for_many_people_as_for_few(crew: Crew) -> None:
    from django.test.utils import CaptureQueriesContext

    from people.models import Assignment, Person
    from tests.kpis.alerts.scenes import shipped

    shipped()
    check()
    with CaptureQueriesContext(connection) as few:
        check_alerts(now=NOW)
    role = Role.objects.get(key="ae")
    for number in range(20):
        person = Person.objects.create(number=f"N{number}", first_name="N", last_name=str(number))
        Assignment.objects.create(
            person=person, team=crew.north, role=role, valid_from=date(2025, 1, 1)
        )
    check()
    with CaptureQueriesContext(connection) as many:
        check_alerts(now=NOW)
    assert len(many) == len(few)
