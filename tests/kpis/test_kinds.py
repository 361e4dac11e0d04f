"""Each kind of metric on a small log: conditions, durations, and how things stand at a moment."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from activities.inputs import DealInput
from activities.services import record_deal_stages
from kernel.periods import Period, Window, parse_period
from kpis.models import Kpi, Metric, Objective
from kpis.queries import (
    frozen_catalogue,
    frozen_formulas,
    kpi_values,
    many_kpi_values,
    metric_values,
    records_behind,
    scored_records,
)
from kpis.services import change_formula, recompute_touched
from people.models import Role
from tests.kpis.calc.test_docs import table
from tests.kpis.crew import PARIS, Crew, as_correction, at, cancel, event, plain, record

MARCH = parse_period("2026-03")
Q1 = parse_period("2026-Q1")


def metric(key: str, dimension: str = "total", period: Period = MARCH) -> dict[str, Any]:
    """Value by the names of the group, the same from the cells and from the log."""
    recompute_touched()
    answers = [
        {
            " / ".join(part.name for part in row.group): row.values[key].value
            for row in metric_values([key], by=dimension, period=period, from_log=it)
        }
        for it in (False, True)
    ]
    assert answers[0] == answers[1]
    return answers[0]


def kpi(key: str, dimension: str = "total", period: Period = MARCH) -> dict[str, Any]:
    """The figures by the names of the group."""
    recompute_touched()
    rows = kpi_values(key, by=dimension, period=period)
    return {" / ".join(part.name for part in row.group): row.figure.value for row in rows}


def define(key: str, **definition: object) -> None:
    Metric.objects.create(key=key, name_fr=key, name_en=key, definition=definition)


def answer(number: str, when: str, score: object, who: str = "P1", kind: str = "nps_answer") -> Any:
    return event(number, when, who, kind=kind, attributes={"score": score}, account=number)


# --- conditions ------------------------------------------------------------------------------


def test_answers_count_by_their_score(crew: Crew) -> None:
    scores = [10, 9, 8, 7, 6, 0, "8.5"]
    record(
        *(
            answer(f"n{day}", f"2026-03-0{day} 10:00", score)
            for day, score in enumerate(scores, start=1)
        )
    )
    record(event("n9", "2026-03-09 10:00", kind="nps_answer"))  # says nothing

    assert metric("nps_answers") == {"": 7}
    assert metric("nps_promoters") == {"": 2}
    assert metric("nps_detractors") == {"": 2}
    assert kpi("nps") == {"": 0}


def test_satisfaction_is_a_share_of_the_answers_of_each_person(crew: Crew) -> None:
    for number, who, score in (("a", "P1", 5), ("b", "P1", 3), ("c", "P1", 4), ("d", "P2", 1)):
        record(answer(number, "2026-03-05 10:00", score, who, kind="satisfaction_answer"))

    assert kpi("csat", "person") == {
        "Léa Martin": Fraction(200, 3),
        "Hugo Petit": 0,
        "Noor Haddad": None,
        "Inès Roy": None,
        "Paul Blanc": None,
    }


def test_a_condition_on_words_and_one_on_a_third(crew: Crew) -> None:
    define("reached", kind="count", types=["call"],
           where={"attribute": "outcome", "among": ["reached", "called back"]})  # fmt: skip
    define("long_minutes", kind="sum_attribute", types=["call"], attribute="minutes",
           where={"attribute": "minutes", "least": "0.5"})  # fmt: skip
    define("mean_long", kind="average", types=["call"], attribute="minutes",
           where={"attribute": "minutes", "least": 1})  # fmt: skip
    record(
        event("1", "2026-03-02 10:00", attributes={"outcome": "reached", "minutes": "0.5"}),
        event("2", "2026-03-02 10:05", attributes={"outcome": "busy", "minutes": "0.4"}),
        event("3", "2026-03-02 10:06", attributes={"outcome": "called back", "minutes": 3}),
        event("4", "2026-03-02 10:07", (("P1", Fraction(1, 4)), ("P2", Fraction(3, 4))),
              attributes={"outcome": "reached", "minutes": 1}),
        event("5", "2026-03-02 10:08"),
    )  # fmt: skip

    assert metric("reached", "person")["Léa Martin"] == Fraction(9, 4)
    assert metric("long_minutes") == {"": Fraction(9, 2)}
    assert metric("mean_long") == {"": 2}
    for key in ("reached", "long_minutes"):
        rows = scored_records(key, Window.of(MARCH, PARIS))
        assert sum(one.value for one in rows) == metric(key)[""]


# --- durations -------------------------------------------------------------------------------


def test_the_days_from_the_first_lead_to_the_win(crew: Crew) -> None:
    define("days_to_win", kind="duration", types=["deal_won"], since=["lead", "call"],
           same="account")  # fmt: skip
    define("hours_to_reply", kind="duration", types=["reply"], since=["email"], same="account",
           unit="hours")  # fmt: skip
    record(
        event("l2", "2026-02-20 23:30", "P3", kind="lead", account="Acme"),
        event("l1", "2026-02-25 09:00", "P3", kind="call", account="Acme"),
        event("w1", "2026-03-02 00:10", kind="deal_won", amount=1, account="Acme"),
        event("w2", "2026-03-12 12:00", (("P1", Fraction(1, 2)), ("P2", Fraction(1, 2))),
              kind="deal_won", amount=1, account="Acme"),
        event("w3", "2026-03-12 12:00", kind="deal_won", amount=1, account="Zeta"),
        event("l3", "2026-03-13 12:00", kind="lead", account="Zeta"),
        event("m1", "2026-03-28 22:00", kind="email", account="Acme"),
        event("r1", "2026-03-29 04:00", kind="reply", account="Acme"),
    )  # fmt: skip

    assert metric("days_to_win", "person")["Léa Martin"] == 10 + 10
    assert metric("days_to_win", "person")["Hugo Petit"] == 10
    assert metric("hours_to_reply") == {"": 5}  # clocks went forward in the night
    rows = scored_records("days_to_win", Window.of(MARCH, PARIS))
    assert [plain(row.external_id, row.value) for row in rows] == [
        ("w1", 10),
        ("w2", 10),
        ("w2", 10),
    ]
    assert sum(row.value for row in scored_records("hours_to_reply", Window.of(MARCH, PARIS))) == 5


# --- how things stand ------------------------------------------------------------------------


def shelf(number: str, when: str, store: str, who: str = "P1", **found: object) -> Any:
    return event(number, when, who, kind="shelf_check", account=store, attributes=found)


def test_the_newest_check_of_each_store_counts_however_old(crew: Crew) -> None:
    record(
        shelf("s1", "2026-01-10 10:00", "North store", products_listed=3, products_in_range=10),
        shelf("s2", "2026-02-10 10:00", "North store", products_listed=6, products_in_range=10),
        shelf("s3", "2026-02-11 10:00", "South store", "P2", products_listed=5,
              products_in_range=10),
        shelf("s4", "2026-03-11 10:00", "South store", "P2", shelf_own_cm=50, shelf_total_cm=200),
    )  # fmt: skip

    assert kpi("numeric_distribution", "month", Q1) == {
        "2026-01": 30,
        "2026-02": 55,
        "2026-03": 55,
    }
    assert kpi("numeric_distribution", "person")["Hugo Petit"] == 50
    assert kpi("shelf_share") == {"": 25}
    assert kpi("numeric_distribution", "account") == {"North store": 60, "South store": 50}

    record(cancel("s2"))
    assert kpi("numeric_distribution") == {"": 40}


def test_customers_are_won_lost_and_won_again(crew: Crew) -> None:
    steps = table("day | account")
    record(*(
        event(f"c{day}", f"{day} 10:00", kind=kind, account=account,
              amount=1 if kind == "deal_won" else None)
        for day, account, kind, _ in steps
    ))  # fmt: skip
    at_end = [int(shown) for *_, shown in steps]
    week = Period(date(2026, 3, 2), date(2026, 3, 8))

    assert list(metric("customers_end", "day", week).values()) == at_end
    assert list(metric("customers_start", "day", week).values()) == [0, *at_end[:-1]]
    assert metric("customers_lost") == {"": 2}
    assert kpi("churn", "month", parse_period("2026-04")) == {"2026-04": 0}
    # Léa's last win was before her move: since then the customer belongs to her in South
    assert metric("customers_end", "team") == {"North": 0, "South": 1}
    assert metric("customers_start", "team") == {"North": 0, "South": 0}


def test_receivables_are_what_was_charged_and_not_paid(crew: Crew) -> None:
    record(
        event("i1", "2026-01-15 10:00", kind="invoice_sent", amount=1_000, account="Acme"),
        event("i2", "2026-03-15 10:00", kind="invoice_sent", amount=620, account="Acme"),
        event("p1", "2026-03-20 10:00", kind="payment_received", amount=1_000, account="Acme"),
    )

    assert metric("receivables", "month", Q1) == {"2026-01": 1000, "2026-02": 1000, "2026-03": 620}
    assert kpi("dso") == {"": 31}
    assert metric("receivables", "account") == {"Acme": 620}


def test_standings_as_they_were_known(crew: Crew) -> None:
    first, second = (datetime(2026, 3, day, tzinfo=UTC) for day in (10, 12))
    win = event("d1", "2026-03-02 10:00", kind="deal_won", amount=1, account="Acme")
    record(win, recorded_at=first)
    record(shelf("s1", "2026-03-02 10:00", "Acme", products_listed=3), recorded_at=first)
    better = shelf("s1", "2026-03-02 10:00", "Acme", products_listed=4)
    record(as_correction(better), recorded_at=second)
    record(cancel("d1"), recorded_at=second)

    def known(key: str) -> list[Any]:
        return [
            metric_values([key], period=MARCH, as_known_at=moment)[0].values[key].value
            for moment in (datetime(2026, 3, 9, tzinfo=UTC), first, second, None)
        ]

    assert known("customers_end") == [0, 1, 0, 0]
    assert known("products_listed") == [0, 3, 4, 4]


def test_acquisition_and_lifetime(crew: Crew) -> None:
    record(
        event("w0", "2025-11-02 10:00", kind="deal_won", amount=2_000, account="Old"),
        event("w1", "2026-01-02 10:00", kind="deal_won", amount=2_000, account="Acme"),
        event("x0", "2026-02-02 10:00", kind="customer_lost", account="Old"),
        event("e1", "2026-01-05 10:00", kind="marketing_expense", amount=500),
        event("e2", "2026-01-05 10:00", kind="sales_expense", amount=300),
    )

    assert kpi("cac", period=Q1) == {"": 800}
    # one of one customer left in 90 days; one deal of one customer in 90 days
    assert kpi("relationship_years", period=Q1) == {"": Fraction(90, 365)}
    assert kpi("purchases_per_year", period=Q1) == {"": Fraction(365, 90)}
    assert kpi("ltv", period=Q1) == {"": 2_000}
    assert kpi("ltv_cac", period=Q1) == {"": Fraction(5, 2)}
    assert kpi("retention", period=Q1) == {"": 0}


# --- objectives ------------------------------------------------------------------------------


def agree(kpi_key: str, start: str, end: str, target: int, **scope: object) -> None:
    Objective.objects.create(
        kpi=Kpi.objects.get(key=kpi_key), valid_from=start, valid_to=end, target=target, **scope
    )


def test_objectives_count_on_their_last_day_for_whom_they_bind(crew: Crew) -> None:
    ae = Role.objects.get(key="ae")
    agree("calls_count", "2026-03-01", "2026-04-01", 2, role=ae)
    agree("calls_count", "2026-03-01", "2026-03-16", 1, person=crew.lea)
    agree("revenue_booked", "2026-01-01", "2026-04-01", 100, person=crew.lea)
    agree("sales_cycle", "2026-03-01", "2026-04-01", 10, person=crew.hugo)
    agree("revenue_booked", "2026-03-01", "2026-05-01", 1, person=crew.hugo)
    agree("attainment_rate", "2026-03-01", "2026-04-01", 90, person=crew.hugo)
    agree("revenue_booked", "2026-03-01", "2026-04-01", 1, team=crew.north)
    record(
        event("c1", "2026-03-15 23:59"),
        event("c2", "2026-03-02 10:00", "P2"),
        event("c3", "2026-03-31 10:00", "P2"),
        event("d1", "2026-01-02 10:00", kind="deal_won", amount=99),
        event("d2", "2026-03-02 10:00", "P2", kind="deal_won", amount=1,
              attributes={"cycle_days": 8}),
    )  # fmt: skip

    # Léa: her calls of half a month (met, before that of her role) and the quarter (not met)
    assert metric("objectives_set", "person") == {
        "Léa Martin": 2, "Hugo Petit": 2, "Noor Haddad": 1, "Inès Roy": 0, "Paul Blanc": 0,
    }  # fmt: skip
    assert metric("objectives_met", "person") == {
        "Léa Martin": 1, "Hugo Petit": 2, "Noor Haddad": 0, "Inès Roy": 0, "Paul Blanc": 0,
    }  # fmt: skip
    assert metric("objectives_set", "team") == {"North": 2, "South": 3}
    assert kpi("attainment_rate") == {"": 60}
    assert kpi("attainment_rate", period=Q1) == {"": 60}
    assert kpi("attainment_rate", period=parse_period("2026-02")) == {"": None}


def test_an_objective_is_judged_by_the_formula_of_its_last_day(crew: Crew) -> None:
    change_formula(actor=None, kpi_key="calls_count", formula="calls * 10",
                   valid_from=MARCH.start, reason="tenfold")  # fmt: skip
    for start, end in (("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-04-01")):
        agree("calls_count", start, end, 5, person=crew.lea)
    record(event("c1", "2026-02-10 10:00"), event("c2", "2026-03-10 10:00"))

    assert kpi("attainment_rate", period=parse_period("2026-02")) == {"": 0}
    assert kpi("attainment_rate") == {"": 100}
    assert kpi("attainment_rate", period=Q1) == {"": 50}
    # as a pay period asks, which keeps formulas
    kept = frozen_catalogue(frozen_formulas({"attainment_rate"}, Q1.last))
    (row,) = many_kpi_values(["attainment_rate"], period=Q1, known=kept)
    assert row.figures["attainment_rate"].value == 50


# --- deals -----------------------------------------------------------------------------------


def test_the_margin_and_the_kind_of_sale_of_won_deals(crew: Crew) -> None:
    first = DealInput("D1", "won", "P1", account="Acme", amount=Fraction(1_000), currency="EUR",
                      margin=Fraction("250.50"), sale="new", engaged_at=at("2026-03-01 10:00"),
                      closed_at=at("2026-03-05 10:00"))  # fmt: skip
    more = replace(first, external_id="D2", margin=Fraction(-10), sale="cross_sell")
    plain_one = replace(first, external_id="D3", margin=None, sale="")
    spend = event("e1", "2026-03-05 10:00", kind="sales_expense", amount=100)
    record_deal_stages(actor=None, source="crm", deals=[first, more, plain_one])
    record(spend)

    assert kpi("margin_booked") == {"": Fraction("240.5")}
    assert kpi("upsell_share") == {"": Fraction(100, 3)}
    assert kpi("roi") == {"": Fraction("140.5")}
    assert kpi("gross_margin_rate") == {"": Fraction("240.5") / 3_000}

    wrong = replace(first, external_id="D4", sale="upsel", currency="")
    (result,) = record_deal_stages(actor=None, source="crm", deals=[wrong])
    assert [(one.code, one.place.path) for one in result.issues] == [
        ("amount_without_currency", "currency"),
        ("amount_without_currency", "currency"),
        ("unknown_sale", "sale"),
    ]
    assert result.issues[-1].remedy_text() == 'Did you mean "upsell"?'

    record_deal_stages(actor=None, source="crm", deals=[replace(first, margin=Fraction(300))])
    assert kpi("margin_booked") == {"": 290}


@pytest.mark.parametrize("key", ["nps", "numeric_distribution", "retention", "dso", "cac", "ltv"])
def test_nothing_recorded_is_no_value(crew: Crew, key: str) -> None:
    assert kpi(key) == {"": None}


def test_the_records_behind_a_standing(crew: Crew) -> None:
    record(
        shelf("s1", "2026-01-10 10:00", "North store", products_listed=3, products_in_range=10),
        event("w1", "2026-01-02 10:00", kind="deal_won", amount=1, account="Acme"),
    )

    behind = records_behind("numeric_distribution", crew.lea.pk, MARCH)
    assert [plain(one.metric, one.external_id, one.value) for one in behind] == [
        ("products_listed", "s1", 3),
        ("products_in_range", "s1", 10),
    ]
    behind = records_behind("retention", crew.lea.pk, MARCH)
    assert {(one.metric, one.external_id) for one in behind} == {
        ("customers_start", "w1"),
        ("customers_end", "w1"),
    }
