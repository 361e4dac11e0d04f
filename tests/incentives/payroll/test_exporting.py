"""Exports of a locked period: what "again" means, what is kept, and that nothing is paid twice."""

from collections import Counter
from datetime import date
from itertools import count

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.models import AuditEntry
from incentives import services
from incentives.models import Export, ExportLine, LedgerLine, PayPeriod
from kernel.issues import Invalid
from people.services import rename_person
from tests.incentives.conftest import Pay, make_pay, won

OWN = """\
key: velo
name: Vélo
format: delimited
file_name: velo{again}.csv
header: false
codes: {seller.commission: "300"}
columns: [{field: employee_number}, {field: code}, {field: amount}, {field: revision}]
"""


def exported(pay: Pay, template: str, period: PayPeriod | None = None) -> tuple[Export, str]:
    record, file = services.export_period(
        actor=pay.hugo, period_id=(period or pay.march).pk, template=template
    )
    return record, file.content.decode("utf-8-sig")


def locked(pay: Pay) -> Pay:
    pay.run()
    pay.lock()
    return pay


def posted(pay: Pay, name: str, minor: int, period: PayPeriod | None = None) -> LedgerLine:
    """A line that comes to the ledger of a period after its lock."""
    return LedgerLine.objects.create(
        person=pay.world.people[name],
        period=period or pay.march,
        component="adjustment",
        label_fr="Régularisation",
        label_en="Adjustment",
        amount_minor=minor,
        currency="EUR",
    )


def codes(problem: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [issue.code for issue in problem.value.issues]


# --- the neutral file --------------------------------------------------------------------------


def test_the_neutral_file_has_every_field_of_a_line(pay: Pay) -> None:
    léa = pay.world.people["léa"]
    rename_person(
        actor=None, person=léa, first_name="Léa", last_name="Test", email="",
        establishment="NORD", contract="C-7",
    )  # fmt: skip
    run = pay.run()
    pay.lock()
    record, content = exported(pay, "neutral-csv")
    one, two = LedgerLine.objects.order_by("person__number")
    ids = [pay.statement(run, name).pk for name in ("léa", "omar")]
    assert content == (
        "employee_number;name;establishment;contract;code;label_fr;label_en;amount;currency;"
        "quantity;rate;period_start;period_end;pay_month;leave_base;minimum_wage;source;revision"
        "\r\n"
        "léa;Léa Test;NORD;C-7;seller.commission;Commission;Commission;700.00;EUR;;;2026-03-01;"
        f"2026-03-31;2026-03;true;true;ledger:{one.pk} statement:{ids[0]}:commission;1\r\n"
        "omar;Omar Test;;;seller.commission;Commission;Commission;50.01;EUR;;;2026-03-01;"
        f"2026-03-31;2026-03;true;true;ledger:{two.pk} statement:{ids[1]}:commission;1\r\n"
    )
    assert (record.export_id, record.file_name, record.number, record.sequence) == (
        "month-2026-03-01-neutral-csv",
        "payroll-month-2026-03-01.csv",
        1,
        1,
    )


# --- again -------------------------------------------------------------------------------------


def test_again_without_anything_new_is_the_file_that_was_kept(pay: Pay) -> None:
    locked(pay)
    services.save_template(actor=pay.hana, document=OWN)
    first = exported(pay, "velo")
    changed = OWN.replace('"300"', '"999"')
    services.save_template(actor=pay.hana, document=changed, key="velo")
    assert exported(pay, "velo") == first
    assert first[1] == "léa;300;700.00;1\r\nomar;300;50.01;1\r\n"
    assert AuditEntry.objects.filter(action="export.make").count() == 1


def test_again_after_something_new_is_a_file_of_the_new_lines_alone(pay: Pay) -> None:
    locked(pay)
    services.save_template(actor=pay.hana, document=OWN)
    first, _ = exported(pay, "velo")
    posted(pay, "omar", -1250)
    with pytest.raises(Invalid) as refused:
        exported(pay, "velo")
    assert codes(refused) == ["payroll.no_code"]
    mapped = OWN.replace('"300"}', '"300", adjustment: "777"}')
    services.save_template(actor=pay.hana, document=mapped, key="velo")
    second, content = exported(pay, "velo")
    assert content == "omar;777;-12.50;1\r\n"
    assert (second.export_id, second.file_name, second.number, second.control_totals) == (
        "month-2026-03-01-velo-2",
        "velo-2.csv",
        2,
        {"EUR": -1250},
    )
    assert (first.template_sha256 == second.template_sha256) is False
    # and once more: nothing is new, so the newest file as it was kept
    assert exported(pay, "velo") == (second, content)
    assert Export.objects.count() == 2


def test_a_correction_goes_out_with_the_period_that_pays_it(pay: Pay) -> None:
    locked(pay)
    services.save_template(actor=pay.hana, document=OWN)
    exported(pay, "velo")
    won("léa", "1000", date(2026, 3, 30), "D9")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    pay.run(april)
    pay.lock(april)
    record, content = exported(pay, "velo", april)
    # lines of zero are left out of the file, but they are handed over as well
    assert content == "léa;300;100.00;2\r\n"
    assert (record.line_count, record.lines.count(), record.sequence) == (1, 3, 2)
    assert exported(pay, "velo")[0].number == 1


def test_each_template_hands_every_line_over_for_itself(pay: Pay) -> None:
    locked(pay)
    one, other = exported_record(pay, "neutral-csv"), exported_record(pay, "neutral-xlsx")
    assert one.control_totals == other.control_totals == {"EUR": 75001}
    assert ExportLine.objects.count() == 4


def exported_record(pay: Pay, template: str) -> Export:
    return services.export_period(actor=pay.hugo, period_id=pay.march.pk, template=template)[0]


def test_the_database_refuses_a_line_twice_and_any_change(pay: Pay) -> None:
    locked(pay)
    record = exported_record(pay, "neutral-csv")
    line = LedgerLine.objects.order_by("id")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        ExportLine.objects.create(export=record, template="neutral-csv", ledger_line=line)


# --- what is refused ---------------------------------------------------------------------------


def test_nothing_is_made_while_one_line_cannot_be_written(pay: Pay) -> None:
    locked(pay)
    narrow = OWN.replace("{field: employee_number}", "{field: employee_number, width: 3}")
    services.save_template(actor=pay.hana, document=narrow)
    with pytest.raises(Invalid) as refused:
        exported(pay, "velo")
    assert [issue.text() for issue in refused.value.issues] == [
        'Omar Test (omar): employee_number "omar" is longer than 3 characters.'
    ]
    pay.march.refresh_from_db()
    assert pay.march.state == "locked"
    assert not Export.objects.exists()
    assert not ExportLine.objects.exists()


def test_a_template_that_nobody_knows_is_refused(pay: Pay) -> None:
    locked(pay)
    with pytest.raises(Invalid) as refused:
        exported(pay, "nothing")
    assert codes(refused) == ["export.no_template"]


def test_an_export_leaves_one_audit_row_with_what_proves_the_file(pay: Pay) -> None:
    locked(pay)
    record = exported_record(pay, "neutral-csv")
    row = AuditEntry.objects.get(action="export.make")
    assert (row.actor, row.subject_id) == (pay.hugo, str(record.pk))
    assert row.after == {
        "export_id": "month-2026-03-01-neutral-csv",
        "sha256": record.sha256,
        "lines": 2,
        "totals": {"EUR": 75001},
        "template_sha256": record.template_sha256,
    }


# --- templates of the company ------------------------------------------------------------------


def test_saving_a_template_leaves_its_text_before_and_after(pay: Pay) -> None:
    saved = services.save_template(actor=pay.hana, document=OWN)
    assert (saved.key, saved.name_fr, saved.updated_by) == ("velo", "Vélo", pay.hana)
    changed = OWN.replace("header: false", "header: true")
    services.save_template(actor=pay.hugo, document=changed, key="velo")
    services.save_template(actor=pay.hugo, document=changed, key="velo")
    rows = AuditEntry.objects.filter(action="payroll_template.save").order_by("id")
    assert [(row.actor, (row.before or {}).get("document"), row.after["document"])
            for row in rows if row.after] == [
        (pay.hana, None, OWN),
        (pay.hugo, OWN, changed),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "key", "code"),
    [
        (OWN, None, "template.key_taken"),
        (OWN.replace("key: velo", "key: silae"), None, "template.key_taken"),
        (OWN.replace("key: velo", "key: other"), "velo", "template.key_stays"),
        (OWN.replace("key: velo", "kay: velo"), "velo", "template.unknown_key"),
    ],
)
def test_a_key_is_somebodys_alone_and_stays(
    pay: Pay, document: str, key: str | None, code: str
) -> None:
    services.save_template(actor=pay.hana, document=OWN)
    with pytest.raises(Invalid) as refused:
        services.save_template(actor=pay.hana, document=document, key=key)
    assert code in codes(refused)


# --- any order of postings and exports ---------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.sampled_from([0, 1]), st.integers(-500, 500)),
        st.tuples(
            st.just("export"), st.sampled_from([0, 1]), st.sampled_from(["velo", "neutral-csv"])
        ),
    ),
    max_size=10,
)


# what an example writes is rolled back, so each one finds the fixture as it was
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_all_exports_of_a_template_together_are_the_ledger_each_line_once(
    ledger: tuple[Pay, list[PayPeriod]], steps: list[tuple[str, int, int | str]]
) -> None:
    pay, periods = ledger
    with transaction.atomic():
        _follow(pay, periods, steps)
        transaction.set_rollback(True)


def _follow(pay: Pay, periods: list[PayPeriod], steps: list[tuple[str, int, int | str]]) -> None:
    names = count()
    last: dict[tuple[int, str], str] = {}
    for what, at, value in steps:
        if what == "post":
            posted(pay, ("léa", "omar")[next(names) % 2], int(value), periods[at])
            last = {key: sha for key, sha in last.items() if key[0] != at}
            continue
        record, _ = exported(pay, str(value), periods[at])
        assert last.setdefault((at, str(value)), record.sha256) == record.sha256
    for period in periods:
        for template in ("velo", "neutral-csv"):
            exported(pay, template, period)
    every = list(LedgerLine.objects.order_by("id").values_list("id", flat=True))
    total = sum(LedgerLine.objects.values_list("amount_minor", flat=True))
    for template in ("velo", "neutral-csv"):
        records = list(Export.objects.filter(template=template).order_by("sequence"))
        handed = ExportLine.objects.filter(template=template).order_by("ledger_line")
        assert list(handed.values_list("ledger_line", flat=True)) == every
        assert sum(one.control_totals.get("EUR", 0) for one in records) == total
        assert [one.sequence for one in records] == list(range(1, len(records) + 1))
        in_period = Counter(one.period_id for one in records)
        assert {one.number for one in records} == set(range(1, max(in_period.values()) + 1))
        assert len({one.export_id for one in records}) == len(records)


@pytest.fixture
def ledger(db: None) -> tuple[Pay, list[PayPeriod]]:
    """March and April, both locked, and a template that maps everything."""
    pay = make_pay()
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    for period in (pay.march, april):
        pay.run(period)
        pay.lock(period)
    mapped = OWN.replace("codes: {seller.commission", 'codes: {"*": "1", seller.commission')
    services.save_template(actor=pay.hana, document=mapped)
    return pay, [pay.march, april]
