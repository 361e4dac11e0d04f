"""`manage.py score_challenge`: the pure engine on files, without a database."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from challenges.boards.rounds import outcome_text, round_title
from challenges.calc import Standings
from challenges.calc.formats.rounds import RoundLine
from challenges.calc.moments import iso_in
from challenges.calc.output import charges_json
from challenges.calc.prizes import Award
from challenges.calc.run import score_texts
from challenges.calc.standings import Standing
from challenges.management.sources import source_of
from challenges.words import counted_text
from common.commands import add_language, in_language, refuse
from common.formats import in_unit_text
from common.issues import text_of
from common.states import look_of
from kernel.issues import Invalid
from kernel.money import Money
from kernel.numbers import round_to

FILES = ("rules", "records", "roster")


class Command(BaseCommand):
    """Exit 0 with the standings; 1 with every issue, its place and its remedy."""

    help = "Score a challenge from files: rules (YAML), records (CSV or JSON), roster (same)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files and the moment."""
        parser.add_argument("--rules", required=True, help="rules document, YAML or JSON")
        parser.add_argument("--records", required=True, help="records: CSV, JSON or JSON lines")
        parser.add_argument("--roster", required=True, help="roster: CSV or JSON")
        parser.add_argument(
            "--as-of", required=True, help="moment of knowledge, for example 2026-12-04T09:00"
        )
        parser.add_argument("--json", action="store_true", help="print everything as JSON")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, score, print."""
        with in_language(options):
            rules, records, roster = (source_of(options[key]) for key in FILES)
            try:
                scored = score_texts(rules, records, roster, options["as_of"])
            except Invalid as invalid:
                refuse(self, invalid.issues, as_json=options["json"])
            if options["json"]:
                plain = scored.as_json(gettext)
                self.stdout.write(json.dumps(plain, indent=2, ensure_ascii=False, sort_keys=True))
            else:
                self._print(scored.result)

    def _print(self, result: Standings) -> None:
        for line in table(result):
            self.stdout.write(line)
        for issue in result.issues:
            self.stderr.write(text_of(issue))


def table(result: Standings) -> list[str]:
    """The standings as lines of text, in the active language."""
    rules = result.rules
    head = (
        rules.name((get_language() or "en")[:2]),
        gettext(rules.format.title),
        str(look_of(result.state.value).label),
        _("as of {moment}").format(moment=iso_in(result.as_of, rules.zone)),
    )
    columns = _line(_("Rank"), _("Name"), _("Score"), _("Reached, prizes, reason"))
    won: dict[str, list[str]] = {}
    for award in result.awards:
        won.setdefault(award.entrant, []).append(_prize(award))
    rows = [_row(row, result, won.get(row.entrant, [])) for row in result.rows]
    return [" · ".join(head), "", columns, *rows, *_rounds(result), *_charges(result)]


def _rounds(result: Standings) -> list[str]:
    """Each round with a line for everybody who played in it."""
    names = {row.entrant: row.name for row in result.rows}
    found: list[str] = []
    for one in result.rounds or ():
        start, end = (iso_in(at, result.rules.zone) for at in (one.span.start, one.span.end))
        found += ["", f"{round_title(one.stage, one.span.number)} · {start} – {end}"]
        found += [_round_line(line, names, result.rules.decimals) for line in one.lines]
    return found


def _charges(result: Standings) -> list[str]:
    """What a signed result leaves to the next period, as lines of a rules document."""
    left = charges_json(result)
    if not left:
        return []
    head = _("To be charged to the next period; for “charges” of the next document:")
    return ["", head, *(f"  - {json.dumps(one, ensure_ascii=False)}" for one in left)]


def _round_line(line: RoundLine, names: Mapping[str, str], decimals: int) -> str:
    rank = "" if line.rank is None else str(line.rank)
    value = "-" if line.value is None else str(round_to(line.value, decimals))
    said = [outcome_text(line.outcome)] if line.outcome else []
    if line.against is not None:
        said.append(_("against {name}").format(name=names.get(line.against, line.against)))
    if line.points is not None:
        said.append(in_unit_text(line.points, "points"))
    return _line(rank, names.get(line.entrant, line.entrant), value, "  ".join(said))


def _row(row: Standing, result: Standings, won: list[str]) -> str:
    rank = "-" if row.rank is None else f"{row.rank}{'=' if row.tied else ''}"
    score = "-" if row.score is None else str(round_to(row.score, result.rules.decimals))
    why = row.reason.text(gettext) if row.reason else ""
    parts = (_reached(row, result), "; ".join(won), why)
    return _line(rank, row.name, score, "  ".join(part for part in parts if part))


def _reached(row: Standing, result: Standings) -> str:
    if row.reached_at is None:
        return ""
    zone = result.rules.zone
    if result.by_day:
        return row.reached_at.astimezone(zone).date().isoformat()
    return iso_in(row.reached_at, zone)


def _line(rank: str, name: str, score: str, rest: str) -> str:
    return f"{rank:>5}  {name:<28} {score:>14}  {rest}".rstrip()


def _prize(award: Award) -> str:
    if award.currency is not None:
        return str(Money(award.amount, award.currency))
    return counted_text(award.amount, award.label or award.kind.value)
