"""``python manage.py evaluate_plan --plan FILE --inputs FILE [--json]``: no database needed."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext

from common.commands import add_language, in_language, refuse, texts_of_files
from common.issues import text_of
from incentives.calc import (
    Chain,
    Inputs,
    PayeeResult,
    Plan,
    Result,
    amount_text,
    calculate,
    calculate_periods,
    check_examples,
    parse_plan,
    published_plan,
    review_plan,
)
from incentives.calc.inputs import read_document
from incentives.calc.ledger import ENTRIES
from incentives.calc.unread import unread
from incentives.calc.zeros import zero_notes
from kernel.documents import Document, load_text
from kernel.issues import N_, Invalid, Issue, Level
from kernel.trace import Step

Read = Inputs | tuple[Inputs, ...]
ACCOUNT_NAMES = {
    "earned": N_("earned"),
    "payable": N_("payable"),
    "held": N_("held"),
    "paid": N_("paid"),
    "debt": N_("debt"),
}
NO_PLAN = "EUR"


class Command(BaseCommand):
    """Run the pure calculation on two files."""

    help = "Calculate a plan over inputs of one or several periods: lines, totals, ledger, trace."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The two files; --json for the canonical result; --no-trace for a short listing."""
        parser.add_argument("--plan", required=True, help="plan document, YAML or JSON")
        parser.add_argument("--inputs", required=True, help="inputs, YAML or JSON")
        parser.add_argument(
            "--json",
            action="store_true",
            help="the canonical JSON result: the same bytes in every language",
        )
        parser.add_argument("--no-trace", action="store_true", help="only lines and totals")
        parser.add_argument(
            "--published",
            action="store_true",
            help="the plan is a published version, as in a proof: newer rules refuse nothing",
        )
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result; every issue of both files is told and makes the command fail."""
        with in_language(options):
            try:
                files = options["plan"], options["inputs"]
                plan, inputs, notes = _read(*files, published=options["published"])
            except Invalid as problem:
                if options["json"]:
                    refuse(self, problem.issues, as_json=True)
                told = "\n".join(text_of(issue) for issue in problem.issues)
                raise CommandError(told) from None
            if not options["json"]:
                self._notes(plan, options["plan"], notes)
            self._answer(plan, inputs, notes, options)

    def _notes(self, plan: Plan, file: str, notes: Sequence[Issue]) -> None:
        """What deserves a look in plan and inputs, beside the result: on standard error."""
        (text,) = texts_of_files((file,))
        for issue in (*review_plan(plan, load_text(text, file)), *notes):
            self.stderr.write(f"! {text_of(issue)}")

    def _answer(
        self, plan: Plan, inputs: Read, notes: Sequence[Issue], options: dict[str, Any]
    ) -> None:
        result: Result | Chain
        if isinstance(inputs, tuple):
            result = calculate_periods(plan, inputs)
        else:
            result = calculate(plan, inputs)
        if options["json"]:
            # the file is the one that was given: the result does not depend on its name
            told = (issue.at(replace(issue.place, file=None)) for issue in notes)
            result = replace(result, issues=(*told, *result.issues))
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
        for issue in result.issues:
            self.stdout.write(f"! {issue.text(gettext)}")
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
        self.stdout.write(f"{indent}{step.text(gettext)}{records}")
        for child in step.children:
            self._print_step(child, indent + "  ")


def _read(
    plan_file: str, inputs_file: str, *, published: bool
) -> tuple[Plan, Read, tuple[Issue, ...]]:
    """The plan, its inputs, and what deserves a look in them; Invalid with the issues of both."""
    plan_text, text = texts_of_files((plan_file, inputs_file))
    issues: list[Issue] = []
    plan: Plan | None = None
    try:
        if published:
            plan = published_plan(plan_text, plan_file)
        else:
            plan = parse_plan(plan_text, file=plan_file)
            issues.extend(_refusals(plan, load_text(plan_text, plan_file)))
    except Invalid as problem:
        issues.extend(problem.issues)
    currency = NO_PLAN if plan is None else plan.currency
    fixed = plan is not None and bool(plan.conversion.rates)
    try:
        inputs, notes = read_document(text, currency=currency, file=inputs_file, convertible=fixed)
    except Invalid as problem:
        # without a plan there is no currency that a credit could differ from
        unsaid = "inputs.other_currency" if plan is None else None
        told = [issue for issue in problem.issues if issue.code != unsaid]
        raise Invalid(issues, told) from None
    if issues or plan is None:
        raise Invalid(issues)
    periods = inputs if isinstance(inputs, tuple) else (inputs,)
    return plan, inputs, (*notes, *unread(plan, periods))


def _refusals(plan: Plan, written: Document) -> list[Issue]:
    """A readable plan is refused when an example fails, or a quota is 0."""
    failing = (issue.at(written.place(issue.place.path)) for issue in check_examples(plan))
    zeros = (issue for issue in zero_notes(plan, written) if issue.level is Level.ERROR)
    return [*failing, *zeros]
