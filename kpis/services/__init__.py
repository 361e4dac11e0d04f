"""The only writers of this room."""

from kpis.services.dictionary import (
    BEGINNING,
    change_formula,
    load_dictionary,
    read_formula,
)
from kpis.services.filling import fill_cells
from kpis.services.live import catch_up, rebuild_cells, recompute_touched, verify_cells
from kpis.services.objectives import (
    ObjectiveInput,
    RowResult,
    Status,
    load_objectives,
    revert_objectives,
    set_objective,
    withdraw_objective,
)
from kpis.services.own import NewKpi, NewMetric, create_kpi, create_metric

__all__ = [
    "BEGINNING",
    "NewKpi",
    "NewMetric",
    "ObjectiveInput",
    "RowResult",
    "Status",
    "catch_up",
    "change_formula",
    "create_kpi",
    "create_metric",
    "fill_cells",
    "load_dictionary",
    "load_objectives",
    "read_formula",
    "rebuild_cells",
    "recompute_touched",
    "revert_objectives",
    "set_objective",
    "verify_cells",
    "withdraw_objective",
]
