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
from django.utils.translation import gettext as _

from common.issues import localized_all, text_of
from kernel.issues import Issue


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
            texts.append(Path(name).read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            problems.append(_("There is no file {path}.").format(path=name))
        except (OSError, UnicodeDecodeError):
            problems.append(_("The file {path} cannot be read as UTF-8 text.").format(path=name))
    if problems:
        raise CommandError("\n".join(problems))
    return texts


def refuse(command: BaseCommand, issues: Iterable[Issue], *, as_json: bool) -> NoReturn:
    """Every issue in the reader's language, as JSON on standard output or as lines of errors."""
    if as_json:
        body = {"ok": False, "issues": localized_all(issues)}
        command.stdout.write(json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True))
    else:
        for issue in issues:
            command.stderr.write(text_of(issue))
    sys.exit(1)
