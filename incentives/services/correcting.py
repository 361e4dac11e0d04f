"""What became known of locked periods afterwards, as difference lines of the next run.

A locked statement never changes. A later run of the same kind of period calculates it again on
what is known by then (with the places, objectives and formulas that its own run froze), and the
difference to what was paid so far becomes a statement of its own, which is locked and exported
with the run.

Balances and open deals flow on: where news changes what a period leaves, the locked periods after
it are calculated again from there, one after the other, and the last of them leaves it to the run.
So what was paid and all corrections always make what would have been paid had everything been
known in time.

Only payees whom news in the log can touch are calculated again: a renamed product or a new formula
of a KPI alone takes no pay back, and a year of locked periods costs the next run next to nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from incentives.calc import ENGINE
from incentives.choices import PeriodState
from incentives.gathering.balances import Key, Left
from incentives.gathering.colleagues import Colleagues, shared_out
from incentives.gathering.deciding import unknown_weights
from incentives.gathering.everybody import figures_of_all
from incentives.gathering.inputs import Document, frozen_by, input_documents
from incentives.gathering.payees import Payee
from incentives.gathering.rosters import field_in, payees_in, payees_of, plan_versions_in
from incentives.gathering.touching import touched_since
from incentives.models import BLOCK, LedgerLine, PayPeriod, PlanVersion, Run, Statement
from incentives.periods.failures import kept
from incentives.services.moving import last_run
from incentives.statements.results import difference_to, engine_part, figures_of, result_of
from kernel.issues import N_, Invalid, Issue, warning
from kernel.trace import sha256_of


class Corrections:
    """What news has made of the locked periods before the one of a run."""

    def __init__(self, run: Run) -> None:
        earlier = PayPeriod.objects.filter(
            kind=run.period.kind,
            ends_on__lte=run.period.starts_on,
            state__in=[PeriodState.LOCKED, PeriodState.EXPORTED],
        )
        left: dict[Key, Left] = {}
        runs = [last_run(period) for period in earlier.order_by("starts_on")]
        self._run = run
        self._periods = [_Corrector(run, one, left) for one in runs if one is not None]

    def touched(self) -> int:
        """How many statements must be looked at for what is new in the log. A query per period."""
        return sum(one.touched_count() for one in self._periods)

    def write(self) -> int:
        """Write the statements of the run that correct earlier ones; how many."""
        self._run.looked_at = [one.locked.pk for one in self._periods]
        made = sum(one.write() for one in self._periods)
        self._run.problems = kept(why for one in self._periods for why in one.left_out())
        return made


class _Corrector:
    """Corrects one locked period; `left` says what news has changed of the balances before it."""

    def __init__(self, run: Run, locked: Run, left: dict[Key, Left]) -> None:
        self.run = run
        self.locked = locked
        self.left = left
        versions = PlanVersion.objects.in_bulk(plan_versions_in(locked))
        self.plan_ids = {key: version.plan_id for key, version in versions.items()}
        self.plans = {key: version.terms() for key, version in versions.items()}
        self.unclear = {  # by these nobody can say what is due: what they have paid stays
            key: why[0] for key, one in self.plans.items() if (why := unknown_weights(one))
        }
        self.at = frozen_by(locked, run.as_known_at)
        self.colleagues = Colleagues(locked, self.at, self.plans, self._all_bringing)
        self.touched = touched_since(
            _settled_until(locked), self.at, self.plans, rosters=(locked.roster_id or 0,)
        ).where()

    def touched_count(self) -> int:
        return payees_of(self.locked, self.touched).count()

    def write(self) -> int:
        payees = self._payees()
        made = 0
        for start in range(0, len(payees), BLOCK):
            block = payees[start : start + BLOCK]
            known = _last_known(self.locked, {payee.person_id for payee in block})
            found = [one for one in self._block(block, known) if one is not None]
            Statement.objects.bulk_create(found, ignore_conflicts=True)
            made += len(found)
        return made

    def _payees(self) -> tuple[Payee, ...]:
        """Whom news may touch, and whose balances have changed in a period before this one.

        Where a plan shares something out, a balance of one payee may decide what all of them get.
        """
        where = self.touched
        if self.left:
            where |= Q(person_id__in={person for person, _ in self.left})
            changed = {plan_id for _, plan_id in self.left}
            together = [
                key
                for key, plan in self.plans.items()
                if self.plan_ids[key] in changed and shared_out(plan).of_others
            ]
            where |= Q(plan_version_id__in=together)
        return payees_in(self.locked, touched=where & ~self._by_unclear())

    def _by_unclear(self) -> Q:
        return Q(plan_version_id__in=list(self.unclear))

    def left_out(self) -> list[Issue]:
        """Whom news touch without a correction: no calculation by their version is defined."""
        if not self.unclear:
            return []
        rows = payees_in(self.locked, touched=self.touched & self._by_unclear())
        first_day = self.locked.period.starts_on
        return [
            warning(
                "run.not_corrected",
                N_(
                    "What became known late of the period from {day} is not corrected for: {names}."
                ),
                N_(
                    "Correct it by adjustments: {measure} does not tell anybody's part of the pool."
                ),
                day=first_day,
                names=", ".join(one.name for one in rows if one.plan_version_id == key),
                measure=dict(why.params)["measure"],
            )
            for key, why in self.unclear.items()
            if any(one.plan_version_id == key for one in rows)
        ]

    def _block(
        self, payees: Sequence[Payee], known: Mapping[tuple[int, int], "_Known"]
    ) -> Iterator[Statement | None]:
        now = [
            self._bringing(payee, known[_key(payee)].brought)
            for payee in payees
            if _key(payee) in known
        ]
        field = field_in(self.locked, now, self.plans)
        of_all = figures_of_all(self.at, field, self.plans)
        documents = input_documents(self.at, now, field, self.plans, of_all)
        self.colleagues.join(documents)
        paid = paid_so_far([known[_key(payee)].root.pk for payee in now])
        for payee in now:
            before = known[_key(payee)]
            yield self._correction(
                payee, before, documents[_key(payee)], paid.get(before.root.pk, Counter())
            )

    def _all_bringing(self, payees: Sequence[Payee]) -> tuple[Payee, ...]:
        """Payees beside those who are corrected, with the balances of before."""
        known = _last_known(self.locked, {payee.person_id for payee in payees})
        return tuple(
            self._bringing(payee, known[_key(payee)].brought) if _key(payee) in known else payee
            for payee in payees
        )

    def _bringing(self, payee: Payee, brought: Left) -> Payee:
        """The payee with the balances of before: as known last, or as news has changed them."""
        one = self.left.get(self._pair(payee), brought)
        return replace(payee, carried=one.carried, open=one.open)

    def _pair(self, payee: Payee) -> Key:
        return payee.person_id, self.plan_ids[payee.plan_version_id]

    def _correction(
        self, payee: Payee, before: "_Known", inputs: Document, paid: Counter[str]
    ) -> Statement | None:
        """The difference to what is known of a statement; None when news changes nothing of it."""
        pair = self._pair(payee)
        self.left.pop(pair, None)
        if sha256_of(inputs) == before.inputs_sha256:
            return None
        root = before.root
        now = result_of(self.plans[payee.plan_version_id], inputs, payee.person_id)
        result = difference_to(now, paid)
        figures = {**figures_of(result, inputs), **self._by_engine(payee, before, paid)}
        leaves = Left.by(figures)
        if leaves != before.leaves:
            self.left[pair] = leaves
        brings = Left(payee.carried, payee.open)
        if not result["lines"] and leaves == before.leaves and brings == before.brought:
            return None
        return Statement(
            run=self.run,
            person_id=payee.person_id,
            plan_version_id=payee.plan_version_id,
            corrects=root,
            inputs=inputs,
            inputs_sha256=sha256_of(inputs),
            result=result,
            figures=figures,
            result_sha256=sha256_of(result),
            total_minor=result["total_minor"],
            currency=root.currency,
        )

    def _by_engine(self, payee: Payee, before: "_Known", paid: Mapping[str, int]) -> dict[str, Any]:
        """What the engine alone makes of a difference, where another one has paid before."""
        if before.inputs is None:
            return {}
        plan = self.plans[payee.plan_version_id]
        try:
            minor = engine_part(plan, before.inputs, payee.person_id, paid)
            now = result_of(plan, before.inputs, payee.person_id)
        except Invalid:  # inputs that this engine does not read any more
            return {"by_engine": {"before": before.engine, "minor": None}}
        found: dict[str, Any] = {"before": before.engine, "minor": minor}
        if Left.by(figures_of(now, before.inputs)) != before.leaves:
            found["leaves_otherwise"] = True
        return {"by_engine": found}


def _settled_until(locked: Run) -> datetime:
    """Up to which moment all news of a locked run are paid: its own, or a later one's.

    A run that looked at it and was locked has paid what it found, so nobody looks at that again.
    """
    later = Run.objects.filter(locked=True, looked_at__contains=[locked.pk])
    found: datetime | None = later.aggregate(last=Max("as_known_at"))["last"]
    return locked.as_known_at if found is None else max(found, locked.as_known_at)


def _key(payee: Payee) -> tuple[int, int]:
    return payee.person_id, payee.plan_version_id


class _Known:
    """A locked statement with what its last locked correction, if any, makes of it."""

    __slots__ = ("brought", "engine", "inputs", "inputs_sha256", "leaves", "root")

    def __init__(self, root: Statement, last: Statement) -> None:
        self.root = root
        self.inputs_sha256 = last.inputs_sha256
        self.brought = Left.by(_own(last.inputs))
        self.leaves = Left.by(last.figures)
        self.engine = last.run.engine_version
        self.inputs = None if self.engine == ENGINE else last.inputs


def _own(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    own: Mapping[str, Any] = inputs["payees"][0]
    return own


def _last_known(locked: Run, person_ids: Collection[int]) -> dict[tuple[int, int], _Known]:
    """By person and plan version: the statements of a locked run as they are known by now."""
    rows = locked.statements.filter(corrects=None, person_id__in=person_ids)
    roots = {row.pk: row for row in _with_engine(rows)}
    corrections = _with_engine(Statement.objects.filter(corrects__in=roots, locked=True))
    last = {row.corrects_id: row for row in corrections.order_by("run__as_known_at", "id")}
    return {
        (row.person_id, row.plan_version_id): _Known(row, last.get(row.pk, row))
        for row in roots.values()
    }


def _with_engine(rows: QuerySet[Statement]) -> QuerySet[Statement]:
    """Statements with the engine that has calculated them, without their traces."""
    large = ("definitions", "read_from", "names", "problems", "looked_at")
    return rows.select_related("run").defer("result", *(f"run__{one}" for one in large))


def paid_so_far(statement_ids: Collection[int]) -> dict[int, Counter[str]]:
    """Minor units by component, of these statements with their locked corrections. One query."""
    ids = list(statement_ids)
    rows = (
        LedgerLine.objects.filter(Q(statement__in=ids) | Q(statement__corrects__in=ids))
        .annotate(root=Coalesce(F("statement__corrects_id"), F("statement_id")))
        .values_list("root", "component")
        .annotate(total=Sum("amount_minor"))
        .order_by("root", "component")
    )
    found: dict[int, Counter[str]] = {}
    for root, component, total in rows:
        found.setdefault(root, Counter())[component] = total
    return found


def has_moved(run: Run) -> bool:
    """Whether a correction in `run` stands on amounts paid that are not the ones of today.

    So it is when another run has corrected the same statement and was locked first: locking this
    one as well would pay the difference twice.
    """
    rows = run.statements.filter(corrects__isnull=False)
    stands_on = dict(rows.values_list("corrects_id", "figures__paid_minor"))
    paid = paid_so_far([key for key in stands_on if key is not None])
    return any(dict(paid.get(key or 0, {})) != known for key, known in stands_on.items())
