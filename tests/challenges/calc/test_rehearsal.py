"""Rehearsal: which windows are replayed, what is measured, and what is said of it."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.calc import parse_rules, standings
from challenges.calc.rehearsal import Cost, Game, on_time, play, rehearse
from challenges.calc.rehearsal_output import rehearsal_json
from challenges.calc.replays import replays
from challenges.calc.run import Rehearsed, Source, rehearse_texts
from challenges.calc.verdict import verdict
from kernel.documents import load_text, texts_of
from kernel.issues import Invalid
from kernel.money import Money
from tests.challenges.calc.builders import AFTER_ALL, HEAD, at, people, record, rules_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "algorithms" / "rehearsal.md"
NOVEMBER_22 = datetime(2026, 11, 22, 9, tzinfo=UTC)


def document(window: str, more: str = "") -> Mapping[str, object]:
    text = f"key: x\ntimezone: Europe/Paris\nwindow: {window}\nformat: most\n"
    plain = texts_of(load_text(f"{text}score: {{metric: revenue}}\n{more}", "rules").value)
    assert isinstance(plain, dict)
    return plain


def windows(window: str, months: int, as_of: datetime = NOVEMBER_22) -> list[str]:
    found = replays(document(window), months=months, as_of=as_of)
    return [
        f"{one.start.astimezone(one.zone):%Y-%m-%dT%H:%M}/{one.end.astimezone(one.zone):%Y-%m-%dT%H:%M}"
        for one in found
    ]


def days(window: str, months: int, as_of: datetime = NOVEMBER_22) -> list[str]:
    return [
        "/".join(part[:10] for part in one.split("/")) for one in windows(window, months, as_of)
    ]


# --- the page ---------------------------------------------------------------------------------


def of_page() -> Rehearsed:
    blocks = dict(re.findall(r"```(?:yaml|csv) (\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL))
    rules, records, roster = (Source(blocks[k], k) for k in ("rules", "records", "roster"))
    return rehearse_texts(rules, records, roster, months=3, as_of="2026-11-10")


def test_the_table_of_the_page() -> None:
    rows = []
    for one in of_page().rehearsal.plays:
        assert one.largest is not None
        cost = Money(sum(award.amount for award in one.awards), "EUR")
        cells = (
            one.rules.start.astimezone(one.rules.zone).date().isoformat(),
            ", ".join(winner.entrant for winner in one.winners),
            str(one.chances),
            ", ".join(one.tied),
            one.largest.record,
            ", ".join(one.largest.winners),
            str(cost),
        )
        rows.append(re.sub(" +", " ", f"| {' | '.join(cells)} |"))
    found = re.findall(r"^\| 2026-\d\d-01 \|.*$", PAGE.read_text(), re.MULTILINE)

    assert rows == found


def test_the_verdict_of_the_page() -> None:
    said = [
        " ".join(note.text() for note in (one.says, one.advice) if note is not None)
        for one in verdict(of_page().rehearsal)
    ]
    listed = PAGE.read_text().partition("The verdict:\n")[2].partition("## JSON")[0]

    assert said == re.findall(r"^- (.*)$", listed, re.MULTILINE)


def test_the_keys_of_the_json_are_on_the_page() -> None:
    done = of_page()
    plain = rehearsal_json(done.rules, done.rehearsal, done.as_of)
    replay = json.loads(json.dumps(plain))["replays"][0]
    keys = {*plain, *replay, *replay["winners"][0], *replay["largest_record"], *replay["awards"][0]}

    assert keys - set(re.findall(r"[a-z_0-9]+", PAGE.read_text())) == set()


# --- windows ----------------------------------------------------------------------------------


def test_a_month_is_replayed_on_the_months_before() -> None:
    expected = ["2026-10-01/2026-11-01", "2026-09-01/2026-10-01", "2026-08-01/2026-09-01"]
    assert days("{start: 2026-12-01, end: 2027-01-01}", 3) == expected
    assert days("{start: 2026-03-01, end: 2026-04-01}", 3) == expected
    assert days("{start: 2027-05-01, end: 2027-06-01}", 3) == expected


def test_a_month_whose_cut_off_has_not_passed_is_not_replayed() -> None:
    early = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert days("{start: 2026-12-01, end: 2027-01-01}", 1, early) == ["2026-09-01/2026-10-01"]


def test_a_quarter_is_replayed_on_quarters() -> None:
    assert days("{start: 2027-01-01, end: 2027-04-01}", 12) == [
        "2026-07-01/2026-10-01",
        "2026-04-01/2026-07-01",
        "2026-01-01/2026-04-01",
        "2025-10-01/2026-01-01",
    ]


def test_a_week_stays_a_week_from_monday() -> None:
    found = days("{start: 2026-12-07, end: 2026-12-14}", 4)

    assert found == [
        "2026-11-09/2026-11-16",
        "2026-10-05/2026-10-12",
        "2026-09-07/2026-09-14",
        "2026-08-10/2026-08-17",
    ]
    assert {date.fromisoformat(one[:10]).weekday() for one in found} == {0}


def test_a_power_hour_keeps_the_hour_of_the_wall_clock_over_the_clock_change() -> None:
    assert windows("{start: 2026-12-04T17:00+01:00, end: 2026-12-04T18:00+01:00}", 3) == [
        "2026-11-06T17:00/2026-11-06T18:00",
        "2026-10-02T17:00/2026-10-02T18:00",
        "2026-09-04T17:00/2026-09-04T18:00",
    ]


@pytest.mark.parametrize("months", [0, 25, 2])
def test_months_that_cannot_be_are_refused_with_the_range(months: int) -> None:
    with pytest.raises(Invalid) as refused:
        days("{start: 2026-10-01, end: 2027-01-01}", months)

    issue = refused.value.issues[0]
    assert issue.code == "rehearsal_months"
    assert issue.text() == "A rehearsal of these rules looks back 3 to 24 months."


def test_other_moments_move_along_and_what_happened_is_left_out() -> None:
    more = (
        "cut_off: 2027-01-05T12:00\nofficial_at: 2027-01-06\n"
        "pauses: [{start: 2026-12-10, end: 2026-12-11}]\nextend_for_pauses: false\n"
        "calendar: {closed: [2026-12-24]}\n"
    )
    plain = document("{start: 2026-12-01, end: 2027-01-01}", more)
    newest = replays(plain, months=1, as_of=NOVEMBER_22)[0]

    assert newest.cut_off_at == datetime(2026, 11, 5, 11, tzinfo=UTC)
    assert (newest.official_at, newest.pauses) == (None, ())
    assert newest.calendar.closed == frozenset({date(2026, 12, 24)})


@given(
    start=st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    length=st.integers(1, 120),
    months=st.integers(4, 12),
)
def test_replays_are_over_of_one_length_and_apart(start: date, length: int, months: int) -> None:
    end = date.fromordinal(start.toordinal() + length)
    whole = start.day == end.day == 1
    found = replays(document(f"{{start: {start}, end: {end}}}"), months=months, as_of=NOVEMBER_22)

    assert all(one.cut_off_at <= NOVEMBER_22 for one in found)
    local = [
        tuple(moment.astimezone(one.zone).date() for moment in (one.start, one.end))
        for one in found
    ]
    for first, last in local:
        if whole:
            assert (first.day, last.day) == (1, 1)
        else:
            assert (last - first).days == length
            assert first.weekday() == start.weekday()
    for newer, older in pairwise(local):
        assert (older[1] - newer[0]).days < 7


# --- what is measured -------------------------------------------------------------------------

MOST = "format: most\nscore: {metric: revenue}\nwinners: 1\n"


def game(rules: str, *records: object, names: tuple[str, ...] = ("ana", "ben", "cleo")) -> Game:
    return Game(rules_of(rules), records, people(*names))  # type: ignore[arg-type]  # records


def test_what_was_entered_late_counts_and_what_was_cancelled_since_does_not() -> None:
    late = record("a", "ana", "11-03 10:00", 50, known="12-15 10:00")
    old = record("b", "ben", "11-03 10:00", 70)
    new = record("b2", "ben", "11-03 10:00", 40, known="12-16 10:00", supersedes="b")
    one = play(game(MOST, late, old, new), AFTER_ALL)

    assert [(w.entrant, w.score) for w in one.winners] == [("ana", Fraction(50))]
    assert on_time(one.rules, (late, old, new), at("12-15 11:00"))[1].value == 70


def test_a_race_asks_who_could_still_have_reached_the_target() -> None:
    race = "format: race\nscore: {metric: revenue, target: 100}\nwinners: 1\n"
    one = play(
        game(
            race,
            record("a1", "ana", "11-03 10:00", 60),
            record("a2", "ana", "11-20 10:00", 60),
            record("b1", "ben", "11-05 10:00", 40),
            record("c1", "cleo", "11-05 10:00", 39),
        ),
        AFTER_ALL,
    )

    # the best gain is 60: from 40 the target is in reach, from 39 it is not
    assert (one.chances, [w.entrant for w in one.winners]) == (2, ["ana"])


def test_nobody_had_a_chance_where_nobody_could_win_and_a_common_goal_has_none() -> None:
    hard = "format: over_the_line\nscore: {metric: revenue, target: 100}\n"
    goal = "format: collective_goal\nscore: {metric: revenue, target: 100}\n"
    records = (record("a", "ana", "11-20 10:00", 30), record("b", "ben", "11-03 10:00", 10))

    assert play(game(hard, *records), AFTER_ALL).chances == 0
    assert play(game(goal, *records), AFTER_ALL).chances is None


def test_where_lower_wins_the_chance_is_the_other_way_round() -> None:
    lower = "format: average\nscore: {metric: revenue, better: lower}\n"
    one = play(
        game(
            lower,
            record("a1", "ana", "11-03 10:00", 20),
            record("a2", "ana", "11-20 10:00", 10),  # mean 15: five better
            record("b1", "ben", "11-03 10:00", 20),
            record("c1", "cleo", "11-03 10:00", 21),
        ),
        AFTER_ALL,
    )

    assert (one.chances, [w.entrant for w in one.winners]) == (2, ["ana"])


def test_one_large_record_is_taken_away() -> None:
    records = (
        record("a1", "ana", "11-03 10:00", 90),
        record("b1", "ben", "11-04 10:00", 50),
        record("b2", "ben", "11-05 10:00", 30),
    )
    largest = play(game(MOST, *records), AFTER_ALL).largest

    assert largest is not None
    assert (largest.record, largest.entrant, largest.amount) == ("a1", "ana", Fraction(90))
    assert (largest.winners, largest.changes) == (("ben",), True)


def test_where_every_record_counts_the_same_none_is_the_largest() -> None:
    calls = "format: most\nscore: {metric: revenue, measure: count}\n"
    records = (record("a1", "ana", "11-03 10:00", 90), record("b1", "ben", "11-04 10:00", 50))
    assert play(game(calls, *records), AFTER_ALL).largest is None


def test_a_tie_break_does_not_hide_a_tie() -> None:
    chain = MOST + "ties: {rule: chain, chain: [{by: earliest}]}\n"
    records = (record("a1", "ana", "11-03 10:00", 50), record("b1", "ben", "11-04 10:00", 50))
    one = play(game(chain, *records), AFTER_ALL)

    assert ([w.entrant for w in one.winners], one.tied) == (["ana"], ("ana", "ben"))


def test_a_tie_below_the_places_that_win_is_none() -> None:
    records = (
        record("a1", "ana", "11-03 10:00", 90),
        record("b1", "ben", "11-04 10:00", 50),
        record("c1", "cleo", "11-04 10:00", 50),
    )
    assert play(game(MOST, *records), AFTER_ALL).tied == ()


# --- over all replays -------------------------------------------------------------------------


def test_an_empty_replay_is_named_and_left_out() -> None:
    told = game(MOST, record("a", "ana", "11-03 10:00", 90))
    quiet = game(MOST)
    done = rehearse([told, quiet], AFTER_ALL)
    codes = [one.says.code for one in verdict(done)]

    assert (len(done.plays), len(done.told)) == (2, 1)
    assert codes == ["sound", "quiet", "reach", "chances"]
    assert [(one.entrant, one.wins, one.of) for one in done.regulars] == [("ana", 1, 1)]


def test_nothing_at_all_says_that_nothing_can_be_said() -> None:
    said = verdict(rehearse([game(MOST), game(MOST)], AFTER_ALL))
    assert [one.says.code for one in said] == ["nothing"]


def test_points_by_the_unit_have_no_limit() -> None:
    unit = MOST + "prizes: [{for: unit, every: 10, kind: points, amount: 1}]\n"
    done = rehearse([game(unit, record("a", "ana", "11-03 10:00", 95))], AFTER_ALL)

    assert done.costs == (Cost("points", None, Fraction(9), 9, None),)
    assert verdict(done)[-1].advice is not None


@pytest.mark.parametrize(
    ("target", "code"), [("200", "lower_target"), ("1", "raise_target"), ("60", None)]
)
def test_a_target_that_nobody_or_everybody_reaches(target: str, code: str | None) -> None:
    rules = f"format: over_the_line\nscore: {{metric: revenue, target: {target}}}\n"
    records = (
        record("a", "ana", "11-03 10:00", 90),
        record("b", "ben", "11-03 11:00", 50),
        record("c", "cleo", "11-03 12:00", 40),
    )
    said = {one.says.code: one for one in verdict(rehearse([game(rules, *records)], AFTER_ALL))}
    advice = said["reach"].advice

    assert (advice.code if advice else None) == code


def test_percent_of_target_is_not_advised_to_who_has_it() -> None:
    rules = HEAD + "format: percent_of_target\nscore: {metric: revenue}\nprorate: false\n"
    text = "person,target\nana,100\nben,100\ncleo,100\ndan,100\n"
    records = "id,person,occurred_at,value\n" + "".join(
        f"{who}{month},{who},2026-{month}-03T10:00,{value}\n"
        for month in ("08", "09", "10")
        for who, value in (("ana", 90), ("ben", 20))
    )
    done = rehearse_texts(
        Source(rules, "r"), Source(records, "d"), Source(text, "p"), months=3, as_of="2026-11-20"
    )
    said = {one.says.code: one for one in verdict(done.rehearsal)}

    assert said["same_winners"].says.text() == "Ana would have won 3 of 3 times.".replace(
        "Ana", "ana"
    )
    advice = said["same_winners"].advice
    assert advice is not None
    assert advice.code == "other_targets"


values = st.lists(
    st.tuples(st.sampled_from(("ana", "ben", "cleo")), st.integers(1, 29), st.integers(-5, 50)),
    max_size=12,
)


@given(values)
def test_a_replay_of_punctual_records_has_the_winners_of_the_challenge(
    rows: list[tuple[str, int, int]],
) -> None:
    records = tuple(
        record(f"r{n}", who, f"11-{day:02} 10:00", value)
        for n, (who, day, value) in enumerate(rows)
    )
    one = play(game(MOST, *records), AFTER_ALL)
    rules = parse_rules(HEAD + MOST)
    truth = standings(rules, records, people("ana", "ben", "cleo"), rules.calendar, AFTER_ALL)

    assert [w.entrant for w in one.winners] == [row.entrant for row in truth.rows if row.winner]
    assert one.chances is not None
    # who won had a chance, by the definition
    assert one.chances >= len(one.winners)
