"""`check_points`: prove the ledger of points against its sources."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from challenges.rewards.checking import Checked, Difference, check_points
from common.commands import add_language, in_language
from people.queries import directory


class Command(BaseCommand):
    """Every balance computed again from results, badges and requests; says what differs."""

    help = "Compute every points balance again from its sources; exit code 1 when one differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--json for a program."""
        parser.add_argument("--json", action="store_true", help="one JSON object")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how much was compared, and each difference."""
        checked = check_points(timezone.now())
        numbers = {one.person_id: one.number for one in directory()}
        with in_language(options):
            if options["json"]:
                self._write_json(checked, numbers)
            else:
                self._write(checked, numbers)
        if not checked.ok:
            sys.exit(1)

    def _write(self, checked: Checked, numbers: dict[int, str]) -> None:
        compared = _("{people} people, {moves} moves, {issued} points issued.")
        self.stdout.write(
            compared.format(people=checked.people, moves=checked.moves, issued=checked.issued)
        )
        differs = _(
            "{person}, {source}, {account}: {ledger} in the ledger, {sources} by its source."
        )
        for one in checked.differences:
            self.stdout.write(differs.format(**_plain(one, numbers)))
        below = _("{person}: {account} was below zero.")
        for person_id, account in checked.below_zero:
            self.stdout.write(below.format(person=numbers[person_id], account=account.value))
        if checked.ok:
            self.stdout.write(_("Everything is as the sources say."))

    def _write_json(self, checked: Checked, numbers: dict[int, str]) -> None:
        body = {
            "ok": checked.ok,
            "people": checked.people,
            "moves": checked.moves,
            "issued": checked.issued,
            "differences": [_plain(one, numbers) for one in checked.differences],
            "below_zero": [
                {"person": numbers[person_id], "account": account.value}
                for person_id, account in checked.below_zero
            ],
        }
        self.stdout.write(json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True))


def _plain(one: Difference, numbers: dict[int, str]) -> dict[str, Any]:
    return {
        "person": numbers[one.person_id],
        "source": one.source,
        "account": one.account.value,
        "ledger": one.ledger,
        "sources": one.sources,
    }
