"""A metric definition as SQL over the facts: one or two expressions per metric."""

from kpis.calc.metrics import (
    Average,
    Count,
    Definition,
    DistinctAccounts,
    FirstWins,
    Median,
    Stock,
    StockMeasure,
    SumAmount,
    SumAttribute,
    SumListPrice,
)
from kpis.engine.fragments import Sql

_NONE = Sql("NULL::numeric")
_LIST_PRICE = "product.list_price_minor"
# An amount that nobody stated is estimated by the list price.
_VALUE = f"coalesce(f.amount_minor, {_LIST_PRICE})"


def needs_product(definition: Definition) -> bool:
    """Whether the measure reads the product's list price."""
    match definition:
        case SumListPrice():
            return True
        case Stock(_, measure):
            return measure not in (StockMeasure.COUNT, StockMeasure.AMOUNT)
        case _:
            return False


def of_log(definition: Definition) -> tuple[Sql, Sql]:
    """(numerator, denominator) over log facts; NULL as the denominator means 1.

    Counts and sums of nothing are 0; an average or a median of nothing is NULL.
    """
    match definition:
        case Count(types):
            return _total("f.share", types), _NONE
        case SumAmount(types):
            return _total("f.amount_minor", types), _NONE
        case SumAttribute(types, attribute):
            return _sum_attribute(types, attribute), _NONE
        case SumListPrice(types):
            return _total(f"{_LIST_PRICE} * f.share", types), _NONE
        case Average(types, attribute):
            return _average(types, attribute)
        case Median(types):
            return _median(types), Sql("2::numeric")
        case DistinctAccounts(types):
            return Sql("count(DISTINCT f.account_id) FILTER (WHERE f.type = ANY(%s))",
                       (list(types),)), _NONE  # fmt: skip
        case FirstWins(types):
            return _total("f.share", types), _NONE
        case Stock():
            raise TypeError("a stock is not measured on the log")


def of_stock(definition: Stock) -> Sql:
    """The sum over stock facts (see `kpis.engine.facts.stock`)."""
    match definition.measure:
        case StockMeasure.COUNT:
            each = "1"
        case StockMeasure.AMOUNT:
            each = "f.amount_minor"
        case StockMeasure.LIST_PRICE:
            each = _LIST_PRICE
        case StockMeasure.VALUE:
            each = _VALUE
        case StockMeasure.WEIGHTED:
            each = f"{_VALUE} * f.probability"
    return Sql(
        f"coalesce(sum({each}) FILTER (WHERE f.stage = ANY(%s)), 0)", (list(definition.stages),)
    )


def _total(each: str, types: tuple[str, ...]) -> Sql:
    return Sql(f"coalesce(sum({each}) FILTER (WHERE f.type = ANY(%s)), 0)", (list(types),))


def number_of(attribute: str) -> Sql:
    """The attribute of a fact as an exact number; NULL where it is absent or not a number."""
    text = "f.attributes ->> %s"
    return Sql(
        rf"CASE WHEN {text} ~ '^-?[0-9]+(\.[0-9]+)?$' THEN ({text})::numeric END",
        (attribute, attribute),
    )


def _sum_attribute(types: tuple[str, ...], attribute: str) -> Sql:
    condition = Sql(" * f.share) FILTER (WHERE f.type = ANY(%s)), 0)", (list(types),))
    return "coalesce(sum((" + number_of(attribute) + ")" + condition


def _average(types: tuple[str, ...], attribute: str | None) -> tuple[Sql, Sql]:
    among = Sql(" FILTER (WHERE f.type = ANY(%s)", (list(types),))
    if attribute is None:
        stated = among + " AND f.amount_minor IS NOT NULL)"
        return "sum(f.amount_minor)" + stated, "sum(f.share)" + stated
    number = number_of(attribute)
    stated = among + " AND (" + number + ") IS NOT NULL)"
    return "sum((" + number + ") * f.share)" + stated, "sum(f.share)" + stated


def _median(types: tuple[str, ...]) -> Sql:
    # percentile_cont works in floating point; the middle from both ends is exact
    among = Sql(" FILTER (WHERE f.type = ANY(%s))", (list(types),))
    low = "percentile_disc(0.5) WITHIN GROUP (ORDER BY f.amount_minor)" + among
    high = "percentile_disc(0.5) WITHIN GROUP (ORDER BY f.amount_minor DESC)" + among
    return "(" + low + " + " + high + ")::numeric"
