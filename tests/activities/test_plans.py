"""The planned closing date of a deal: who said it when, the latest holds, "as known at" too."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from activities.importing.kinds import kind_of
from activities.importing.mapping import check_mapping
from activities.importing.running import run_import
from activities.inputs import DealInput
from activities.models import DealPlan, ImportBatch, TouchedDay
from activities.planning import Said, Slip, slip_of
from activities.queries import planned_closes, stages_at
from activities.services import plan_closing, record_deal_stages, revert_batch
from common.models import AuditEntry
from kernel.issues import Invalid, Place
from tests.activities.conftest import Crew
from tests.activities.test_deals import ENGAGED, WON

MAY, JUNE, JULY = date(2026, 5, 29), date(2026, 6, 30), date(2026, 7, 31)
MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
PLANNED = replace(ENGAGED, planned_close_on=MAY)


def tell(deal: DealInput, at: datetime | None = None) -> str:
    (result,) = record_deal_stages(actor=None, source="crm", deals=[deal], recorded_at=at)
    return result.status.value


def said() -> list[tuple[str, date | None]]:
    rows = DealPlan.objects.order_by("recorded_at", "id")
    return list(rows.values_list("source", "close_on"))


def the_deal() -> int:
    return DealPlan.objects.values_list("deal_id", flat=True)[0]


def test_the_latest_word_holds_and_each_is_kept(crew: Crew) -> None:
    assert tell(PLANNED) == "created"
    assert tell(PLANNED) == "unchanged"
    assert tell(ENGAGED) == "unchanged"  # nothing said leaves what was said
    assert tell(replace(PLANNED, planned_close_on=JUNE)) == "corrected"
    assert said() == [("crm", MAY), ("crm", JUNE)]
    assert planned_closes([the_deal()]) == {the_deal(): JUNE}


def test_as_known_at_holds(crew: Crew) -> None:
    tell(PLANNED, MORNING)
    tell(replace(PLANNED, planned_close_on=JUNE), MORNING + timedelta(days=3))
    deal = the_deal()
    assert planned_closes([deal], as_known_at=MORNING - timedelta(seconds=1)) == {}
    assert planned_closes([deal], as_known_at=MORNING) == {deal: MAY}
    assert planned_closes([deal], as_known_at=MORNING + timedelta(days=3)) == {deal: JUNE}


def test_a_closed_deal_has_no_plan_any_more(crew: Crew) -> None:
    """A CRM keeps one date: planned while the deal is open, the closing date afterwards."""
    tell(PLANNED)
    assert tell(replace(WON, planned_close_on=JUNE)) == "corrected"
    assert said() == [("crm", MAY)]


def test_a_word_by_hand_outlives_what_the_source_repeats(crew: Crew) -> None:
    tell(PLANNED)
    deal = the_deal()
    assert plan_closing(actor=crew.lea_user, deal_id=deal, close_on=JUNE) is True
    assert plan_closing(actor=crew.lea_user, deal_id=deal, close_on=JUNE) is False
    assert tell(PLANNED) == "unchanged"
    assert planned_closes([deal]) == {deal: JUNE}
    assert tell(replace(PLANNED, planned_close_on=JULY)) == "corrected"
    assert planned_closes([deal]) == {deal: JULY}
    assert plan_closing(actor=crew.lea_user, deal_id=deal, close_on=None) is True
    assert planned_closes([deal]) == {}
    assert said() == [("crm", MAY), ("form", JUNE), ("crm", JULY), ("form", None)]


def test_what_is_said_by_hand_is_audited_and_looked_at(crew: Crew) -> None:
    tell(PLANNED)
    TouchedDay.objects.all().delete()
    plan_closing(actor=crew.ines_user, deal_id=the_deal(), close_on=JUNE)
    entry = AuditEntry.objects.get(action="deals.plan")
    assert (entry.actor, entry.before, entry.after) == (
        crew.ines_user,
        {"close_on": "2026-05-29"},
        {"close_on": "2026-06-30"},
    )
    assert TouchedDay.objects.get().person == crew.lea


def test_refusals(crew: Crew) -> None:
    tell(PLANNED)
    deal = the_deal()
    with pytest.raises(Invalid, match="year"):
        plan_closing(actor=crew.lea_user, deal_id=deal, close_on=date(1066, 10, 14))
    tell(WON)
    with pytest.raises(Invalid, match="closed"):
        plan_closing(actor=crew.lea_user, deal_id=deal, close_on=JUNE)
    (result,) = record_deal_stages(
        actor=None,
        source="crm",
        deals=[replace(ENGAGED, external_id="D2", planned_close_on=date(20, 1, 1))],
    )
    assert [(one.code, one.place.path) for one in result.issues] == [
        ("date_out_of_range", "planned_close_on")
    ]
    assert said() == [("crm", MAY)]


def test_nothing_said_is_ever_changed(crew: Crew) -> None:
    tell(PLANNED)
    for change in (
        lambda: DealPlan.objects.update(close_on=JUNE),
        lambda: DealPlan.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert said() == [("crm", MAY)]


FILE = """N°;Commercial;Étape;Date d'engagement;Clôture prévue
D1;Léa Martin;engagement;01/03/2026;29/05/2026
D2;Hugo Petit;devis;13/03/2026;
"""


def bring(crew: Crew, text: str, mapping: dict[str, object] | None = None) -> ImportBatch:
    kind = kind_of("deals")
    assert kind is not None
    told = None if mapping is None else check_mapping(mapping, Place(), kind)
    report = run_import(
        actor=crew.admin, kind=kind, content=text.encode(), file_name="deals.csv", mapping=told
    )
    assert [issue.text() for issue in report.issues] == []
    batch = ImportBatch.objects.order_by("-id").first()
    assert batch is not None
    return batch


def test_a_french_file_tells_it_and_can_be_taken_back(crew: Crew) -> None:
    first = bring(crew, FILE)
    assert [day for _, day in said()] == [MAY]
    second = bring(crew, FILE.replace("29/05", "30/06"))
    deal = the_deal()
    assert planned_closes([deal]) == {deal: JUNE}
    revert_batch(actor=crew.admin, batch_id=second.pk)
    assert planned_closes([deal]) == {deal: MAY}
    revert_batch(actor=crew.admin, batch_id=first.pk)
    assert planned_closes([deal]) == {}


def test_one_date_of_a_crm_is_both(crew: Crew) -> None:
    text = "id,owner,stage,Engaged,Close Date\nD1,P1,engaging,2026-03-01,2026-05-29\n"
    mapping: dict[str, object] = {
        "columns": {
            "external_id": "id",
            "owner": "owner",
            "stage": "stage",
            "engaged_on": "Engaged",
            "closed_on": "Close Date",
            "planned_close_on": "Close Date",
        }
    }
    bring(crew, text, mapping)
    bring(crew, text.replace("engaging", "won").replace("2026-05-29", "2026-05-20"), mapping)
    assert said() == [("import", MAY)]
    (state,) = stages_at()
    assert (state.stage, state.entered_at) == ("won", datetime(2026, 5, 19, 22, tzinfo=UTC))


def test_taking_a_file_back_leaves_a_later_word_by_hand(crew: Crew) -> None:
    bring(crew, FILE)
    second = bring(crew, FILE.replace("29/05", "30/06"))
    deal = the_deal()
    plan_closing(actor=crew.lea_user, deal_id=deal, close_on=JULY)
    revert_batch(actor=crew.admin, batch_id=second.pk)
    assert planned_closes([deal]) == {deal: JULY}


def test_slips_count_what_was_put_off() -> None:
    days = [MAY, JUNE, date(2026, 6, 15), None, JULY]
    told = [Said(day, MORNING + timedelta(days=at)) for at, day in enumerate(days)]
    assert slip_of(told) == Slip(2, 32 + 46)
    assert slip_of(told[:1]) == slip_of([]) == Slip()


@given(st.lists(st.dates(date(2026, 1, 1), date(2027, 1, 1)), max_size=8))
def test_slips_and_advances_make_up_the_whole_way(days: list[date]) -> None:
    told = [Said(day, MORNING + timedelta(days=at)) for at, day in enumerate(days)]
    back = [Said(day, MORNING + timedelta(days=at)) for at, day in enumerate(days[::-1])]
    whole = (days[-1] - days[0]).days if days else 0
    assert slip_of(told).days - slip_of(back).days == whole
    assert slip_of(told).times + slip_of(back).times <= max(0, len(days) - 1)
