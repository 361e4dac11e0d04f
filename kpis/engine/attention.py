"""Open deals with the last record about them, and the day on which they are planned to close."""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from activities.choices import Stage
from activities.queries import counted_sql, plans_sql, stages_sql
from kpis.engine.fragments import Sql, rows_of

OPEN = (Stage.PROSPECTING, Stage.ENGAGING, Stage.PROPOSAL)


@dataclass(frozen=True, slots=True)
class QuietDeal:
    """An open deal of somebody; `last_at` is None when nobody knows a date, `planned_on` when
    nobody has said a closing date."""

    deal_id: int
    person_id: int
    name: str
    last_at: datetime | None
    planned_on: date | None


def open_deals(person_ids: Sequence[int], at: datetime) -> list[QuietDeal]:
    """The deals that these people hold open at a moment, by id.

    About a deal is what names it, what names its account since the deal entered its stage, and the
    move into the stage itself. One query.
    """
    states, params = stages_sql(at)
    plans, told = plans_sql(at)
    counted, given = counted_sql("a")
    stages = [one.value for one in OPEN]
    newest = (
        Sql("SELECT max(a.occurred_at) AS at FROM activities_activity a WHERE a.occurred_at < %s",
            (at,))
        + Sql(f" AND {counted}", tuple(given))
    )  # fmt: skip
    statement = (
        Sql("SELECT s.deal_id, s.owner_id,")
        + " coalesce(nullif(d.name, ''), account.name, d.external_id),"
        + " greatest(s.entered_at, of_deal.at, of_account.at), plan.close_on"
        + Sql(f" FROM ({states}) s", tuple(params))
        + " JOIN activities_deal d ON d.id = s.deal_id"
        + " LEFT JOIN activities_account account ON account.id = s.account_id"
        + Sql(f" LEFT JOIN ({plans}) plan ON plan.deal_id = s.deal_id", tuple(told))
        + " LEFT JOIN LATERAL (" + newest + " AND a.deal_id = s.deal_id) of_deal ON true"
        + " LEFT JOIN LATERAL (" + newest
        + " AND a.account_id = s.account_id AND a.occurred_at >= s.entered_at) of_account ON true"
        + Sql(" WHERE s.stage = ANY(%s) AND s.owner_id = ANY(%s)", (stages, list(person_ids)))
        + " ORDER BY s.deal_id"
    )  # fmt: skip
    return [QuietDeal(*row) for row in rows_of(statement)]
