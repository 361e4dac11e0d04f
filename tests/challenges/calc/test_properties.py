"""Laws of the engine, against independent oracles."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import Cancellation, Entry, Record, canonical
from challenges.calc.rules import Rules
from tests.challenges.calc.builders import people, result, rules_of, won

NAMES = ("ana", "ben", "cleo", "dora")
START = datetime(2026, 10, 31, 23, tzinfo=UTC)
END = datetime(2026, 11, 30, 23, tzinfo=UTC)
CUT_OFF = datetime(2026, 12, 3, 23, tzinfo=UTC)
FORMATS = [
    "format: most\nscore: {metric: revenue}\n",
    "format: race\nwinners: all\nscore: {metric: revenue, target: 12}\n",
    "format: weighted_points\nscore: {parts: [{metric: revenue, points: 2, cap_per_day: 9}]}\n",
    "format: average\nscore: {metric: revenue}\n",
    "format: largest_record\nscore: {metric: revenue}\n",
    "format: steps\nscore: {metric: revenue, tiers: [3, 8], pays: every}\n",
    "format: collective_goal\nscore: {metric: revenue, target: 30}\n",
    "format: streak\nscore: {metric: revenue, at_least: 4}\n",
    "format: knockout\nscore: {metric: revenue}\n",
    "format: league\nscore: {metric: revenue, playoffs: 2}\n",
    "format: scorecard\nscore: {parts: [{metric: revenue, target: 9, floor: 0.5, cap: 2}]}\n",
    "format: most_improved\n"
    "score: {metric: revenue, baseline: {start: 2026-10-31, end: 2026-11-01}, floor: 2}\n",
    "format: ranking_with_minimum\n"
    "score: {metric: revenue, reserves: [9, 4], below_reserve: pass_down}\n"
    "prizes: [{for: rank, from: 1, to: 3, kind: points, amount: 10}]\n",
    "format: ranking_with_pot\nscore: {metric: revenue}\n"
    "prizes: [{for: pot, of_total: 2, split: [0.5, 0.3], kind: points}]\n",
    "format: proportional_share\nscore: {metric: revenue}\n"
    "prizes: [{for: share, kind: points, amount: 10}]\n",
    "format: lottery\nscore: {metric: revenue, every: 2, seed: x}\n"
    "prizes: [{for: draw, kind: gift, times: 2}]\n",
    "format: record\nscore: {metric: revenue}\n",
    "format: championship\nscore: {metric: revenue, points: [5, 3, 1], drop: 1}\n",
    "format: elimination\nscore: {metric: revenue, lives: 2, at_least: 2}\n",
    "format: tiered_leagues\nscore: {metric: revenue, inactive: down,"
    " leagues: [{key: a, start: [ana, ben]}, {key: b, start: [cleo]}]}\n",
    "format: mission_path\nscore: {acts: [{key: a, metric: revenue, target: 5},"
    " {key: b, metric: revenue, per: day, times: 2}]}\n",
    "format: power_hour\nscore: {metric: revenue, feed_delay: 0,"
    " repeated: [{from: '08:00', to: '16:00'}]}\n",
]
PLAIN: list[Rules] = [rules_of(text) for text in FORMATS]
CHARGES = (
    "charges: [{person: ana, metric: revenue, value: -3, record: x, from: october},"
    " {person: cleo, metric: revenue, value: 2.5, records: 0, record: y, from: october}]\n"
)
RULES: list[Rules] = [
    *PLAIN,
    *(
        rules_of(text + CHARGES)
        for text, plain in zip(FORMATS, PLAIN, strict=True)
        if plain.format.takes_charges
    ),
]


@st.composite
def logs(draw: st.DrawFn) -> list[Entry]:
    """Records around the window, some late, some corrected, moved or cancelled."""
    found: list[Entry] = []
    for number in range(draw(st.integers(0, 14))):
        occurred = START + timedelta(hours=draw(st.integers(-30, 31 * 24)))
        known = occurred + timedelta(hours=draw(st.sampled_from([0, 0, 1, 50, 300])))
        person = draw(st.sampled_from(NAMES))
        value = Fraction(draw(st.integers(-4, 10)))
        date_only = draw(st.integers(0, 9)) == 0
        id_ = f"r{number}"
        found.append(Record(id_, person, "revenue", occurred, known, value, date_only))
        for step in range(draw(st.integers(0, 2))):
            known += timedelta(hours=draw(st.sampled_from([-3, 5, 400])))
            new = f"{id_}.{step}"
            if draw(st.booleans()):
                found.append(Cancellation(new, id_, known))
                break
            person = draw(st.sampled_from(NAMES))
            value += draw(st.integers(-3, 3))
            found.append(
                Record(new, person, "revenue", occurred, known, value, date_only, supersedes=id_)
            )
            id_ = new
    return found


MOMENTS = st.integers(0, 60 * 24).map(lambda hours: START + timedelta(hours=hours))


@settings(max_examples=60, deadline=None)
@given(logs(), MOMENTS, st.sampled_from(RULES), st.randoms(use_true_random=False))
def test_order_and_redelivery_change_nothing(
    log: list[Entry], as_of: datetime, rules: Rules, random: Random
) -> None:
    shuffled = [*log, *log[: len(log) // 2]]
    random.shuffle(shuffled)
    roster, reversed_roster = people(*NAMES), people(*reversed(NAMES))
    assert canonical(result(rules, log, roster, as_of)) == canonical(
        result(rules, shuffled, reversed_roster, as_of)
    )


@settings(max_examples=40, deadline=None)
@given(logs(), st.sampled_from(RULES))
def test_a_record_that_is_not_known_yet_is_the_same_as_no_record(
    log: list[Entry], rules: Rules
) -> None:
    """Arriving one by one, at each arrival, equals the full log asked as known then."""
    roster = people(*NAMES)
    arrivals = sorted(log, key=lambda entry: entry.recorded_at)
    for count in range(1, len(arrivals) + 1):
        as_of = arrivals[count - 1].recorded_at
        if count < len(arrivals) and arrivals[count].recorded_at == as_of:
            continue
        if not _whole(arrivals[:count]):
            continue  # its predecessor is still on the way: a chain of its own until then
        full, partial = (
            result(rules, log, roster, as_of),
            result(rules, arrivals[:count], roster, as_of),
        )
        assert canonical(full) == canonical(partial)


def _whole(log: list[Entry]) -> bool:
    """Whether every predecessor is there."""
    ids = {entry.id for entry in log}
    return all(entry.supersedes is None or entry.supersedes in ids for entry in log)


def oracle_totals(log: list[Entry], as_of: datetime) -> dict[str, Fraction]:
    """A second way: walk from every root, remember the last known version."""
    by_id = {entry.id: entry for entry in log}
    next_of = {entry.supersedes: entry.id for entry in log if entry.supersedes}
    totals: dict[str, Fraction] = dict.fromkeys(NAMES, Fraction(0))
    for entry in log:
        if entry.supersedes:
            continue
        chosen: Entry | None = None
        here: str | None = entry.id
        in_time = False
        while here is not None:
            in_time |= by_id[here].recorded_at <= CUT_OFF
            if by_id[here].recorded_at <= as_of:
                chosen = by_id[here]
            here = next_of.get(here)
        if in_time and isinstance(chosen, Record) and START <= chosen.occurred_at < END:
            totals[chosen.person] += chosen.value
    return totals


@settings(max_examples=150, deadline=None)
@given(logs(), MOMENTS)
def test_totals_and_competition_ranks_agree_with_an_oracle(
    log: list[Entry], as_of: datetime
) -> None:
    totals = oracle_totals(log, as_of)
    standings = result(RULES[0], log, people(*NAMES), as_of)
    assert {row.entrant: row.score for row in standings.rows} == totals
    for row in standings.rows:
        own = totals[row.entrant]
        better = sum(1 for total in totals.values() if total > own)
        assert row.rank == (better + 1 if own > 0 else None)
        assert row.tied == (own > 0 and list(totals.values()).count(own) > 1)
        assert sum((e.amount for e in row.effects), Fraction(0)) == own


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=9),
    st.lists(st.integers(1, 999), min_size=1, max_size=6),
)
def test_pooled_prizes_sum_exactly(scores: list[int], cents: list[int]) -> None:
    prizes = "".join(
        f"  - {{for: rank, rank: {rank}, kind: money, amount: {amount // 100}.{amount % 100:02},"
        " currency: EUR}\n"
        for rank, amount in enumerate(cents, start=1)
    )
    rules = rules_of(f"{FORMATS[0]}ties: {{rule: pool}}\nprizes:\n{prizes}")
    names = [f"p{n}" for n in range(len(scores))]
    when = START + timedelta(hours=1)
    log = [
        Record(name, name, "revenue", when, when, Fraction(score))
        for name, score in zip(names, scores, strict=True)
    ]
    standings = result(rules, log, people(*names))
    ranked = sum(1 for score in scores if score > 0)
    paid: dict[str, int] = defaultdict(int)
    for entrant, _, amount in won(standings):
        paid[entrant] += amount
    assert sum(paid.values()) == sum(cents[:ranked])
    for row in standings.rows:
        equals = [paid[o.entrant] for o in standings.rows if o.rank == row.rank and o.rank]
        assert not equals or max(equals) - min(equals) <= 1
    assert all(paid[row.entrant] == 0 for row in standings.rows if row.rank is None)


@settings(max_examples=80, deadline=None)
@given(logs(), MOMENTS)
def test_race_agrees_with_a_replay_by_hand(log: list[Entry], as_of: datetime) -> None:
    timed = [e for e in log if isinstance(e, Cancellation) or not e.date_only]
    ids = {e.id for e in timed}
    timed = [e for e in timed if e.supersedes is None or e.supersedes in ids]
    standings = result(RULES[1], timed, people(*NAMES), as_of)
    for row in standings.rows:
        total, reached = Fraction(0), None
        by_moment: dict[datetime, Fraction] = defaultdict(Fraction)
        for effect in row.effects:
            by_moment[effect.record.occurred_at] += effect.record.value
        for moment in sorted(by_moment):
            total += by_moment[moment]
            if reached is None and total >= 12:
                reached = moment
        assert row.reached_at == reached
    reaches = {row.entrant: row.reached_at for row in standings.rows if row.reached_at}
    for row in standings.rows:
        own = row.reached_at
        earlier = sum(1 for moment in reaches.values() if own and moment < own)
        assert row.rank == (earlier + 1 if own else None)
