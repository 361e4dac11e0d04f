"""Fixtures of every room's tests. The servers are started by tests/settings.py."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of shared reference data beside the repository; skips when it is absent."""
    directory = Path(os.environ.get("MAILLOT_SHARED", ROOT.parent / "shared"))
    if not directory.is_dir():
        pytest.skip("needs ../shared: the reference data beside the repository is absent")
    return directory
