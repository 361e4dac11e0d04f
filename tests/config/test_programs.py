"""The processes of a laptop and those of production listen to the same queues."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from config import supervisor
from config.celery import app
from config.supervisor import Program, Supervisor, SupervisorError

ROOT = Path(__file__).resolve().parents[2]
QUEUES = {queue.name for queue in settings.CELERY_TASK_QUEUES}


def listened_to(commands: list[str]) -> set[str]:
    return {name for command in commands for name in re.findall(r"-Q (\w+)", command)}


def test_every_queue_has_a_worker_here_and_in_production() -> None:
    here = [" ".join(program.command) for program in supervisor.programs("127.0.0.1", 8000)]
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    there = [str(service.get("command", "")) for service in services.values()]
    assert listened_to(here) == QUEUES
    assert listened_to(there) == QUEUES


def test_a_board_never_waits_behind_a_pay_run() -> None:
    router = app.amqp.router
    for name in ("kpis.recompute_touched", "challenges.rescore_people", "challenges.score_news"):
        assert router.route({}, name)["queue"].name == "live"
    for name in ("incentives.run_block", "challenges.sweep"):
        assert router.route({}, name)["queue"].name == "jobs"


def test_each_queue_gets_its_own_messages_only() -> None:
    routes = {(queue.exchange.name, queue.routing_key) for queue in settings.CELERY_TASK_QUEUES}
    assert len(routes) == len(QUEUES)


def test_a_program_that_keeps_ending_stops_the_start_and_shows_its_last_words(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    watched = Supervisor(tmp_path, said.append)
    failing = Program("failing", ("/bin/sh", "-c", "echo no licence; exit 3"))
    watched.start(failing)
    with pytest.raises(SupervisorError, match="failing ended by itself"):
        watched.watch()
    assert len(said) == 3
    assert (tmp_path / "failing.log").read_text() == "no licence\n" * 4


def test_what_never_gets_ready_is_given_up_with_the_place_of_the_logs(tmp_path: Path) -> None:
    watched = Supervisor(tmp_path, print)
    watched.start(Program("idle", ("/bin/sleep", "60")))
    with pytest.raises(SupervisorError, match=re.escape(str(tmp_path))):
        watched.wait_until(lambda: False, patience=0.2)
    (child,) = watched.running.values()
    watched.stop()
    assert child.poll() is not None
