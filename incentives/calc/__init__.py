"""The incentive engine: pure functions from a plan document and inputs to explained amounts."""

from incentives.calc.engine import calculate, inputs_hash, pay_of
from incentives.calc.examples import check_examples
from incentives.calc.facts import Credit, Inputs, Payee
from incentives.calc.inputs import parse_inputs
from incentives.calc.plan_reading import parse_plan
from incentives.calc.plans import ENGINE, Plan
from incentives.calc.results import Line, PayeeResult, Result, amount_text
from incentives.calc.schema import plan_schema

__all__ = [
    "ENGINE",
    "Credit",
    "Inputs",
    "Line",
    "Payee",
    "PayeeResult",
    "Plan",
    "Result",
    "amount_text",
    "calculate",
    "check_examples",
    "inputs_hash",
    "parse_inputs",
    "parse_plan",
    "pay_of",
    "plan_schema",
]
