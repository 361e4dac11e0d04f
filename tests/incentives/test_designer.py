"""The designer: the form and the document are one thing, whatever was changed first."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from common.issues import message_of
from incentives.calc import check_examples, parse_plan
from incentives.calc.fields import REQUIRED, Choice
from incentives.calc.measures import ToDate
from incentives.calc.steps import MECHANICS
from incentives.designer import names
from incentives.designer.controls import form_of
from incentives.designer.drafting import Draft, draft_of, drafted
from incentives.designer.editing import edited
from incentives.designer.page import designer_page
from incentives.designer.starts import Start, starts
from incentives.models import PlanVersion
from incentives.plans.pages import EXAMPLE
from kernel.documents import load_text
from tests.incentives.conftest import Pay
from tests.incentives.test_pages import signed_in

ROOT = Path(__file__).parents[2]
PLANS = sorted(
    [
        *ROOT.glob("cockpit/demo/plans/*.yaml"),
        *ROOT.glob("tests/incentives/plans/*.yaml"),
        *ROOT.glob("incentives/designer/starts/*.yaml"),
    ]
)
FORMAT = (ROOT / "docs" / "formats" / "plan.md").read_text(encoding="utf-8")
DOCUMENTED = re.findall(r"```yaml plan\n(.*?)```", FORMAT, re.DOTALL)
TEXTS = [*(path.read_text(encoding="utf-8") for path in PLANS), *DOCUMENTED, EXAMPLE]


def controls(part: Any) -> Iterator[tuple[str, str]]:
    """What a browser would post of a form: the name and the value of each control."""
    match part:
        case {"path": str(path), "text": str(text)}:
            yield f"at:{path}", text
        case {"path": str(path), "source": str(source)}:
            yield f"source:{path}", source
        case {"path": str(path), "test": str(test)}:
            yield f"test:{path}", test
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in inner:
        yield from controls(one)


def posted(text: str, **more: str) -> dict[str, str]:
    draft = draft_of(text)
    named = dict(controls(form_of(draft.value)))
    return {"document": draft.text, "drawn": draft.mark, **named, **more}


@pytest.mark.parametrize("text", TEXTS)
def test_posting_the_form_unchanged_changes_no_byte(text: str) -> None:
    assert drafted(posted(text)).text == text


@pytest.mark.parametrize("text", TEXTS)
def test_writing_the_document_anew_keeps_its_meaning(text: str) -> None:
    assert parse_plan(edited(text, {})).hash == parse_plan(text).hash


@pytest.mark.parametrize("text", TEXTS)
def test_every_value_of_the_form_reaches_the_document(text: str) -> None:
    """Each control writes where it reads: all of them changed at once, then changed back."""
    data = posted(text)
    written = {name for name, value in data.items() if name.startswith("at:") and value}
    changed = drafted({**data, **{name: data[name] + "9" for name in written}})
    again = posted(changed.text)
    assert {name: again[name] for name in written} == {name: data[name] + "9" for name in written}
    back = drafted({**again, **{name: data[name] for name in written}})
    assert load_text(back.text).value == load_text(text).value


def test_one_change_leaves_comments_and_everything_else() -> None:
    text = EXAMPLE.replace("measures:\n", "# what counts\nmeasures:  # only deals\n")
    change = {"at:components[0].steps[0].tiers[1].rate": "6 %"}
    assert drafted(posted(text) | change).text == text.replace("rate: 5 %", "rate: 6 %")


def test_a_document_changed_by_hand_wins_over_the_form() -> None:
    data = posted(EXAMPLE)
    by_hand = EXAMPLE.replace("5 %", "7 %")
    assert drafted({**data, "document": by_hand}).text == by_hand


def test_a_document_that_cannot_be_read_is_kept_as_it_is() -> None:
    broken = EXAMPLE + "\n  : ["
    assert drafted(posted(EXAMPLE) | {"document": broken}).text == broken


@pytest.mark.parametrize("key", sorted(MECHANICS))
def test_every_step_can_be_added_filled_and_taken_away(key: str) -> None:
    path = "components[0].steps"
    added = drafted(posted(EXAMPLE, **{"action": f"add:{path}", f"new:{path}": key}))
    assert f"step: {key}" in added.text
    form = form_of(added.value)
    step = form["components"][0]["steps"]["rows"][1]
    required = {one.name for one in MECHANICS[key].fields if one.default is REQUIRED}
    assert required <= {one["key"] for one in step["controls"]}
    assert len(step["controls"]) + len(step["more"]) == len(MECHANICS[key].fields)
    taken = drafted(posted(added.text, action=f"remove:{path}[1]"))
    assert load_text(taken.text).value == load_text(EXAMPLE).value


def test_rows_and_steps_move() -> None:
    path = "components[0].steps"
    text = drafted(posted(EXAMPLE, **{"action": f"add:{path}", f"new:{path}": "cap"})).text
    up = drafted(posted(text, action=f"up:{path}[1]"))
    assert [one["key"] for one in form_of(up.value)["components"][0]["steps"]["rows"]] == [
        "cap",
        "marginal_tiers",
    ]
    down = drafted(posted(up.text, action=f"down:{path}[0]"))
    assert load_text(down.text).value == load_text(text).value
    longer = drafted(posted(text, action=f"add:{path}[0].tiers"))
    step = form_of(longer.value)["components"][0]["steps"]["rows"][0]
    (tiers,) = (one for one in step["controls"] if one["key"] == "tiers")
    assert len(tiers["rows"]) == 3


def test_another_source_and_another_test_keep_what_was_written() -> None:
    text = EXAMPLE.replace(
        "{sum: amount, unit", "{sum: amount, where: [{attribute: type, is: deal_won}], unit"
    )
    data = posted(text) | {
        "source:measures.revenue": "given",
        "test:measures.revenue.where[0]": "is_not",
    }
    found = drafted(data).text
    assert "given: amount" in found
    assert "is_not: deal_won" in found


def test_measures_and_parameters_are_added_by_their_keys() -> None:
    one = drafted(posted(EXAMPLE, **{"action": "add:measures", "new:measures": "deals"}))
    two = drafted(posted(one.text, **{"action": "add:parameters", "new:parameters": "9 bad key"}))
    value = load_text(two.text).value
    assert isinstance(value, dict)
    assert value["measures"]["deals"] == {"sum": "amount"}  # type: ignore[index,call-overload]  # plain data of a test
    assert value["parameters"] == {"parameter_1": "0"}


def test_every_step_has_a_title_of_its_own_and_every_word_a_name() -> None:
    assert len({one.title for one in MECHANICS.values()}) == len(MECHANICS)

    def options(fields: Any) -> Iterator[str]:
        for one in fields:
            kind = getattr(one.kind, "kind", one.kind)
            if isinstance(kind, Choice):
                yield from kind.options
            yield from options(getattr(kind, "fields", ()))

    wanted = {word for one in MECHANICS.values() for word in options(one.fields)}
    assert wanted <= set(names.WORDS)


def page_of(pay: Pay, data: dict[str, str], **headers: str) -> str:
    answer = signed_in(pay.hana).post(reverse("incentives:plan_new"), data, headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_change_in_the_form_shows_document_words_and_examples_anew(pay: Pay) -> None:
    data = posted(EXAMPLE) | {"at:components[0].steps[0].tiers[1].rate": "6 %"}
    page = page_of(pay, data, hx_request="true")
    assert "<html" not in page
    assert "{from: 50000, rate: 6 %}" in page
    assert "from €50,000 on: 6%" in page
    assert "à partir de 50" in page
    assert "the plan gives 2100" in page
    assert not PlanVersion.objects.filter(plan__key="my_plan").exists()


def test_a_mistake_stands_beside_its_line_and_its_control(pay: Pay) -> None:
    data = posted(EXAMPLE) | {"at:components[0].steps[0].base": "revenu"}
    page = page_of(pay, data)
    assert page.count("Did you mean &quot;revenue&quot;?") >= 2
    assert "1 error" in page


def test_saving_keeps_the_draft_and_only_then(pay: Pay) -> None:
    data = posted(EXAMPLE, action="save", valid_from="2026-04-01")
    answer = signed_in(pay.hana).post(reverse("incentives:plan_new"), data)
    draft = PlanVersion.objects.get(plan__key="my_plan")
    assert answer.headers["Location"] == f"{reverse('incentives:plan', args=['my_plan'])}?version=1"
    assert draft.document == EXAMPLE
    foreign = EXAMPLE.replace("EUR", "USD")
    page = page_of(pay, posted(foreign, action="save", valid_from="2026-04-01"))
    assert "The plan pays in USD" in page
    assert PlanVersion.objects.get(plan__key="my_plan").document == EXAMPLE


@pytest.mark.parametrize("start", starts(), ids=lambda one: one.key)
def test_a_plan_to_start_from_is_ready_to_be_saved(pay: Pay, start: Start) -> None:
    address = reverse("incentives:plan_new")
    page = signed_in(pay.hana).get(address, {"start": start.key}).content.decode()
    assert "Can be saved" in page
    assert start.key in page
    assert parse_plan(start.text).examples
    data = posted(start.text, action="save", valid_from="2026-04-01")
    assert signed_in(pay.hana).post(address, data).status_code == 302


# --- keys, dated values, tables of cells --------------------------------------------------------


def value_of(draft: Draft) -> Any:
    return draft.value


def with_parameter(body: str) -> str:
    text = EXAMPLE.replace("rate: 5 %", "rate: top_rate")
    return text.replace("components:\n", f"parameters:\n  top_rate: {body}\ncomponents:\n", 1)


@pytest.mark.parametrize("text", TEXTS)
def test_every_key_can_be_another_one_and_the_plan_pays_the_same(text: str) -> None:
    """All measures, parameters and payment lines at once; the examples come true as before."""
    before = draft_of(text)
    assert isinstance(before.value, dict)
    form = form_of(before.value)
    keys = {
        f"key:{row['path']}": f"{row['key']}_z" for row in form["measures"] + form["parameters"]
    }
    lines = {
        f"at:components[{n}].key": f"{part['key']}_z" for n, part in enumerate(form["components"])
    }
    after = drafted(posted(text, **keys, **lines))
    assert after.refused == ()
    again = form_of(after.value)
    assert [row["key"] for row in again["measures"]] == [f"{r['key']}_z" for r in form["measures"]]
    plan = parse_plan(after.text)
    assert [part.key for part in plan.components] == list(lines.values())
    assert [one.code for one in check_examples(plan)] == [
        one.code for one in check_examples(parse_plan(text))
    ]
    back = drafted(
        posted(
            after.text,
            **{f"key:{name[4:]}_z": name[4:].rpartition(".")[2] for name in keys},
            **{name: value.removesuffix("_z") for name, value in lines.items()},
        )
    )
    assert load_text(back.text).value == load_text(text).value


def test_a_key_that_is_taken_or_is_none_stays_and_says_so() -> None:
    text = with_parameter("5 %")
    taken = drafted(posted(text, **{"key:measures.revenue": "top_rate"}))
    assert taken.text == text
    assert [(one.code, one.place.path) for one in taken.refused] == [
        ("designer.key_taken", "measures.revenue")
    ]
    page = designer_page(taken)
    assert [one["text"] for one in page["form"]["measures"][0]["issues"]] == [
        str(message_of(taken.refused[0]))
    ]
    none = drafted(posted(text, **{"key:measures.revenue": "Turn over"}))
    assert (none.text, [one.code for one in none.refused]) == (text, ["designer.no_key"])


def test_a_running_total_goes_on_under_the_new_key_of_what_it_totals() -> None:
    text = EXAMPLE.replace("\nmeasures:\n", "\nmeasures:\n  so_far: {to_date: revenue}\n", 1)
    assert text != EXAMPLE
    found = drafted(posted(text, **{"key:measures.revenue": "turnover"}))
    assert found.refused == ()
    total = parse_plan(found.text).measures["so_far"].source
    assert total == ToDate("turnover", "year", False, 1, ("revenue",))
    both = {"key:measures.turnover": "sales", "key:measures.so_far": "total"}
    again = parse_plan(drafted(posted(found.text, **both)).text)
    assert again.measures["total"].source == ToDate(
        "sales", "year", False, 1, ("revenue", "turnover")
    )
    other = drafted(posted(text, **{"key:measures.so_far": "total"}))
    assert "formerly" not in other.text, "a total is remembered by what it totals"


def test_a_new_key_and_a_button_are_heeded_together() -> None:
    text = EXAMPLE.replace(
        "{sum: amount, unit", "{sum: amount, where: [{attribute: type, is: deal_won}], unit"
    )
    data = posted(
        text, **{"key:measures.revenue": "turnover", "action": "add:measures.revenue.where"}
    )
    found = drafted(data)
    plan = parse_plan(found.text)
    assert list(plan.measures) == ["turnover"]
    assert found.text.count("attribute: type") == 2
    assert not check_examples(plan)


def test_a_parameter_learns_to_change_and_forgets_it() -> None:
    text = with_parameter("5 %")
    dated = drafted(posted(text, action="date:parameters.top_rate", valid_from="2026-07-01"))
    assert value_of(dated)["parameters"] == {
        "top_rate": {"values": [{"from": "2026-07-01", "value": "5 %"}]}
    }
    two = drafted(posted(dated.text, action="add:parameters.top_rate.values"))
    values = parse_plan(two.text).parameters["top_rate"].values
    assert [one.valid_from for one in values] == [date(2026, 7, 1), date(2026, 8, 1)]
    one = drafted(posted(two.text, action="remove:parameters.top_rate.values[0]"))
    never = drafted(posted(one.text, action="undate:parameters.top_rate"))
    assert parse_plan(never.text).parameters["top_rate"].values[0].valid_from is None
    assert value_of(never)["parameters"] == {"top_rate": {"value": "5 %"}}
    kept = drafted(
        posted(
            with_parameter("{unit: ratio, value: 5 %, set_by: contract}"),
            action="date:parameters.top_rate",
            valid_from="2026-07-01",
        )
    )
    assert value_of(kept)["parameters"]["top_rate"] == {
        "unit": "ratio",
        "values": [{"from": "2026-07-01", "value": "5 %"}],
        "set_by": "contract",
    }


def test_a_table_of_cells_grows_and_shrinks() -> None:
    path = "components[0].steps"
    flat = EXAMPLE.replace(
        """      - step: marginal_tiers
        base: revenue
        tiers:
          - {from: 0, rate: 3 %}
          - {from: 50000, rate: 5 %}
""",
        "      - {step: flat_rate, base: revenue, rate: 3 %}\n",
    )
    text = drafted(posted(flat, **{"action": f"add:{path}", f"new:{path}": "matrix"})).text
    # a block of its own, not all on one line as the step before
    assert re.findall(r"^ +cells: (.*)$", text, re.MULTILINE) == ["[[0]]"]
    grid = f"{path}[1].cells"
    for action in (f"add:{grid}", f"widen:{grid}", f"widen:{grid}"):
        text = drafted(posted(text, action=action)).text
    data = posted(text)
    data |= {
        f"at:{grid}[{row}][{column}]": f"{row}{column}" for row in (0, 1) for column in range(3)
    }
    text = drafted(data).text
    assert cells_of(text, path) == [["00", "01", "02"], ["10", "11", "12"]]
    text = drafted(posted(text, action=f"narrow:{grid}[1]")).text
    assert cells_of(text, path) == [["00", "02"], ["10", "12"]]
    text = drafted(posted(text, action=f"remove:{grid}[0]")).text
    assert cells_of(text, path) == [["10", "12"]]


def cells_of(text: str, path: str) -> Any:
    form = form_of(draft_of(text).value)
    step = form["components"][0]["steps"]["rows"][1]
    (grid,) = (one for one in step["controls"] if one["key"] == "cells")
    return [[cell["text"] for cell in row["cells"]] for row in grid["rows"]]
