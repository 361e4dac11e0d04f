"""The dictionary: search, a KPI with its tree, what depends on it, a formula with its preview."""

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html import unescape
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from common.models import AuditEntry
from kernel import expressions
from kernel.issues import Invalid
from kernel.periods import parse_period
from kpis.dictionary.drafts import Compared, Draft, periods_of, preview
from kpis.dictionary.words import definition_words, formula_words
from kpis.queries import catalogue, frozen_catalogue, frozen_formulas, kpi_values, many_kpi_values
from kpis.services import (
    ObjectiveInput,
    change_formula,
    read_formula,
    recompute_touched,
    set_objective,
)
from people.access import Scope
from tests.kpis.crew import Crew, as_correction, at, event, plain, record
from tests.kpis.test_pages import signed_in

TODAY = date(2026, 3, 20)
MARCH = parse_period("2026-03")
EVERYONE = Scope(everyone=True, totals=True)


@pytest.fixture(autouse=True)
def in_march() -> Any:
    with time_machine.travel(at("2026-03-20 12:00"), tick=False):
        yield


@pytest.fixture
def sales(crew: Crew) -> Crew:
    """Two won deals of Léa, one of Hugo, one lost; in February one of Léa."""
    record(
        event("w1", "2026-03-10 10:00", kind="deal_won", amount=300, account="Acme"),
        event("w2", "2026-03-11 10:00", kind="deal_won", amount=100, account="Besson"),
        event("w3", "2026-03-12 10:00", "P2", kind="deal_won", amount=200, account="Calix"),
        event("l1", "2026-03-12 11:00", "P2", kind="deal_lost", account="Dorel"),
        event("w0", "2026-02-10 10:00", kind="deal_won", amount=50, account="Acme"),
    )
    recompute_touched()
    return crew


def page(client: Any, name: str, key: str = "", **query: str) -> str:
    address = reverse(name, args=[key] if key else [])
    answer = client.get(address, query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


# --- the list --------------------------------------------------------------------------------


def names_found(text: str) -> list[str]:
    return re.findall(r'<tr id="([a-z_]+)">', text)


def test_the_dictionary_says_everything_about_a_kpi(crew: Crew) -> None:
    text = page(signed_in(crew.user_of(crew.lea)), "kpis:dictionary")

    (row,) = re.findall(r'<tr id="proposal_to_order">.*?</tr>', text, re.DOTALL)
    for said in (
        "Proposal to order rate", "Lagging", "Deals won ÷ Proposals sent × 100",
        "deals_won / proposals_sent * 100", "percent", "Higher is better", "Monthly", "bad < 25",
        "from the beginning", "look again at the targeting",
    ):  # fmt: skip
        assert said in row
    assert set(names_found(text)) == set(catalogue(TODAY).kpis)


@pytest.mark.parametrize(
    ("find", "found"),
    [
        ("deals_LOST", "closing_rate"),  # the formula
        ("taux de closing", "closing_rate"),  # the name in the other language
        ("list value WON", "discount_rate"),  # the formula in words
        ("xyzzy", ""),
    ],
)
def test_the_dictionary_is_searched(crew: Crew, find: str, found: str) -> None:
    client = signed_in(crew.user_of(crew.lea))

    names = names_found(page(client, "kpis:dictionary", find=find))
    assert (found in names) is bool(found)
    assert "calls_count" not in names
    fragment = client.get(
        reverse("kpis:dictionary"), {"find": find}, headers={"HX-Request": "true"}
    ).content.decode()
    assert names_found(fragment) == names
    assert "<html" not in fragment
    assert ("Nothing speaks of this" in fragment) is (not found)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("deals_won / (deals_won + leads) * 100", "Deals won ÷ (Deals won + Leads received) × 100"),
        ("-calls - (emails - 1.5)", "−Calls made − (E-mails sent − 1.5)"),
        ("if(calls >= 10, 1, 0)", "if, then, otherwise: (Calls made ≥ 10; 1; 0)"),
        ("calls / days_in_period", "Calls made ÷ days of the period"),
        ("if(calls > 1 and not (emails = 2), 1, 0)",
         "if, then, otherwise: (Calls made > 1 and not E-mails sent = 2; 1; 0)"),
    ],
)  # fmt: skip
def test_a_formula_is_said_in_words(crew: Crew, formula: str, words: str) -> None:
    labels = {one.key: one.name for one in catalogue(TODAY).metrics.values()}

    assert formula_words(expressions.parse(formula), labels) == words


def test_every_metric_that_ships_is_said_in_words(crew: Crew) -> None:
    known = catalogue(TODAY)
    said = {key: definition_words(one.definition, {}) for key, one in known.metrics.items()}

    assert len(set(said.values())) == len(said)  # two that say the same would be the same
    assert said["upsell_revenue"] == (
        "Amounts added up: deal_won, where “sale” is Upsell, Cross-sell"
    )
    assert said["csat_satisfied"] == (
        "How many: satisfaction_answer, where “score” is ≥ 4, ≤ 5"
    )  # fmt: skip
    assert said["weighted_pipeline"].endswith("Engaging, Proposal, at the end of the period")


# --- a KPI and its tree ----------------------------------------------------------------------


def test_the_tree_goes_from_the_objective_to_the_metrics(sales: Crew) -> None:
    goal = ObjectiveInput("average_deal", Fraction(400), MARCH.start, MARCH.end, person="P1")
    set_objective(actor=None, objective=goal)

    text = page(signed_in(sales.user_of(sales.ines)), "kpis:kpi", "average_deal",
                period="2026-03", person=str(sales.lea.pk))  # fmt: skip

    order = ["Objective", "reached: 50%", "Average deal size", "Booked revenue", "Deals won"]
    steps = text[text.index('class="steps"') :]
    assert [steps.index(word) for word in order] == sorted(steps.index(word) for word in order)
    facts = text[text.index("In the dictionary") :]
    for said in (
        "Value: does success bring enough?",
        "Lagging",
        "Higher is better",
        "average_deal",
    ):
        assert f"<dd>{said}" in facts
    values = re.findall(r'class="value">([^<]*)<', steps)
    assert values[:4] == ["€400", "€200", "€400", "2"]
    assert reverse("kpis:metric", args=["deals_won"]) in text
    assert reverse("kpis:explain", args=["average_deal", sales.lea.pk]) in text


def test_figures_of_a_kpi_are_those_that_the_viewer_may_see(sales: Crew) -> None:
    def shown(user: Any, **query: str) -> list[str]:
        text = page(signed_in(user), "kpis:kpi", "revenue_booked", period="2026-03", **query)
        return re.findall(r'class="value">([^<]*)<', text)[:1]

    assert shown(sales.admin) == ["€600"]
    assert shown(sales.user_of(sales.hugo)) == ["€200"]
    # Léa left North for South on the 15th: both saw her in March, South all of her month
    assert shown(sales.user_of(sales.paul)) == ["€400"]
    client = signed_in(sales.user_of(sales.hugo))
    refused = reverse("kpis:kpi", args=["revenue_booked"]) + f"?person={sales.lea.pk}"
    assert client.get(refused).status_code == 404
    assert client.get(reverse("kpis:kpi", args=["nothing"])).status_code == 404


def test_a_kpi_may_be_made_of_kpis(sales: Crew) -> None:
    text = page(signed_in(sales.admin), "kpis:kpi", "retention_rate", period="2026-03")
    assert reverse("kpis:kpi", args=["retention"]) in text

    below = page(signed_in(sales.admin), "kpis:kpi", "retention", period="2026-03")
    depends = below[below.index("What depends on it") :]
    assert "Share of customers who stay" in depends


def test_records_of_a_metric_by_right(sales: Crew) -> None:
    def records(user: Any, key: str = "deals_won") -> list[str]:
        text = page(signed_in(user), "kpis:metric", key, period="2026-03")
        return re.findall(r"crm (\w+)", text)

    assert records(sales.admin) == ["w3", "w2", "w1"]
    assert records(sales.user_of(sales.hugo)) == ["w3"]
    assert records(sales.user_of(sales.lea)) == ["w2", "w1"]
    assert records(sales.user_of(sales.hugo), "calls") == []
    client = signed_in(sales.user_of(sales.hugo))
    assert client.get(reverse("kpis:metric", args=["nothing"])).status_code == 404


@pytest.mark.parametrize(
    "key",
    [
        "open_pipeline", "receivables", "products_listed", "customers_end", "objectives_met",
        "leads_contacted", "new_customers", "discovery_score", "median_deal",
    ],
)  # fmt: skip
def test_every_kind_of_metric_has_its_page(sales: Crew, key: str) -> None:
    assert catalogue(TODAY).metrics[key].name in page(signed_in(sales.admin), "kpis:metric", key)


def test_what_depends_on_a_kpi(sales: Crew) -> None:
    goal = ObjectiveInput("revenue_booked", Fraction(900), MARCH.start, MARCH.end, person="P2")
    set_objective(actor=None, objective=goal)

    def depends(user: Any) -> str:
        text = page(signed_in(user), "kpis:kpi", "revenue_booked")
        return text[text.index("What depends on it") : text.index("Versions")]

    assert "Hugo Petit" in depends(sales.admin)
    assert "Scorecard" in depends(sales.admin)
    assert "Hugo Petit" in depends(sales.user_of(sales.hugo))
    assert "Hugo Petit" not in depends(sales.user_of(sales.lea))


# --- a formula as it is written --------------------------------------------------------------


def test_the_preview_stands_beside_the_formula_in_force(sales: Crew) -> None:
    known = catalogue(TODAY)
    draft = Draft(read_formula("revenue_booked", "revenue * 2", known), "revenue_booked")

    found = preview(draft, periods_of("monthly", TODAY), EVERYONE)

    assert [str(one) for one in found.periods] == [
        str(parse_period(month)) for month in ("2026-03", "2026-02", "2026-01")
    ]
    rows = {row.name: row.values for row in found.rows}
    assert rows[""] == (Compared(1200, 600), Compared(100, 50), Compared(0, 0))  # type: ignore[arg-type]  # whole numbers
    assert rows["Léa Martin"][0] == Compared(Fraction(800), Fraction(400))
    assert {"North", "South", "Hugo Petit", "Noor Haddad"} < set(rows)
    assert "Inès Roy" not in rows  # who leads does not sell


def test_the_preview_of_a_past_period_is_beside_the_formula_of_then(sales: Crew) -> None:
    change_formula(actor=None, kpi_key="revenue_booked", formula="revenue + 1",
                   valid_from=MARCH.start, reason="one more")  # fmt: skip
    draft = Draft(expressions.parse("revenue"), "revenue_booked")

    found = preview(draft, periods_of("monthly", TODAY), EVERYONE)

    assert [one.in_force for one in found.rows[0].values] == [601, 50, 0]


def test_the_preview_says_all_that_is_wrong_at_once(sales: Crew) -> None:
    client = signed_in(sales.admin)
    url = reverse("kpis:preview") + "?kpi=closing_rate"
    data = {"formula": "deals_wno / leeds * closing_rate", "bad": "below 25", "good": ">= 40"}

    text = unescape(client.post(url, data).content.decode())

    for said in (
        'There is no value called "deals_wno".', 'Did you mean "deals_won"?',
        'There is no value called "leeds".', 'Did you mean "leads"?',
        "in a circle: closing_rate → closing_rate", '"below 25" is not a limit.',
    ):  # fmt: skip
        assert said in text
    assert "<table" not in text
    right = unescape(client.post(url, {"formula": "deals_won"}).content.decode())
    assert "<table" in right
    assert 'class="issue' not in right
    assert "something to calculate" in client.post(url, {"formula": " "}).content.decode()


def test_a_preview_keeps_nothing(sales: Crew) -> None:
    before = AuditEntry.objects.count()

    signed_in(sales.admin).post(
        reverse("kpis:preview") + "?kpi=closing_rate", {"formula": "deals_won"}
    )

    assert AuditEntry.objects.count() == before
    assert catalogue(TODAY).kpis["closing_rate"].formula.startswith("deals_won / (")


def test_a_new_version_leaves_the_past_and_what_was_frozen(sales: Crew) -> None:
    frozen = frozen_formulas({"revenue_booked"}, TODAY)
    client = signed_in(sales.admin)
    data = {"formula": "revenue * 10", "valid_from": "2026-03-01", "reason": "new way",
            "bad": "< 100", "good": ""}  # fmt: skip

    assert client.post(reverse("kpis:formula", args=["revenue_booked"]), data).status_code == 302

    values = [kpi_values("revenue_booked", period=parse_period(one))[0].figure.value
              for one in ("2026-02", "2026-03")]  # fmt: skip
    assert plain(*values) == (50, 6000)
    (kept,) = many_kpi_values(["revenue_booked"], period=MARCH, known=frozen_catalogue(frozen))
    assert kept.figures["revenue_booked"].value == 600
    bands = [catalogue(day).kpis["revenue_booked"].bands.bad for day in (date(2026, 2, 28), TODAY)]
    assert [None if one is None else one.text for one in bands] == [None, "< 100"]
    text = page(client, "kpis:kpi", "revenue_booked")
    history = text[text.index("Versions") :]
    assert history.index("revenue * 10") < history.index("from the beginning")
    assert "new way" in history


def test_a_circle_that_would_begin_later_is_refused_now(crew: Crew) -> None:
    change_formula(actor=None, kpi_key="calls_count", formula="emails_count",
                   valid_from=date(2026, 6, 1), reason="later")  # fmt: skip

    with pytest.raises(Invalid, match="calls_count → emails_count"):
        change_formula(actor=None, kpi_key="emails_count", formula="calls_count",
                       valid_from=date(2026, 4, 1), reason="now")  # fmt: skip

    assert catalogue(date(2026, 7, 1)).kpis["emails_count"].formula == "emails"


# --- as known on a day -----------------------------------------------------------------------


PAST = "The past: as known in the evening of"


@pytest.fixture
def corrected(crew: Crew) -> Crew:
    """A win of €300, known on the 10th and corrected to €512 on the 13th at midnight."""
    won = event("w1", "2026-03-10 10:00", kind="deal_won", amount=300, account="Acme")
    record(won, recorded_at=at("2026-03-10 12:00"))
    later = replace(as_correction(won), amount=Fraction(512), reason="the invoice")
    record(later, recorded_at=at("2026-03-13 00:00"))
    recompute_touched()
    return crew


def test_a_figure_as_it_was_known_on_a_day(corrected: Crew) -> None:
    client = signed_in(corrected.admin)
    now = page(client, "kpis:kpi", "revenue_booked", on="2026-03-20")
    said = {
        day: page(client, "kpis:kpi", "revenue_booked", on="2026-03-20", known_on=day)
        for day in ("2026-03-09", "2026-03-12", "2026-03-13")
    }

    assert ("€512" in now, "€300" in now, PAST in now) == (True, False, False)
    assert {day: ("€512" in text, "€300" in text) for day, text in said.items()} == {
        "2026-03-09": (False, False),
        "2026-03-12": (False, True),
        "2026-03-13": (True, False),
    }
    assert all(PAST in text for text in said.values())
    # one stays in the past while one looks at other months and KPIs, and can leave it
    addresses = re.findall(r'href="([^"]*known_on=2026-03-12[^"]*)"', said["2026-03-12"])
    assert any("on=2026-02-01" in one for one in addresses)
    back = reverse("kpis:kpi", args=["revenue_booked"])
    assert f'href="{back}?window=month&on=2026-03-01">Show what is known now' in said["2026-03-12"]


def test_the_past_shows_no_records_of_now(corrected: Crew) -> None:
    client = signed_in(corrected.user_of(corrected.lea))
    records = reverse("kpis:explain", args=["revenue_booked", corrected.lea.pk])
    now = page(client, "kpis:kpi", "revenue_booked", on="2026-03-20")
    past = page(client, "kpis:kpi", "revenue_booked", on="2026-03-20", known_on="2026-03-12")

    assert records in now
    assert records not in past
    assert "€300" in past


def test_the_past_opens_no_figures_of_others(corrected: Crew) -> None:
    client = signed_in(corrected.user_of(corrected.hugo))
    own = page(client, "kpis:kpi", "revenue_booked", on="2026-03-20", known_on="2026-03-12")
    other = client.get(
        reverse("kpis:kpi", args=["revenue_booked"]),
        {"known_on": "2026-03-12", "person": str(corrected.lea.pk)},
    )

    assert "€300" not in own
    assert other.status_code == 404


@pytest.mark.parametrize("day", ["2026-03-20", "2026-03-21", "9999-12-31", "0001-01-01", "x", ""])
def test_what_is_no_past_day_shows_what_is_known_now(corrected: Crew, day: str) -> None:
    text = page(
        signed_in(corrected.admin), "kpis:kpi", "revenue_booked", on="2026-03-20", known_on=day
    )

    assert PAST not in text
    assert "€512" in text
