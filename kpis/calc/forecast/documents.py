"""A forecast as plain values to keep: exact texts and integers, no floats."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from kpis.calc.forecast.book import ORDER, WON
from kpis.calc.forecast.chances import LOST, Band, Chances
from kpis.calc.forecast.checks import kind_of, person_group
from kpis.calc.forecast.forecast import Forecast, Measure, Outcome, is_mid, measures_by

PLACES = Decimal("0.000001")
MOST_DEALS = 100
"""Open deals kept for a person, those with the most weight."""
Document = dict[str, Any]


def learnt_document(found: Forecast) -> Document:
    """What all lines share: stages, correction, and how good the method was before."""
    asked = [one for one in found.outcomes if one.offset]
    middle = [one for one in asked if is_mid(one)]
    correction = found.correction
    return {
        "closings": found.closings,
        "stages": [_stage(stage, found.chances) for stage in ORDER],
        "correction": {
            "factor": _text(correction.factor),
            "common": _text(correction.common),
            "own": _text(correction.own),
            "periods": correction.periods,
        },
        "measures": _measures(asked),
        "middle": _measures(middle),
        "by_period": {
            kind: _keyed([one for one in asked if kind_of(one.group) == kind], _period_of)
            for kind in sorted({kind_of(one.group) for one in asked})
        },
    }


def _measures(outcomes: list[Outcome]) -> Document:
    return _keyed(outcomes, lambda one: kind_of(one.group))


def _keyed(outcomes: list[Outcome], key: Callable[[Outcome], str]) -> Document:
    found: Mapping[str, Measure] = measures_by(outcomes, key)
    return {
        name: {"count": one.count, "inside": _text(one.inside), "error": _text(one.error)}
        for name, one in found.items()
    }


def _period_of(outcome: Outcome) -> str:
    return outcome.period.name


def _stage(stage: str, chances: Chances) -> Document:
    return {
        "stage": stage,
        "learnt": _text(chances.learnt.get(stage)),
        "stated": _text(chances.edits.get(stage)),
        "bands": [_band(one) for one in chances.bands[stage] if one.at_risk],
    }


def _band(band: Band) -> Document:
    counts = band.endings
    moved = sum(number for ending, number in counts.items() if ending not in (WON, LOST))
    return {
        "from": band.start,
        "to": band.end,
        "at_risk": band.at_risk,
        "won": counts.get(WON, 0),
        "lost": counts.get(LOST, 0),
        "moved": moved,
    }


def deal_rows(found: Forecast) -> dict[str, list[Document]]:
    """The open deals of each person's group, those with the most weight first."""
    by_owner: dict[str, list[Document]] = {}
    for one in sorted(found.deals, key=lambda one: (-one.chance * one.worth, one.deal)):
        rows = by_owner.setdefault(person_group(one.owner), [])
        if len(rows) < MOST_DEALS:
            rows.append(
                {
                    "deal": one.deal,
                    "stage": one.stage,
                    "age": one.age,
                    "worth": _whole(one.worth),
                    "chance": _text(one.chance),
                    "weight": _whole(one.chance * one.worth),
                }
            )
    return by_owner


def outcome_rows(found: Forecast) -> dict[str, list[Document]]:
    """What would have been said of each group's earlier periods, beside what they became."""
    by_group: dict[str, list[Document]] = {}
    for one in found.outcomes:
        by_group.setdefault(one.group, []).append(
            {
                "from": one.period.start.isoformat(),
                "to": one.period.end.isoformat(),
                "offset": one.offset,
                "low": one.low,
                "expected": one.expected,
                "high": one.high,
                "became": one.became,
            }
        )
    return by_group


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(PLACES, rounding=ROUND_HALF_EVEN))


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))
