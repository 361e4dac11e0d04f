"""`set_up_company`: the name, currency, zone and country of an installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activities.queries import log_is_empty
from common.issues import text_of
from kernel.issues import N_, Invalid, Place, error
from people.queries import company
from people.services import set_up_company

# what stored amounts and business days depend on
FIXED_BY_RECORDS = ("currency", "timezone")
OPTIONS = ("name", "currency", "timezone", "language", "country", "subdivision")


class Command(BaseCommand):
    """Set up the one company; options that are not given stay as they are."""

    help = "Set the company's name, currency, time zone, language and country."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for option in OPTIONS:
            parser.add_argument(f"--{option}")
        parser.add_argument("--fiscal-year-start-month", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        held = company()
        wanted = {
            key: getattr(held, key) if options[key] is None else options[key]
            for key in (*OPTIONS, "fiscal_year_start_month")
        }
        try:
            changed = [key for key in FIXED_BY_RECORDS if wanted[key] != getattr(held, key)]
            if changed and not log_is_empty():
                raise Invalid(_fixed(key, getattr(held, key)) for key in changed)
            set_up_company(actor=None, managers_see_pay=held.managers_see_pay, **wanted)
        except Invalid as problem:
            raise CommandError("\n".join(map(text_of, problem.issues))) from problem
        self.stdout.write(f"{wanted['name']}: {wanted['currency']}, {wanted['timezone']}")


def _fixed(key: str, value: str) -> Any:
    return error(
        "company.has_records",
        N_("Records are stored with {value}; it cannot be changed any more."),
        N_("Start a new installation for another currency or time zone."),
        Place(path=key),
        value=value,
    )
