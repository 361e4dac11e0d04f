"""What head-to-head formats share: comparing two, and refusing another number of entrants."""

from collections.abc import Sequence
from fractions import Fraction

from challenges.calc.formats.base import Bar, Contestant, Verdict
from challenges.calc.notes import note
from challenges.calc.shapes import Values, told
from kernel.issues import N_, Issue, error

TWO = 2
Order = tuple[bool, Fraction, tuple[Fraction, ...]]


def strength(value: Fraction | None, tie_break: tuple[Fraction, ...]) -> Order:
    """What is compared: the score, then the tie-break chain; no score is less than any."""
    return (value is not None, value or Fraction(0), tie_break)


def of(contestant: Contestant) -> Order:
    """The strength of a contestant over the whole window."""
    return strength(contestant.score.value, contestant.tie_break)


def outcome(own: Order, other: Order) -> str:
    """win, draw or loss."""
    if own == other:
        return "draw"
    return "win" if own > other else "loss"


def verdict_between(own: Contestant, other: Contestant, bar: Bar) -> Verdict:
    """What one gets for having met the other, or why not."""
    value = own.score.value or Fraction(0)
    reason = bar.reason_against(value)
    if reason is not None:
        return Verdict(reason=reason, winner=False)
    return Verdict(place=(value,), winner=outcome(of(own), of(other)) == "win")


def how_decided(own: Order, other: Order) -> str:
    """Whether the score or the chain decided; nothing for a draw."""
    if own == other:
        return ""
    return "score" if own[:2] != other[:2] else "tie_break"


def wrong_number(contestants: Sequence[Contestant]) -> bool:
    """Whether there are not two of them."""
    return len(contestants) != TWO


WRONG_NUMBER = note("not_two", N_("This is played between two, and there are not two."))


def check_two(values: Values, issues: list[Issue]) -> None:
    """An issue when the entrants that the document names are not two."""
    check_number(values, 2, 2, issues)


def check_number(values: Values, least: int, most: int, issues: list[Issue]) -> None:
    """An issue when the document names fewer or more entrants than the format can have."""
    entrants: Values | None = told(values.get, "entrants")
    if entrants is None:
        return
    key = "teams" if told(entrants.get, "kind") == "team" else "people"
    named = told(entrants.get, key)
    if named is not None and not least <= len(set(named)) <= most:
        issues.append(
            error(
                "number_of_entrants",
                N_("{count} entrants are named; {least} to {most} can play."),
                N_("Name other entrants, or choose another format."),
                entrants.at(key),
                count=len(set(named)),
                least=least,
                most=most,
            )
        )
