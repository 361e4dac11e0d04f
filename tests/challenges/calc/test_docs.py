"""The documentation is recomputed: every table of standings, every key, every code block."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from challenges.calc import as_json
from challenges.calc.clock import State
from challenges.calc.document import DOCUMENT, score_fields
from challenges.calc.formats import FORMATS
from challenges.calc.record_files import COLUMNS as RECORD_COLUMNS
from challenges.calc.roster_files import COLUMNS as ROSTER_COLUMNS
from challenges.calc.run import Source, score_texts
from challenges.calc.standings import Standing, Standings
from kernel.money import Money
from kernel.numbers import as_text

DOCS = Path(__file__).resolve().parents[3] / "docs"
ALGORITHMS = DOCS / "algorithms" / "challenges.md"
FORMAT_PAGE = DOCS / "formats" / "challenge.md"
BLOCK = re.compile(
    r"```(?:yaml|csv) (?P<kind>rules|records|roster)\n(?P<text>.*?)```"
    r"|As of (?P<as_of>[0-9-]+(?:T[0-9:]+[0-9])?)[^\n]*\n\n(?P<table>(?:\|[^\n]*\n)+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """Three texts, a moment, and the board that the page promises."""

    rules: str
    records: str
    roster: str
    as_of: str
    rows: tuple[dict[str, str], ...]


def examples(page: Path) -> Iterator[Example]:
    texts = {"rules": "", "records": "", "roster": ""}
    for match in BLOCK.finditer(page.read_text()):
        if match["kind"]:
            texts[match["kind"]] = match["text"]
        else:
            yield Example(**texts, as_of=match["as_of"], rows=tuple(_rows(match["table"])))


def _rows(table: str) -> Iterator[dict[str, str]]:
    lines = [
        [cell.strip() for cell in line.strip()[1:-1].split("|")] for line in table.splitlines()
    ]
    for cells in lines[2:]:
        yield dict(zip(lines[0], cells, strict=True))


def _shown(row: Standing, result: Standings, column: str) -> str:
    match column:
        case "rank":
            return str(row.rank or "-")
        case "entrant":
            return row.entrant
        case "score":
            return "-" if row.score is None else as_text(row.score)
        case "target":
            return "" if row.target is None else as_text(row.target)
        case "reached_at":
            return "" if row.reached_at is None else _day(row, result)
        case "prize":
            mine = [award for award in result.awards if award.entrant == row.entrant]
            return ", ".join(str(Money(a.amount, a.currency or "")) for a in mine)
    raise AssertionError(f"the page has a column that nobody checks: {column}")


def _day(row: Standing, result: Standings) -> str:
    assert row.reached_at is not None
    return row.reached_at.astimezone(result.rules.zone).date().isoformat()


def score(example: Example) -> Standings:
    return score_texts(
        Source(example.rules, "rules"),
        Source(example.records, "records"),
        Source(example.roster, "roster"),
        example.as_of,
    ).result


EXAMPLES = [
    pytest.param(example, id=f"{page.stem}-{number}")
    for page in (ALGORITHMS, FORMAT_PAGE)
    for number, example in enumerate(examples(page))
]


def test_the_pages_have_their_worked_tables() -> None:
    promised = sum(page.read_text().count("\nAs of ") for page in (ALGORITHMS, FORMAT_PAGE))
    assert len(EXAMPLES) == promised >= 8


@pytest.mark.parametrize("example", EXAMPLES)
def test_worked_table(example: Example) -> None:
    result = score(example)
    if "round" in example.rows[0]:
        assert _rounds(result, example.rows[0]) == list(example.rows)
        return
    found = [
        {column: _shown(row, result, column) for column in example.rows[0]} for row in result.rows
    ]
    assert found == list(example.rows)


def _rounds(result: Standings, columns: Iterable[str]) -> list[dict[str, str]]:
    """Every line of every round as the output has it."""
    rounds = as_json(result)["rounds"]
    assert isinstance(rounds, list)
    rows = [
        {"round": one["number"], "stage": one["stage"], **line}
        for one in rounds
        for line in one["lines"]
    ]
    return [{c: "-" if row[c] is None else str(row[c]) for c in columns} for row in rows]


def test_every_key_column_format_and_state_is_documented() -> None:
    page = FORMAT_PAGE.read_text()
    words = set(re.findall(r"[a-z_0-9]+", page))
    keys = {*DOCUMENT, *FORMATS, *RECORD_COLUMNS, *ROSTER_COLUMNS, *(s.value for s in State)}
    for key in FORMATS:
        keys |= set(score_fields(key).fields)
    assert keys - words == set()


def test_every_key_of_the_output_is_documented() -> None:
    result = score(next(examples(FORMAT_PAGE)))
    plain = as_json(result)
    rows = plain["standings"]
    assert isinstance(rows, list)
    seasons = next(e for e in examples(ALGORITHMS) if "round" in e.rows[0])
    rounds = as_json(score(seasons))["rounds"]
    assert isinstance(rounds, list)
    plain |= {"rounds": [], **rounds[0], **rounds[0]["lines"][0]}
    words = set(re.findall(r"[a-z_0-9]+", FORMAT_PAGE.read_text()))
    assert {*plain, *rows[0]} - words == set()


def test_the_charges_of_one_worked_table_are_those_of_the_next() -> None:
    november, december = (
        score(one.values[0])  # type: ignore[arg-type]  # what EXAMPLES was made of
        for one in EXAMPLES
        if re.search("^(key: november\n|key: december\n)", one.values[0].rules)  # type: ignore[union-attr]  # the same
    )
    written = [
        (one.person, one.metric, one.value, one.count, one.revision, one.origin)
        for one in december.rules.charges
    ]
    left = [one for due in november.due if (one := due.left()) is not None]
    assert written == [
        (one.person, one.metric, one.value, one.count, one.revision, "november") for one in left
    ]
