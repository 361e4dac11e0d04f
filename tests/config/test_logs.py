"""What a line of the log holds, and which lines are not written."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from config import logs
from tests.config import processes


@pytest.mark.parametrize(
    "event",
    [
        {"event": "request_finished", "request": "GET /live/?topic=board", "code": 200},
        {"event": "request_finished", "request": "GET /readyz", "code": 200},
        {"event": "streaming_started"},
    ],
)
def test_probes_and_streams_are_silent(event: dict[str, object]) -> None:
    with pytest.raises(structlog.DropEvent):
        logs.drop_noise(logging.getLogger(), "info", dict(event))


@pytest.mark.parametrize(
    "event",
    [
        {"event": "request_finished", "request": "GET /live/?topic=board", "code": 500},
        {"event": "request_finished", "request": "GET /leaderboards/", "code": 200},
        {"event": "request_failed", "request": "POST /import/live/", "code": 200},
        {"event": "streaming_failed"},
    ],
)
def test_everything_else_is_kept_as_it_is(event: dict[str, object]) -> None:
    assert logs.drop_noise(logging.getLogger(), "info", dict(event)) == event


def test_in_production_each_line_is_one_object(tmp_path: Path) -> None:
    code = (
        "import django, logging, structlog; django.setup();"
        "structlog.contextvars.bind_contextvars(request_id='r1');"
        "structlog.get_logger('room').warning('said', number=2);"
        "logging.getLogger('library').warning('also %s', 'this')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=processes.ROOT,
        env=processes.environment(
            tmp_path, DJANGO_SETTINGS_MODULE="config.settings_for_tools", LOG_FORMAT="json"
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.pop("timestamp")[-1] for line in lines] == ["Z", "Z"]
    assert lines == [
        {"event": "said", "number": 2, "request_id": "r1", "level": "warning", "logger": "room"},
        {"event": "also this", "request_id": "r1", "level": "warning", "logger": "library"},
    ]
