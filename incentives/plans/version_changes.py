"""What one version of a plan says otherwise than another: in words, and in its document."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from incentives.models import PlanVersion
from incentives.plans.wording import meanings, plan_words
from kernel.issues import Invalid

Cells = dict[str, Any]


def changes_in_words(older: PlanVersion, newer: PlanVersion) -> list[Cells]:
    """The sentences of both, those that went and those that came marked; empty when none did."""
    return _changes(_sentences(older), _sentences(newer))


def changes_in_text(older: PlanVersion, newer: PlanVersion) -> list[Cells]:
    """The lines of both documents, those that went and those that came marked."""
    return _changes(older.document.splitlines(), newer.document.splitlines())


def _sentences(version: PlanVersion) -> list[str]:
    try:
        plan = version.terms()
    except Invalid:
        return []  # written for an earlier engine
    told: list[str] = []
    for part in plan_words(plan):
        told.append(" · ".join(word for word in (part["title"], part["note"]) if word))
        for step in part["steps"]:
            told += [step["text"], *(f"– {item}" for item in step["items"])]
    return told + [f"{one.name} · {one.source}" for one in meanings(plan)]


def _changes(older: Sequence[str], newer: Sequence[str]) -> list[Cells]:
    rows: list[Cells] = []
    for tag, i, j, k, m in SequenceMatcher(None, older, newer, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += [{"sign": "same", "text": text} for text in older[i:j]]
        else:
            rows += [{"sign": "gone", "text": text} for text in older[i:j]]
            rows += [{"sign": "new", "text": text} for text in newer[k:m]]
    return rows if any(row["sign"] != "same" for row in rows) else []
