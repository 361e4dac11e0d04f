"""The ways of competing to choose from: each with a sign, and with what is its own in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from challenges.boards.presenters import language
from challenges.boards.views import words_of
from challenges.calc import Rules

ICONS: Mapping[str, str] = {
    "most": "trophy",
    "percent_of_target": "target",
    "weighted_points": "list-checks",
    "scorecard": "clipboard-list",
    "rate": "percent",
    "average": "sigma",
    "largest_record": "gem",
    "most_improved": "trending-up",
    "race": "flag",
    "over_the_line": "circle-check",
    "collective_goal": "users",
    "steps": "milestone",
    "ranking_with_minimum": "arrow-up-to-line",
    "ranking_with_pot": "coins",
    "proportional_share": "chart-pie",
    "duel": "swords",
    "team_against_team": "shield",
    "tug_of_war": "move-horizontal",
    "knockout": "network",
    "league": "repeat",
    "championship": "crown",
    "elimination": "user-minus",
    "power_hour": "zap",
    "lottery": "ticket",
    "record": "medal",
    "mission_path": "map",
    "streak": "flame",
    "tiered_leagues": "layers",
}
"""A sign for each; a format without one has the sign of all challenges."""


@dataclass(frozen=True, slots=True)
class Card:
    """A way of competing as one chooses it."""

    key: str
    title: str
    text: str
    icon: str


def cards(titled: Sequence[tuple[str, Rules]]) -> list[Card]:
    """One for each of the rules, in their order, under its title.

    The text is what the score is. Where several say the same, the first sentence of the rulebook
    follows that only this one has.
    """
    books = [words_of(rules).rulebook(language()) for _title, rules in titled]
    heads = [_first(rules) for _title, rules in titled]
    often = Counter(sentence for book in books for sentence in set(book))
    same = Counter(heads)
    return [
        Card(
            key=rules.format.key,
            title=title,
            text=head if same[head] == 1 else " ".join([head, *_own(book, often)]),
            icon=ICONS.get(rules.format.key, "trophy"),
        )
        for (title, rules), head, book in zip(titled, heads, books, strict=True)
    ]


def _first(rules: Rules) -> str:
    told = rules.format.describe(rules.params)[0]
    return words_of(rules).sentence(told.template, dict(told.params))


def _own(book: Sequence[str], often: Mapping[str, int]) -> list[str]:
    return [sentence for sentence in book if often[sentence] == 1][:1]
