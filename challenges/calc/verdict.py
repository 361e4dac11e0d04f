"""What a rehearsal says in plain words, and what to consider; thresholds are named here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.arrivals import is_too_slow, told_feed
from challenges.calc.notes import Note, note
from challenges.calc.rehearsal import (
    GOALS,
    KNOCKING_OUT,
    Cost,
    Play,
    Regular,
    Rehearsal,
)
from challenges.calc.rules import Rules
from challenges.calc.worst_places import BETWEEN_TWO
from kernel.issues import N_
from kernel.money import Money
from kernel.numbers import as_text, round_to

LEAST_PLAYS = 3
"""Fewer replays say nothing about who always wins."""
ALWAYS = Fraction(2, 3)
"""Who wins this share of the replays is a regular winner."""
CROWD = Fraction(1, 2)
"""Where more entrants than this share win each time, regular winners are no wonder."""
FEW_CHANCES = Fraction(1, 4)
OFTEN = Fraction(1, 3)
"""From this share of the replays on, ties and single records matter."""
TOO_EASY = Fraction(4, 5)
TOO_HARD = Fraction(1, 10)
FOR_ONE = BETWEEN_TWO | {"team_against_team", "knockout", "record", "tiered_leagues"}
"""Formats that are made to have one winner, or one in each league."""
WITH_TARGET = GOALS | {"collective_goal", "steps"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the rehearsal shows; `advice` only where something should be considered."""

    says: Note
    advice: Note | None = None


def verdict(rehearsal: Rehearsal) -> tuple[Finding, ...]:
    """The findings, most important first; the first one says whether the rules hold."""
    plays, told = rehearsal.plays, rehearsal.told
    if not told:
        says = N_("Nothing was counted in any of the {plays} replays, so nothing can be said.")
        check = N_(
            "Look whether these months have records that count, and any minimum is in reach."
        )
        nothing = Finding(note("nothing", says, plays=str(len(plays))), note("check", check))
        return (nothing, *_feed(rehearsal))
    found = [
        *_quiet(plays, told),
        *_reach(told),
        *_same_winners(rehearsal.regulars, told),
        *_chances(told),
        *_one_record(told),
        *_never_alone(told),
        *_feed(rehearsal),
        *_level(told),
        *_one_winner(told[0].rules),
        *_cost(rehearsal.costs),
    ]
    return (_summary(found, told), *found)


def _summary(found: Iterable[Finding], told: Sequence[Play]) -> Finding:
    warned = sum(1 for one in found if one.advice is not None)
    plays = str(len(told))
    if not warned:
        says = N_("Nothing in {plays} replays speaks against these rules.")
        return Finding(note("sound", says, plays=plays))
    says = N_("Points to consider before the launch, from {plays} replays: {count}.")
    return Finding(note("consider", says, plays=plays, count=str(warned)))


def _quiet(plays: Sequence[Play], told: Sequence[Play]) -> list[Finding]:
    if len(plays) == len(told):
        return []
    says = N_("In {count} of {plays} replays nothing was counted; they are left out of the rest.")
    count = str(len(plays) - len(told))
    return [Finding(note("quiet", says, count=count, plays=str(len(plays))))]


def _reach(told: Sequence[Play]) -> list[Finding]:
    """How many would have won, against how many took part."""
    entrants, winners = sum(p.entrants for p in told), sum(len(p.winners) for p in told)
    nobody = sum(1 for p in told if not p.winners)
    mean = {
        "winners": _mean(winners, len(told)),
        "entrants": _mean(entrants, len(told)),
        "plays": str(len(told)),
    }
    has_target = told[0].rules.format.key in WITH_TARGET
    says = N_("On average {winners} of {entrants} entrants would have won.")
    if has_target:
        says = N_("With this target {winners} of {entrants} entrants would have won on average.")
    found = [Finding(note("reach", says, **mean), _reach_advice(told, winners, entrants))]
    prized = sum(len({award.entrant for award in p.awards}) for p in told)
    if prized > winners:
        says = N_("On average {prized} of {entrants} entrants would have had a prize.")
        params = {"prized": _mean(prized, len(told)), "entrants": mean["entrants"]}
        found.append(Finding(note("prized", says, **params)))
    if nobody:
        says = N_("Nobody would have won {count} of {plays} times.")
        lower = note("lower_bar", N_("Consider a lower target or minimum, or tiers."))
        said = note("nobody", says, count=str(nobody), plays=str(len(told)))
        found.append(Finding(said, lower if 2 * nobody >= len(told) else None))
    return found


def _reach_advice(told: Sequence[Play], winners: int, entrants: int) -> Note | None:
    if told[0].rules.format.key not in WITH_TARGET or not entrants:
        return None
    share = Fraction(winners, entrants)
    if share > TOO_EASY:
        return note("raise_target", N_("Consider a higher target, or a further tier above it."))
    if share < TOO_HARD:
        return note("lower_target", N_("Consider a lower target, or tiers below it."))
    return None


def _same_winners(regulars: Sequence[Regular], told: Sequence[Play]) -> list[Finding]:
    if len(told) < LEAST_PLAYS:
        return []
    different = note(
        "different",
        N_("{count} different entrants would have won over {plays} replays."),
        count=str(len(regulars)),
        plays=str(len(told)),
    )
    crowd = sum(len(p.winners) for p in told) > CROWD * sum(p.entrants for p in told)
    always = [one for one in regulars if one.wins >= ALWAYS * len(told)]
    if not always or crowd:
        return [Finding(different)]
    says = N_("{names} would have won {times} of {plays} times.")
    if len(always) > 1:
        says = N_("The same {count} would have won at least {times} of {plays} times: {names}.")
    same = note(
        "same_winners",
        says,
        count=str(len(always)),
        names=", ".join(one.name for one in always),
        times=str(min(one.wins for one in always)),
        plays=str(len(told)),
    )
    return [Finding(different), Finding(same, _other_way(told[0].rules))]


def _other_way(rules: Rules) -> Note:
    """What makes others win; not what the rules do already."""
    if rules.format.key in BETWEEN_TWO:
        return note("equals", N_("Consider two whose results are closer to each other."))
    if rules.format.own_targets(rules.params):
        return note(
            "other_targets",
            N_("Consider targets closer to what each one can reach, more winners, or a draw."),
        )
    if rules.format.key == "most_improved":
        return note("more_winners", N_("Consider more winners, or a draw."))
    return note("percent", N_("Consider percent of own target, or most improved."))


def _chances(told: Sequence[Play]) -> list[Finding]:
    counted = [p for p in told if p.chances is not None and p.entrants]
    if not counted:
        return []
    entrants = sum(p.entrants for p in counted)
    share = Fraction(sum(p.chances or 0 for p in counted), entrants)
    says = N_("At half-time {share} % of the entrants still had a real chance.")
    said = note("chances", says, share=str(round_to(100 * share, 0)))
    few = share < FEW_CHANCES and told[0].rules.format.key not in KNOCKING_OUT
    return [Finding(said, _keep_open(told[0].rules) if few else None)]


def _keep_open(rules: Rules) -> Note:
    """What keeps more in the race until the end; a bracket is made to have fewer and fewer."""
    format_ = rules.format
    if not format_.competitive:
        return note("lower_goal", N_("Consider a shorter window, a lower target, or tiers."))
    if format_.own_targets(rules.params) or format_.key == "most_improved":
        return note("shorter", N_("Consider a shorter window, or more winners."))
    return note(
        "keep_open", N_("Consider a shorter window, more winners, or percent of own target.")
    )


def _one_record(told: Sequence[Play]) -> list[Finding]:
    measured = [p for p in told if p.largest is not None]
    changed = sum(1 for p in measured if p.largest is not None and p.largest.changes)
    if not measured:
        return []
    says = N_("Without the largest single record, others would have won {count} of {plays} times.")
    said = note("one_record", says, count=str(changed), plays=str(len(told)))
    advice = note("cap", N_("Consider counting records, or points with a cap."))
    return [Finding(said, advice if changed >= OFTEN * len(told) else None)]


def _never_alone(told: Sequence[Play]) -> list[Finding]:
    """Eliminations whose rounds were over before one alone was left."""
    several = sum(1 for p in told if p.still_in is not None and p.still_in > 1)
    if not several:
        return []
    says = N_("{count} of {plays} times several were still in when the rounds were over.")
    said = note("several_left", says, count=str(several), plays=str(len(told)))
    advice = note(
        "more_leave", N_("Consider more rounds, more who leave each time, or a tie-break.")
    )
    return [Finding(said, advice if several >= OFTEN * len(told) else None)]


def _feed(rehearsal: Rehearsal) -> list[Finding]:
    """Power hours: how fast records arrive, by the rule that refuses a launch."""
    rules, feed = rehearsal.plays[0].rules, rehearsal.feed
    if (said := told_feed(rules, feed)) is None:
        return []
    if feed is None:
        advice = N_("Log a record, and look how soon a board shows it.")
        return [Finding(said, note("try_feed", advice))]
    slow = N_("Choose longer hours, or a faster source: it cannot be launched like this.")
    return [Finding(said, note("slow_feed", slow) if is_too_slow(rules, feed) else None)]


def _level(told: Sequence[Play]) -> list[Finding]:
    tied = sum(1 for p in told if p.tied)
    if not tied:
        return []
    says = N_("{count} of {plays} times there was a tie at a place that wins.")
    said = note("ties", says, count=str(tied), plays=str(len(told)))
    advice = None
    if tied >= OFTEN * len(told) and not told[0].rules.ties.chain:
        advice = note("tie_break", N_("Consider a tie-break, or a metric with finer steps."))
    return [Finding(said, advice)]


def _one_winner(rules: Rules) -> list[Finding]:
    """Rules that leave open how many win where several could: one does."""
    is_open = rules.format.competitive and not rules.winners_written
    if not is_open or rules.format.key in FOR_ONE:
        return []
    says = N_("How many win is not written, so one place does.")
    advice = N_("Consider “winners: 3”: several winners motivate more than one.")
    return [Finding(note("one_winner", says), note("several_winners", advice))]


def _cost(costs: Iterable[Cost]) -> list[Finding]:
    return [_one_cost(cost) for cost in costs]


def _one_cost(cost: Cost) -> Finding:
    expected, worst = amount_text(cost, cost.expected), amount_text(cost, Fraction(cost.worst))
    if cost.most is None:
        says = N_("It would have cost {expected} on average and {worst} at worst, without a limit.")
        advice = note("limit", N_("Consider a limit for what has none."))
        return Finding(note("cost", says, expected=expected, worst=worst), advice)
    says = N_("It would have cost {expected} on average, {worst} at worst; at most {limit}.")
    limit = amount_text(cost, Fraction(cost.most))
    return Finding(note("cost", says, expected=expected, worst=worst, limit=limit))


def amount_text(cost: Cost, amount: Fraction) -> str:
    """As the rulebook writes prizes: "500.00 EUR", "100 points"; money to the cent, half up."""
    if cost.currency is not None:
        return str(Money(int(round_to(amount, 0)), cost.currency))
    words = {"day_off": "day off"}
    shown = as_text(Fraction(round_to(amount, 1)))
    return f"{shown} {words.get(cost.kind, cost.kind)}"


def _mean(total: int, count: int) -> str:
    """With one decimal where it is not whole."""
    return as_text(Fraction(round_to(Fraction(total, count), 1)))
