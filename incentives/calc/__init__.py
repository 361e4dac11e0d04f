"""The incentive engine: pure functions from a plan document and inputs to explained amounts."""

from incentives.calc.chain import Chain, Left, calculate_periods, following
from incentives.calc.engine import calculate, inputs_hash, pay_of
from incentives.calc.examples import check_examples
from incentives.calc.facts import Adjustment, Credit, Event, Inputs, OpenItem, Payee
from incentives.calc.inputs import parse_document, parse_inputs
from incentives.calc.ledger import ACCOUNTS, Posting
from incentives.calc.plan_reading import parse_plan, published_plan
from incentives.calc.plan_review import review_plan
from incentives.calc.plans import ENGINE, Plan
from incentives.calc.results import Line, PayeeResult, Result, amount_text
from incentives.calc.schema import plan_schema

__all__ = [
    "ACCOUNTS",
    "ENGINE",
    "Adjustment",
    "Chain",
    "Credit",
    "Event",
    "Inputs",
    "Left",
    "Line",
    "OpenItem",
    "Payee",
    "PayeeResult",
    "Plan",
    "Posting",
    "Result",
    "amount_text",
    "calculate",
    "calculate_periods",
    "check_examples",
    "following",
    "inputs_hash",
    "parse_document",
    "parse_inputs",
    "parse_plan",
    "pay_of",
    "plan_schema",
    "published_plan",
    "review_plan",
]
