"""What a reader is told about a record."""

import pytest
from django.utils import translation

from challenges.boards.views import words_of
from challenges.words import record_text
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
