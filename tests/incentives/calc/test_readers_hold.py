"""Whatever stands in a plan or its inputs: it is read, or refused with place and remedy."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incentives.calc import (
    Inputs,
    Plan,
    calculate,
    calculate_periods,
    check_examples,
    parse_plan,
)
from incentives.calc.inputs import read_document
from kernel.documents import load_text
from kernel.issues import Invalid, Issue

PAGE = (Path(__file__).parents[3] / "docs" / "formats" / "plan.md").read_text(encoding="utf-8")


def block(label: str) -> Any:
    found = re.search(rf"```yaml {label}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return load_text(found[1]).value


PAIRS = [(block("plan"), block("inputs")), (block("settled plan"), block("settled inputs"))]
JUNK: list[Any] = [
    None, True, "", "0", "-1", "1/3", "1/0", "1e400", "9" * 300, "5 %", "abc", "1,234", "NaN",
    "2026-01-31", "2026-13-45", "9999-12-31", "2026-01-31T10:00:00+01:00", "x(", "round(x, 2)",
    "revenue", "revenue / 0", "-" * 200, "(" * 200, "\x00", "\ud800", "🙂", "{x}", "%", "[]",
    [], {}, [[]], ["a"], [None], {"a": None}, {"a": "b"}, ["1", "2"], "1 < 2", "if(1, 2, 3)",
]  # fmt: skip


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document below its top."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in members:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from paths(item, (*path, key))


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> Any:
    """The document with something else at one to three places, or something taken away."""
    found = deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        places = list(paths(found))
        if not places:
            break
        *above, last = draw(st.sampled_from(places))
        parent = found
        for key in above:
            parent = parent[key]
        match draw(st.sampled_from(["put", "put", "take", "add"])):
            case "put":
                parent[last] = deepcopy(draw(st.sampled_from(JUNK)))
            case "take":
                del parent[last]
            case _ if isinstance(parent, dict):
                parent[draw(st.sampled_from(["to", "amount", "steps", "x"]))] = "1"
            case _:
                parent.append(deepcopy(draw(st.sampled_from(JUNK))))
    return found


def holds(issues: tuple[Issue, ...]) -> bool:
    """Each issue says where and what to do."""
    return all(one.remedy and (one.place.path or one.place.line) for one in issues)


def plan_of(text: str) -> Plan | None:
    plan: Plan | None = None
    try:
        plan = parse_plan(text)
        issues = tuple(check_examples(plan))
    except Invalid as problem:
        issues = problem.issues
    assert holds(issues)
    return plan


def inputs_of(text: str) -> Inputs | tuple[Inputs, ...] | None:
    found: Inputs | tuple[Inputs, ...] | None = None
    try:
        found, issues = read_document(text, currency="EUR")
    except Invalid as problem:
        issues = problem.issues
    assert holds(issues)
    return found


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_spoilt_document_is_read_or_refused_and_never_crashes(data: st.DataObject) -> None:
    plan_document, inputs_document = data.draw(st.sampled_from(PAIRS))
    if data.draw(st.booleans()):
        plan_document = data.draw(spoilt(plan_document))
    else:
        inputs_document = data.draw(spoilt(inputs_document))
    plan, inputs = plan_of(json.dumps(plan_document)), inputs_of(json.dumps(inputs_document))
    if plan is None or inputs is None:
        return
    result = (
        calculate_periods(plan, inputs) if isinstance(inputs, tuple) else calculate(plan, inputs)
    )
    assert json.loads(result.to_bytes())


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_torn_text_is_read_or_refused_and_never_crashes(data: st.DataObject) -> None:
    texts = re.findall(r"```yaml (?:settled )?(?:plan|inputs)\n(.*?)```", PAGE, re.DOTALL)
    text = data.draw(st.sampled_from(texts))
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 6))
    put = data.draw(st.sampled_from(["", ":", "{", "]", "'", "\n", "\t", "- ", "&a ", "*a", "| "]))
    torn = text[:at] + put + text[at + gone :]
    plan_of(torn)
    inputs_of(torn)
