"""What all commands share: files read together, and refusals in two forms."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from common.commands import in_language, refuse, texts_of_files
from kernel.issues import Place, error

ISSUES = (
    error("one", "There is no file {path}.", "", Place("f", "a", 1), path="a"),
    error("two", "Name", "Score", Place("f", "b", 2)),
)


def test_texts_of_files_are_read_in_order_or_all_named(tmp_path: Path) -> None:
    good, strange = tmp_path / "good", tmp_path / "strange"
    good.write_bytes(b"\xef\xbb\xbfday")
    strange.write_bytes(b"\xff")
    assert texts_of_files([str(good), str(good)]) == ["day", "day"]
    with translation.override("en"), pytest.raises(CommandError) as refused:
        texts_of_files([str(strange), str(good), str(tmp_path / "no")])
    assert str(refused.value).splitlines() == [
        f"The file {strange} cannot be read as UTF-8 text.",
        f"There is no file {tmp_path / 'no'}.",
    ]


def test_the_language_is_the_one_asked_for_then_the_default_then_the_active() -> None:
    spoken = []
    with translation.override("en"):
        for asked, default in (("fr", "en"), (None, "fr"), (None, None)):
            with in_language({"language": asked}, default):
                spoken.append(translation.get_language())
        spoken.append(translation.get_language())
    assert spoken == ["fr", "fr", "en", "en"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_refusal_tells_every_issue_and_ends_with_1(*, as_json: bool) -> None:
    out, err = StringIO(), StringIO()
    command = BaseCommand(stdout=out, stderr=err, no_color=True)
    with translation.override("fr"), pytest.raises(SystemExit) as stopped:
        refuse(command, ISSUES, as_json=as_json)
    assert stopped.value.code == 1
    if as_json:
        assert err.getvalue() == ""
        body = json.loads(out.getvalue())
        assert body["ok"] is False
        told = [
            (one["code"], one["where"], one["message"], one["remedy"]) for one in body["issues"]
        ]
        assert told[1] == ("two", "f:b:2", "Nom", "Score")
        assert told[0][::3] == ("one", "")
    else:
        assert out.getvalue() == ""
        assert err.getvalue().splitlines()[1] == "f:b:2: Nom Score"
