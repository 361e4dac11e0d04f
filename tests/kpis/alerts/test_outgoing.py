"""The way out: where messages go, where never, and how long one may take."""

import http.server
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kernel.issues import Invalid
from kpis.alerts.outgoing import MOST_BYTES, NotSentError, post, public_addresses, read_target


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.org/x", "alerts.not_https"),
        ("ftp://hooks.example.org/x", "alerts.not_https"),
        ("https:///x", "alerts.not_https"),
        ("https://me@hooks.example.org/x", "alerts.not_https"),
        ("https://hooks.example.org:99999/x", "alerts.not_https"),
        ("https://hooks.example.org/x\r\nHost: evil", "alerts.not_https"),
        ("https://127.0.0.1/x", "alerts.private_network"),
        ("https://10.1.2.3/x", "alerts.private_network"),
        ("https://169.254.169.254/latest", "alerts.private_network"),
        ("https://[::1]/x", "alerts.private_network"),
        ("https://[::ffff:10.0.0.1]/x", "alerts.private_network"),
        ("https://[fd00::1]/x", "alerts.private_network"),
        ("https://[fec0::1]/x", "alerts.private_network"),
        ("https://[64:ff9b::10.0.0.1]/x", "alerts.private_network"),
        ("https://hooks..example.org/x", "alerts.not_https"),
        (f"https://{64 * 'a'}.example.org/x", "alerts.not_https"),
        ("https://hooks.example.org/é", "alerts.not_https"),
    ],
)
def test_where_no_message_goes(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_target(url)
    assert [one.code for one in refused.value.issues] == [code]


def test_where_messages_go() -> None:
    target = read_target("https://hooks.example.org/services/T0?x=1")
    assert (target.host, target.port, target.path) == ("hooks.example.org", 443, "/services/T0?x=1")


@pytest.mark.parametrize(
    "found", [["10.0.0.7"], ["64:ff9b::a00:7"], ["93.184.216.34", "127.0.0.1"], []]
)
def test_a_public_name_that_leads_inside_is_refused(
    found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [(2, 1, 6, "", (one, 0)) for one in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: answers)
    with pytest.raises(NotSentError):
        public_addresses("hooks.example.org")


@dataclass
class Stand:
    """An https server on this machine that keeps what it is sent."""

    port: int
    trust: ssl.SSLContext
    got: list[tuple[str, str, Any]]
    answer: list[int]


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and a certificate of hooks.example.org."""
    place = tmp_path_factory.mktemp("paper")
    key, chain = place / "key.pem", place / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
         str(key), "-out", str(chain), "-subj", "/CN=hooks.example.org",
         "-addext", "subjectAltName=DNS:hooks.example.org"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, chain


@pytest.fixture
def stand(paper: tuple[Path, Path]) -> Iterator[Stand]:
    key, chain = paper
    got: list[tuple[str, str, Any]] = []
    answer = [200]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((self.headers["Host"], self.path, body))
            self.send_response(answer[0])
            self.send_header("Location", "https://127.0.0.1/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Nothing to say."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    trust = ssl.create_default_context(cafile=str(chain))
    yield Stand(server.server_address[1], trust, got, answer)
    server.shutdown()
    server.server_close()
    thread.join()


def to_stand(stand: Stand, name: str = "hooks.example.org") -> None:
    post(f"https://{name}:{stand.port}/x?y=1", {"text": "é"}, lookup=lambda _host: ["127.0.0.1"],
         trust=stand.trust)  # fmt: skip


def test_a_message_reaches_the_address_that_was_judged(stand: Stand) -> None:
    to_stand(stand)
    assert stand.got == [(f"hooks.example.org:{stand.port}", "/x?y=1", {"text": "é"})]


def test_a_redirect_is_not_followed_and_not_taken_for_success(stand: Stand) -> None:
    stand.answer[0] = 302
    with pytest.raises(NotSentError, match="refused:302"):
        to_stand(stand)
    assert len(stand.got) == 1


def test_a_certificate_of_another_name_is_refused(stand: Stand) -> None:
    with pytest.raises(NotSentError):
        to_stand(stand, "other.example.org")
    assert stand.got == []


def test_nobody_there(stand: Stand) -> None:
    with pytest.raises(NotSentError):
        post("https://hooks.example.org:1/", {}, lookup=lambda _host: ["127.0.0.1"])
    with pytest.raises(NotSentError):
        post("http://hooks.example.org/", {})


def test_a_name_that_cannot_be_looked_up() -> None:
    def lookup(_host: str) -> list[str]:
        raise UnicodeError("label empty or too long")

    with pytest.raises(NotSentError, match="UnicodeError"):
        post("https://hooks.example.org/", {}, lookup=lookup)


# --- an other side that takes its time -------------------------------------------------------

Line = Callable[[socket.socket, threading.Event], None]
HEAD = b"HTTP/1.1 200 OK\r\n"


def _drip(line: socket.socket, over: threading.Event, parts: Iterator[bytes]) -> None:
    for part in parts:
        if over.wait(0.05):
            return
        line.sendall(part)


def head_byte_by_byte(line: socket.socket, over: threading.Event) -> None:
    """Each byte comes long before a limit per step would strike."""
    _drip(line, over, (HEAD[at % len(HEAD) :][:1] for at in range(100_000)))


def heads_for_ever(line: socket.socket, over: threading.Event) -> None:
    line.sendall(HEAD)
    _drip(line, over, (f"X-{number}: x\r\n".encode() for number in range(100_000)))


def no_word(line: socket.socket, over: threading.Event) -> None:
    over.wait(60)


def a_flood(line: socket.socket, over: threading.Event) -> None:
    line.sendall(HEAD)
    while not over.is_set():
        line.sendall(b"X: " + b"x" * 8000 + b"\r\n")


@pytest.fixture
def answering(paper: tuple[Path, Path]) -> Iterator[Callable[[Line], int]]:
    """Servers whose answer is a function; `over` tells them that nobody listens any more."""
    over = threading.Event()
    threads: list[threading.Thread] = []
    listening: list[socket.socket] = []

    def start(answer: Line, *, with_tls: bool = True) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(paper[1], paper[0])
        plain = socket.create_server(("127.0.0.1", 0))
        listening.append(plain)

        def serve() -> None:
            try:
                line, _whence = plain.accept()
                with context.wrap_socket(line, server_side=True) if with_tls else line as held:
                    held.recv(4096)
                    answer(held, over)
            except OSError:
                """The other side went away, as it should."""

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()
        return int(plain.getsockname()[1])

    yield start
    over.set()
    for one in listening:
        one.close()
    for thread in threads:
        thread.join(60)


def told(port: int, trust: Path, seconds: float) -> str:
    """Why a message to such a server was given up."""
    with pytest.raises(NotSentError) as refused:
        post(f"https://hooks.example.org:{port}/x", {}, lookup=lambda _host: ["127.0.0.1"],
             trust=ssl.create_default_context(cafile=str(trust)), seconds=seconds)  # fmt: skip
    return str(refused.value)


@pytest.mark.parametrize("answer", [head_byte_by_byte, heads_for_ever, no_word])
def test_an_answer_that_never_ends_is_given_up(
    answering: Callable[[Line], int], paper: tuple[Path, Path], answer: Line
) -> None:
    """Without the clock each of these would hold the worker for more than an hour."""
    assert told(answering(answer), paper[1], seconds=1) == "too_slow"


def test_a_handshake_that_never_ends_is_given_up(
    answering: Callable[..., int], paper: tuple[Path, Path]
) -> None:
    assert told(answering(no_word, with_tls=False), paper[1], seconds=1) == "too_slow"


def test_of_a_flood_little_is_read(
    answering: Callable[[Line], int], paper: tuple[Path, Path]
) -> None:
    assert MOST_BYTES < 100 * 8000  # what a head of a hundred lines may hold
    assert told(answering(a_flood), paper[1], seconds=60) == "too_long"


def test_a_name_server_that_never_answers_is_given_up() -> None:
    over = threading.Event()

    def lookup(_host: str) -> list[str]:
        over.wait(60)
        return []

    try:
        with pytest.raises(NotSentError, match="too_slow"):
            post("https://hooks.example.org/", {}, lookup=lookup, seconds=0.2)
    finally:
        over.set()


def test_what_is_kept_of_a_failure_never_holds_the_address() -> None:
    secret = "T0SECRET"
    for url in (f"https://hooks.example.org:1/{secret}", f"https://hooks.example.org/{secret}\n x"):
        with pytest.raises(NotSentError) as refused:
            post(url, {}, lookup=lambda _host: ["127.0.0.1"])
        assert secret not in str(refused.value)
