"""KPIs and metrics of one's own get other names, and are retired when nothing asks for them."""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from common.models import AuditEntry
from kernel.issues import Invalid
from kernel.periods import parse_period
from kpis.forms import kpi_choices
from kpis.models import AlertRule, Kpi, Metric, Objective
from kpis.objectives.queries import tracked
from kpis.queries import catalogue, kpi_values
from kpis.queries.catalogue import retired
from kpis.scorecards.services import set_scorecard
from kpis.services import (
    NewKpi,
    NewMetric,
    ObjectiveInput,
    change_formula,
    create_kpi,
    create_metric,
    propose_objective,
    recompute_touched,
    set_objective,
)
from kpis.services.own import NewNames
from kpis.services.retiring import (
    rename_kpi,
    rename_metric,
    restore_kpi,
    restore_metric,
    retire_kpi,
    retire_metric,
)
from tests.kpis.alerts.scenes import rule as alert_rule
from tests.kpis.crew import Crew, at, event, plain, record
from tests.kpis.test_dictionary_pages import page
from tests.kpis.test_pages import signed_in

TODAY, BEFORE = date(2026, 3, 20), date(2026, 3, 19)
FEBRUARY, MARCH = parse_period("2026-02"), parse_period("2026-03")
LONG = {"kind": "count", "types": ["call"], "where": {"attribute": "minutes", "least": "10"}}
KPI, METRIC = "own_share_of_long_calls", "own_long_calls"


@pytest.fixture(autouse=True)
def in_march() -> Any:
    with time_machine.travel(at("2026-03-20 12:00"), tick=False):
        yield


@pytest.fixture
def own(crew: Crew) -> Crew:
    """A metric, a KPI that reads it, and one call of Léa in February that counts."""
    record(event("c1", "2026-02-10 10:00", crew.lea.number, attributes={"minutes": 30}))
    recompute_touched()
    create_metric(actor=None, wanted=NewMetric("Appels longs", "Long calls", LONG))
    create_kpi(actor=None, wanted=NewKpi(
        "Part des appels longs", "Share of long calls", f"{METRIC} / calls * 100",
        "percent", "up", "monthly", "quality", "leading",
    ))  # fmt: skip
    return crew


def holding(work: Callable[[], object]) -> str:
    with pytest.raises(Invalid) as refused:
        work()
    (issue,) = refused.value.issues
    assert issue.code == "kpis.still_used"
    return dict(issue.params)["uses"]


def test_other_names_are_there_at_once_and_for_the_past(own: Crew) -> None:
    rename_kpi(actor=own.admin, key=KPI, names=NewNames("Longs", "Long ones", "", "Read it."))
    rename_metric(actor=own.admin, key=METRIC, names=NewNames("", "Talks"))

    for day in (TODAY, date(2020, 1, 1)):
        known = catalogue(day)
        info = known.kpis[KPI]
        assert (info.name_fr, info.name_en, info.note_en) == ("Longs", "Long ones", "Read it.")
        assert (known.metrics[METRIC].name_fr, known.metrics[METRIC].name_en) == ("Talks", "Talks")
    entry = AuditEntry.objects.get(action="kpi.rename")
    assert (entry.before or {})["name_en"] == "Share of long calls"
    assert (entry.after or {})["name_en"] == "Long ones"


@pytest.mark.parametrize(("fr", "en"), [(" ", ""), ("Panier moyen", "x")])
def test_no_name_and_the_name_of_another_are_refused(own: Crew, fr: str, en: str) -> None:
    before = Kpi.objects.values().get(key=KPI)
    with pytest.raises(Invalid):
        rename_kpi(actor=own.admin, key=KPI, names=NewNames(fr, en))
    assert Kpi.objects.values().get(key=KPI) == before


@pytest.mark.parametrize("change", [rename_kpi, retire_kpi, restore_kpi])
def test_what_ships_is_not_ones_own(own: Crew, change: Callable[..., object]) -> None:
    more = {"names": NewNames("a", "b")} if change is rename_kpi else {}
    with pytest.raises(Kpi.DoesNotExist):
        change(actor=own.admin, key="calls_count", **more)


def test_a_retired_kpi_is_not_offered_and_the_past_keeps_its_figure(own: Crew) -> None:
    retire_kpi(actor=own.admin, key=KPI)
    retire_kpi(actor=own.admin, key=KPI)

    assert KPI not in dict(kpi_choices(catalogue(TODAY)))
    assert KPI in catalogue(BEFORE).kpis
    (value,) = kpi_values(KPI, period=FEBRUARY)
    assert value.figure.value == 100
    with pytest.raises(Invalid, match="no KPI"):
        kpi_values(KPI, period=MARCH)
    assert [(row.key, row.retired_on) for row in retired(TODAY)] == [(KPI, TODAY)]
    assert AuditEntry.objects.filter(action="kpi.retire").count() == 1
    with pytest.raises(Invalid, match="no value called"):
        change_formula(
            actor=own.admin, kpi_key="calls_count", formula=f"{KPI} * 2", valid_from=TODAY,
            reason="x",
        )  # fmt: skip

    restore_kpi(actor=own.admin, key=KPI)
    assert KPI in catalogue(TODAY).kpis
    assert retired(TODAY) == []


def of_formula(crew: Crew) -> Sequence[str]:
    change_formula(
        actor=None, kpi_key="calls_count", formula=f"calls + 0 * {KPI}",
        valid_from=date(2026, 5, 1), reason="later",
    )  # fmt: skip
    return ["Calls"]


def of_objective(crew: Crew) -> Sequence[str]:
    wanted = ObjectiveInput(
        KPI, Fraction(5), date(2027, 1, 1), date(2027, 2, 1), person=crew.lea.number
    )
    set_objective(actor=None, objective=wanted)
    return ["Objectives"]


def of_scorecard(crew: Crew) -> Sequence[str]:
    set_scorecard(actor=crew.admin, role_key="ae", kpi_keys=["revenue_booked", KPI])
    return ["Scorecard"]


@pytest.mark.parametrize("use", [of_formula, of_objective, of_scorecard])
def test_what_still_asks_for_a_kpi_is_named(
    own: Crew, use: Callable[[Crew], Sequence[str]]
) -> None:
    named = use(own)
    said = holding(lambda: retire_kpi(actor=own.admin, key=KPI))
    assert all(name in said for name in named), said
    assert Kpi.objects.get(key=KPI).retired_on is None


def test_an_objective_that_is_over_holds_nothing_back(own: Crew) -> None:
    wanted = ObjectiveInput(KPI, Fraction(5), FEBRUARY.start, FEBRUARY.end, person=own.lea.number)
    set_objective(actor=None, objective=wanted)
    retire_kpi(actor=own.admin, key=KPI)
    (value,) = kpi_values("attainment_rate", period=parse_period("2026-Q1"))
    assert value.figure.value == 100


def test_its_objectives_of_the_past_are_still_to_be_read(own: Crew) -> None:
    wanted = ObjectiveInput(KPI, Fraction(50), FEBRUARY.start, FEBRUARY.end, person=own.lea.number)
    set_objective(actor=None, objective=wanted)
    (row,) = Objective.objects.all()
    retire_kpi(actor=own.admin, key=KPI)

    (one,) = tracked(Objective.objects.all(), TODAY)
    assert one.kpi is not None
    assert plain(one.kpi.key, one.value, one.attainment) == (KPI, 100, 2)
    client = signed_in(own.admin)
    text = page(client, "kpis:objective", str(row.pk))
    assert "Share of long calls" in text or "Part des appels longs" in text
    listed = client.get(reverse("kpis:objectives"), {"on": "2026-02-01"}).content.decode()
    assert reverse("kpis:objective", args=[row.pk]) in listed


def test_a_proposal_that_nobody_agreed_to_is_still_to_be_read(own: Crew) -> None:
    wanted = ObjectiveInput(KPI, Fraction(50), date(2026, 3, 1), date(2026, 4, 1), person="P1")
    row = propose_objective(actor=own.admin, objective=wanted)
    Objective.objects.filter(pk=row.pk).update(status=Objective.Status.LAPSED)
    retire_kpi(actor=own.admin, key=KPI)
    (one,) = tracked(Objective.objects.all(), TODAY)
    assert one.kpi is not None
    assert (one.kpi.key, one.value) == (KPI, None)


def test_no_formula_of_a_day_that_has_passed_reads_what_is_gone(own: Crew) -> None:
    retire_kpi(actor=own.admin, key=KPI)
    retire_metric(actor=own.admin, key=METRIC)
    for name in (KPI, METRIC):
        with pytest.raises(Invalid) as refused:
            change_formula(
                actor=own.admin, kpi_key="calls_count", formula=f"calls + {name}",
                valid_from=BEFORE, reason="x",
            )  # fmt: skip
        assert [issue.code for issue in refused.value.issues] == ["expression.unknown_name"]


def test_a_kpi_comes_back_only_with_all_that_it_reads_from_now_on(own: Crew) -> None:
    later = date(2026, 5, 1)
    change_formula(actor=own.admin, kpi_key=KPI, formula="calls * 2", valid_from=later, reason="x")
    retire_kpi(actor=own.admin, key=KPI)
    retire_metric(actor=own.admin, key=METRIC)
    with pytest.raises(Invalid) as refused:
        restore_kpi(actor=own.admin, key=KPI)
    assert [issue.code for issue in refused.value.issues] == ["expression.unknown_name"]

    with time_machine.travel(at("2026-05-02 12:00"), tick=False):
        restore_kpi(actor=own.admin, key=KPI)
    assert Kpi.objects.get(key=KPI).retired_on is None


def test_a_rule_of_alerts_is_not_made_for_a_retired_kpi(own: Crew) -> None:
    limit: dict[str, Any] = {"kpi": KPI, "days": "10", "limit": "1", "side": "below"}
    alert_rule("level", **limit)
    assert "Rule" in holding(lambda: retire_kpi(actor=own.admin, key=KPI))
    AlertRule.objects.update(is_active=False)
    retire_kpi(actor=own.admin, key=KPI)
    with pytest.raises(Invalid):
        alert_rule("level", **limit)


def test_a_metric_is_retired_after_the_kpis_that_read_it(own: Crew) -> None:
    assert holding(lambda: retire_metric(actor=own.admin, key=METRIC)) == "Share of long calls"
    retire_kpi(actor=own.admin, key=KPI)
    retire_metric(actor=own.admin, key=METRIC)
    assert METRIC not in catalogue(TODAY).metrics
    (value,) = kpi_values(KPI, period=FEBRUARY)
    assert value.figure.value == 100

    with pytest.raises(Invalid) as refused:
        restore_kpi(actor=own.admin, key=KPI)
    assert [issue.code for issue in refused.value.issues] == ["expression.unknown_name"]
    restore_metric(actor=own.admin, key=METRIC)
    restore_kpi(actor=own.admin, key=KPI)
    assert {KPI, METRIC} <= {*catalogue(TODAY).kpis, *catalogue(TODAY).metrics}


def test_the_pages_rename_retire_and_bring_back(own: Crew) -> None:
    client = signed_in(own.admin)
    assert reverse("kpis:kpi_own", args=[KPI]) in page(client, "kpis:kpi", KPI)
    client.post(reverse("kpis:kpi_own", args=[KPI]), {"name_en": "Long ones"})
    assert Kpi.objects.get(key=KPI).name_en == "Long ones"
    client.post(reverse("kpis:metric_own", args=[METRIC]), {"name_en": "Talks"})
    assert Metric.objects.get(key=METRIC).name_en == "Talks"

    address = reverse("kpis:metric_retire", args=[METRIC])
    said = client.post(address, follow=True).content.decode()
    assert "This is still used: Long ones." in said
    client.post(reverse("kpis:kpi_retire", args=[KPI]))
    text = client.post(address, follow=True).content.decode()
    assert text.count('name="back"') == 2
    assert client.get(reverse("kpis:kpi_own", args=[KPI])).status_code == 404
    assert "100" in page(client, "kpis:kpi", KPI, **{
        "window": "custom", "from": "2026-02-01", "until": "2026-02-28"
    })  # fmt: skip

    back = client.post(reverse("kpis:kpi_retire", args=[KPI]), {"back": "1"}, follow=True)
    assert "own_long_calls" in back.content.decode()
    client.post(address, {"back": "1"})
    client.post(reverse("kpis:kpi_retire", args=[KPI]), {"back": "1"})
    assert retired(TODAY) == []
