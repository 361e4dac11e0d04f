"""Plans whose words say nothing sound: refused as drafts; a published one pays what it paid."""

from fractions import Fraction

import pytest

from incentives.calc import calculate, parse_inputs, parse_plan, published_plan
from kernel.issues import Invalid

HEAD = """
key: p
name: {fr: Plan, en: Plan}
currency: EUR
period: month
measures:
  revenue: {sum: amount}
  quota: {objective: revenue}
  pay: {given: pay}
  attainment: {formula: revenue / quota}
  twice: {formula: 2 * revenue}
  year: {to_date: revenue}
  mates: {peers: revenue}
  team: {team: revenue}
"""
INPUTS = {
    "period": "2026-01",
    "payees": [
        {
            "id": "ana",
            "objectives": {"revenue": "1000"},
            "measures": {"pay": "0.335"},
            "credits": [{"id": "A", "closed_at": "2026-01-05", "amount": "1000"}],
        }
    ],
}


def steps(*lines: str) -> str:
    return (
        HEAD + "components:\n  - key: line\n    steps:\n" + "".join(f"      - {x}\n" for x in lines)
    )


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        parse_plan(text)
    assert all(issue.place.line and issue.remedy for issue in caught.value.issues)
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def paid(text: str) -> Fraction:
    plan = published_plan(text)
    return calculate(plan, parse_inputs(INPUTS, currency="EUR")).payees[0].total.amount


def test_no_line_is_finer_than_its_currency() -> None:
    fine = steps("{step: fixed_amount, amount: pay}") + "rounding: {places: %s}\n"
    assert refused(fine % 3) == [("plan.places_of_currency", "rounding.places")]
    assert refused((fine % 1).replace("EUR", "JPY")) == [
        ("plan.places_of_currency", "rounding.places")
    ]
    assert parse_plan(fine % 2)
    assert parse_plan((fine % 3).replace("EUR", "KWD"))
    assert paid(fine % 3) == Fraction("0.34")
    assert paid(fine % 1) == Fraction("0.3")


def test_what_exceeds_a_limit_of_one_value_is_not_taken_from_another() -> None:
    excess = "{step: threshold, measure: revenue, at: %s, counts: excess%s}"
    flat = "{step: flat_rate, base: revenue, rate: 10 %}"
    odd = steps(excess % ("80 %", ", value: attainment"), flat)
    assert refused(odd) == [("plan.excess_of_another", "components[0].steps[0].value")]
    # 10 % of 1,000 − 0.8, as it was always read
    assert paid(odd) == Fraction("99.92")
    assert paid(steps(excess % ("quota * 80 %", ""), flat)) == 20


@pytest.mark.parametrize("name", ["twice", "year", "mates", "pay"])
@pytest.mark.parametrize("kind", ["clawback", "holdback"])
def test_deals_are_settled_where_the_base_has_deals(name: str, kind: str) -> None:
    silent = steps(f"{{step: flat_rate, base: {name}, rate: 10 %}}", f"{{step: {kind}}}")
    where = "components[0].steps[1].base"
    assert refused(silent) == [("plan.base_without_deals", where)]
    stated = steps(
        f"{{step: flat_rate, base: {name}, rate: 10 %}}", f"{{step: {kind}, base: revenue}}"
    )
    assert parse_plan(stated)
    assert refused(stated.replace("base: revenue}", f"base: {name}}}")) == [
        ("plan.base_without_deals", where)
    ]
    assert parse_plan(steps("{step: flat_rate, base: team, rate: 1 %}", f"{{step: {kind}}}"))


def test_a_published_base_without_deals_holds_nothing_back() -> None:
    held = "{step: holdback}"
    assert paid(steps("{step: flat_rate, base: revenue, rate: 10 %}", held)) == 0
    assert paid(steps("{step: flat_rate, base: twice, rate: 10 %}", held)) == 200


def test_a_stock_for_all_counts_each_payee_s_own_deals() -> None:
    stock = "{step: spiff, events: %s, amount: 10, first: 2, across: %s}"
    assert refused(steps(stock % ("team", "plan"))) == [
        ("plan.stock_of_others", "components[0].steps[0].events")
    ]
    assert parse_plan(steps(stock % ("team", "payee")))
    assert paid(steps(stock % ("revenue", "plan"))) == 10
    assert paid(steps(stock % ("team", "plan"))) == 0


@pytest.mark.parametrize("part", ["given", "expect"])
@pytest.mark.parametrize("junk", ["[{total: 5}]", "much", "5"])
def test_an_example_that_is_no_block_is_told(part: str, junk: str) -> None:
    blocks = {"given": "{measures: {pay: 5}}", "expect": "{total: 5}"}
    text = steps("{step: fixed_amount, amount: pay}") + "examples:\n  - {given: %s, expect: %s}\n"
    assert parse_plan(text % tuple(blocks.values()))
    blocks[part] = junk
    assert refused(text % tuple(blocks.values())) == [("plan.wrong_type", f"examples[0].{part}")]


def test_who_has_no_weight_gets_nothing_of_a_pool_and_is_told() -> None:
    plan = parse_plan(steps("{step: team_pool, pool: 100, weight: pay}"))
    people = [{"id": "ana", "measures": {"pay": "2"}}, {"id": "ben"}, {"id": "eva"}]
    found = calculate(
        plan, parse_inputs({"period": "2026-01", "payees": people}, currency="EUR")
    ).payees
    assert [one.total.amount for one in found] == [100, 0, 0]
    assert [[issue.code for issue in one.issues] for one in found] == [
        [],
        ["calculation.no_value"],
        ["calculation.no_value"],
    ]


CREW = """
key: p
name: {fr: Plan, en: Plan}
currency: EUR
period: month
measures:
  gross: {sum: amount, share: false}
  rev: {sum: amount}
  wins: {count: credits}
  given: {given: given}
  crew: {team: %s}
  all: {everyone: gross}
  upper: {team: crew}
components:
  - key: line
    steps:
"""
TENTH = "{step: deal_tiers, base: %s, tiers: [{from: 0, rate: 10 %%}]}"
SPLIT = "{step: money_split}"


def divided(sums: str, *lines: str) -> str:
    return CREW % sums + "".join(f"      - {x}\n" for x in lines)


def managed(text: str, **credits: list[tuple[str, str, str]]) -> Fraction:
    """What the manager `m` is paid; credits by payee: the deal, its amount and the share."""
    people = [
        {
            "id": one,
            **({} if one == "m" else {"manager": "m"}),
            "credits": [
                {"id": deal, "closed_at": "2026-01-05", "amount": amount, "share": share}
                for deal, amount, share in found
            ],
        }
        for one, found in {"m": [], **credits}.items()
    ]
    inputs = parse_inputs({"period": "2026-01", "payees": people}, currency="EUR")
    payees = calculate(published_plan(text), inputs).payees
    return next(one.total.amount for one in payees if one.id == "m")


@pytest.mark.parametrize("name", ["crew", "all", "upper", "given"])
def test_only_the_payee_s_own_deals_are_divided(name: str) -> None:
    where = [("plan.split_of_others", "components[0].steps[0].base")]
    assert refused(divided("gross", TENTH % name, SPLIT)) == where
    assert refused(divided("gross", TENTH % name, TENTH % "gross", SPLIT)) == where
    by_deal = f"{{step: flat_rate, base: {name}, rate: 1 %, by: deal}}"
    assert refused(divided("gross", by_deal, SPLIT)) == where
    spiff = f"{{step: spiff, events: {name}, amount: 10}}"
    assert refused(divided("gross", spiff, SPLIT)) == [(where[0][0], where[0][1][:-4] + "events")]
    assert parse_plan(divided("gross", TENTH % name))


@pytest.mark.parametrize("name", ["gross", "rev", "wins"])
def test_the_payee_s_own_deals_are_divided(name: str) -> None:
    assert parse_plan(divided("gross", TENTH % name, SPLIT))


def test_a_published_split_pays_all_of_what_a_team_has_made() -> None:
    """As it was when a member was one figure: nobody's share was taken of the manager's amount."""
    whole = divided("gross", TENTH % "crew", SPLIT)
    # 1,000 for each of the two, at 10 %
    assert managed(whole, a=[("D", "1000", "0.6")], b=[("D", "1000", "0.3")]) == 200
    assert managed(whole, a=[("D", "1000", "0.3")], b=[("D", "1000", "0.6")]) == 200
    # the shares are in the values already: (600 + 250) at 10 %
    shared = divided("rev", TENTH % "crew", SPLIT)
    assert managed(shared, a=[("D", "1000", "0.6")], b=[("E", "500", "0.5")]) == 85
    # all shares of the deal are there: no cents are shared out with the members either
    halves = {"a": [("D", "1000", "0.5")], "b": [("D", "1000", "0.5")]}
    assert managed(whole, **halves) == 200
    everyone = divided("gross", TENTH % "all", SPLIT)
    assert managed(everyone, m=[("D", "1000", "0.1")], a=[("D", "1000", "0.9")]) == 200
    windfall = "{step: windfall, measure: crew, limit: 300}"
    assert managed(divided("gross", windfall, TENTH % "crew", SPLIT), a=halves["a"]) == 30


@pytest.mark.parametrize("names", [("gross", "crew"), ("crew", "gross")])
def test_a_published_split_of_a_deal_that_is_the_manager_s_and_a_member_s(
    names: tuple[str, str],
) -> None:
    text = divided("gross", *(TENTH % name for name in names), SPLIT)
    # a tenth of the own 100, and the member's 100
    assert managed(text, m=[("D", "1000", "0.1")], a=[("D", "1000", "0.6")]) == 110
