"""The dictionary document: what ships is right, and everything that is wrong is said at once."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

import kpis
from kernel.issues import Invalid
from kpis.calc.definitions import Vocabulary, parse_definition
from kpis.calc.dictionary import parse_dictionary
from kpis.calc.metrics import (
    Average,
    Balance,
    Count,
    Customers,
    Duration,
    Latest,
    Moment,
    Same,
    Stock,
    StockMeasure,
    TimeUnit,
    Where,
)

ROOM = Path(kpis.__file__).parent
TYPES = yaml.safe_load((ROOM.parent / "activities/data/activity_types.yaml").read_text("utf-8"))
WORDS = Vocabulary(
    frozenset(row["key"] for row in TYPES),
    frozenset({"prospecting", "engaging", "proposal", "won", "lost", "cancelled"}),
)


def document() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOM / "data/dictionary.yaml").read_text("utf-8"))
    return data


def test_what_ships_is_valid_and_named_in_both_languages() -> None:
    shipped = parse_dictionary(document(), WORDS)

    assert len(shipped.metrics) >= 25
    assert len(shipped.kpis) >= 30
    assert set(shipped.scorecards) == {"sdr", "ae", "am", "field", "manager", "director"}
    for keys in shipped.scorecards.values():
        assert 5 <= len(keys) <= 7
        assert len(set(keys)) == len(keys)
    for kpi in shipped.kpis:
        assert bool(kpi.note_fr) == bool(kpi.note_en)


def test_all_issues_of_a_bad_document_come_together() -> None:
    data = document()
    data["metrics"][0]["kind"] = "cuont"
    data["metrics"][1]["types"] = ["emial"]
    data["kpis"][0]["unit"] = "kilos"
    data["kpis"][1]["formula"] = "calls +"
    del data["kpis"][2]["fr"]
    data["scorecards"]["ae"][0] = "revenue_boked"
    data["scorecards"]["am"] = [row["key"] for row in data["kpis"][-11:]]
    data["stage_probabilities"]["engaging"] = "1.2"

    with pytest.raises(Invalid) as refused:
        parse_dictionary(data, WORDS)

    said = {(str(issue.place), issue.text(), issue.remedy_text()) for issue in refused.value.issues}
    assert ("metrics[0].kind", '"cuont" is not known here.', 'Did you mean "count"?') in said
    assert ("metrics[1].types[0]", '"emial" is not known here.', 'Did you mean "email"?') in said
    places = {place for place, _, _ in said}
    assert {"kpis[0].unit", "kpis[2]", "scorecards.ae[0]", "stage_probabilities.engaging"} <= places
    assert "scorecards.am" in places  # one KPI more than ten
    assert any(place.startswith("kpis[1].formula") for place in places)


def test_an_unknown_name_and_a_circle_are_refused_with_their_place() -> None:
    data = document()
    data["kpis"][0]["formula"] = "leads_contactd"
    data["kpis"][1]["formula"] = "emails_count"
    data["kpis"][2]["formula"] = "calls_count"

    with pytest.raises(Invalid) as refused:
        parse_dictionary(data, WORDS)

    texts = [f"{issue.text()} {issue.remedy_text()}" for issue in refused.value.issues]
    assert any('"leads_contactd"' in text and '"leads_contacted"' in text for text in texts)
    assert any("calls_count → emails_count → calls_count" in text for text in texts)


def test_a_key_of_a_metric_cannot_be_the_key_of_a_kpi() -> None:
    data = document()
    data["kpis"][0]["key"] = "calls"

    with pytest.raises(Invalid, match='The key "calls" is used twice'):
        parse_dictionary(data, WORDS)


def test_definitions_are_read_into_their_own_kind() -> None:
    stock = {"kind": "stock", "stages": ["engaging"], "measure": "weighted", "at": "start"}

    assert parse_definition({"kind": "count", "types": ["call"]}, WORDS) == Count(("call",))
    assert parse_definition(stock, WORDS) == Stock(
        ("engaging",), StockMeasure.WEIGHTED, Moment.START
    )
    assert parse_definition(
        {"kind": "average", "types": ["call"], "attribute": "minutes"}, WORDS
    ) == Average(("call",), "minutes")


def test_conditions_and_standings_are_read_into_their_own_kind() -> None:
    some = {"attribute": "score", "least": "1.5", "most": 4}
    named = {"attribute": "outcome", "among": ["reached"]}
    since = {"types": ["deal_won"], "since": ["lead"], "same": "account", "unit": "hours"}

    assert [
        parse_definition(data, WORDS)
        for data in (
            {"kind": "count", "types": ["call"], "where": some},
            {"kind": "count", "types": ["call"], "where": named},
            {"kind": "duration", **since},
            {"kind": "latest", "types": ["call"], "attribute": "minutes"},
            {"kind": "customers", "won": ["deal_won"], "lost": ["deal_lost"], "at": "start"},
            {"kind": "balance", "plus": ["deal_won"], "minus": ["payment_received"]},
        )
    ] == [
        Count(("call",), Where("score", (), Fraction(3, 2), Fraction(4))),
        Count(("call",), Where("outcome", ("reached",))),
        Duration(("deal_won",), ("lead",), Same.ACCOUNT, TimeUnit.HOURS),
        Latest(("call",), "minutes"),
        Customers(("deal_won",), ("deal_lost",), Moment.START),
        Balance(("deal_won",), ("payment_received",)),
    ]


def test_every_fault_of_a_condition_is_said_with_its_place() -> None:
    where = {"attribute": "score", "among": ["a", 5], "least": True, "most": "many", "is": 3}

    with pytest.raises(Invalid) as refused:
        parse_definition({"kind": "count", "types": ["cal"], "where": where}, WORDS)

    assert [(one.code, one.place.path) for one in refused.value.issues] == [
        ("dictionary.unknown_word", "types[0]"),
        ("dictionary.unknown_word", "where.is"),
        ("metric.no_texts", "where.among"),
        ("metric.no_number", "where.least"),
        ("metric.no_number", "where.most"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"kind": "count"},
        {"kind": "count", "types": []},
        {"kind": "count", "types": ["call"], "attribute": "minutes"},
        {"kind": "sum_attribute", "types": ["call"]},
        {"kind": "stock", "stages": ["engaging"], "measure": "weight"},
        {"kind": "count", "types": ["call"], "where": None},
        {"kind": "count", "types": ["call"], "where": {"attribute": "minutes"}},
        {"kind": "count", "types": ["call"], "where": {"least": 3}},
        {"kind": "median", "types": ["call"], "where": {"attribute": "minutes", "least": 3}},
        {"kind": "duration", "types": ["call"], "since": ["lead"], "unit": "weeks"},
        {"kind": "duration", "types": ["call"]},
        {"kind": "latest", "types": ["call"]},
        {"kind": "customers", "won": ["deal_won"]},
        {"kind": "balance", "plus": ["deal_won"], "minus": ["payment"]},
    ],
)
def test_a_bad_definition_is_refused(data: object) -> None:
    with pytest.raises(Invalid):
        parse_definition(data, WORDS)
