"""What the commands that people type share: the language, files as text, and refusals."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from common.issues import localized_all, message_of, text_of
from kernel.issues import N_, Invalid, Issue, Place, error


def add_language(parser: ArgumentParser) -> None:
    """The option `--language`."""
    codes = [code for code, _name in settings.LANGUAGES]
    parser.add_argument("--language", choices=codes, help="of all that is said")


def in_language(
    options: Mapping[str, Any], default: str | None = None
) -> AbstractContextManager[None]:
    """Speak the language that was asked for, else the default, else the installation's."""
    return translation.override(options["language"] or default or translation.get_language())


def texts_of_files(names: Sequence[str]) -> list[str]:
    """The texts of the files; CommandError names every one that cannot be read."""
    texts: list[str] = []
    problems: list[str] = []
    for name in names:
        try:
            texts.append(text_of_file(name))
        except Invalid as invalid:
            problems.extend(message_of(issue) for issue in invalid.issues)
    if problems:
        raise CommandError("\n".join(problems))
    return texts


def text_of_file(name: str) -> str:
    """The text of a file in UTF-8, with or without its mark; Invalid says why there is none."""
    try:
        content = Path(name).read_bytes()
    except (OSError, ValueError) as problem:
        raise Invalid([_unread(name, problem)]) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Invalid([_not_utf8(name, content, problem.start)]) from None


def _unread(name: str, problem: OSError | ValueError) -> Issue:
    place = Place(file=Path(name).name)
    match problem:
        case FileNotFoundError():
            message = N_("There is no file {path}.")
            return error("no_file", message, N_("Check the path."), place, path=name)
        case IsADirectoryError():
            message = N_("{path} is a folder, not a file.")
            return error("file_is_folder", message, N_("Name a file in it."), place, path=name)
    message = N_("The file {path} cannot be read.")
    remedy = N_("Check the path, and whether you may read the file.")
    return error("file_unreadable", message, remedy, place, path=name)


def _not_utf8(name: str, content: bytes, position: int) -> Issue:
    place = Place(file=Path(name).name, line=content.count(b"\n", 0, position) + 1)
    message = N_("The file {path} cannot be read as UTF-8 text.")
    return error("not_utf8", message, N_("Save it as UTF-8."), place, path=name)


def refuse(command: BaseCommand, issues: Iterable[Issue], *, as_json: bool) -> NoReturn:
    """Every issue in the reader's language, as JSON on standard output or as lines of errors."""
    if as_json:
        body = {"ok": False, "issues": localized_all(issues)}
        command.stdout.write(json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True))
    else:
        for issue in issues:
            command.stderr.write(text_of(issue))
    sys.exit(1)
