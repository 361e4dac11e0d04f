"""What pages and services may ask of points and rewards; read only."""

from collections import defaultdict
from collections.abc import Collection

from challenges.calc.points import Account, Move
from challenges.models import PointsMove


def moves_of(person_ids: Collection[int] | None = None) -> dict[int, list[Move]]:
    """The ledger of these people (of all), oldest first. One query."""
    rows = PointsMove.objects.order_by("id")
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    found: dict[int, list[Move]] = defaultdict(list)
    columns = ("person_id", "source", "from_account", "to_account", "amount", "at", "cause")
    for person_id, source, start, end, amount, at, cause in rows.values_list(*columns):
        move = Move(source, Account(start), Account(end), amount, at, cause)
        found[person_id].append(move)
    return found
