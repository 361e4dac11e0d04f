"""`award_badges`: look at all badges and at the jerseys of months that are due."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from challenges.badges import services
from challenges.calc.moments import read_moment
from common.commands import add_language, in_language, refuse
from kernel.issues import N_, Invalid, Place, error
from people.queries import company


class Command(BaseCommand):
    """Running it twice changes nothing the second time."""

    help = "Award badges and sign the jerseys of months that are due. Idempotent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The moment, and --json for a program."""
        parser.add_argument("--as-of", help="moment of knowledge (default: now)")
        parser.add_argument("--json", action="store_true", help="one JSON object")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what changed."""
        with in_language(options):
            try:
                at = _moment(options["as_of"])
            except Invalid as problem:
                refuse(self, problem.issues, as_json=options["json"])
            outcome, months = services.award_all(at=at), services.sign_due_months(at=at)
            if options["json"]:
                body = {**outcome.as_json(), "months_signed": months}
                self.stdout.write(json.dumps(body, indent=2, sort_keys=True))
            else:
                self._write(outcome, months)

    def _write(self, outcome: services.Outcome, months: list[str]) -> None:
        texts = (
            (_("awarded"), outcome.awarded),
            (_("taken back"), outcome.taken_back),
            (_("given back"), outcome.given_back),
            (_("jerseys signed"), months),
        )
        for title, names in texts:
            self.stdout.write(f"{title}: {len(names)}")
            for name in names:
                self.stdout.write(f"  {name}")


def _moment(text: str | None) -> datetime:
    """The moment asked for; `Invalid` for one that is still to come, because what is known then
    nobody knows yet."""
    now = timezone.now()
    if text is None:
        return now
    place = Place(path="--as-of")
    moment, _only_day = read_moment(text, company().tz, place)
    if moment > now:
        raise Invalid(
            error(
                "badges.future",
                N_("{text} is still to come."),
                N_("Give a moment that has passed, or none."),
                place,
                text=text,
            )
        )
    return moment.astimezone(UTC)
