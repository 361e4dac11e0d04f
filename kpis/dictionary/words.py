"""A formula and a metric in the reader's own words."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.choices import Sale, Stage
from common.formats import number_text
from kernel.expressions import (
    Arithmetic,
    Binary,
    Call,
    Compare,
    Expression,
    Function,
    Logic,
    Name,
    Negate,
    Not,
    Number,
)
from kernel.expressions.tree import level
from kpis.calc.bands import Bands, Limit
from kpis.calc.figures import DAYS_IN_PERIOD
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

Labels = Mapping[str, str]

_SIGNS = {
    Arithmetic.ADD: "+",
    Arithmetic.SUBTRACT: "−",
    Arithmetic.MULTIPLY: "×",
    Arithmetic.DIVIDE: "÷",
}
_COMPARED = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "!=": "≠"}
_LOGICAL = {"and": gettext_lazy("and"), "or": gettext_lazy("or")}
_FUNCTIONS = {
    Function.MIN: gettext_lazy("the smallest of"),
    Function.MAX: gettext_lazy("the largest of"),
    Function.SUM: gettext_lazy("the sum of"),
    Function.ABS: gettext_lazy("the size of"),
    Function.IF: gettext_lazy("if, then, otherwise:"),
    Function.COALESCE: gettext_lazy("the first that is known of"),
    Function.ROUND: gettext_lazy("rounded:"),
}


def formula_words(expression: Expression, labels: Labels) -> str:
    """The formula with the names that people read: "Deals won ÷ Leads received × 100"."""
    match expression:
        case Number(value):
            return number_text(value, 6)
        case Name(name):
            return _("days of the period") if name == DAYS_IN_PERIOD else labels.get(name, name)
        case Negate(operand):
            return "−" + _bracketed(operand, 7, labels)
        case Not(operand):
            return f"{_('not')} {_bracketed(operand, 3, labels)}"
        case Binary(operator, left, right):
            return _between(_SIGNS[operator], left, right, level(expression), labels)
        case Compare(comparison, left, right):
            sign = _COMPARED.get(str(comparison), str(comparison))
            return _between(sign, left, right, 5, labels)
        case Logic(logical, left, right):
            word = str(_LOGICAL.get(str(logical), logical))
            return _between(word, left, right, level(expression), labels)
        case Call(function, arguments):
            word = str(_FUNCTIONS.get(function, function))
            return f"{word} ({'; '.join(formula_words(one, labels) for one in arguments)})"


def _between(sign: str, left: Expression, right: Expression, own: int, labels: Labels) -> str:
    return f"{_bracketed(left, own, labels)} {sign} {_bracketed(right, own + 1, labels)}"


def _bracketed(expression: Expression, lowest: int, labels: Labels) -> str:
    text = formula_words(expression, labels)
    return text if level(expression) >= lowest else f"({text})"


def definition_words(definition: Definition, types: Labels) -> str:
    """What a metric measures, in a sentence; `types` are the labels of activity types, and of
    their attributes as "type.attribute"."""

    def listed(keys: Sequence[str]) -> str:
        return ", ".join(types.get(key, key) for key in keys)

    def named(attribute: str, keys: Sequence[str]) -> str:
        return next(
            (types[name] for key in keys if (name := f"{key}.{attribute}") in types), attribute
        )

    def condition(where: Where | None, keys: Sequence[str]) -> str:
        return "" if where is None else _condition(where, named(where.attribute, keys))

    match definition:
        case Count(keys, where):
            text = _("How many: %(types)s") % {"types": listed(keys)}
            return text + condition(where, keys)
        case SumAmount(keys, where):
            text = _("Amounts added up: %(types)s") % {"types": listed(keys)}
            return text + condition(where, keys)
        case SumAttribute(keys, attribute, where):
            text = _("“%(attribute)s” added up: %(types)s")
            return text % {"attribute": named(attribute, keys), "types": listed(keys)} + condition(
                where, keys
            )
        case SumListPrice(keys):
            return _("List prices added up: %(types)s") % {"types": listed(keys)}
        case Average(keys, attribute, where):
            listing = {"attribute": named(attribute or "", keys), "types": listed(keys)}
            text = (
                _("Mean of “%(attribute)s”: %(types)s")
                if attribute
                else _("Mean amount: %(types)s")
            )
            return text % listing + condition(where, keys)
        case Median(keys):
            return _("Amount in the middle: %(types)s") % {"types": listed(keys)}
        case DistinctAccounts(keys, where):
            text = _("Different accounts among: %(types)s") % {"types": listed(keys)}
            return text + condition(where, keys)
        case FirstWins(keys):
            return _("Accounts for the first time ever: %(types)s") % {"types": listed(keys)}
        case Duration(keys, since, same, unit):
            text = _("%(unit)s from %(since)s to %(types)s of the same %(same)s")
            return text % {
                "unit": _("Days") if unit is TimeUnit.DAYS else _("Hours"),
                "since": listed(since),
                "types": listed(keys),
                "same": _("deal") if same is Same.DEAL else _("account"),
            }
        case Latest(keys, attribute, at):
            text = _("Newest “%(attribute)s” of each account: %(types)s")
            return text % {"attribute": named(attribute, keys), "types": listed(keys)} + _moment(at)
        case _:
            return _standing(definition, listed)


def _standing(definition: Customers | Balance | Objectives | Stock, listed: object) -> str:
    assert callable(listed)  # noqa: S101 - given by `definition_words` alone
    match definition:
        case Customers(won, lost, at):
            text = _("Accounts with %(won)s and no %(lost)s since")
            return text % {"won": listed(won), "lost": listed(lost)} + _moment(at)
        case Balance(plus, minus, at):
            text = _("Amounts of %(plus)s less those of %(minus)s")
            return text % {"plus": listed(plus), "minus": listed(minus)} + _moment(at)
        case Objectives(met):
            return _("Objectives that ended and were met") if met else _("Objectives that ended")
        case Stock(stages, measure, at):
            names = ", ".join(str(Stage(stage).label) for stage in stages)
            return f"{MEASURES[measure]}: {names}" + _moment(at)


MEASURES = {
    StockMeasure.COUNT: gettext_lazy("Open deals"),
    StockMeasure.AMOUNT: gettext_lazy("Amounts of open deals"),
    StockMeasure.LIST_PRICE: gettext_lazy("List prices of open deals"),
    StockMeasure.VALUE: gettext_lazy("Value of open deals (amount, or else list price)"),
    StockMeasure.WEIGHTED: gettext_lazy("Value of open deals times the probability of the stage"),
}


def _moment(at: Moment) -> str:
    said = _("at the start of the period") if at is Moment.START else _("at the end of the period")
    return f", {said}"


def _condition(where: Where, attribute: str) -> str:
    parts = [", ".join(_value(one) for one in where.among)] if where.among else []
    if where.least is not None:
        parts.append(f"≥ {number_text(where.least)}")
    if where.most is not None:
        parts.append(f"≤ {number_text(where.most)}")
    text = _("where “%(attribute)s” is %(values)s")
    return ", " + text % {"attribute": attribute, "values": ", ".join(parts)}


def _value(text: str) -> str:
    """What a deal was for its account by its name; any other text is somebody's own."""
    return str(Sale(text).label) if text in Sale.values else text


def bands_words(bands: Bands) -> str:
    """From where on the figure is bad and good, whatever the objective; empty without limits."""
    sides = ((_("bad"), bands.bad), (_("good"), bands.good))
    return ", ".join(f"{word} {_limit(limit)}" for word, limit in sides if limit is not None)


def _limit(limit: Limit) -> str:
    return f"{_COMPARED[limit.operator]} {number_text(limit.value)}"
