"""Names for the keys of groups: one query per dimension, whatever the number of groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from activities import queries as activities
from common.labels import label
from common.memo import once_per_request
from kernel.periods import Period
from kpis.engine.grouping import TIMES, Dimension, Grouping, Key
from people import queries as people
from people.models import Person

NAMELESS = "–"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a group: `id` as in the database, `key` for programs, `name` for people.

    `key` is the person's number, the key of a team, role or product, the external id of an
    account, "2026-11" for a month. All are empty (and `id` None) where a record has none.
    """

    dimension: Dimension
    id: Key
    key: str
    name: str


Group = tuple[Part, ...]


class Labels:
    """Looks the names of many groups up at once."""

    def __init__(self, grouping: Grouping, keys: Iterable[tuple[Key, ...]]) -> None:
        self._grouping = grouping
        columns = list(zip(*keys, strict=True)) or [()] * len(grouping.by)
        self._names = {
            dimension: self._named(dimension, {key for key in column if key is not None})
            for dimension, column in zip(grouping.by, columns, strict=True)
        }

    def of(self, key: tuple[Key, ...]) -> Group:
        """The parts of one group, in the order of the dimensions."""
        return tuple(
            self._part(dimension, part)
            for dimension, part in zip(self._grouping.by, key, strict=True)
        )

    def _part(self, dimension: Dimension, key: Key) -> Part:
        if key is None:
            return Part(dimension, None, "", NAMELESS)
        short, name = self._names[dimension].get(key, (str(key), str(key)))
        return Part(dimension, key, short, name or NAMELESS)

    def _named(self, dimension: Dimension, keys: set[Key]) -> dict[Key, tuple[str, str]]:
        ids = [key for key in keys if isinstance(key, int)]
        match dimension:
            case Dimension.PERSON | Dimension.MANAGER:
                return _people_named(frozenset(ids))
            case Dimension.TEAM | Dimension.REGION:
                return {one.id: (one.key, one.name) for one in people.team_tree()}
            case Dimension.ROLE:
                return {one.key: (one.key, label(one.name_fr, one.name_en))
                        for one in people.roles()}  # fmt: skip
            case Dimension.PRODUCT:
                return dict(activities.product_names(ids).items())
            case Dimension.ACCOUNT:
                return dict(activities.account_names(ids).items())
            case _ if dimension in TIMES:
                return {key: self._bucket(key) for key in keys if isinstance(key, date)}
            case _:
                return {key: (str(key), str(key)) for key in keys}

    def _bucket(self, day: date) -> tuple[str, str]:
        bucket: Period = self._grouping.bucket_of(day)
        name = day.isoformat() if self._grouping.time is Dimension.DAY else bucket.name
        return name, name


@once_per_request
def _people_named(ids: frozenset[int]) -> dict[Key, tuple[str, str]]:
    """Number and name; a page asks about the same people for several periods. One query."""
    return {one.pk: (one.number, one.name) for one in Person.objects.filter(pk__in=ids)}
