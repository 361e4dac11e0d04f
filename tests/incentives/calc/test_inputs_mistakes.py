"""Inputs with mistakes: all of them at once, each with its line."""

import pytest

from incentives.calc import parse_inputs
from kernel.issues import Invalid

MISTAKES = """\
period: 2026-13
colour: blue
measures: {pool: many}
payees:
  - id: ana
    manger: ben
    credits:
      - {id: d1, amount: 10, amount_minor: 1000, share: half}
      - {id: d2, amount: "1,234", currency: USD, closed_at: soon}
      - {amount: 5}
      - d4
    objectives: [5]
    present_from: 2026-02-30
  - id: ben
    manager: ben
  - id: ben
    role: [seller]
    kpis: {margin: x, other: null}
  - 7
"""


def test_no_mistake_of_inputs_hides_another() -> None:
    with pytest.raises(Invalid) as caught:
        parse_inputs(MISTAKES, currency="EUR", file="inputs.yaml")
    assert all(issue.remedy for issue in caught.value.issues)
    assert {issue.place.file for issue in caught.value.issues} == {"inputs.yaml"}
    found = {(issue.code, issue.place.path, issue.place.line) for issue in caught.value.issues}
    assert found == {
        ("period.unreadable", "period", 1),
        ("inputs.unknown_key", "colour", 2),
        ("number.not_a_number", "measures.pool", 3),
        ("inputs.doubled_id", "payees[2].id", 16),
        ("inputs.manager_circle", "payees[1].manager", 15),
        ("inputs.unknown_key", "payees[0].manger", 6),
        ("inputs.two_amounts", "payees[0].credits[0]", 8),
        ("number.not_a_number", "payees[0].credits[0].share", 8),
        ("number.ambiguous", "payees[0].credits[1].amount", 9),
        ("plan.wrong_type", "payees[0].credits[1].closed_at", 9),
        ("inputs.other_currency", "payees[0].credits[1].currency", 9),
        ("plan.wrong_type", "payees[0].credits[2].id", 10),
        ("plan.wrong_type", "payees[0].credits[3]", 11),
        ("plan.wrong_type", "payees[0].credits[3].id", 11),
        ("plan.wrong_type", "payees[0].objectives", 12),
        ("plan.wrong_type", "payees[0].present_from", 13),
        ("plan.wrong_type", "payees[2].role", 17),
        ("number.not_a_number", "payees[2].kpis.margin", 18),
        ("plan.wrong_type", "payees[3]", 19),
        ("plan.wrong_type", "payees[3].id", 19),
    }
