"""On which day a deal was closed is a matter of the company's time zone, not of UTC."""

from fractions import Fraction
from typing import Any

import pytest

from incentives.calc import calculate, parse_document, parse_inputs, parse_plan
from kernel.issues import Invalid

PLAN = parse_plan("""
key: campaign
name: Campaign
currency: EUR
period: month
measures:
  deals: {count: credits}
components:
  - key: spiff
    steps:
      - {step: spiff, events: deals, amount: 100, window_from: 2026-02-01}
""")
# half past midnight of 1 February in Paris is still January in UTC
AFTER_MIDNIGHT = "2026-01-31T23:30:00+00:00"


def inputs_of(closed_at: str, **more: Any) -> dict[str, Any]:
    payee = {"id": "ana", "credits": [{"id": "D-1", "closed_at": closed_at}]}
    return {"period": "2026-02", "payees": [payee], **more}


def pays(closed_at: str, **more: Any) -> Fraction:
    inputs = parse_inputs(inputs_of(closed_at, **more), currency="EUR")
    return calculate(PLAN, inputs).of("ana").total.amount


@pytest.mark.parametrize(
    ("timezone", "amount"), [("Europe/Paris", 100), ("UTC", 0), ("America/New_York", 0)]
)
def test_a_moment_falls_on_a_day_of_the_stated_zone(timezone: str, amount: int) -> None:
    assert pays(AFTER_MIDNIGHT, timezone=timezone) == amount


@pytest.mark.parametrize("timezone", ["Europe/Paris", "UTC", "America/New_York", "Asia/Tokyo"])
def test_a_plain_date_is_that_day_in_every_zone(timezone: str) -> None:
    assert pays("2026-02-01", timezone=timezone) == 100
    assert pays("2026-01-31", timezone=timezone) == 0


def test_a_clock_time_without_zone_is_of_the_stated_one() -> None:
    assert pays("2026-02-01T00:30:00", timezone="Europe/Paris") == 100
    assert pays("2026-01-31T23:59:59", timezone="Europe/Paris") == 0


def test_one_zone_holds_for_all_periods_of_a_document() -> None:
    document = {"timezone": "Europe/Paris", "periods": [inputs_of(AFTER_MIDNIGHT)]}
    found = parse_document(document, currency="EUR")
    assert isinstance(found, tuple)
    assert [one.timezone for one in found] == ["Europe/Paris"]


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T22:59:59.000000+00:00",
        "0001-01-01T00:00:00+01:00",
    ],
)
def test_a_moment_at_the_end_of_the_calendar_is_told_with_its_place(moment: str) -> None:
    with pytest.raises(Invalid) as refused:
        pays(moment, timezone="Europe/Paris")
    (issue,) = refused.value.issues
    assert issue.place.path == "payees[0].credits[0].closed_at"
    assert moment in issue.text()


def test_an_unknown_zone_is_told_with_its_place() -> None:
    with pytest.raises(Invalid) as refused:
        pays("2026-02-01", timezone="Paris")
    (issue,) = refused.value.issues
    assert issue.place.path == "timezone"
    assert "Europe/Paris" in issue.text()
