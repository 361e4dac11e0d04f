"""What the designer shows of a draft: its form, its issues, its words, its curve, its examples."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils import translation

from incentives.calc import Plan, check_examples, parse_plan
from incentives.designer.controls import form_of
from incentives.designer.drafting import Draft
from incentives.plans.known import reviewed
from incentives.plans.pages import curve_of, document_lines, issue_row, issue_rows
from incentives.plans.wording import meanings, plan_words
from kernel.documents import load_text
from kernel.issues import Invalid, Issue, Level

Cells = dict[str, Any]
LANGUAGES = ("fr", "en")


def designer_page(draft: Draft, issues: Sequence[Issue] = ()) -> Cells:
    """Everything about a draft; `issues` are those that saving it has found."""
    plan, found = _read(draft)
    told = _once([*found, *draft.refused, *issues])
    form = form_of(draft.value)
    homeless = _settle(form, told)
    page: Cells = {
        "text": draft.text,
        "mark": draft.mark,
        "form": form if draft.value is not None or not draft.text.strip() else None,
        "lines": [one for one in document_lines(draft.text, told) if one["issues"]],
        "issues": issue_rows(homeless),
        "errors": sum(one.level is Level.ERROR for one in told),
        "warnings": sum(one.level is Level.WARNING for one in told),
    }
    return page if plan is None else page | _shown(plan)


def _read(draft: Draft) -> tuple[Plan | None, list[Issue]]:
    """The plan when it is one, and all that is to be said about it."""
    try:
        plan = parse_plan(draft.text)
    except Invalid as invalid:
        return None, list(invalid.issues)
    places = load_text(draft.text)
    failing = [issue.at(places.place(issue.place.path)) for issue in check_examples(plan)]
    return plan, [*reviewed(plan, places), *failing]


def _once(issues: Sequence[Issue]) -> list[Issue]:
    return list({(one.code, one.place.path, one.text()): one for one in issues}.values())


def _shown(plan: Plan) -> Cells:
    words = []
    for language in LANGUAGES:
        with translation.override(language):
            words.append(
                {"language": language, "parts": plan_words(plan), "meanings": meanings(plan)}
            )
    return {
        "words": sorted(words, key=lambda one: one["language"] != translation.get_language()),
        "curve": curve_of(plan),
        "examples": [_example(plan, number) for number in range(len(plan.examples))],
    }


def _example(plan: Plan, number: int) -> Cells:
    example = plan.examples[number]
    failing = check_examples(replace(plan, examples=(example,)))
    return {"name": example.name, "issues": issue_rows(failing)}


def _settle(form: Cells, issues: Sequence[Issue]) -> list[Issue]:
    """Give each issue to the control nearest to its place; those that have none are returned."""
    nodes = {node["path"]: node for node in _nodes(form)}
    homeless = []
    for issue in issues:
        home = next((nodes[path] for path in _upwards(issue.place.path) if path in nodes), None)
        if home is None:
            homeless.append(issue)
        else:
            home.setdefault("issues", []).append(issue_row(issue))
    return homeless


def _nodes(part: object) -> Iterator[Cells]:
    match part:
        case dict():
            if part.get("path"):
                yield part
            for inner in part.values():
                yield from _nodes(inner)
        case list():
            for inner in part:
                yield from _nodes(inner)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
