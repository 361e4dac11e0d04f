"""The kernel has no clock, no float, and hands no text to Python to run."""

import ast
from pathlib import Path

import pytest

import kernel

FILES = sorted(Path(kernel.__file__).parent.rglob("*.py"))
FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "float",
    "open",
    "now",
    "today",
    "utcnow",
}


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="re"), attr="compile"):
            return "re.compile"
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _impurities(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=float()):
                found.append(f"{node.lineno}: float {node.value!r}")
            case ast.Call() if _called(node) in FORBIDDEN_CALLS:
                found.append(f"{node.lineno}: {_called(node)}()")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_kernel_file_is_pure(file: Path) -> None:
    assert _impurities(file.read_text(encoding="utf-8")) == []


def test_the_check_sees_what_it_forbids() -> None:
    source = "import re\nx = 0.5\neval('1')\ndate.today()\nfloat('1')\nre.compile('a')\n"

    assert _impurities(source) == ["2: float 0.5", "3: eval()", "4: today()", "5: float()"]
