"""Documents: exact values with their places, and what is wrong said in our own words."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kernel import documents
from kernel.documents import load_json, load_object, load_text
from kernel.issues import Invalid, Issue, Place

Told = tuple[str, int | None, int | None]


def told(text: str, **more: Any) -> list[Told]:
    with pytest.raises(Invalid) as caught:
        load_text(text, "d.yaml", **more)
    assert all(issue.remedy for issue in caught.value.issues)
    assert {issue.place.file for issue in caught.value.issues} == {"d.yaml"}
    return [(i.code, i.place.line, i.place.column) for i in caught.value.issues]


UNREADABLE: list[tuple[str, Told]] = [
    ("a:\n\tb: 1", ("tab", 2, 1)),
    ("a:\n  - x\n\t- y", ("tab", 3, 1)),
    ("a: 1\nb 2\nc: 3", ("colon", 2, 1)),
    ('{"a" 1, "b": 2}', ("colon", 1, 6)),
    ('a: "x\nb: 1', ("quote", 1, 4)),
    ("é: 'x", ("quote", 1, 4)),
    ('{"a": "x', ("quote", 1, 7)),
    ("a: 'l'avenir'", ("after_quote", 1, 7)),
    ("a: {b: 1\n", ("bracket", 1, 4)),
    ("[1,\n2", ("bracket", 1, 1)),
    ("a: [1, 2\nb: 1", ("comma", 2, 2)),
    ('{"a": 1 "b": 2}', ("comma", 1, 9)),
    ("a: [", ("ends", 1, 5)),
    ('{"a": ', ("ends", 1, 7)),
    ("a:\n  b: 1\n c: 2", ("indentation", 3, 2)),
    ("a: 1\n- b", ("indentation", 2, 1)),
    ("a: b: c", ("key_here", 1, 5)),
    ("a: 1\n  b: 2", ("key_here", 2, 4)),
    ("a: @x", ("character", 1, 4)),
    ("a: ]", ("character", 1, 4)),
    ("a: x\x07y", ("character", 1, 5)),
    ('a: "\\0"', ("character", 1, 4)),
    ('{"a": nope}, {', ("character", 1, 7)),
    ('a: "C:\\users"', ("escape", 1, 7)),
    ('{"a": "C:\\users"}', ("escape", 1, 10)),
    ("a: 1\n---\nb: 2", ("several", 2, 1)),
    ('[{"a": 1}]\n{"a": 2}', ("more", 2, 1)),
    ("a: *b", ("alias", 1, 4)),
    ("a: !b!c 1", ("unreadable", 1, 4)),
]


@pytest.mark.parametrize(("text", "wanted"), UNREADABLE)
def test_each_common_mistake_has_its_own_words_and_place(text: str, wanted: Told) -> None:
    code, line, column = wanted
    assert told(text) == [(f"document.{code}", line, column)]


@pytest.mark.parametrize("text", [text for text, _ in UNREADABLE])
def test_no_word_of_a_parser_reaches_the_reader(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_text(text)
    (issue,) = caught.value.issues
    shown = dict(issue.params).values()
    # what fills the sentence is the writer's own text, or the name of a sign
    assert all(word in text or word.startswith("U+") for word in shown)


def test_without_the_c_reader_mistakes_have_the_same_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [text for text, _ in UNREADABLE]
    quick = [told(text)[0][:2] for text in texts]
    monkeypatch.setattr(documents, "LOADER", yaml.SafeLoader)
    assert [told(text)[0][:2] for text in texts] == quick


def test_all_doubled_keys_and_references_are_told_at_once() -> None:
    text = "a: &x 1\nb: *x\na: 2\nc: {d: 1, d: 2}\n? [e]\n: 1\n"
    assert told(text) == [
        ("document.alias", 2, 4),
        ("document.doubled_key", 3, 1),
        ("document.doubled_key", 4, 11),
        ("document.key", 5, 3),
    ]
    assert load_text("a: &x 1\nc: {d: 1}\n").value == {"a": "1", "c": {"d": "1"}}


def test_doubled_keys_of_json_are_told_with_their_place_also_in_long_texts() -> None:
    text = '{"a": [{"b": 1,\n  "b": 2}], "c": "\\ud83d\\ude00",\n "a": 3%s}'
    for room in ("", " " * documents.LONG_JSON):
        with pytest.raises(Invalid) as caught:
            load_json(text % room, "d.json")
        assert [issue.place for issue in caught.value.issues] == [
            Place("d.json", "a[0].b", 2, 3),
            Place("d.json", "a", 3, 2),
        ]
    assert load_json(text.replace('"b": 2', '"d": 2').replace('"a": 3', '"e": 3') % "").value == {
        "a": [{"b": "1", "d": "2"}],
        "c": "😀",
        "e": "3",
    }


def test_scalars_stay_what_was_written() -> None:
    text = "a: 0.10\nb: no\nc: true\nd: 'true'\ne: 2026-11-01\nf: ~\ng: ''\nh: 1_000\n"
    assert load_text(text).value == {
        "a": "0.10", "b": "no", "c": True, "d": "true", "e": "2026-11-01", "f": None, "g": "",
        "h": "1_000",
    }  # fmt: skip
    numbers = '{"a": 0.10, "b": 1e3, "c": -0.5E-2, "d": 1e999999999, "e": NaN}'
    assert load_text(numbers).value == {
        "a": "0.10", "b": "1000", "c": "-0.005", "d": "1e999999999", "e": "NaN",
    }  # fmt: skip


def test_values_and_keys_know_their_place() -> None:
    for text in ("a:\n  b: [1, x]\n", '\ufeff{"a":\n {"b": [1, "x"]}}'):
        document = load_text(text, "d")
        line = 2
        column = document.place("a.b").column or 0
        assert document.place("a.b[1]") == Place("d", "a.b[1]", line, column + 4)
        # what is not written stands where its parent stands
        assert document.place("a.b[1].c.d") == Place("d", "a.b[1].c.d", line, column + 4)
        assert document.key_place("a") == Place("d", "a", 1, 1 if text[0] == "a" else 2)
        assert document.key_place("a.z").line == document.place("a").line
        parts = document.root.member("a")
        assert parts is not None
        listed = parts.member("b")
        assert listed is not None
        assert [part.text for part in listed.items() or []] == ["1", "x"]
        assert parts.member("z") is None
        assert parts.text is None


def test_neither_depth_nor_length_exhausts_anything() -> None:
    for text in (
        "[" * 100_000,
        "{a: " * 3_000,
        "- " * 3_000 + "x",
        '{"a":' * 900 + "1" + "}" * 900,
    ):
        assert [code for code, _, _ in told(text)] == ["document.too_deep"]
    assert [code for code, _, _ in told("a: 1\n" * 50_000)] == ["document.too_long"]
    assert [code for code, _, _ in told("a: 1\n", longest=4)] == ["document.too_long"]
    assert load_text("a: 1\n", longest=5).value == {"a": "1"}
    assert load_text("- " * documents.MAX_DEPTH + "x").value


def test_what_a_database_cannot_hold_is_refused() -> None:
    for text in ('{"a": "\\ud83d"}', '{"a": "\\u0000"}'):
        assert [code for code, _, _ in told(text)] == ["document.character"]
    with pytest.raises(Invalid) as caught:
        load_object({"a": ["\x00", 0.5], "b": {1, 2}})
    assert [(issue.code, issue.place.path) for issue in caught.value.issues] == [
        ("document.character", "a[0]"),
        ("document.not_exact", "a[1]"),
        ("document.not_exact", "b"),
    ]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.text("abé\"'\\\n😀:{}[],# ", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\"'é", max_size=3), inner)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_json_and_yaml_of_the_same_data_read_the_same(data: Any) -> None:
    compact, spread = json.dumps(data), json.dumps(data, ensure_ascii=False, indent=1)
    wanted = load_object(data).value
    assert load_text(compact).value == wanted
    assert load_text(spread).value == wanted
    assert load_text(yaml.safe_dump(data, allow_unicode=True)).value == wanted


@given(PLAIN.filter(lambda data: isinstance(data, dict | list)))
def test_json_places_are_those_that_yaml_sees(data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    own = load_json(text)
    theirs = documents._Composer(text, None).load()
    assert (own.value, own.marks, own.keys) == (theirs.value, theirs.marks, theirs.keys)


@given(st.text("ab:-[]{}\"'\n\t #&*!|>%@,?\\", max_size=40))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        issues: tuple[Issue, ...] = ()
        load_text(text)
    except Invalid as invalid:
        issues = invalid.issues
    assert all(issue.remedy_text() for issue in issues)
    assert all(issue.code.startswith("document.") for issue in issues)
