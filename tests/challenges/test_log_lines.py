"""The texts of the log of moved scores."""

import shutil
from pathlib import Path

from challenges.boards import log_lines
from common import translations
from common.translations import Message


def test_the_name_for_who_has_none_is_found_for_the_catalogue(tmp_path: Path) -> None:
    """The extraction does not look into f-strings."""
    room = tmp_path / "challenges"
    room.mkdir()
    shutil.copy(log_lines.__file__, room / "log_lines.py")
    assert Message("Somebody") in translations.extract(tmp_path)
