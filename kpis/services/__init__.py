"""The only writers of this room."""

from kpis.services.agreeing import (
    Criterion,
    Qualitative,
    accept_objective,
    counter_objective,
    lapse_objectives,
    propose_objective,
    propose_qualitative,
    withdraw_objective,
)
from kpis.services.dictionary import (
    BEGINNING,
    change_formula,
    load_dictionary,
    read_formula,
)
from kpis.services.evaluating import evaluate_objective
from kpis.services.filling import fill_cells
from kpis.services.live import catch_up, rebuild_cells, recompute_touched, verify_cells
from kpis.services.objective_plans import ObjectiveInput, Status
from kpis.services.objectives import (
    RowResult,
    load_objectives,
    revert_objectives,
    set_objective,
)
from kpis.services.own import NewKpi, NewMetric, create_kpi, create_metric

__all__ = [
    "BEGINNING",
    "Criterion",
    "NewKpi",
    "NewMetric",
    "ObjectiveInput",
    "Qualitative",
    "RowResult",
    "Status",
    "accept_objective",
    "catch_up",
    "change_formula",
    "counter_objective",
    "create_kpi",
    "create_metric",
    "evaluate_objective",
    "fill_cells",
    "lapse_objectives",
    "load_dictionary",
    "load_objectives",
    "propose_objective",
    "propose_qualitative",
    "read_formula",
    "rebuild_cells",
    "recompute_touched",
    "revert_objectives",
    "set_objective",
    "verify_cells",
    "withdraw_objective",
]
