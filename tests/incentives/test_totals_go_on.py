"""Running totals when the measure that they total gets another key in the middle of a year."""

from datetime import date

import pytest

from incentives import services
from incentives.calc import calculate, calculate_periods, inputs_hash, parse_inputs, parse_plan
from incentives.models import PayPeriod, PlanVersion
from kernel.issues import Invalid
from tests.incentives.conftest import Pay, won

TOTALLED = """\
key: seller
name: {fr: Commission des vendeurs, en: Commission of sellers}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money}
  so_far: {to_date: revenue, before: true}
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - step: marginal_tiers
        base: revenue
        start: so_far
        tiers: [{from: 0, rate: 5 %}, {from: 12000, rate: 10 %}]
"""
# as somebody writes it by hand, who thinks of the name alone
RENAMED = TOTALLED.replace("revenue", "turnover")
# the version knows nothing of the total
WITHOUT = TOTALLED.replace("  so_far: {to_date: revenue, before: true}\n", "").replace(
    "        start: so_far\n", ""
)
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)


def formerly(text: str, *keys: str) -> str:
    return text.replace("before: true", f"before: true, formerly: [{', '.join(keys)}]")


def month(pay: Pay, day: date) -> PayPeriod:
    return services.open_period(actor=pay.hana, kind="month", day=day)


def published(pay: Pay, text: str, day: date) -> PlanVersion:
    draft = services.save_plan(actor=pay.hana, document=text, valid_from=day)
    return services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed with all")


@pytest.fixture
def march(pay: Pay) -> Pay:
    """March is locked: Léa's 12,000.00 and Omar's 1,000.10 are remembered under `revenue`."""
    published(pay, TOTALLED, date(2026, 2, 1))
    run = pay.run()
    assert pay.statement(run, "léa").total_minor == 60000
    pay.lock()
    return pay


def test_a_total_goes_on_under_the_new_key(march: Pay) -> None:
    published(march, formerly(RENAMED, "revenue"), APRIL)
    for name, amount, deal in (("léa", "1000", "A1"), ("omar", "1000", "A2")):
        won(name, amount, date(2026, 4, 10), deal)
    run = march.run(month(march, APRIL))
    # Léa is above 12,000.00 since March: 10 %; Omar is not
    assert march.statement(run, "léa").total_minor == 10000
    assert march.statement(run, "omar").total_minor == 5000
    march.lock(month(march, APRIL))
    again = RENAMED.replace("turnover", "sales")
    with pytest.raises(Invalid) as refused:  # what it was called in April is forgotten
        published(march, formerly(again, "revenue"), MAY)
    assert [one.code for one in refused.value.issues] == ["plan.total_cut_off"]
    published(march, formerly(again, "revenue", "turnover"), MAY)
    won("omar", "10000", date(2026, 5, 4), "M1")
    # 2,000.10 before: 9,999.90 at 5 % and 0.10 at 10 % are 500.005
    later = march.run(month(march, MAY))
    assert march.statement(later, "omar").total_minor == 50000 + 1


def test_another_key_alone_is_refused_within_the_year(march: Pay) -> None:
    draft = services.save_plan(actor=march.hana, document=RENAMED, valid_from=APRIL)
    with pytest.raises(Invalid) as refused:
        services.publish_plan(actor=march.hana, version_id=draft.pk, reason="agreed with all")
    (issue,) = refused.value.issues
    assert (issue.code, issue.place.path, issue.place.line) == (
        "plan.total_cut_off", "measures.so_far", 7,
    )  # fmt: skip
    assert "`formerly: [revenue]`" in issue.remedy_text()
    draft.refresh_from_db()
    assert draft.state == PlanVersion.State.DRAFT


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (formerly(RENAMED), APRIL),  # it is to begin anew, and says so
        (RENAMED, date(2027, 1, 1)),  # a year begins: nothing is lost
        (TOTALLED, APRIL),
        (RENAMED.replace("before: true", "since: quarter"), APRIL),
        (TOTALLED.replace("so_far: {", "other: {to_date: revenue}\n  so_far: {"), APRIL),
    ],
)
def test_where_no_total_is_lost_it_is_published(march: Pay, text: str, day: date) -> None:
    assert published(march, text, day).state == PlanVersion.State.PUBLISHED


def test_a_total_that_begins_anew_begins_at_zero(march: Pay) -> None:
    published(march, formerly(RENAMED), APRIL)
    won("léa", "1000", date(2026, 4, 10), "A1")
    run = march.run(month(march, APRIL))
    assert march.statement(run, "léa").total_minor == 5000


def in_may(march: Pay, april: str, may: str, name: str) -> int:
    """What somebody gets in May for 1,000.00, after 11,000.00 in April."""
    published(march, april, APRIL)
    published(march, may, MAY)
    won(name, "11000", date(2026, 4, 10), "A1")
    won(name, "1000", date(2026, 5, 4), "M1")
    march.run(month(march, APRIL))
    march.lock(month(march, APRIL))
    return march.statement(march.run(month(march, MAY)), name).total_minor


def test_a_key_that_comes_back_goes_on_from_the_total_of_the_other_one(march: Pay) -> None:
    back = formerly(TOTALLED, "turnover")
    # Omar's 1,000.10 of March and 11,000.00 of April are above 12,000.00: 10 %
    assert in_may(march, formerly(RENAMED, "revenue"), back, "omar") == 10000


@pytest.mark.parametrize("april", [formerly(RENAMED), formerly(RENAMED, "revenue"), WITHOUT])
def test_a_key_that_comes_back_begins_anew_where_it_says_so(march: Pay, april: str) -> None:
    assert in_may(march, april, formerly(TOTALLED), "léa") == 5000


@pytest.mark.parametrize(
    "april",
    [formerly(RENAMED, "revenue"), WITHOUT, TOTALLED.replace("before", "since: half, before")],
)
def test_a_version_between_two_others_cuts_no_total_of_the_later_one(
    march: Pay, april: str
) -> None:
    published(march, TOTALLED, MAY)
    draft = services.save_plan(actor=march.hana, document=april, valid_from=APRIL)
    with pytest.raises(Invalid) as refused:
        services.publish_plan(actor=march.hana, version_id=draft.pk, reason="agreed with all")
    (issue,) = refused.value.issues
    assert (issue.code, issue.place.path) == ("plan.later_total_cut_off", "measures")
    assert "2026" in issue.text()
    assert "revenue" in issue.remedy_text()


@pytest.mark.parametrize(
    ("april", "may"),
    [
        (TOTALLED, TOTALLED),
        (formerly(RENAMED, "revenue"), formerly(TOTALLED, "turnover")),
        (formerly(RENAMED, "revenue"), formerly(TOTALLED)),  # it begins anew in May, and says so
        (TOTALLED, formerly(RENAMED, "revenue")),
        (TOTALLED, WITHOUT),
    ],
)
def test_a_version_between_two_others_that_go_on_with_it_is_published(
    march: Pay, april: str, may: str
) -> None:
    published(march, may, MAY)
    assert published(march, april, APRIL).state == PlanVersion.State.PUBLISHED


def test_within_several_periods_a_former_total_is_not_carried_on() -> None:
    plan = parse_plan(formerly(RENAMED, "revenue"))
    stated = {"to_date.revenue.2026": "12000", "bonus": "5"}
    rows = [
        {"period": "2026-04", "payees": [{"id": "léa", "carried": stated}]},
        {"period": "2026-05", "payees": [{"id": "léa"}]},
    ]
    inputs = [parse_inputs(row, currency="EUR") for row in rows]
    alone = calculate_periods(plan, inputs).periods[1][1].inputs
    kept = {"to_date.turnover.2026": "12000", "bonus": "5"}
    rows[1]["payees"] = [{"id": "léa", "carried": kept}]
    assert inputs_hash(parse_inputs(rows[1], currency="EUR")) == alone


def paid(text: str, **carried: str) -> tuple[int, dict[str, str]]:
    keys = {f"to_date.{key}.2026": value for key, value in carried.items()}
    credit = {"id": "A1", "amount": "100", "closed_at": "2026-04-10"}
    body = {"period": "2026-04", "payees": [{"id": "léa", "carried": keys, "credits": [credit]}]}
    (payee,) = calculate(parse_plan(text), parse_inputs(body, currency="EUR")).payees
    return payee.total.minor, {key: str(value) for key, value in (payee.carried or {}).items()}


def test_of_several_names_the_last_one_that_has_a_total_counts() -> None:
    text = formerly(RENAMED, "revenue", "sales")
    assert paid(text, revenue="12000") == (1000, {"to_date.turnover.2026": "12100"})
    assert paid(text, revenue="12000", sales="50") == (500, {"to_date.turnover.2026": "150"})
    assert paid(text, revenue="12000", turnover="50") == (500, {"to_date.turnover.2026": "150"})
    assert paid(text) == (500, {"to_date.turnover.2026": "100"})


def test_a_name_that_a_measure_of_the_plan_has_is_refused() -> None:
    text = formerly(TOTALLED, "revenue")
    with pytest.raises(Invalid) as refused:
        parse_plan(text)
    (issue,) = refused.value.issues
    assert (issue.code, issue.place.path) == (
        "plan.still_a_measure", "measures.so_far.formerly[0]",
    )  # fmt: skip
