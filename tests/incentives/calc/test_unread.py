"""What the inputs state and the plan does not know: told once, with the nearest name."""

from incentives.calc import parse_document, parse_plan
from incentives.calc.facts import Inputs
from incentives.calc.unread import unread

PLAN = """\
key: p
name: P
currency: EUR
period: month
measures:
  revenue: {sum: amount}
  quota: {objective: goal}
  year: {to_date: revenue}
  quality: {kpi: nps}
components:
  - key: line
    roles: [rep]
    steps:
      - {step: flat_rate, base: revenue, rate: 10 %}
      - {step: mbo, pay: quality, items: [{key: training, weight: 1}]}
      - {step: challenge_prize}
      - {step: draw, draw: quota, balance: debt}
"""
GOOD = """\
  - id: ana
    role: rep
    objectives: {goal: 1}
    kpis: {nps: 1}
    measures: {revenue: 5}
    carried: {debt: -5, to_date.revenue.2026: 7, award.A-1: 500}
    reviews: {training: {score: 1}}
"""


def found(*periods: str) -> list[tuple[str, str, str]]:
    rows = "".join(f"- {{period: 2026-0{n}, payees: {one}}}\n" for n, one in enumerate(periods, 1))
    inputs = parse_document(f"periods:\n{rows}", currency="EUR")
    assert isinstance(inputs, tuple)
    return told(*inputs)


def told(*periods: Inputs) -> list[tuple[str, str, str]]:
    issues = unread(parse_plan(PLAN), periods)
    return [(one.code, one.place.path, dict(one.params).get("closest", "")) for one in issues]


def test_what_the_plan_reads_is_not_told() -> None:
    inputs = parse_document(f"period: 2026-01\npayees:\n{GOOD}", currency="EUR")
    assert isinstance(inputs, Inputs)
    assert told(inputs) == []


def test_each_key_that_nothing_reads_is_told_once() -> None:
    first = "{id: ana, role: rep, objectives: {gaol: 1}, carried: {draw: -5, debts.2026: 1}}"
    second = "{id: ben, role: rep, objectives: {gaol: 1}, reviews: {trainings: {score: 1}}}"
    figures = "{id: ana, role: rep, measures: {revenu: 5, head_count: 3}, kpis: {npx: 1}}"
    assert found(f"[{first}, {second}]", f"[{figures}]") == [
        ("inputs.unread", "payees.ana.objectives.gaol", "goal"),
        ("inputs.unread", "payees.ana.carried.debts.2026", ""),
        ("inputs.unread", "payees.ana.carried.draw", ""),
        ("inputs.unread", "payees.ben.reviews.trainings", "training"),
        ("inputs.unread", "payees.ana.kpis.npx", "nps"),
        ("inputs.unread", "payees.ana.measures.head_count", ""),
        ("inputs.unread", "payees.ana.measures.revenu", "revenue"),
    ]


def test_a_role_is_told_only_where_it_looks_like_one_of_the_plan() -> None:
    people = "[{id: ana, role: reps}, {id: ben, role: reps}, {id: cleo, role: boss}, {id: dee}]"
    assert found(people) == [("inputs.role_unknown", "payees.ana.role", "rep")]
