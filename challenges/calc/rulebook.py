"""The rules of a challenge in plain words, from its configuration alone."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from challenges.calc.formats.base import Format, by_score
from challenges.calc.formats.measure import Measure
from challenges.calc.moments import iso_in
from challenges.calc.notes import Note, note
from challenges.calc.rules import (
    AfterOfficial,
    Criterion,
    EntrantKind,
    LateJoiners,
    Prize,
    PrizeFor,
    PrizeKind,
    Rules,
    ScoresFrom,
    TeamScore,
    TieRule,
    Visibility,
)
from kernel.issues import N_
from kernel.money import Money
from kernel.numbers import as_text

AT_THE_START = note("at_the_start", N_("Only those who are there at the start play."))
OF_THAT_DAY = note(
    "of_that_day",
    N_("A record counts for the team to which its person belonged on the day it happened."),
)
KEPT = note("kept", N_("Whoever leaves or changes team keeps what they have scored."))
PRORATED = note(
    "prorated_rule",
    N_("Own targets are lowered by the working days on which somebody is not there."),
)
Sentence = tuple[str, dict[str, str]]


def rulebook(rules: Rules, language: str = "en") -> list[Sentence]:
    """Sentences as (English template, parameters); the edge translates and fills them in.

    `language` chooses between names that the document gives in several languages.
    """
    notes = [
        note("title", N_("{name}: {format}."), name=rules.name(language), format=_title(rules)),
        *_who(rules),
        *rules.format.describe(rules.params),
        *_when(rules),
        *_bar(rules),
        *([_ties(rules)] if rules.format.competitive else []),
        *(_prize(prize) for prize in rules.prizes),
        *([] if rules.format.frozen else _after(rules)),
        *_charged(rules),
        *_looked_at(rules),
        *_seen(rules),
    ]
    return [(one.template, dict(one.params)) for one in notes]


def _title(rules: Rules) -> str:
    format_: Format = rules.format
    return format_.title


def _who(rules: Rules) -> list[Note]:
    entrants = rules.entrants
    found = []
    if entrants.kind is EntrantKind.TEAM:
        found.append(_team(rules))
    else:
        found.append(note("people", N_("Each person competes for themselves.")))
    if entrants.teams is not None:
        teams = ", ".join(entrants.teams)
        found.append(note("teams", N_("Only these teams: {teams}."), teams=teams))
    if entrants.people is not None:
        count = str(len(entrants.people))
        found.append(note("named", N_("Only the {count} people named."), count=count))
    if rules.format.joins_late:
        found.extend(_late(rules))
    elif entrants.kind is EntrantKind.PERSON:
        found.append(AT_THE_START)
    if entrants.kind is EntrantKind.TEAM:
        found.append(OF_THAT_DAY)
    elif rules.format.play is None:
        found.append(KEPT)
    if rules.prorate and rules.format.own_targets(rules.params):
        found.append(PRORATED)
    return found


def _team(rules: Rules) -> Note:
    match rules.entrants.team_score:
        case TeamScore.SUM:
            return note("team_sum", N_("Teams compete; a team's score is that of all together."))
        case TeamScore.MEAN:
            return note("team_mean", N_("Teams compete; a team's score is the mean per head."))
        case TeamScore.PER_FTE:
            return note("team_fte", N_("Teams compete by score per full-time equivalent."))
        case TeamScore.BEST_N:
            best = str(rules.entrants.best_n)
            return note("team_best", N_("Teams compete by their best {best} members."), best=best)


def _late(rules: Rules) -> list[Note]:
    entrants = rules.entrants
    found = []
    match entrants.late_joiners:
        case LateJoiners.CLOSED:
            return [note("late_closed", N_("Nobody can join after the start."))]
        case LateJoiners.OPEN_UNTIL:
            share = as_text(entrants.open_until * 100)
            template = N_("Joining is possible until {share} % of the time has passed.")
            found.append(note("late_until", template, share=share))
    if entrants.scores_from is ScoresFrom.START:
        return [*found, note("late_start", N_("Whoever joins later counts from the start."))]
    template = N_("Whoever joins later counts from the day of joining.")
    return [*found, note("late_joining", template)]


def _when(rules: Rules) -> list[Note]:
    zone = rules.zone
    found = [
        note(
            "window",
            N_("It counts from {start} until just before {end} ({zone}), by when it happened."),
            start=iso_in(rules.start, zone),
            end=iso_in(rules.end, zone),
            zone=zone.key,
        ),
        note(
            "cut_off",
            N_("What is entered late still counts when it is known by {cut_off}."),
            cut_off=iso_in(rules.cut_off_at, zone),
        ),
    ]
    found.extend(
        note(
            "pause",
            N_("Nothing counts from {start} until {end}."),
            start=iso_in(pause.start, zone),
            end=iso_in(pause.end, zone),
        )
        for pause in rules.pauses
    )
    return found


def _bar(rules: Rules) -> list[Note]:
    barred = rules.format.barred or rules.format.decide is by_score
    if rules.lower_wins or not barred:
        return []
    if rules.minimum is None:
        return [note("above_zero", N_("Without a score above zero there is no rank and no prize."))]
    minimum = as_text(rules.minimum)
    template = N_("Below a score of {minimum} there is no rank and no prize.")
    return [note("minimum", template, minimum=minimum)]


def _ties(rules: Rules) -> Note:
    match rules.ties.rule:
        case TieRule.SHARE:
            return note(
                "ties_share",
                N_("Equal scores share the rank (1, 1, 3), and each gets that rank's prize."),
            )
        case TieRule.POOL:
            return note(
                "ties_pool",
                N_("Equal scores share the rank; the prizes of their places are added and split."),
            )
        case TieRule.CHAIN:
            chain = ", then ".join(criterion(link).text() for link in rules.ties.chain)
            return note("ties_chain", N_("Between equal scores decides: {chain}."), chain=chain)


def criterion(link: Criterion) -> Note:
    """What one link of a tie-break chain looks at, as a part of a sentence."""
    match link.by, link.measure:
        case "percent_of_target", Measure(metric=metric):
            return note(
                link.by, N_("the higher percent of own target of “{metric}”"), metric=metric
            )
        case _, Measure(metric=metric, count=count):
            templates = {
                (False, False): N_("the higher total of “{metric}”"),
                (False, True): N_("the lower total of “{metric}”"),
                (True, False): N_("the higher number of “{metric}”"),
                (True, True): N_("the lower number of “{metric}”"),
            }
            return note(link.by, templates[count, link.lower], metric=metric)
        case "earliest", _:
            return note(link.by, N_("who was there first"))
        case "larger_denominator", _:
            return note(link.by, N_("the larger base"))
    return note(link.by, N_("a draw by lot"))


def _prize(prize: Prize) -> Note:
    what = _what(prize)
    match prize.purpose:
        case PrizeFor.RANK if prize.first == prize.last:
            return note("p_rank", N_("Rank {rank}: {what}."), rank=str(prize.first), what=what)
        case PrizeFor.RANK:
            template = N_("Ranks {first} to {last}: {what} each.")
            first, last = str(prize.first), str(prize.last)
            return note("p_ranks", template, first=first, last=last, what=what)
        case PrizeFor.THRESHOLD:
            template = N_("From a score of {at}: {what}.")
            return note("p_threshold", template, at=as_text(prize.at), what=what)
        case PrizeFor.TIER:
            return note("p_tier", N_("Tier {tier}: {what}."), tier=str(prize.tier), what=what)
        case PrizeFor.UNIT if prize.at_most is None:
            template = N_("For every {every}: {what}.")
            return note("p_unit", template, every=as_text(prize.every), what=what)
        case PrizeFor.UNIT:
            return note(
                "p_unit_most",
                N_("For every {every}: {what}, at most {most} times."),
                every=as_text(prize.every),
                what=what,
                most=str(prize.at_most),
            )
        case PrizeFor.WINNERS:
            return note("p_winners", N_("Every winner: {what}."), what=what)
        case PrizeFor.ALL:
            return note("p_all", N_("Everyone with a rank: {what}."), what=what)
        case PrizeFor.POT:
            return _pot(prize)
        case PrizeFor.SHARE:
            template = N_("{what} are shared by the parts of the total; every cent is given.")
            return note("p_share", template, what=what)
        case PrizeFor.DRAW if prize.times == 1:
            return note("p_drawn_once", N_("Drawn by lot: {what}."), what=what)
        case PrizeFor.DRAW:
            template = N_("Drawn by lot, {times} times: {what}.")
            return note("p_draw", template, times=str(prize.times), what=what)


def _pot(prize: Prize) -> Note:
    """Tied places add their parts, whatever the tie rule: a pot pays no more than is in it."""
    share = as_text(prize.of_total * 100)
    split = ", ".join(f"{as_text(part * 100)} %" for part in prize.split)
    if prize.at_most is None:
        template = N_(
            "A pot of {share} % of everyone's total is split between the places: {split}. Equal "
            "places add their parts and split them."
        )
        return note("p_pot", template, share=share, split=split)
    return note(
        "p_pot_most",
        N_(
            "A pot of {share} % of everyone's total, at most {what}, is split between the places: "
            "{split}. Equal places add their parts and split them."
        ),
        share=share,
        split=split,
        what=_what(replace(prize, amount=prize.at_most)),
    )


def _charged(rules: Rules) -> list[Note]:
    """What earlier challenges leave to this one, without whose it is."""
    counts: dict[str, int] = {}
    for charge in rules.charges:
        counts[charge.origin] = counts.get(charge.origin, 0) + 1
    return [
        note(
            "charged",
            N_(
                "Charged from {challenge}, where records were revised after the signature: "
                "{count}. Each counts here from the start."
            ),
            challenge=origin,
            count=str(count),
        )
        for origin, count in sorted(counts.items())
    ]


def _looked_at(rules: Rules) -> list[Note]:
    """Which records are put under review."""
    rule = rules.integrity
    if rule is None:
        return []
    found = [note("review", N_("Odd records are looked at; they count until they are rejected."))]
    if rule.minimum_value is not None:
        template = N_("Looked at: records worth less than {minimum}.")
        found.append(note("review_small", template, minimum=as_text(rule.minimum_value)))
    if rule.most_per_day is not None:
        template = N_("Looked at: more than {most} records of one kind by one person on one day.")
        found.append(note("review_many", template, most=str(rule.most_per_day)))
    if rule.duplicates:
        found.append(note("review_twice", N_("Looked at: same customer, day and value again.")))
    if rule.back_dated_days is not None:
        template = N_("Looked at: records entered more than {days} days after they happened.")
        found.append(note("review_late", template, days=str(rule.back_dated_days)))
    if rule.bulk is not None:
        template = N_("Looked at: {count} records or more entered within {minutes} minutes.")
        minutes = str(rule.bulk.within // timedelta(minutes=1))
        found.append(note("review_bulk", template, count=str(rule.bulk.records), minutes=minutes))
    if rule.spike is not None:
        template = N_("Looked at: {part} % of a total or more in the last {last} % of the window.")
        part, last = as_text(100 * rule.spike.share), as_text(100 * rule.spike.last)
        found.append(note("review_spike", template, part=part, last=last))
    if rule.splits is not None:
        template = N_("Looked at: {count} records or more with one customer within {days} days.")
        days = str(rule.splits.within // timedelta(days=1))
        found.append(note("review_split", template, count=str(rule.splits.records), days=days))
    return found


def _seen(rules: Rules) -> list[Note]:
    """What entrants see of the board, where it is not the usual."""
    found, rule = [], rules.visibility
    if replace(rule, freeze=Fraction(0), at_ceremony=False) != Visibility():
        params = {"top": str(rule.top), "neighbours": str(rule.neighbours)}
        template = N_("Everybody sees the first {top}, and {neighbours} on each side of their own.")
        if rule.top_share:
            params["share"] = as_text(rule.top_share * 100)
            template = N_(
                "Everybody sees the first {top} (or {share} % of the ranked, if that is more), "
                "and {neighbours} on each side of their own."
            )
        found.append(note("seen", template, **params))
    if rules.frozen_from is not None:
        template = N_("From {frozen} the board stands still until the result is official.")
        if rule.at_ceremony:
            template = N_("From {frozen} the board stands still until it is revealed.")
        found.append(note("frozen", template, frozen=iso_in(rules.frozen_from, rules.zone)))
    return found


def _what(prize: Prize) -> str:
    if prize.kind is PrizeKind.MONEY and prize.currency is not None:
        return str(Money(prize.amount, prize.currency))
    words = {PrizeKind.POINTS: "points", PrizeKind.DAY_OFF: "day off"}
    return f"{prize.amount} {prize.label or words.get(prize.kind, prize.kind.value)}"


def _after(rules: Rules) -> list[Note]:
    found = [
        note(
            "before_official",
            N_("Until the result is official, a cancelled or corrected record changes it."),
        )
    ]
    match rules.after_official:
        case AfterOfficial.FINAL:
            found.append(note("after_final", N_("After that the result is final.")))
        case AfterOfficial.AMEND:
            found.append(note("after_amend", N_("After that it is amended, publicly.")))
        case AfterOfficial.AMEND_ABOVE:
            above = as_text(rules.amend_above)
            template = N_("After that it is amended only for changes of {above} or more.")
            found.append(note("after_above", template, above=above))
        case AfterOfficial.NEXT_PERIOD:
            found.append(note("after_next", N_("After that, changes go to the next period.")))
    return found
