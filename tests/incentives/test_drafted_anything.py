"""Whatever is typed into the document, the designer answers with issues, never with a crash."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from incentives.designer.controls import form_of
from incentives.designer.drafting import draft_of, drafted
from incentives.designer.page import designer_page
from tests.incentives.test_designer import TEXTS, controls

ODD = (
    "", "~", "null", "[]", "{}", "[[]]", "[1, [2]]", "{a: {b: c}}", "true", "0", "-1", "1e9",
    ".inf", ".nan", "0x10", "1_000", "5 %", "1/3", "1/0", "2026-02-30", "2026-01-01", "'", '"',
    '"\\x07"', "&a x", "*a", "<<", "!!binary aGk=", "!!python/object:os.system x", "|", ">-",
    "? x", "- -", "é", "(1 +", "min(", "revenue revenue", "a.b", "x" * 300, "9" * 60, "\t", "…",
    "%", "@x", "`x`", "#",
)  # fmt: skip
KEYS = ("", "step", "key", "name", "fr", "sum", "1", "a b", "é", "from", "value", "is", "~", "[x]")
ACTIONS = ("add", "remove", "up", "down", "date", "undate", "widen", "narrow", "rename", "", "save")
PLACES = (
    "", "components", "components[0]", "components[9]", "components[0].steps", "steps", "measures",
    "components[0].steps[0].tiers", "components[0].steps[0].tiers[0]", "measures.revenue",
    "measures.revenue.where", "parameters", "parameters.x", "examples", "examples[0]", "name.fr",
    "components[0].steps[0].cells", "components[0].steps[0].cells[0]", "rounding", "key",
    "[0]", "a..b",
)  # fmt: skip

some_text = st.sampled_from(TEXTS)


@st.composite
def scribbled(draw: st.DrawFn) -> str:
    """A plan in which lines and letters were lost, doubled, moved or replaced."""
    lines = draw(some_text).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        cut = draw(st.integers(0, len(line)))
        lines[at : at + 1] = draw(
            st.sampled_from(
                [
                    [],
                    [line, line],
                    [line[:cut]],
                    [line[:cut] + draw(st.sampled_from(ODD)) + line[cut:]],
                    [line.partition(":")[0] + ": " + draw(st.sampled_from(ODD))],
                    ["  " + line],
                    [line.strip()],
                    [line.replace(":", "")],
                ]
            )
        ) or [""]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n---\n", "\n...\nx"]))


@st.composite
def rebuilt(draw: st.DrawFn) -> str:
    """A plan in which values and keys were replaced by others, so that it is still YAML."""
    tree = YAML(typ="safe").load(draw(some_text))
    for _ in range(draw(st.integers(1, 3))):
        holder: Any = tree
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = holder[key]
            if isinstance(inner, dict | list) and inner and draw(st.integers(0, 4)):
                holder = inner
                continue
            draw(st.sampled_from([_odd_value, _odd_key, _gone]))(draw, holder, key)
            break
    lines: list[str] = []
    _write(tree, lines)
    return "\n".join(lines) + "\n"


def _odd_value(draw: st.DrawFn, holder: Any, key: Any) -> None:
    others: list[Any] = [None, [], {}, True, 0, "", "x", [None], {"a": []}, [[1], []], "revenue"]
    holder[key] = draw(st.sampled_from(others))


def _odd_key(draw: st.DrawFn, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[draw(st.sampled_from(KEYS))] = holder.pop(key)


def _gone(_draw: st.DrawFn, holder: Any, key: Any) -> None:
    del holder[key]


def _write(value: Any, lines: list[str]) -> None:
    """As JSON in one line below the first level: YAML reads it."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        lines.append(f"{json.dumps(str(key))}: {json.dumps(inner, default=str)}")


def shown_well(page: dict[str, Any], text: str) -> None:
    """A text that is no plan has an error, and each error of a line stands beside that line."""
    if "words" not in page:
        assert page["errors"] > 0, text
    total = page["errors"] + page["warnings"]
    if total:
        seen = str(page["lines"]) + str(page["issues"]) + str(page["form"])
        assert "'level'" in seen
    for line in page["lines"]:
        assert 1 <= line["number"] <= len(text.splitlines())


LOOKS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@LOOKS
@given(st.one_of(scribbled(), rebuilt()))
def test_any_text_is_answered(text: str) -> None:
    draft = draft_of(text)
    shown_well(designer_page(draft), draft.text)


@LOOKS
@given(st.one_of(some_text, rebuilt()), st.data())
def test_any_form_is_answered(text: str, data: st.DataObject) -> None:
    """Odd values in the form, odd keys, and buttons of rows that are not there (any more)."""
    draft = draft_of(text)
    posted = {"document": draft.text, "drawn": draft.mark, **dict(controls(form_of(draft.value)))}
    odd = st.sampled_from(ODD)
    for name in data.draw(st.lists(st.sampled_from(sorted(posted)), max_size=3)):
        if name not in ("document", "drawn"):
            posted[name] = data.draw(odd)
    entries = [name[3:] for name in posted if name.startswith("at:")]
    place = st.sampled_from([*PLACES, *entries])
    what = data.draw(st.sampled_from(["at:", "key:", "source:", "test:", "new:"]))
    posted[what + data.draw(place)] = data.draw(odd)
    posted["action"] = f"{data.draw(st.sampled_from(ACTIONS))}:{data.draw(place)}"
    posted["valid_from"] = data.draw(odd)
    after = drafted(posted)
    shown_well(designer_page(after), after.text)


def test_nothing_at_all_is_answered() -> None:
    for text in ("", "\n", "x", "- a", "[]", "{}", "key: x", "\ufeffkey: x", "a: &x [*x]", "\x00"):
        page = designer_page(draft_of(text))
        assert page["errors"] > 0
