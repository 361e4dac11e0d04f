"""The page "Why did it move" as plain values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from common.formats import delta_text, in_unit_text, number_text, span_text
from kernel import expressions
from kernel.expressions import Expression, Name
from kernel.periods import Period
from kpis.calc.figures import DAYS_IN_PERIOD
from kpis.calc.metrics import is_money
from kpis.calc.moves import DENOMINATOR, NUMERATOR
from kpis.choices import Better
from kpis.moves.queries import Move, Others, Split, Subject, Windows
from kpis.presenters import figure_text, unit_of
from kpis.queries import Catalogue, KpiInfo

MOST_GROUPS = 12
"""Groups with a line of their own; the others stand together."""
Cells = dict[str, Any]


def move_address(kpi_key: str, subject: Subject, period: Period, **more: str) -> str:
    """The page that takes the change of a figure apart."""
    query: list[tuple[str, str]] = [("period", str(period)), *more.items()]
    if subject.person_id is not None:
        query.append(("person", str(subject.person_id)))
    query += [("team", str(one)) for one in sorted(subject.team_ids or ())]
    return f"{reverse('kpis:move', args=[kpi_key])}?{urlencode(query)}"


def change_of(change: Fraction | None, info: KpiInfo, currency: str) -> str:
    """A signed change; between two rates it is in points, not in percent."""
    unit = unit_of(info, currency)
    return "" if change is None else delta_text(change, "points" if unit == "percent" else unit)


def tone_of(change: Fraction | None, info: KpiInfo) -> str:
    """Good or bad by the direction that is better; nothing for no change."""
    if not change:
        return ""
    return "good" if (change > 0) == (info.better == Better.UP) else "bad"


def comparison_rows(
    info: KpiInfo,
    windows: Windows,
    against: Mapping[str, Move],
    others: Others | None,
    currency: str,
) -> list[Cells]:
    """What the figure stands beside: the previous period, last year, the team, the role."""
    now = against["previous"].now.value
    found: list[tuple[str, Fraction | None]] = [
        (_days(windows.previous), against["previous"].before.value),
        (_days(windows.year_before), against["year"].before.value),
    ]
    if others is not None:
        found += [(_("Mean of the own team, same job"), others.team)]
        found += [(_("Mean of the job"), others.role)]
    return [
        {
            "label": label,
            "value": figure_text(value, info, currency),
            "change": change_of(_difference(now, value), info, currency),
            "tone": tone_of(_difference(now, value), info),
        }
        for label, value in found
    ]


def _difference(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    return None if now is None or before is None else now - before


def _days(period: Period) -> str:
    return span_text(period.start, period.end)


# --- the parts of the formula ------------------------------------------------------------------


def part_rows(
    move: Move, known: Catalogue, subject: Subject, window: Period, currency: str
) -> list[Cells]:
    """Each part of the formula with what it did, largest first; none where there is one part."""
    if len(move.parts) < 2:
        return []
    return [
        {
            "label": part.label,
            "before": part.text(one.before, currency),
            "now": part.text(one.now, currency),
            "effect": change_of(one.effect, move.info, currency),
            "tone": tone_of(one.effect, move.info),
            "why": move_address(part.kpi.key, subject, window) if part.kpi else "",
        }
        for one in move.parts
        for part in [_part(one.name, move.info, known)]
    ]


def sentence_of(move: Move, known: Catalogue, currency: str) -> str:
    """The strongest part in words, for where there is room for one line only."""
    if len(move.parts) < 2 or not move.change or not move.parts[0].effect:
        return ""
    one = move.parts[0]
    part = _part(one.name, move.info, known)
    return _("%(part)s: from %(before)s to %(now)s, an effect of %(effect)s") % {
        "part": part.label,
        "before": part.text(one.before, currency),
        "now": part.text(one.now, currency),
        "effect": change_of(one.effect, move.info, currency),
    }


@dataclass(frozen=True, slots=True)
class Part:
    """How a part of a formula is called and written: a KPI, or something of metrics."""

    label: str
    is_money: bool = False
    kpi: KpiInfo | None = None

    def text(self, value: Fraction, currency: str) -> str:
        """A value of the part, in its unit."""
        if self.kpi is not None:
            return figure_text(value, self.kpi, currency)
        return in_unit_text(value, currency) if self.is_money else number_text(value)


def _part(name: str, info: KpiInfo, known: Catalogue) -> Part:
    """A name of the formula, or the numerator or denominator of a rate."""
    rate = expressions.ratio(known.formulas.by_key[info.key])
    if name not in (NUMERATOR, DENOMINATOR):
        return _part_of(Name(name), known)
    if rate is None:  # a mean per record: what it is the mean of, and of how many
        return Part(info.name if name == NUMERATOR else _("Records"))
    top, bottom, _factor = rate
    return _part_of(top if name == NUMERATOR else bottom, known)


def _part_of(expression: Expression, known: Catalogue) -> Part:
    if isinstance(expression, Name) and expression.name in known.kpis:
        info = known.kpis[expression.name]
        return Part(info.name, kpi=info)
    names = expressions.names(expression)
    money = bool(names) and all(
        name in known.metrics and is_money(known.metrics[name].definition) for name in names
    )
    return Part(_words(expression, known), money)


def _words(expression: Expression, known: Catalogue) -> str:
    """A part of a formula with the names that people know."""
    text = expressions.text_of(expression)
    return re.sub(r"[a-z_][a-z0-9_]*", lambda found: _name(found[0], known), text)


def _name(name: str, known: Catalogue) -> str:
    if name in known.kpis:
        return known.kpis[name].name
    if name in known.metrics:
        return known.metrics[name].name
    return _("Days in the period") if name == DAYS_IN_PERIOD else name


# --- the groups --------------------------------------------------------------------------------


def group_rows(found: Split, info: KpiInfo, currency: str) -> list[Cells]:
    """The groups that did most, the others together, what no group explains, and the sum."""
    moved = [one for one in found.effects.effects if one.effect or one.numerator]
    rows = [
        {
            "label": found.names[one.key],
            "before": figure_text(one.before, info, currency),
            "now": figure_text(one.now, info, currency),
            **_effects((one.numerator, one.denominator, one.effect), info, currency),
        }
        for one in moved[:MOST_GROUPS]
    ]
    others = moved[MOST_GROUPS:]
    if others:
        sums = [sum((getattr(one, name) for one in others), Fraction(0))
                for name in ("numerator", "denominator", "effect")]  # fmt: skip
        label = _("%(n)s others together") % {"n": number_text(len(others))}
        rows.append({"label": label, **_effects(sums, info, currency)})
    rest = found.effects.rest
    if rest:
        label = _("Counted in several lines")
        rows.append({"label": label, **_effects((Fraction(0), Fraction(0), rest), info, currency)})
    return rows


def _effects(effects: Sequence[Fraction], info: KpiInfo, currency: str) -> Cells:
    top, bottom, both = (change_of(one, info, currency) if one else "–" for one in effects)
    return {
        "numerator": top,
        "denominator": bottom,
        "effect": both,
        "tone": tone_of(effects[2], info),
    }
