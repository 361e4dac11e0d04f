"""The shape of a rules document: what `parse_rules` reads and `challenge_schema` prints."""

from typing import Any

from challenges.calc.formats import FORMATS
from challenges.calc.formats.measure import MEASURE_FIELDS
from challenges.calc.names import NAMES
from challenges.calc.shapes import (
    Choice,
    Currency,
    Day,
    Either,
    Field,
    ListOf,
    MomentText,
    Number,
    Obj,
    Tagged,
    Text,
    Whole,
    WholeOr,
    YesNo,
)

SCHEMA_URI = "https://json-schema.org/draft/2020-12/schema"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

WINDOW = Obj(
    {
        "start": Field(MomentText(), "first moment that counts", required=True),
        "end": Field(MomentText(), "first moment that no longer counts", required=True),
    }
)

CUT_OFF = Either(
    MomentText(),
    Obj({"working_days": Field(Whole(0, 366), "full working days after the end", required=True)}),
)

ENTRANTS = Obj(
    {
        "kind": Field(Choice(("person", "team")), "who competes", default="person"),
        "people": Field(ListOf(Text(100), 1, 100_000), "only these people"),
        "teams": Field(ListOf(Text(100), 1, 10_000), "only these teams, or people of them"),
        "team_score": Field(
            Choice(("mean", "sum", "per_fte", "best_n")),
            "how a team's score comes from its members",
            default="mean",
        ),
        "best_n": Field(Whole(1, 10_000), "how many members count with team_score best_n"),
        "late_joiners": Field(
            Choice(("always", "closed", "open_until")),
            "whether people who joined after the start compete",
            default="always",
        ),
        "open_until": Field(Number(), "share of the window in which joining is possible: 50 %"),
        "scores_from": Field(
            Choice(("joining", "start")),
            "which records of a late joiner count",
            default="joining",
        ),
    }
)

_CHAIN = Tagged(
    "by",
    {
        "second_metric": Obj(
            {
                **MEASURE_FIELDS,
                "better": Field(Choice(("higher", "lower")), "which wins", default="higher"),
            }
        ),
        "percent_of_target": Obj(MEASURE_FIELDS),
        "earliest": Obj({}),
        "larger_denominator": Obj({}),
        "draw": Obj({}),
    },
    "what decides",
)

TIES = Obj(
    {
        "rule": Field(Choice(("share", "pool", "chain")), "what equal scores mean", required=True),
        "chain": Field(ListOf(_CHAIN, 1, 8), "what decides between equal scores, in order"),
        "seed": Field(Text(100), "any text; it makes a draw replayable"),
    }
)

_PRIZE_BODY = {
    "kind": Field(
        Choice(("money", "points", "gift", "day_off", "trip", "trophy")),
        "what is won",
        required=True,
    ),
    "amount": Field(Number(above=0), "money in units of the currency, points, or how many"),
    "currency": Field(Currency(), "for money, for example EUR"),
    "label": Field(Text(), "what the gift, trip or trophy is"),
    "cost": Field(Number(at_least=0), "what one prize costs, in units of `cost_currency`"),
    "cost_currency": Field(Currency(), "currency of the cost"),
    "taxable": Field(YesNo(), "whether it is taxable", default=True),
}

PRIZE = Tagged(
    "for",
    {
        "rank": Obj(
            {
                "rank": Field(Whole(1, 100_000), "the one rank that wins it"),
                "from": Field(Whole(1, 100_000), "first of several ranks"),
                "to": Field(Whole(1, 100_000), "last of several ranks"),
                **_PRIZE_BODY,
            }
        ),
        "threshold": Obj({"at": Field(Number(), "score to reach", required=True), **_PRIZE_BODY}),
        "tier": Obj(
            {"tier": Field(Whole(1, 50), "number of the tier", required=True), **_PRIZE_BODY}
        ),
        "unit": Obj(
            {
                "every": Field(Number(above=0), "score that earns it once", required=True),
                "at_most": Field(Whole(1, 1_000_000), "how many times at most"),
                **_PRIZE_BODY,
            }
        ),
        "winners": Obj(_PRIZE_BODY),
        "all": Obj(_PRIZE_BODY),
        "pot": Obj(
            {
                "of_total": Field(
                    Number(above=0), "part of everyone's total in the pot: 5 %", required=True
                ),
                "split": Field(
                    ListOf(Number(above=0), 1, 1000),
                    "part of the pot for place 1, 2, ...: [50 %, 30 %, 20 %]",
                    required=True,
                ),
                "at_most": Field(Number(above=0), "most that is in the pot"),
                **{key: spec for key, spec in _PRIZE_BODY.items() if key != "amount"},
            }
        ),
        "share": Obj(_PRIZE_BODY),
        "draw": Obj(
            {"times": Field(Whole(1, 10_000), "how many are drawn", default=1), **_PRIZE_BODY}
        ),
    },
    "what it is won for",
)

CALENDAR = Obj(
    {
        "country": Field(Text(2), "two letters; its public holidays are no working days"),
        "subdivision": Field(Text(20), "region with own holidays"),
        "weekdays": Field(ListOf(Choice(WEEKDAYS), 1, 7), "working weekdays", default=WEEKDAYS[:5]),
        "closed": Field(ListOf(Day()), "further days off", default=()),
    }
)

AFTER_OFFICIAL = Obj(
    {
        "policy": Field(
            Choice(("final", "amend", "amend_above", "next_period")),
            "what a revision after signing does",
            default="final",
        ),
        "above": Field(Number(at_least=0), "amend_above: smallest change of the score"),
    }
)

BUDGET = Obj(
    {
        "amount": Field(Number(at_least=0), "in units of the currency", required=True),
        "currency": Field(Currency(), "for example EUR", required=True),
        "over": Field(
            Choice(("refuse", "warn")), "when the prizes can cost more", default="refuse"
        ),
    }
)

INTEGRITY = Obj(
    {
        "minimum_value": Field(Number(), "records worth less are reviewed"),
        "most_per_day": Field(Whole(1, 10_000), "more of one metric in one person's day"),
        "duplicates": Field(YesNo(), "same customer, day and value again", default=False),
        "back_dated_days": Field(Whole(0, 366), "entered more days after it happened"),
        "bulk": Field(
            Obj(
                {
                    "records": Field(Whole(2, 10_000), "from so many records", required=True),
                    "minutes": Field(Whole(1, 10_080), "within so many minutes", required=True),
                }
            ),
            "records of one person that were entered at once",
        ),
        "spike": Field(
            Obj(
                {
                    "last": Field(Number(above=0), "last part of the window", required=True),
                    "share": Field(Number(above=0), "from this share of the total", required=True),
                }
            ),
            "a large share of one person's total at the end",
        ),
        "splits": Field(
            Obj(
                {
                    "records": Field(Whole(2, 10_000), "from so many records", required=True),
                    "days": Field(Whole(1, 366), "within so many days", required=True),
                }
            ),
            "records of one person with one customer",
        ),
    }
)

VISIBILITY = Obj(
    {
        "top": Field(Whole(0, 100_000), "how many places everybody sees", default=3),
        "top_share": Field(Number(at_least=0), "the same as a share of the ranked: 10 %"),
        "neighbours": Field(Whole(0, 1000), "rows on each side of one's own", default=2),
        "freeze": Field(
            Number(at_least=0), "last part of the window in which the public board stands still"
        ),
        "reveal": Field(
            Choice(("official", "ceremony")),
            "when a frozen board is shown: with the signature, or by hand afterwards",
            default="official",
        ),
    }
)

PAUSE = Obj(
    {
        "start": Field(MomentText(), "first moment of the pause", required=True),
        "end": Field(MomentText(), "first moment after it", required=True),
    }
)

CHARGE = Obj(
    {
        "person": Field(Text(100), "whose score it changes", required=True),
        "metric": Field(Text(100), "a metric that counts here", required=True),
        "value": Field(Number(), "what it adds to the total; may be negative", required=True),
        "records": Field(
            Whole(-1, 1),
            "what it adds to a number of records: -1 for one that was cancelled; the sign of "
            "the value if not written",
        ),
        "record": Field(Text(260), "the correction or cancellation it is for", required=True),
        "from": Field(Text(100), "the challenge it comes from", required=True),
    }
)

DOCUMENT: dict[str, Field] = {
    "version": Field(Choice(("1",)), "version of this document format", default="1"),
    "key": Field(Text(100), "short identifier", required=True),
    "name": Field(NAMES, "what people read"),
    "timezone": Field(Text(60), "IANA zone, for example Europe/Paris", required=True),
    "window": Field(WINDOW, "half-open: the end itself does not count", required=True),
    "cut_off": Field(CUT_OFF, "until when late arrivals count; 3 working days if not written"),
    "official_at": Field(MomentText(), "when the result was signed"),
    "cancelled_at": Field(MomentText(), "when the challenge was cancelled"),
    "published": Field(YesNo(), "false is a draft", default=True),
    "pauses": Field(ListOf(PAUSE), "stretches in which nothing counts", default=()),
    "extend_for_pauses": Field(YesNo(), "add the pauses to the end", default=True),
    "entrants": Field(ENTRANTS, "who competes; everybody on the roster if not written"),
    "minimum": Field(Number(), "lowest score that is ranked; above zero if not written"),
    "winners": Field(
        WholeOr("all", Whole(1, 100_000)),
        "how many places win, or all; several motivate more than one",
        default=1,
    ),
    "ties": Field(TIES, "equal scores share the rank if not written"),
    "prizes": Field(ListOf(PRIZE, 0, 100), "what is won", default=()),
    "after_official": Field(AFTER_OFFICIAL, "revisions after signing; final if not written"),
    "budget": Field(BUDGET, "what all prizes may cost together; no limit if not written"),
    "integrity": Field(INTEGRITY, "which records are put under review; none if not written"),
    "visibility": Field(VISIBILITY, "what entrants see of the board; the top and around oneself"),
    "charges": Field(
        ListOf(CHARGE, 0, 10_000),
        "what was revised after an earlier challenge was signed; counts here from the start",
        default=(),
    ),
    "prorate": Field(YesNo(), "own targets by working days of presence", default=True),
    "calendar": Field(CALENDAR, "working days; Monday to Friday if not written"),
    "decimals": Field(Whole(0, 10), "decimals of the shown score", default=2),
}


def score_fields(key: str) -> Obj:
    """The `score` table of one format."""
    extra: dict[str, Field] = {}
    if FORMATS[key].lower_may_win:
        extra["better"] = Field(Choice(("higher", "lower")), "which score wins", default="higher")
    return Obj(dict(FORMATS[key].shape.fields) | extra)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a rules document, all formats included."""
    common = Obj(DOCUMENT).schema()
    common["properties"]["version"] = {"enum": [1, "1"]}
    common["properties"] |= {
        "format": {"enum": sorted(FORMATS), "description": "the way of competing"},
        "score": {"type": "object", "description": "what counts; depends on the format"},
    }
    common["required"] += ["format", "score"]
    branches = [
        {
            "if": {"properties": {"format": {"const": key}}},
            "then": {"properties": {"score": score_fields(key).schema()}},
        }
        for key in sorted(FORMATS)
    ]
    return {
        "$schema": SCHEMA_URI,
        "title": "Rules of a challenge",
        **common,
        "allOf": branches,
    }
