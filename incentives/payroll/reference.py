"""The reference part of docs/formats/payroll.md, made from the declarations that read templates."""

from collections.abc import Sequence
from typing import Any

from incentives.calc.fields import Choice, Field, Flag, Wording
from incentives.calc.reference import default_text
from incentives.payroll.kinds import CODE, Codes, Entities, Matching, Whole
from incentives.payroll.lines import FIELDS
from incentives.payroll.reading import COLUMN, TEMPLATE, Columns


def template_reference() -> str:
    """Markdown: every key of a template, of a column and of a code, and every field of a line."""
    fields = ["### Fields of a line", "", "| field | kind | meaning |", "|---|---|---|"]
    fields += [f"| `{name}` | {kind} | {meaning} |" for name, (kind, meaning) in FIELDS.items()]
    return "\n".join(
        [
            *_table("### The template", TEMPLATE),
            *_table("### A column", COLUMN),
            *_table("### A code with a sign", CODE),
            *fields,
            "",
        ]
    )


def _table(title: str, fields: Sequence[Field]) -> list[str]:
    rows = [
        f"| `{one.name}` | {_kind(one.kind)} | {default} | {one.meaning} |"
        for one in fields
        for default in (default_text(one.default, _shown),)
    ]
    return [title, "", "| key | value | default | meaning |", "|---|---|---|---|", *rows, ""]


def _kind(kind: Any) -> str:
    match kind:
        case Choice(options=options):
            return " \\| ".join(f"`{_shown(option)}`" for option in options)
        case Whole(words=words) if words:
            return f"whole number, or `{words[0]}`"
        case Whole(least=least, most=most):
            return f"{least} to {most}"
        case Flag():
            return "`true` \\| `false`"
        case Wording():
            return "text, or `{fr, en}`"
        case Codes():
            return "our code: the payroll's"
        case Entities():
            return "establishment: block"
        case Columns():
            return "list of columns"
        case Matching(pattern=pattern) if "yyyy" in pattern.pattern:
            return "`dd`, `mm`, `yyyy`, `yy` and `-/. `"
    return "text"


def _shown(option: str) -> str:
    return {"\t": '"\\t"', " ": '" "', "|": "\\|"}.get(option, option)
