"""The plain table of `score_challenge`."""

import yaml
from django.utils.translation import override

from challenges.calc import Cancellation
from challenges.management.commands.score_challenge import table
from tests.challenges.calc.builders import at, people, record, result, rules_of

DUEL = "format: duel\nscore: {metric: revenue}\n"
STAGES = "format: championship\nscore: {metric: revenue, round_days: 15, points: [10, 6]}\n"
LOG = [
    record("a", "ana", "11-03 10:00", 30),
    record("b", "ben", "11-04 10:00", 20),
    record("c", "ben", "11-20 10:00", 5),
]


def said(text: str) -> list[str]:
    with override("en"):
        return [" ".join(line.split()) for line in table(result(rules_of(text), LOG, TWO))]


TWO = people("ana", "ben")


def test_the_rounds_stand_below_the_standings() -> None:
    lines = said(STAGES)
    first, second = (n for n, line in enumerate(lines) if line.startswith("Round "))

    assert lines[first].startswith("Round 1 · 2026-11-01T00:00:00+01:00 – 2026-11-16")
    assert lines[first + 1 : first + 3] == ["1 Ana 30.00 10 pts", "2 Ben 20.00 6 pts"]
    assert lines[second + 1] == "1 Ben 5.00 10 pts"


def test_what_is_left_to_the_next_period_stands_below_ready_to_be_copied() -> None:
    signed = "official_at: 2026-12-05\nafter_official: {policy: next_period}\n"
    rules = rules_of(f"format: most\nscore: {{metric: revenue}}\n{signed}")
    gone = Cancellation("c#x", "c", at("12-08 10:00"))
    with override("en"):
        lines = table(result(rules, [*LOG, gone], TWO))
        plain = table(result(rules, LOG, TWO))
    head = "To be charged to the next period; for “charges” of the next document:"

    assert lines[-2] == head
    assert yaml.safe_load(lines[-1]) == [
        {"person": "ben", "metric": "revenue", "value": "-5", "records": -1, "record": "c#x",
         "from": "november"}
    ]  # fmt: skip
    assert head not in plain


def test_a_duel_names_the_other_and_a_plain_format_has_no_rounds() -> None:
    assert "Ana 30.00 has won against Ben" in said(DUEL)
    assert not any("Round" in line for line in said("format: most\nscore: {metric: revenue}\n"))
