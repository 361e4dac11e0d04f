"""The typed attributes of a record, checked against those of its kind."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from activities.findings import Findings
from activities.models import ActivityType
from activities.references import closest
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import as_text, fraction_of, parse_number

LONGEST_TEXT = 2000


def attributes_of(
    given: Mapping[str, object], kind: ActivityType, findings: Findings
) -> tuple[tuple[str, object], ...]:
    """What a record states, in the form in which it is kept; what is wrong goes to the findings."""
    known = {one["key"]: one for one in kind.attributes}
    values: dict[str, object] = {}
    for key, value in given.items():
        place = findings.at(f"attributes.{key}")
        if key not in known:
            findings.issues.append(_unknown_attribute(key, list(known), kind.key, place))
        elif value is not None:
            values[key] = findings.keep(_within(_typed(value, known[key]["type"], place),
                                                known[key], place))  # fmt: skip
    for key, one in known.items():
        if one.get("required") and given.get(key) is None:
            findings.issues.append(
                error(
                    "missing_attribute",
                    N_('The attribute "{key}" is missing.'),
                    N_('Every activity of type "{type}" needs it.'),
                    findings.at(f"attributes.{key}"),
                    key=key,
                    type=kind.key,
                )
            )
    return tuple(sorted(values.items()))


def _unknown_attribute(key: str, known: list[str], kind: str, place: Place) -> Issue:
    match = closest(key, known)
    remedy = N_('Did you mean "{closest}"?') if match else N_("Known attributes: {known}.")
    return error(
        "unknown_attribute",
        N_('An activity of type "{type}" has no attribute "{key}".'),
        remedy,
        place,
        key=key,
        type=kind,
        closest=match,
        known=", ".join(known) or "-",
    )


def _typed(value: object, wanted: str, place: Place) -> object | Issue:
    """The value as it is kept in JSON: whole numbers as such, others as exact decimal text."""
    match wanted, value:
        case "boolean", bool():
            return value
        case "boolean", "true" | "false":
            return value == "true"
        case "text", str() if len(value) <= LONGEST_TEXT:
            return value
        case "number", str() | int() | Decimal() if not isinstance(value, bool):
            return _number(value, place)
        case "date", str() if _is_iso_date(value):
            return value
        case "date", date() if not isinstance(value, datetime):
            return value.isoformat()
    return error(
        "wrong_attribute_type",
        N_('"{found}" is not of the type {wanted}.'),
        N_("Text as text, numbers like 12.5, dates like 2026-11-20, yes or no as true or false."),
        place,
        found=value if not isinstance(value, float) else str(value),
        wanted=wanted,
    )


def _within(value: object | Issue, kind: Mapping[str, Any], place: Place) -> object | Issue:
    """The value, or an issue where it is beyond the limits or the choices of its kind."""
    if isinstance(value, Issue):
        return value
    if kind.get("choices") and value not in kind["choices"]:
        return _no_choice(value, kind["choices"], place)
    if kind["type"] != "number":
        return value
    # as it is kept: the point is the decimal mark, also in 1.125
    number = parse_number(str(value), decimal_comma=False, place=place)
    least, most = kind.get("least"), kind.get("most")
    if (least is None or number >= least) and (most is None or number <= most):
        return value
    remedy = N_("Write a number from {least} to {most}.")
    if most is None:
        remedy = N_("Write {least} or more.")
    elif least is None:
        remedy = N_("Write {most} or less.")
    return error(
        "attribute_out_of_range",
        N_("{found} is outside the limits of this attribute."),
        remedy,
        place,
        found=str(value),
        least="" if least is None else str(least),
        most="" if most is None else str(most),
    )


def _no_choice(value: object, choices: list[str], place: Place) -> Issue:
    match = closest(str(value), choices)
    return error(
        "attribute_not_a_choice",
        N_('"{found}" is not one of the choices of this attribute.'),
        N_('Did you mean "{closest}"?') if match else N_("Choose one of: {known}."),
        place,
        found=str(value),
        closest=match,
        known=", ".join(choices),
    )


def _number(value: str | int | Decimal, place: Place) -> object | Issue:
    try:
        number = (
            parse_number(value, decimal_comma=False, place=place)
            if isinstance(value, str)
            else fraction_of(value)
        )
    except Invalid as invalid:
        return invalid.issues[0].at(place)
    return number.numerator if number.denominator == 1 else as_text(number)


def _is_iso_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
