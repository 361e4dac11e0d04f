"""The formula language of KPIs and plans: hand-written parser, frozen tree, exact evaluation.

Nothing is ever handed to Python's own evaluation. A missing value is not zero: it makes the
result missing, and so does a division by zero. See docs/algorithms/expressions.md.
"""

from kernel.expressions.analysis import check, names, order_formulas, ratio
from kernel.expressions.evaluation import evaluate
from kernel.expressions.parsing import parse
from kernel.expressions.tokens import MAX_LENGTH, RESERVED
from kernel.expressions.tree import (
    MAX_DEPTH,
    MAX_OPERATORS,
    Arithmetic,
    Binary,
    Call,
    Compare,
    Comparison,
    Expression,
    Function,
    Logic,
    Logical,
    Name,
    Negate,
    Not,
    Number,
    text_of,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_OPERATORS",
    "RESERVED",
    "Arithmetic",
    "Binary",
    "Call",
    "Compare",
    "Comparison",
    "Expression",
    "Function",
    "Logic",
    "Logical",
    "Name",
    "Negate",
    "Not",
    "Number",
    "check",
    "evaluate",
    "names",
    "order_formulas",
    "parse",
    "ratio",
    "text_of",
]
