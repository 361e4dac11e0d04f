"""What a metric measures: a tagged union, read from and written to plain data.

A record that credits several people counts for each by the share of the credit, in counts as in
amounts, so that the figures of people add up to the figure of their team and "revenue / deals
won" is the same average for both.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error


class StockMeasure(StrEnum):
    """What is summed over the deals that are open at a moment."""

    COUNT = "count"
    AMOUNT = "amount"
    """The stated amount; a deal without one adds nothing."""
    LIST_PRICE = "list_price"
    VALUE = "value"
    """The stated amount, or else the list price of the product."""
    WEIGHTED = "weighted"
    """VALUE times the probability of the stage."""


class Moment(StrEnum):
    """When a stock is looked at."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Count:
    """Records of the types, each counted by the share of the credit."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SumAmount:
    """Credited amounts of records of the types. Money."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SumAttribute:
    """A numeric attribute of records of the types, times the share; missing adds nothing."""

    types: tuple[str, ...]
    attribute: str


@dataclass(frozen=True, slots=True)
class SumListPrice:
    """The product's present list price of records of the types, times the share. Money."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Average:
    """Mean per record of an attribute, or of the amount when `attribute` is None.

    Keeps numerator and denominator: the mean of a team is never a mean of means.
    """

    types: tuple[str, ...]
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Median:
    """The middle credited amount; of an even number, the mean of the two in the middle. Money."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DistinctAccounts:
    """Different accounts among the records of the types."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstWins:
    """Accounts whose first record of the types ever lies in the period, credited to its people."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stock:
    """Deals that stand in one of the stages at the start or the end of the period."""

    stages: tuple[str, ...]
    measure: StockMeasure = StockMeasure.COUNT
    at: Moment = Moment.END


Definition = (
    Count
    | SumAmount
    | SumAttribute
    | SumListPrice
    | Average
    | Median
    | DistinctAccounts
    | FirstWins
    | Stock
)


def is_additive(definition: Definition) -> bool:
    """Whether figures of days and people may be summed, so that cells can keep them."""
    return isinstance(definition, Count | SumAmount | SumAttribute)


def is_money(definition: Definition) -> bool:
    """Whether the database gives minor units, to be shown in major units."""
    match definition:
        case SumAmount() | SumListPrice() | Median():
            return True
        case Average(_, attribute):
            return attribute is None
        case Stock(_, measure):
            return measure is not StockMeasure.COUNT
        case _:
            return False


def zero_when_empty(definition: Definition) -> bool:
    """Whether nothing recorded means 0; of an average or a median it means no value."""
    return not isinstance(definition, Average | Median)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What definitions may refer to."""

    types: frozenset[str]
    stages: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the fields of one definition and collects what is wrong with them."""

    data: Mapping[str, Any]
    words: Vocabulary
    place: Place
    issues: list[Issue]

    def types(self) -> tuple[str, ...]:
        return self._keys("types", self.words.types)

    def stages(self) -> tuple[str, ...]:
        return self._keys("stages", self.words.stages)

    def attribute(self) -> str:
        found = self.data.get("attribute")
        if isinstance(found, str) and found:
            return found
        self.issues.append(_missing("attribute", self.place))
        return ""

    def optional_attribute(self) -> str | None:
        return self.attribute() if "attribute" in self.data else None

    def choice(self, name: str, among: type[StrEnum], default: StrEnum) -> Any:
        found = self.data.get(name, default.value)
        known = [member.value for member in among]
        if found in known:
            return among(found)
        self.issues.append(_unknown(str(found), known, self.place.under(name)))
        return default

    def _keys(self, name: str, known: Collection[str]) -> tuple[str, ...]:
        found = self.data.get(name)
        if not isinstance(found, list) or not found:
            self.issues.append(_missing(name, self.place))
            return ()
        for index, key in enumerate(found):
            if key not in known:
                where = self.place.under(f"{name}[{index}]")
                self.issues.append(_unknown(str(key), known, where))
        return tuple(str(key) for key in found)


_KINDS: dict[str, tuple[frozenset[str], Callable[[_Reader], Definition]]] = {
    "count": (frozenset({"types"}), lambda it: Count(it.types())),
    "sum_amount": (frozenset({"types"}), lambda it: SumAmount(it.types())),
    "sum_attribute": (
        frozenset({"types", "attribute"}),
        lambda it: SumAttribute(it.types(), it.attribute()),
    ),
    "sum_list_price": (frozenset({"types"}), lambda it: SumListPrice(it.types())),
    "average": (
        frozenset({"types", "attribute"}),
        lambda it: Average(it.types(), it.optional_attribute()),
    ),
    "median": (frozenset({"types"}), lambda it: Median(it.types())),
    "distinct_accounts": (frozenset({"types"}), lambda it: DistinctAccounts(it.types())),
    "first_wins": (frozenset({"types"}), lambda it: FirstWins(it.types())),
    "stock": (
        frozenset({"stages", "measure", "at"}),
        lambda it: Stock(
            it.stages(),
            it.choice("measure", StockMeasure, StockMeasure.COUNT),
            it.choice("at", Moment, Moment.END),
        ),
    ),
}
KINDS = tuple(sorted(_KINDS))


def parse_definition(data: object, words: Vocabulary, place: Place = NOWHERE) -> Definition:
    """The definition that `data` describes, or `Invalid` with everything that is wrong with it."""
    if not isinstance(data, Mapping):
        raise Invalid(_missing("kind", place))
    kind = data.get("kind")
    if kind not in _KINDS:
        raise Invalid(_unknown(str(kind), KINDS, place.under("kind")))
    allowed, build = _KINDS[str(kind)]
    reader = _Reader(data, words, place, [])
    found = build(reader)
    extra = sorted(str(name) for name in data.keys() - allowed - {"kind"})
    reader.issues.extend(_unknown(name, sorted(allowed), place.under(name)) for name in extra)
    if reader.issues:
        raise Invalid(reader.issues)
    return found


def read_definition(data: Mapping[str, Any]) -> Definition:
    """A stored definition, which was valid when it was stored."""
    types = frozenset(data.get("types", ()))
    return parse_definition(data, Vocabulary(types, frozenset(data.get("stages", ()))))


def _missing(name: str, place: Place) -> Issue:
    return error(
        "metric.missing_field",
        N_('"{name}" is missing.'),
        N_('Add "{name}" to the definition of the metric.'),
        place,
        name=name,
    )


def _unknown(name: str, known: Collection[str], place: Place) -> Issue:
    near = get_close_matches(name, sorted(known), n=1)
    return error(
        "metric.unknown_word",
        N_('"{name}" is not known here.'),
        N_("Use one of: {known}.") if not near else N_('Did you mean "{closest}"?'),
        place,
        name=name,
        known=", ".join(sorted(known)),
        closest=near[0] if near else "",
    )
