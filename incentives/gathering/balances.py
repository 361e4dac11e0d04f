"""What locked statements leave for later ones: balances and open deals, by person and plan.

A balance waits until the person is paid by the plan again, however many periods later. What news
has changed of it afterwards stands in the corrections, of which the last known one counts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from json import loads
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from incentives.models import PayPeriod, Run, Statement
from kernel.trace import plain_bytes

Key = tuple[int, int]
"""A person and a plan."""


@dataclass(frozen=True, slots=True)
class Left:
    """Balances as exact text by name, and open deals, each as JSON."""

    carried: tuple[tuple[str, str], ...] = ()
    open: tuple[str, ...] = ()

    @classmethod
    def by(cls, figures: Mapping[str, Any]) -> "Left":
        """What a statement with these figures leaves, or what inputs with these keys bring."""
        carried = figures.get("carried") or {}
        return cls(tuple(sorted(carried.items())), tuple(map(open_text, figures.get("open") or ())))

    @property
    def items(self) -> tuple[Mapping[str, Any], ...]:
        """The open deals as they stand in inputs."""
        return tuple(map(loads, self.open))

    def __bool__(self) -> bool:
        """Whether anything of it is not zero."""
        return bool(self.open) or any(value != "0" for _, value in self.carried)


def open_text(item: Mapping[str, Any]) -> str:
    """An open deal as text: the same deal, the same text."""
    return plain_bytes(item).decode()


def left_before(
    period: PayPeriod, person_ids: Collection[int] | None = None, run: Run | None = None
) -> dict[Key, Left]:
    """What the last locked statement before a period has left, by person and plan.

    With `run`, what the corrections say that it holds, though they are not locked yet. Two queries.
    """
    counts = Q(locked=True) if run is None else Q(locked=True) | Q(run=run, corrects__isnull=False)
    rows = Statement.objects.filter(counts).annotate(
        starts_on=Coalesce(F("corrects__run__period__starts_on"), F("run__period__starts_on")),
        ends_on=Coalesce(F("corrects__run__period__ends_on"), F("run__period__ends_on")),
        kind=Coalesce(F("corrects__run__period__kind"), F("run__period__kind")),
    )
    rows = rows.filter(kind=period.kind, ends_on__lte=period.starts_on)
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    newest = rows.order_by(
        "person_id", "plan_version__plan_id", "-starts_on", F("corrects_id").desc(nulls_last=True),
        "-run__as_known_at", "-id",
    ).distinct("person_id", "plan_version__plan_id")  # fmt: skip
    chosen = Statement.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))
    return {
        (person, plan): left
        for person, plan, figures in chosen.values_list(
            "person_id", "plan_version__plan_id", "figures"
        )
        if (left := Left.by(figures)) != Left()
    }


def unfinished(left: Mapping[Key, Left], paid: Iterable[Key]) -> dict[Key, Left]:
    """What waits, because nobody is paid by these plans now."""
    going = set(paid)
    return {key: one for key, one in left.items() if key not in going}
