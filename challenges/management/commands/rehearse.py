"""`manage.py rehearse`: the rules on the last months, from the database or from files."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand
from django.db import OperationalError
from django.utils.translation import gettext

from challenges.calc.rehearsal import Play
from challenges.calc.rehearsal_output import rehearsal_json
from challenges.calc.run import (
    Rehearsed,
    Source,
    collected,
    document_of,
    read_as_of,
    rehearse_texts,
)
from challenges.calc.verdict import verdict
from challenges.fairness.rehearsing import rehearse_document
from challenges.fairness.words import said
from challenges.gathering.rosters import Audience
from challenges.management.sources import source_of
from challenges.services import read_draft
from challenges.services.locking import database_clock
from common.commands import add_language, in_language, refuse
from kernel.issues import N_, Invalid, Issue, error

NAMED = 10
"""How many winners of a replay are named; `--json` has all of them."""
NO_DATABASE = error(
    "no_database",
    N_("The database cannot be reached."),
    N_("Start it, or give --records, --roster and --as-of: with them no database is read."),
)


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
            except OperationalError:
                refuse(self, [NO_DATABASE], as_json=options["json"])
            if options["json"]:
                plain = rehearsal_json(done.rules, done.rehearsal, done.as_of, gettext)
                self.stdout.write(json.dumps(plain, indent=2, ensure_ascii=False, sort_keys=True))
                return
            for line in lines(done):
                self.stdout.write(line)


def _has_files(options: dict[str, Any]) -> bool:
    given = [bool(options[key]) for key in ("records", "roster")]
    if any(given) and not (all(given) and options["as_of"]):
        message = N_("--records, --roster and --as-of belong together.")
        remedy = N_("Give all three, or neither records nor roster.")
        raise Invalid([error("not_together", message, remedy)])
    return all(given)


def _from_files(options: dict[str, Any]) -> Rehearsed:
    rules, records, roster = (source_of(options[key]) for key in ("rules", "records", "roster"))
    return rehearse_texts(rules, records, roster, months=options["months"], as_of=options["as_of"])


def _from_database(options: dict[str, Any]) -> Rehearsed:
    source = source_of(options["rules"])
    issues: list[Issue] = []
    draft = collected(lambda: read_draft(source.read()), issues)
    zone = ZoneInfo("UTC") if draft is None else draft.rules.zone
    as_of = collected(lambda: _as_of(options["as_of"], zone), issues)
    if draft is None or as_of is None:
        raise Invalid([_in_file(issue, source.name) for issue in issues])
    plain = document_of(Source(draft.text, source.name))
    done = rehearse_document(plain, Audience(draft.team_ids), months=options["months"], as_of=as_of)
    return Rehearsed(draft.rules, done.rehearsal, as_of)


def _as_of(text: str | None, zone: ZoneInfo) -> datetime:
    return database_clock() if text is None else read_as_of(text, zone)


def _in_file(issue: Issue, file: str) -> Issue:
    """What is wrong in the rules names their file; the moment comes from no file."""
    place = issue.place
    return issue if place.file or place.path == "as-of" else issue.at(replace(place, file=file))


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
    winners = ", ".join(winner.name for winner in one.winners[:NAMED]) or "-"
    more = len(one.winners) - NAMED
    return f"{first} – {last}  {winners}{f' +{more}' if more > 0 else ''}"
