"""What a reader is told about a record."""

import re

import pytest
from django.utils import translation

from challenges.boards.views import words_of
from challenges.calc.notes import Note
from challenges.fairness.words import said
from challenges.words import record_text, thing_text
from tests.challenges.calc.builders import rules_of
from tests.kpis.crew import Crew


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("phone:call-17#1", "call-17"),
        ("crm:deal:8841:won#2", "8841"),
        ("crm:deal:A:8841:won#1", "A:8841"),
        ("crm:deal#1", "deal"),
        ("8841", "8841"),
    ],
)
def test_a_record_is_named_by_its_own_id_or_its_deals(record: str, said: str) -> None:
    assert record_text(record) == said


@pytest.mark.parametrize(
    ("prize", "english", "french"),
    [
        ("33.3 points", "33.3 points", "33,3 points"),
        ("0.5 day off", "0.5 days off", "0,5 jours de repos"),
        ("1 points", "1 point", "1 point"),
        ("150.00 EUR", "€150.00", "150,00\u00a0€"),
    ],
)
def test_a_mean_of_prizes_is_written_as_its_reader_writes_numbers(
    prize: str, english: str, french: str
) -> None:
    for language, text in (("en", english), ("fr", french)):
        with translation.override(language):
            assert thing_text(prize) == text


@pytest.mark.parametrize(("language", "figures"), [("en", "35.7 53.3"), ("fr", "35,7 53,3")])
def test_the_figures_of_a_verdict_are_written_as_its_reader_writes_numbers(
    language: str, figures: str
) -> None:
    template = "On average {prized} of {entrants} entrants would have had a prize."
    with translation.override(language):
        text = said(Note("prized", template, (("prized", "35.7"), ("entrants", "53.3"))))
    assert re.findall(r"\d+[.,]\d", text) == figures.split()


def test_a_chain_names_what_it_looks_at(crew: Crew) -> None:
    links = (
        "{by: second_metric, metric: calls, measure: count},"
        "{by: second_metric, metric: revenue, better: lower},"
        "{by: percent_of_target, metric: revenue}, {by: earliest}, {by: draw}"
    )
    rules = rules_of(
        "format: most\nscore: {metric: revenue}\n"
        f"ties: {{rule: chain, seed: spring, chain: [{links}]}}\n"
    )
    books = {}
    for language in ("en", "fr"):
        with translation.override(language):
            words = words_of(rules)
            books[language] = words.rulebook(language)
            names = [words.metric(key) for key in ("calls", "revenue")]
        assert any(all(name in line for name in names) for line in books[language])
    assert (
        "Between equal scores decides: the higher number of “Calls made”, then the lower total of "
        "“Booked revenue”, then the higher percent of own target of “Booked revenue”, then who was "
        "there first, then a draw by lot."
    ) in books["en"]
