"""The data directory of a start without any servers: its lock, its secret, its users.

One process at a time owns the servers of a data directory (`servers.lock`, exclusive): the
supervisor of `up`, or the first other command. Every further command is a guest: it finds the
owner's sockets and holds `guests.lock` (shared), for which a command waits before it stops the
servers. Locks are the kernel's, so a killed process leaves none.
"""

import fcntl
import hashlib
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from config import children
from config.servers import LONGEST_SOCKET_DIR, Addresses, Postgres, ServersError, Valkey

# Commands that read no database: they start at once, and need nothing that runs.
WITHOUT_SERVERS = frozenset(
    {
        "challenge_schema",
        "check",
        "check_plan",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "evaluate_plan",
        "findstatic",
        "help",
        "makemessages",
        "plan_schema",
        "score_challenge",
        "spectacular",
        "test",
        "translations",
        "up",
        "verify_statement",
        "version",
    }
)
_GUEST_PATIENCE = 90.0


def data_directory() -> Path:
    """Where the embedded servers keep their data: MAILLOT_DATA_DIR, else `var`."""
    default = Path(__file__).resolve().parent.parent / "var"
    return Path(os.environ.get("MAILLOT_DATA_DIR") or default).resolve()


@contextmanager
def provide(command: str) -> Iterator[None]:
    """Complete the environment that settings require, for the time of one management command.

    Variables that are set stay; MAILLOT_EMBEDDED=0 (production) leaves everything to settings,
    which name what is missing. Raises ServersError with the remedy.
    """
    wants_servers = not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
    if os.environ.get("MAILLOT_EMBEDDED") == "0" or not (wants_servers or command == "up"):
        yield
        return
    home = data_directory()
    needless = command.startswith("-") or command in WITHOUT_SERVERS
    keeps_secret = command == "up" or not needless
    _set_environment(Addresses(_socket_directory(home)), _secret(home, create=keeps_secret))
    if needless or not wants_servers:
        yield
        return
    with ExitStack() as stack:
        _borrow_or_own(home, stack, command)
        yield


class Owned:
    """The servers of a data directory that this process holds the lock of."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        sockets = _socket_directory(home)
        self.addresses = Addresses(sockets)
        sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_foreign(sockets)
        self.postgres = Postgres(home / "postgres", sockets, durable=True)
        self.valkey = Valkey(home / "valkey", sockets)
        stack.callback(self.postgres.stop)
        stack.callback(self.valkey.stop)


def own(home: Path, stack: ExitStack, command: str) -> Owned | None:
    """Take the data directory until `stack` unwinds; None when another process has it."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if children.owner_of_unprivileged() is not None:
        home.chmod(0o711)
    lock = (home / "servers.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    stack.callback(lock.close)
    _write_owner(home, {"pid": os.getpid(), "command": command, "ready": False})
    return Owned(home, stack)


def announce_ready(home: Path, command: str) -> None:
    """Tell guests that the servers answer."""
    _write_owner(home, {"pid": os.getpid(), "command": command, "ready": True})


def owner_of(home: Path) -> str:
    """Who has the data directory, for a message: `up (process 123)`."""
    found = _read_owner(home)
    return f"{found.get('command', '?')} (process {found.get('pid', '?')})"


def _borrow_or_own(home: Path, stack: ExitStack, command: str) -> None:
    deadline = time.monotonic() + _GUEST_PATIENCE
    while True:
        owned = own(home, stack, command)
        if owned is not None:
            stack.callback(_wait_for_guests, home)
            owned.postgres.start()
            owned.valkey.start()
            announce_ready(home, command)
            return
        guests = (home / "guests.lock").open("a")
        fcntl.flock(guests, fcntl.LOCK_SH)
        # Looked at after the lock, which an owner takes before it says that it stops.
        if _is_ready(home):
            stack.callback(guests.close)
            return
        guests.close()
        if time.monotonic() > deadline:
            raise ServersError(
                f"{home} is in use by {owner_of(home)}, whose servers do not answer. "
                "End that process and try again."
            )
        time.sleep(0.1)


def _wait_for_guests(home: Path) -> None:
    with (home / "guests.lock").open("a") as guests:
        try:
            fcntl.flock(guests, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another command that uses the servers ...", file=sys.stderr)  # noqa: T201 - a program of the terminal
            fcntl.flock(guests, fcntl.LOCK_EX)
        _write_owner(home, {"pid": os.getpid(), "command": "stopping", "ready": False})


def _is_ready(home: Path) -> bool:
    owner = _read_owner(home)
    pid = owner.get("pid")
    if not owner.get("ready") or not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:  # killed: its note is stale
        return False
    except PermissionError:
        return True
    return True


def _write_owner(home: Path, owner: dict[str, object]) -> None:
    # Replaced in one step: a reader never sees half of it.
    new = home / "owner.json.new"
    new.write_text(json.dumps(owner))
    new.replace(home / "owner.json")


def _read_owner(home: Path) -> dict[str, object]:
    with suppress(OSError, ValueError):
        found = json.loads((home / "owner.json").read_text())
        if isinstance(found, dict):
            return found
    return {}


def _set_environment(addresses: Addresses, secret: str) -> None:
    os.environ.setdefault("DATABASE_URL", addresses.database_url)
    os.environ.setdefault("REDIS_URL", addresses.redis_url)
    os.environ.setdefault("SECRET_KEY", secret)
    os.environ.setdefault("BEHIND_TLS", "0")


def _socket_directory(home: Path) -> Path:
    """A short directory for the sockets: a path to one is at most 107 bytes long."""
    if len(bytes(home / "sockets")) <= LONGEST_SOCKET_DIR:
        return home / "sockets"
    name = hashlib.sha256(bytes(home)).hexdigest()[:12]
    base = Path(tempfile.gettempdir())
    base = base if len(bytes(base)) < 60 else Path("/tmp")  # noqa: S108 - owner checked on use
    return base / f"maillot-{os.geteuid()}-{name}"


def _refuse_foreign(sockets: Path) -> None:
    found = sockets.lstat()
    allowed = {os.geteuid(), children.owner_of_unprivileged() or os.geteuid()}
    if sockets.is_symlink() or found.st_uid not in allowed or found.st_mode & 0o077:
        raise ServersError(
            f"{sockets} belongs to somebody else or is open to others. Remove it, or set "
            "MAILLOT_DATA_DIR to a directory of your own."
        )


def _secret(home: Path, *, create: bool) -> str:
    """The generated SECRET_KEY of this data directory; a throw-away one before it exists."""
    path = home / "secret_key"
    if path.exists():
        return path.read_text().strip()
    secret = secrets.token_urlsafe(48)
    if create:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(new, "w") as file:
            file.write(secret)
    return secret
