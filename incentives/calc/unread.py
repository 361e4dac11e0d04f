"""What the inputs state and nothing in the plan reads: mostly a name that is misspelt."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from incentives.calc.facts import Inputs, Payee
from incentives.calc.measures import STATED, Stated, ToDate
from incentives.calc.plans import Plan
from incentives.calc.scenarios import all_steps
from incentives.calc.steps.challenge_prize import ChallengePrize
from incentives.calc.steps.mbo import Mbo
from kernel.issues import N_, Issue, Place, warning


def unread(plan: Plan, periods: Sequence[Inputs]) -> Iterator[Issue]:
    """A warning for each key of a figure, balance or review that the plan does not know, once.

    And one for each role that looks like one that the plan names.
    """
    known = _read_by(plan)
    told: set[tuple[str, str]] = set()
    for inputs in periods:
        for part, key, place in _stated(inputs):
            if (part, key) in told or _is_read(key, known[part], part):
                continue
            told.add((part, key))
            yield _unread(part, key, known[part], place)
    yield from _roles(plan, periods)


def _read_by(plan: Plan) -> Mapping[str, frozenset[str]]:
    """By part of the inputs, the keys that the plan reads."""
    found: dict[str, set[str]] = {part: set() for part in (*STATED.values(), "reviews")}
    found["measures"] |= set(plan.measures)
    for measure in plan.measures.values():
        match measure.source:
            case Stated(part=part, key=name):
                found[part].add(name)
            case ToDate(measure=name, names_before=earlier):
                found["carried"] |= {f"to_date.{one}" for one in (name, *earlier)}
    for placed in all_steps(plan):
        balance = getattr(placed.step, "balance", None)
        found["carried"] |= {balance} if isinstance(balance, str) else set()
        match placed.step:
            case ChallengePrize():
                found["carried"].add("award")
            case Mbo(items=goals):
                found["reviews"] |= {goal.key for goal in goals if goal.value is None}
    return {part: frozenset(keys) for part, keys in found.items()}


def _stated(inputs: Inputs) -> Iterator[tuple[str, str, str]]:
    """Part, key and place of everything that the inputs state by key."""
    for key in inputs.measures:
        yield "measures", key, f"measures.{key}"
    for payee in inputs.payees:
        for part in (*STATED.values(), "reviews"):
            for key in _keys(payee, part):
                yield part, key, f"payees.{payee.id}.{part}.{key}"


def _keys(payee: Payee, part: str) -> Iterable[str]:
    found: Mapping[str, object] = getattr(payee, part)
    return found.keys()


def _is_read(key: str, known: frozenset[str], part: str) -> bool:
    """Whether the plan knows a key; a balance may have a part and a span after its name."""
    if part != "carried":
        return key in known
    return any(key == name or key.startswith(f"{name}.") for name in known)


def _unread(part: str, key: str, known: frozenset[str], path: str) -> Issue:
    near = get_close_matches(key, sorted(known), n=1, cutoff=0.6)
    return warning(
        "inputs.unread",
        N_("Nothing in the plan reads {word} of {part}."),
        N_("Did you mean {closest}?")
        if near
        else N_("Correct the key, or leave it: it changes nothing."),
        Place(path=path),
        word=key,
        part=part,
        closest=(near or [""])[0],
    )


def _roles(plan: Plan, periods: Sequence[Inputs]) -> Iterator[Issue]:
    """Roles that no component is for and that look like one that is paid."""
    roles = {role for component in plan.components for role in component.roles}
    told = {None, *roles}
    for payee in (payee for inputs in periods for payee in inputs.payees):
        near = get_close_matches(payee.role or "", sorted(roles), n=1, cutoff=0.6)
        if payee.role in told or not near:
            continue
        told.add(payee.role)
        yield warning(
            "inputs.role_unknown",
            N_("{payee}: no component of the plan names the role {word}."),
            N_("Did you mean {closest}?"),
            Place(path=f"payees.{payee.id}.role"),
            payee=payee.id,
            word=payee.role,
            closest=near[0],
        )
