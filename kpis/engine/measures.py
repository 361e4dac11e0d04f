"""A metric definition as SQL over the facts: one or two expressions per metric."""

from kpis.calc.metrics import (
    Additive,
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
    Objectives,
    Standing,
    Stock,
    StockMeasure,
    SumAmount,
    SumAttribute,
    SumListPrice,
    TimeUnit,
    Where,
)
from kpis.engine.fragments import Sql, joined

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
        case Count(types, where):
            return _total(Sql("f.share"), types, where), _NONE
        case SumAmount(types, where):
            return _total(Sql("f.amount_minor"), types, where), _NONE
        case SumAttribute(types, attribute, where):
            return _total("(" + number_of(attribute) + ") * f.share", types, where), _NONE
        case SumListPrice(types):
            return _total(Sql(f"{_LIST_PRICE} * f.share"), types), _NONE
        case Average(types, attribute, where):
            return _average(types, attribute, where)
        case Median(types):
            return _median(types), Sql("2::numeric")
        case DistinctAccounts(types, where):
            return "count(DISTINCT f.account_id)" + _filter(types, where), _NONE
        case FirstWins(types):
            return _total(Sql("f.share"), types), _NONE
        case Duration(types, unit=unit):
            return _total(Sql(f"{ELAPSED[unit]} * f.share"), types), _NONE
        case Objectives(met):
            return Sql("coalesce(sum(f.met), 0)" if met else "count(f.met)"), _NONE
        case Latest() | Customers() | Balance() | Stock():
            raise TypeError("how things stand is not measured on the records of a period")


def of_type(definition: Additive) -> Sql:
    """The sum of what cells keep, over the facts of one of its types."""
    match definition:
        case Count(_, None):
            return Sql("sum(f.share)")
        case SumAmount(_, None):
            return Sql("sum(f.amount_minor)")
        case _:
            return of_log(definition)[0]


ELAPSED = {
    TimeUnit.DAYS: "(f.day - f.began_on)",
    # seconds; whole hours come of them in `kpis.engine.reading`, where fractions are exact
    TimeUnit.HOURS: "extract(epoch FROM f.occurred_at - f.began_at)",
}


def of_standing(definition: Standing) -> Sql:
    """The sum over the facts of how things stand at a moment (see `kpis.engine.facts`)."""
    then = Sql("f.moment = %s", (definition.at.value,))
    match definition:
        case Latest(types, attribute):
            newest = then + Sql(" AND f.attribute = %s", (attribute,))
            return _total("(" + number_of(attribute) + ") * f.share", types, more=newest)
        case Customers(won):
            return _total(Sql("f.share"), won, more=then)
        case Balance(plus, minus):
            amount = Sql("f.amount_minor")
            return _total(amount, plus, more=then) + " - " + _total(amount, minus, more=then)
        case Stock():
            return _of_stock(definition, then)


def _of_stock(definition: Stock, then: Sql) -> Sql:
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
    stages = Sql("f.stage = ANY(%s) AND ", (list(definition.stages),))
    return f"coalesce(sum({each}) FILTER (WHERE " + stages + then + "), 0)"


def _total(
    each: Sql, types: tuple[str, ...], where: Where | None = None, more: Sql | None = None
) -> Sql:
    return "coalesce(sum(" + each + ")" + _filter(types, where, more) + ", 0)"


def _filter(types: tuple[str, ...], where: Where | None, more: Sql | None = None) -> Sql:
    found = Sql(" FILTER (WHERE f.type = ANY(%s)", (list(types),))
    for condition in (None if where is None else holds(where), more):
        found += "" if condition is None else " AND " + condition
    return found + ")"


def holds(where: Where) -> Sql:
    """Whether a fact meets the condition; not true where it does not state the attribute."""
    found: list[Sql] = []
    if where.among:
        found.append(Sql("f.attributes ->> %s = ANY(%s)", (where.attribute, list(where.among))))
    for limit, sign in ((where.least, ">="), (where.most, "<=")):
        if limit is not None:
            # a limit may be a third: both sides times the denominator are exact
            bounds = (limit.denominator, limit.numerator)
            number = "(" + number_of(where.attribute) + ")"
            found.append(number + Sql(f" * %s::numeric {sign} %s::numeric", bounds))
    return joined(found, " AND ")


def only_where(where: Where | None, value: Sql) -> Sql:
    """The value of a fact that meets the condition; NULL of any other."""
    if where is None:
        return value
    return "CASE WHEN " + holds(where) + " THEN " + value + " END"


def number_of(attribute: str) -> Sql:
    """The attribute of a fact as an exact number; NULL where it is absent or not a number."""
    text = Sql("f.attributes ->> %s", (attribute,))
    return "CASE WHEN " + is_number(text) + " THEN (" + text + ")::numeric END"


def is_number(text: Sql) -> Sql:
    """Whether the text is an exact number; NULL where there is none."""
    return text + r" ~ '^-?[0-9]+(\.[0-9]+)?$'"


def _average(types: tuple[str, ...], attribute: str | None, where: Where | None) -> tuple[Sql, Sql]:
    number = Sql("f.amount_minor") if attribute is None else "(" + number_of(attribute) + ")"
    # a credited amount is a part already
    each = number if attribute is None else number + " * f.share"
    stated = _filter(types, where, number + " IS NOT NULL")
    return "sum(" + each + ")" + stated, "sum(f.share)" + stated


def _median(types: tuple[str, ...]) -> Sql:
    # percentile_cont works in floating point; the middle from both ends is exact
    among = Sql(" FILTER (WHERE f.type = ANY(%s))", (list(types),))
    low = "percentile_disc(0.5) WITHIN GROUP (ORDER BY f.amount_minor)" + among
    high = "percentile_disc(0.5) WITHIN GROUP (ORDER BY f.amount_minor DESC)" + among
    return "(" + low + " + " + high + ")::numeric"
