"""The acts of a mission path as a document names them, and the order in which they can be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.names import NAMES, Names, names_from
from challenges.calc.shapes import Choice, Field, ListOf, Number, Obj, Text, Values, Whole, told
from kernel.issues import N_, Issue, error


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be reached, in each of `times` days or weeks when `per` says so, after which
    other acts, for how many points."""

    key: str
    names: Names
    measure: Measure
    target: Fraction
    after: tuple[str, ...]
    per: str | None
    times: int
    points: Fraction


SHAPE = Obj(
    {
        "key": Field(Text(100), "short identifier, once in the path", required=True),
        "name": Field(NAMES, "what people read; the key if not written"),
        **MEASURE_FIELDS,
        "target": Field(Number(above=0), "what must be reached", default=Fraction(1)),
        "after": Field(
            ListOf(Text(100), 0, 50),
            "keys of the acts that must be done before; the one above if not written, [] for none",
        ),
        "per": Field(Choice(("day", "week")), "the target holds for each day or ISO week"),
        "times": Field(Whole(1, 366), "in how many days or weeks", default=1),
        "points": Field(Number(at_least=0), "what it adds to the score", default=Fraction(1)),
    }
)


def acts_from(listed: Sequence[Values]) -> tuple[Act, ...]:
    """The acts, after `check_acts` had nothing to say."""
    return tuple(
        Act(
            key=values["key"],
            names=names_from(values["name"]),
            measure=measure_from(values),
            target=values["target"],
            after=after,
            per=values["per"],
            times=values["times"],
            points=values["points"],
        )
        for values, after in zip(listed, _after(listed), strict=True)
    )


def _after(listed: Sequence[Values]) -> list[tuple[str, ...]]:
    """What each act comes after: as written, else the act above it."""
    found = []
    above: tuple[str, ...] = ()
    for values in listed:
        written = values["after"]
        found.append(above if written is None else tuple(dict.fromkeys(written)))
        above = (values["key"],)
    return found


def in_order(acts: Sequence[Act]) -> list[Act]:
    """Each act after those that it comes after; as written where both orders are possible."""
    found: list[Act] = []
    done: set[str] = set()
    while len(found) < len(acts):
        ready = [act for act in acts if act.key not in done and done.issuperset(act.after)]
        found.extend(ready)
        done.update(act.key for act in ready)
        if not ready:
            raise ValueError("a circle of acts passed the check")
    return found


def check_acts(values: Values, issues: list[Issue]) -> None:
    """Each key once, what comes before is there, no circle, and how often needs a day or week."""
    listed: Sequence[Values] = values["acts"]
    for act in listed:
        told(_check_times, act, issues)
    told(_check_keys, listed, issues)
    told(_check_after, listed, issues)


def _check_times(act: Values, issues: list[Issue]) -> None:
    if act["times"] > 1 and act["per"] is None:
        issues.append(
            error(
                "times_without_per",
                N_("“times” says in how many days or weeks; there is no “per” here."),
                N_("Write “per: day” or “per: week”, or a higher “target”."),
                act.at("times"),
            )
        )


def _check_keys(listed: Sequence[Values], issues: list[Issue]) -> None:
    seen: set[str] = set()
    for act in listed:
        key = told(act.get, "key")
        if key in seen:
            issues.append(
                error(
                    "act_twice",
                    N_("Two acts have the key “{act}”."),
                    N_("Give each act a key of its own."),
                    act.at("key"),
                    act=key,
                )
            )
        elif key is not None:
            seen.add(key)


def _check_after(listed: Sequence[Values], issues: list[Issue]) -> None:
    keys = [act["key"] for act in listed]
    known = set(keys)
    for act in listed:
        unknown = [name for name in act["after"] or () if name not in known]
        issues.extend(_unknown(name, keys, act) for name in unknown)
    after = {key: set(needs) & known for key, needs in zip(keys, _after(listed), strict=True)}
    circle = _circle(after)
    if circle and len(known) == len(keys):
        place = next(act for act in listed if act["key"] == circle[0]).at("after")
        issues.append(
            error(
                "acts_in_a_circle",
                N_("These acts wait for each other: {acts}."),
                N_("Take one of them out of an “after”, so that one can be the first."),
                place,
                acts=", ".join(circle),
            )
        )


def _circle(after: Mapping[str, set[str]]) -> list[str]:
    """The acts that can never open, in the order of the document."""
    left = dict(after)
    while True:
        ready = {key for key, needs in left.items() if not needs & left.keys()}
        if not ready:
            return list(left)
        left = {key: needs for key, needs in left.items() if key not in ready}


def _unknown(name: str, keys: Sequence[str], act: Values) -> Issue:
    close = get_close_matches(name, keys, n=1)
    return error(
        "unknown_act",
        N_("There is no act “{act}”."),
        N_("Write “{close}”.") if close else N_("Write one of: {options}."),
        act.at("after"),
        act=name,
        close=close[0] if close else "",
        options=", ".join(keys),
    )
