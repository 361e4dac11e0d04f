"""What stands where in the plain value of a document."""

from incentives.designer.editing import parts_of
from kernel.documents import Plain


def shown(value: Plain, path: str) -> str:
    """The text of the value at a path as the form shows it; empty where there is none."""
    for part in parts_of(path):
        if isinstance(value, str) and part in ("fr", "en"):
            return value  # one text for both languages
        value = member(value, part)
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
    return ""


def member(value: Plain, part: str | int) -> Plain:
    """The entry of a block or a list; None where there is none."""
    match value:
        case dict():
            return value.get(str(part))
        case list() if isinstance(part, int) and part < len(value):
            return value[part]
    return None


def value_at(value: Plain, path: str) -> Plain:
    """The value at a path; None where there is none."""
    for part in parts_of(path):
        value = member(value, part)
    return value


def keys_at(value: Plain, path: str) -> list[str]:
    """The keys of the block at a path; none where there is no block."""
    block = value_at(value, path)
    return list(block) if isinstance(block, dict) else []
