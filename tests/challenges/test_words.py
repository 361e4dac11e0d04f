"""What a reader is told about a record."""

import pytest

from challenges.words import record_text


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
