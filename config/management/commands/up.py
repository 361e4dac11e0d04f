"""Start everything on this machine: servers, migrations, demo company, web, workers, schedule."""

import json
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresConnection

from common import translations
from config import laptop, supervisor
from config.servers import ServersError

HOST = "127.0.0.1"
_READY_PATIENCE = 90.0
# `own` may meet a guest that looks at the lock for a moment.
_LOCK_TRIES = 10


class Command(BaseCommand):
    """Promise: one address that answers, or an error with its remedy; nothing left after it."""

    help = "Starts the servers, migrates, loads the demo company when empty, and serves."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port on 127.0.0.1")
        parser.add_argument(
            "--demo",
            action=BooleanOptionalAction,
            default=True,
            help="load the demo company when the database is empty",
        )
        parser.add_argument("--pulse", action="store_true", help="stream live demo activity")

    def handle(self, **options: Any) -> None:
        supervisor.stop_on_signals()
        try:
            with ExitStack() as stack:
                stack.callback(self._say, "Stopped.")
                self._run(stack, options["port"], demo=options["demo"], pulse=options["pulse"])
        except supervisor.Stopped:
            pass
        except (ServersError, supervisor.SupervisorError) as problem:
            raise CommandError(str(problem)) from problem

    def _run(self, stack: ExitStack, port: int, *, demo: bool, pulse: bool) -> None:
        home = laptop.data_directory()
        with self._step("Environment"):
            supervisor.refuse_taken_port(HOST, port)
            owned = self._own(home, stack)
        self._start_servers(owned)
        laptop.announce_ready(home, "up")
        self._prepare(demo=demo)
        programs = supervisor.Supervisor(home / "logs", self._say)
        stack.callback(self._stop, programs)
        with self._step("Web, workers, schedule"):
            for program in supervisor.programs(HOST, port):
                programs.start(program)
            programs.wait_until(lambda: _answers(port), _READY_PATIENCE)
        if pulse:
            programs.start(supervisor.pulse())
        self._greet(port, home)
        programs.watch()

    def _own(self, home: Path, stack: ExitStack) -> laptop.Owned:
        for _ in range(_LOCK_TRIES):
            owned = laptop.own(home, stack, "up")
            if owned is not None:
                return owned
            time.sleep(0.1)
        raise ServersError(
            f"{home} is in use by {laptop.owner_of(home)}. Stop it first, or set "
            "MAILLOT_DATA_DIR to another directory for a second company."
        )

    def _start_servers(self, owned: laptop.Owned) -> None:
        """Only those that the environment does not already give."""
        ours = owned.addresses
        if ours.database_url == settings.DATABASE_URL:
            with self._step("PostgreSQL"):
                owned.postgres.start()
        if ours.redis_url == settings.REDIS_URL:
            with self._step("Valkey"):
                owned.valkey.start()

    def _prepare(self, *, demo: bool) -> None:
        with self._step("Translations"):
            translations.compile_catalogues(Path(settings.LOCALE_PATHS[0]))
        with self._step("Database tables"):
            call_command("migrate", verbosity=0, interactive=False)
        if demo and "demo" in get_commands() and _is_empty():
            self._say("Demo company (about half a minute, once):")
            with self._step("Demo company"):
                call_command("demo")
        # No thread of a connection pool may live on in this process: it starts children.
        connection = connections["default"]
        connection.close()
        if isinstance(connection, PostgresConnection):
            connection.close_pool()

    def _greet(self, port: int, home: Path) -> None:
        self._say(f"\nMaillot is ready: http://localhost:{port}/\n")
        for who, email, password, look_at in _sign_ins():
            self._say(f"  {who:<22} {email:<34} {password:<22} {look_at}")
        self._say(f"\nLogs: {home / 'logs'}   Stop: Ctrl-C")

    def _stop(self, programs: supervisor.Supervisor) -> None:
        self._say("\nStopping ...")
        programs.stop()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self.stdout.write(f"  {name:<24}", ending="")
        self.stdout.flush()
        yield
        self._say(f"{time.monotonic() - began:6.1f} s")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except (urllib.error.URLError, OSError):
        return False


def _is_empty() -> bool:
    """True when nobody is in the company: the demo never meets somebody's own data."""
    return not apps.get_model("people", "Person").objects.exists()


def _sign_ins() -> list[tuple[str, str, str, str]]:
    """The demo's sign-ins, when its people are there."""
    if "demo" not in get_commands():
        return []
    demo = import_module("cockpit.management.commands.demo")
    return list(demo.sign_ins())
