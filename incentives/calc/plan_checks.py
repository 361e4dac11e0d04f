"""Checks across a whole plan: names, circles, weights, caps and floors, what is known by deal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from incentives.calc.measures import CountOf, Measure, SumOf, needs
from incentives.calc.mechanic import PlanStep
from incentives.calc.plans import Component, Parameter, PlacedStep
from incentives.calc.reader import Reader
from incentives.calc.settlement import base_of
from incentives.calc.settling_checks import check_settling
from incentives.calc.spans import SPANS
from incentives.calc.steps import MECHANICS
from incentives.calc.steps.cap import Cap
from incentives.calc.steps.challenge_prize import ChallengePrize
from incentives.calc.steps.clawback import Clawback
from incentives.calc.steps.draw import Draw
from incentives.calc.steps.floor import Floor, Guarantee
from incentives.calc.steps.money_split import MoneySplit
from incentives.calc.steps.spiff import Spiff
from incentives.calc.steps.true_up import TrueUp
from kernel.documents import joined
from kernel.expressions import RESERVED, Expression, check, order_formulas, parse
from kernel.issues import N_, Invalid
from kernel.numbers import as_text

# blocks of a plan whose keys are no names of values
OTHER_BLOCKS = frozenset({"name", "rounding", "conversion", "absences"})


def check_plan(
    reader: Reader,
    measures: Mapping[str, Measure],
    parameters: Mapping[str, Parameter],
    components: Sequence[Component],
    steps: Sequence[PlacedStep],
) -> None:
    """Report to the reader everything that single blocks cannot see."""
    _check_names(reader, measures, parameters)
    _check_circles(reader, measures)
    _check_keys(reader, components)
    _check_weights(reader, components)
    for component in components:
        # without the steps that could not be read, the order of the others says nothing
        steps_path = component.steps[0].path.rpartition("[")[0] if component.steps else ""
        if len(component.steps) == _written(reader, steps_path):
            _check_order(reader, component.steps)
            check_settling(reader, component.steps, measures)
        _check_limits(reader, component.steps)
        _check_stocks(reader, component.steps, measures)
        _check_splits(reader, component.steps, measures)
    _check_prizes(reader, components)
    _check_plan_steps(reader, steps)
    _check_balances(reader, [*(s for c in components for s in c.steps), *steps])
    _check_limits(reader, steps)


def _declared(reader: Reader) -> set[str]:
    """Every name the document declares, also where the declaration itself has an issue.

    A block whose own key is misspelt may be the one that declares them.
    """
    top = reader.document.value
    blocks = top if isinstance(top, dict) else {}
    return {
        name
        for part, block in blocks.items()
        if part not in OTHER_BLOCKS and isinstance(block, dict)
        for name in block
    }


def _written(reader: Reader, path: str) -> int:
    """How many a list of the document has, also those that could not be read."""
    found = reader.document.value
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list):
            found = found[int(part)]
    return len(found) if isinstance(found, list) else 0


def _check_names(
    reader: Reader, measures: Mapping[str, Measure], parameters: Mapping[str, Parameter]
) -> None:
    known = _declared(reader)
    for path, quantity in reader.uses:
        if quantity.expression is not None:
            reader.issues.extend(check(quantity.expression, known, reader.document.place(path)))
    for name in sorted(set(measures) & set(parameters)):
        reader.error(
            joined("parameters", name),
            "plan.doubled_name",
            N_("{name} is both a measure and a parameter."),
            N_("Rename one of the two."),
            name=name,
        )
    for part, names in (("measures", measures), ("parameters", parameters)):
        for name in sorted(set(names) & set(RESERVED)):
            reader.error(
                joined(part, name),
                "plan.reserved_name",
                N_("{name} is a word of the formula language."),
                N_("Choose another name."),
                name=name,
            )


def _check_circles(reader: Reader, measures: Mapping[str, Measure]) -> None:
    formulas: dict[str, Expression] = {}
    for key, measure in measures.items():
        inner = sorted(name for name in needs(measure.source) if name in measures)
        if inner:
            formulas[key] = parse(" + ".join(inner))
    try:
        order_formulas(formulas)
    except Invalid as problem:
        for issue in problem.issues:
            first = dict(issue.params)["cycle"].split(" ")[0]
            place = reader.document.place(joined("measures", first))
            reader.issues.append(replace(issue, place=place))


def _check_keys(reader: Reader, components: Sequence[Component]) -> None:
    seen: set[str] = {"plan"}
    for number, component in enumerate(components):
        if component.key in seen:
            reader.error(
                f"components[{number}].key",
                "plan.doubled_component",
                N_("The component key {key} is already taken."),
                N_("Give each component its own key; `plan` is the line of the plan's own steps."),
                key=component.key,
            )
        seen.add(component.key)


def _check_weights(reader: Reader, components: Sequence[Component]) -> None:
    weights = [component.weight for component in components if component.weight is not None]
    if not weights or len(components) < _written(reader, "components"):
        return
    total = sum(weights, Fraction(0))
    if len(weights) < len(components):
        reader.error(
            "components",
            "plan.weights_missing",
            N_("Some components have a weight and others do not."),
            N_("Give every component a weight, or none."),
        )
    elif total != 1:
        reader.error(
            "components",
            "plan.weights_sum",
            N_("The weights add up to {total} %, not to 100 %."),
            N_("Change the weights so that they add up to 100 %."),
            total=as_text(total * 100),
        )


def _check_order(reader: Reader, steps: Sequence[PlacedStep]) -> None:
    known = True
    earned = False
    earns = any(MECHANICS[placed.mechanic].kind == "earns" for placed in steps)
    for placed in steps:
        mechanic = MECHANICS[placed.mechanic]
        if mechanic.needs_deals(placed.step) and not known:
            reader.error(
                placed.path,
                "plan.not_by_deal",
                N_("The step {step} works deal by deal, but a step above has added the deals up."),
                N_("Let the steps above it work by deal (`by: deal`), or move it up."),
                step=placed.mechanic,
            )
        if mechanic.needs_earned and not earned and earns:
            _too_early(reader, placed)
        earned = earned or mechanic.kind == "earns"
        if mechanic.kind != "measures":
            known = known and mechanic.by_deal(placed.step)
    if steps and not earned:
        reader.warning(
            steps[0].path,
            "plan.earns_nothing",
            N_("No step of this component earns anything."),
            N_("Add a step that earns, such as flat_rate."),
        )


def _too_early(reader: Reader, placed: PlacedStep) -> None:
    """A gate written above what it should hold back would hold back nothing, silently."""
    reader.error(
        placed.path,
        "plan.adjusts_nothing",
        N_("The step {step} stands before anything is earned, so it changes nothing."),
        N_("Steps apply in the order written: move it below the steps that earn."),
        step=placed.mechanic,
    )


def _check_prizes(reader: Reader, components: Sequence[Component]) -> None:
    """Two steps that pay the awards of one challenge to the same people would pay each twice."""
    seen: list[tuple[ChallengePrize, frozenset[str]]] = []
    for component in components:
        roles = frozenset(component.roles)
        for placed in component.steps:
            if not isinstance(placed.step, ChallengePrize):
                continue
            own = placed.step.challenge
            if any(
                (own is None or one.challenge in (None, own))
                and (not roles or not others or roles & others)
                for one, others in seen
            ):
                reader.unfit(
                    placed.path,
                    "plan.prize_twice",
                    N_("A step above pays the same awards: each would be paid twice."),
                    N_("Name another `challenge` in each of the two, or keep one."),
                )
            seen.append((placed.step, roles))


def _check_stocks(
    reader: Reader, steps: Sequence[PlacedStep], measures: Mapping[str, Measure]
) -> None:
    """A pay run knows of colleagues the own records only: the deals of teams would count twice."""
    for placed in steps:
        step = placed.step
        if not isinstance(step, Spiff) or step.across != "plan" or step.first is None:
            continue
        stock = measures.get(step.events)
        if stock is not None and not isinstance(stock.source, SumOf | CountOf):
            reader.unfit(
                joined(placed.path, "events"),
                "plan.stock_of_others",
                N_("{name} is no sum or count of each payee's own credits, which a stock needs."),
                N_("Name a measure with `sum` or `count`, or write `across: payee`."),
                name=step.events,
            )


def _check_splits(
    reader: Reader, steps: Sequence[PlacedStep], measures: Mapping[str, Measure]
) -> None:
    """A deal of a team has several shares, of which none is the manager's."""
    last = max((n for n, one in enumerate(steps) if isinstance(one.step, MoneySplit)), default=0)
    for placed in steps[:last]:
        name = base_of([placed]) if MECHANICS[placed.mechanic].kind == "earns" else None
        base = measures.get(name or "")
        if base is not None and not isinstance(base.source, SumOf | CountOf):
            reader.unfit(
                joined(placed.path, "events" if isinstance(placed.step, Spiff) else "base"),
                "plan.split_of_others",
                N_("{name} is no sum or count of each payee's own credits, which a split needs."),
                N_("Name a measure with `sum` or `count`, or leave money_split out."),
                name=name,
            )


def _check_plan_steps(reader: Reader, steps: Sequence[PlacedStep]) -> None:
    for placed in steps:
        mechanic = MECHANICS[placed.mechanic]
        if mechanic.kind != "adjusts" or mechanic.needs_deals(placed.step):
            reader.error(
                placed.path,
                "plan.not_for_the_plan",
                N_("The step {step} cannot stand among the steps of the whole plan."),
                N_("Move it into a component."),
                step=placed.mechanic,
            )


def _check_balances(reader: Reader, steps: Sequence[PlacedStep]) -> None:
    """Two steps that carry a balance under one name would overwrite each other."""
    seen: set[str] = set()
    for placed in steps:
        name = _balance_of(placed.step)
        if name in seen:
            reader.error(
                placed.path,
                "plan.doubled_balance",
                N_("The balance {name} is already carried by another step."),
                N_("Give each balance its own name with the key `balance`."),
                name=name,
            )
        if name is not None:
            seen.add(name)


def _balance_of(step: PlanStep) -> str | None:
    match step:
        case Draw(recoverable=True, balance=name):
            return name
        case TrueUp(negative="carry", balance=name) | TrueUp(already=None, balance=name):
            return name
        case Cap(excess="carried", balance=name):
            return name
        case Cap(scope=scope, balance=name) if scope in SPANS:
            return name
        case Clawback(negative="carry", balance=name):
            return name
    return None


def _check_limits(reader: Reader, steps: Sequence[PlacedStep]) -> None:
    """A cap below a floor of the same list: one of the two can never do its work."""
    kinds = Cap | Floor | Guarantee
    limits = [p for p in steps if isinstance(p.step, kinds) and _fixed(p.step) is not None]
    for first, second in pairwise(limits):
        cap, floor = (first, second) if isinstance(first.step, Cap) else (second, first)
        if not isinstance(cap.step, Cap) or not isinstance(floor.step, Floor | Guarantee):
            continue
        most, least = _fixed(cap.step), _fixed(floor.step)
        if most is not None and least is not None and most < least:
            reader.error(
                second.path,
                "plan.cap_below_floor",
                N_("The cap of {cap} lies below the floor of {floor}."),
                N_("Raise the cap or lower the floor."),
                cap=as_text(most),
                floor=as_text(least),
            )


def _fixed(step: Cap | Floor | Guarantee) -> Fraction | None:
    """The limit of a whole period; one of each deal, or of a year, is another thing."""
    return None if getattr(step, "scope", "total") != "total" else step.at.number
