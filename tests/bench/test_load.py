"""The readers of the benchmark."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.load import _until


def heard(text: bytes, version: int) -> float:
    async def listen() -> float:
        reader = asyncio.StreamReader()
        reader.feed_data(text)
        reader.feed_eof()
        return await asyncio.wait_for(_until(reader, version), 5)

    # a browser test before may have left its loop in this thread
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, listen()).result()


def test_a_stream_that_ends_is_an_error_and_not_waited_for() -> None:
    assert heard(b'data: {"version": 2}\n', 2) > 0
    with pytest.raises(AssertionError, match="ended before version 3"):
        heard(b'data: {"version": 2}\n', 3)
