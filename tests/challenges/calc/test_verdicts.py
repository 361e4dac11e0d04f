"""What a rehearsal says and advises fits the way of competing that was rehearsed."""

from fractions import Fraction

import pytest

from challenges.calc import Record
from challenges.calc.arrivals import Feed
from challenges.calc.rehearsal import Game, play, rehearse
from challenges.calc.roster_files import read_roster
from challenges.calc.verdict import Finding, verdict
from tests.challenges.calc.builders import AFTER_ALL, people, record, rules_of

FOUR = ("ana", "ben", "cleo", "dora")
WEEKS = ("11-02", "11-09", "11-16", "11-23")
EACH = "prizes: [{for: winners, kind: money, amount: 10, currency: EUR}]\n"


def game(text: str, *records: Record) -> Game:
    return Game(rules_of(text), records, people(*FOUR))


def said(text: str, *records: Record, times: int = 3) -> dict[str, Finding]:
    done = rehearse([game(text, *records)] * times, AFTER_ALL)
    return {one.says.code: one for one in verdict(done)}


def advice(finding: Finding) -> str | None:
    return None if finding.advice is None else finding.advice.code


def sales(**values: int) -> list[Record]:
    return [record(who, who, "11-03 10:00", value) for who, value in values.items()]


def weekly(*values: int) -> list[Record]:
    """Each of the four sells the same in every week."""
    return [
        record(f"{who}{week}", who, f"{week} 10:00", value)
        for who, value in zip(FOUR, values, strict=True)
        for week in WEEKS
    ]


@pytest.mark.parametrize(
    ("format_", "in_"),
    [
        # two rounds of two matches and one, both over by the middle of November
        ("format: knockout\nscore: {metric: revenue, round_days: 7}\n", 1),
        ("format: knockout\nscore: {metric: revenue, round_days: 10}\n", 2),
        # one leaves after each week; the second one has ended, but is not decided
        ("format: elimination\nscore: {metric: revenue, round_days: 7}\n", 3),
        ("format: elimination\nscore: {metric: revenue, round_days: 20}\n", 4),
    ],
)
def test_who_is_out_at_half_time_has_no_chance_whatever_the_score(format_: str, in_: int) -> None:
    one = play(game(format_, *weekly(40, 30, 20, 10)), AFTER_ALL)
    assert one.chances == in_
    # it is made to have fewer and fewer: that is nothing to mend
    assert advice(said(format_, *weekly(40, 30, 20, 10))["chances"]) is None


def test_who_found_no_place_in_the_bracket_never_had_a_chance() -> None:
    one_round = "format: knockout\nscore: {metric: revenue, round_days: 30}\n"
    assert play(game(one_round, *weekly(40, 30, 20, 10)), AFTER_ALL).chances == 2


@pytest.mark.parametrize("format_", ["largest_record", "record"])
def test_that_one_record_decides_is_no_finding_where_it_is_the_rule(format_: str) -> None:
    text = f"format: {format_}\nscore: {{metric: revenue}}\n"
    assert "one_record" not in said(text, *sales(ana=90, ben=50))
    assert "one_record" in said("format: most\nscore: {metric: revenue}\n", *sales(ana=90, ben=50))


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ("format: most\nscore: {metric: revenue}\n", "percent"),
        ("format: over_the_line\nscore: {metric: revenue, target: 60}\n", "percent"),
        ("format: over_the_line\nscore: {metric: revenue, target: own}\n", "other_targets"),
        ("format: scorecard\nscore: {parts: [{metric: revenue}]}\n", "other_targets"),
        ("format: most_improved\nscore: {metric: revenue, baseline: roster}\n", "more_winners"),
    ],
)
def test_who_always_wins_is_answered_by_what_the_rules_do_not_do_yet(
    format_: str, expected: str
) -> None:
    rules = rules_of(format_)
    rows = "".join(f"{who},60,10\n" for who in FOUR)
    roster = read_roster("person,target,baseline\n" + rows)
    done = rehearse([Game(rules, tuple(sales(ana=90, ben=50)), roster)] * 3, AFTER_ALL)
    found = {one.says.code: one for one in verdict(done)}
    assert advice(found["same_winners"]) == expected


def test_two_who_are_unequal_are_advised_to_meet_others() -> None:
    rules = rules_of("format: duel\nscore: {metric: revenue}\n")
    two = Game(rules, tuple(sales(ana=90, ben=50)), people("ana", "ben"))
    found = {one.says.code: one for one in verdict(rehearse([two] * 3, AFTER_ALL))}
    assert advice(found["same_winners"]) == "equals"


def test_a_path_that_nobody_walks_to_its_end_says_so_and_nothing_of_chances() -> None:
    path = "format: mission_path\nscore: {acts: [{key: a, metric: revenue, target: 500}]}\n"
    found = said(path + EACH, *sales(ana=90))
    assert advice(found["nobody"]) == "lower_bar"
    assert "chances" not in found


def test_prizes_behind_the_first_place_are_told_beside_the_winners() -> None:
    share = (
        "format: proportional_share\nscore: {metric: revenue}\n"
        "prizes: [{for: share, kind: points, amount: 100}]\n"
    )
    found = said(share, *sales(ana=90, ben=50, cleo=1))
    assert found["prized"].says.text() == "On average 3 of 4 entrants would have had a prize."
    assert "chances" not in found
    assert "prized" not in said("format: most\nscore: {metric: revenue}\n" + EACH, *sales(ana=9))


def test_a_pot_without_a_limit_is_advised_one() -> None:
    pot = (
        "format: ranking_with_pot\nscore: {metric: revenue}\n"
        "prizes: [{for: pot, kind: points, of_total: 5 %, split: [60 %, 40 %]}]\n"
    )
    cost = said(pot, *sales(ana=90, ben=50))["cost"]
    assert cost.advice is not None
    assert cost.advice.text() == "Consider a limit for what has none."


def test_replays_without_anything_that_counts_say_where_to_look() -> None:
    assert advice(said("format: most\nscore: {metric: revenue}\n")["nothing"]) == "check"


def test_an_elimination_that_several_survive_is_said_and_advised_on() -> None:
    weeks = "format: elimination\nscore: {metric: revenue, round_days: 7}\n"
    # two of four are put out, and nothing is sold in the third and fourth week
    sold = [
        record(f"{who}{day}", who, f"{day} 10:00", value)
        for day, values in {"11-02": (40, 30, 20, 10), "11-09": (40, 30, 20, 0)}.items()
        for who, value in zip(FOUR, values, strict=True)
        if value
    ]
    one = play(game(weeks, *sold), AFTER_ALL)
    assert (one.still_in, one.tied) == (2, ("ana", "ben"))
    finding = said(weeks, *sold)["several_left"]
    assert finding.says.text() == ("3 of 3 times several were still in when the rounds were over.")
    assert advice(finding) == "more_leave"
    alone = weekly(40, 30, 20, 10)
    assert "several_left" not in said(weeks, *alone)
    assert play(game(weeks, *alone), AFTER_ALL).still_in == 1
    assert (
        play(game("format: most\nscore: {metric: revenue}\n", *alone), AFTER_ALL).still_in is None
    )


HOUR = """format: power_hour
score: {metric: calls, measure: count, feed_delay: 5, repeated: [{from: "10:00", to: "11:00"}]}
"""


def of_feed(text: str, feed: Feed | None, *records: Record) -> dict[str, Finding]:
    done = rehearse([game(text, *records)] * 3, AFTER_ALL, feed)
    return {one.says.code: one for one in verdict(done)}


def test_a_power_hour_tells_how_late_its_records_really_are() -> None:
    some = record("c", "ana", "11-03 09:30", metric="calls")
    fast = of_feed(HOUR, Feed(40, 5, Fraction(1, 10), Fraction(6)), some)["feed"]
    assert fast.says.text() == (
        "Of the newest 40 records that count here half were known within 1 min after they "
        "happened, 95 % within 6 min; 5 min are stated."
    )
    # 6 minutes are a tenth of the hour: just borne; a tenth of a minute more is not
    assert advice(fast) is None
    at_once = of_feed(HOUR, Feed(40, 5, Fraction(0), Fraction(0)), some)["feed"]
    assert "known within 1 min after they happened, 95 % within 1 min" in at_once.says.text()
    slow = of_feed(HOUR, Feed(40, 5, Fraction(2), Fraction(61, 10)), some)["feed"]
    assert dict(slow.says.params) == {
        "records": "40", "median": "2", "slow": "7", "stated": "5", "minutes": "60",
    }  # fmt: skip
    assert advice(slow) == "slow_feed"


def test_what_is_not_known_of_the_feed_is_said_and_other_formats_do_not_ask() -> None:
    some = record("c", "ana", "11-03 09:30", metric="calls")
    assert advice(of_feed(HOUR, None, some)["unknown_feed"]) == "try_feed"
    # also where no replay counted anything: the launch asks all the same
    nothing = of_feed(HOUR, Feed(40, 5, Fraction(2), Fraction(7)))
    assert [*nothing] == ["nothing", "feed"]
    other = said("format: most\nscore: {metric: revenue}\n", *sales(ana=5))
    assert not {"feed", "unknown_feed"} & other.keys()


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("format: most\nscore: {metric: revenue}\n", True),
        ("format: race\nscore: {metric: revenue, target: 3}\n", True),
        ("format: most\nscore: {metric: revenue}\nwinners: 1\n", False),
        ("format: most\nscore: {metric: revenue}\nwinners: all\n", False),
        # nobody is ranked, or one winner is what it is about
        ("format: over_the_line\nscore: {metric: revenue, target: 3}\n", False),
        ("format: record\nscore: {metric: revenue}\n", False),
    ],
)
def test_rules_that_leave_open_how_many_win_are_told_of(text: str, warned: bool) -> None:
    found = said(text, *sales(ana=5, ben=4)).get("one_winner")
    assert (found is not None) == warned
    assert found is None or advice(found) == "several_winners"
    # what the text means stays as it was
    assert rules_of(text).winners == (None if "all" in text else 1)
