"""Boards as somebody may see them, and the part of a board that a page shows.

A board of 5,000 is not read whole: a page shows a hundred places and always those around the
reader's own. All the others are there: by page, or by a name.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any

from django.db.models import Q

from challenges import visibility
from challenges.board_rows import SMALL, BoardRows, Place
from challenges.models import Challenge, Standing
from common.searching import plain
from people import access
from people.access import Viewer

PAGE = 50
"""Places on a page of a board that is not small."""
MOST_FOUND = PAGE
NEAR = 2
"""So many visible rows on each side of one's own are shown, where the rules hide none of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """Which part of a board is shown: a page of the visible places, or those with a name; and the
    places around a person."""

    page: int = 1
    find: str = ""
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One visible row; `hidden_before` places stand between it and the row above."""

    standing: Standing
    name: str
    initials: str
    team: str
    is_me: bool
    open: bool
    hidden_before: int

    @property
    def score(self) -> Fraction | None:
        """The exact score."""
        text = self.standing.score_text
        return None if text is None else Fraction(text)

    @property
    def detail(self) -> dict[str, Any]:
        """What `challenges.rows` keeps about the row."""
        kept: dict[str, Any] = self.standing.detail
        return kept


class Seen:
    """All that somebody may see of a board; rows are read when they are asked for.

    Who is eliminated is not even counted among the hidden, unless the viewer may know of them.
    """

    def __init__(self, challenge: Challenge, rows: BoardRows, viewer: Viewer) -> None:
        self.challenge, self.rows, self.viewer = challenge, rows, viewer
        scope = self._scope = access.figures_scope(viewer)
        told = list(enumerate(rows.places))
        if any(one.eliminated for one in rows.places):
            told = [(at, one) for at, one in told if not one.eliminated or self._is_own(one)]
        self.told = [one for _at, one in told]
        self.keys = visibility.shown_keys(challenge, self.told, viewer, scope)
        # of each visible row: where it is among those that are told of, and among all
        self._visible = [
            (number, at) for number, (at, one) in enumerate(told) if one.key in self.keys
        ]

    def __len__(self) -> int:
        """How many rows the viewer may see."""
        return len(self._visible)

    @cached_property
    def mine(self) -> int | None:
        """Which of the visible rows is the viewer's own, or of their team: the best."""
        return next((n for n in range(len(self)) if self._is_mine(self.place(n))), None)

    def place(self, number: int) -> Place:
        """The place of a visible row."""
        return self.rows.places[self._visible[number][1]]

    def of_person(self, person_id: int) -> int | None:
        """Which of the visible rows is a person's."""
        return next((n for n in range(len(self)) if self.place(n).person_id == person_id), None)

    def lines(self, chosen: Iterable[int]) -> tuple[BoardRow, ...]:
        """These of the visible rows, in the order of the board."""
        numbers = sorted(set(chosen))
        rows = self.rows.at([self._visible[one][1] for one in numbers])
        found, before = [], -1
        for one in numbers:
            number, at = self._visible[one]
            if at in rows:
                found.append(self._line(rows[at], number - before - 1))
                before = number
        return tuple(found)

    def by_key(self, keys: Collection[str]) -> dict[str, BoardRow]:
        """Those of these rows that the viewer may see. At most one query."""
        wanted = self.keys & set(keys)
        if not wanted:
            return {}
        chosen = [n for n in range(len(self)) if self.place(n).key in wanted]
        return {row.standing.entrant_key: row for row in self.lines(chosen)}

    def by_entrant(self, entrants: Collection[str]) -> dict[str, BoardRow]:
        """The same by the engine's names. At most two queries."""
        if not entrants:
            return {}
        rows = Standing.objects.filter(challenge=self.challenge)
        named = Q(person__number__in=entrants) | Q(team__key__in=entrants)
        keys = rows.filter(named).values_list("entrant_key", flat=True)
        return {entrant_of(row.standing): row for row in self.by_key(list(keys)).values()}

    def named(self, text: str) -> list[int]:
        """The first visible rows with a name, as the viewer reads it, in which all these words
        are. One query."""
        words = plain(text).split()
        if not words:
            return []
        keys = self.keys & {
            key
            for key, name in _names(self.challenge, self.viewer)
            if all(word in plain(name) for word in words)
        }
        found = (n for n in range(len(self)) if self.place(n).key in keys)
        return list(islice(found, MOST_FOUND))

    def _is_own(self, one: Place) -> bool:
        """The viewer's own row, or of somebody whose figures they may read."""
        if one.team_id is not None:
            return one.team_id in self.viewer.own_team_ids or self._is_open(one)
        return one.person_id in self._scope

    def _is_open(self, one: Place | Standing) -> bool:
        """Whether the records behind the row may be read."""
        if one.team_id is not None:
            return self._scope.everyone or one.team_id in self.viewer.led_team_ids
        return one.person_id in self._scope

    def _is_mine(self, one: Place | Standing) -> bool:
        if one.person_id is not None:
            return one.person_id == self.viewer.person_id
        return one.team_id in self.viewer.own_team_ids

    def _line(self, row: Standing, hidden: int) -> BoardRow:
        name, initials = visibility.name_for(row, self.viewer)
        team = "" if row.person is not None else name
        mine, opened = self._is_mine(row), self._is_open(row)
        return BoardRow(row, name, initials, team, mine, opened, hidden)


def _names(challenge: Challenge, viewer: Viewer) -> Iterator[tuple[str, str]]:
    """The key of each row with the name as the viewer reads it: a nickname keeps its secret."""
    rows: Iterable[Any] = Standing.objects.filter(challenge=challenge).values_list(
        "entrant_key", "person_id", "person__first_name", "person__last_name",
        "person__challenge_face__nickname", "team__name",
    )  # fmt: skip
    for key, person_id, first, last, nickname, team in rows:
        if team is not None:
            yield key, team
        elif visibility.is_by_nickname(person_id, nickname or "", viewer):
            yield key, nickname
        else:
            yield key, f"{first} {last}"


@dataclass(frozen=True, slots=True)
class Board:
    """The part of a board that is shown, best first, and the score to beat for each rank.

    `total` are all who play, `seen` is what the viewer may see of them, in so many `pages`.
    """

    seen: Seen
    rows: tuple[BoardRow, ...]
    total: int
    my_row: BoardRow | None
    next_rank: int | None
    next_score: Fraction | None
    best: Fraction | None
    page: int
    pages: int
    found: int | None = None
    """How many rows have the name that was looked for; None where none was."""


def board(challenge: Challenge, viewer: Viewer, look: Look | None = None) -> Board:
    """The board as the viewer may see it: everything, or top, own neighbourhood and own people.

    The bottom is nobody's business: who has no rank sees themselves and the top.
    """
    return boards([challenge], viewer, look)[challenge.pk]


def boards(
    challenges: Collection[Challenge], viewer: Viewer, look: Look | None = None
) -> dict[int, Board]:
    """`board` of several challenges, by id. One query where nothing is frozen or large."""
    by_id = {one.pk: one for one in challenges}
    rows = visibility.rows_for(challenges, viewer)
    return {pk: _board(Seen(by_id[pk], all_of_it, viewer), look) for pk, all_of_it in rows.items()}


def _board(seen: Seen, look: Look | None) -> Board:
    look = look or Look()
    size = PAGE if len(seen) > SMALL else SMALL
    pages = max(1, -(-len(seen) // size))
    page = min(max(1, look.page), pages)
    found = seen.named(look.find) if look.find else None
    chosen = range((page - 1) * size, min(page * size, len(seen))) if found is None else found
    near = _near(seen, look) if found is None else _around(seen, seen.mine, 0)
    lines = seen.lines({*chosen, *near})
    mine = next((row for row in lines if row.is_me), None)
    ahead = _ahead(seen.told, mine)
    best = seen.told[0].score_text if seen.told and seen.told[0].rank is not None else None
    return Board(
        seen=seen,
        rows=lines,
        total=len(seen.rows.places),
        my_row=mine,
        next_rank=ahead.rank if ahead else None,
        next_score=Fraction(ahead.score_text) if ahead and ahead.score_text else None,
        best=None if best is None else Fraction(best),
        page=page,
        pages=pages,
        found=None if found is None else len(found),
    )


def _near(seen: Seen, look: Look) -> set[int]:
    """The places around one's own, and around the person's whom one looks at."""
    near = max(NEAR, min(visibility.neighbourhood(seen.challenge).neighbours, PAGE))
    chosen = set(_around(seen, seen.mine, near))
    if look.person_id is not None:
        chosen.update(_around(seen, seen.of_person(look.person_id), near))
    return chosen


def _around(seen: Seen, at: int | None, near: int) -> range:
    return range(0) if at is None else range(max(0, at - near), min(len(seen), at + near + 1))


def _ahead(places: Iterable[Place], mine: BoardRow | None) -> Place | None:
    """Who holds the next better rank, the first of them."""
    if mine is None:
        return None
    rank = mine.standing.rank
    better = [one for one in places if one.rank is not None and (rank is None or one.rank < rank)]
    return max(better, key=lambda one: one.rank or 0) if better else None


def entrant_of(row: Standing) -> str:
    """The engine's name of a row: the person's number or the team's key."""
    if row.person is not None:
        return row.person.number
    return row.team.key if row.team else ""
