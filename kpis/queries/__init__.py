"""What other rooms and pages may ask of KPIs; read only, exact."""

from kpis.queries.boards import Board, BoardRow, leaderboard
from kpis.queries.catalogue import (
    Catalogue,
    KpiInfo,
    MetricInfo,
    VersionRow,
    catalogue,
    scorecards,
    versions_of,
)
from kpis.queries.freezing import (
    frozen_catalogue,
    frozen_formulas,
    frozen_metrics,
    people_with_kpi_news,
    with_frozen,
)
from kpis.queries.labels import Group, Part
from kpis.queries.objectives import (
    ObjectiveRow,
    Target,
    objectives_in,
    target_in,
    waiting_objectives,
)
from kpis.queries.records import (
    OpenDeal,
    ScoredRecord,
    deals_behind,
    newest_records,
    records_behind,
    scored_records,
)
from kpis.queries.scorecards import (
    Card,
    HeatCell,
    HeatMap,
    HeatRow,
    Scorecard,
    TeamAttainment,
    scorecard,
    team_attainment,
    team_heatmap,
)
from kpis.queries.spans import kpi_values_on
from kpis.queries.values import (
    KpiValue,
    KpiValues,
    MetricValues,
    kpi_values,
    kpi_values_over,
    many_kpi_values,
    metric_values,
)

__all__ = [
    "Board",
    "BoardRow",
    "Card",
    "Catalogue",
    "Group",
    "HeatCell",
    "HeatMap",
    "HeatRow",
    "KpiInfo",
    "KpiValue",
    "KpiValues",
    "MetricInfo",
    "MetricValues",
    "ObjectiveRow",
    "OpenDeal",
    "Part",
    "Scorecard",
    "ScoredRecord",
    "Target",
    "TeamAttainment",
    "VersionRow",
    "catalogue",
    "deals_behind",
    "frozen_catalogue",
    "frozen_formulas",
    "frozen_metrics",
    "kpi_values",
    "kpi_values_on",
    "kpi_values_over",
    "leaderboard",
    "many_kpi_values",
    "metric_values",
    "newest_records",
    "objectives_in",
    "people_with_kpi_news",
    "records_behind",
    "scorecard",
    "scorecards",
    "scored_records",
    "target_in",
    "team_attainment",
    "team_heatmap",
    "versions_of",
    "waiting_objectives",
    "with_frozen",
]
