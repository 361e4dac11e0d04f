"""Mistakes of a plan document as people make them: told once, at their line."""

import pytest

from incentives.calc import parse_plan
from kernel.issues import Invalid


def told(text: str) -> list[tuple[str, str, int | None]]:
    with pytest.raises(Invalid) as caught:
        parse_plan(text)
    assert all(issue.remedy for issue in caught.value.issues)
    return [(i.code, i.place.path, i.place.line) for i in caught.value.issues]


HEAD = "key: p\nname: P\ncurrency: EUR\nperiod: month\n"


def test_a_misspelt_block_is_the_only_mistake() -> None:
    text = HEAD + "mesures: {sold: {sum: amount}}\ncomponents:\n  - key: c\n    steps:\n"
    flat = "      - {step: flat_rate, base: %s, rate: 5 %%}\n"
    assert told(text + flat % "sold") == [("plan.unknown_key", "mesures", 5)]
    assert told(text + flat % "bold") == [
        ("plan.unknown_key", "mesures", 5),
        ("expression.unknown_name", "components[0].steps[0].base", 9),
    ]


@pytest.mark.parametrize(
    ("measure", "option"),
    [
        ("{sum: amount, depth: all}", "depth"),
        ("{team: sold, share: false}", "share"),
        ("{formula: sold + 1, where: [{attribute: kind, is: new}]}", "where"),
        ("{objective: sold, since: quarter}", "since"),
        ("{presence: share, before: true}", "before"),
        ("{count: credits, counted: working}", "counted"),
    ],
)
def test_an_option_of_another_source_is_refused(measure: str, option: str) -> None:
    steps = "components: [{key: c, steps: [{step: fixed_amount, amount: x}]}]\n"
    text = f"{HEAD}measures:\n  sold: {{sum: amount}}\n  x: {measure}\n{steps}"
    assert told(text) == [("plan.not_of_source", f"measures.x.{option}", 7)]


@pytest.mark.parametrize(
    "amount", ["round(x, 2)", "max(x, 1) * 2", "[round(x, 2)]", "if(x >= 2, (x + 1) * 2, 0)"]
)
def test_a_formula_with_a_comma_needs_quotes_inside_braces(amount: str) -> None:
    head = f"{HEAD}measures: {{x: {{given: x}}}}\ncomponents:\n  - key: c\n    steps:\n"
    step = "fixed_amount, amount" if not amount.startswith("[") else "multiplier, by"
    torn = f"{head}      - {{step: {step}: {amount}}}\n"
    found = told(torn)
    assert {(code, line) for code, _, line in found} == {("plan.torn_formula", 9)}
    assert len(found) == (1 if step.startswith("fixed") else 2)
    quoted = amount.replace("[", '["').replace("]", '"]') if "[" in amount else f'"{amount}"'
    fixed = "" if step.startswith("fixed") else "      - {step: fixed_amount, amount: 1}\n"
    assert parse_plan(f"{head}{fixed}      - {{step: {step}: {quoted}}}\n")


def test_a_torn_note_is_told_too() -> None:
    step = "{step: fixed_amount, amount: 1, note: as agreed (letter, page 2)}"
    text = f"{HEAD}components:\n  - key: c\n    steps:\n      - {step}\n"
    found = told(text)
    assert found == [("plan.torn_formula", "components[0].steps[0].page 2)", 8)]


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        ("", "", True),
        ("challenge: spring", "", True),
        ("challenge: spring", "challenge: spring", True),
        ("challenge: spring", "challenge: autumn", False),
    ],
)
def test_an_award_is_paid_by_one_step_only(first: str, second: str, is_refused: bool) -> None:
    def text(roles: str) -> str:
        rows = [
            f"  - {{key: c{n}, {of}steps: [{{step: challenge_prize, {which}}}]}}\n"
            for n, (which, of) in enumerate(((first, "roles: [rep], "), (second, roles)))
        ]
        return HEAD + "components:\n" + "".join(rows)

    assert parse_plan(text("roles: [manager], "))
    if is_refused:
        assert told(text("")) == [("plan.prize_twice", "components[1].steps[0]", 7)]
    else:
        assert parse_plan(text(""))


@pytest.mark.parametrize(("places", "is_refused"), [("-10", True), ("21", True), ("20", False)])
def test_places_to_round_to_have_an_end(places: str, is_refused: bool) -> None:
    steps = f"[{{step: fixed_amount, amount: 1}}, {{step: round, places: {places}}}]"
    text = f"{HEAD}components: [{{key: c, steps: {steps}}}]\n"
    if is_refused:
        assert told(text) == [("plan.out_of_range", "components[0].steps[1].places", 5)]
    else:
        assert parse_plan(text)
