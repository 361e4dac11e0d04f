"""One query for each KPI, from the words of the dictionary.

A query gives (g, numerator) or (g, numerator, denominator) over the relations of a window (see
`relations`). Products of formulas are multiplied out by hand, so that each is one exact fraction.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sum:
    """(g, value): nothing recorded is 0."""

    sql: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """(g, numerator, denominator): times the factor; nothing to divide by is no value.

    `parts` where the engine promises the same two parts, and not only the same value.
    """

    sql: str
    factor: int = 1
    parts: bool = True


def _share_of(top: str, bottom: str) -> Ratio:
    """Records of one kind in a hundred of another."""
    return Ratio(
        f"SELECT g, sum(share) FILTER (WHERE type IN ({top})),"  # noqa: S608 - fixed texts
        f" sum(share) FILTER (WHERE type IN ({bottom})) FROM records GROUP BY g",
        100,
    )


def _count(types: str) -> Sum:
    return Sum(f"SELECT g, sum(share) FROM records WHERE type IN ({types}) GROUP BY g")  # noqa: S608 - fixed texts


def _mean_days(types: str) -> Ratio:
    """Days that are told of closed deals, over all deals closed so."""
    return Ratio(
        "SELECT g, sum((attributes ->> 'cycle_days')::int * share), sum(share)"  # noqa: S608 - fixed texts
        f" FROM records WHERE type IN ({types}) GROUP BY g"
    )


def _score(attribute: str) -> Ratio:
    return Ratio(
        f"SELECT g, sum((attributes ->> '{attribute}')::numeric * share), sum(share) FROM records"  # noqa: S608 - fixed texts
        f" WHERE type = 'co_visit' AND attributes ? '{attribute}' GROUP BY g"
    )


def _shelf(top: str, bottom: str) -> Ratio:
    return Ratio(
        f"SELECT g, sum(found * share) FILTER (WHERE what = '{top}'),"  # noqa: S608 - fixed texts
        f" sum(found * share) FILTER (WHERE what = '{bottom}') FROM shelf GROUP BY g",
        100,
    )


ACTIVITY: dict[str, Sum | Ratio] = {
    "leads_contacted_count": Sum(
        "SELECT g, count(DISTINCT account) FROM records"
        " WHERE type IN ('call', 'email', 'contact', 'follow_up') GROUP BY g"
    ),
    "calls_count": _count("'call'"),
    "emails_count": _count("'email'"),
    "meetings_count": _count("'meeting_held'"),
    "qualified_meetings_count": _count("'qualified_meeting'"),
    "proposals_count": _count("'proposal_sent'"),
    "opportunities_count": _count("'opportunity_created'"),
    "follow_ups_per_win": Ratio(
        "SELECT g, sum(share) FILTER (WHERE type = 'follow_up'),"
        " sum(share) FILTER (WHERE type = 'deal_won') FROM records GROUP BY g"
    ),
    "qualified_leads_count": _count("'sql'"),
    "pipeline_count": Sum("SELECT g, count(*) FROM open_deals GROUP BY g"),
}

CONVERSION: dict[str, Sum | Ratio] = {
    "conversion_rate": _share_of("'deal_won'", "'lead'"),
    "meeting_rate": _share_of("'qualified_meeting'", "'call', 'email'"),
    "reply_rate": _share_of("'reply'", "'call', 'email'"),
    "mql_to_sql": _share_of("'sql'", "'mql'"),
    "lead_to_sql": _share_of("'sql'", "'lead'"),
    "lead_to_opportunity": _share_of("'opportunity_created'", "'lead'"),
    "opportunity_to_demo": _share_of("'demo'", "'opportunity_created'"),
    "meeting_to_sale": _share_of("'deal_won'", "'meeting_held'"),
    "proposal_to_order": _share_of("'deal_won'", "'proposal_sent'"),
    "closing_rate": _share_of("'deal_won'", "'deal_won', 'deal_lost'"),
}

VALUE: dict[str, Sum | Ratio] = {
    "revenue_booked": Sum("SELECT g, sum(amount) FROM records WHERE type = 'deal_won' GROUP BY g"),
    "average_deal": Ratio(
        "SELECT g, sum(amount), sum(share) FROM records WHERE type = 'deal_won' GROUP BY g"
    ),
    "median_deal_size": Ratio(
        "SELECT g, sum(amount), count(*) FROM (SELECT g, amount,"
        " row_number() OVER (PARTITION BY g ORDER BY amount) AS nth,"
        " count(*) OVER (PARTITION BY g) AS many FROM records"
        " WHERE type = 'deal_won' AND amount IS NOT NULL) ranked"
        " WHERE 2 * nth BETWEEN many AND many + 2 GROUP BY g",
        parts=False,
    ),
    "discount_rate": Ratio(
        "SELECT g, coalesce(sum(list_price * share), 0) - coalesce(sum(amount), 0),"
        " sum(list_price * share) FROM records WHERE type = 'deal_won' GROUP BY g",
        100,
    ),
    "new_customers_count": Sum("SELECT g, sum(share) FROM first_wins GROUP BY g"),
    "pipeline_amount": Sum(
        "SELECT g, sum(coalesce(amount, list_price)) FROM open_deals GROUP BY g"
    ),
    "weighted_forecast": Sum(
        "SELECT g, sum(x) FROM (SELECT g, amount FROM records WHERE type = 'deal_won' UNION ALL"
        " SELECT g, coalesce(amount, list_price) * probability FROM open_deals) added(g, x)"
        " GROUP BY g"
    ),
    "margin_booked": Sum(
        "SELECT g, sum((attributes ->> 'margin')::numeric * share) FROM records"
        " WHERE type = 'deal_won' GROUP BY g"
    ),
    "gross_margin_rate": Ratio("SELECT g, margin, revenue FROM customers"),
    "retention_rate": Ratio("SELECT g, at_end - fresh, at_start FROM customers", parts=False),
    "upsell_share": Ratio(
        "SELECT g, sum(amount) FILTER (WHERE attributes ->> 'sale' IN ('upsell', 'cross_sell')),"
        " sum(amount) FROM records WHERE type = 'deal_won' GROUP BY g",
        100,
    ),
    "revenue_per_customer": Ratio("SELECT g, revenue, at_end FROM customers"),
    "purchases_per_year": Ratio(
        "SELECT g, won * 365, at_end * days FROM customers", parts=False
    ),
    "relationship_years": Ratio(
        "SELECT g, at_start * days, lost * 365 FROM customers", parts=False
    ),
    "ltv": Ratio(
        "SELECT g, revenue * won * 365 * at_start * days, won * at_end * days * lost * 365"
        " FROM customers",
        parts=False,
    ),
    # with the rest r = (at_end - fresh) / at_start: r / (1 - r) = rest / (at_start - rest)
    "clv_margin": Ratio(
        "SELECT g, revenue * margin * rest * fresh - spent * at_end * revenue * (at_start - rest),"
        " CASE WHEN at_start = 0 THEN 0 ELSE at_end * revenue * (at_start - rest) * fresh END"
        " FROM (SELECT *, at_end - fresh AS rest FROM customers) c",
        parts=False,
    ),
}  # fmt: skip

EFFICIENCY: dict[str, Sum | Ratio] = {
    "sales_cycle": _mean_days("'deal_won'"),
    "lost_cycle": _mean_days("'deal_lost'"),
    "closed_cycle": _mean_days("'deal_won', 'deal_lost'"),
    "cac": Ratio("SELECT g, spent, fresh FROM customers"),
    "ltv_cac": Ratio(
        "SELECT g, revenue * won * 365 * at_start * days * fresh,"
        " won * at_end * days * lost * 365 * spent * (fresh <> 0)::int FROM customers",
        parts=False,
    ),
    "attainment_rate": Ratio("SELECT g, sum(met), count(*) FROM objectives GROUP BY g", 100),
    "dso": Ratio(
        "SELECT g, sum(debt) * %(days)s, sum(sent) FROM ("
        " SELECT o.g, CASE l.type WHEN 'invoice_sent' THEN l.amount ELSE - l.amount END, 0"
        " FROM owed o JOIN sql_log l ON l.record = o.record AND l.person = o.person"
        " UNION ALL SELECT g, 0, amount FROM records WHERE type = 'invoice_sent'"
        ") added(g, debt, sent) GROUP BY g",
        parts=False,
    ),
    "roi": Ratio("SELECT g, margin - spent, spent FROM customers", 100),
}

RELATIONSHIP: dict[str, Sum | Ratio] = {
    "csat": Ratio(
        "SELECT g, sum(share) FILTER (WHERE score >= 4), sum(share) FROM (SELECT *,"
        " (attributes ->> 'score')::numeric AS score FROM records"
        " WHERE type = 'satisfaction_answer') answer WHERE score BETWEEN 1 AND 5 GROUP BY g",
        100,
    ),
    "nps": Ratio(
        "SELECT g, sum(CASE WHEN score >= 9 THEN share WHEN score <= 6 THEN - share ELSE 0 END),"
        " sum(share) FROM (SELECT *, (attributes ->> 'score')::numeric AS score FROM records"
        " WHERE type = 'nps_answer') answer WHERE score BETWEEN 0 AND 10 GROUP BY g",
        100,
    ),
    "retention": Ratio("SELECT g, at_end - fresh, at_start FROM customers", 100),
    "churn": Ratio("SELECT g, lost, at_start FROM customers", 100),
    "resolution_time": Ratio(
        "SELECT g, sum((attributes ->> 'hours')::numeric * share), sum(share) FROM records"
        " WHERE type = 'request_resolved' AND attributes ? 'hours' GROUP BY g"
    ),
}

QUALITY_AND_FIELD: dict[str, Sum | Ratio] = {
    "discovery_quality": _score("discovery_score"),
    "proposal_relevance": _score("proposal_score"),
    "numeric_distribution": _shelf("products_listed", "products_in_range"),
    "shelf_share": _shelf("shelf_own_cm", "shelf_total_cm"),
    "displays_count": _count("'display_set'"),
}

QUESTIONS = (
    ACTIVITY | CONVERSION | VALUE | EFFICIENCY | RELATIONSHIP | QUALITY_AND_FIELD
)  # fmt: skip
