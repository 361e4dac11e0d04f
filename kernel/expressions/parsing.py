"""From tokens to the tree: precedence climbing (Richards), with kinds and arities checked."""

from dataclasses import dataclass, field
from typing import NoReturn

from kernel.expressions.tokens import FUNCTIONS, Kind, Token, tokenize
from kernel.expressions.tree import (
    MAX_DEPTH,
    MAX_OPERATORS,
    Arithmetic,
    Binary,
    Call,
    Compare,
    Comparison,
    Expression,
    Function,
    Logic,
    Logical,
    Name,
    Negate,
    Not,
    Number,
    is_truth,
)
from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error

MAX_PLACES = 12  # of round(x, places)

_LEVELS: dict[str, int] = {
    "or": 1,
    "and": 2,
    **{operator.value: 4 for operator in Comparison},
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
}
_ARGUMENTS: dict[Function, tuple[int, int | None]] = {
    Function.MIN: (1, None),
    Function.MAX: (1, None),
    Function.SUM: (1, None),
    Function.COALESCE: (1, None),
    Function.ABS: (1, 1),
    Function.ROUND: (1, 2),
    Function.IF: (3, 3),
}


def parse(text: str, where: Place = NOWHERE) -> Expression:
    """The tree of a formula that gives a number.

    Raises `Invalid` with all lexical issues, or with the first syntax error and everything else
    that was found before it; each issue has its line and column (inside `where`) and a remedy.
    """
    if not isinstance(text, str):
        raise TypeError(f"a formula is text, not {type(text).__name__}")
    return _Parser(tokenize(text, where)).formula()


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    position: int = 0
    depth: int = 0
    operators: int = 0
    issues: list[Issue] = field(default_factory=list)

    def formula(self) -> Expression:
        expression = self.climb(1)
        if self.token.kind is not Kind.END:
            self.stop(_unexpected(self.token))
        self.need_number(expression)
        if self.issues:
            raise Invalid(self.issues)
        return expression

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.token
        if token.kind is not Kind.END:
            self.position += 1
        return token

    def at(self, text: str) -> bool:
        return self.token.kind in (Kind.SIGN, Kind.WORD) and self.token.text == text

    def stop(self, issue: Issue) -> NoReturn:
        raise Invalid([*self.issues, issue])

    def climb(self, lowest: int) -> Expression:
        """An operand and all operators after it that bind at least as tightly as `lowest`."""
        left = self.prefix()
        while (own := self.operator_level()) >= lowest:
            operator = self.take()
            self.operators += 1
            if self.operators > MAX_OPERATORS:
                self.stop(_too_many(operator.place))
            left = self.joined(operator, left, self.climb(own + 1))
        return left

    def operator_level(self) -> int:
        if self.token.kind in (Kind.SIGN, Kind.WORD):
            return _LEVELS.get(self.token.text, 0)
        return 0

    def joined(self, operator: Token, left: Expression, right: Expression) -> Expression:
        text, place = operator.text, operator.place
        if text in ("and", "or"):
            self.need_truth(left, right)
            return Logic(Logical(text), left, right, place)
        self.need_number(left, right)
        if text in ("+", "-", "*", "/"):
            return Binary(Arithmetic(text), left, right, place)
        return Compare(Comparison(text), left, right, place)

    def prefix(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.stop(_too_deep(self.token.place))
        expression = self.signed()
        self.depth -= 1
        return expression

    def signed(self) -> Expression:
        place = self.token.place
        if self.at("-"):
            self.take()
            operand = self.prefix()
            self.need_number(operand)
            return Negate(operand, place)
        if self.at("not"):
            self.take()
            operand = self.climb(4)
            self.need_truth(operand)
            return Not(operand, place)
        return self.primary()

    def primary(self) -> Expression:
        token = self.take()
        if token.kind is Kind.NUMBER:
            return self.literal(token)
        if token.kind is Kind.NAME:
            return self.call(token) if self.at("(") else self.name(token)
        if token.kind is not Kind.SIGN or token.text != "(":
            self.stop(_missing_operand(token))
        inner = self.climb(1)
        self.close(token)
        return inner

    def literal(self, token: Token) -> Expression:
        if not self.at("%"):
            return Number(token.value, token.place)
        self.take()
        return Number(token.value / 100, token.place)

    def name(self, token: Token) -> Expression:
        if token.text in FUNCTIONS:
            self.issues.append(_reserved(token))
        return Name(token.text, token.place)

    def call(self, token: Token) -> Expression:
        opening = self.take()
        arguments: list[Expression] = []
        while not self.at(")"):
            arguments.append(self.climb(1))
            if not self.at(","):
                break
            self.take()
        self.close(opening)
        if token.text not in FUNCTIONS:
            self.issues.append(_unknown_function(token))
            return Name(token.text, token.place)
        function = Function(token.text)
        self.check_arguments(function, arguments, token.place)
        return Call(function, tuple(arguments), token.place)

    def close(self, opening: Token) -> None:
        if not self.at(")"):
            unclosed = self.token.kind is Kind.END
            self.stop(_unclosed(opening) if unclosed else _unexpected(self.token))
        self.take()

    def check_arguments(
        self, function: Function, arguments: list[Expression], place: Place
    ) -> None:
        least, most = _ARGUMENTS[function]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            self.issues.append(_arity(function, len(arguments), place))
            return
        numbers = arguments
        if function is Function.IF:
            self.need_truth(arguments[0])
            numbers = arguments[1:]
        if function is Function.ROUND and len(arguments) == 2 and not _is_places(arguments[1]):
            self.issues.append(_places(arguments[1].place))
        self.need_number(*numbers)

    def need_number(self, *expressions: Expression) -> None:
        self.issues.extend(_not_a_number(part.place) for part in expressions if is_truth(part))

    def need_truth(self, *expressions: Expression) -> None:
        self.issues.extend(_not_a_truth(part.place) for part in expressions if not is_truth(part))


def _is_places(expression: Expression) -> bool:
    match expression:
        case Number(value):
            return value.denominator == 1 and 0 <= value <= MAX_PLACES
        case _:
            return False


def _missing_operand(token: Token) -> Issue:
    if token.kind is not Kind.END:
        return _unexpected(token)
    return error(
        "expression.incomplete",
        N_("The formula ends where a number, a name or a bracket is expected."),
        N_("Complete the formula, for example: revenue / deals_won."),
        token.place,
    )


def _unexpected(token: Token) -> Issue:
    remedy = N_("Check the operators and brackets around it.")
    if token.text == ",":
        remedy = N_("Write decimals with a point; a comma only separates arguments.")
    elif token.text == "%":
        remedy = N_('"%" stands only right after a number, for example 15 %.')
    elif token.kind in (Kind.NUMBER, Kind.NAME):
        remedy = N_("Put an operator before it: + - * /.")
    return error(
        "expression.unexpected", N_('"{text}" is not expected here.'), remedy, token.place,
        text=token.text,
    )  # fmt: skip


def _unclosed(opening: Token) -> Issue:
    return error(
        "expression.unclosed",
        N_("This bracket is never closed."),
        N_('Add the missing ")".'),
        opening.place,
    )


def _unknown_function(token: Token) -> Issue:
    return error(
        "expression.unknown_function",
        N_('There is no function "{name}".'),
        N_("The functions are: {functions}."),
        token.place,
        name=token.text,
        functions=", ".join(Function),
    )


def _reserved(token: Token) -> Issue:
    return error(
        "expression.reserved",
        N_('"{name}" is a function and needs its arguments in brackets.'),
        N_("Write for example min(a, b) or if(a > b, a, b)."),
        token.place,
        name=token.text,
    )


def _arity(function: Function, count: int, place: Place) -> Issue:
    least, most = _ARGUMENTS[function]
    expected = str(least) if least == most else f"{least}-{most}" if most else f"{least}+"
    return error(
        "expression.arguments",
        N_('"{name}" takes {expected} arguments, not {count}.'),
        N_("Separate the arguments with commas and write decimals with a point."),
        place,
        name=function.value,
        expected=expected,
        count=count,
    )


def _places(place: Place) -> Issue:
    return error(
        "expression.places",
        N_("The decimals of round() are a whole number from 0 to {most}."),
        N_("Write for example round(revenue, 2)."),
        place,
        most=MAX_PLACES,
    )


def _not_a_number(place: Place) -> Issue:
    return error(
        "expression.needs_number",
        N_("A condition stands where a number is expected."),
        N_("Turn it into a number with if(condition, 1, 0)."),
        place,
    )


def _not_a_truth(place: Place) -> Issue:
    return error(
        "expression.needs_condition",
        N_("A number stands where a condition is expected."),
        N_("Compare it with something, for example deals_won > 0."),
        place,
    )


def _too_deep(place: Place) -> Issue:
    return error(
        "expression.too_deep",
        N_("The formula is nested more than {limit} levels deep."),
        N_("Split it into several named formulas."),
        place,
        limit=MAX_DEPTH,
    )


def _too_many(place: Place) -> Issue:
    return error(
        "expression.too_many_operators",
        N_("The formula has more than {limit} operators."),
        N_("Split it into several named formulas, or use sum(a, b, c)."),
        place,
        limit=MAX_OPERATORS,
    )
