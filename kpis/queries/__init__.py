"""What other rooms and pages may ask of KPIs; read only, exact."""

from kpis.queries.catalogue import (
    Catalogue,
    KpiInfo,
    MetricInfo,
    catalogue,
    scorecards,
    versions_of,
)
from kpis.queries.labels import Group, Part
from kpis.queries.values import (
    KpiValue,
    KpiValues,
    MetricValues,
    kpi_values,
    many_kpi_values,
    metric_values,
)

__all__ = [
    "Catalogue",
    "Group",
    "KpiInfo",
    "KpiValue",
    "KpiValues",
    "MetricInfo",
    "MetricValues",
    "Part",
    "catalogue",
    "kpi_values",
    "many_kpi_values",
    "metric_values",
    "scorecards",
    "versions_of",
]
