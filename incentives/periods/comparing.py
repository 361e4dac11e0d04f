"""Two runs beside each other: who gets something else, and why, to the cent."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from incentives.calc import ENGINE
from incentives.models import Run, Statement
from incentives.periods.causes import CAUSES, Change, Pair, Side, changes
from people import queries as people

MOST = 400
"""How many payees with several causes are calculated again for one answer; see `Difference`."""
BLOCK = 200
Key = tuple[int, int, int]
"""A person, a plan, and the statement that is corrected (0: none)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A payee whose result differs between two runs, and why.

    `shares` are minor units by cause and make the difference exactly. They are None where several
    causes work together and the answer had to calculate too many others already.
    """

    person_id: int
    name: str
    before_minor: int | None
    after_minor: int | None
    causes: tuple[str, ...]
    shares: tuple[tuple[str, int], ...] | None
    before_id: int | None = None
    after_id: int | None = None
    is_correction: bool = False

    @property
    def change_minor(self) -> int:
        return (self.after_minor or 0) - (self.before_minor or 0)


def differences(before: Run, after: Run) -> list[Difference]:
    """What changed from one run to another, by name; nobody whose result is the same.

    The runs are of one period, or of two periods of a kind. A payee who is in one of them only came
    or went: by another plan when the other run pays them as well, else by the organisation.
    """
    old, new = _rows(before), _rows(after)
    changed = [
        key
        for key in sorted(old.keys() | new.keys())
        if key not in old or key not in new or old[key].result_sha256 != new[key].result_sha256
    ]
    zone = ZoneInfo(after.timezone) if after.timezone else people.company().tz
    paid = ({key[0] for key in old}, {key[0] for key in new})
    parts = _engine_parts([row.pk for side in (old, new) for key, row in side.items() if key[2]])
    found: list[Difference] = []
    left = MOST
    for start in range(0, len(changed), BLOCK):
        block = changed[start : start + BLOCK]
        sides = _sides([row.pk for key in block for row in _both(old, new, key)])
        for key in block:
            one, other = old.get(key), new.get(key)
            if key[2]:
                found.append(_correction(one, other, parts))
                continue
            if one is None or other is None:
                found.append(_alone(one, other, key, paid))
                continue
            pair = Pair.of(sides[one.pk], sides[other.pk], zone)
            left -= pair.calculates
            shares = pair.split(ENGINE).by_cause if left >= 0 or not pair.calculates else None
            found.append(_difference(one, other, pair.causes, shares))
    return sorted(found, key=lambda row: (row.name, row.person_id))


def _rows(run: Run) -> dict[Key, Statement]:
    rows = Statement.objects.filter(runs=run).select_related("person", "plan_version")
    rows = rows.defer("inputs", "result", "figures", "plan_version__document")
    return {(row.person_id, row.plan_version.plan_id, row.corrects_id or 0): row for row in rows}


def _engine_parts(ids: Sequence[int]) -> dict[int, int]:
    """What the engine alone makes of these corrections, in minor units. At most one query."""
    if not ids:
        return {}
    rows = Statement.objects.filter(pk__in=ids, figures__has_key="by_engine")
    parts = rows.values_list("pk", "figures__by_engine__minor")
    return {pk: sum((minor or {}).values()) for pk, minor in parts}


def _both(old: dict[Key, Statement], new: dict[Key, Statement], key: Key) -> Iterator[Statement]:
    if key in old and key in new and not key[2]:
        yield old[key]
        yield new[key]


def _sides(ids: Iterable[int]) -> dict[int, Side]:
    rows = Statement.objects.filter(pk__in=list(ids)).select_related("plan_version", "run")
    return {row.pk: side_of(row) for row in rows.defer("result", "figures")}


def side_of(row: Statement) -> Side:
    """A statement as one side of a comparison."""
    return Side(row.plan_version.terms(), row.inputs, row.total_minor, row.run.engine_version)


def _alone(
    one: Statement | None, other: Statement | None, key: Key, paid: tuple[set[int], set[int]]
) -> Difference:
    """A statement that has no other side: one cause has it all."""
    cause = "plan" if key[0] in paid[0] and key[0] in paid[1] else "organisation"
    return _difference(one, other, (cause,), ((cause, _change(one, other)),))


def _correction(
    one: Statement | None, other: Statement | None, parts: Mapping[int, int]
) -> Difference:
    """A correction: late data, beside what the engine alone has changed of what was paid."""
    engine = (parts.get(other.pk, 0) if other else 0) - (parts.get(one.pk, 0) if one else 0)
    shares = (("engine", engine), ("data", _change(one, other) - engine))
    known = tuple(share for share in shares if share[1] or share[0] == "data")
    return _difference(one, other, tuple(cause for cause, _ in known), known)


def _change(one: Statement | None, other: Statement | None) -> int:
    return (other.total_minor if other else 0) - (one.total_minor if one else 0)


def _difference(
    one: Statement | None,
    other: Statement | None,
    causes: tuple[str, ...],
    shares: tuple[tuple[str, int], ...] | None,
) -> Difference:
    known = other or one
    if known is None:
        raise RuntimeError("a difference has at least one side")
    return Difference(
        person_id=known.person_id,
        name=known.person.name,
        before_minor=one.total_minor if one else None,
        after_minor=other.total_minor if other else None,
        causes=causes,
        shares=shares,
        before_id=one.pk if one else None,
        after_id=other.pk if other else None,
        is_correction=known.corrects_id is not None,
    )


def totals_by_cause(rows: Iterable[Difference]) -> dict[str, int]:
    """Minor units by cause over all payees; what is not split under the key "several"."""
    found: Counter[str] = Counter()
    for row in rows:
        if row.shares is None:
            found["several"] += row.change_minor
        for cause, minor in row.shares or ():
            found[cause] += minor
    return {cause: found[cause] for cause in (*CAUSES, "several") if cause in found}


def record_changes(before_id: int, after_id: int) -> list[Change]:
    """The records that differ between the inputs of two statements of a payee. One query."""
    rows = Statement.objects.filter(pk__in=[before_id, after_id]).defer("result", "figures")
    inputs = {row.pk: row.inputs for row in rows}
    return changes(inputs[before_id], inputs[after_id])


def has_other(run: Run) -> bool:
    """Whether there is another run to compare with: of the period, or of the period before."""
    others = Run.objects.filter(period=run.period_id, state=Run.State.DONE).exclude(pk=run.pk)
    return others.exists() or run_before(run) is not None


def run_before(run: Run) -> Run | None:
    """The last run of the period before, of the same kind."""
    rows = Run.objects.filter(
        period__kind=run.period.kind,
        period__ends_on=run.period.starts_on,
        state=Run.State.DONE,
    )
    return rows.select_related("period").order_by("-number").first()
