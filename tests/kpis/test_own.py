"""KPIs and metrics of one's own: made with fields, exact at once, their cells brought later."""

import re
import threading
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.http import QueryDict
from django.urls import reverse

from activities.queries import activity_types
from common.models import AuditEntry
from kernel.issues import Invalid
from kernel.periods import parse_period
from kpis.calc.definitions import KINDS, fields_of, parse_definition
from kpis.dictionary.metric_forms import KIND_LABELS, MetricForm
from kpis.models import Cell, Kpi, KpiVersion, Metric
from kpis.queries import catalogue, kpi_values, metric_values
from kpis.queries.catalogue import vocabulary
from kpis.services import (
    NewKpi,
    NewMetric,
    create_kpi,
    create_metric,
    fill_cells,
    load_dictionary,
    recompute_touched,
    verify_cells,
)
from kpis.services.filling import filled_percent
from kpis.services.own import OWN
from tests.kpis.crew import Crew, at, event, record
from tests.kpis.test_pages import signed_in

TODAY = date(2026, 3, 20)
MARCH = parse_period("2026-03")
LONG_CALLS = {"kind": "count", "types": ["call"], "where": {"attribute": "minutes", "least": "10"}}
CALLS_A_DEAL = NewKpi(
    "Appels par affaire", "Calls per deal", "calls / deals_won",
    "ratio", "down", "monthly", "efficiency", "leading", {"bad": "> 50"},
)  # fmt: skip


@pytest.fixture(autouse=True)
def in_march() -> Any:
    with time_machine.travel(at("2026-03-20 12:00"), tick=False):
        yield


@pytest.fixture
def calls(crew: Crew) -> Crew:
    """Four calls of Léa, two of them long, one of Hugo; a deal of Léa."""
    record(
        *(
            event(f"c{number}", f"2026-03-0{number} 10:00", attributes={"minutes": minutes})
            for number, minutes in enumerate((2, 12, 30, 9), start=1)
        ),
        event("c9", "2026-03-09 10:00", "P2", attributes={"minutes": 11}),
        event("w1", "2026-03-10 10:00", kind="deal_won", amount=300, account="Acme"),
    )
    recompute_touched()
    return crew


def texts(refused: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {issue.place.path: issue.text() for issue in refused.value.issues}


# --- a KPI -----------------------------------------------------------------------------------


def test_a_kpi_of_ones_own_computes_at_once_and_for_the_past(calls: Crew) -> None:
    made = create_kpi(actor=calls.admin, wanted=CALLS_A_DEAL)

    assert made.key == "own_calls_per_deal"
    (value,) = kpi_values(made.key, period=MARCH)
    assert value.figure.value == 5
    info = catalogue(date(2025, 1, 1)).kpis[made.key]
    assert (info.name_fr, info.unit, info.better, info.formula) == (
        "Appels par affaire", "ratio", "down", "calls / deals_won",
    )  # fmt: skip
    entry = AuditEntry.objects.get(action="kpi.create")
    assert entry.actor_id == calls.admin.pk
    assert (entry.after or {})["formula"] == "calls / deals_won"


def test_everything_that_is_wrong_with_a_kpi_is_said_at_its_field(crew: Crew) -> None:
    wanted = NewKpi("Taux de closing", "", "deals_wno / leeds", "money", "sideways", "monthly",
                    "value", "leading", {"bad": "much"})  # fmt: skip

    with pytest.raises(Invalid) as refused:
        create_kpi(actor=crew.admin, wanted=wanted)

    said = texts(refused)
    assert said["name_fr"] == '"Taux de closing" is already the name of closing_rate.'
    assert said["better"] == '"sideways" is not known here.'
    assert said["bad"] == '"much" is not a limit.'
    assert {"deals_wno", "leeds"} <= {
        value for issue in refused.value.issues for key, value in issue.params if key == "name"
    }
    assert not Kpi.objects.filter(key__startswith=OWN).exists()
    with pytest.raises(Invalid) as nameless:
        create_kpi(actor=crew.admin, wanted=NewKpi("", " ", "", "count", "up", "daily", "value",
                                                   "leading"))  # fmt: skip
    assert set(texts(nameless)) == {"name_en", "formula"}


def test_names_that_make_the_same_key_get_a_number(crew: Crew) -> None:
    first = create_kpi(actor=None, wanted=NewKpi("", "Été", "calls", "count", "up", "daily",
                                                 "activity", "leading"))  # fmt: skip
    second = create_kpi(actor=None, wanted=NewKpi("", "Ete", "calls", "count", "up", "daily",
                                                  "activity", "leading"))  # fmt: skip
    third = create_kpi(actor=None, wanted=NewKpi("", "…", "calls", "count", "up", "daily",
                                                 "activity", "leading"))  # fmt: skip

    assert [first.key, second.key, third.key] == ["own_ete", "own_ete_2", "own_name"]


def test_an_update_of_the_product_leaves_ones_own_alone(crew: Crew) -> None:
    create_kpi(actor=None, wanted=CALLS_A_DEAL)
    create_metric(actor=None, wanted=NewMetric("", "Long calls", LONG_CALLS))
    before = list(Kpi.objects.values()), list(Metric.objects.values())

    assert not load_dictionary()

    assert (list(Kpi.objects.values()), list(Metric.objects.values())) == before


def test_no_key_that_ships_looks_like_ones_own(crew: Crew) -> None:
    known = catalogue(TODAY)

    assert known.kpis
    assert not [key for key in (*known.kpis, *known.metrics) if key.startswith(OWN)]


def test_a_kpi_is_made_on_its_page(calls: Crew) -> None:
    client = signed_in(calls.admin)
    url = reverse("kpis:kpi_new")
    data = {"name_en": "Calls per deal", "formula": "calls / deals_won", "unit": "ratio",
            "better": "down", "cadence": "monthly", "family": "efficiency", "timing": "leading",
            "bad": "> 50"}  # fmt: skip

    wrong = client.post(url, {**data, "formula": "calls / deels", "bad": "many"})
    text = unescape(wrong.content.decode())
    assert 'There is no value called "deels".' in text
    assert '"many" is not a limit.' in text
    assert "Some fields need your attention" in text
    assert not KpiVersion.objects.filter(kpi__key__startswith=OWN).exists()

    made = client.post(url, data)
    assert made.headers["Location"] == "/kpis/own_calls_per_deal/"
    told = unescape(client.get(made.headers["Location"]).content.decode())
    assert "“Calls per deal” is measured." in told
    assert catalogue(TODAY).kpis["own_calls_per_deal"].name_fr == "Calls per deal"
    proposed = client.get(url, {"metric": "revenue"}).content.decode()
    assert ">revenue</textarea>" in re.sub(r"\s+<", "<", proposed).replace(">\n", ">")
    assert '<option value="money" selected>' in proposed


# --- a metric --------------------------------------------------------------------------------


def long_calls(**options: Any) -> dict[str, object]:
    rows = metric_values(["own_long_calls"], by="person", period=MARCH, **options)
    found = {row.group[0].name: row.values["own_long_calls"].value for row in rows}
    return {name: value for name, value in found.items() if value}


def test_a_metric_is_exact_before_and_after_its_cells_are_there(calls: Crew) -> None:
    made = create_metric(actor=calls.admin, wanted=NewMetric("", "Long calls", LONG_CALLS))

    assert made.key == "own_long_calls"
    assert not Cell.objects.filter(metric_key=made.key).exists()
    assert long_calls() == {"Léa Martin": 2, "Hugo Petit": 1}
    assert filled_percent(made.key) == 0
    assert verify_cells() == []  # what is being filled is no alarm

    others = list(Cell.objects.order_by("pk").values())
    assert fill_cells() == 3

    assert filled_percent(made.key) is None
    assert catalogue(TODAY).metrics[made.key].in_cells
    assert long_calls() == long_calls(from_log=True) == {"Léa Martin": 2, "Hugo Petit": 1}
    assert list(Cell.objects.exclude(metric_key=made.key).order_by("pk").values()) == others
    assert verify_cells() == []
    assert fill_cells() == 0


def test_what_is_recorded_while_cells_are_brought_counts_once(calls: Crew) -> None:
    create_metric(actor=None, wanted=NewMetric("", "Long calls", LONG_CALLS))
    # the first of the people has theirs, the worker has died
    Metric.objects.filter(key="own_long_calls").update(filled_to=calls.lea.pk - 1)
    record(event("new", "2026-03-02 12:00", attributes={"minutes": 40}))
    recompute_touched()

    assert long_calls() == {"Léa Martin": 3, "Hugo Petit": 1}
    fill_cells()
    assert long_calls() == {"Léa Martin": 3, "Hugo Petit": 1}
    assert verify_cells() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_one_filling(transactional_db: None) -> None:
    from tests.kpis.crew import make_crew

    make_crew()
    record(*(event(f"c{day}", f"2026-03-0{day} 10:00", attributes={"minutes": 20})
             for day in range(1, 6)))  # fmt: skip
    recompute_touched()
    create_metric(actor=None, wanted=NewMetric("", "Long calls", LONG_CALLS))
    done: list[int] = []

    def other() -> None:
        try:
            done.append(fill_cells())
        finally:
            connection.close()

    with transaction.atomic():
        # this one is at it: the other finds nothing to do, and does not wait
        Metric.objects.select_for_update().get(key="own_long_calls")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert done == [0]
    assert fill_cells() == 5
    assert long_calls() == {"Léa Martin": 5}
    assert verify_cells() == []


def test_what_is_wrong_with_a_metric_is_said_at_its_field(calls: Crew) -> None:
    client = signed_in(calls.admin)
    url = reverse("kpis:metric_new")
    data = {"do": "save", "kind": "count", "where_attribute": "minutes", "where_least": "ten"}

    text = unescape(client.post(url, data).content.decode())

    assert '"types" is missing.' in text
    assert '"ten" is not a number.' in text
    assert "The name is missing." in text
    assert not Metric.objects.filter(key__startswith=OWN).exists()
    calls_again = {"do": "save", "kind": "count", "types": ["call"], "name_en": "My calls"}
    assert "calls measures exactly this already." in unescape(
        client.post(url, calls_again).content.decode()
    )


def test_a_metric_is_made_on_its_page_with_progress(calls: Crew) -> None:
    client = signed_in(calls.admin)
    data = {"do": "save", "kind": "count", "types": ["call"], "name_en": "Long calls",
            "where_attribute": "minutes", "where_least": "10"}  # fmt: skip

    made = client.post(reverse("kpis:metric_new"), data)

    assert made.headers["Location"] == "/kpis/metrics/own_long_calls/"
    assert Metric.objects.get(key="own_long_calls").definition == LONG_CALLS
    page = client.get(made.headers["Location"]).content.decode()
    assert "0 % done" in page
    assert "crm c2" in page
    assert "crm c1" not in page
    fill_cells()
    after = client.get(made.headers["Location"]).content.decode()
    assert "% done" not in after
    assert "metric=own_long_calls" in after


def test_the_preview_of_a_metric_is_read_from_the_log(calls: Crew) -> None:
    client = signed_in(calls.admin)
    url = reverse("kpis:metric_preview")
    data = {"kind": "sum_attribute", "types": ["call"], "attribute": "minutes"}

    text = unescape(client.post(url, data).content.decode())

    assert "“Length (minutes)” added up: Call" in text
    (everybody,) = re.findall(r'Company</th><td class="num">([^<]*)<', text)
    assert everybody == "64"
    assert not Metric.objects.filter(key__startswith=OWN).exists()
    assert client.post(url, {"kind": "nonsense"}).status_code == 404
    assert "something to calculate" in client.post(url, {"kind": "count"}).content.decode()


def sent(kind: str, definition: Mapping[str, Any]) -> QueryDict:
    """A definition as the fields of its form."""
    data = QueryDict(mutable=True)
    data["kind"] = kind
    for name, value in definition.items():
        if isinstance(value, list):
            data.setlist(name, value)
        elif name == "where":
            data["where_attribute"] = value["attribute"]
            data["where_among"] = ", ".join(value.get("among", []))
            data["where_least"] = str(value.get("least", ""))
            data["where_most"] = str(value.get("most", ""))
        else:
            data[name] = "on" if value is True else str(value)
    return data


def test_every_kind_has_its_fields(crew: Crew) -> None:
    assert tuple(sorted(KIND_LABELS)) == KINDS
    types = activity_types()
    for kind in KINDS:
        form = MetricForm(None, kind=kind, types=types)
        asked = {name.split("_")[0] if name.startswith("where") else name for name in form.fields}
        assert asked - {"kind", "name", "name_en", "name_fr"} == fields_of(kind)


def test_every_metric_that_ships_could_be_made_in_the_form(crew: Crew) -> None:
    words, types = vocabulary(), activity_types()
    for row in Metric.objects.order_by("key"):
        data = sent(row.definition["kind"], row.definition)
        form = MetricForm(data, kind=row.definition["kind"], types=types)
        assert form.is_valid(), (row.key, form.errors)
        assert parse_definition(form.definition(), words) == parse_definition(
            row.definition, words
        ), row.key


def test_a_metric_of_ones_own_in_a_formula(calls: Crew) -> None:
    create_metric(actor=None, wanted=NewMetric("", "Long calls", LONG_CALLS))
    made = create_kpi(actor=None, wanted=NewKpi(
        "", "Share of long calls", "own_long_calls / calls * 100", "percent", "up", "weekly",
        "quality", "leading",
    ))  # fmt: skip

    (value,) = kpi_values(made.key, period=MARCH)
    assert value.figure.value == Fraction(60)
