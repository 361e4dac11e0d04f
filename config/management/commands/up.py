"""Start everything on this machine: servers, migrations, demo company, web, workers, schedule."""

import json
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresConnection
from django.utils.translation.reloader import translation_file_changed

from cockpit.management.commands.demo import sign_ins
from common import translations
from config import laptop, supervisor
from config.servers import ServersError

HOST = "127.0.0.1"
_READY_PATIENCE = 120.0
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
        accounts = self._prepare(demo=demo)
        programs = supervisor.Supervisor(home / "logs", self._say)
        stack.callback(self._stop, programs)
        with self._step("Web, workers, schedule"):
            for program in supervisor.programs(HOST, port):
                programs.start(program)
            programs.wait_until(lambda: _answers(port), _READY_PATIENCE)
        if pulse:
            programs.start(supervisor.pulse())
        self._greet(port, home, accounts)
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

    def _prepare(self, *, demo: bool) -> list[str]:
        """Bring the database up to date; the lines that say who may sign in."""
        with self._step("Translations"):
            for written in translations.compile_catalogues(settings.BASE_DIR):
                # this process may have read the absent one, and loads the demo's French texts
                translation_file_changed(None, written)
        with self._step("Database tables"):
            call_command("migrate", verbosity=0, interactive=False)
        if demo and _is_empty():
            self._say("  Demo company (once)")
            call_command("demo", stdout=self.stdout)
        accounts = _demo_accounts()
        # No thread of a connection pool may live on in this process: it starts children.
        connection = connections["default"]
        connection.close()
        if isinstance(connection, PostgresConnection):
            connection.close_pool()
        return accounts

    def _greet(self, port: int, home: Path, accounts: list[str]) -> None:
        lines = ["", f"Maillot is ready: http://localhost:{port}/", "", *accounts]
        self._say("\n".join(lines))
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
    person = apps.get_model("people", "Person")
    return not (person.objects.exists() or get_user_model().objects.exists())


def _demo_accounts() -> list[str]:
    """The demo's sign-ins, as far as they are in this database."""
    invented = sign_ins()
    there = get_user_model().objects.filter(email__in=[account.email for account in invented])
    emails = set(there.values_list("email", flat=True))
    return [
        f"  {account.who:<15} {account.email:<34} {account.password:<20} {account.look_at}"
        for account in invented
        if account.email in emails
    ]
