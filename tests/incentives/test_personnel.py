"""Reports of HR: sex and base salary from a file, the gap, fixed pay and the minimum wage."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse

from common.models import AuditEntry
from incentives.models import PersonnelRecord
from incentives.reports.personnel import (
    below_minimum,
    gaps_of,
    paid_people,
    role_shares,
    usual_shares,
)
from incentives.services.personnel import load_personnel
from kernel.issues import Invalid
from people.models import Assignment
from tests.incentives.conftest import Pay
from tests.incentives.test_pages import said, signed_in

FILE = "number;sex;salary;from\nléa;F;2 000,00;2026-01-01\nomar;M;1700;2026-01-01\n"


@pytest.fixture(autouse=True)
def in_april() -> Iterator[None]:
    with time_machine.travel("2026-04-02 10:00", tick=False):
        yield


def test_a_file_is_kept_and_the_audit_tells_no_figure(pay: Pay) -> None:
    assert load_personnel(actor=pay.hana, text=FILE) == 2
    rows = PersonnelRecord.objects.order_by("person__number")
    assert [(one.sex, one.monthly_minor, one.currency) for one in rows] == [
        ("F", 200_000, "EUR"),
        ("M", 170_000, "EUR"),
    ]
    (entry,) = AuditEntry.objects.filter(action="personnel.load")
    assert entry.after == {"rows": 2}
    with pytest.raises(DatabaseError), transaction.atomic():
        PersonnelRecord.objects.update(monthly_minor=1)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("nobody;F;2000;2026-01-01", "number"),
        ("léa;X;2000;2026-01-01", "sex"),
        ("léa;F;-1;2026-01-01", "salary"),
        ("léa;F;much;2026-01-01", "salary"),
        ("léa;F;2000;tomorrow", "from"),
        ("léa;F;2000", "number"),
    ],
)
def test_a_line_that_cannot_be_read_keeps_nothing(pay: Pay, line: str, column: str) -> None:
    with pytest.raises(Invalid) as refused:
        load_personnel(actor=pay.hana, text=f"{FILE}{line}\n")
    (issue,) = refused.value.issues
    assert dict(issue.params) == {"line": "4", "column": column}
    assert not PersonnelRecord.objects.exists()


def test_a_file_without_its_header_is_refused(pay: Pay) -> None:
    with pytest.raises(Invalid) as refused:
        load_personnel(actor=pay.hana, text="léa;F;2000;2026-01-01")
    assert [one.code for one in refused.value.issues] == ["personnel.header"]


def test_fixed_pay_and_minimum_wage_by_hand(pay: Pay) -> None:
    pay.run()
    load_personnel(actor=pay.hana, text=FILE)
    rows = paid_people(pay.march)
    # Léa 10,000 x 5 % + 2,000 x 10 % = 700; Omar 1,000.10 x 5 % = 50.01 (rounded half up)
    assert [(one.name, one.variable_minor, one.days) for one in rows] == [
        ("Léa Test", 70_000, 31),
        ("Omar Test", 5_001, 31),
    ]
    (share,) = role_shares(rows, 1)
    assert (share.role_key, share.people) == ("ae", 2)
    assert share.fixed_share == Fraction(370_000, 445_001)
    assert not share.is_usual
    assert usual_shares() == {
        "b2b": (Fraction(70, 100), Fraction(80, 100)),
        "b2c": (Fraction(65, 100), Fraction(75, 100)),
    }
    assert [one.name for one in below_minimum(rows, pay.march, 182_303, 1)] == ["Omar Test"]
    assert below_minimum(rows, pay.march, 175_001, 1) == []
    assert gaps_of(rows).everybody.is_hidden


def test_the_minimum_counts_by_the_share_of_full_time(pay: Pay) -> None:
    pay.run()
    load_personnel(actor=pay.hana, text=FILE)
    place = Assignment.objects.get(person=pay.world.people["omar"])
    place.share = Decimal("0.6")
    place.save()
    rows = paid_people(pay.march)
    assert {one.name: one.full_days for one in rows} == {
        "Léa Test": 31,
        "Omar Test": Fraction(186, 10),
    }
    # Léa 2,700.00; Omar 1,750.01 against 60 %: 2,916.68 x 0.6 = 1,750.008
    found = {
        minimum: [one.name for one in below_minimum(rows, pay.march, minimum, 1)]
        for minimum in (270_000, 291_668, 291_669)
    }
    assert found == {
        270_000: [],
        291_668: ["Léa Test"],
        291_669: ["Léa Test", "Omar Test"],
    }


def test_only_hr_reads_the_report_and_it_hides_two_people(pay: Pay) -> None:
    pay.run()
    hana = signed_in(pay.hana)
    assert "2 lines are kept." in said(hana, reverse("incentives:personnel"), {"text": FILE})
    address = reverse("incentives:pay_report", args=[pay.march.pk])
    page = hana.get(address, {"minimum": "1823,03"}).content.decode()
    assert "hidden: too few people" in page
    assert "1 person is below it" in page
    for minimum in (" ", "much"):
        page = hana.get(address, {"minimum": minimum}).content.decode()
        assert "below it" not in page
    for name in ("léa", "marc", "ada", "eve"):
        client = signed_in(pay.world.users[name])
        assert client.get(address).status_code == 404
        assert client.post(reverse("incentives:personnel"), {"text": FILE}).status_code == 404
    assert PersonnelRecord.objects.count() == 2
