"""``python manage.py evaluate_plan --plan FILE --inputs FILE [--json]``: no database needed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext

from incentives.calc import (
    Result,
    amount_text,
    calculate,
    check_examples,
    parse_inputs,
    parse_plan,
)
from kernel.issues import Invalid, Issue
from kernel.trace import Step


class Command(BaseCommand):
    """Run the pure calculation on two files."""

    help = "Calculate a plan document over an inputs file: lines, totals and trace."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The two files; --json for the canonical result; --no-trace for a short listing."""
        parser.add_argument("--plan", required=True, help="plan document, YAML or JSON")
        parser.add_argument("--inputs", required=True, help="inputs, YAML or JSON")
        parser.add_argument("--json", action="store_true", help="the canonical JSON result")
        parser.add_argument("--no-trace", action="store_true", help="only lines and totals")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result; every issue goes to stderr and makes the command fail."""
        try:
            plan = parse_plan(_read(options["plan"]), file=options["plan"])
            text = _read(options["inputs"])
            inputs = parse_inputs(text, currency=plan.currency, file=options["inputs"])
            failures = check_examples(plan)
            if failures:
                raise Invalid(failures)
        except Invalid as problem:
            raise CommandError("\n".join(_told(issue) for issue in problem.issues)) from None
        result = calculate(plan, inputs)
        if options["json"]:
            self.stdout.write(result.to_bytes().decode())
        else:
            self._print(result, traced=not options["no_trace"])

    def _print(self, result: Result, *, traced: bool) -> None:
        for payee in result.payees:
            self.stdout.write(f"{payee.id}: {amount_text(payee.total)} {payee.currency}")
            for line in payee.lines:
                self.stdout.write(f"  {line.component}: {amount_text(line.amount)}")
            for issue in payee.issues:
                self.stdout.write(f"  ! {issue.text(gettext)}")
            if traced:
                self._print_step(payee.trace, "    ")

    def _print_step(self, step: Step, indent: str) -> None:
        records = f"  [{', '.join(step.sources)}]" if step.sources else ""
        self.stdout.write(f"{indent}{step.text()}{records}")
        for child in step.children:
            self._print_step(child, indent + "  ")


def _read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"{name}: {problem}") from None


def _told(issue: Issue) -> str:
    place = f"{issue.place}: " if str(issue.place) else ""
    return f"{place}{issue.text(gettext)} {issue.remedy_text(gettext)}"
