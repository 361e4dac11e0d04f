"""Plain values for the pages of this room."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from activities.choices import Stage
from activities.queries import LogRow, activity_types
from common.boards import BoardLine
from common.formats import (
    MISSING,
    day_text,
    in_unit_text,
    minor_text,
    moment_text,
    number_text,
    percent_text,
    share,
    span_text,
)
from common.labels import label
from kernel.periods import Period
from kpis.calc.metrics import Definition, is_money
from kpis.choices import Better, Unit
from kpis.dictionary.words import formula_words
from kpis.engine.grouping import RECORDS
from kpis.queries import (
    Board,
    BoardRow,
    Catalogue,
    KpiInfo,
    KpiValues,
    OpenDeal,
    ScoredRecord,
)
from kpis.windows import KINDS, PageWindow
from people.access import Scope

MOST_RECORDS = 200


def unit_of(info: KpiInfo, currency: str) -> str:
    """The unit as the formats know it: the currency for money."""
    return currency if info.unit == Unit.MONEY else info.unit


def figure_text(value: Fraction | None, info: KpiInfo, currency: str) -> str:
    """A value of a KPI in its unit; a dash where there is none."""
    return in_unit_text(value, unit_of(info, currency))


# --- leaderboards ----------------------------------------------------------------------------


def address(name: str, query: Mapping[str, str], **kwargs: object) -> str:
    """The address of a page with its parameters."""
    return f"{reverse(name, kwargs=kwargs or None)}?{urlencode(query)}"


def board_lines(
    board: Board, scope: Scope, currency: str, at: Sequence[int] | None = None
) -> list[BoardLine]:
    """The visible rows, none while all are 0; the leader with a value wears yellow, where people
    or their teams are ranked. `at`: only those at these places."""
    values = [row.figure.value for row in board.rows if row.figure.value is not None]
    if not any(values):
        return []  # everybody first with 0 says nothing
    best = max(values, default=None)
    drawn = best is not None and best > 0 and min(values) >= 0 and board.kpi.better == Better.UP
    of_records = board.by in RECORDS
    lines = []
    for place in range(len(board.rows)) if at is None else at:
        row = board.rows[place]
        value = row.figure.value
        lines.append(
            BoardLine(
                key=f"{board.by}-{_plain_id(row)}",
                rank=MISSING if row.rank is None else str(row.rank),
                name=row.name,
                value=figure_text(value, board.kpi, currency),
                initials="" if of_records else row.initials,
                change=row.change,
                jersey="yellow" if row.rank == 1 and value and not of_records else "",
                percent=share(value, best) if drawn else None,
                gap=_gap(board, row, currency),
                detail=row.detail,
                me=row.is_me,
                tie=row.tied,
                url=_why(board, row, scope),
                hidden=board.hidden_before[place],
            )
        )
    return lines


def _plain_id(row: BoardRow) -> str:
    """Without signs that a page would have to escape, and as different as the ids."""
    return str(row.id) if isinstance(row.id, int) else row.id.encode().hex()


def _gap(board: Board, row: BoardRow, currency: str) -> str:
    if row.gap is None or not row.is_me:
        return ""
    amount = figure_text(row.gap, board.kpi, currency)
    return _("%(amount)s to rank %(rank)s") % {"amount": amount, "rank": row.gap_rank}


def _why(board: Board, row: BoardRow, scope: Scope) -> str:
    if board.by != "person" or not isinstance(row.id, int) or row.id not in scope:
        return ""
    return explain_address(board.kpi.key, row.id, board.period)


def explain_address(kpi_key: str, person_id: int, period: Period) -> str:
    """The page that says what a person's figure is made of."""
    query = {"period": str(period)}
    return address("kpis:explain", query, kpi_key=kpi_key, person_id=person_id)


def board_tabs(board: Board, window: PageWindow) -> list[dict[str, Any]]:
    """The windows to choose from, around the day that the page shows."""
    names = {
        "day": _("Day"),
        "week": _("Week"),
        "month": _("Month"),
        "quarter": _("Quarter"),
        "year": _("Year"),
        "custom": _("Dates"),
    }
    base = {"kpi": board.kpi.key, "by": board.by}
    day = window.period.start.isoformat()
    own = {"window": "custom", "from": day, "until": window.period.last.isoformat()}
    return [
        {
            "label": names[kind],
            "url": address(
                "kpis:leaderboard",
                base | (own if kind == "custom" else {"window": kind, "on": day}),
            ),
            "active": kind == window.kind,
        }
        for kind in KINDS
    ]


def window_title(window: PageWindow) -> str:
    """The period in words: a month by its name, otherwise its days."""
    if window.kind == "month":
        return day_text(window.period.start, "month")
    if window.kind == "day":
        return day_text(window.period.start, "long")
    return span_text(window.period.start, window.period.end)


# --- explanation -----------------------------------------------------------------------------


def explanation(
    info: KpiInfo, known: Catalogue, row: KpiValues | None, currency: str
) -> list[dict[str, Any]]:
    """The steps of a figure: the formula with its value, and each metric that it reads."""
    figure = row.figures[info.key] if row else None
    metrics = row.metrics if row else {}
    read = known.formulas.needed(info.key)
    children = [
        {
            "label": one.name,
            "value": metric_text(metrics[key].value, one.definition, currency),
        }
        for key, one in known.metrics.items()
        if key in read and key in metrics
    ]
    names = {key: one.name for key, one in known.metrics.items()} | {
        key: one.name for key, one in known.kpis.items()
    }
    words = formula_words(known.formulas.by_key[info.key], names)
    exact = "" if figure is None or figure.value is None else f" = {number_text(figure.value, 6)}"
    return [
        {
            "label": info.name,
            "rule": f"{words}{exact}",
            "value": figure_text(figure.value if figure else None, info, currency),
            "total": True,
            "open": True,
            "children": children,
        }
    ]


def metric_text(value: Fraction | None, definition: Definition, currency: str) -> str:
    """A value of a metric: money in the company's currency, anything else as a number."""
    return in_unit_text(value, currency) if is_money(definition) else number_text(value)


def record_tables(
    records: Sequence[ScoredRecord],
    known: Catalogue,
    currency: str,
    language: str,
    names: Mapping[int, str] | None = None,
) -> list[dict[str, Any]]:
    """The records behind a figure, one table per metric, newest first; with the `names` of people
    where the figure is of several."""
    types = {row.key: row.label(language) for row in activity_types()}
    tables: dict[str, list[ScoredRecord]] = {}
    for record in records:
        tables.setdefault(record.metric, []).append(record)
    return [
        {
            "title": known.metrics[key].name,
            "count": len(rows),
            "more": max(0, len(rows) - MOST_RECORDS),
            "rows": [
                {
                    "at": moment_text(row.occurred_at),
                    "who": (names or {}).get(row.person_id, ""),
                    "type": types.get(row.type, row.type),
                    "what": row.label,
                    "product": row.product or "",
                    "source": f"{row.source} {row.external_id}",
                    "value": metric_text(row.value, known.metrics[key].definition, currency),
                }
                for row in rows[:MOST_RECORDS]
            ],
        }
        for key, rows in sorted(tables.items())
    ]


def deal_rows(deals: Sequence[OpenDeal], currency: str) -> list[dict[str, str]]:
    """Open deals with what they are worth to a stock."""
    return [
        {
            "name": deal.name or deal.account or deal.external_id,
            "stage": str(Stage(deal.stage).label),
            "since": day_text(deal.entered_at.date()) if deal.entered_at else MISSING,
            "amount": minor_text(
                deal.list_price_minor if deal.amount_minor is None else deal.amount_minor, currency
            ),
            "probability": percent_text(deal.probability * 100, 0),
        }
        for deal in deals
    ]


def record_rows(rows: Iterable[LogRow]) -> list[dict[str, Any]]:
    """Records as lines: what, with whom, for how much, when."""
    return [
        {
            "at": moment_text(row.occurred_at),
            "title": label(row.type_fr, row.type_en),
            "account": row.account or "",
            "amount": ""
            if row.amount_minor is None
            else minor_text(row.amount_minor, row.currency),
        }
        for row in rows
    ]
