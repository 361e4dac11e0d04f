"""`manage.py up` for real: it answers, it stops, it survives being killed, it refuses clearly."""

import signal
import socket
from pathlib import Path

import pytest

from tests.config import processes
from tests.config.processes import (
    begun,
    free_port,
    living_with,
    manage,
    started_up,
    status_of,
    wait_for,
)

pytestmark = pytest.mark.flaky(reruns=1)  # several processes: see tests/conftest.py


def test_it_answers_and_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    port = free_port()
    with started_up(tmp_path, port) as up:
        assert status_of(port, "/healthz") == 200
        children = processes.children_of(up.pid)
        assert len(children) == 7  # PostgreSQL, Valkey, web, three workers, beat
        said = processes.end(up, signal.SIGINT)
    assert f"http://localhost:{port}/" in said
    assert said.rstrip().endswith("Stopped.")
    assert up.returncode == 0
    assert [pid for pid in children if processes.is_alive(pid)] == []
    assert living_with(tmp_path, port) == []


def test_a_kill_leaves_nothing_and_the_next_start_works(tmp_path: Path) -> None:
    port = free_port()
    with started_up(tmp_path, port) as up:
        children = processes.children_of(up.pid)
        secret = (tmp_path / "secret_key").read_text()
        processes.end(up, signal.SIGKILL)
        wait_for(lambda: not any(processes.is_alive(pid) for pid in children))
    assert living_with(tmp_path, port) == []
    with started_up(tmp_path, port) as again:
        # Another command meanwhile uses the same servers, and a second `up` is refused.
        assert manage(tmp_path, "showmigrations", "--list").returncode == 0
        second = manage(tmp_path, "up", "--no-demo", "--port", str(free_port()))
        processes.end(again, signal.SIGTERM)
    assert second.returncode == 1
    assert f"is in use by up (process {again.pid})" in second.stderr
    assert "MAILLOT_DATA_DIR" in second.stderr
    assert (tmp_path / "secret_key").read_text() == secret


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = manage(tmp_path, "up", "--no-demo", "--port", str(port))
    assert refused.returncode == 1
    assert f"Port {port} is not free" in refused.stderr
    assert f"--port {port + 1}" in refused.stderr
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "valkey").exists()


def test_a_command_alone_brings_its_servers_and_takes_them_along(tmp_path: Path) -> None:
    done = manage(tmp_path, "migrate", "--verbosity", "0")
    assert (done.returncode, done.stderr) == (0, "")
    shown = manage(tmp_path, "showmigrations", "contenttypes")
    assert "[X] 0001_initial" in shown.stdout
    assert living_with(tmp_path, 0) == []


def test_a_second_command_is_a_guest_for_whom_the_first_one_waits(tmp_path: Path) -> None:
    pause = "from django.db import connection; connection.ensure_connection(); "
    pause += "import time; time.sleep({}); connection.cursor().execute('select 1')"
    with begun(tmp_path, "shell", "--no-imports", "-c", pause.format(4)) as first:
        wait_for(lambda: '"ready": true' in owner_note(tmp_path))
        with begun(tmp_path, "shell", "--no-imports", "-c", pause.format(7)) as guest:
            assert guest.communicate()[0] == ""
            assert guest.returncode == 0
        said = first.communicate()[0]
    assert said == "Waiting for another command that uses the servers ...\n"
    assert first.returncode == 0
    assert living_with(tmp_path, 0) == []


def owner_note(home: Path) -> str:
    note = home / "owner.json"
    return note.read_text() if note.exists() else ""


def test_a_command_without_a_database_starts_no_server(tmp_path: Path) -> None:
    assert manage(tmp_path, "help").returncode == 0
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 50}, "DATABASE_URL"),
        ({"SECRET_KEY": "x" * 50, "DATABASE_URL": "postgres://db/maillot"}, "REDIS_URL"),
    ],
)
def test_in_production_a_missing_variable_is_named_with_its_remedy(
    tmp_path: Path, given: dict[str, str], missing: str
) -> None:
    refused = manage(tmp_path, "check", MAILLOT_EMBEDDED="0", **given)
    assert refused.returncode != 0
    assert f"{missing} is not set. Set it to" in refused.stderr
