"""What cannot be read is refused with its place, whatever it is: found by mutating documents."""

import pytest

from challenges.calc.run import Source, score_texts
from kernel.issues import Invalid

RULES = """
key: november
timezone: Europe/Paris
window: {start: 2026-11-01, end: 2026-12-01}
format: most
score: {metric: revenue}
"""
RECORDS = "id,person,occurred_at,value\na,ana,2026-11-03T10:00,5\n"
ROSTER = "person\nana\n"


def _issues(
    rules: str = RULES, records: str = RECORDS, roster: str = ROSTER, as_of: str = "2026-12-10"
) -> list[tuple[str, str | None, str]]:
    """(code, file, path) of what is refused; the undamaged texts are scored."""
    sources = [Source(rules, "rules"), Source(records, "records"), Source(roster, "roster")]
    try:
        score_texts(sources[0], sources[1], sources[2], as_of)
    except Invalid as invalid:
        return [(one.code, one.place.file, one.place.path) for one in invalid.issues]
    return []


def test_nothing_is_wrong_with_the_undamaged_texts() -> None:
    assert _issues() == []


@pytest.mark.parametrize("end", ["9999-12-31", "9999-12-31T23:59", "3000-01-01"])
def test_moments_beyond_all_calendars_are_refused(end: str) -> None:
    window = RULES.replace("end: 2026-12-01", f"end: {end}")
    assert _issues(window) == [("moment_too_far", "rules", "window.end")]
    assert _issues(window.replace(end, "2999-12-31")) == []


def test_everything_that_is_too_far_is_told_at_once() -> None:
    records = "id,person,occurred_at,recorded_at,value\na,ana,0001-01-01,9999-12-31,5\n"
    assert _issues(records=records, as_of="1899-12-31") == [
        ("moment_too_far", None, "as-of"),
        ("moment_too_far", "records", "occurred_at"),
        ("moment_too_far", "records", "recorded_at"),
    ]


@pytest.mark.parametrize("day", ["2026-W45-1", "20261103", "2026-11-3", "2026-11-03T10"])
def test_only_the_documented_ways_to_write_a_moment_are_read(day: str) -> None:
    records = RECORDS.replace("2026-11-03T10:00", day)
    assert _issues(records=records) == [("not_a_moment", "records", "occurred_at")]


@pytest.mark.parametrize("number", ["--5", "+-1", "\u0663", "1e1", "123456789012"])
def test_a_whole_number_is_written_in_digits(number: str) -> None:
    assert _issues(RULES + f'winners: "{number}"\n') == [("not_whole", "rules", "winners")]
    assert _issues(RULES + 'winners: "+3"\n') == []


@pytest.mark.parametrize(
    ("format_", "prize"),
    [
        ("most", "{for: rank, rank: 1, kind: money, amount: 5, currency: XXQ}"),
        ("ranking_with_pot", "{for: pot, kind: money, of_total: 5 %, split: [1], currency: XXQ}"),
    ],
)
def test_an_unknown_currency_is_told_where_it_stands(format_: str, prize: str) -> None:
    rules = RULES.replace("format: most", f"format: {format_}") + f"prizes: [{prize}]\n"
    assert _issues(rules) == [("money.unknown_currency", "rules", "prizes[0].currency")]
    assert _issues(rules.replace("XXQ", "EUR")) == []


def test_a_wrong_amount_and_a_wrong_currency_are_told_together() -> None:
    prize = "{for: rank, rank: 1, kind: money, amount: five, currency: euro}"
    assert _issues(RULES + f"prizes: [{prize}]\n") == [
        ("number.not_a_number", "rules", "prizes[0].amount"),
        ("money.unknown_currency", "rules", "prizes[0].currency"),
    ]
