"""Browser tests drive the installed Chromium; without one they skip here and fail in CI."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from tests.browser.company import Company, make_company
from tests.serving import served, settled, working

SHOTS = Path(__file__).parent / "shots"
# Playwright runs a loop in the thread of the test; the ORM is used there, and only there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# What is waited for comes within a second; a busy machine may take longer.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The distribution's Chromium, never a downloaded one."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None and os.environ.get("CI"):
        pytest.fail("no chromium: CI must install it")
    if chromium is None:
        pytest.skip("needs chromium: install it to run the browser tests")
    return {"executable_path": chromium, "args": ["--no-sandbox"]}


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complained about on `page`: policy violations and script errors."""
    heard: list[str] = []
    page.on("pageerror", lambda problem: heard.append(str(problem)))
    page.on(
        "console",
        lambda message: heard.append(message.text) if message.type == "error" else None,
    )
    return heard


@pytest.fixture
def shots() -> Path:
    """Where screenshots are kept for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    return SHOTS


@pytest.fixture(scope="module")
def worker(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A Celery worker for the tests of a file that ask; the file of what it says.

    It ends with the file: other tests look at the queue and would find it emptied.
    """
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with django_db_blocker.unblock(), working(log):
        yield log
        # here, and not in a test: tests come in any order, and this one must come last
        said = log.read_text(errors="replace")
        assert "Traceback" not in said, said[max(said.index("Traceback") - 500, 0) :][:5000]


@pytest.fixture
def company(transactional_db: None, worker: Path) -> Iterator[Company]:
    """The small company of `tests.browser.company`, with nothing cached from another test.

    What was asked of the worker is done before the company's rows are taken away.
    """
    cache.clear()
    yield make_company()
    settled()


@pytest.fixture
def address(company: Company) -> Iterator[str]:
    """The product on a real server; what is asked of the worker is done."""
    with served() as port:
        yield f"http://127.0.0.1:{port}"
