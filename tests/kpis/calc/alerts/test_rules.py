"""Rules are read from documents: every refusal beside what is taken."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from kernel.issues import Invalid
from kpis.calc.alerts.rules import SHAPES, Kind, Level, parse_rule

KPIS = ("calls_count", "revenue_booked", "qualified_meetings_count")
ROLES = ("sdr", "ae")


def read(document: object) -> Any:
    return parse_rule(document, kpis=KPIS, roles=ROLES)


def test_a_level_as_it_is_stated() -> None:
    document = {"kind": "level", "kpi": "calls_count", "days": "5", "limit": "12.5",
                "side": "above", "roles": ["sdr"]}  # fmt: skip
    sheet = read(document)
    assert sheet.rule == Level("calls_count", 5, sheet.rule.limit, above=True)
    assert (str(sheet.rule.limit), sheet.roles) == ("25/2", ("sdr",))
    assert sheet.as_document() == document


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_read_back_as_it_was_written(kind: Kind) -> None:
    document: dict[str, Any] = {"kind": kind.value}
    if SHAPES[kind].needs_kpi:
        document |= {"kpi": "calls_count", "limit": "3"}
    sheet = read(document)
    assert sheet.kind is kind
    assert read(sheet.as_document()) == sheet


def test_the_shipped_rules_are_read() -> None:
    path = Path(__file__).parents[4] / "kpis" / "data" / "alerts.yaml"
    shipped = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {read(row["rule"]).kind for row in shipped} == set(Kind)
    assert len({row["key"] for row in shipped}) == len(shipped)
    assert all(row["fr"] and row["en"] for row in shipped)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read({"kind": "level", "kpi": "cals_count", "days": "0", "limit": "many", "side": "left",
              "roles": ["boss"], "colour": "red"})  # fmt: skip
    assert [(one.code, one.place.path) for one in refused.value.issues] == [
        ("alerts.unknown_word", "colour"),
        ("alerts.out_of_range", "days"),
        ("number.not_a_number", "limit"),
        ("alerts.unknown_word", "kpi"),
        ("alerts.unknown_word", "side"),
        ("alerts.unknown_word", "roles"),
    ]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("level", "alerts.unreadable"),
        ({"kind": "leevl"}, "alerts.unknown_word"),
        ({"kind": "level", "limit": "3"}, "alerts.unknown_word"),
        ({"kind": "silence", "days": "2.5"}, "alerts.out_of_range"),
        ({"kind": "silence", "kpi": "calls_count"}, "alerts.unknown_word"),
        ({"kind": "silence", "roles": "sdr"}, "alerts.unreadable"),
        ({"kind": "level", "kpi": "calls_count"}, "number.empty"),
    ],
)
def test_what_is_no_rule(document: object, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(document)
    assert [one.code for one in refused.value.issues] == [code]
