"""Many readers of one web process: pages over kept-alive connections, and open streams."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

HOST = "127.0.0.1"
_OPENING_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Answers:
    """What a load got: answers per second, and the milliseconds of each."""

    per_second: float
    waits: tuple[float, ...]


def pages(port: int, path: str, cookies: Sequence[str], seconds: float, at_once: int) -> Answers:
    """So many connections ask for the page one request after the other, as the owners of these
    cookies in turn, for so long. Any answer but 200 is an error."""
    return asyncio.run(_pages(port, path, cookies, seconds, at_once))


async def _pages(
    port: int, path: str, cookies: Sequence[str], seconds: float, at_once: int
) -> Answers:
    waits: list[float] = []
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(
        *(_reader(port, path, cookies[n::at_once] or cookies, until, waits) for n in range(at_once))
    )
    return Answers(len(waits) / (time.perf_counter() - began), tuple(waits))


async def _reader(
    port: int, path: str, cookies: Sequence[str], until: float, waits: list[float]
) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    turn = 0
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(_request(path, cookies[turn % len(cookies)]))
        await _answer(reader)
        waits.append((time.perf_counter() - began) * 1000)
        turn += 1
    writer.close()


def _request(path: str, cookie: str) -> bytes:
    lines = (f"GET {path} HTTP/1.1", "Host: localhost", f"Cookie: {cookie}", "", "")
    return "\r\n".join(lines).encode()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    status, _, fields = head.partition(b"\r\n")
    if b" 200 " not in status:
        raise AssertionError(f"the page answered {status!r}")
    length = next(
        int(line.split(b":")[1]) for line in fields.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )  # fmt: skip
    return await reader.readexactly(length)


@dataclass(frozen=True, slots=True)
class Heard:
    """When streams heard of each of the messages: milliseconds after it was sent, by message."""

    waits: tuple[tuple[float, ...], ...]


def streams(
    port: int, topic: str, cookies: Sequence[str], send: Callable[[int], None], messages: int
) -> Heard:
    """A stream for each cookie, all open at once; `send(version)` is called so many times, each
    time when all have heard of the last."""
    return asyncio.run(_streams(port, topic, cookies, send, messages))


async def _streams(
    port: int, topic: str, cookies: Sequence[str], send: Callable[[int], None], messages: int
) -> Heard:
    gate = asyncio.Semaphore(_OPENING_AT_ONCE)
    opened = await asyncio.gather(*(_open(port, topic, cookie, gate) for cookie in cookies))
    found = []
    for version in range(1, messages + 1):
        waiting = [asyncio.create_task(_until(reader, version)) for reader, _ in opened]
        await asyncio.sleep(0.5)
        began = time.perf_counter()
        await asyncio.to_thread(send, version)
        ended = await asyncio.wait_for(asyncio.gather(*waiting), 120)
        found.append(tuple((one - began) * 1000 for one in ended))
    for _, writer in opened:
        writer.close()
    return Heard(tuple(found))


async def _open(
    port: int, topic: str, cookie: str, gate: asyncio.Semaphore
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with gate:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(_request(f"/live/?topic={topic}", cookie))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise AssertionError(f"the stream answered {head[:60]!r}")
        return reader, writer


async def _until(reader: asyncio.StreamReader, version: int) -> float:
    """When the stream told this version or a newer one. A stream that ends is an error."""
    while True:
        line = await reader.readline()
        if not line:
            raise AssertionError(f"the stream ended before version {version}")
        if line.startswith(b"data: ") and json.loads(line[6:]).get("version", 0) >= version:
            return time.perf_counter()
