"""What the pages of badges show: formatted values, no rows of the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.badges import personal, rights, words
from challenges.badges.queries import is_taken_back, with_state
from challenges.badges.visibility import shown_name
from challenges.calc.badges.rules import Given, parse_badge
from challenges.calc.badges.streaks import Standing
from challenges.models import Badge, BadgeAward, BadgeMove, BadgeRule
from common.formats import day_text, moment_text, number_text
from common.labels import label
from kernel.periods import Period
from kpis.queries import catalogue
from people.access import Viewer
from people.models import Person
from people.queries import today

MOST_AHEAD = 4
MOST_WORDS = 12
Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Medal:
    """One badge that somebody has, with all times that they got it."""

    key: str
    name: str
    art: str
    rule: str
    times: int
    latest: str
    points: str


def latest_rules(*, retired: bool = False) -> list[BadgeRule]:
    """The latest rule of each badge, by the badge's label. One query."""
    rows = BadgeRule.objects.select_related("badge__team").order_by("badge_id", "-number")
    if not retired:
        rows = rows.filter(badge__retired=False)
    return sorted(rows.distinct("badge_id"), key=lambda one: (name_of(one.badge), one.badge.key))


def name_of(badge: Badge) -> str:
    """The badge's label in the active language."""
    return label(badge.name_fr, badge.name_en)


def rule_texts(rules: Iterable[BadgeRule]) -> dict[int, str]:
    """The rule of each badge in words, by badge. Two queries."""
    listed = list(rules)
    known = catalogue(today())
    names = {one.badge.key: name_of(one.badge) for one in listed}
    return {
        one.badge_id: words.rule_text(parse_badge(one.document), known, names) for one in listed
    }


def points_text(points: int) -> str:
    """Points as a phrase; nothing for none."""
    if not points:
        return ""
    return ngettext("%(n)s point", "%(n)s points", points) % {"n": number_text(points)}


# --- a person --------------------------------------------------------------------------------


def person_page(person: Person, viewer: Viewer, now: datetime, *, own: bool) -> Cells:
    """Everything about one person's badges; the way ahead, and what was taken back, only for
    oneself."""
    rows = list(
        with_state(BadgeAward.objects.filter(person=person))
        .select_related("badge", "rule", "given_by__person")
        .order_by("-awarded_at", "-id")
    )
    rules = latest_rules()
    standing = [row for row in rows if not is_taken_back(row)]
    found: Cells = {
        "person": person,
        "medals": medals(standing),
        "words": [_words(row, viewer) for row in standing if row.sentence][:MOST_WORDS],
        "own": own,
    }
    if own:
        found |= {
            "taken": _taken([row for row in rows if is_taken_back(row)]),
            "ahead": _ahead(person.pk, now, rules),
            "run": run_cells(personal.run_of(person.pk, now)),
            "level": level_cells(person.pk),
        }
    return found


def medals(rows: Sequence[BadgeAward]) -> list[Medal]:
    """The badges of these awards (newest first), each once, in the order of the latest."""
    grouped: dict[int, list[BadgeAward]] = {}
    for row in rows:
        grouped.setdefault(row.badge_id, []).append(row)
    texts = rule_texts([listed[0].rule for listed in grouped.values()])
    return [
        Medal(
            key=listed[0].badge.key,
            name=name_of(listed[0].badge),
            art=listed[0].badge.art,
            rule=texts[badge_id],
            times=len(listed),
            latest=words.period_text(Period(listed[0].valid_from, listed[0].valid_to)),
            points=points_text(sum(one.points for one in listed)),
        )
        for badge_id, listed in grouped.items()
    ]


def _words(row: BadgeAward, viewer: Viewer) -> Cells:
    return {
        "withdraw": _withdraw_url(row, viewer),
        "name": name_of(row.badge),
        "art": row.badge.art,
        "sentence": row.sentence,
        "by": row.given_by.name if row.given_by else "",
        "at": day_text(timezone.localdate(row.awarded_at)),
    }


def _withdraw_url(row: BadgeAward, viewer: Viewer) -> str:
    may = rights.may_withdraw(viewer, row)
    return reverse("challenges:badge_withdraw", args=[row.pk]) if may else ""


def given_rows(viewer: Viewer) -> list[Cells]:
    """The badges that the viewer gave lately and that stand, newest first. One query."""
    rows = with_state(BadgeAward.objects.filter(given_by_id=viewer.user_id or 0))
    wanted = rows.select_related("badge", "person__challenge_face", "given_by__person")
    return [
        {**_words(row, viewer), "by": shown_name(viewer, row.person)[0]}
        for row in wanted.order_by("-awarded_at", "-id")[:MOST_WORDS]
        if not is_taken_back(row)
    ]


def _taken(rows: Sequence[BadgeAward]) -> list[Cells]:
    last: dict[int, BadgeMove] = {}
    for move in BadgeMove.objects.filter(award__in=rows).order_by("number"):
        last[move.award_id] = move
    return [
        {
            "name": name_of(row.badge),
            "art": row.badge.art,
            "period": words.period_text(Period(row.valid_from, row.valid_to)),
            "reason": words.reason_text(last[row.pk].reason),
            "at": moment_text(last[row.pk].at),
        }
        for row in rows
    ]


def _ahead(person_id: int, now: datetime, rules: Sequence[BadgeRule]) -> list[Cells]:
    texts = rule_texts(rules)
    return [
        {
            "name": name_of(one.badge),
            "art": one.badge.art,
            "rule": texts[one.badge.pk],
            "percent": one.progress.part * 100,
            "value": number_text(one.progress.value),
            "target": number_text(one.progress.goal),
            "points": points_text(one.rule.points),
        }
        for one in personal.ahead_of(person_id, now, rules)[:MOST_AHEAD]
    ]


def run_cells(run: Standing | None) -> Cells:
    """The run of working days in words; its length is 0 where there is none."""
    if run is None or run.length == 0:
        return {"length": 0, "text": "", "note": ""}
    days = ngettext("%(n)s day", "%(n)s days", run.length) % {"n": number_text(run.length)}
    frozen = words.frozen_text(run.frozen)
    since = _("since %(day)s") % {"day": day_text(run.since)}
    held = _("frozen meanwhile: %(days)s") % {"days": frozen} if frozen else ""
    return {
        "length": run.length,
        "text": days,
        "note": " · ".join(one for one in (since, held) if one),
        "today": run.today,
    }


def level_cells(person_id: int) -> Cells:
    """The level with the way to the next one."""
    level = personal.level_of_person(person_id)
    span = None if level.next_at is None else level.next_at - level.begins_at
    made = max(0, level.points - level.begins_at)
    return {
        "number": level.number,
        "points": points_text(level.points) or _("no points yet"),
        "percent": Fraction(100 * made, span) if span else None,
        "next": _("%(points)s to level %(n)s")
        % {"points": points_text(level.missing), "n": level.number + 1}
        if span
        else _("the highest level"),
    }


# --- all badges ------------------------------------------------------------------------------


def gallery(
    rules: Sequence[BadgeRule], mine: Mapping[int, int], changeable: Collection[int]
) -> list[Cells]:
    """All definitions, those that are given last; `mine` is how often the reader has each."""
    texts = rule_texts(rules)
    cells = [
        {
            "key": one.badge.key,
            "name": name_of(one.badge),
            "art": one.badge.art,
            "rule": texts[one.badge_id],
            "points": points_text(one.points),
            "team": one.badge.team.name if one.badge.team else "",
            "times": mine.get(one.badge_id, 0),
            "retired": one.badge.retired,
            "given": isinstance(parse_badge(one.document), Given),
            "change": reverse("challenges:badge_change", args=[one.badge.key])
            if one.badge_id in changeable
            else "",
        }
        for one in rules
    ]
    return sorted(cells, key=lambda one: bool(one["given"]))
