"""A sentence about one thing is in the singular, in the reader's language."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from challenges.boards.views import words_of
from challenges.calc import parse_rules
from challenges.plurals import SENTENCES, plurals, template_of
from tests.kpis.crew import Crew

CALC = Path(settings.BASE_DIR) / "challenges" / "calc"
MARCH = {"key": "m", "timezone": "Europe/Paris", "window": {"start": "2026-03-01",
         "end": "2026-04-01"}}  # fmt: skip


def written() -> set[str]:
    """Every text in the sources of the engine."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in CALC.rglob("*.py"))
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_the_engine_writes_each_of_the_sentences() -> None:
    assert set(plurals()) - written() == set()
    assert len(plurals()) == len(SENTENCES)


@pytest.mark.parametrize(
    ("template", "params", "said"),
    [
        ("It brings {points} points.", {"points": "1"}, "It brings {points} point."),
        ("It brings {points} points.", {"points": "0"}, "It brings {points} points."),
        ("It brings {points} points.", {"points": "1/2"}, "It brings {points} points."),
        ("It brings {points} points.", {"points": "-1"}, "It brings {points} point."),
        ("It brings {points} points.", {}, "It brings {points} points."),
        ("Nobody has more than {most} tickets.", {"most": "7"},
         "Nobody has more than {most} tickets."),
        ("No score above zero.", {}, "No score above zero."),
        ("Everybody sees the first {top}, and {neighbours} on each side of their own.",
         {"top": "1", "neighbours": "2"},
         "Everybody sees the first, and {neighbours} on each side of their own."),
    ],
)  # fmt: skip
def test_the_number_follows_the_figure(template: str, params: dict[str, str], said: str) -> None:
    with override("en"):
        assert template_of(template, params) == said


def rules_in_words(language: str, **document: object) -> list[str]:
    with override(language):
        return words_of(parse_rules({**MARCH, **document})).rulebook(language)


def test_one_point_is_a_point(crew: Crew) -> None:
    parts = [{"metric": "calls", "measure": "count", "points": points} for points in ("1",)]
    said = rules_in_words("en", format="weighted_points", score={"parts": parts})

    assert any(one.endswith("record earns 1 point.") for one in said)
    assert not any("1 points" in one for one in said)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_rate_is_said_with_the_names_of_its_metrics(crew: Crew, language: str) -> None:
    said = " ".join(
        rules_in_words(
            language,
            format="rate",
            score={
                "numerator": [{"metric": "revenue"}, {"metric": "calls"}],
                "denominator": [{"metric": "meetings_held", "measure": "count"}],
            },
        )
    )
    names = {"en": ("Booked revenue", "Calls made"), "fr": ("Chiffre d'affaires signé", "Appels")}

    assert all(name in said for name in names[language])
    assert "meetings_held" not in said
