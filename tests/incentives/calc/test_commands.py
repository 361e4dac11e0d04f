"""The two commands, as a stranger runs them: files in, JSON out, reasons on refusal."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

PLANS = Path(__file__).parent.parent / "plans"


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    path = tmp_path / "inputs.json"
    path.write_text(
        '{"period": "2017-Q1", "payees": [{"id": "ana", "credits":'
        ' [{"id": "d1", "closed_at": "2017-02-01", "amount": 1234.56}]}]}'
    )
    return path


def test_a_plan_is_calculated_as_json(inputs: Path) -> None:
    plan = str(PLANS / "flat_5pct.yaml")
    found = json.loads(run("evaluate_plan", "--plan", plan, "--inputs", str(inputs), "--json"))
    (payee,) = found["payees"]
    assert (payee["id"], payee["currency"], payee["total"]) == ("ana", "USD", "61.73")
    assert payee["lines"] == [{"component": "commission", "amount": "61.73"}]
    assert payee["trace"]["children"][0]["children"][0]["code"] == "flat_rate"
    assert set(found) == {"plan", "inputs", "engine", "payees", "issues"}


def test_a_plan_is_calculated_as_text(inputs: Path) -> None:
    plan = str(PLANS / "flat_5pct.yaml")
    found = run("evaluate_plan", "--plan", plan, "--inputs", str(inputs))
    assert "ana: 61.73 USD\n  commission: 61.73\n" in found
    assert "[d1]" in found


def test_a_bad_plan_is_refused_with_file_line_and_remedy(tmp_path: Path, inputs: Path) -> None:
    plan = tmp_path / "plan.yaml"
    good = (PLANS / "flat_5pct.yaml").read_text(encoding="utf-8")
    plan.write_text(good.replace("base: revenue", "base: revenu"), encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        run("evaluate_plan", "--plan", str(plan), "--inputs", str(inputs))
    assert f"{plan}:components[0].steps[0].base:12:" in str(caught.value)
    assert "revenue" in str(caught.value)


def test_plan_and_inputs_are_refused_together_in_the_language_asked_for(tmp_path: Path) -> None:
    plan, inputs = tmp_path / "plan.yaml", tmp_path / "inputs.yaml"
    good = (PLANS / "flat_5pct.yaml").read_text(encoding="utf-8")
    plan.write_text(good.replace("base: revenue", "base: revenu"), encoding="utf-8")
    inputs.write_text(
        "period: soon\npayees:\n  - {id: ana, credits: [{id: d, amount: x, currency: CHF}]}\n"
    )
    words = ["evaluate_plan", "--plan", str(plan), "--inputs", str(inputs)]
    told = {}
    for language in ("en", "fr"):
        out = StringIO()
        with pytest.raises(SystemExit) as stopped:
            call_command(*words, "--json", "--language", language, stdout=out)
        assert stopped.value.code == 1
        body = json.loads(out.getvalue())
        assert [(one["code"], one["place"]["line"]) for one in body["issues"]] == [
            ("expression.unknown_name", 12),
            ("period.unreadable", 1),
            ("number.not_a_number", 3),
        ]
        told[language] = [one["message"] for one in body["issues"]]
    assert all(one != other for one, other in zip(told["en"], told["fr"], strict=True))
    with pytest.raises(CommandError) as refused:
        run(*words, "--language", "fr")
    assert [line.split(" ", 1)[1][:9] for line in str(refused.value).splitlines()] == [
        message[:9] for message in told["fr"]
    ]


def test_the_trace_speaks_the_language_and_json_is_the_same_in_all(inputs: Path) -> None:
    words = ["evaluate_plan", "--plan", str(PLANS / "flat_5pct.yaml"), "--inputs", str(inputs)]
    texts = {language: run(*words, "--language", language) for language in ("en", "fr")}
    assert texts["en"] != texts["fr"]
    assert "ana: 61.73 USD" in texts["fr"]
    canonical = {run(*words, "--json", "--language", language) for language in ("en", "fr")}
    assert len(canonical) == 1


def test_a_plan_with_a_false_example_is_refused(tmp_path: Path, inputs: Path) -> None:
    plan = tmp_path / "plan.yaml"
    good = (PLANS / "flat_5pct.yaml").read_text(encoding="utf-8")
    plan.write_text(good.replace("61.73", "61.74"), encoding="utf-8")
    with pytest.raises(CommandError, match=r"61\.73"):
        run("evaluate_plan", "--plan", str(plan), "--inputs", str(inputs))


def test_a_file_that_is_not_there_is_named(tmp_path: Path, inputs: Path) -> None:
    with pytest.raises(CommandError, match=r"absent\.yaml"):
        run("evaluate_plan", "--plan", str(tmp_path / "absent.yaml"), "--inputs", str(inputs))


def test_the_schema_is_printed(inputs: Path) -> None:
    Draft202012Validator.check_schema(json.loads(run("plan_schema")))
    assert run("plan_schema", "--reference").startswith("### The plan")
