"""The prizes of a challenge on its page: what each is, for what, and who would get it now."""

from typing import Any

from django.utils.translation import gettext as _

from challenges.calc import Rules, maximum_liability
from challenges.calc.rules import Prize, PrizeFor
from challenges.queries import Board, BoardRow
from challenges.seen_boards import Seen
from challenges.words import Words, award_text, prize_text
from common.formats import percent_text

MOST_NAMED = 100
"""So many holders of prizes are named; of more it is said that there are others."""


def prize_rows(board: Board, words: Words, rules: Rules) -> list[dict[str, Any]]:
    """Each prize, what it is for, and the visible people who would get it now."""
    rows, others = _holding(board.seen)
    found = []
    for prize in rules.prizes:
        holders = [
            row.name
            for row in rows
            if any(award["prize"] == prize.number for award in row.detail["awards"])
        ]
        if holders and others:
            holders.append(_("others"))
        found.append(
            {"what": prize_text(prize), "for": _purpose(prize, words), "who": ", ".join(holders)}
        )
    return found


def _holding(seen: Seen) -> tuple[tuple[BoardRow, ...], bool]:
    """The first visible rows that would get a prize, and whether there are more."""
    holding = [at for at in range(len(seen)) if seen.place(at).awarded]
    return seen.lines(holding[:MOST_NAMED]), len(holding) > MOST_NAMED


def _purpose(prize: Prize, words: Words) -> str:
    match prize.purpose:
        case PrizeFor.RANK if prize.first == prize.last:
            return _("rank %(rank)s") % {"rank": prize.first}
        case PrizeFor.RANK:
            return _("ranks %(first)s to %(last)s") % {"first": prize.first, "last": prize.last}
        case PrizeFor.THRESHOLD:
            return _("from a score of %(at)s") % {"at": words.score(prize.at)}
        case PrizeFor.TIER:
            return _("tier %(tier)s") % {"tier": prize.tier}
        case PrizeFor.UNIT:
            return _("for every %(every)s") % {"every": words.score(prize.every)}
        case PrizeFor.WINNERS:
            return _("every winner")
        case PrizeFor.POT:
            split = " · ".join(percent_text(part * 100) for part in prize.split)
            return _("places, in this order: %(split)s") % {"split": split}
        case PrizeFor.SHARE:
            return _("everyone with a rank, by their part of the total")
        case PrizeFor.DRAW if prize.times == 1:
            return _("drawn by lot")
        case PrizeFor.DRAW:
            return _("drawn by lot, %(times)s times") % {"times": prize.times}
    return _("everyone with a rank")


def liability_texts(rules: Rules, entrants: int) -> list[str]:
    """The most that the prizes can cost."""
    found = []
    for due in maximum_liability(rules, entrants):
        if due.most is None:
            found.append(_("without limit"))
        else:
            award = {"currency": due.currency, "amount": due.most, "label": "",
                     "kind": due.kind.value}  # fmt: skip
            found.append(award_text(award))
    return found
