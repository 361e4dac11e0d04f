"""Deals told by snapshots: the stage history, and what the log counts for it."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from activities.inputs import ActivityInput, DealInput, Entry, RowResult, Status
from activities.models import Activity, Deal, DealStage, TouchedDay
from activities.queries import DealState, counted, stages_at
from activities.services import record_activities, record_deal_stages
from tests.activities.conftest import Crew

MARCH_1 = datetime(2026, 2, 28, 23, 0, tzinfo=UTC)  # midnight in Paris
MARCH_11 = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
MARCH_20 = datetime(2026, 3, 19, 23, 0, tzinfo=UTC)

ENGAGED = DealInput("D1", "engaging", "P1", product="GTX Pro", account="Isdom", engaged_at=MARCH_1)
WON = replace(ENGAGED, stage="won", closed_at=MARCH_11, amount=Fraction(4514), currency="EUR")


def tell(*deals: DealInput, atomic: bool = False) -> list[RowResult]:
    return record_deal_stages(actor=None, source="crm", deals=deals, atomic=atomic)


def statuses(*deals: DealInput) -> list[str]:
    return [result.status.value for result in tell(*deals)]


def codes(*deals: DealInput) -> list[str]:
    return [issue.code for result in tell(*deals) for issue in result.issues]


def counting() -> set[tuple[object, ...]]:
    """What counts now: type, whose, when, how much, cycle."""
    return {
        (
            row.type_id,
            row.credits.get().person.number,
            row.occurred_at,
            row.amount_minor,
            row.attributes.get("cycle_days"),
        )
        for row in counted()
    }


CREATED = ("opportunity_created", "P1", MARCH_1, None, None)
WON_ENTRY = ("deal_won", "P1", MARCH_11, 451400, 10)


def state() -> DealState:
    (found,) = stages_at()
    return found


def test_a_won_deal_brings_its_creation_and_its_win(crew: Crew) -> None:
    assert statuses(WON) == ["created"]
    assert counting() == {CREATED, WON_ENTRY}
    assert (state().stage, state().amount_minor, state().entered_at) == ("won", 451400, MARCH_11)
    assert [one.stage for one in stages_at(MARCH_11)] == ["engaging"]
    assert stages_at(MARCH_1) == []


def test_the_same_again_changes_nothing(crew: Crew) -> None:
    tell(WON)
    before = (DealStage.objects.count(), Activity.objects.count(), TouchedDay.objects.count())
    assert statuses(WON) == ["unchanged"]
    assert before == (2, 2, 2)
    after = (DealStage.objects.count(), Activity.objects.count(), TouchedDay.objects.count())
    assert after == before


def test_a_deal_moves_on_through_the_stages(crew: Crew) -> None:
    assert statuses(replace(ENGAGED, stage="prospecting", engaged_at=None)) == ["created"]
    assert counting() == set()
    assert state().stage == "prospecting"
    assert statuses(ENGAGED) == ["corrected"]
    assert counting() == {CREATED}
    assert statuses(WON) == ["corrected"]
    assert counting() == {CREATED, WON_ENTRY}
    assert DealStage.objects.count() == 3


def test_several_states_in_one_call_are_taken_in_order(crew: Crew) -> None:
    assert statuses(ENGAGED, WON) == ["created", "corrected"]
    assert counting() == {CREATED, WON_ENTRY}


def test_another_amount_or_owner_corrects_the_win(crew: Crew) -> None:
    tell(WON)
    TouchedDay.objects.all().delete()
    assert statuses(replace(WON, amount=Fraction(4000), owner="P2")) == ["corrected"]
    assert counting() == {CREATED, ("deal_won", "P2", MARCH_11, 400000, 10)}
    touched = set(TouchedDay.objects.values_list("person__number", "day"))
    assert {(number, day.isoformat()) for number, day in touched} == {
        ("P1", "2026-03-11"),
        ("P2", "2026-03-11"),
    }


def test_a_cancelled_deal_takes_its_win_back_and_keeps_the_history(crew: Crew) -> None:
    tell(WON)
    gone = replace(WON, stage="cancelled", cancelled_at=MARCH_20)
    assert statuses(gone) == ["cancelled"]
    assert counting() == {CREATED}
    assert state().stage == "cancelled"
    assert [one.stage for one in stages_at(MARCH_20)] == ["won"]
    assert statuses(gone) == ["unchanged"]


def test_a_cancellation_without_a_date_is_stable(crew: Crew) -> None:
    tell(WON)
    gone = replace(WON, stage="cancelled", closed_at=None)
    assert statuses(gone, gone) == ["cancelled", "unchanged"]
    assert statuses(gone) == ["unchanged"]


def test_a_win_that_becomes_lost_and_won_again(crew: Crew) -> None:
    tell(WON)
    assert statuses(replace(WON, stage="lost", amount=Fraction(0))) == ["corrected"]
    assert counting() == {CREATED, ("deal_lost", "P1", MARCH_11, 0, 10)}
    assert state().stage == "lost"
    assert statuses(WON) == ["corrected"]
    assert counting() == {CREATED, WON_ENTRY}
    chain = Activity.objects.filter(external_id="deal:D1:won").order_by("revision")
    assert [row.kind for row in chain] == ["record", "cancellation", "correction"]


def test_a_deal_engaged_and_won_on_one_day_is_won(crew: Crew) -> None:
    tell(replace(WON, engaged_at=MARCH_11))
    assert state().stage == "won"
    assert ("deal_won", "P1", MARCH_11, 451400, 0) in counting()
    # the engaging row is written anew here; the won row of the same moment must stay the last
    tell(replace(WON, engaged_at=MARCH_1))
    tell(replace(WON, engaged_at=MARCH_11))
    assert state().stage == "won"


def test_the_cycle_counts_calendar_days_across_the_change_of_clocks(crew: Crew) -> None:
    before = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # 29 March, the day of 23 hours
    after = datetime(2026, 3, 29, 22, 0, tzinfo=UTC)  # 30 March in summer time
    tell(replace(WON, engaged_at=before, closed_at=after))
    assert {row[4] for row in counting() if row[0] == "deal_won"} == {1}


def test_a_deal_as_known_at_an_earlier_moment(crew: Crew) -> None:
    tell(WON)
    known = DealStage.objects.order_by("-recorded_at").first()
    assert known is not None
    tell(replace(WON, amount=Fraction(1)))
    assert stages_at(as_known_at=known.recorded_at)[0].amount_minor == 451400
    assert stages_at()[0].amount_minor == 100


def test_refusals_name_their_reason_and_write_nothing(crew: Crew) -> None:
    assert codes(replace(WON, closed_at=None)) == ["missing_date"]
    assert codes(replace(WON, stage="wonn")) == ["unknown_stage"]
    assert codes(replace(WON, owner="Lea Marten")) == ["unknown_person"]
    assert codes(replace(WON, product="GTXPro")) == ["unknown_product"]
    assert codes(replace(WON, currency="")) == ["amount_without_currency"]
    assert codes(replace(WON, closed_at=datetime(2026, 1, 1, tzinfo=UTC))) == [
        "stages_out_of_order"
    ]
    (issue,) = tell(replace(WON, closed_at=datetime(2026, 1, 1, tzinfo=UTC)))[0].issues
    # in the company's time, and a day alone where only a day was told
    assert dict(issue.params)["later_on"] == "2026-01-01 01:00"
    assert codes(replace(WON, external_id="x" * 151)) == ["bad_deal_id"]
    assert DealStage.objects.count() == Activity.objects.count() == 0


def test_atomic_takes_all_or_nothing(crew: Crew) -> None:
    bad = replace(WON, external_id="D2", owner="nobody at all")
    assert [result.status for result in tell(WON, bad, atomic=True)] == [
        Status.WITHHELD,
        Status.REJECTED,
    ]
    assert Deal.objects.count() == 0
    assert statuses(WON, bad) == ["created", "rejected"]


def test_an_activity_refers_to_a_deal_of_its_source(crew: Crew) -> None:
    tell(ENGAGED)
    call = ActivityInput("c1", "call", MARCH_11, person="P1", deal="D1", account="Isdom")
    (result,) = record_activities(actor=None, source="crm", records=[call])
    assert result.status is Status.CREATED
    row = Activity.objects.get(external_id="c1")
    assert row.deal is not None
    assert (row.deal.external_id, row.account and row.account.name) == ("D1", "Isdom")


def test_what_follows_from_a_deal_is_changed_through_the_deal_only(crew: Crew) -> None:
    tell(WON)
    gone = ActivityInput("deal:D1:won", kind=Entry.CANCELLATION, reason="no")
    (result,) = record_activities(actor=None, source="crm", records=[gone])
    assert [issue.code for issue in result.issues] == ["reserved_id"]
    assert WON_ENTRY in counting()
