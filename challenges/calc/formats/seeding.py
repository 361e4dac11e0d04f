"""The order in which entrants are set: as listed, by lot, or by a qualification."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from challenges.calc.formats.base import Contestant, Frame, Season
from challenges.calc.lots import draw
from challenges.calc.moments import read_moment
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, ListOf, MomentText, Obj, Tagged, Text, Values
from kernel.issues import N_, Invalid, Issue, error

NOT_THERE = note("not_there_at_the_start", N_("Not there at the start, when everybody was set."))
QUALIFYING = 0
"""The number of the qualification among the rounds."""

LISTED = Obj({"order": Field(ListOf(Text(100), 1, 10_000), "entrants, best first", required=True)})
SEEDING = Tagged(
    "by",
    {
        "draw": Obj({}),
        "list": LISTED,
        "target_attainment": Obj(
            {"until": Field(MomentText(), "end of the qualification", required=True)}
        ),
    },
    "what decides the order",
)
ORDER = Tagged("by", {"draw": Obj({}), "list": LISTED}, "what decides the order")


@dataclass(frozen=True, slots=True)
class Seeding:
    """How the order comes about; `order` is the list, `until` the end of the qualification."""

    by: str = "draw"
    order: tuple[str, ...] = ()


def seeding_from(values: Values | None) -> Seeding:
    """From the table of the document; without one a draw."""
    if values is None:
        return Seeding()
    return Seeding(values["by"], values.get("order") or ())


def qualifying_end(values: Values | None, frame: Frame, issues: list[Issue]) -> datetime | None:
    """When the qualification ends; None without one. It has to lie inside the window."""
    if values is None or values["by"] != "target_attainment":
        return None
    try:
        until, _ = read_moment(values["until"], frame.zone, values.at("until"))
    except Invalid as invalid:
        issues.extend(invalid.issues)
        return None
    if not frame.start < until < frame.end:
        issues.append(
            error(
                "qualification_outside",
                N_("The qualification does not end within the window."),
                N_("Write a moment between start and end; the rounds follow after it."),
                values.at("until"),
            )
        )
    return until


def check_twice(values: Values | None, issues: list[Issue]) -> None:
    """An issue when somebody is listed twice."""
    order = () if values is None else values.get("order") or ()
    twice = sorted({id_ for id_ in order if order.count(id_) > 1})
    if twice and values is not None:
        issues.append(
            error(
                "listed_twice",
                N_("Listed twice: {ids}."),
                N_("List each entrant once."),
                values.at("order"),
                ids=", ".join(twice),
            )
        )


def present(contestants: Sequence[Contestant], start: datetime) -> list[Contestant]:
    """Who is there when everybody is set."""
    return [
        c
        for c in contestants
        if (c.joined_at is None or c.joined_at <= start)
        and (c.left_at is None or c.left_at > start)
    ]


def ordered(seeding: Seeding, contestants: Sequence[Contestant], season: Season) -> list[str]:
    """From first to last. Who is not listed, and who is equal, follows by lot (highest first)."""
    place = {id_: -index for index, id_ in enumerate(seeding.order)}
    last = -len(seeding.order)

    def key(contestant: Contestant) -> tuple[bool, Fraction, int]:
        value = season.value(QUALIFYING, contestant.id)
        if seeding.by == "list":
            value = Fraction(place.get(contestant.id, last))
        elif seeding.by == "draw":
            value = Fraction(0)
        return (value is not None, value or Fraction(0), draw(season.seed, contestant.id))

    return [c.id for c in sorted(contestants, key=key, reverse=True)]


def sentence(seeding: Seeding) -> Note:
    """How the order comes about, in words."""
    match seeding.by:
        case "list":
            return note("seeded_by_list", N_("The entrants are set in the order of a list."))
        case "target_attainment":
            return note(
                "seeded_by_target",
                N_("The entrants are set by percent of their own target in the qualification."),
            )
    return note("seeded_by_lot", N_("The entrants are set by lot, which anyone can draw again."))
