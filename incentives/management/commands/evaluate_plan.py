"""``python manage.py evaluate_plan --plan FILE --inputs FILE [--json]``: no database needed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext

from incentives.calc import (
    Chain,
    PayeeResult,
    Result,
    amount_text,
    calculate,
    calculate_periods,
    check_examples,
    parse_document,
    parse_plan,
)
from kernel.issues import N_, Invalid, Issue, fill
from kernel.trace import Step

ENTRIES = {
    "earned": N_("earned"),
    "held": N_("held back"),
    "released": N_("released"),
    "lapsed": N_("lapsed"),
    "clawed_back": N_("clawed back"),
    "advanced": N_("advanced"),
    "recovered": N_("recovered"),
    "prepaid": N_("paid before"),
    "adjusted": N_("adjusted by hand"),
    "paid": N_("paid out"),
}
ACCOUNT_NAMES = {
    "earned": N_("earned"),
    "payable": N_("payable"),
    "held": N_("held"),
    "paid": N_("paid"),
    "debt": N_("debt"),
}


class Command(BaseCommand):
    """Run the pure calculation on two files."""

    help = "Calculate a plan over inputs of one or several periods: lines, totals, ledger, trace."
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
            inputs = parse_document(text, currency=plan.currency, file=options["inputs"])
            failures = check_examples(plan)
            if failures:
                raise Invalid(failures)
        except Invalid as problem:
            raise CommandError("\n".join(_told(issue) for issue in problem.issues)) from None
        result = (
            calculate_periods(plan, inputs)
            if isinstance(inputs, tuple)
            else calculate(plan, inputs)
        )
        if options["json"]:
            self.stdout.write(result.to_bytes().decode())
        else:
            self._print(result, traced=not options["no_trace"])

    def _print(self, result: Result | Chain, *, traced: bool) -> None:
        if isinstance(result, Result):
            self._print_period(result, traced=traced)
            return
        for period, found in result.periods:
            self.stdout.write(f"{period.name}")
            self._print_period(found, traced=traced)
        self.stdout.write(gettext("Ledger after the last period"))
        for payee, currencies in result.ledger.items():
            for currency, accounts in currencies.items():
                shown = "; ".join(
                    f"{gettext(ACCOUNT_NAMES[account])} {amount_text(amount)}"
                    for account, amount in accounts.items()
                )
                self.stdout.write(f"{payee} ({currency}): {shown}")

    def _print_period(self, result: Result, *, traced: bool) -> None:
        for payee in result.payees:
            self.stdout.write(f"{payee.id}: {amount_text(payee.total)} {payee.currency}")
            for line in payee.lines:
                self.stdout.write(f"  {line.component}: {amount_text(line.amount)}")
            for issue in payee.issues:
                self.stdout.write(f"  ! {issue.text(gettext)}")
            self._print_ledger(payee)
            if traced:
                self._print_step(payee.trace, "    ")

    def _print_ledger(self, payee: PayeeResult) -> None:
        for posting in payee.ledger:
            account, entry = ACCOUNT_NAMES[posting.account], ENTRIES[posting.entry]
            self.stdout.write(
                f"  = {gettext(account)} {amount_text(posting.amount)}"
                f"  ({posting.component}: {gettext(entry)})"
            )

    def _print_step(self, step: Step, indent: str) -> None:
        records = f"  [{', '.join(step.sources)}]" if step.sources else ""
        self.stdout.write(f"{indent}{fill(gettext(step.label), step.params)}{records}")
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
