"""Objectives as plain values for pages."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.formats import (
    MISSING,
    day_text,
    in_unit_text,
    moment_text,
    money_text,
    number_text,
    percent_text,
    span_text,
)
from common.labels import label
from kpis.calc.bands import Band
from kpis.calc.marks import TOP_SCORE, weighted_attainment
from kpis.calc.targets import LEAST_OTHERS, Suggestion
from kpis.choices import Unit
from kpis.models import Objective, ObjectiveStep
from kpis.objectives.queries import StepRow, Tracked, VisitRow
from kpis.presenters import explain_address
from kpis.services.objective_steps import digest_of
from people.access import Viewer
from people.queries import RoleRow

Cells = dict[str, Any]
Status = Objective.Status
TABS: tuple[tuple[str, str | Promise], ...] = (
    ("", gettext_lazy("All")),
    ("proposed", gettext_lazy("To agree")),
    ("countered", gettext_lazy("Countered")),
    ("risk", gettext_lazy("At risk")),
    ("accepted", gettext_lazy("In force")),
)
TONES = {Band.GOOD: "good", Band.WARN: "warn", Band.BAD: "bad"}


def value_text(value: Fraction | None, unit: str, currency: str) -> str:
    """A value in the unit of an objective; whole amounts of money without cents."""
    if value is None:
        return MISSING
    if unit == Unit.MONEY:
        return money_text(value, currency, 0 if value.denominator == 1 else None)
    return in_unit_text(value, unit)


def fits(one: Tracked, show: str) -> bool:
    """Whether an objective belongs under a tab."""
    match show:
        case "proposed" | "countered" | "accepted":
            return one.state == show
        case "risk":
            return one.is_at_risk
    return True


def tabs(found: Sequence[Tracked], show: str, month: str, find: str) -> list[Cells]:
    """The tabs over the list, each with its count."""
    kept = {"on": month} | ({"find": find} if find else {})
    return [
        {
            "label": name,
            "url": "?" + urlencode(kept | ({"show": key} if key else {})),
            "active": key == show,
            "count": sum(fits(one, key) for one in found),
        }
        for key, name in TABS
    ]


def rows(found: Sequence[Tracked], currency: str) -> list[Cells]:
    """The lines of the list."""
    return [{**brief(one, currency), "period": _span(one)} for one in found]


def brief(one: Tracked, currency: str) -> Cells:
    """What a line and the page say of an objective."""
    in_force = one.state == Status.ACCEPTED
    return {
        "id": one.row.pk,
        "url": reverse("kpis:objective", args=[one.row.pk]),
        "who": one.who,
        "what": one.what,
        "state": one.state,
        # also when nobody signed it: a team's, or one from a file
        "state_label": _("In force") if in_force else "",
        "terms": digest_of(one.row),
        "at_risk": one.is_at_risk,
        "value": value_text(one.value, one.unit, currency),
        "target": value_text(one.target, one.unit, currency),
        "weight": number_text(Fraction(one.row.weight), 3),
        "percent": None if one.attainment is None or not in_force else one.attainment * 100,
        "attainment": MISSING if one.attainment is None else percent_text(one.attainment * 100, 0),
        "pace": None if one.pace is None else one.pace * 100,
        "tone": TONES.get(one.band, "") if in_force else "",
        "answer_by": day_text(one.row.answer_by) if one.row.answer_by else "",
    }


def _span(one: Tracked) -> str:
    return span_text(one.period.start, one.period.end)


def together(found: Sequence[Tracked], viewer: Viewer) -> str:
    """The reader's own attainment over all objectives in force, by their weights; "" without."""
    mine = [
        (Fraction(one.row.weight), one.attainment)
        for one in found
        if one.row.person_id == viewer.person_id and one.state == Status.ACCEPTED
    ]
    if viewer.person_id is None or len(mine) < 2:
        return ""
    value = weighted_attainment(mine)
    return "" if value is None else percent_text(value * 100, 0)


def role_name(role: RoleRow) -> str:
    """The name of a role in the reader's language."""
    return label(role.name_fr, role.name_en)


# --- one objective ---------------------------------------------------------------------------


def page(one: Tracked, steps: Sequence[StepRow], chance: Fraction | None, currency: str) -> Cells:
    """The facts of one objective and what was said of it."""
    kpi, person_id = one.kpi, one.row.person_id
    return {
        **brief(one, currency),
        "period": _span(one),
        "facts": _facts(one, chance),
        "events": [_event(step, one, currency) for step in steps],
        "why": explain_address(kpi.key, person_id, one.period) if kpi and person_id else "",
        "criteria": [
            {"text": part["text"], "weight": number_text(Fraction(part["weight"]), 3)}
            for part in one.row.criteria
        ],
        "replaces": value_text(Fraction(one.row.replaces.target), one.unit, currency)
        if one.row.replaces
        else "",
    }


def _facts(one: Tracked, chance: Fraction | None) -> list[Cells]:
    found = [
        {"label": _("Period"), "value": _span(one)},
        {"label": _("Weight"), "value": number_text(Fraction(one.row.weight), 3)},
    ]
    if one.row.evaluator is not None:
        found.append({"label": _("Evaluator"), "value": one.row.evaluator.name})
    if one.row.goal_key:
        note = _("pay plans read the mark by this key")
        found.append({"label": _("Key in pay plans"), "value": one.row.goal_key, "note": note})
    if one.row.answer_by and one.state in (Status.PROPOSED, Status.COUNTERED, Status.LAPSED):
        found.append({"label": _("Answer by"), "value": day_text(one.row.answer_by)})
    if chance is not None:
        note = _("share of comparable periods in the past that would have reached it")
        found.append({"label": _("Chance"), "value": percent_text(chance * 100, 0), "note": note})
    return found


STEPS: dict[tuple[str, str], tuple[str | Promise, str, str]] = {
    ("proposed", "company"): (gettext_lazy("Proposed: %(value)s"), "send", ""),
    ("countered", "person"): (gettext_lazy("Countered: %(value)s"), "reply", "warn"),
    ("accepted", "person"): (gettext_lazy("Accepted and signed: %(value)s"), "check", "good"),
    ("accepted", "company"): (
        gettext_lazy("Accepted and signed for the company: %(value)s"), "check", "good",
    ),
    ("withdrawn", "company"): (gettext_lazy("Withdrawn: %(value)s"), "undo-2", ""),
    ("withdrawn", "person"): (gettext_lazy("Withdrawn: %(value)s"), "undo-2", ""),
    ("lapsed", ""): (gettext_lazy("Lapsed without an answer: %(value)s"), "timer-off", "bad"),
}  # fmt: skip


def _event(step: StepRow, one: Tracked, currency: str) -> Cells:
    text, icon, tone = STEPS[step.kind, step.side]
    return {
        "at": moment_text(step.at),
        "title": str(text) % {"value": value_text(step.target, one.unit, currency)},
        "text": step.reason,
        "who": step.by,
        "icon": icon,
        "tone": tone,
    }


def visits(found: Sequence[VisitRow]) -> list[Cells]:
    """The visits with their scores by criterion."""
    return [
        {
            "at": day_text(one.visited_on),
            "who": one.by,
            "title": " · ".join(
                f"{number}: {_score(score)}" for number, score in enumerate(one.scores, start=1)
            ),
            "text": one.evidence,
            "icon": "clipboard-check",
        }
        for one in found
    ]


def _score(score: int | None) -> str:
    return MISSING if score is None else f"{score}/{TOP_SCORE}"


def signature_lines(found: dict[str, StepRow]) -> list[Cells]:
    """Both signatures with name and moment; an empty one where a side has not signed."""
    sides = (
        (ObjectiveStep.Side.COMPANY.value, _("For the company")),
        (ObjectiveStep.Side.PERSON.value, _("The person")),
    )
    return [
        {
            "label": name,
            "value": found[side].by if side in found else _("not signed"),
            "note": moment_text(found[side].at) if side in found else "",
        }
        for side, name in sides
    ]


# --- the helper ------------------------------------------------------------------------------


def suggestion_cells(found: Suggestion, target: Fraction | None, unit: str, currency: str) -> Cells:
    """What the past says: values with their chances, and of what they are shares."""
    lines = [
        (_("Proposed"), found.proposed, True),
        (_("As in the past"), found.mean, False),
        (_("Better by 15 percent"), found.reference, False),
        (_("Your target"), target, False),
    ]
    own = ngettext("%(n)s own period", "%(n)s own periods", found.own) % {"n": found.own}
    others = ngettext(
        "%(n)s period of others in the role", "%(n)s periods of others in the role", found.others
    ) % {"n": found.others}
    return {
        "lines": [
            {
                "label": name,
                "value": value_text(_whole(value, unit), unit, currency),
                "chance": _chance(found, value),
                "strong": strong,
            }
            for name, value, strong in lines
            if value is not None
        ],
        "sample": own if not found.others else f"{own}, {others}",
        "empty": not found.sample,
        "withheld": _withheld(found),
    }


def _withheld(found: Suggestion) -> str:
    """Why the others in the role are not read, where there are too few of them; "" else."""
    if not found.withheld:
        return ""
    return ngettext(
        "Only %(n)s other person in this role has a comparable period; others are read from"
        " %(least)s on, so that nobody's figures can be told from what is shown.",
        "Only %(n)s other people in this role have a comparable period; others are read from"
        " %(least)s on, so that nobody's figures can be told from what is shown.",
        found.withheld,
    ) % {"n": found.withheld, "least": LEAST_OTHERS}


def _whole(value: Fraction, unit: str) -> Fraction:
    """Sums and numbers of things without decimals; they are only a guide."""
    return Fraction(round(value)) if unit in (Unit.MONEY, Unit.COUNT) else value


def _chance(found: Suggestion, value: Fraction) -> str:
    chance = found.chance(value)
    return MISSING if chance is None else percent_text(chance * 100, 0)
