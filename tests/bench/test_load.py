"""The readers of the benchmark."""

import asyncio

import pytest

from bench.load import _until


def heard(text: bytes, version: int) -> float:
    async def listen() -> float:
        reader = asyncio.StreamReader()
        reader.feed_data(text)
        reader.feed_eof()
        return await asyncio.wait_for(_until(reader, version), 5)

    return asyncio.run(listen())


def test_a_stream_that_ends_is_an_error_and_not_waited_for() -> None:
    assert heard(b'data: {"version": 2}\n', 2) > 0
    with pytest.raises(AssertionError, match="ended before version 3"):
        heard(b'data: {"version": 2}\n', 3)
