"""Who stands beside a payee, because steps of the plan share something out among all its payees.

A pool, the stock of a SPIFF, the cents of a split deal: what one payee gets of them depends on the
others. A statement carries of each only what decides: a figure, the records of the stock, the
shared deals; never all that they did. So it comes out, to the cent, as if all payees of the plan
were calculated together.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

from django.db.models import Q

from activities.crediting import people_sharing
from incentives.calc import Plan, parse_inputs
from incentives.calc.desk import Desk
from incentives.calc.engine import world_of
from incentives.calc.measures import CountOf, PeersOf, SumOf, TeamOf
from incentives.calc.steps.money_split import MoneySplit
from incentives.calc.steps.spiff import Spiff
from incentives.calc.steps.team_pool import TeamPool
from incentives.gathering.deciding import made_of, stated_of, unknown_weights
from incentives.gathering.inputs import Document, Frozen, input_documents
from incentives.gathering.payees import Field, Payee
from incentives.gathering.rosters import field_in, payees_in
from incentives.models import BLOCK, Run
from kernel.issues import Invalid
from kernel.numbers import as_text


@dataclass(frozen=True, slots=True)
class Shared:
    """What the steps of a plan share out among its payees.

    ``names`` are the measures of each payee that decide, ``stocks`` the SPIFFs of all with the
    roles that they are for, ``read`` what of a credit the measures of the stocks look at. With
    ``everybody`` all payees of the plan matter, with ``peers`` those with the same manager, with
    ``splits`` who has a part in the same deals.
    """

    names: frozenset[str]
    stocks: tuple[tuple[Spiff, tuple[str, ...]], ...]
    read: frozenset[str]
    everybody: bool
    peers: bool
    splits: bool

    def __bool__(self) -> bool:
        return self.everybody or self.peers or self.splits

    @property
    def of_others(self) -> bool:
        """Whether the part of a payee may change with what others did on their own."""
        return self.everybody or self.peers

    @property
    def counted(self) -> frozenset[str]:
        """The figures that decide and are also counted record by record: then all are needed."""
        return self.names & {stock.events for stock, _ in self.stocks}


def shared_out(plan: Plan) -> Shared:
    """What a plan shares out among its payees; false when nothing."""
    placed = [(one.step, part.roles) for part in plan.components for one in part.steps]
    placed += [(one.step, ()) for one in plan.steps]
    pools = [step for step, _ in placed if isinstance(step, TeamPool)]
    stocks = tuple(
        (step, roles)
        for step, roles in placed
        if isinstance(step, Spiff) and step.across == "plan" and step.first is not None
    )
    peers = {
        one.source.measure for one in plan.measures.values() if isinstance(one.source, PeersOf)
    }
    weights = {name for pool in pools for name in pool.weight.names}
    return Shared(
        names=stated_of(plan, weights | peers),
        stocks=stocks,
        read=_attributes(plan, {stock.events for stock, _ in stocks}),
        everybody=bool(stocks) or any(pool.among == "everyone" for pool in pools),
        peers=bool(peers) or any(pool.among == "peers" for pool in pools),
        splits=any(isinstance(step, MoneySplit) and step.cents == "shared" for step, _ in placed),
    )


def _attributes(plan: Plan, names: Iterable[str]) -> frozenset[str]:
    """The attributes of credits that these measures sum or test."""
    sources = [plan.measures[name].source for name in names]
    tested = {
        condition.attribute
        for one in sources
        if isinstance(one, SumOf | CountOf)
        for condition in one.where
    }
    return frozenset(tested | {one.what for one in sources if isinstance(one, SumOf)})


@dataclass(slots=True)
class _Card:
    """What the statements of the others may have to know of a payee."""

    payee: Payee
    counted: list[Document]
    """Where a figure is counted record by record: its records, with what is read of them."""
    values: dict[str, str]
    shared: dict[str, Document]
    """The deals in which others may have a part, by id."""
    queued: list[list[tuple[str, str]]] = field(default_factory=list)
    """The records that each stock counts, by moment and id."""
    left: list[int] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    """Those that a stock suffices for."""

    @property
    def manager(self) -> str | None:
        found = self.payee.stretches[-1].manager_id
        return None if found is None else str(found)


class Colleagues:
    """The payees of a run, for those of them whose plan shares something out.

    ``at`` says what is known: by the run, or later for its corrections; ``bringing`` gives payees
    with the balances that they bring by then.
    """

    def __init__(
        self,
        run: Run,
        at: Frozen,
        plans: Mapping[int, Plan],
        bringing: Callable[[Sequence[Payee]], Sequence[Payee]] = tuple,
    ) -> None:
        self.run, self.at, self.plans, self.bringing = run, at, plans, bringing
        self.known: dict[int, dict[int, _Card]] = {}

    def join(self, documents: Mapping[tuple[int, int], Document]) -> None:
        """Let the colleagues stand in the documents of a block of payees, by person and version."""
        for version in sorted({version for _, version in documents}):
            shared = shared_out(self.plans[version])
            if not shared:
                continue
            # published before this was refused: better no pay than a pool paid several times
            if unknown := unknown_weights(self.plans[version]):
                raise Invalid(unknown)
            own = {person: one for (person, key), one in documents.items() if key == version}
            cards = self._cards(version, shared, own)
            for person, document in own.items():
                _join(document, cards[person], cards.values(), shared)

    def _cards(self, version: int, shared: Shared, own: Mapping[int, Document]) -> dict[int, _Card]:
        if shared.of_others:
            if version not in self.known:
                self.known[version] = self._made(version, shared, None)
            return self.known[version]
        sharing = people_sharing(
            self.at.start, self.at.end, person_ids=own, as_known_at=self.at.as_known_at
        )
        return self._made(version, shared, sharing | own.keys())

    def _made(
        self, version: int, shared: Shared, person_ids: Collection[int] | None
    ) -> dict[int, _Card]:
        payees = payees_in(self.run, person_ids, Q(plan_version=version))
        cards: dict[int, _Card] = {}
        for start in range(0, len(payees), BLOCK):
            block: Sequence[Payee] = payees[start : start + BLOCK]
            if shared.of_others:
                block = self.bringing(block)
            for card in self._of(block, version, shared):
                cards[card.payee.person_id] = card
        _take(cards, shared)
        return cards

    def _of(self, payees: Sequence[Payee], version: int, shared: Shared) -> Iterator[_Card]:
        plan = self.plans[version]
        below = field_in(self.run, payees, self.plans) if _reads_teams(plan, shared.names) else None
        documents = input_documents(
            self.at, payees, below or Field(tuple(payees), ()), {version: plan}
        )
        for payee in payees:
            document = documents.pop((payee.person_id, version))
            yield _card(payee, document, plan, shared)


def _card(payee: Payee, document: Document, plan: Plan, shared: Shared) -> _Card:
    own = _payees(document)[0]
    desk = world_of(plan, parse_inputs(document, currency=plan.currency)).desks[own["id"]]
    values = {name: desk.measured(name, {}).value for name in sorted(shared.names)}
    deals = {one["id"]: one for one in own["credits"]}
    records = {part.id for name in shared.counted for part in desk.measured(name, {}).parts or ()}
    card = _Card(
        payee=payee,
        counted=[_bare(one, shared.read) for key, one in deals.items() if key in records],
        values={name: as_text(value) for name, value in values.items() if value is not None},
        shared={key: one for key, one in deals.items() if "share" in one},
    )
    for stock, roles in shared.stocks:
        taking_part = not roles or payee.role_key in roles
        card.queued.append(_queued(desk, stock) if taking_part else [])
        card.left.append(_left(desk, stock))
    card.shared |= {key: deals[key] for queue in card.queued for _, key in queue}
    return card


def _bare(credit: Document, read: Collection[str]) -> Document:
    """A credit with what decides of it, without whose deal it was."""
    own: Any = credit["attributes"]
    return {**credit, "attributes": {key: value for key, value in own.items() if key in read}}


def _payees(document: Document) -> list[dict[str, Any]]:
    found: Any = document["payees"]
    payees: list[dict[str, Any]] = found
    return payees


def _queued(desk: Desk, stock: Spiff) -> list[tuple[str, str]]:
    zone = desk.world.inputs.timezone
    parts = desk.measured(stock.events, {}).parts or ()
    return [part.credit.order for part in parts if part.credit and stock.counts(part, zone)]


def _left(desk: Desk, stock: Spiff) -> int:
    already, _ = desk.evaluated(stock.already, {})
    return max(floor((stock.first or Fraction(0)) - (already or Fraction(0))), 0)


def _take(cards: Mapping[int, _Card], shared: Shared) -> None:
    """Let each card say which of its records the stocks suffice for, and forget the others."""
    for number in range(len(shared.stocks)):
        left = max((card.left[number] for card in cards.values()), default=0)
        # of one record for several people the id decides, as text: so the engine does it
        queue = sorted(
            (*order, str(person)) for person, card in cards.items() for order in card.queued[number]
        )
        for _, key, person in queue[:left]:
            cards[int(person)].taken.add(key)
    for card in cards.values():
        card.shared = {
            key: one for key, one in card.shared.items() if "share" in one or key in card.taken
        }


def _join(document: Document, me: _Card, cards: Iterable[_Card], shared: Shared) -> None:
    """Let those of the cards stand in a document whose part bears on it."""
    payees = _payees(document)
    for other in payees[1:]:
        other["counts_in"] = "sums"
    if shared.peers and me.manager is not None:
        payees[0]["manager"] = me.manager
    for card in cards:
        if card.payee.person_id == me.payee.person_id:
            continue
        deals = [
            one
            for key, one in sorted(card.shared.items())
            if key in card.taken or (shared.splits and key in me.shared)
        ]
        near = shared.peers and me.manager is not None and card.manager == me.manager
        if shared.everybody or near or deals:
            payees.append(_entry(card, deals, shared))


def _entry(card: _Card, deals: Sequence[Document], shared: Shared) -> dict[str, Any]:
    credits = {one["id"]: one for one in (*card.counted, *deals)}
    values = {name: value for name, value in card.values.items() if name not in shared.counted}
    return {
        "id": str(card.payee.person_id),
        "role": card.payee.role_key,
        "credits": list(credits.values()),
        "present_to": card.payee.days.end.isoformat(),
        "counts_in": "shares",
        **_place(card, shared),
        **({"measures": values} if shared.names else {}),
    }


def _place(card: _Card, shared: Shared) -> dict[str, str]:
    return {"manager": card.manager} if shared.peers and card.manager is not None else {}


def _reads_teams(plan: Plan, names: Iterable[str]) -> bool:
    """Whether a figure that decides is made of a team's."""
    return any(isinstance(plan.measures[one].source, TeamOf) for one in made_of(plan, names))
