"""Leaderboards: who stands where in a KPI, what the viewer may see of it, and since when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest

from kernel.periods import Period
from kpis.calc.figures import Figure
from kpis.calc.ranks import Rank, competition_ranks
from kpis.queries.catalogue import Catalogue, KpiInfo, catalogue, scorecards
from kpis.queries.values import KpiValues, many_kpi_values
from people import access
from people import queries as people
from people.access import Viewer

OPEN_TO_ALL = frozenset({"person", "team", "region"})
"""Boards on which everybody is compared: rows of people as `people.access` shows them, and totals
of groups of people. The others are made of the figures that are open to the viewer."""
WHO_SELLS = frozenset({"person", "team"})
"""Boards on which stand those who sell, and the teams they have a place in."""
Id = int | str
"""As in the database; a role, a product line and a segment are their own names."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row. `rank` is None where there is no value; `change` is places climbed since before.

    `gap` is what is missing to the next better value, `gap_rank` the rank that it leads to; both
    None for the leader. `detail` is the team of a person.
    """

    id: Id
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

    `by` is any dimension but time. People on a board are those who sell (a role that does not
    lead, or any value of their own), and teams are those in which somebody sells; without a value
    they stand last, unranked. Products, segments and accounts are there as far as they have
    records. `viewer` None is the product itself and sees all; others see what `people.access`
    allows, and boards of anything but people, teams and regions are made of the figures that are
    open to them. `team_ids` limits it. `known` is the catalogue of the period's last day, for a
    caller that has it already.
    """
    known = known or catalogue(period.last)
    info = known.kpi(kpi_key)
    roles = frozenset(scorecards()) if by in WHO_SELLS else frozenset[str]()
    places = people.roster(period) if by in WHO_SELLS else []
    asked = _Asked(known, kpi_key, by, team_ids, _open_people(viewer, by, period))
    rows = _entrants(asked, period, _sellers(places, roles, by))
    ranks = _ranks(info, rows)
    before = _previous(asked, info, period, roles) if with_previous else {}
    mine = _mine(viewer, by)
    teams: dict[Id, tuple[str, str]] = {
        one.person_id: (one.at.team_name, one.initials) for one in places if by == "person"
    }
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a board is of, in whichever period; None for everybody."""

    known: Catalogue
    key: str
    by: str
    team_ids: Sequence[int] | None
    person_ids: Collection[int] | None


def _open_people(viewer: Viewer | None, by: str, period: Period) -> Collection[int] | None:
    """Whose figures are in the rows: an account often is one person's, and so is its figure."""
    if viewer is None or by in OPEN_TO_ALL:
        return None
    scope = access.figures_scope(viewer, period)
    return None if scope.everyone else scope.person_ids


def _entrants(asked: _Asked, period: Period, sellers: Collection[Id]) -> dict[Id, KpiValues]:
    rows = many_kpi_values(
        [asked.key], by=asked.by, period=period, person_ids=asked.person_ids,
        team_ids=asked.team_ids, known=asked.known,
    )  # fmt: skip
    found = {row.group[0].id: row for row in rows}
    return {
        one: row
        for one, row in found.items()
        if isinstance(one, Id)
        and (asked.by not in WHO_SELLS or one in sellers or row.figures[asked.key].value)
    }


def _sellers(
    places: Iterable[people.RosterEntry], roles: Collection[str], by: str
) -> frozenset[Id]:
    """Who held a role that has a scorecard and does not lead, or the teams where somebody did."""
    return frozenset(
        one.person_id if by == "person" else place.team_id
        for one in places
        for place in one.places
        if not place.leads and place.role_key in roles
    )


def _ranks(info: KpiInfo, rows: Mapping[Id, KpiValues]) -> list[Rank[Id]]:
    values = {key: row.figures[info.key].value for key, row in rows.items()}
    names = {key: row.group[0].name for key, row in rows.items()}
    return competition_ranks(values, names, better=info.better)


def _previous(
    asked: _Asked, info: KpiInfo, period: Period, roles: Collection[str]
) -> dict[Id, int]:
    before = period.previous()
    places = people.roster(before) if asked.by in WHO_SELLS else []
    sellers = _sellers(places, roles, asked.by)
    rows = _entrants(asked, before, sellers)
    return {rank.key: rank.rank for rank in _ranks(info, rows)}


def _mine(viewer: Viewer | None, by: str) -> frozenset[int]:
    if viewer is None:
        return frozenset()
    if by == "person":
        return frozenset() if viewer.person_id is None else frozenset({viewer.person_id})
    return viewer.own_team_ids if by in OPEN_TO_ALL else frozenset()


def _board_rows(
    rows: Mapping[Id, KpiValues],
    ranks: Sequence[Rank[Id]],
    before: Mapping[Id, int],
    teams: Mapping[Id, tuple[str, str]],
    mine: frozenset[int],
) -> list[BoardRow]:
    ranked = {rank.key: rank for rank in ranks}
    left = rows.keys() - ranked.keys()
    unranked = sorted(left, key=lambda key: (rows[key].group[0].name, str(key)))
    better: dict[Id, Rank[Id]] = {}
    ahead: Rank[Id] | None = None
    for one, following in zip_longest(ranks, ranks[1:]):
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
) -> frozenset[Id]:
    if viewer is None or by != "person":
        # totals of teams are open to all, and what else there is was made of open figures only
        return frozenset(row.id for row in rows)
    return access.board_rows(viewer, [row.id for row in rows if isinstance(row.id, int)], period)


def _hidden(rows: Sequence[BoardRow], shown: frozenset[Id]) -> tuple[int, ...]:
    counts: list[int] = []
    skipped = 0
    for row in rows:
        if row.id in shown:
            counts.append(skipped)
            skipped = 0
        else:
            skipped += 1
    return tuple(counts)
