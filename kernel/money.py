"""Money: whole minor units of one currency, never a float, never two currencies in one sum."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from kernel.issues import N_, NOWHERE, Invalid, Place, error
from kernel.numbers import (
    Rounding,
    as_text,
    fraction_of,
    parse_number,
    refuse_float,
    round_integer,
    round_to,
)

# ISO 4217, active codes of money (no metals, no test codes), by digits after the decimal mark.
_TWO_DIGITS = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DIGITS = "CLF UYW"
_TABLE = ((0, _NO_DIGITS), (2, _TWO_DIGITS), (3, _THREE_DIGITS), (4, _FOUR_DIGITS))
_DIGITS: dict[str, int] = {code: digits for digits, codes in _TABLE for code in codes.split()}

CURRENCIES: tuple[str, ...] = tuple(sorted(_DIGITS))


class CurrencyMismatch(ValueError):  # noqa: N818 - a name from the field
    """Two currencies met in one operation. It is our bug: convert first, by a dated rate."""


def digits_of(currency: str, place: Place = NOWHERE) -> int:
    """Digits of the minor unit by ISO 4217 (EUR 2, JPY 0, KWD 3); unknown code -> `Invalid`."""
    digits = _DIGITS.get(currency)
    if digits is None:
        raise Invalid(
            error(
                "money.unknown_currency",
                N_('"{currency}" is not a currency code.'),
                N_("Use the three capital letters of ISO 4217, for example EUR."),
                place,
                currency=currency,
            )
        )
    return digits


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `minor` whole minor units (cents) of `currency`.

    Sums, differences and comparisons need the same currency, otherwise `CurrencyMismatch`.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"minor units are whole numbers, not {self.minor!r}")
        digits_of(self.currency)

    @classmethod
    def of(
        cls,
        value: Fraction | Decimal | int | str,
        currency: str,
        *,
        decimal_comma: bool | None = None,
        place: Place = NOWHERE,
    ) -> "Money":
        """`value` major units, exactly; `Invalid` when it has more digits than the currency."""
        exact = (
            value
            if isinstance(value, Fraction)
            else parse_number(value, decimal_comma=decimal_comma, place=place)
        )
        minor = exact * 10 ** digits_of(currency, place)
        if minor.denominator != 1:
            raise Invalid(
                error(
                    "money.too_fine",
                    N_("{amount} {currency} has more decimals than the currency ({digits})."),
                    N_("Round the amount to the smallest unit of the currency."),
                    place,
                    amount=as_text(exact),
                    currency=currency,
                    digits=digits_of(currency),
                )
            )
        return cls(minor.numerator, currency)

    @classmethod
    def rounded(
        cls, value: Fraction | Decimal | int, currency: str, mode: Rounding = Rounding.HALF_UP
    ) -> "Money":
        """`value` major units, rounded to the minor unit: the named rounding step of a payment."""
        exact = fraction_of(value) * 10 ** digits_of(currency)
        return cls(round_integer(exact, mode), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in `currency`."""
        return cls(0, currency)

    @property
    def amount(self) -> Fraction:
        """The value in major units, exact."""
        return Fraction(self.minor, 10 ** digits_of(self.currency))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: "Money") -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money needs money, not {type(other).__name__}")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor

    def split(self, weights: Sequence[Fraction | int]) -> "tuple[Money, ...]":
        """Parts by `weights` that sum exactly to this amount (see `allocate`)."""
        return tuple(Money(minor, self.currency) for minor in allocate(self.minor, weights))

    def text(self) -> str:
        """The amount with all its digits and a decimal point: "12.50"."""
        return str(round_to(self.amount, digits_of(self.currency)))

    def as_json(self) -> dict[str, object]:
        """{"amount": "12.50", "currency": "EUR"}."""
        return {"amount": self.text(), "currency": self.currency}

    def __str__(self) -> str:
        return f"{self.text()} {self.currency}"


def total_of(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, zero of `currency` when there are none; another currency is a mismatch."""
    total = Money.zero(currency)
    for amount in amounts:
        total += amount
    return total


def allocate(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Whole parts of `total` in proportion to `weights` that sum exactly to it.

    Largest remainder (Hamilton): everyone gets the whole part of the exact share, then the units
    that are left go to the largest remainders, ties to the earlier position. A negative total is
    shared like the positive one with the signs turned. Weights are not negative and not all zero,
    otherwise `Invalid`.
    """
    refuse_float(total, *weights)
    whole = _whole_weights(weights)
    everything = sum(whole)
    shares = [divmod(abs(total) * weight, everything) for weight in whole]
    parts = [part for part, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: (-shares[index][1], index))
    for index in by_remainder[: abs(total) - sum(parts)]:
        parts[index] += 1
    return [-part for part in parts] if total < 0 else parts


def _whole_weights(weights: Sequence[Fraction | int]) -> list[int]:
    """The same proportions in integers, so that shares and remainders stay exact and fast."""
    common = lcm(*(weight.denominator for weight in weights))
    whole = [weight.numerator * (common // weight.denominator) for weight in weights]
    if any(weight < 0 for weight in whole):
        raise Invalid(
            error(
                "allocation.negative_weight",
                N_("A share is negative."),
                N_("Use shares of zero or more."),
            )
        )
    if not any(whole):
        raise Invalid(
            error(
                "allocation.no_weight",
                N_("There is nobody to share with: all shares are zero."),
                N_("Give at least one share above zero."),
            )
        )
    return whole
