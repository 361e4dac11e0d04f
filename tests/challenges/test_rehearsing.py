"""A rehearsal on the company's log: the command, the page, and the panel of a running challenge."""

import json
from datetime import date
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from challenges import services
from challenges.fairness.rehearsing import (
    fairness_of,
    rehearsal_of,
    rehearse_challenge,
    rehearse_document,
)
from challenges.gathering.rosters import Audience
from challenges.models import RehearsalRun
from kpis.services import ObjectiveInput, load_objectives
from tests.challenges.games import MARCH, MID_MARCH, live, made, rescore, win
from tests.challenges.test_pages import client_of, read, text_of
from tests.kpis.crew import Crew, at, cancel, record

APRIL_20 = at("2026-04-20 09:00")
MAY: dict[str, object] = {**MARCH, "window": {"start": "2026-05-01", "end": "2026-06-01"}}
JAVA = """id,person,occurred_at,value
a,ana,2026-03-05,10
"""


def spring(crew: Crew) -> None:
    """February: Léa; March: Hugo, whose deal is known since April only."""
    win("d1", "2026-02-10 11:00", "P1", 900)
    win("d2", "2026-02-11 11:00", "P2", 100)
    win("d3", "2026-03-10 11:00", "P2", 700, known=at("2026-04-15 09:00"))
    win("d4", "2026-03-11 11:00", "P1", 300)
    win("d5", "2026-03-12 11:00", "P3", 5000)
    record(cancel("d5"), recorded_at=at("2026-04-16 08:00"))


def rehearse(*arguments: str) -> str:
    out = StringIO()
    call_command("rehearse", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def rules_file(tmp_path: Path) -> str:
    path = tmp_path / "may.json"
    path.write_text(json.dumps(MAY))
    return str(path)


def test_the_last_months_are_replayed_as_they_are_known_now(crew: Crew) -> None:
    spring(crew)
    challenge = made(MAY)
    done = rehearse_challenge(challenge, months=3, as_of=APRIL_20)

    told = [
        (
            one.rules.start.astimezone(one.rules.zone).date(),
            one.entrants,
            [(winner.name, winner.score) for winner in one.winners],
        )
        for one in done.rehearsal.plays
    ]
    assert told == [
        (date(2026, 3, 1), 3, [("Hugo Petit", Fraction(700)), ("Léa Martin", Fraction(300))]),
        (date(2026, 2, 1), 3, [("Léa Martin", Fraction(900)), ("Hugo Petit", Fraction(100))]),
        (date(2026, 1, 1), 3, []),
    ]
    # the challenge itself is untouched
    challenge.refresh_from_db()
    assert (challenge.state, challenge.version) == ("draft", 0)


def test_own_targets_are_the_objectives_of_each_window(crew: Crew) -> None:
    spring(crew)
    load_objectives(
        actor=None,
        rows=[
            ObjectiveInput(
                kpi="revenue_booked", person="P1", target=Fraction(target), reason="agreed",
                valid_from=date(2026, month, 1), valid_to=date(2026, month + 1, 1),
            )
            for month, target in ((2, 900), (3, 600))
        ],
    )  # fmt: skip
    challenge = made({**MAY, "format": "percent_of_target"})
    done = rehearse_challenge(challenge, months=2, as_of=APRIL_20)

    assert [[w.score for w in one.winners] for one in done.rehearsal.plays] == [
        [Fraction(50)],
        [Fraction(100)],
    ]


def test_roles_and_teams_of_the_challenge_play(crew: Crew) -> None:
    spring(crew)
    document = {**MAY, "timezone": "Europe/Paris"}
    south = rehearse_document(document, Audience((crew.south.pk,)), months=1, as_of=APRIL_20)
    names = dict(south.rehearsal.plays[0].names)

    assert names == {"P1": "Léa Martin", "P3": "Noor Haddad"}


def test_the_command_reads_the_log_and_says_it_in_words(crew: Crew, rules_file: str) -> None:
    spring(crew)
    arguments = ("--rules", rules_file, "--months", "3", "--as-of", "2026-04-20T09:00")
    said = rehearse(*arguments, "--language", "en").splitlines()
    plain = json.loads(rehearse(*arguments, "--json"))

    assert "In 1 of 3 replays nothing was counted; it is left out of the rest." in said
    assert "2026-03-01 – 2026-04-01  Hugo Petit, Léa Martin" in said
    assert [one["chances_at_half"] for one in plain["replays"]] == [2, 2, 0]
    assert plain["cost"][0] == {
        "kind": "money",
        "currency": "EUR",
        "expected": "50000",
        "worst": 50000,
        "maximum_liability": 150000,
    }
    assert [one["code"] for one in plain["verdict"]][:2] == ["consider", "quiet"]


def test_the_command_reads_files_without_a_database(tmp_path: Path, rules_file: str) -> None:
    records, roster = tmp_path / "records.csv", tmp_path / "people.csv"
    records.write_text(JAVA)
    roster.write_text("person\nana\nben\n")
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({**MAY, "timezone": "Europe/Paris"}))
    files = ("--rules", str(rules), "--records", str(records), "--roster", str(roster))
    said = rehearse(*files, "--as-of", "2026-04-20", "--months", "1", "--language", "en")

    assert "2026-03-01 – 2026-04-01  ana" in said


def test_bad_rules_and_bad_months_are_refused_with_exit_1(
    crew: Crew, tmp_path: Path, rules_file: str
) -> None:
    with pytest.raises(SystemExit) as months:
        rehearse("--rules", rules_file, "--months", "40")
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({**MAY, "format": "nonsense"}))
    with pytest.raises(SystemExit) as rules:
        rehearse("--rules", str(bad))

    assert (months.value.code, rules.value.code) == (1, 1)


# --- pages ------------------------------------------------------------------------------------


def replayed(run: RehearsalRun) -> int:
    """How many steps a worker takes."""
    steps = 1
    while services.rehearse_next(run_id=run.pk):
        steps += 1
    return steps


@time_machine.travel(APRIL_20, tick=False)
def test_who_may_change_a_draft_reads_its_rehearsal_as_it_goes(crew: Crew) -> None:
    spring(crew)
    challenge = made(MAY)
    client = client_of(crew.admin)
    address = reverse("challenges:rehearsal", args=[challenge.pk])

    assert "Rehearse" in read(client, "page", challenge_id=challenge.pk)
    assert "Not rehearsed yet" in read(client, "rehearsal", challenge_id=challenge.pk)
    assert client.post(address, {"months": "3"}).status_code == 302
    run = RehearsalRun.objects.get()
    waiting = text_of(client.get(address, {"months": "3"}).content.decode())
    assert services.rehearse_next(run_id=run.pk)
    going = client.get(address, {"months": "3"}).content.decode()
    replayed(run)
    over = text_of(client.get(address, {"months": "3"}).content.decode())

    assert "It begins in a moment." in waiting
    assert "1 of 3 are done." in text_of(going)
    assert "every 1s" in going
    assert "Launch" in text_of(going)
    assert "Verdict" in over
    assert "€500.00" in over
    rep = client_of(crew.user_of(crew.lea))
    assert (rep.get(address).status_code, rep.post(address).status_code) == (404, 404)


@time_machine.travel(APRIL_20, tick=False)
def test_a_kept_rehearsal_is_the_one_that_was_computed(crew: Crew) -> None:
    spring(crew)
    challenge = made(MAY)
    run = services.ask_for_rehearsal(actor=crew.admin, challenge=challenge, months=3)
    assert replayed(run) == 3
    run.refresh_from_db()

    assert rehearsal_of(run) == rehearse_challenge(challenge, months=3, as_of=APRIL_20).rehearsal


@time_machine.travel(APRIL_20, tick=False)
def test_the_same_rules_and_people_are_rehearsed_once_a_day(crew: Crew) -> None:
    challenge = made(MAY)

    def asked(months: int = 3) -> int:
        return services.ask_for_rehearsal(actor=None, challenge=challenge, months=months).pk

    first = asked()
    again, further = asked(), asked(6)
    services.change_draft(
        actor=None, challenge=challenge, document={**MAY, "winners": "1"}, team_keys=["west"]
    )
    other = asked()
    services.change_draft(actor=None, challenge=challenge, document=MAY, team_keys=["west"])
    back = asked()
    services.change_draft(actor=None, challenge=challenge, document=MAY, team_keys=["south"])
    others = asked()
    with time_machine.travel(at("2026-04-21 09:00"), tick=False):
        tomorrow = asked()

    assert (again, back) == (first, first)
    assert len({first, further, other, others, tomorrow}) == 5


@time_machine.travel(APRIL_20, tick=False)
def test_a_lost_message_is_sent_again_and_a_second_one_changes_nothing(
    crew: Crew, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    challenge = made(MAY)

    def sent_at(clock: str) -> int:
        with (
            time_machine.travel(at(f"2026-04-20 {clock}"), tick=False),
            django_capture_on_commit_callbacks() as sent,
        ):
            services.ask_for_rehearsal(actor=None, challenge=challenge, months=3)
        return len(sent)

    assert [sent_at(clock) for clock in ("09:00", "09:00", "09:02")] == [1, 0, 1]

    run = RehearsalRun.objects.get()
    replayed(run)
    run.refresh_from_db()
    done = (run.plays, run.finished_at)
    assert not services.rehearse_next(run_id=run.pk)
    run.refresh_from_db()
    assert (run.plays, run.finished_at) == done


@time_machine.travel(APRIL_20, tick=False)
def test_why_rules_cannot_be_rehearsed_is_told(crew: Crew) -> None:
    long = {**MAY, "window": {"start": "2026-05-01", "end": "2027-05-01"}}
    challenge = made(long)
    run = services.ask_for_rehearsal(actor=None, challenge=challenge, months=6)
    replayed(run)
    client = client_of(crew.admin, "fr")
    shown = client.get(reverse("challenges:rehearsal", args=[challenge.pk]), {"months": "6"})

    assert "12" in text_of(shown.content.decode())
    assert shown.context["issues"]
    assert "A rehearsal of these rules" not in shown.content.decode()


def test_the_panel_shows_how_open_a_running_challenge_is(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live({"winners": 1})
    rescore(challenge, MID_MARCH)
    address = reverse("challenges:fairness", args=[challenge.pk])
    shown = text_of(client_of(crew.admin).get(address).content.decode())

    now = fairness_of(challenge)
    assert (now.entrants, now.chances, [w.entrant for w in now.winners]) == (3, 2, ["P2"])
    assert now.largest is not None
    assert (now.largest.entrant, now.largest.winners) == ("P2", ("P1",))
    assert "2 of 3 can still win" in shown
    assert "Without it: Léa Martin" in shown


def test_the_panel_is_not_for_entrants_and_not_for_a_signed_result(crew: Crew) -> None:
    challenge = live()
    address = reverse("challenges:fairness", args=[challenge.pk])
    asked = client_of(crew.user_of(crew.lea)).get(address).status_code
    services.cancel_challenge(actor=None, challenge=challenge, reason="Snow", at=MID_MARCH)

    assert (asked, client_of(crew.admin).get(address).status_code) == (404, 404)
