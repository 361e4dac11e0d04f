"""Child processes that never outlive their parent, and that leave root's rights behind.

PostgreSQL refuses to run as root, and its wheel's own answer (adding a user, opening parent
directories) changes the machine. A user namespace gives an unprivileged identity for one
process and its children, without touching anything else.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
NOBODY = 65534
_libc = ctypes.CDLL(None, use_errno=True)


def spawn(
    command: Sequence[str | Path],
    *,
    output: IO[bytes] | int,
    dies_by: signal.Signals = signal.SIGTERM,
    unprivileged: bool = False,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own session; it gets `dies_by` when this process is gone.

    Call it from the main thread: Linux ties the promise to the thread that starts the child.
    With `unprivileged`, a child of root or of a nameless user runs as nobody, in a user namespace
    where these are allowed.
    Elsewhere than on Linux the child is stopped by an orderly end only, not by a kill.
    """
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=directory,
        env=None if environment is None else dict(environment),
        preexec_fn=_before_exec(dies_by, unprivileged=unprivileged),
    )


def run_unprivileged(command: Sequence[str | Path]) -> None:
    """Run `command` to its end as `spawn` would; raises RuntimeError with its output."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_before_exec(signal.SIGKILL, unprivileged=True),
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{done.stdout.decode()}")


def stop(child: subprocess.Popen[bytes], by: signal.Signals, patience: float) -> None:
    """Ask `child` to end with the signal `by`; after `patience` seconds kill its session."""
    if child.poll() is not None:
        return
    child.send_signal(by)
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def owner_of_unprivileged() -> int | None:
    """The user id that must own the data of unprivileged children, None when it is ours."""
    return NOBODY if os.geteuid() == 0 and not _namespaces_allowed() else None


def _before_exec(dies_by: signal.Signals, *, unprivileged: bool) -> Callable[[], None]:
    parent = os.getpid()
    as_nobody = unprivileged and os.geteuid() == 0
    by_namespace = unprivileged and _unfit_for_postgres() and _namespaces_allowed()

    def prepare() -> None:
        if by_namespace:
            _enter_namespace()
        elif as_nobody:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        # After the change of identity, which clears the death signal.
        if sys.platform == "linux":
            _libc.prctl(_PR_SET_PDEATHSIG, int(dies_by), 0, 0, 0)
            if os.getppid() != parent:  # the parent died before the line above
                os._exit(1)

    return prepare


def _unfit_for_postgres() -> bool:
    """PostgreSQL refuses root, and a user id without a name (some containers give one)."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_uid == 0
    except KeyError:
        return True


def _enter_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")


@cache
def _namespaces_allowed() -> bool:
    if sys.platform != "linux":
        return False
    try:
        subprocess.run(["/bin/true"], preexec_fn=_enter_namespace, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
