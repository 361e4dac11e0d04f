"""When deals are planned to close: what a source says of it, and what people say by hand."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from activities.choices import Stage
from activities.contents import FIRST_YEAR, LAST_YEAR
from activities.freezing import write_moment
from activities.models import Deal, DealPlan, ImportBatch
from activities.queries import DealState, stages_at
from activities.services.writing import RESERVED_PREFIX, lock_ids, touch
from activities.stages import LOG_SUFFIXES
from common import audit
from kernel.issues import N_, Invalid, Issue, Place, error
from people import queries as people
from people.models import User

BY_HAND = "form"
OPEN = frozenset({Stage.PROSPECTING, Stage.ENGAGING, Stage.PROPOSAL})
_CHUNK = 5000


class PlanWriter:
    """Writes what one source says, inside the caller's transaction, under the deals' locks.

    A source that says again what it said last changes nothing: it does not overrule what somebody
    has said by hand since.
    """

    def __init__(
        self, source: str, actor: User | None, batch: ImportBatch | None, recorded_at: datetime
    ) -> None:
        self.source, self.actor, self.batch, self.recorded_at = source, actor, batch, recorded_at
        self._last: dict[int, date | None] = {}
        self._new: list[DealPlan] = []

    def look_up(self, deal_ids: Collection[int]) -> None:
        """Read what this source said last of these deals."""
        self._last = last_said(deal_ids, self.source, of_reverted=False)

    def say(self, deal_id: int, stage: str, close_on: date | None) -> bool:
        """Take what a row says of a deal; whether that is new. A closed deal has no plan."""
        if close_on is None or stage not in OPEN or self._last.get(deal_id) == close_on:
            return False
        self._last[deal_id] = close_on
        self.put(deal_id, close_on)
        return True

    def put(self, deal_id: int, close_on: date | None) -> None:
        """Write this day, whatever was said before."""
        self._new.append(
            DealPlan(
                deal_id=deal_id,
                close_on=close_on,
                recorded_at=self.recorded_at,
                source=self.source,
                recorded_by=self.actor,
                batch=self.batch,
            )
        )

    def write(self) -> None:
        """Write what was taken."""
        DealPlan.objects.bulk_create(self._new, batch_size=_CHUNK)
        self._new = []


def last_said(
    deal_ids: Collection[int], source: str | None = None, *, of_reverted: bool = True
) -> dict[int, date | None]:
    """What a source, or anybody, said last of these deals, maybe without imports that were taken
    back. One query."""
    rows = DealPlan.objects.filter(deal_id__in=deal_ids)
    if source is not None:
        rows = rows.filter(source=source)
    if not of_reverted:
        rows = rows.exclude(batch__state=ImportBatch.State.REVERTED)
    return dict(rows.order_by("recorded_at", "id").values_list("deal_id", "close_on"))


def day_issue(close_on: date | None, place: Place) -> Issue | None:
    """An issue for a day that cannot be right."""
    if close_on is None or FIRST_YEAR <= close_on.year <= LAST_YEAR:
        return None
    return error(
        "date_out_of_range",
        N_("The year {year} cannot be right."),
        N_("Check the date and its format."),
        place,
        year=close_on.year,
    )


@transaction.atomic
def plan_closing(*, actor: User, deal_id: int, close_on: date | None) -> bool:
    """State by hand when an open deal will be closed; None takes back what was said.

    Whether anything has changed. `Invalid` for a deal that is closed or a day that cannot be right.
    """
    deal = Deal.objects.get(pk=deal_id)
    lock_ids(deal.source, (f"{RESERVED_PREFIX}{deal.external_id}:{one}" for one in LOG_SUFFIXES))
    moment = write_moment()
    (state,) = stages_at(deal_ids=[deal_id])
    issue = day_issue(close_on, Place(path="close_on"))
    if issue is not None:
        raise Invalid(issue)
    if state.stage not in OPEN:
        raise Invalid(_closed(state))
    newest = DealPlan.objects.filter(deal=deal).order_by("-recorded_at", "-id").first()
    before = newest.close_on if newest else None
    if before == close_on:
        return False
    writer = PlanWriter(BY_HAND, actor, None, moment)
    writer.put(deal_id, close_on)
    writer.write()
    touch([(state.owner_id, people.today(moment))])
    audit.record(
        actor=actor,
        action="deals.plan",
        subject=deal,
        before={"close_on": _text(before)},
        after={"close_on": _text(close_on)},
    )
    return True


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _closed(state: DealState) -> Issue:
    return error(
        "deal_is_closed",
        N_("This deal is closed: {stage}."),
        N_("Only open deals have a planned closing date."),
        stage=state.stage,
    )
