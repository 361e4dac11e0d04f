"""The tables of docs/algorithms say what the code does."""

from fractions import Fraction

import pytest

from kernel.expressions import MAX_DEPTH, MAX_LENGTH, MAX_OPERATORS, evaluate, parse
from kernel.expressions.evaluation import MAX_BITS
from kernel.issues import Invalid
from kernel.money import allocate
from kernel.numbers import Rounding, as_text, from_text, parse_number, round_to
from tests.kernel.tables import ALGORITHMS, rows_of

FORMULAS = ALGORITHMS / "expressions.md"
MONEY = ALGORITHMS / "money.md"


def _given(text: str) -> dict[str, Fraction | None]:
    pairs = (pair.split("=") for pair in text.split(", ") if pair)
    return {name: from_text(value) for name, value in pairs}


@pytest.mark.parametrize("row", rows_of(FORMULAS, "Worked values"), ids=lambda row: row["formula"])
def test_formulas_give_their_documented_values(row: dict[str, str]) -> None:
    value = evaluate(parse(row["formula"]), _given(row["given"]))

    assert ("-" if value is None else as_text(value)) == row["result"]


@pytest.mark.parametrize(
    "row", rows_of(FORMULAS, "Refused formulas"), ids=lambda row: row["formula"]
)
def test_formulas_are_refused_with_all_documented_issues(row: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        parse(row["formula"])

    found = [f"{issue.code} {issue.place}" for issue in refused.value.issues]
    assert ", ".join(found) == row["issues"]
    assert all(issue.remedy_text() for issue in refused.value.issues)


def test_documented_limits_are_the_limits() -> None:
    stated = {row["limit"]: int(row["value"]) for row in rows_of(FORMULAS, "Limits")}

    assert stated == {
        "characters": MAX_LENGTH,
        "nesting": MAX_DEPTH,
        "operators": MAX_OPERATORS,
        "bits of a result": MAX_BITS,
    }


def _read(text: str, decimal_comma: bool | None) -> str:
    try:
        return as_text(parse_number(text, decimal_comma=decimal_comma))
    except Invalid as invalid:
        return ", ".join(issue.code for issue in invalid.issues)


@pytest.mark.parametrize("row", rows_of(MONEY, "Worked readings"), ids=lambda row: row["text"])
def test_numbers_are_read_as_documented(row: dict[str, str]) -> None:
    text = row["text"]

    assert {
        "text": text,
        "mark unknown": _read(text, None),
        "decimal comma": _read(text, True),
        "decimal point": _read(text, False),
    } == row


@pytest.mark.parametrize("row", rows_of(MONEY, "Worked roundings"), ids=lambda row: row["value"])
def test_numbers_are_rounded_as_documented(row: dict[str, str]) -> None:
    value = from_text(row["value"])

    rounded = {mode.value: str(round_to(value, 2, mode)) for mode in Rounding}
    assert rounded | {"value": row["value"]} == row


@pytest.mark.parametrize("row", rows_of(MONEY, "Worked shares"), ids=lambda row: row["weights"])
def test_amounts_are_shared_as_documented(row: dict[str, str]) -> None:
    weights = [from_text(weight) for weight in row["weights"].split(", ")]

    parts = allocate(int(row["total"]), weights)
    assert ", ".join(map(str, parts)) == row["parts"]
