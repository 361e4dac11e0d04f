"""`python manage.py forecast_backtest`: how good the forecast would have been, known then only."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from common.commands import add_language, in_language, refuse
from common.issues import text_of
from kernel.issues import Invalid
from kernel.periods import Period, parse_period
from kpis.calc.forecast.checks import LEAST_CLOSINGS, kind_of
from kpis.calc.forecast.forecast import Forecast, Measure, Outcome, is_mid, measured
from kpis.forecast.services import calculate, current_periods
from people import queries as people

KINDS = ("company", "team", "person")
_PLACES = Decimal("0.0001")


class Command(BaseCommand):
    help = (
        "Make, for each week of the past periods, the forecast that would have been made then, and"
        " compare it with what the period became: the share of outcomes inside the range from the"
        " 10th to the 90th percentile, and the mean error of the expected value."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--period",
            help="the period whose predecessors are tested, as 2026-11 or 2026-Q4;"
            " default: this month and this quarter",
        )
        parser.add_argument("--json", action="store_true", help="machine-readable output")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with in_language(options, people.company().language):
            self._answer(options)

    def _answer(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        try:
            asked = _asked(options["period"], people.today(now))
        except Invalid as invalid:
            if options["json"]:
                refuse(self, invalid.issues, as_json=True)
            raise CommandError("\n".join(text_of(issue) for issue in invalid.issues)) from None
        found = [calculate(period, now=now) for period in asked]
        if options["json"]:
            answer = [_document(one) for one in found]
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            return
        self.stdout.write("\n\n".join(_table(one) for one in found))


def _asked(text: str | None, day: Any) -> Sequence[Period]:
    return current_periods(day) if text is None else [parse_period(text)]


def _rows(found: Forecast) -> list[tuple[str, str, Measure, Measure]]:
    """(kind, period or "all", every week, the week in the middle)."""
    asked = [one for one in found.outcomes if one.offset]
    periods = sorted({one.period for one in asked})
    rows = []
    for kind in KINDS:
        of_kind = [one for one in asked if kind_of(one.group) == kind]
        parts: list[tuple[str, Iterable[Outcome]]] = [("all", of_kind)]
        parts += [(one.name, [row for row in of_kind if row.period == one]) for one in periods]
        for name, part in parts:
            held = list(part)
            middle = measured(row for row in held if is_mid(row))
            rows.append((kind, name, measured(held), middle))
    return rows if asked else []


def _document(found: Forecast) -> dict[str, Any]:
    return {
        "before": found.period.name,
        "closings": found.closings,
        "rows": [
            {"kind": kind, "period": name, "weeks": _measure(every), "middle": _measure(middle)}
            for kind, name, every, middle in _rows(found)
        ],
    }


def _measure(one: Measure) -> dict[str, Any]:
    return {"count": one.count, "inside": _text(one.inside), "error": _text(one.error)}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(_PLACES, rounding=ROUND_HALF_UP))


def _table(found: Forecast) -> str:
    title = _("Forecasts of the periods before %(period)s") % {"period": found.period.name}
    rows = _rows(found)
    if not rows:
        few = _("Not enough history: %(n)s deals closed, at least %(least)s before a whole period.")
        return title + "\n" + few % {"n": found.closings, "least": LEAST_CLOSINGS}
    names = {"company": _("company"), "team": _("team"), "person": _("person"), "all": _("all")}
    head = [_("Of"), _("Period"), _("Forecasts"), _("Inside 10-90"), _("Mean error"),
            _("Inside, mid-period"), _("Error, mid-period")]  # fmt: skip
    lines = [
        [names[kind], names.get(name, name), str(every.count), _percent(every.inside),
         _percent(every.error), _percent(middle.inside), _percent(middle.error)]
        for kind, name, every, middle in rows
    ]  # fmt: skip
    widths = [max(len(line[at]) for line in (head, *lines)) for at in range(len(head))]
    shown = [
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *lines)
    ]
    return "\n".join((title, *shown))


def _percent(value: Decimal | None) -> str:
    return "–" if value is None else f"{value * 100:.1f} %"
