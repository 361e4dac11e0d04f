"""Which manager looks at whose statements of a run, and whether they have signed what it says.

A payee's statement is looked at by the manager that the place names, while that person works here;
otherwise by whoever leads the team today, or the team above. A sign-off is of the results that the
manager saw: after another calculation it stands only while the results of the team are the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from incentives.gathering.payees import Payee
from incentives.models import PayPeriod, RosterPayee, Run, TeamReview
from people import queries as people

Results = frozenset[tuple[int, int, str]]
"""Of one team in one run: (person, statement corrected or 0, hash of the result)."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """A manager has looked at the figures of a run."""

    by: str
    at: datetime
    comment: str
    run_number: int


@dataclass(frozen=True, slots=True)
class TeamUnderReview:
    """The payees whose statements one manager looks at; `manager_id` None: nobody leads them.

    `signed` stands for the figures of the last run; `void` is a sign-off that no longer does.
    """

    manager_id: int | None
    manager: str
    teams: tuple[str, ...]
    person_ids: frozenset[int]
    signed: SignOff | None = None
    void: SignOff | None = None

    @property
    def is_missing(self) -> bool:
        """A sign-off that somebody could give and has not."""
        return self.manager_id is not None and self.signed is None


@dataclass(frozen=True, slots=True)
class _Chart:
    """Who leads which team on a day, who works here then, and the way up from each team."""

    leaders: Mapping[int, int]
    here: frozenset[int]
    above: Mapping[int, int | None]
    names: Mapping[int, str]
    teams: Mapping[int, str]

    def reviewer(self, person_id: int, team_id: int, manager_id: int | None) -> int | None:
        if manager_id in self.here and manager_id != person_id:
            return manager_id
        at: int | None = team_id
        while at is not None:
            leader = self.leaders.get(at)
            if leader is not None and leader != person_id:
                return leader
            at = self.above.get(at)
        return None


def _chart(day: date) -> _Chart:
    rows = people.people_on(day)
    tree = people.team_tree()
    return _Chart(
        leaders={row.team_id: row.person_id for row in reversed(rows) if row.leads},
        here=frozenset(row.person_id for row in rows),
        above={team.id: team.parent_id for team in tree},
        names={row.person_id: row.name for row in rows},
        teams={team.id: team.name for team in tree},
    )


def teams_under_review(period: PayPeriod, run: Run, day: date) -> list[TeamUnderReview]:
    """The payees of a run by the manager who looks at them, by name. At most five queries.

    `day` says who leads today; `run` is the last finished one of `period`.
    """
    chart = _chart(day)
    reviews = list(
        TeamReview.objects.filter(run__period=period)
        .select_related("run", "by__person")
        .order_by("run__number", "id")
    )
    runs = {review.run for review in reviews} | {run}
    charts = _teams({one.roster_id for one in runs}, chart)
    seen = _results_seen(runs, charts) if reviews else {}
    found = []
    for manager_id, (person_ids, team_ids) in charts.get(run.roster_id, {}).items():
        own = [review for review in reviews if review.manager_id == manager_id]
        now = seen.get((run.pk, manager_id))
        standing = [one for one in own if seen.get((one.run_id, manager_id)) == now]
        found.append(
            TeamUnderReview(
                manager_id=manager_id,
                manager=chart.names.get(manager_id or 0, ""),
                teams=tuple(sorted(chart.teams.get(one, "") for one in team_ids)),
                person_ids=frozenset(person_ids),
                signed=_sign_off(standing[-1]) if standing else None,
                void=_sign_off(own[-1]) if own and not standing else None,
            )
        )
    return sorted(found, key=lambda one: (one.manager_id is None, one.manager, one.manager_id or 0))


def _sign_off(review: TeamReview) -> SignOff:
    return SignOff(review.by.name, review.at, review.comment, review.run.number)


Teams = dict[int | None, tuple[set[int], set[int]]]
"""People and teams by who looks at them."""


def _teams(roster_ids: Iterable[int | None], chart: _Chart) -> dict[int | None, Teams]:
    """By roster: who looks at whom, from the places that the runs froze. One query."""
    found: dict[int | None, Teams] = {}
    rows = RosterPayee.objects.filter(roster__in=[one for one in roster_ids if one is not None])
    values = rows.order_by("roster_id", "person_id", "plan_version_id").values_list(
        "roster_id", "person_id", "plan_version_id", "content"
    )
    for roster_id, *row in values:
        payee = Payee.of_content(*row)
        last = payee.stretches[-1]
        reviewer = chart.reviewer(payee.person_id, last.team_id, last.manager_id)
        teams = found.setdefault(roster_id, {})
        people_of, teams_of = teams.setdefault(reviewer, (set(), set()))
        people_of.add(payee.person_id)
        teams_of.add(last.team_id)
    return found


def _results_seen(
    runs: Iterable[Run], charts: Mapping[int | None, Teams]
) -> dict[tuple[int, int | None], Results]:
    """By run and reviewer: the results that the reviewer saw. One query."""
    found: dict[tuple[int, int | None], Results] = {}
    rows = _results(runs)
    for run in runs:
        of_run = rows.get(run.pk, [])
        for manager_id, (person_ids, _team_ids) in charts.get(run.roster_id, {}).items():
            found[run.pk, manager_id] = frozenset(row for row in of_run if row[0] in person_ids)
    return found


def _results(runs: Iterable[Run]) -> dict[int, list[tuple[int, int, str]]]:
    from_db = (
        Run.objects.filter(pk__in=[run.pk for run in runs])
        .order_by("id", "statements__id")
        .values_list(
            "id", "statements__person_id", "statements__corrects_id", "statements__result_sha256"
        )
    )
    found: dict[int, list[tuple[int, int, str]]] = {}
    for run_id, person_id, corrects_id, digest in from_db:
        found.setdefault(run_id, []).append((person_id, corrects_id or 0, digest))
    return found
