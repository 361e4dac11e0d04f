"""What must never be in the repository: machine paths, registries, copies, generated files."""

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 500_000
# Written in two parts, so that this file does not find itself.
MACHINE_PATHS = re.compile("/" + r"(?:home|Users|root|work)/[\w.-]+|" + "/" + r"tmp/[\w-]+")
REGISTRIES = re.compile(
    r"https?://[^\s\"')]*(?:py" + r"pi\.org|pythonhosted|/simple\b|registry\.|npm" + r"js)"
    r"|--(?:extra-)?index" + r"-url\s+http|--find" + r"-links"
)
GENERATED = re.compile(r"\.min\.(js|css)$|(^|/)(node_modules|vendor|dist)/|\.(mo|pyc|whl|so)$")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("needs a git checkout: there is no list of files here")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(lines, start=1)
            if pattern.search(line)
        ]
    return found


def test_no_path_of_a_machine() -> None:
    assert lines_with(MACHINE_PATHS) == []


def test_no_address_of_a_registry() -> None:
    assert lines_with(REGISTRIES) == []


def test_no_file_is_large() -> None:
    assert [path.name for path in tracked() if path.stat().st_size > MOST_BYTES] == []


def test_nothing_generated_or_vendored() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert [name for name in names if GENERATED.search(name)] == []


def test_no_line_of_code_is_minified() -> None:
    scripts = [path for path in tracked() if path.suffix in {".js", ".css"}]
    dense = [path.name for path in scripts if max(map(len, path.read_text().splitlines())) > 400]
    assert dense == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATHS, "DATA = '/" + "home/anna/data.csv'"),
        (REGISTRIES, "https://registry" + ".example.org/"),
        (GENERATED, "static/htmx.min.js"),
    ],
)
def test_each_rule_finds_what_it_forbids(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


def test_every_requirement_is_locked_with_hashes() -> None:
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        blocks = re.split(r"\n(?=\S)", text.strip())
        packages = [block for block in blocks if not block.lstrip().startswith("#")]
        assert len(packages) > 20
        assert [block.split()[0] for block in packages if "--hash=sha256:" not in block] == []


def test_the_page_of_dependencies_names_each_and_no_other() -> None:
    lines = [
        line
        for name in ("run.in", "dev.in")
        for line in (ROOT / "requirements" / name).read_text().splitlines()
    ]
    wanted = {re.split(r"[^\w.-]", line)[0].lower() for line in lines if line[:1] not in ("-", "")}
    page = (ROOT / "docs/decisions/dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?!package|---)([^|]+) \|", page, flags=re.MULTILINE)
    named = {part.split()[0].lower() for row in rows for part in row.split(", ")}

    assert {one for one in wanted if not any(fnmatch(one, name) for name in named)} == set()
    assert {name for name in named if not any(fnmatch(one, name) for one in wanted)} == set()
