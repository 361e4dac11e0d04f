"""``python manage.py export_proof --statement ID --out FILE``: the proof of one statement."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from common.commands import add_language, in_language
from common.issues import text_of
from incentives.models import Statement
from incentives.statements.proofs import RELATED, UNREAD, digest, proof_of
from kernel.issues import Invalid


class Command(BaseCommand):
    """Write one file with everything that a statement follows from."""

    help = "Write the proof of a statement: plan, inputs, result and trace in one zip."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The statement's number, and where to write."""
        parser.add_argument("--statement", required=True, type=int, help="number of the statement")
        parser.add_argument("--out", required=True, type=Path, help="the file to write")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, and print the digest that the statement's page shows."""
        with in_language(options):
            self._write(options["statement"], options["out"])

    def _write(self, number: int, path: Path) -> None:
        rows = Statement.objects.select_related(*RELATED).defer(*UNREAD)
        row = rows.filter(pk=number).first()
        if row is None:
            raise CommandError(_("There is no statement %(n)s.") % {"n": number})
        try:
            path.write_bytes(proof_of(row))
        except Invalid as problem:
            raise CommandError("\n".join(map(text_of, problem.issues))) from None
        except OSError as problem:
            raise CommandError(f"{path}: {problem.strerror}") from None
        self.stdout.write(digest(row))
