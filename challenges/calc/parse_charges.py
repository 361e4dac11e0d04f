"""Reading the charges of a rules document: what earlier challenges leave to this one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from fractions import Fraction

from challenges.calc.formats.base import Format
from challenges.calc.records import CHARGE, Charge
from challenges.calc.rules import Rules
from challenges.calc.shapes import Values, told
from kernel.issues import N_, Invalid, Issue, Place, error

WHOSE = N_("Correct the person, or leave the charge out.")


def check_charges(values: Values, format_: Format | None, issues: list[Issue]) -> None:
    """Append an issue for each charge that means nothing, or is there twice."""
    listed: Sequence[Values] = values["charges"]
    if listed and format_ is not None and not format_.takes_charges:
        issues.append(
            error(
                "no_charges",
                N_("The format {format} cannot take in charges: nothing is added up there."),
                N_("Charge them in another challenge, and leave “charges” out."),
                values.at("charges"),
                format=format_.key,
            )
        )
    seen: set[tuple[str, str, str]] = set()
    for charge in listed:
        told(_check_some, charge, issues)
        told(_check_once, charge, seen, issues)
    entrants = values["entrants"]
    people: Sequence[str] | None = None if entrants is None else entrants["people"]
    if people is not None:
        named = {None, *people}
        issues += [
            stranger(one["person"], one.at("person"))
            for one in listed
            if told(one.get, "person") not in named
        ]


def _check_some(charge: Values, issues: list[Issue]) -> None:
    if charge["value"] == 0 == _count(charge):
        issues.append(
            error(
                "charge_of_nothing",
                N_("The charge changes nothing: its value is zero."),
                N_("Write what is to be added, or leave it out."),
                charge.at("value"),
            )
        )


def _check_once(charge: Values, seen: set[tuple[str, str, str]], issues: list[Issue]) -> None:
    key = (charge["record"], charge["person"], charge["metric"])
    if key in seen:
        issues.append(
            error(
                "charged_twice",
                N_("{record} is charged to “{person}” twice."),
                N_("Keep one charge for each record, person and metric."),
                charge.at("record"),
                record=charge["record"],
                person=charge["person"],
            )
        )
    seen.add(key)


def stranger(person: str, place: Place) -> Issue:
    """Who does not play, or not in a round that takes charges in, cannot be charged: nothing would
    come of it."""
    return error(
        "charge_of_a_stranger",
        N_("“{person}” is charged, but does not play here, or not yet when charges are taken in."),
        WHOSE,
        place,
        person=person,
    )


def check_metrics(values: Values, metrics: frozenset[str], issues: list[Issue]) -> None:
    """Append an issue for each charge of a metric that does not count."""
    issues += [
        error(
            "charge_of_another_metric",
            N_("“{metric}” is charged, but does not count here."),
            N_("Use one of: {known}."),
            charge.at("metric"),
            metric=charge["metric"],
            known=", ".join(sorted(metrics)),
        )
        for charge in values["charges"]
        if charge["metric"] not in metrics
    ]


def charges_from(listed: Sequence[Values], start: datetime) -> tuple[Charge, ...]:
    """The charges, each a record of the start, after the checks had nothing to say."""
    return tuple(
        Charge(
            f"{CHARGE}{values['record']}",
            values["person"],
            values["metric"],
            start,
            start,
            values["value"],
            count=_count(values),
            origin=values["from"],
        )
        for values in listed
    )


def _count(values: Values) -> int:
    """How many records it adds; the sign of the value where that is not written."""
    written: int | None = values["records"]
    value: Fraction = values["value"]
    return (value > 0) - (value < 0) if written is None else written


def refuse_strangers(
    rules: Rules, roster: Collection[str], takers: Collection[str], file: str
) -> None:
    """`Invalid` for charges of people who are not on the roster, or of whom nothing here takes a
    charge in."""
    issues = [
        stranger(one.person, place)
        if one.person in roster
        else error(
            "charge_of_a_stranger",
            N_("“{person}” is charged, but is not on the roster."),
            WHOSE,
            place,
            person=one.person,
        )
        for number, one in enumerate(rules.charges)
        if one.person not in takers
        for place in [Place(file, f"charges[{number}].person")]
    ]
    if issues:
        raise Invalid(issues)
