"""Plain values for the pages of points and rewards."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.boards.presenters import language
from challenges.calc.points import DEBT, EXPIRY, Account, Move
from challenges.models import RequestState, Reward, RewardRequest
from challenges.rewards import rights
from challenges.rewards.envelopes import Envelope
from challenges.rewards.queries import SourceName, Wallet, source_names
from common.formats import day_text, delta_text, minor_text, moment_text, number_text
from common.labels import label
from people.access import Viewer

A = Account
SHOWN_LINES = 40


def points_text(points: int) -> str:
    """A number of points in words."""
    template = ngettext("%(count)s point", "%(count)s points", points)
    return template % {"count": number_text(points)}


# --- the wallet --------------------------------------------------------------------------------


def figures(wallet: Wallet) -> list[dict[str, str]]:
    """What is available first; the others only where there is something."""
    found = [{"label": _("Available"), "value": number_text(wallet.balances[A.EARNED]),
              "note": _lapsing(wallet)}]  # fmt: skip
    for account, said, note in (
        (A.PROVISIONAL, _("Provisional"), _("until the results are signed")),
        (A.RESERVED, _("Reserved"), _("for what you asked for")),
        (A.DEBT, _("Owed"), _("later points pay it first")),
        (A.SPENT, _("Spent"), ""),
    ):
        if wallet.balances[account]:
            amount = number_text(abs(wallet.balances[account]))
            found.append({"label": said, "value": amount, "note": note})
    return found


def _lapsing(wallet: Wallet) -> str:
    if wallet.lapses_at is None:
        return ""
    return _("%(points)s lapse on %(day)s") % {
        "points": points_text(wallet.lapsing), "day": day_text(wallet.lapses_at),
    }  # fmt: skip


def wallet_lines(
    wallet: Wallet, viewer: Viewer, *, everything: bool
) -> tuple[list[dict[str, Any]], int]:
    """The ledger in sentences, newest first, and how many lines are left out."""
    bare = {_bare(one.source) for one in wallet.moves}
    names = source_names(bare, viewer, language())
    left, found = 0, []
    for move in wallet.moves:
        change = _change(move)
        left += change
        found.append(
            {
                "at": day_text(move.at),
                "what": _what(move),
                "source": _source(move, names),
                "url": _url(move, names),
                "change": delta_text(change) if change else "",
                "aside": "" if change else number_text(move.amount),
                "tone": "good" if change > 0 else "bad" if change < 0 else "",
                "left": number_text(left),
            }
        )
    shown = found if everything else found[-SHOWN_LINES:]
    return shown[::-1], len(found) - len(shown)


def _bare(source: str) -> str:
    return source.removeprefix(EXPIRY)


def _change(move: Move) -> int:
    """What the move does to the available points."""
    if move.to_account is A.EARNED:
        return move.amount
    return -move.amount if move.from_account is A.EARNED else 0


def _what(move: Move) -> str:
    match move.from_account, move.to_account:
        case A.ISSUE, A.PROVISIONAL:
            return _("Provisional, until the result is signed")
        case A.PROVISIONAL, A.ISSUE:
            return _("Provisional points that were not won after all")
        case ((A.ISSUE | A.PROVISIONAL), A.EARNED):
            return _("Earned")
        case A.EARNED, A.REVERSED:
            return _("Taken back: what they were given for was corrected")
        case A.REVERSED, A.EARNED:
            return _("Given back")
        case A.EARNED, A.RESERVED:
            return _("Reserved for a request")
        case A.RESERVED, A.EARNED:
            return _("Came back from a request")
        case A.RESERVED, A.SPENT:
            return _("Spent")
        case A.EARNED, A.EXPIRED:
            return _("Lapsed: not used within two years")
        case A.EXPIRED, A.EARNED:
            return _("Had lapsed, and counts again")
        case A.DEBT, A.EARNED:
            return _("Owed: used before they were taken back")
    return _("Pays what was owed")


def _source(move: Move, names: Mapping[str, SourceName]) -> str:
    known = names.get(_bare(move.source))
    return "" if known is None or move.source == DEBT else known.text


def _url(move: Move, names: Mapping[str, SourceName]) -> str:
    known = names.get(_bare(move.source))
    if known is None or known.challenge_id is None:
        return ""
    return reverse("challenges:page", args=[known.challenge_id])


# --- the shop ----------------------------------------------------------------------------------


def shop_items(
    rewards: Iterable[Reward], wallet: Wallet, team_ids: Iterable[int], left_minor: int
) -> list[dict[str, Any]]:
    """What is offered to somebody of these teams, and what stands in the way of asking for it."""
    held, teams = wallet.balances[A.EARNED], list(team_ids)
    return [
        {
            "id": one.pk,
            "name": label(one.name_fr, one.name_en),
            "icon": one.icon,
            "points": points_text(one.points),
            "left": _left_text(one),
            "missing": _missing(one, held, left_minor),
        }
        for one in rewards
        if rights.may_ask(one, teams)
    ]


def _left_text(reward: Reward) -> str:
    if reward.left is None:
        return ""
    return ngettext("%(count)s left", "%(count)s left", reward.left) % {
        "count": number_text(reward.left)
    }


def _missing(reward: Reward, held: int, left_minor: int) -> str:
    if reward.left == 0:
        return _("None left")
    if held < reward.points:
        return _("%(points)s missing") % {"points": points_text(reward.points - held)}
    if reward.cost_minor > left_minor:
        return _("The budget of your team is used up for this quarter")
    return ""


def kept_items(rewards: Iterable[Reward], viewer: Viewer) -> list[dict[str, Any]]:
    """The shop as its keepers see it."""
    return [
        {
            "name": label(one.name_fr, one.name_en),
            "icon": one.icon,
            "points": points_text(one.points),
            "cost": minor_text(one.cost_minor, one.currency),
            "left": _("without limit") if one.left is None else number_text(one.left),
            "who": ", ".join(sorted(team.name for team in one.teams.all())) or _("everybody"),
            "retired": one.retired,
            "url": reverse("challenges:reward_change", args=[one.pk])
            if rights.may_keep(viewer, [team.pk for team in one.teams.all()])
            else "",
        }
        for one in rewards
    ]


# --- requests ----------------------------------------------------------------------------------


def request_rows(requests: Iterable[RewardRequest]) -> list[dict[str, Any]]:
    """Requests with what happened to them; `verbs` is what can still be done by who decides."""
    return [
        {
            "id": one.pk,
            "name": label(one.reward.name_fr, one.reward.name_en),
            "icon": one.reward.icon,
            "person": one.person.name,
            "team": one.team.name,
            "points": points_text(one.points),
            "cost": minor_text(one.cost_minor, one.currency),
            "state": one.state,
            "steps": [
                {
                    "title": step.get_to_state_display(),
                    "text": step.reason,
                    "at": moment_text(step.at),
                    "who": step.by.name if step.by else "",
                }
                for step in reversed(one.steps.all())
            ],
            "is_asked": one.state == RequestState.ASKED,
            "is_approved": one.state == RequestState.APPROVED,
        }
        for one in requests
    ]


def envelope_rows(
    found: Mapping[int, Envelope], names: Mapping[int, str], currency: str
) -> list[dict[str, str]]:
    """The budgets of teams in a quarter."""
    return [
        {
            "team": names[team_id],
            "amount": minor_text(one.amount_minor, currency),
            "committed": minor_text(one.committed_minor, currency),
            "left": minor_text(one.left_minor, currency),
        }
        for team_id, one in found.items()
    ]
