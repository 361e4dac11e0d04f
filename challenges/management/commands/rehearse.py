"""`manage.py rehearse`: the rules on the last months, from the database or from files."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from challenges.calc.rehearsal import Play
from challenges.calc.rehearsal_output import rehearsal_json
from challenges.calc.run import Rehearsed, Source, document_of, read_as_of, rehearse_texts
from challenges.calc.verdict import verdict
from challenges.fairness.rehearsing import rehearse_document
from challenges.fairness.words import said
from challenges.gathering.inputs import Audience
from challenges.services import read_draft
from challenges.services.locking import database_clock
from common.commands import add_language, in_language, refuse, texts_of_files
from kernel.issues import Invalid


class Command(BaseCommand):
    """Exit 0 with the rehearsal; 1 with every issue, its place and its remedy."""

    help = "Replay the rules of a challenge on the last months: who would have won, at what cost."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The rules, how far back, and files instead of the database."""
        parser.add_argument("--rules", required=True, help="rules document, YAML or JSON")
        parser.add_argument("--months", type=int, default=6, help="how many months to look back")
        parser.add_argument("--records", help="records file; with --roster no database is read")
        parser.add_argument("--roster", help="roster file")
        parser.add_argument("--as-of", help="moment of knowledge; needed with files, otherwise now")
        parser.add_argument("--json", action="store_true", help="print everything as JSON")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, replay, print."""
        with in_language(options):
            try:
                done = _from_files(options) if _has_files(options) else _from_database(options)
            except Invalid as invalid:
                refuse(self, invalid.issues, as_json=options["json"])
            if options["json"]:
                plain = rehearsal_json(done.rules, done.rehearsal, done.as_of, gettext)
                self.stdout.write(json.dumps(plain, indent=2, ensure_ascii=False, sort_keys=True))
                return
            for line in lines(done):
                self.stdout.write(line)


def _has_files(options: dict[str, Any]) -> bool:
    given = [bool(options[key]) for key in ("records", "roster")]
    if any(given) and not (all(given) and options["as_of"]):
        raise CommandError(_("--records, --roster and --as-of belong together."))
    return all(given)


def _sources(names: Sequence[str]) -> list[Source]:
    texts = texts_of_files(names)
    return [Source(text, Path(name).name) for text, name in zip(texts, names, strict=True)]


def _from_files(options: dict[str, Any]) -> Rehearsed:
    rules, records, roster = _sources([options[key] for key in ("rules", "records", "roster")])
    return rehearse_texts(rules, records, roster, months=options["months"], as_of=options["as_of"])


def _from_database(options: dict[str, Any]) -> Rehearsed:
    (source,) = _sources([options["rules"]])
    draft = read_draft(source.text)
    as_of = _as_of(options["as_of"], draft.rules.zone)
    plain = document_of(Source(draft.text, source.name))
    done = rehearse_document(plain, Audience(draft.team_ids), months=options["months"], as_of=as_of)
    return Rehearsed(draft.rules, done.rehearsal, as_of)


def _as_of(text: str | None, zone: Any) -> datetime:
    return database_clock() if text is None else read_as_of(text, zone)


def lines(done: Rehearsed) -> list[str]:
    """The verdict, then a line for each replay, in the active language."""
    found = []
    for one in verdict(done.rehearsal):
        found.append(said(one.says))
        if one.advice is not None:
            found.append(f"  → {said(one.advice)}")
    return [*found, "", *(_line(one) for one in done.rehearsal.plays)]


def _line(one: Play) -> str:
    zone = one.rules.zone
    first, last = (at.astimezone(zone).date() for at in (one.rules.start, one.rules.end))
    winners = ", ".join(winner.name for winner in one.winners) or "-"
    return f"{first} – {last}  {winners}"
