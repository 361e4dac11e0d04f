"""The budget envelope of a team and quarter: what is committed in it, and what is left."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from challenges.models import RequestState, RewardBudget, RewardRequest
from kernel.periods import Period
from people.queries import company

COMMITTED = (RequestState.ASKED, RequestState.APPROVED, RequestState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Minor units of the company's currency; without a budget nothing can be paid."""

    team_id: int
    quarter_on: date
    amount_minor: int
    committed_minor: int

    @property
    def left_minor(self) -> int:
        """What can still be asked for."""
        return self.amount_minor - self.committed_minor


def quarter_of(day: date) -> Period:
    """The quarter of the company's year that contains the day."""
    return Period.quarter(day, company().fiscal_year_start_month)


def envelope(team_id: int, quarter_on: date) -> Envelope:
    """The envelope as it stands. Two queries."""
    return envelopes([team_id], quarter_on)[team_id]


def envelopes(team_ids: list[int], quarter_on: date) -> dict[int, Envelope]:
    """The envelopes of teams, also of those without a budget. Two queries."""
    of_quarter = {"team_id__in": team_ids, "quarter_on": quarter_on}
    set_ = dict(RewardBudget.objects.filter(**of_quarter).values_list("team_id", "amount_minor"))
    rows = RewardRequest.objects.filter(**of_quarter, state__in=COMMITTED).values("team_id")
    sums = rows.annotate(sum=Sum("cost_minor")).order_by().values_list("team_id", "sum")
    committed = dict(sums)
    return {
        one: Envelope(one, quarter_on, set_.get(one, 0), committed.get(one, 0)) for one in team_ids
    }
