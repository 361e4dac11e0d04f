"""Template documents: what they may say, and every mistake at once with its place and remedy."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from incentives.calc import parse_plan
from incentives.payroll import Code, parse_template, shipped_documents
from kernel.issues import Invalid
from tests.incentives.payroll.people import COLUMNS, column, document, template


def issues(**changes: Any) -> list[tuple[str, str]]:
    """Code and path of everything that is wrong with the small template and these changes."""
    text = yaml.safe_dump(document(**changes), allow_unicode=True)
    with pytest.raises(Invalid) as refused:
        parse_template(text)
    return [(issue.code, issue.place.path) for issue in refused.value.issues]


def test_a_template_is_what_its_document_says() -> None:
    made = template(
        codes={"a.b": "1", "a.c": {"code": "2", "negative": "3"}},
        entities={"PARIS": {"company": "ABC", "codes": {"a.b": "9"}}},
    )
    assert made.codes == {"a.b": Code("1"), "a.c": Code("2", "3")}
    assert made.code_of("PARIS", "a.b") == Code("9")
    assert made.code_of("LYON", "a.b") == Code("1")
    assert made.code_of("PARIS", "a.c") == Code("2", "3")
    paris = made.entity_of("PARIS")
    assert paris is not None
    assert paris.values == {"company": "ABC"}
    assert made.entity_of("LYON") is None


@pytest.mark.parametrize("key", sorted(shipped_documents()))
def test_the_shipped_templates_can_be_read(key: str) -> None:
    made = parse_template(shipped_documents()[key])
    assert made.is_ready is key.startswith("neutral")
    assert made.hash == parse_template(shipped_documents()[key] + "# a remark\n").hash


def test_a_text_is_read_with_the_line_of_each_mistake() -> None:
    text = yaml.safe_dump(document(), sort_keys=False) + "delimeter: ';'\n"
    with pytest.raises(Invalid) as refused:
        parse_template(text, "own.yaml")
    (issue,) = refused.value.issues
    assert issue.text() == "The key delimeter means nothing here."
    assert issue.remedy_text() == "Did you mean delimiter?"
    assert (issue.place.file, issue.place.line) == ("own.yaml", text.count("\n"))


def test_all_mistakes_are_told_at_once() -> None:
    found = issues(
        key="Own Template",
        format="csv",
        encoding="latin1",
        dates="DD/MM/YYYY",
        decimals=9,
        header="maybe",
        columns=[
            {"field": "salary"},
            {"field": "amount", "constant": "x"},
            {"field": "code", "width": 0},
            {"nothing": 1},
        ],
    )
    assert found == [
        ("template.wrong_type", "key"),
        ("template.unknown_choice", "format"),
        ("template.unknown_choice", "encoding"),
        ("template.wrong_type", "header"),
        ("template.wrong_type", "dates"),
        ("template.out_of_range", "decimals"),
        ("template.unknown_choice", "columns[0].field"),
        ("template.one_source", "columns[1]"),
        ("template.out_of_range", "columns[2].width"),
        ("template.unknown_key", "columns[3].nothing"),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"columns": COLUMNS[1:]}, [("template.column_missing", "columns")]),
        ({"columns": []}, [("template.wrong_type", "columns")]),
        ({"format": "fixed"}, [
            ("template.not_in_format", "header"),
            ("template.width_in_bytes", "encoding"),
            *[("template.no_width", f"columns[{n}]") for n in range(4)],
        ]),
        ({"format": "xlsx", "encoding": "cp1252", "quoting": "all"}, [
            ("template.not_in_format", "quoting"),
            ("template.not_in_format", "encoding"),
        ]),
        ({"file_name": "../own.csv"}, [("template.wrong_type", "file_name")]),
        ({"file_name": "own-{company}.csv"}, [("template.unknown_placeholder", "file_name")]),
        ({"file_name": "own-{start.csv"}, [("template.wrong_type", "file_name")]),
        ({"columns": column(field="label", too_long="cut")},
         [("template.cut_where", "columns[4].too_long")]),
        ({"columns": column(field="quantity", width=3, too_long="cut")},
         [("template.cut_number", "columns[4].too_long")]),
        ({"columns": column(field="label", width=3, pad="0")},
         [("template.zeros_behind", "columns[4].pad")]),
        ({"columns": column(field="label", format="dd/mm/yy")},
         [("template.not_of_kind", "columns[4].format")]),
        ({"columns": column(field="period_end", decimals=2)},
         [("template.not_of_kind", "columns[4].decimals")]),
        ({"columns": column(field="rate"), "decimal_mark": "none"},
         [("template.no_decimals", "columns[4]")]),
        ({"columns": column(constant="é"), "encoding": "ascii"},
         [("template.character", "columns[4]")]),
        ({"columns": column(constant="abc", width=2)},
         [("template.constant_too_long", "columns[4].constant")]),
        ({"columns": column(constant="a;b"), "quoting": "none"},
         [("template.character", "columns[4]")]),
        ({"columns": column(name="Libellé", field="label"), "encoding": "ascii", "header": True},
         [("template.character", "columns[4]")]),
        ({"codes": {"a.b": ""}}, [("template.wrong_type", "codes.a.b")]),
        ({"codes": {"a.b": {"kode": "1"}}},
         [("template.unknown_key", "codes.a.b.kode"), ("template.missing_key", "codes.a.b")]),
        ({"entities": {"PARIS": "ABC"}}, [("template.wrong_type", "entities.PARIS")]),
        ({"entities": {"PARIS": {"company": True}}},
         [("template.wrong_type", "entities.PARIS.company")]),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert issues(**changes) == expected


def test_a_remedy_names_the_page_of_templates() -> None:
    with pytest.raises(Invalid) as refused:
        parse_template(yaml.safe_dump(document(name=["x"])))
    assert "docs/formats/payroll.md" not in refused.value.issues[0].text()
    with pytest.raises(Invalid) as refused:
        parse_template(yaml.safe_dump(document(header="yes")))
    assert "docs/formats/payroll.md" in refused.value.issues[0].remedy_text()


def test_a_template_cannot_run_anything() -> None:
    for text in ("!!python/object/apply:os.system [true]", "key: !!python/name:os.system ''"):
        with pytest.raises(Invalid):
            parse_template(text)


def test_the_template_of_the_demo_company_knows_every_line_of_its_plans() -> None:
    demo = Path(__file__).parents[3] / "cockpit" / "demo"
    made = parse_template((demo / "payroll.yaml").read_text(encoding="utf-8"))
    plans = [parse_plan(path.read_text("utf-8")) for path in sorted((demo / "plans").glob("*"))]
    codes = [f"{plan.key}.{part.key}" for plan in plans for part in plan.components]
    assert len(codes) == len(made.codes) - 1
    assert all(made.code_of("", code) for code in [*codes, "adjustment"])
