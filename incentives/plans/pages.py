"""Plans as plain values for templates."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.formats import day_text, money_text, number_text, percent_text, span_text
from common.issues import message_of, remedy_of
from common.labels import label
from incentives.calc import Plan as Document
from incentives.calc.profile import Finding
from incentives.gathering.deciding import no_run_by
from incentives.models import Plan, PlanAssignment, PlanVersion
from incentives.plans.curves import Curve, drawing, payout_curve
from incentives.plans.known import reviewed
from incentives.plans.wording import meanings, plan_words
from kernel.documents import load_text
from kernel.issues import Invalid, Issue, Level

Cells = dict[str, Any]
LATE = "notice_late"
"""The rule of the legal profile that finds one point for each payee."""
EXAMPLE = """\
key: my_plan
name: {fr: Ma commission, en: My commission}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money, name: {fr: Chiffre d'affaires, en: Revenue}}
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - step: marginal_tiers
        base: revenue
        tiers:
          - {from: 0, rate: 3 %}
          - {from: 50000, rate: 5 %}
examples:
  - name: in the second tier
    given: {measures: {revenue: 60000}}
    expect: {total: 2000}
"""


def plan_name(plan: Plan) -> str:
    """The name in the reader's language."""
    return label(plan.name_fr, plan.name_en)


def plan_rows(
    versions: Sequence[PlanVersion], held: Sequence[PlanAssignment], day: date
) -> list[Cells]:
    """The list of plans: the version in force on `day`, a waiting draft, who is paid."""
    by_plan: dict[int, list[PlanVersion]] = {}
    for version in versions:
        by_plan.setdefault(version.plan_id, []).append(version)
    return [_plan_row(found, held, day) for found in by_plan.values()]


def _plan_row(versions: Sequence[PlanVersion], held: Sequence[PlanAssignment], day: date) -> Cells:
    plan = versions[0].plan
    published = [one for one in versions if one.state == PlanVersion.State.PUBLISHED]
    in_force = [one for one in published if one.valid_from <= day]
    current = max(in_force, key=lambda one: (one.valid_from, one.number), default=None)
    paid = [one for one in held if one.plan_id == plan.pk and _holds(one, day)]
    return {
        "url": reverse("incentives:plan", args=[plan.key]),
        "name": plan_name(plan),
        "key": plan.key,
        "version": current.number if current else None,
        "since": day_text(current.valid_from) if current else "",
        "has_draft": any(one.state == PlanVersion.State.DRAFT for one in versions),
        "paid": ", ".join(_who(one) for one in paid),
    }


def _holds(one: PlanAssignment, day: date) -> bool:
    return one.valid_from <= day and (one.valid_to is None or day < one.valid_to)


def _who(one: PlanAssignment) -> str:
    if one.role is not None:
        return label(one.role.name_fr, one.role.name_en)
    return one.person.name if one.person else ""


def plan_page(
    plan: Plan,
    version: PlanVersion,
    versions: Sequence[PlanVersion],
    held: Sequence[PlanAssignment],
) -> Cells:
    """Everything the page of one version shows."""
    page: Cells = {
        "key": plan.key,
        "name": plan_name(plan),
        "version": version,
        "state": version.state,
        "is_draft": version.state == PlanVersion.State.DRAFT,
        "valid_from": version.valid_from,
        "sha256": version.sha256,
        "versions": [_version_row(one, one.pk == version.pk) for one in versions],
        "held": [_held_row(one) for one in held],
        "lines": document_lines(version.document, ()),
    }
    try:
        document = version.terms()
        written = load_text(version.document)
        notes = [*reviewed(document, written), *no_run_by(version)]
    except Invalid as invalid:
        # a draft, or no calculation by it is defined
        page["issues"] = issue_rows(invalid.issues)
        return page | {"lines": document_lines(version.document, invalid.issues)}
    return page | {
        "lines": document_lines(version.document, notes),
        "issues": issue_rows(notes),
        "words": plan_words(document),
        "meanings": meanings(document),
        "examples": [one.name for one in document.examples],
        "curve": curve_of(document),
    }


def publish_page(version: PlanVersion, findings: Sequence[Finding]) -> Cells:
    """What the legal profile says before a version is published, the gravest first."""
    language = get_language() or "en"
    order = {Level.ERROR: 0, Level.WARNING: 1, Level.INFO: 2}
    late = [one for one in findings if one.rule.key == LATE]
    others = (one.issue(language) for one in findings if one.rule.key != LATE)
    return {
        "name": plan_name(version.plan),
        "version": version,
        "issues": issue_rows(sorted(others, key=lambda issue: order[issue.level])),
        "late": _late(late, language) if late else None,
        "blocked": any(one.blocks for one in findings),
        "back": f"{reverse('incentives:plan', args=[version.plan.key])}?version={version.number}",
    }


def _late(findings: Sequence[Finding], language: str) -> Cells:
    """Who would be told too late, as one point: how many, what may be due, and each of them."""
    due: dict[str, Fraction] = {}
    for one in findings:
        if one.exposure is not None:
            currency = one.exposure.currency
            due[currency] = due.get(currency, Fraction(0)) + one.exposure.amount
    return {
        "count": len(findings),
        "due": " + ".join(money_text(amount, key, 0) for key, amount in sorted(due.items())),
        "rows": [message_of(one.issue(language)) for one in findings],
        "remedy": remedy_of(findings[0].issue(language)),
    }


def _version_row(one: PlanVersion, shown: bool) -> Cells:
    address = reverse("incentives:plan", args=[one.plan.key])
    return {
        "number": one.number,
        "url": f"{address}?version={one.number}",
        "state": "official" if one.state == PlanVersion.State.PUBLISHED else "draft",
        "state_label": PlanVersion.State(one.state).label,
        "valid_from": one.valid_from,
        "who": one.created_by.name if one.created_by else "",
        "at": one.published_at or one.created_at,
        "shown": shown,
    }


def _held_row(one: PlanAssignment) -> Cells:
    if one.valid_to is None:
        days = _("since %(day)s") % {"day": day_text(one.valid_from)}
    else:
        days = span_text(one.valid_from, one.valid_to)
    return {"who": _who(one), "days": days, "is_person": one.person_id is not None}


def document_lines(text: str, issues: Iterable[Issue]) -> list[Cells]:
    """The document line by line, each with the issues that stand there."""
    by_line: dict[int, list[Cells]] = {}
    for issue in issues:
        if issue.place.line is not None:
            by_line.setdefault(issue.place.line, []).append(issue_row(issue))
    return [
        {"number": number, "text": line, "issues": by_line.get(number, [])}
        for number, line in enumerate(text.splitlines(), start=1)
    ]


def issue_rows(issues: Iterable[Issue]) -> list[Cells]:
    """All issues, for the list above the document."""
    return [issue_row(issue) for issue in issues]


def issue_row(issue: Issue) -> Cells:
    """One issue as a template shows it."""
    place = issue.place
    where = _("line %(line)s") % {"line": place.line} if place.line else place.path
    return {
        "level": issue.level.value,
        "text": message_of(issue),
        "remedy": remedy_of(issue),
        "place": where,
    }


def curve_of(document: Document) -> Cells | None:
    """The payout curve as it is drawn, with the jump at each limit; None without a measure."""
    curve = payout_curve(document)
    if curve is None:
        return None
    drawn = drawing(curve)
    measure = document.measures[curve.measure]
    pays = dict(curve.points)
    return drawn | {
        "measure": label(measure.name["fr"], measure.name["en"]),
        "most_x": _figure(curve, drawn["most_x"], document.currency),
        "most_y": money_text(drawn["most_y"], document.currency, 0),
        "assumed": curve.assumed,
        "jumps": [_jump(document, curve, pays, one["value"]) for one in drawn["limits"]],
    }


def _jump(document: Document, curve: Curve, pays: dict[Any, Any], limit: Any) -> Cells:
    """What is paid just below a limit and on it."""
    below = max(value for value in pays if value < limit)
    return {
        "limit": _figure(curve, limit, document.currency),
        "below": money_text(pays[below], document.currency),
        "at": money_text(pays[limit], document.currency),
    }


def _figure(curve: Curve, value: Any, currency: str) -> str:
    match curve.unit:
        case "money":
            return money_text(value, currency, 0 if value.denominator == 1 else None)
        case "ratio":
            return percent_text(value * 100)
    return number_text(value)
