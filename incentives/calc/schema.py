"""The published JSON Schema of plan documents, made from the same declarations that read them."""

from incentives.calc import measures, plan_reading, plan_settings
from incentives.calc.fields import Schema, block_schema
from incentives.calc.mechanic import Mechanic
from incentives.calc.steps import MECHANICS

NUMBER_NOTE = "a number: 0.05, 5 %, 1 234,56 as text; never a formula"
QUANTITY_NOTE = "a number, or a formula over the names of measures and parameters"


def plan_schema() -> Schema:
    """JSON Schema (draft 2020-12) of a plan document."""
    top = block_schema(plan_reading.PLAN)
    properties = top["properties"]
    free = {"type": "object", "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"}}
    properties["measures"] = {**free, "additionalProperties": measures.schema()}
    parameter = block_schema(
        plan_reading.PARAMETER, oneOf=[{"required": ["value"]}, {"required": ["values"]}]
    )
    dated = {"type": "array", "minItems": 1, "items": block_schema(plan_reading.DATED)}
    parameter["properties"]["values"] = dated
    either = {"anyOf": [{"$ref": "#/$defs/number"}, parameter]}
    properties["parameters"] = {**free, "additionalProperties": either}
    component = block_schema(plan_reading.COMPONENT)
    properties["components"] = {"type": "array", "minItems": 1, "items": component}
    properties["rounding"] = block_schema(plan_reading.ROUNDING)
    properties["conversion"] = block_schema(plan_settings.CONVERSION)
    properties["absences"] = plan_settings.absences_schema()
    properties["examples"] = {"type": "array", "items": block_schema(plan_reading.EXAMPLE)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Incentive plan",
        **top,
        "$defs": _definitions(),
    }


def _definitions() -> Schema:
    kinds = ["string", "number"]
    return {
        "number": {"type": kinds, "description": NUMBER_NOTE},
        "quantity": {"type": kinds, "description": QUANTITY_NOTE},
        "step": {"oneOf": [_step_schema(mechanic) for mechanic in MECHANICS.values()]},
    }


def _step_schema(mechanic: Mechanic) -> Schema:
    found = block_schema(mechanic.fields, title=mechanic.key, description=mechanic.summary)
    words = {"step": {"const": mechanic.key}, "note": {"type": "string"}}
    found["properties"] = {**words, **found["properties"]}
    found["required"] = ["step", *found["required"]]
    return found
