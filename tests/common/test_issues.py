"""Issues in the reader's language."""

from django.utils.translation import override

from common.issues import localized, text_of
from kernel.issues import Place, error

ISSUE = error(
    "team.unknown",
    'There is no team "{name}".',
    "",
    Place(file="people.csv", line=4, path="team"),
    name="Nrod",
)


def test_an_issue_as_plain_data() -> None:
    with override("en"):
        assert localized(ISSUE) == {
            "level": "error",
            "code": "team.unknown",
            "message": 'There is no team "Nrod".',
            "remedy": "",
            "where": "people.csv:team:4",
            "place": {"file": "people.csv", "path": "team", "line": 4},
            "params": {"name": "Nrod"},
        }


def test_an_issue_as_one_line_has_no_catalogue_header_for_an_empty_remedy() -> None:
    with override("fr"):
        assert text_of(ISSUE).endswith('"Nrod".')
        assert "Project-Id" not in text_of(ISSUE)
