"""What an earlier engine has paid: corrections of it, and of plans that have no clear meaning."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse

from incentives import services
from incentives.calc import ENGINE
from incentives.calc.bands import Band, band_of
from incentives.calc.steps import curves
from incentives.gathering import colleagues
from incentives.gathering.payees import field_of
from incentives.models import PayPeriod, Run, Statement
from incentives.periods.comparing import differences
from incentives.periods.readiness import readiness
from incentives.proving.verifying import verify
from incentives.services import running
from incentives.statements.proofs import proof_of
from tests.incentives.conftest import Pay, won
from tests.incentives.test_published_versions import publish_as_then
from tests.incentives.test_weights_of_pools import UNKNOWN, pool

# a bonus from the second deal on, and a limit that belongs to what lies below it
PLAN = """\
key: seller
name: {fr: Commission des vendeurs, en: Commission of sellers}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money}
  deals: {count: credits}
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps: [{step: flat_rate, base: revenue, rate: 5 %}]
  - key: bonus
    name: {fr: Prime, en: Bonus}
    steps:
      - {step: step_curve, value: deals, on_limit: lower, bands: [{from: 2, pays: 100}]}
"""


def _band_of_engine_2(
    bands: Sequence[Band], value: Fraction, on_limit: str, unit: Fraction
) -> Band | None:
    """As it was: a value on the very first limit was within, whatever `on_limit` said."""
    on_first = value == bands[0].lower * unit
    return band_of(bands, value, on_limit, unit) or (bands[0] if on_first else None)


@contextmanager
def engine_2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The calculation as it was before engine 3, as far as `PLAN` has to do with it."""
    with monkeypatch.context() as before:
        before.setattr(curves, "band_of", _band_of_engine_2)
        before.setattr(running, "ENGINE", "2")
        yield


@pytest.fixture
def paid(pay: Pay, monkeypatch: pytest.MonkeyPatch) -> Pay:
    """March as engine 2 has paid it: Léa and Omar have two deals each, so both got the bonus."""
    publish_as_then(PLAN)
    won("omar", "1000", date(2026, 3, 30), "D4")
    with engine_2(monkeypatch):
        run = pay.run()
        pay.lock()
    assert [(row.person.number, row.total_minor) for row in statements(run)] == [
        ("léa", 70000),  # 12,000.00 at 5 %, and 100.00
        ("omar", 20001),  # 2,000.10 at 5 % is 100.005, and 100.00
    ]
    return pay


def statements(run: Run) -> list[Statement]:
    return list(run.statements.select_related("person").order_by("person__number"))


def april(pay: Pay) -> PayPeriod:
    return services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))


def corrections(run: Run) -> list[Statement]:
    rows = run.statements.exclude(corrects=None).select_related("person", "run")
    return list(rows.order_by("person__number", "id"))


def lines(row: Statement) -> dict[str, int]:
    return {line["component"]: line["amount_minor"] for line in row.result["lines"]}


def test_another_engine_alone_corrects_nobody(paid: Pay) -> None:
    assert corrections(paid.run(april(paid))) == []


def test_a_correction_says_what_the_engine_alone_has_changed(paid: Pay, client: Client) -> None:
    before = paid.run(april(paid))
    won("léa", "4000", date(2026, 3, 20), "D2")  # 1,000.00 more, still two deals
    after = paid.run(april(paid))
    (row,) = corrections(after)
    assert (row.person.number, lines(row)) == ("léa", {"bonus": -10000, "commission": 5000})
    assert row.figures["by_engine"] == {"before": "2", "minor": {"bonus": -10000}}
    assert verify(proof_of(row)).verified
    (told,) = [one for one in differences(before, after) if one.is_correction]
    assert (told.change_minor, told.shares) == (-5000, (("engine", -10000), ("data", 5000)))
    client.force_login(paid.hana)
    page = client.get(reverse("incentives:statement", args=[row.pk]))
    shown = {one["label"]: one["by_engine"] for one in page.context["correction"]["lines"]}
    assert f"engine {ENGINE} alone" in shown["Bonus"]
    assert "100" in shown["Bonus"]
    assert shown["Commission"] == ""
    days = next(one for one in page.context["facts"] if one["label"] == "Days under this plan")
    assert days["note"] == "", "all days of March, whatever the days of April"
    assert f"Paid by engine 2, calculated now by engine {ENGINE}" in page.content.decode()
    paper = client.get(reverse("incentives:statement_pdf", args=[row.pk, "en"]))
    assert paper.content.startswith(b"%PDF")


def test_what_the_engine_has_changed_is_paid_once(paid: Pay) -> None:
    won("léa", "4000", date(2026, 3, 20), "D2")
    paid.run(april(paid))
    paid.lock(april(paid))
    won("léa", "5000", date(2026, 3, 20), "D2")
    may = services.open_period(actor=paid.hana, kind="month", day=date(2026, 5, 1))
    (row,) = corrections(paid.run(may))
    assert lines(row) == {"commission": 5000}
    assert "by_engine" not in row.figures


def test_what_the_engine_takes_news_may_give_back(paid: Pay) -> None:
    won("omar", "1000", date(2026, 3, 3), "D6")
    (row,) = corrections(paid.run(april(paid)))
    # two deals paid the bonus by engine 2 only, three pay it by either
    assert (row.person.number, lines(row)) == ("omar", {"commission": 5000})
    assert row.figures["by_engine"] == {"before": "2", "minor": {"bonus": -10000}}


def test_the_same_amounts_by_both_engines_are_told_as_such(
    pay: Pay, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    with engine_2(monkeypatch):
        pay.run()
        pay.lock()
    won("léa", "4000", date(2026, 3, 20), "D2")
    (row,) = corrections(pay.run(april(pay)))
    assert row.figures["by_engine"] == {"before": "2", "minor": {}}
    client.force_login(pay.hana)
    page = client.get(reverse("incentives:statement", args=[row.pk])).content.decode()
    assert "which pays the same for what was known then" in page


def test_a_proof_of_another_engine_says_that_this_one_pays_otherwise(paid: Pay) -> None:
    run = Run.objects.get(period=paid.march)
    told = verify(proof_of(paid.statement(run, "léa")))
    assert not told.verified
    assert told.same_amounts is False


def test_the_checklist_says_before_a_run_that_nobody_can_calculate_it(
    pay: Pay, client: Client
) -> None:
    weight, measures = UNKNOWN[0]
    text = pool(weight, *measures).replace("key: together", "key: seller")
    version = publish_as_then(text)
    found = readiness(pay.march, field_of(pay.march), None, date(2026, 4, 2))
    ((told, issue),) = found.incalculable
    assert told == version
    assert issue.code == "plan.weight_of_others"
    assert issue.place.path == "components[0].steps[0].weight"
    assert issue.place.line == text[: text.index("weight: ")].count("\n") + 1
    client.force_login(pay.hana)
    page = client.get(reverse("incentives:period", args=[pay.march.pk]))
    (point,) = [one for one in page.context["points"]["todo"] if "No run can pay" in one["text"]]
    assert point["state"] == "bad"
    assert point["url"].endswith(f"?version={version.number}")
    assert f"line {issue.place.line}:" in point["text"]
    assert "a statement alone cannot tell ytd" in point["text"]
    assert "Weigh by the payee" in point["todo"]
    its_page = client.get(point["url"])
    assert "a statement alone cannot tell" in its_page.content.decode()


def test_what_such_a_plan_has_paid_is_not_corrected_and_stops_nobody(
    pay: Pay, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    weight, measures = UNKNOWN[0]
    publish_as_then(pool(weight, *measures).replace("key: together", "key: seller"))
    with monkeypatch.context() as before:
        before.setattr(colleagues, "unknown_weights", lambda _plan: [])
        pay.run()
        pay.lock()
    publish_as_then(PLAN, date(2026, 4, 1))
    won("léa", "100", date(2026, 3, 20), "D9")
    won("léa", "1000", date(2026, 4, 2), "A1")
    run = pay.run(april(pay))
    assert (run.state, corrections(run)) == (Run.State.DONE, [])
    assert pay.statement(run, "léa").total_minor == 5000
    (problem,) = run.problems
    assert problem["code"] == "run.not_corrected"
    # whoever has a part in the pool is touched by a deal of anybody
    names = [pay.world.people[one].name for one in ("léa", "omar")]
    assert dict(problem["params"])["names"] == ", ".join(names)
    client.force_login(pay.hana)
    text = client.get(reverse("incentives:period", args=[run.period_id])).content.decode()
    assert "Not everything was corrected" in text
    assert "The last calculation failed" not in text
    pay.lock(april(pay))


@pytest.mark.parametrize("otherwise", [False, True])
def test_a_correction_says_that_the_engine_leaves_other_balances(
    pay: Pay, monkeypatch: pytest.MonkeyPatch, client: Client, otherwise: bool
) -> None:
    """The lines pay the same by both engines; what waits is paid by later periods."""
    with engine_2(monkeypatch):
        pay.run()
        if otherwise:  # as if engine 2 had carried a balance that the engine of today does not
            for one in Statement.objects.all():
                one.figures = {**one.figures, "carried": {"rest": "5"}}
                one.save(update_fields=["figures"])
        pay.lock()
    won("léa", "4000", date(2026, 3, 20), "D2")
    (row,) = corrections(pay.run(april(pay)))
    told = {"before": "2", "minor": {}}
    assert row.figures["by_engine"] == told | ({"leaves_otherwise": True} if otherwise else {})
    client.force_login(pay.hana)
    page = client.get(reverse("incentives:statement", args=[row.pk])).content.decode()
    assert ("leaves other balances or open deals" in page) is otherwise
    assert ("which pays the same" in page) is not otherwise
