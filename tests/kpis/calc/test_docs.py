"""The worked tables of docs/algorithms/kpis.md are what the code does."""

from fractions import Fraction
from pathlib import Path

from kpis.calc.bands import band_of_pace
from kpis.calc.definitions import KINDS, parse_definition
from kpis.calc.metrics import is_additive, zero_when_empty
from kpis.calc.ranks import competition_ranks
from tests.kpis.calc.test_dictionary import WORDS

PAGE = Path(__file__).resolve().parents[3] / "docs/algorithms/kpis.md"


def table(head: str) -> list[list[str]]:
    """The rows of the table whose head begins so."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {head} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_ranks() -> None:
    rows = table("name")
    values = {row[0]: None if row[1] == "–" else Fraction(row[1]) for row in rows}

    ranked = {row.key: row for row in competition_ranks(values, {name: name for name in values})}

    assert len(rows) == 5
    for name, _, rank, dense, tied in rows:
        mine = ranked.get(name)
        shown = (
            ("–", "–", "–")
            if mine is None
            else (str(mine.rank), str(mine.dense_rank), "yes" if mine.tied else "no")
        )
        assert shown == (rank, dense, tied)


def test_bands() -> None:
    rows = table("attainment")

    assert rows
    for attained, paced, band in rows:
        assert band_of_pace(Fraction(attained), Fraction(paced)).value == band


def test_kinds() -> None:
    rows = {row[0]: row for row in table("kind")}
    parts = {"attribute": "minutes", "stages": ["engaging"]}
    needs = {
        "stock": ["stages"],
        "sum_attribute": ["types", "attribute"],
        "latest": ["types", "attribute"],
        "duration": ["types", "since"],
        "customers": ["won", "lost"],
        "balance": ["plus", "minus"],
        "objectives": [],
    }

    assert tuple(sorted(rows)) == KINDS
    for kind, row in rows.items():
        data = {"kind": kind} | {
            name: parts.get(name, ["call"]) for name in needs.get(kind, ["types"])
        }
        definition = parse_definition(data, WORDS)
        assert row[2] == ("0" if zero_when_empty(definition) else "no value")
        assert row[3] == ("yes" if is_additive(definition) else "no")
