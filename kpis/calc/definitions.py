"""Definitions of metrics as they are written down, read with all issues at once."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from typing import Any

from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error
from kernel.numbers import parse_number
from kpis.calc.metrics import (
    Average,
    Balance,
    Count,
    Customers,
    Definition,
    DistinctAccounts,
    Duration,
    FirstWins,
    Latest,
    Median,
    Moment,
    Objectives,
    Same,
    Stock,
    StockMeasure,
    SumAmount,
    SumAttribute,
    SumListPrice,
    TimeUnit,
    Where,
)


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

    def types(self, name: str = "types") -> tuple[str, ...]:
        return self._keys(name, self.words.types)

    def stages(self) -> tuple[str, ...]:
        return self._keys("stages", self.words.stages)

    def where(self) -> Where | None:
        if "where" not in self.data:
            return None
        data, place = self.data["where"], self.place.under("where")
        if not isinstance(data, Mapping) or not isinstance(data.get("attribute"), str):
            self.issues.append(missing_field("attribute", place))
            return None
        self.only(data, {"attribute", "among", "least", "most"}, place)
        among = data.get("among", [])
        texts = tuple(one for one in among if isinstance(one, str)) if among else ()
        if not isinstance(among, list) or len(texts) < len(among):
            self.issues.append(_no_texts(place.under("among")))
        found = Where(data["attribute"], texts, self._limit("least"), self._limit("most"))
        if not found.among and found.least is None and found.most is None:
            self.issues.append(_no_condition(place))
        return found

    def _limit(self, name: str) -> Fraction | None:
        text = self.data["where"].get(name)
        if text is None:
            return None
        try:
            if isinstance(text, bool) or not isinstance(text, int | str):
                raise Invalid(_no_number(str(text), self.place.under(f"where.{name}")))
            return parse_number(text)
        except Invalid:
            self.issues.append(_no_number(str(text), self.place.under(f"where.{name}")))
            return None

    def only(self, data: Mapping[str, Any], allowed: Collection[str], place: Place) -> None:
        extra = sorted(str(name) for name in data.keys() - allowed)
        self.issues.extend(unknown_word(name, allowed, place.under(name)) for name in extra)

    def attribute(self) -> str:
        found = self.data.get("attribute")
        if isinstance(found, str) and found:
            return found
        self.issues.append(missing_field("attribute", self.place))
        return ""

    def optional_attribute(self) -> str | None:
        return self.attribute() if "attribute" in self.data else None

    def flag(self, name: str) -> bool:
        found = self.data.get(name, False)
        if not isinstance(found, bool):
            self.issues.append(unknown_word(str(found), ["true", "false"], self.place.under(name)))
        return found is True

    def choice(self, name: str, among: type[StrEnum], default: StrEnum) -> Any:
        found = self.data.get(name, default.value)
        known = [member.value for member in among]
        if found in known:
            return among(found)
        self.issues.append(unknown_word(str(found), known, self.place.under(name)))
        return default

    def _keys(self, name: str, known: Collection[str]) -> tuple[str, ...]:
        found = self.data.get(name)
        if not isinstance(found, list) or not found:
            self.issues.append(missing_field(name, self.place))
            return ()
        for index, key in enumerate(found):
            if key not in known:
                where = self.place.under(f"{name}[{index}]")
                self.issues.append(unknown_word(str(key), known, where))
        return tuple(str(key) for key in found)


_Kind = tuple[frozenset[str], Callable[[_Reader], Definition]]


def _kind(fields: str, read: Callable[[_Reader], Definition]) -> _Kind:
    return frozenset(fields.split()), read


def _moment(it: _Reader) -> Any:
    return it.choice("at", Moment, Moment.END)


_KINDS: dict[str, _Kind] = {
    "count": _kind("types where", lambda it: Count(it.types(), it.where())),
    "sum_amount": _kind("types where", lambda it: SumAmount(it.types(), it.where())),
    "sum_attribute": _kind(
        "types attribute where",
        lambda it: SumAttribute(it.types(), it.attribute(), it.where()),
    ),
    "sum_list_price": _kind("types", lambda it: SumListPrice(it.types())),
    "average": _kind(
        "types attribute where",
        lambda it: Average(it.types(), it.optional_attribute(), it.where()),
    ),
    "median": _kind("types", lambda it: Median(it.types())),
    "distinct_accounts": _kind("types where", lambda it: DistinctAccounts(it.types(), it.where())),
    "first_wins": _kind("types", lambda it: FirstWins(it.types())),
    "duration": _kind(
        "types since same unit",
        lambda it: Duration(
            it.types(),
            it.types("since"),
            it.choice("same", Same, Same.DEAL),
            it.choice("unit", TimeUnit, TimeUnit.DAYS),
        ),
    ),
    "latest": _kind(
        "types attribute at", lambda it: Latest(it.types(), it.attribute(), _moment(it))
    ),
    "customers": _kind(
        "won lost at", lambda it: Customers(it.types("won"), it.types("lost"), _moment(it))
    ),
    "balance": _kind(
        "plus minus at", lambda it: Balance(it.types("plus"), it.types("minus"), _moment(it))
    ),
    "objectives": _kind("met", lambda it: Objectives(it.flag("met"))),
    "stock": _kind(
        "stages measure at",
        lambda it: Stock(
            it.stages(), it.choice("measure", StockMeasure, StockMeasure.COUNT), _moment(it)
        ),
    ),
}
KINDS = tuple(sorted(_KINDS))


def fields_of(kind: str) -> frozenset[str]:
    """What a definition of the kind may say besides its kind."""
    return _KINDS[kind][0]


def parse_definition(data: object, words: Vocabulary, place: Place = NOWHERE) -> Definition:
    """The definition that `data` describes, or `Invalid` with everything that is wrong with it."""
    if not isinstance(data, Mapping):
        raise Invalid(missing_field("kind", place))
    kind = data.get("kind")
    if kind not in _KINDS:
        raise Invalid(unknown_word(str(kind), KINDS, place.under("kind")))
    allowed, build = _KINDS[str(kind)]
    reader = _Reader(data, words, place, [])
    found = build(reader)
    reader.only(data, allowed | {"kind"}, place)
    if reader.issues:
        raise Invalid(reader.issues)
    return found


def read_definition(data: Mapping[str, Any]) -> Definition:
    """A stored definition, which was valid when it was stored."""
    named = ("types", "since", "won", "lost", "plus", "minus")
    types = frozenset(one for name in named for one in data.get(name, ()))
    return parse_definition(data, Vocabulary(types, frozenset(data.get("stages", ()))))


def missing_field(name: str, place: Place) -> Issue:
    """A key that has to be there is not."""
    return error(
        "dictionary.missing_field",
        N_('"{name}" is missing.'),
        N_('Add "{name}".'),
        place,
        name=name,
    )


def unknown_word(name: str, known: Collection[str], place: Place) -> Issue:
    """A word that nobody knows, with the nearest one that is known."""
    near = get_close_matches(name, sorted(known), n=1)
    return error(
        "dictionary.unknown_word",
        N_('"{name}" is not known here.'),
        N_("Use one of: {known}.") if not near else N_('Did you mean "{closest}"?'),
        place,
        name=name,
        known=", ".join(sorted(known)),
        closest=near[0] if near else "",
    )


def _no_texts(place: Place) -> Issue:
    return error(
        "metric.no_texts",
        N_('"among" is a list of texts.'),
        N_("Write [one, another]; put what looks like a number in quotes."),
        place,
    )


def _no_condition(place: Place) -> Issue:
    return error(
        "metric.no_condition",
        N_("The condition does not say which values count."),
        N_('Add "among" (a list of texts), or "least", "most" or both (numbers).'),
        place,
    )


def _no_number(text: str, place: Place) -> Issue:
    return error(
        "metric.no_number",
        N_('"{text}" is not a number.'),
        N_("Write a whole number, or a decimal number in quotes."),
        place,
        text=text,
    )
