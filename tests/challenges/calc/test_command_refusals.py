"""Whatever is wrong with the files of the two commands is told as every other mistake: all at once,
each with its place and a remedy, as JSON where it is asked for, and with exit code 1."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

from common.commands import text_of_file
from kernel.issues import Invalid

RULES = """key: november
timezone: Europe/Paris
window: {start: 2026-11-01, end: 2026-12-01}
format: most
score: {metric: revenue}
"""
RECORDS = "id,person,occurred_at,value\na,ana,2026-10-03T10:00,5\n"
ROSTER = "person\nana\n"
COMMANDS = {"score_challenge": "2026-12-10", "rehearse": "2026-11-20"}
COMMAND = pytest.mark.parametrize("command", COMMANDS)


class Desk:
    """A folder with three good files, and a command on them."""

    def __init__(self, folder: Path, command: str) -> None:
        self.folder = folder
        self.command = command
        for name, text in (("rules", RULES), ("records", RECORDS), ("roster", ROSTER)):
            (folder / name).write_text(text, encoding="utf-8")

    def write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def run(self, *options: str, as_of: str | None = None) -> tuple[int, str, str]:
        """Exit code, standard output and errors."""
        files = [f"--{name}={self.folder / name}" for name in ("rules", "records", "roster")]
        out, errors = StringIO(), StringIO()
        moment = f"--as-of={as_of or COMMANDS[self.command]}"
        try:
            call_command(self.command, *files, moment, *options, stdout=out, stderr=errors)
        except SystemExit as stopped:
            return int(stopped.code or 0), out.getvalue(), errors.getvalue()
        return 0, out.getvalue(), errors.getvalue()

    def refused(self, *options: str, as_of: str | None = None) -> list[Any]:
        """What `--json` tells; every issue has a message, a place and a remedy."""
        code, out, errors = self.run("--json", *options, as_of=as_of)
        body = json.loads(out)
        assert (code, errors, body["ok"]) == (1, "", False)
        assert all(one["message"] and one["remedy"] and one["where"] for one in body["issues"])
        found: list[Any] = body["issues"]
        return found


@COMMAND
def test_the_good_files_are_read(tmp_path: Path, command: str) -> None:
    code, out, errors = Desk(tmp_path, command).run("--json", "--language=en")
    assert (code, errors) == (0, "")
    assert json.loads(out)["challenge"] == "november"


@COMMAND
def test_files_that_cannot_be_read_are_told_with_what_is_wrong_in_the_others(
    tmp_path: Path, command: str
) -> None:
    desk = Desk(tmp_path, command)
    desk.write("rules", RULES.replace("most", "mots").encode())
    (tmp_path / "records").unlink()
    (tmp_path / "roster").unlink()
    (tmp_path / "roster").mkdir()
    found = desk.refused("--language=en", as_of="soon")
    assert {(one["code"], one["place"].get("file")) for one in found} == {
        ("not_an_option", "rules"),
        ("not_a_moment", None),
        ("no_file", "records"),
        ("file_is_folder", "roster"),
    }
    assert f"There is no file {tmp_path / 'records'}." in {one["message"] for one in found}


@COMMAND
@pytest.mark.parametrize("name", ["rules", "records", "roster"])
def test_a_file_in_another_encoding_is_told_with_its_line(
    tmp_path: Path, command: str, name: str
) -> None:
    desk = Desk(tmp_path, command)
    desk.write(name, (tmp_path / name).read_bytes() + "é\n".encode("latin-1"))
    line = (tmp_path / name).read_bytes().count(b"\n")
    (found,) = desk.refused()
    assert (found["code"], found["place"]) == ("not_utf8", {"file": name, "line": line})


@COMMAND
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\r\n "])
def test_a_file_with_nothing_in_it_is_no_list_without_rows(
    tmp_path: Path, command: str, content: bytes
) -> None:
    desk = Desk(tmp_path, command)
    for name in ("rules", "records", "roster"):
        desk.write(name, content)
    found = [(one["code"], one["place"]["file"]) for one in desk.refused()]
    assert found[-2:] == [("empty_file", "records"), ("empty_file", "roster")]
    assert set(found[:-2]) == {("missing_key", "rules")}


@COMMAND
@pytest.mark.parametrize("rows", [b"id,person,value,occurred_at\n", b"[]", b'{"records": []}'])
def test_no_rows_are_no_mistake(tmp_path: Path, command: str, rows: bytes) -> None:
    desk = Desk(tmp_path, command)
    desk.write("records", rows)
    desk.write("roster", b"[]")
    code, _out, errors = desk.run()
    assert (code, errors) == (0, "")


@COMMAND
def test_without_json_each_mistake_is_a_line_of_errors(tmp_path: Path, command: str) -> None:
    desk = Desk(tmp_path, command)
    (tmp_path / "records").unlink()
    desk.write("roster", b"person\n\n,x\n")
    code, out, errors = desk.run("--language=en")
    assert (code, out) == (1, "")
    assert [line.split(": ")[0] for line in errors.splitlines()] == ["records", "roster:3"]


def test_records_roster_and_moment_belong_together(tmp_path: Path) -> None:
    desk, out = Desk(tmp_path, "rehearse"), StringIO()
    with translation.override("en"), pytest.raises(SystemExit) as stopped:
        call_command(
            "rehearse", f"--rules={desk.folder / 'rules'}", "--records=r", "--json", stdout=out
        )
    (found,) = json.loads(out.getvalue())["issues"]
    assert (stopped.value.code, found["code"]) == (1, "not_together")


def test_a_rehearsal_without_a_database_says_so(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    others = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    environment = {key: value for key, value in os.environ.items() if key not in others}
    done = subprocess.run(
        [sys.executable, "manage.py", "rehearse", f"--rules={rules}", "--json"],
        cwd=settings.BASE_DIR,
        env={
            **environment,
            "DJANGO_SETTINGS_MODULE": "config.settings_for_tools",
            "MAILLOT_EMBEDDED": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    codes = [one["code"] for one in json.loads(done.stdout)["issues"]]
    assert (done.returncode, codes, done.stderr) == (1, ["no_database"], "")


def test_a_name_that_no_file_can_have_cannot_be_read() -> None:
    with pytest.raises(Invalid) as caught:
        text_of_file("a\0b")
    assert [one.code for one in caught.value.issues] == ["file_unreadable"]
