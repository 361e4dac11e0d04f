"""The only writers of this room."""

from kpis.services.dictionary import change_formula, load_dictionary
from kpis.services.live import rebuild_cells, recompute_touched, verify_cells

__all__ = [
    "change_formula",
    "load_dictionary",
    "rebuild_cells",
    "recompute_touched",
    "verify_cells",
]
