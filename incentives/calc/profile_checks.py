"""What the rules of a profile ask of a plan, of its version before, and of the notices."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from incentives.calc.marking import marked
from incentives.calc.measures import Presence, Stated
from incentives.calc.names_of_rank import ranked
from incentives.calc.plans import DatedValue, Parameter, PlacedStep, Plan
from incentives.calc.presence import Switches
from incentives.calc.profile import (
    Facts,
    Finding,
    Profile,
    Rule,
    found,
    in_order,
    place_in,
)
from incentives.calc.quantities import exact_number
from incentives.calc.scenarios import all_steps, leaves_of, names_used, scenarios
from incentives.calc.shapes import shape_of
from incentives.calc.steps.clawback import Clawback
from incentives.calc.steps.draw import Draw
from incentives.calc.steps.fixed_amount import FixedAmount
from incentives.calc.steps.true_up import TrueUp
from kernel.documents import Document, joined
from kernel.numbers import as_text, round_to
from kernel.periods import Period

# steps that pay an amount of the period whatever is sold by whom: a leaver asks for a part of it
PER_PERIOD = frozenset(
    {"fixed_amount", "payout_curve", "step_curve", "matrix", "scorecard", "mbo", "guarantee",
     "bonus_steps"}
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A plan under a profile, with all that the checks read."""

    profile: Profile
    plan: Plan
    previous: Plan | None
    facts: Facts
    document: Document | None

    def tell(self, key: str, path: str, **params: object) -> Finding:
        """A finding at a path of the plan."""
        return found(self.profile, key, params, place_in(self.document, path))

    def rule(self, key: str) -> Rule:
        """The rule of a key, with its parameters."""
        return self.profile.rules[key]

    @cached_property
    def used(self) -> list[str]:
        """The measures that steps read in the end."""
        return leaves_of(self.plan, list(names_used(self.plan, all_steps(self.plan))))


def check_profile(
    profile: Profile,
    plan: Plan,
    previous: Plan | None = None,
    facts: Facts | None = None,
    document: Document | None = None,
) -> tuple[Finding, ...]:
    """Everything that the rules of a profile find, at once.

    ``previous`` is the version published before, ``document`` the plan's text for line numbers.
    """
    case = Case(profile, plan, previous, facts or Facts(), document)
    return in_order(one for check in CHECKS for one in check(case))


# --- what was announced, and when ---------------------------------------------------------------


def _notices(case: Case) -> Iterator[Finding]:
    for fact in case.facts.notices:
        words: dict[str, object] = {"payee": fact.payee, "starts_on": fact.starts_on}
        if fact.published_on is None:
            yield found(case.profile, "notice_missing", words, exposure=fact.exposure)
            continue
        if fact.published_on >= fact.starts_on:
            words["published_on"] = fact.published_on
            yield found(case.profile, "notice_late", words, exposure=fact.exposure)
        elif fact.read_on is None or fact.read_on >= fact.starts_on:
            yield found(case.profile, "notice_unread", words, exposure=fact.exposure)
        if "fr" not in fact.languages:
            yield found(case.profile, "notice_language", words, exposure=fact.exposure)


# --- who may change what, and when --------------------------------------------------------------


def _contract_changes(case: Case) -> Iterator[Finding]:
    if case.previous is None:
        return
    for key, before in case.previous.parameters.items():
        if before.set_by != "contract":
            continue
        now = case.plan.parameters.get(key)
        if now is None or now.set_by != "contract":
            yield _changed(case, key, _told(before), "–", joined("parameters", key))
            continue
        yield from _unsigned(case, before, now)


def _unsigned(case: Case, before: Parameter, now: Parameter) -> Iterator[Finding]:
    """New or changed values without an amendment of their own; values that disappeared."""
    known = {one.valid_from: one for one in before.values}
    signed = {one.amendment for one in before.values if one.amendment}
    for number, dated in enumerate(now.values):
        old = known.pop(dated.valid_from, None)
        if old is not None and old.value == dated.value:
            continue
        if dated.amendment and dated.amendment not in signed and _new_reference(before, dated):
            continue
        was = old or before.on(dated.valid_from or date.min) or before.values[-1]
        yield _changed(case, now.key, was.text, dated.text, _value_path(now, number))
    for old in known.values():
        yield _changed(case, now.key, old.text, "–", joined("parameters", now.key))


def _new_reference(before: Parameter, dated: DatedValue) -> bool:
    """The reference of a new value, when stated, is none that an older value had."""
    return dated.reference not in {one.reference for one in before.values if one.reference}


def _changed(case: Case, key: str, before: str, after: str, path: str) -> Finding:
    return case.tell("contract_change", path, parameter=key, before=before, after=after)


def _told(parameter: Parameter) -> str:
    return parameter.values[-1].text if parameter.values else "–"


def _value_path(parameter: Parameter, number: int) -> str:
    path = joined("parameters", parameter.key)
    if parameter.values[number].valid_from is None:
        return path
    return joined(joined(path, "values"), number)


def _employer_changes(case: Case) -> Iterator[Finding]:
    """New dated values of the employer; the first value of a new parameter changes nothing."""
    for key, parameter in case.plan.parameters.items():
        old = case.previous.parameters.get(key) if case.previous else None
        known = {(one.valid_from, one.value) for one in old.values} if old else set()
        for number, dated in enumerate(parameter.values):
            if parameter.set_by != "employer" or dated.valid_from is None:
                continue
            if (number == 0 and old is None) or (dated.valid_from, dated.value) in known:
                continue
            if not _starts(case, dated.valid_from, case.plan.period):
                path = _value_path(parameter, number)
                yield case.tell("employer_change", path, parameter=key, day=dated.valid_from)


def _version_start(case: Case) -> Iterator[Finding]:
    """A version ends periods of the one before: it starts where one of those would."""
    day, before = case.facts.valid_from, case.previous
    if before is not None and day is not None and not _starts(case, day, before.period):
        yield case.tell("version_start", "period", day=day)


def _starts(case: Case, day: date, kind: str) -> bool:
    """Whether a period of a kind starts on a day."""
    month = case.facts.first_month
    match kind:
        case "week":
            return day.weekday() == 0
        case "month":
            return day.day == 1
        case "quarter":
            return Period.quarter(day, month).start == day
        case "half":
            return Period.half(day, month).start == day
        case "year":
            return Period.year(day, month).start == day
    return True


# --- presence and absence -----------------------------------------------------------------------


def _leavers(case: Case) -> Iterator[Finding]:
    if any(placed.mechanic == "prorate_pay" for placed in case.plan.steps):
        return
    for number, part in enumerate(case.plan.components):
        mechanics = {placed.mechanic for placed in part.steps}
        if mechanics & PER_PERIOD and not mechanics & {"prorate_pay", "prorate_measure"}:
            path = joined("components", number)
            yield case.tell("leaver_pro_rata", path, component=part.key)


def _presence_after(case: Case) -> Iterator[Finding]:
    words = tuple(str(one) for one in _list(case.rule("presence_after_period"), "words"))
    pattern = re.compile("|".join(map(re.escape, words)))
    for key in case.used:
        source = case.plan.measures[key].source
        names = [key, source.key] if isinstance(source, Stated) else [key]
        if not isinstance(source, Presence) and any(pattern.search(name) for name in names):
            yield case.tell("presence_after_period", joined("measures", key), measure=key)


def _absences(case: Case) -> Iterator[Finding]:
    table = case.plan.absences
    measures_presence = any(
        isinstance(case.plan.measures[key].source, Presence) for key in case.used
    )
    if measures_presence and not table:
        yield case.tell("absence_table", "measures")
        return
    protected = {str(one) for one in _list(case.rule("absence_protected"), "protected")}
    others = {kind: row for kind, row in table.items() if kind not in protected}
    # a kind that the table does not name changes nothing: the objective stays whole
    named = [kind for kind in table if kind in protected]
    for kind in named:
        yield from _worse(case, kind, table[kind], others)


def _worse(
    case: Case, kind: str, row: Switches, others: dict[str, Switches]
) -> Iterator[Finding]:  # fmt: skip
    """At most one finding per switch: the payout is reduced, or the objective is not."""
    path = joined("absences", kind)
    for other, theirs in others.items():
        if row.payout and not theirs.payout:
            yield case.tell("absence_protected", path, kind=kind, other=other, switch="payout")
            break
    for other, theirs in others.items():
        if theirs.objective and not row.objective:
            yield case.tell("absence_protected", path, kind=kind, other=other, switch="objective")
            break


# --- nothing that was acquired is taken back ----------------------------------------------------


def _taken_back(case: Case) -> Iterator[Finding]:
    for placed in all_steps(case.plan):
        told = _takes_back(placed)
        if told is not None:
            key, why = told
            yield case.tell(key, placed.path, step=placed.mechanic, why=why)


def _takes_back(placed: PlacedStep) -> tuple[str, str] | None:
    """The rule that a step breaks, and the setting that breaks it, as the plan writes it."""
    match placed.step:
        case Clawback(negative="allow") | TrueUp(negative="allow"):
            return "negative_pay", "negative: allow"
        case Clawback(negative="carry") | TrueUp(negative="carry"):
            return "set_against_later_pay", "negative: carry"
        case Draw(recoverable=True, on_leaving="recover"):
            return "negative_pay", "recoverable: true, on_leaving: recover"
        case Draw(recoverable=True, on_leaving=leaving):
            return "set_against_later_pay", f"recoverable: true, on_leaving: {leaving}"
        case FixedAmount(amount=amount) if amount.number is not None and amount.number < 0:
            return "negative_pay", f"amount: {amount.text}"
    return None


def _below_zero(case: Case) -> Iterator[Finding]:
    """Components that come out below 0 for some figure, where no single step says so."""
    plan = case.plan
    told = {placed.path for placed in all_steps(plan) if _takes_back(placed)}
    least: dict[str, Fraction] = {}
    for scenario in scenarios(plan):
        for leaf in scenario.leaves:
            shape = shape_of(marked(plan), scenario.inputs, leaf.alone, leaf.usual, leaf.most)
            for part in plan.components:
                lowest = min(amount for _, amount in shape.lines[part.key].knots)
                least[part.key] = min(lowest, least.get(part.key, Fraction(0)))
    for number, part in enumerate(plan.components):
        explained = any(placed.path in told for placed in part.steps)
        if least.get(part.key, 0) < 0 and not explained:
            amount = f"{as_text(Fraction(round_to(least[part.key], 2)))} {plan.currency}"
            path = joined("components", number)
            yield case.tell("below_zero", path, component=part.key, least=amount)


# --- what decides, and how it is declared -------------------------------------------------------


def _forced_rank(case: Case) -> Iterator[Finding]:
    for key in ranked(case.plan):
        yield case.tell("forced_rank", joined("measures", key), measure=key)


def _flags(case: Case) -> Iterator[Finding]:
    for number, part in enumerate(case.plan.components):
        off = [name for name in ("leave_base", "minimum_wage") if not getattr(part, name)]
        if off:
            path = joined("components", number)
            flags = ", ".join(f"{name}: false" for name in off)
            yield case.tell("payroll_flags", path, component=part.key, flags=flags)


def _fixed_shares(case: Case) -> Iterator[Finding]:
    usual: Any = case.rule("fixed_share").parameters["usual"]
    for fact in case.facts.roles:
        band = usual.get(fact.market)
        if band is None:
            continue
        if not exact_number(band["least"]) <= fact.fixed_share <= exact_number(band["most"]):
            words = {
                "role": fact.role,
                "market": fact.market.upper(),
                "share": f"{as_text(Fraction(round_to(fact.fixed_share * 100, 1)))} %",
                "least": band["least"],
                "most": band["most"],
            }
            yield found(case.profile, "fixed_share", words)


def _list(rule: Rule, key: str) -> list[Any]:
    value = rule.parameters.get(key)
    return value if isinstance(value, list) else []


CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    _notices,
    _contract_changes,
    _employer_changes,
    _version_start,
    _leavers,
    _presence_after,
    _absences,
    _taken_back,
    _below_zero,
    _forced_rank,
    _flags,
    _fixed_shares,
)
