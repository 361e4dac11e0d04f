"""Paths inside a document, and where in its text they stand."""

from collections.abc import Iterator
from typing import TypeAlias

from kernel.issues import Place

# line and column, both from 1
Mark: TypeAlias = tuple[int, int]


def joined(path: str, key: str | int) -> str:
    """The path of a member: ``components[0].key``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def upwards(path: str) -> Iterator[str]:
    """The path, then each of its parents, the root last."""
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    yield ""


def placed(file: str | None, path: str, mark: Mark) -> Place:
    """The place of a path that stands at a mark."""
    return Place(file=file, path=path, line=mark[0], column=mark[1])
