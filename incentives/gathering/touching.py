"""Whose pay may come out differently than at an earlier moment: one rule for runs and corrections.

Only news can change a figure: in the log, in who was where, in what a KPI means. Who is not
touched by any keeps their statement, so that a run after a small change costs little.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from activities.crediting import people_sharing
from activities.dealings import people_with_dealings
from activities.news import people_with_news
from challenges.awarding import people_with_new_awards
from incentives.calc import Plan
from incentives.calc.measures import EveryoneOf, TeamOf
from incentives.gathering.colleagues import shared_out
from incentives.gathering.happenings import milestones_of, settles
from incentives.gathering.inputs import Frozen, credited_types, kpis_read
from incentives.gathering.payees import goals_of
from incentives.gathering.prizes import pays_prizes
from incentives.gathering.rosters import managers_above
from kpis import queries as kpis
from kpis.objectives.reviews import people_with_new_evaluations

Ids = frozenset[int]


@dataclass(frozen=True, slots=True)
class Touched:
    """Statements by pairs of people and plan versions, either of them None for all."""

    pairs: tuple[tuple[Ids | None, Ids | None], ...]

    def where(self) -> Q:
        """The condition on rows with a person and a plan version."""
        found = Q(pk__in=[])
        for people, versions in self.pairs:
            one = Q() if people is None else Q(person_id__in=people)
            found |= one if versions is None else one & Q(plan_version_id__in=versions)
        return found


def touched_since(
    since: datetime,
    at: Frozen,
    plans: Mapping[int, Plan],
    *,
    rosters: tuple[int, ...],
    moved: Ids = frozenset(),
    redefined: Ids = frozenset(),
) -> Touched:
    """Whom the news between `since` and the moment of `at` may touch; `plans` by version.

    `rosters` say who reported to whom then and now, `moved` whose place is another one, and
    `redefined` under which plan versions a KPI means something else. A handful of queries, however
    many people there are.
    """
    until = at.as_known_at
    if until is None:
        raise TypeError("news are counted up to a moment")
    types = frozenset[str]().union(*map(credited_types, plans.values()))
    people = people_with_news(at.start, at.end, type_keys=types, since=since, until=until)
    pairs: list[tuple[Ids | None, Ids | None]] = [(people, None), (None, redefined)]
    behind = frozenset[int]()
    by_kpi = frozenset(key for key, plan in plans.items() if kpis_read(plan))
    if by_kpi:
        keys = frozenset[str]().union(*(kpis_read(plans[key]) for key in by_kpi))
        formulas = at.formulas or kpis.frozen_formulas(keys, at.days.last)
        behind = kpis.people_with_kpi_news(formulas, at.end, since=since, until=until)
        pairs.append((behind, by_kpi))
    settling = frozenset(key for key, plan in plans.items() if settles(plan))
    if settling:
        names = frozenset[str]().union(*(milestones_of(plans[key]) for key in settling))
        people |= people_with_dealings(at.start, at.end, milestones=names, since=since, until=until)
        pairs.append((people, settling))
    paying = frozenset(key for key, plan in plans.items() if pays_prizes(plan))
    if paying:
        pairs.append((people_with_new_awards(since, until), paying))
    scored = frozenset(key for key, plan in plans.items() if goals_of(plan))
    if scored:
        pairs.append((people_with_new_evaluations(at.days, since, until), scored))
    changed = people | moved
    if changed:
        team = _reading(plans, TeamOf)
        pairs.append((managers_above(changed, rosters) if team else frozenset(), team))
        pairs.append((None, _reading(plans, EveryoneOf)))
        splitting = frozenset(key for key, plan in plans.items() if shared_out(plan).splits)
        if splitting:
            partners = people_sharing(at.start, at.end, person_ids=changed, as_known_at=until)
            pairs.append((partners, splitting))
    if changed or behind or redefined:
        together = frozenset(key for key, plan in plans.items() if shared_out(plan).of_others)
        pairs.append((None, together))
    return Touched(tuple(pairs))


def _reading(plans: Mapping[int, Plan], kind: type) -> Ids:
    """The versions with a measure of this kind."""
    return frozenset(
        key
        for key, plan in plans.items()
        if any(isinstance(one.source, kind) for one in plan.measures.values())
    )
