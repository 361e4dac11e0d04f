"""Badges are made, amended and retired; what was awarded stays."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import yaml
from django.db import transaction
from django.utils.text import slugify

from challenges.badges.arts import ARTS
from challenges.calc.badges.rules import Combination, Figure, Given, Rule, metric_of, parse_badge
from challenges.models import Badge, BadgeRule
from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.trace import to_bytes
from kpis.queries import catalogue
from kpis.queries.catalogue import unknown_kpi
from kpis.queries.versions import metric_issues
from people.models import Right, Team, User
from people.queries import team_ids_above, today

MOST_POINTS = 1_000
MOST_GIVEN_POINTS = 20
"""By whoever is no administrator, for one that people give each other: points buy rewards."""
Document = str | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BadgeInput:
    """What somebody says about a badge; `document` is the rule."""

    name_fr: str
    name_en: str
    document: Document
    art: str = "star"
    points: int = 0


@transaction.atomic
def create_badge(
    *, actor: User | None, badge: BadgeInput, team: Team | None = None, key: str = ""
) -> Badge:
    """A badge for everybody, or for the people of a team. It counts from the period in which it
    is first looked at. `Invalid` carries everything that is wrong."""
    chosen = key or slugify(badge.name_en or badge.name_fr)[:60]
    issues = [*_key_issues(chosen), *_input_issues(badge)]
    rule = _rule(badge.document, issues)
    if rule is not None:
        issues += [*_rule_issues(rule), *_given_issues(actor, rule, badge.points)]
        issues += _foreign_parts(rule, None if team is None else team.pk)
    if issues or rule is None:
        raise Invalid(issues)
    made = Badge.objects.create(
        key=chosen,
        name_fr=badge.name_fr or badge.name_en,
        name_en=badge.name_en or badge.name_fr,
        art=badge.art,
        team=team,
    )
    version = BadgeRule.objects.create(
        badge=made, number=1, document=_text(badge.document), points=badge.points, by=actor
    )
    audit.record(
        actor=actor, action="badge.create", subject=made,
        after={**audit.snapshot(made), "rule": version.document, "points": version.points},
    )  # fmt: skip
    return made


@transaction.atomic
def amend_badge(
    *, actor: User | None, badge: Badge, document: Document, points: int, reason: str
) -> BadgeRule:
    """Another rule or other points, for periods that begin tomorrow or later. The form and the kind
    of period stay: what is otherwise another badge. `Invalid` without a reason."""
    transaction_lock("badge", badge.pk)
    last = BadgeRule.objects.filter(badge=badge).order_by("-number")[0]
    issues = [*_points_issues(points), *_reason_issues(reason)]
    rule = _rule(document, issues)
    if rule is not None:
        issues += [*_rule_issues(rule), *_same_kind(parse_badge(last.document), rule)]
        issues += [*_given_issues(actor, rule, points), *_foreign_parts(rule, badge.team_id)]
    if issues:
        raise Invalid(issues)
    version = BadgeRule.objects.create(
        badge=badge, number=last.number + 1, document=_text(document), points=points,
        valid_from=today() + timedelta(days=1), reason=reason.strip(), by=actor,
    )  # fmt: skip
    audit.record(
        actor=actor, action="badge.amend", subject=badge,
        before={"rule": last.document, "points": last.points},
        after={"rule": version.document, "points": version.points}, reason=version.reason,
    )  # fmt: skip
    return version


@transaction.atomic
def retire_badge(*, actor: User | None, badge: Badge, retired: bool = True) -> Badge:
    """Nobody earns or gives it any more (or again); who has it keeps it."""
    transaction_lock("badge", badge.pk)
    kept = Badge.objects.get(pk=badge.pk)
    if kept.retired == retired:
        return kept
    kept.retired = retired
    # what happened while it was retired is not made up for
    kept.closed_to, kept.looked_at = None, None
    kept.save(update_fields=["retired", "closed_to", "looked_at"])
    audit.record(
        actor=actor, action="badge.retire" if retired else "badge.revive", subject=kept,
        before={"retired": not retired}, after={"retired": retired},
    )  # fmt: skip
    return kept


def problems_of(document: Document) -> list[Issue]:
    """Everything that is wrong with a rule, as `create_badge` would say it."""
    issues: list[Issue] = []
    rule = _rule(document, issues)
    return issues if rule is None else [*issues, *_rule_issues(rule)]


def readable(document: str) -> str:
    """A rule with one key on each line, for people to change."""
    return yaml.safe_dump(
        json.loads(document), allow_unicode=True, sort_keys=False, default_flow_style=None
    )


def _text(document: Document) -> str:
    return document if isinstance(document, str) else to_bytes(document).decode()


def _rule(document: Document, issues: list[Issue]) -> Rule | None:
    try:
        return parse_badge(document)
    except Invalid as problem:
        issues.extend(problem.issues)
        return None


def _rule_issues(rule: Rule) -> list[Issue]:
    """What the rule names and the company does not have."""
    known = catalogue(today())
    if isinstance(rule, Figure) and rule.kpi not in known.kpis:
        return [unknown_kpi(rule.kpi, known.kpis).at(Place(path="kpi"))]
    if isinstance(rule, Combination):
        return _part_issues(rule)
    metric = metric_of(rule)
    if metric is None:
        return []
    return [one.at(Place(path="metric")) for one in metric_issues([metric], known)]


def _part_issues(rule: Combination) -> list[Issue]:
    newest = BadgeRule.objects.filter(badge__key__in=rule.keys).order_by("badge_id", "-number")
    found = {
        key: parse_badge(document)
        for key, document in newest.distinct("badge_id").values_list("badge__key", "document")
    }
    return [_no_part(key) for key in rule.keys if isinstance(found.get(key), Combination | None)]


def _foreign_parts(rule: Rule, team_id: int | None) -> list[Issue]:
    """Whoever can earn a combination can earn its parts: they are for everybody, for the same team
    or for one above it. Others are not said to exist."""
    if not isinstance(rule, Combination):
        return []
    teams = frozenset() if team_id is None else team_ids_above(frozenset({team_id}))
    others = Badge.objects.filter(key__in=rule.keys).exclude(team=None).exclude(team_id__in=teams)
    foreign = frozenset(others.values_list("key", flat=True))
    return [_no_part(key) for key in rule.keys if key in foreign]


def _no_part(key: str) -> Issue:
    return error(
        "badge.unknown_part",
        N_("There is no badge “{key}” that could be part of a combination."),
        N_("Name badges for the same people that are no combinations themselves."),
        Place(path="of"),
        key=key,
    )


def _same_kind(before: Rule, after: Rule) -> list[Issue]:
    if type(before) is type(after) and before.per == after.per:
        return []
    return [
        error(
            "badge.other_form",
            N_("An amendment keeps the form of the rule and its kind of period."),
            N_("Make a new badge, and retire this one."),
            Place(path="form"),
        )
    ]


def _key_issues(key: str) -> list[Issue]:
    if key and not Badge.objects.filter(key=key).exists():
        return []
    message = N_("There is a badge “{key}” already.") if key else N_("The badge has no name.")
    remedy = N_("Choose another name.")
    return [error("badge.name", message, remedy, Place(path="name_en"), key=key)]


def _input_issues(badge: BadgeInput) -> list[Issue]:
    issues = _points_issues(badge.points)
    if badge.art not in ARTS:
        issues.append(
            error(
                "badge.art", N_("There is no drawing “{art}”."), N_("Choose one of the list."),
                Place(path="art"), art=badge.art,
            )
        )  # fmt: skip
    return issues


def _points_issues(points: int) -> list[Issue]:
    if 0 <= points <= MOST_POINTS:
        return []
    return [
        error(
            "badge.points",
            N_("A badge carries 0 to {most} points."),
            N_("Write a whole number within these limits."),
            Place(path="points"),
            most=MOST_POINTS,
        )
    ]


def _given_issues(actor: User | None, rule: Rule, points: int) -> list[Issue]:
    """Nobody but an administrator makes a badge that can be given away for many points."""
    is_free = actor is None or Right.ADMIN in actor.rights
    if is_free or not isinstance(rule, Given) or points <= MOST_GIVEN_POINTS:
        return []
    return [
        error(
            "badge.given_points",
            N_("A badge that people give carries {most} points at most."),
            N_("Choose fewer points, or ask an administrator."),
            Place(path="points"),
            most=MOST_GIVEN_POINTS,
        )
    ]


def _reason_issues(reason: str) -> list[Issue]:
    if reason.strip():
        return []
    return [
        error(
            "badge.no_reason",
            N_("An amendment needs a reason."),
            N_("Say in a sentence why the rule changes; people will read it."),
            Place(path="reason"),
        )
    ]
