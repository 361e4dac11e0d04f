"""The log: idempotent, append-only, and honest about what it refuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from activities.inputs import ActivityInput, CreditInput, Entry, RowResult, Status
from activities.models import Activity, Credit, TouchedDay
from activities.queries import counted
from activities.services import cancel_activity, correct_activity, record_activities
from common.models import AuditEntry
from kernel.issues import Invalid
from tests.activities.conftest import NOON, Crew

CALL = ActivityInput("c1", "call", NOON, person="P1")
SALE = ActivityInput("s1", "deal_won", NOON, person="P1", amount=Fraction(100), currency="EUR")


def record(*rows: ActivityInput, atomic: bool = False) -> list[RowResult]:
    return record_activities(actor=None, source="crm", records=rows, atomic=atomic)


def statuses(*rows: ActivityInput) -> list[str]:
    return [result.status.value for result in record(*rows)]


def codes(*rows: ActivityInput) -> list[str]:
    return [issue.code for result in record(*rows) for issue in result.issues]


def table() -> list[tuple[object, ...]]:
    """The whole log as plain rows."""
    return list(
        Activity.objects.order_by("id").values_list(
            "external_id", "revision", "kind", "type_id", "amount_minor", "currency"
        )
    )


def touched() -> set[tuple[str, str]]:
    rows = TouchedDay.objects.values_list("person__number", "day")
    return {(number, day.isoformat()) for number, day in rows}


def test_a_record_is_created_once_and_the_same_again_changes_nothing(crew: Crew) -> None:
    assert statuses(SALE) == ["created"]
    before = table()
    marks = TouchedDay.objects.count()
    assert statuses(SALE) == ["unchanged"]
    assert table() == before == [("s1", 1, "record", "deal_won", 10000, "EUR")]
    assert TouchedDay.objects.count() == marks == 1
    assert touched() == {("P1", "2026-03-10")}
    assert AuditEntry.objects.filter(action="activities.record").count() == 1


def test_other_content_under_a_known_id_is_refused_with_the_remedy(crew: Crew) -> None:
    record(SALE)
    (result,) = record(replace(SALE, amount=Fraction(101)))
    assert result.status is Status.REJECTED
    assert [issue.code for issue in result.issues] == ["duplicate_id_with_other_content"]
    assert "correction" in result.issues[0].remedy
    assert table() == [("s1", 1, "record", "deal_won", 10000, "EUR")]


def test_the_same_id_twice_in_one_call(crew: Crew) -> None:
    assert statuses(CALL, CALL) == ["created", "unchanged"]
    other = replace(CALL, external_id="c2")
    assert statuses(other, replace(other, person="P2")) == ["created", "rejected"]
    assert Activity.objects.count() == 2


def test_a_record_and_its_correction_and_cancellation_in_one_call(crew: Crew) -> None:
    correction = replace(SALE, kind=Entry.CORRECTION, amount=Fraction(90), person="P2")
    gone = ActivityInput("s1", kind=Entry.CANCELLATION)
    assert statuses(SALE, correction, gone) == ["created", "corrected", "cancelled"]
    assert table() == [
        ("s1", 1, "record", "deal_won", 10000, "EUR"),
        ("s1", 2, "correction", "deal_won", 9000, "EUR"),
        ("s1", 3, "cancellation", "deal_won", 9000, "EUR"),
    ]
    assert list(counted()) == []
    assert touched() == {("P1", "2026-03-10"), ("P2", "2026-03-10")}


def test_a_correction_marks_the_old_and_the_new_day_and_person(crew: Crew) -> None:
    record(SALE)
    TouchedDay.objects.all().delete()
    moved = replace(SALE, occurred_at=NOON + timedelta(days=3), person="P2")
    correct_activity(actor=crew.admin, source="crm", record=moved, reason="wrong person")
    assert touched() == {("P1", "2026-03-10"), ("P2", "2026-03-13")}
    (row,) = counted()
    assert (row.revision, row.reason, row.recorded_by) == (2, "wrong person", crew.admin)


def test_a_late_second_delivery_of_the_first_record_is_no_contradiction(crew: Crew) -> None:
    record(SALE, replace(SALE, kind=Entry.CORRECTION, amount=Fraction(90)))
    assert statuses(SALE) == ["unchanged"]
    cancel_activity(actor=None, source="crm", external_id="s1", reason="fraud")
    assert statuses(SALE, replace(SALE, kind=Entry.CORRECTION, amount=Fraction(90))) == [
        "unchanged",
        "unchanged",
    ]
    assert codes(replace(SALE, kind=Entry.CORRECTION, amount=Fraction(80))) == [
        "record_is_cancelled"
    ]


def test_cancelling_twice_and_cancelling_nothing(crew: Crew) -> None:
    record(CALL)
    gone = ActivityInput("c1", kind=Entry.CANCELLATION)
    assert statuses(gone, gone) == ["cancelled", "unchanged"]
    assert codes(ActivityInput("c9", kind=Entry.CANCELLATION)) == ["nothing_to_correct"]
    assert codes(replace(CALL, external_id="c9", kind=Entry.CORRECTION)) == ["nothing_to_correct"]


def test_a_cancellation_needs_a_reason(crew: Crew) -> None:
    record(CALL)
    with pytest.raises(Invalid) as refused:
        cancel_activity(actor=None, source="crm", external_id="c1", reason=" ")
    assert [issue.code for issue in refused.value.issues] == ["missing_reason"]
    assert counted().count() == 1


def test_as_known_at_shows_the_log_of_that_moment(crew: Crew) -> None:
    record(SALE)
    first = Activity.objects.get()
    cancel_activity(actor=None, source="crm", external_id="s1", reason="taken back")
    assert list(counted(as_known_at=first.recorded_at)) == [first]
    assert list(counted(as_known_at=first.recorded_at - timedelta(microseconds=1))) == []
    assert list(counted()) == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (replace(CALL, person="P9"), ["unknown_person"]),
        (replace(CALL, person=""), ["missing_person"]),
        (replace(CALL, type="cal"), ["unknown_type"]),
        (replace(CALL, occurred_at=None), ["missing_date"]),
        (replace(CALL, occurred_at=datetime(202, 1, 1, tzinfo=UTC)), ["date_out_of_range"]),
        (replace(SALE, currency=""), ["amount_without_currency"]),
        (replace(SALE, currency="EURO"), ["money.unknown_currency"]),
        (replace(SALE, currency="USD"), ["other_currency"]),
        (replace(SALE, amount=Fraction("1.005")), ["money.too_fine"]),
        (replace(SALE, amount=Fraction(10**30)), ["amount_too_large"]),
        (replace(SALE, product="GTXPro"), ["unknown_product"]),
        (replace(SALE, deal="nope"), ["unknown_deal"]),
        (replace(CALL, external_id=""), ["missing_id"]),
        (replace(CALL, external_id="x" * 201), ["id_too_long"]),
        (replace(CALL, external_id="deal:1:won"), ["reserved_id"]),
        (replace(CALL, attributes={"minuts": 3}), ["unknown_attribute"]),
        (replace(CALL, attributes={"minutes": "many"}), ["number.not_a_number"]),
        (replace(CALL, attributes={"minutes": True}), ["wrong_attribute_type"]),
        (replace(CALL, person="P9", type="cal"), ["unknown_type", "unknown_person"]),
    ],
)
def test_each_refusal_names_its_reason_and_writes_nothing(
    crew: Crew, row: ActivityInput, expected: list[str]
) -> None:
    (result,) = record(row)
    assert (result.status, [issue.code for issue in result.issues]) == (Status.REJECTED, expected)
    assert all(issue.remedy for issue in result.issues)
    assert Activity.objects.count() == Credit.objects.count() == TouchedDay.objects.count() == 0


def test_an_unknown_name_offers_the_closest(crew: Crew) -> None:
    (result,) = record(replace(CALL, person="Lea Marten", type="meting_held"))
    texts = [issue.remedy_text() for issue in result.issues]
    assert texts == ['Did you mean "meeting_held"?', 'Did you mean "Léa Martin"?']


def test_people_are_found_by_number_email_and_name(crew: Crew) -> None:
    for index, name in enumerate(("P1", "LEA@example.org", "léa  martin")):
        assert statuses(replace(CALL, external_id=f"c{index}", person=name)) == ["created"]
    assert set(Credit.objects.values_list("person__number", flat=True)) == {"P1"}


def test_a_number_as_it_is_kept_reads_nobody_else(crew: Crew) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert statuses(CALL, replace(CALL, external_id="c2", person="P2")) == ["created"] * 2
    about_people = [one["sql"] for one in asked if 'FROM "people_person"' in one["sql"]]
    assert [text.count("'P1', 'P2'") for text in about_people] == [1]

    # one that is written differently is found beside it all the same
    again = [replace(CALL, external_id=f"d{n}", person=text) for n, text in enumerate(("P2", "p1"))]
    assert statuses(*again) == ["created", "created"]
    who = Credit.objects.filter(activity__external_id="d1").values_list("person__number", flat=True)
    assert list(who) == ["P1"]


def test_a_name_of_two_people_is_ambiguous(crew: Crew) -> None:
    crew.hugo.first_name, crew.hugo.last_name = "Léa", "Martin"
    crew.hugo.save()
    (result,) = record(replace(CALL, person="Léa Martin"))
    assert [issue.code for issue in result.issues] == ["ambiguous_person"]
    assert "P1, P2" in result.issues[0].text()


def test_valid_rows_are_taken_beside_a_bad_one_unless_atomic(crew: Crew) -> None:
    bad = replace(CALL, external_id="c2", person="nobody at all")
    assert [result.status.value for result in record(CALL, bad, atomic=True)] == [
        "withheld",
        "rejected",
    ]
    assert Activity.objects.count() == AuditEntry.objects.count() == 0
    assert statuses(CALL, bad) == ["created", "rejected"]
    assert Activity.objects.count() == 1


def test_a_future_date_is_taken_with_a_warning(crew: Crew) -> None:
    (result,) = record(replace(CALL, occurred_at=datetime(2150, 1, 1, tzinfo=UTC)))
    assert (result.status, [issue.code for issue in result.issues]) == (
        Status.CREATED,
        ["future_date"],
    )


def test_credits_share_the_amount_to_the_cent(crew: Crew) -> None:
    thirds = tuple(CreditInput(number, Fraction(1, 3)) for number in ("P1", "P2", "P3"))
    record(replace(SALE, person="", credits=thirds))
    parts = list(Credit.objects.order_by("person_id").values_list("amount_minor", flat=True))
    assert parts == [3334, 3333, 3333]
    assert touched() == {("P1", "2026-03-10"), ("P2", "2026-03-10"), ("P3", "2026-03-10")}


def test_shares_sum_to_one_or_say_double_credit(crew: Crew) -> None:
    both = replace(SALE, person="", credits=(CreditInput("P1"), CreditInput("P2")))
    assert codes(both) == ["shares_do_not_sum"]
    assert statuses(replace(both, double_credit=True)) == ["created"]
    assert list(Credit.objects.values_list("amount_minor", flat=True)) == [10000, 10000]
    twice = replace(both, credits=(CreditInput("P1"), CreditInput("léa martin")))
    assert "person_credited_twice" in codes(replace(twice, double_credit=True))
    none = replace(both, credits=(CreditInput("P1", Fraction(0)), CreditInput("P2")))
    assert codes(none) == ["share_out_of_range"]


def test_the_business_day_is_the_companys(crew: Crew) -> None:
    record(replace(CALL, occurred_at=datetime(2026, 3, 10, 23, 30, tzinfo=UTC)))
    assert touched() == {("P1", "2026-03-11")}


def test_the_database_itself_refuses_to_change_the_log(crew: Crew) -> None:
    record(CALL)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Activity.objects.update(reason="rewritten")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Credit.objects.all().delete()
    assert Credit.objects.count() == 1
