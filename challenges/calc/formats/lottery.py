"""Format 24, lottery: a ticket for every so much; the winners are drawn after the cut-off.

The seed is committed before: the rules show its SHA-256, and the seed itself can be told later.
The tickets are those that the records known at the cut-off make; what is revised afterwards
changes none. How tickets are numbered and drawn is in `challenges.calc.tickets`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from re import fullmatch

from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Format,
    Score,
    Verdict,
    additive,
    last_moment,
    text_of,
)
from challenges.calc.formats.kinds import Part, Tickets
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, Number, Obj, Text, Values, Whole, YesNo
from kernel.issues import N_, Issue, error

NO_TICKET = note("no_ticket", N_("No ticket."))
IN_THE_DRAW = note("in_the_draw", N_("In the draw, which follows after the cut-off."))


@dataclass(frozen=True, slots=True)
class Lottery:
    """What makes a ticket, how many one entrant can have, and the draw."""

    measure: Measure
    every: Fraction
    at_most: int | None
    tickets: Tickets


def _build(values: Values) -> Lottery:
    seed: str | None = values["seed"]
    committed = (values["seed_sha256"] or sha256_of_seed(seed or "")).lower()
    tickets = Tickets(committed, seed, values["win_once"])
    return Lottery(measure_from(values), values["every"], values["at_most"], tickets)


def sha256_of_seed(seed: str) -> str:
    """The commitment: hexadecimal SHA-256 of the seed in UTF-8."""
    return sha256(seed.encode()).hexdigest()


def _check(values: Values, issues: list[Issue]) -> None:
    seed, committed = values["seed"], values["seed_sha256"]
    if seed is None and committed is None:
        _refuse(
            issues,
            values,
            "seed_sha256",
            "lottery_without_seed",
            N_("A lottery needs a committed seed, so that its draw can be replayed."),
            N_("Write “seed_sha256”, the SHA-256 of a secret text, and “seed” later."),
        )
    elif committed is not None and fullmatch(r"[0-9A-Fa-f]{64}", committed) is None:
        _refuse(
            issues,
            values,
            "seed_sha256",
            "not_a_sha256",
            N_("This is not a SHA-256."),
            N_("Write its 64 hexadecimal digits."),
        )
    elif None not in (seed, committed) and committed.lower() != sha256_of_seed(seed):
        _refuse(
            issues,
            values,
            "seed",
            "other_seed",
            N_("This is not the seed that was committed: its SHA-256 is another one."),
            N_("Write the seed whose SHA-256 is “seed_sha256”."),
        )


def _refuse(
    issues: list[Issue], values: Values, key: str, code: str, message: str, remedy: str
) -> None:
    issues.append(error(code, message, remedy, values.at(key)))


def _score(params: Lottery, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    total = params.measure.total(case.records)
    tickets = max(0, total // params.every)
    tickets = tickets if params.at_most is None else min(tickets, params.at_most)
    return Score(
        Fraction(tickets),
        effects,
        achieved_at=last_moment(effects),
        parts=(Part(params.measure.metric, (("total", total), ("tickets", Fraction(tickets)))),),
    )


def _decide(
    params: Lottery,  # noqa: ARG001 - the signature of every format
    contestants: Sequence[Contestant],
    bar: Bar,  # noqa: ARG001 - the signature of every format
) -> Decision:
    return Decision({c.id: _verdict(c.score) for c in contestants})


def _verdict(score: Score) -> Verdict:
    return Verdict(winner=False, reason=IN_THE_DRAW if score.value else NO_TICKET)


def _describe(params: Lottery) -> Sequence[Note]:
    metric, every = params.measure.metric, text_of(params.every)
    template = (
        N_("Every {step} “{metric}” records are a ticket.")
        if params.measure.count
        else N_("Every {step} of “{metric}” is a ticket.")
    )
    found = [note("score", template, step=every, metric=metric)]
    if params.at_most is not None:
        most = str(params.at_most)
        found.append(note("most_tickets", N_("Nobody has more than {most} tickets."), most=most))
    found += [
        note(
            "frozen_tickets",
            N_("The tickets are frozen at the cut-off; what is corrected later changes none."),
        ),
        note(
            "committed_seed",
            N_("The seed of the draw is fixed; its SHA-256 is {hash}. It is shown with the draw."),
            hash=params.tickets.seed_sha256,
        ),
        note("win_once", N_("Each one wins at most once."))
        if params.tickets.win_once
        else note("win_often", N_("One can win several times.")),
    ]
    return found


FORMAT = Format(
    key="lottery",
    title=N_("Lottery"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "every": Field(Number(above=0), "total that makes one ticket", default=Fraction(1)),
            "at_most": Field(Whole(1, 1_000_000), "most tickets of one person"),
            "seed_sha256": Field(Text(64), "SHA-256 of the seed, written before the start"),
            "seed": Field(Text(200), "the seed itself, told when the draw is made"),
            "win_once": Field(YesNo(), "whether one can win only once", default=True),
        }
    ),
    build=_build,
    check=_check,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    decide=_decide,
    competitive=False,
    team_scores=frozenset({"sum"}),
    prizes=frozenset({"draw"}),
    tickets=lambda params: params.tickets,
    frozen=True,
)
