"""`python manage.py kpi_values`: the exact figures of a KPI, for people and for programs."""

import json
from argparse import ArgumentParser
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from common.commands import add_language, in_language, refuse
from common.issues import text_of
from kernel.issues import Invalid
from kernel.numbers import Rounding, as_text, round_to
from kernel.periods import Period, parse_period
from kpis import queries
from kpis.services import catch_up
from people.queries import company

PLACES = 6


class Command(BaseCommand):
    help = (
        "Print exact values of a KPI: numerator, denominator and value (value = numerator /"
        " denominator * factor). --to is exclusive. Money is in major units, percent is 0 to 100."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--kpi", required=True, help="key of a KPI, as revenue_booked")
        parser.add_argument(
            "--by",
            default="total",
            help="person, team, manager, region, role, product, series, account, segment, day, "
            "week, month, quarter, year, total; several with commas: person,month",
        )
        parser.add_argument("--from", dest="start", help="first day, as 2026-01-31")
        parser.add_argument("--to", dest="end", help="day after the last, exclusive")
        parser.add_argument("--period", help="instead of --from and --to: 2026-11, 2026-Q4, 2026")
        parser.add_argument(
            "--as-known-at", help="as the log stood at this moment, as 2026-01-31T12:00:00+01:00"
        )
        parser.add_argument(
            "--from-log", action="store_true", help="compute from the records, not from the cells"
        )
        parser.add_argument("--json", action="store_true", help="machine-readable output")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with in_language(options, company().language):
            self._answer(options)

    def _answer(self, options: dict[str, Any]) -> None:
        try:
            period = _period(options)
            rows = queries.kpi_values(
                options["kpi"],
                by=options["by"],
                period=period,
                as_known_at=_moment(options["as_known_at"]),
                # figures that no worker has brought up to date yet would be wrong without a word
                from_log=options["from_log"] or not catch_up(period),
            )
        except Invalid as invalid:
            if options["json"]:
                refuse(self, invalid.issues, as_json=True)
            raise CommandError("\n".join(text_of(issue) for issue in invalid.issues)) from None
        answer = [_row(row) for row in rows]
        if options["json"]:
            info = queries.catalogue(period.last).kpi(options["kpi"])
            head = {"kpi": info.key, "unit": info.unit, "formula": info.formula,
                    "currency": company().currency if info.unit == "money" else None,
                    "from": period.start.isoformat(), "to": period.end.isoformat()}  # fmt: skip
            self.stdout.write(json.dumps({**head, "rows": answer}, ensure_ascii=False, indent=1))
            return
        self.stdout.write(_table(answer))


def _row(row: queries.KpiValue) -> dict[str, Any]:
    figure = row.figure
    groups = {str(part.dimension): part.name for part in row.group}
    return {
        "key": " / ".join(part.key for part in row.group) or "total",
        "label": " / ".join(groups.values()) or _("total"),
        "group": groups,
        "keys": {str(part.dimension): part.key for part in row.group},
        "numerator": _text(figure.numerator),
        "denominator": _text(figure.denominator),
        "factor": as_text(figure.factor),
        "value": _text(figure.value),
        "rounded": None if figure.value is None else _rounded(figure.value),
    }


def _rounded(value: Fraction) -> str:
    """Six places for reading; an exact half goes to the even digit, as in most statistics."""
    return f"{round_to(value, PLACES, Rounding.HALF_EVEN):f}"


def _text(value: Fraction | None) -> str | None:
    return None if value is None else as_text(value)


def _table(rows: list[dict[str, Any]]) -> str:
    head = ["key", "label", "numerator", "denominator", "value", "rounded"]
    titles = [_("Key"), _("Label"), _("Numerator"), _("Denominator"), _("Value"), _("Rounded")]
    lines = [titles, *[["–" if row[name] is None else row[name] for name in head] for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _period(options: dict[str, Any]) -> Period:
    if options["period"]:
        return parse_period(options["period"])
    if not options["start"] or not options["end"]:
        raise CommandError(_("Give --from and --to, or --period."))
    return Period(_day(options["start"]), _day(options["end"]))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = _('"%(text)s" is not a date. Write it as 2026-01-31.') % {"text": text}
        raise CommandError(message) from None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = _('"%(text)s" is not a moment. Write it as 2026-01-31T12:00:00+01:00.')
        raise CommandError(message % {"text": text}) from None
    # a moment without a zone is meant in the company's
    zone: ZoneInfo = company().tz
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
