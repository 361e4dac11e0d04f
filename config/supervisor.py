"""Web, workers and schedule as child processes: started together, watched, stopped in order."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config import children

ROOT = Path(__file__).resolve().parent.parent
_MOST_RESTARTS = 3
_STOP_PATIENCE = 15.0


class SupervisorError(Exception):
    """The processes cannot run; the text names the remedy."""


class Stopped(Exception):  # noqa: N818 - not an error
    """A signal asked for the end."""


@dataclass(frozen=True, slots=True)
class Program:
    """What runs as one child process; `name` is also the name of its log file."""

    name: str
    command: tuple[str, ...]


def programs(host: str, port: int) -> tuple[Program, ...]:
    """The product's processes, in the order in which they start.

    The live path has workers of its own, so that a long import or a pay run never delays a
    board, and two of them, so that a large challenge delays no other. `solo` workers are one
    process each, with no children that a kill could leave behind.
    """
    python = sys.executable
    celery = (python, "-m", "celery", "-A", "config")
    worker = (*celery, "worker", "-P", "solo", "--without-mingle")
    web = (python, "-m", "uvicorn", "config.asgi:application", "--host", host)
    return (
        Program(
            "web",
            (*web, "--port", str(port), "--timeout-graceful-shutdown", "3", "--no-access-log"),
        ),
        *(Program(name, (*worker, "-Q", "live", "-n", f"{name}@%h")) for name in ("live", "live2")),
        Program("jobs", (*worker, "-Q", "jobs", "-n", "jobs@%h")),
        Program("beat", (*celery, "beat", "--pidfile=")),
    )


def pulse() -> Program:
    """Live demo activity, a few records per second."""
    return Program("pulse", (sys.executable, "manage.py", "demo", "--pulse"))


def refuse_taken_port(host: str, port: int) -> None:
    """Raise SupervisorError when something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise SupervisorError(
                f"Port {port} is not free ({problem.strerror}). Stop the program that uses it, "
                f"or choose another one: --port {port + 1}"
            ) from problem


def stop_on_signals() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into Stopped, so that everything is left in order."""

    def raise_stopped(number: int, _frame: object) -> None:
        # A second signal must not break the orderly end that the first one began.
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, raise_stopped)


class Supervisor:
    """Starts programs, restarts one that dies, stops all in reverse order."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs, self.say = logs, say
        self.running: dict[Program, subprocess.Popen[bytes]] = {}
        self.restarts: dict[Program, int] = {}

    def start(self, program: Program) -> None:
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with self.log_of(program).open("ab") as output:
            # After a kill of this process the broker is gone too: a worker asked to end would
            # wait for it. A job that was cut off is done again (architecture: at least once).
            self.running[program] = children.spawn(
                program.command,
                output=output,
                dies_by=signal.SIGKILL,
                environment=environment,
                directory=ROOT,
            )

    def wait_until(self, ready: Callable[[], bool], patience: float) -> None:
        """Wait for `ready`; raises SupervisorError when a program ends or time runs out."""
        deadline = time.monotonic() + patience
        while not ready():
            for program, child in self.running.items():
                if child.poll() is not None:
                    raise SupervisorError(self._ended(program))
            if time.monotonic() > deadline:
                raise SupervisorError(
                    f"Not ready after {patience:.0f} s. The logs in {self.logs} say why."
                )
            time.sleep(0.05)

    def watch(self) -> None:
        """Keep the programs running until a signal (Stopped) or too many restarts."""
        while True:
            for program, child in list(self.running.items()):
                if child.poll() is not None:
                    self._restart(program)
            time.sleep(0.5)

    def stop(self) -> None:
        """Stop beat, workers and web, in this order; kill what does not end in time."""
        for program in reversed(list(self.running)):
            # All are told first: none waits for the slowest before it.
            with suppress(ProcessLookupError):
                self.running[program].send_signal(signal.SIGTERM)
        for program in reversed(list(self.running)):
            children.stop(self.running.pop(program), signal.SIGTERM, _STOP_PATIENCE)

    def log_of(self, program: Program) -> Path:
        return self.logs / f"{program.name}.log"

    def _restart(self, program: Program) -> None:
        times = self.restarts[program] = self.restarts.get(program, 0) + 1
        if times > _MOST_RESTARTS:
            raise SupervisorError(self._ended(program))
        self.say(f"{program.name} ended; starting it again (see {self.log_of(program)})")
        self.start(program)

    def _ended(self, program: Program) -> str:
        log = self.log_of(program)
        last = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        return f"{program.name} ended by itself. The last lines of {log}:\n{last}"
