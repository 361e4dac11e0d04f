"""From text to tokens, with every character that cannot stand in a formula reported."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kernel.expressions.tree import Function
from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error
from kernel.numbers import parse_number

MAX_LENGTH = 2_000
LONGEST_NAME = 100

WORDS = frozenset({"and", "or", "not"})
FUNCTIONS = frozenset(function.value for function in Function)
# Words that cannot be the key of a metric or KPI, because a formula reads them otherwise.
RESERVED = WORDS | FUNCTIONS


class Kind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    WORD = "word"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `value` is set for numbers."""

    kind: Kind
    text: str
    place: Place
    value: Fraction = Fraction(0)


# "wrong" are operators of other languages, read whole so that the remedy can name ours.
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\u00a0\u202f\u2009]+)
      | (?P<number>[0-9](?:[eE][+-][0-9]+|[0-9A-Za-z_.])*)
      | (?P<name>[A-Za-z_][0-9A-Za-z_]*)
      | (?P<wrong>==|<>|=<|=>|\*\*|//|&&|\|\||!(?!=))
      | (?P<sign><=|>=|!=|[-+*/()<>=,%])
      | (?P<stray>[^\x00-\x7f]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_INSTEAD = {
    "==": "=", "<>": "!=", "=<": "<=", "=>": ">=", "**": "x * x", "//": "/", "&&": "and",
    "||": "or", "!": "not",
}  # fmt: skip


def tokenize(text: str, where: Place = NOWHERE) -> list[Token]:
    """The tokens with an END; `Invalid` listing all characters and numbers that are wrong."""
    if len(text) > MAX_LENGTH:
        raise Invalid(_too_long(len(text), where))
    tokens: list[Token] = []
    issues: list[Issue] = []
    for found in _tokens(text, where):
        if isinstance(found, Issue):
            issues.append(found)
        else:
            tokens.append(found)
    if issues:
        raise Invalid(issues)
    return [*tokens, Token(Kind.END, "", place_at(text, len(text), where))]


def place_at(text: str, offset: int, where: Place) -> Place:
    """The place of `offset`, in the coordinates of the document in which the text stands."""
    line = text.count("\n", 0, offset)
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    if line == 0 and where.column is not None:
        column += where.column - 1
    return Place(where.file, where.path, (where.line or 1) + line, column)


def _tokens(text: str, where: Place) -> Iterator[Token | Issue]:
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield _token(match.lastgroup or "", match[0], place_at(text, match.start(), where))


def _token(kind: str, text: str, place: Place) -> Token | Issue:
    match kind:
        case "number":
            return _number(text, place)
        case "name":
            return _name(text, place)
        case "sign":
            return Token(Kind.SIGN, text, place)
        case "wrong":
            return _wrong_operator(text, place)
        case _:
            return _stray(text, place)


def _number(text: str, place: Place) -> Token | Issue:
    if not _NUMBER.fullmatch(text):
        return error(
            "expression.number",
            N_('"{text}" is neither a number nor a name.'),
            N_("Write decimals with a point (12.5); a name starts with a letter."),
            place,
            text=text,
        )
    try:
        return Token(Kind.NUMBER, text, place, parse_number(text, decimal_comma=False))
    except Invalid as invalid:
        return invalid.issues[0].at(place)


def _name(text: str, place: Place) -> Token | Issue:
    if text.lower() != text or len(text) > LONGEST_NAME:
        return error(
            "expression.name",
            N_('The name "{text}" is not written in lower case, or is too long.'),
            N_('Names are lower-case letters, digits and "_". Did you mean "{lower}"?'),
            place,
            text=text,
            lower=text.lower(),
        )
    return Token(Kind.WORD if text in WORDS else Kind.NAME, text, place)


def _wrong_operator(text: str, place: Place) -> Issue:
    return error(
        "expression.operator",
        N_('There is no operator "{text}" in formulas.'),
        N_('Use "{instead}".'),
        place,
        text=text,
        instead=_INSTEAD[text],
    )


def _stray(text: str, place: Place) -> Issue:
    return error(
        "expression.character",
        N_('"{text}" cannot stand in a formula.'),
        N_("Use names in lower-case ASCII, numbers, + - * / ( ) , % and < <= > >= = !=."),
        place,
        text=text,
    )


def _too_long(length: int, place: Place) -> Issue:
    return error(
        "expression.too_long",
        N_("The formula has {length} characters; at most {limit} are allowed."),
        N_("Split it into several named formulas."),
        place,
        length=length,
        limit=MAX_LENGTH,
    )
