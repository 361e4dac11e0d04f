"""Worked tables of the documentation, as rows for tests."""

from pathlib import Path

ALGORITHMS = Path(__file__).resolve().parents[2] / "docs" / "algorithms"


def rows_of(page: Path, heading: str) -> list[dict[str, str]]:
    """The rows of the first table under `heading`, by column name, without back-ticks."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(
        number
        for number, line in enumerate(lines)
        if line.startswith("#") and line.lstrip("# ") == heading
    )
    table: list[list[str]] = []
    for line in lines[start + 1 :]:
        if line.startswith("|"):
            table.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif table or line.startswith("#"):
            break
    titles, _rule, *rows = table
    return [dict(zip(titles, row, strict=True)) for row in rows]
