"""Leaderboards: who stands where in a KPI, what the viewer may see of it, and since when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kernel.periods import Period
from kpis.calc.figures import Figure
from kpis.calc.ranks import Rank, competition_ranks
from kpis.queries.catalogue import Catalogue, KpiInfo, catalogue, scorecards
from kpis.queries.values import KpiValues, many_kpi_values
from people import access
from people import queries as people
from people.access import Viewer

BY = ("person", "team", "region")


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row. `rank` is None where there is no value; `change` is places climbed since before.

    `gap` is what is missing to the next better value, `gap_rank` the rank that it leads to; both
    None for the leader. `detail` is the team of a person.
    """

    id: int
    name: str
    initials: str
    detail: str
    figure: Figure
    rank: int | None
    tied: bool
    previous_rank: int | None
    gap: Fraction | None
    gap_rank: int | None
    is_me: bool

    @property
    def change(self) -> int | None:
        """Places climbed since the previous period; None for somebody new on the board."""
        if self.rank is None or self.previous_rank is None:
            return None
        return self.previous_rank - self.rank


@dataclass(frozen=True, slots=True)
class Board:
    """The rows that the viewer may see, best first, in the order of the whole ranking.

    `hidden_before[i]` rows are left out just before row i; `entrants` counts all of them. The rows
    after the last shown one are not counted out: there is no public bottom.
    """

    kpi: KpiInfo
    period: Period
    by: str
    rows: tuple[BoardRow, ...]
    hidden_before: tuple[int, ...]
    entrants: int
    my_row: BoardRow | None


def leaderboard(
    kpi_key: str,
    period: Period,
    by: str = "person",
    *,
    viewer: Viewer | None = None,
    team_ids: Sequence[int] | None = None,
    with_previous: bool = True,
    known: Catalogue | None = None,
) -> Board:
    """The board of a KPI: competition ranks 1, 1, 3, equal values in the order of names.

    `by` is person, team or region. People on it are those who sell (a role that does not lead, or
    any value of their own); without a value they stand last, unranked. `viewer` None is the
    product itself and sees all; others see what `people.access` allows. `team_ids` limits it.
    `known` is the catalogue of the period's last day, for a caller that has it already.
    """
    known = known or catalogue(period.last)
    info = known.kpi(kpi_key)
    roles = frozenset(scorecards()) if by == "person" else frozenset[str]()
    places = people.roster(period) if by == "person" else []
    rows = _entrants(known, kpi_key, period, by, team_ids, _sellers(places, roles))
    ranks = _ranks(info, rows)
    before = _previous(known, info, period, by, team_ids, roles) if with_previous else {}
    mine = _mine(viewer, by)
    teams = {one.person_id: (one.at.team_name, one.initials) for one in places}
    ordered = _board_rows(rows, ranks, before, teams, mine)
    shown = _visible(ordered, by, viewer, period)
    return Board(
        kpi=info,
        period=period,
        by=by,
        rows=tuple(row for row in ordered if row.id in shown),
        hidden_before=_hidden(ordered, shown),
        entrants=len(ordered),
        my_row=next((row for row in ordered if row.is_me), None),
    )


def _entrants(
    known: Catalogue,
    key: str,
    period: Period,
    by: str,
    team_ids: Sequence[int] | None,
    sellers: Collection[int],
) -> dict[int, KpiValues]:
    rows = many_kpi_values([key], by=by, period=period, team_ids=team_ids, known=known)
    found = {row.group[0].id: row for row in rows}
    return {
        one: row
        for one, row in found.items()
        if isinstance(one, int) and (by != "person" or one in sellers or row.figures[key].value)
    }


def _sellers(places: Iterable[people.RosterEntry], roles: Collection[str]) -> frozenset[int]:
    """Who held a role that has a scorecard and does not lead."""
    return frozenset(
        one.person_id
        for one in places
        if any(not place.leads and place.role_key in roles for place in one.places)
    )


def _ranks(info: KpiInfo, rows: Mapping[int, KpiValues]) -> list[Rank[int]]:
    values = {key: row.figures[info.key].value for key, row in rows.items()}
    names = {key: row.group[0].name for key, row in rows.items()}
    return competition_ranks(values, names, better=info.better)


def _previous(
    known: Catalogue,
    info: KpiInfo,
    period: Period,
    by: str,
    team_ids: Sequence[int] | None,
    roles: Collection[str],
) -> dict[int, int]:
    before = period.previous()
    sellers = _sellers(people.roster(before) if by == "person" else [], roles)
    rows = _entrants(known, info.key, before, by, team_ids, sellers)
    return {rank.key: rank.rank for rank in _ranks(info, rows)}


def _mine(viewer: Viewer | None, by: str) -> frozenset[int]:
    if viewer is None:
        return frozenset()
    if by == "person":
        return frozenset() if viewer.person_id is None else frozenset({viewer.person_id})
    return viewer.own_team_ids


def _board_rows(
    rows: Mapping[int, KpiValues],
    ranks: Sequence[Rank[int]],
    before: Mapping[int, int],
    teams: Mapping[int, tuple[str, str]],
    mine: frozenset[int],
) -> list[BoardRow]:
    ranked = {rank.key: rank for rank in ranks}
    unranked = sorted(rows.keys() - ranked.keys(), key=lambda key: (rows[key].group[0].name, key))
    better: dict[int, Rank[int]] = {}
    ahead: Rank[int] | None = None
    for one, following in zip(ranks, [*ranks[1:], None], strict=True):
        if ahead is not None:
            better[one.key] = ahead
        if following is not None and following.rank != one.rank:
            ahead = one
    found = []
    for key in [*(rank.key for rank in ranks), *unranked]:
        name = rows[key].group[0].name
        team, initials = teams.get(key, ("", _initials(name)))
        rank = ranked.get(key)
        goal = better.get(key)
        found.append(
            BoardRow(
                id=key,
                name=name,
                initials=initials,
                detail=team,
                figure=next(iter(rows[key].figures.values())),
                rank=rank.rank if rank else None,
                tied=rank.tied if rank else False,
                previous_rank=before.get(key),
                gap=abs(goal.value - rank.value) if goal and rank else None,
                gap_rank=goal.rank if goal else None,
                is_me=key in mine,
            )
        )
    return found


def _initials(name: str) -> str:
    return "".join(word[:1] for word in name.split()[:2]).upper()


def _visible(
    rows: Sequence[BoardRow], by: str, viewer: Viewer | None, period: Period
) -> frozenset[int]:
    order = [row.id for row in rows]
    if viewer is None or by != "person":
        # teams are groups of people: their totals are open to all
        return frozenset(order)
    return access.board_rows(viewer, order, period)


def _hidden(rows: Sequence[BoardRow], shown: frozenset[int]) -> tuple[int, ...]:
    counts: list[int] = []
    skipped = 0
    for row in rows:
        if row.id in shown:
            counts.append(skipped)
            skipped = 0
        else:
            skipped += 1
    return tuple(counts)
