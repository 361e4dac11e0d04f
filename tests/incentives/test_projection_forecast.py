"""The projection of a plan that pays own deals follows the forecast, and says what has no score."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
import time_machine
from django.urls import reverse

from incentives.calc import parse_plan
from incentives.statements.projecting import projection_cards
from incentives.statements.projection import Projection, projections
from incentives.statements.rests import MOST_DEALS, deals_worth, pays_own_deals
from kpis.models import ForecastLine, ForecastRun
from people.models import Person
from tests.incentives.conftest import PLAN, Pay, won
from tests.incentives.test_pages import signed_in
from tests.incentives.test_projection import TODAY, april, euros
from tests.incentives.test_reviews import agreed, quality, score

__all__ = ["april", "quality"]  # fixtures
SAID_AT = datetime(2026, 4, 15, 6, tzinfo=UTC)


def forecast(person: Person, low: int, expected: int, high: int, currency: str = "EUR") -> None:
    """A kept forecast of April, in euros, as of this morning."""
    run = ForecastRun.objects.create(
        starts_on=date(2026, 4, 1), ends_on=date(2026, 5, 1), as_of=SAID_AT, currency=currency,
        learnt={},
    )  # fmt: skip
    ForecastLine.objects.create(
        run=run, person=person, booked_minor=800_000, pipeline_minor=0,
        new_minor=(expected - 8000) * 100, correction_minor=0, low_minor=low * 100,
        expected_minor=expected * 100, high_minor=high * 100, open_deals=0, begun_deals=0,
    )  # fmt: skip


def projected(person: Person, day: date = TODAY) -> Projection:
    (found,) = projections(person.pk, day)
    assert isinstance(found, Projection)
    return found


def test_low_expected_and_high_are_those_of_the_forecast_paid_by_the_plan(april: Pay) -> None:
    léa = april.world.people["léa"]
    forecast(léa, 10_000, 16_000, 22_000)
    found = projected(léa)
    assert found.booked == euros("400")
    # 5 % of the first 10,000, 10 % of what is above
    assert found.outcomes == (euros("500"), euros("1100"), euros("1700"))
    assert (found.low, found.expected, found.high) == found.outcomes
    assert found.rests.forecast_at == SAID_AT


def test_what_was_won_since_the_forecast_is_expected_no_longer(april: Pay) -> None:
    léa = april.world.people["léa"]
    forecast(léa, 10_000, 16_000, 22_000)
    won("léa", "3000", date(2026, 4, 15), "A2")
    found = projected(léa)
    # 11,000 are booked: more than the low end, which takes nothing away again
    assert found.booked == euros("600")
    assert found.outcomes == (euros("600"), euros("1100"), euros("1700"))


def test_a_forecast_in_another_currency_is_not_read(april: Pay) -> None:
    léa = april.world.people["léa"]
    forecast(léa, 10_000, 16_000, 22_000, currency="USD")
    found = projected(léa)
    assert found.rests.forecast_at is None
    assert found.outcomes == (euros("450"), euros("600"), euros("800"))


@pytest.mark.parametrize(
    "place", [{"valid_from": date(2026, 4, 20)}, {"valid_to": date(2026, 4, 29)}]
)
def test_a_forecast_of_days_that_the_plan_does_not_pay_is_not_read(
    april: Pay, place: dict[str, date]
) -> None:
    léa = april.world.people["léa"]
    forecast(léa, 10_000, 16_000, 22_000)
    léa.assignments.update(**place)
    assert projected(léa).rests.forecast_at is None


def test_of_two_totals_the_expected_one_is_halfway(april: Pay) -> None:
    léa = april.world.people["léa"]
    léa.assignments.update(valid_from=date(2026, 2, 1))
    found = projected(léa)
    assert found.outcomes == (euros("600"), euros("800"))
    assert found.expected == euros("700")


def test_both_pages_say_which_forecast_it_is_and_show_no_cents(april: Pay) -> None:
    léa = april.world.people["léa"]
    forecast(léa, 10_000, 16_001, 22_000)
    (card,) = projection_cards(projections(léa.pk, TODAY))
    assert [card["low"], card["expected"], card["high"]] == ["€500", "€1,100", "€1,700"]
    assert card["booked"] == "€400.00"
    assert "Booked so far, plus what the forecast of" in card["method"]
    client = signed_in(april.world.users["léa"])
    with time_machine.travel(datetime(2026, 4, 15, 9, tzinfo=UTC), tick=False):
        for page in ("incentives:statements", "cockpit:bonus"):
            assert "what the forecast of" in client.get(reverse(page)).content.decode()


TYPED = "revenue: {sum: amount, where: [{attribute: type, is: %s}], unit: money, name"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"revenue: {sum: amount, unit: money, name": TYPED % "deal_won"}, True),
        ({"revenue: {sum: amount, unit: money, name": TYPED % "meeting_held"}, False),
        ({"sum: amount, unit": "sum: margin, unit"}, False),
        ({"sum: amount, unit": "kpi: revenue, unit"}, False),
        ({"base: revenue": "base: below", "components:": "  below: {team: revenue}\ncomponents:"},
         False),
        ({"base: revenue": "base: all", "components:": "  all: {everyone: revenue}\ncomponents:"},
         False),
    ],
)  # fmt: skip
def test_only_plans_on_ones_own_won_deals_follow_the_forecast(
    change: dict[str, str], expected: bool
) -> None:
    text = PLAN.partition("examples:")[0]
    for before, after in change.items():
        assert before in text
        text = text.replace(before, after)
    assert pays_own_deals(parse_plan(text)) is expected


def deal(name: str, minor: int, share: str | None = None) -> dict[str, object]:
    made = {"id": name, "amount_minor": minor, "currency": "EUR", "attributes": {"deal": name}}
    return made if share is None else {**made, "share": share}


def parts(rest: int, *like: dict[str, object]) -> list[Fraction]:
    return [
        Fraction(str(one["amount_minor"])) * Fraction(str(one.get("share", 1)))
        for one in deals_worth(rest, like)
    ]


def test_deals_like_the_last_ones_bring_the_rest_to_the_cent() -> None:
    a, b = deal("a", 500), deal("b", 600, "1/3")
    assert parts(0, a) == []
    assert parts(499, a, b) == [499]
    assert parts(1250, a, b) == [500, 200, 500, 50]
    assert sum(parts(10**9, a)) == 10**9
    assert len(parts(10**9, a)) == MOST_DEALS
    made = deals_worth(1250, [a, b])
    assert len({str(one["id"]) for one in made}) == 4
    assert [one["attributes"] for one in made] == [{"deal": one["id"]} for one in made]
    assert a == deal("a", 500)


@pytest.fixture
def in_april() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 4, 2, 9, tzinfo=UTC), tick=False):
        yield


def test_goals_without_a_score_are_named_with_what_they_may_bring(
    in_april: None, quality: Pay
) -> None:
    léa, day = quality.world.people["léa"], date(2026, 3, 20)
    discovery = agreed(quality, "discovery")
    found = projected(léa, day)
    (goals,) = found.goals
    # nothing is agreed for the other one: it has its key only
    assert (goals.names, goals.missing) == (("Well done: discovery", "crm"), "zero")
    assert (found.booked, goals.worth) == (euros("0"), euros("1000"))
    (card,) = projection_cards([found])
    assert card["goals"] == [
        "Not scored yet, counted as 0 here: Well done: discovery, crm."
        " Full marks would add €1,000.00."
    ]
    score(quality, discovery, [5, 5], 10)
    found = projected(léa, day)
    (goals,) = found.goals
    assert (found.booked, goals.names, goals.worth) == (euros("600"), ("crm",), euros("400"))
