"""Reading rules: everything wrong is said at once, with its line and a remedy."""

from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
import yaml

from challenges.calc import json_schema, parse_rules, rulebook
from challenges.calc.formats import FORMATS
from kernel.issues import Invalid
from tests.challenges.calc.builders import HEAD, rules_of

FULL = """
key: autumn
name: {en: Autumn race, fr: Course d'automne}
timezone: Europe/Paris
window: {start: 2026-11-01, end: 2026-12-01T18:00}
cut_off: {working_days: 2}
format: race
score: {metric: revenue, target: 100_000}
winners: 3
entrants: {teams: [north, south], late_joiners: open_until, open_until: 25 %}
ties:
  rule: chain
  chain: [{by: second_metric, metric: calls, measure: count}, {by: draw}]
  seed: x
calendar: {country: FR, weekdays: [mon, tue, wed, thu, fri], closed: [2026-12-02]}
after_official: {policy: amend_above, above: 500}
prizes:
  - {for: rank, from: 1, to: 3, kind: money, amount: 250.50, currency: EUR}
  - {for: all, kind: gift, label: Book, cost: 12, cost_currency: EUR}
"""
SCORES = {
    "most": "{metric: revenue}",
    "percent_of_target": "{metric: revenue}",
    "weighted_points": "{parts: [{metric: calls, points: 2}]}",
    "rate": "{numerator: [{metric: won}], denominator: [{metric: lost}], better: lower}",
    "average": "{metric: revenue, minimum_records: 3}",
    "largest_record": "{metric: revenue}",
    "race": "{metric: revenue, target: 5}",
    "over_the_line": "{metric: revenue, target: own}",
    "collective_goal": "{metric: revenue, target: 5, stretch: [1.2]}",
    "steps": "{metric: revenue, tiers: [1, 2], pays: highest}",
    "streak": "{metric: calls, per: week, repairs: 1}",
    "duel": "{metric: revenue, proposed_at: 2026-11-02T09:00, accept_within: 30}",
    "team_against_team": "{metric: revenue, individuals: true}\nentrants: {kind: team}",
    "tug_of_war": "{metric: revenue, target: 5, gap: 2}",
    "knockout": "{metric: revenue, seeding: {by: target_attainment, until: 2026-11-04}}",
    "league": "{metric: revenue, playoffs: 4, points: {win: 2}, round_days: 3}",
    "scorecard": "{parts: [{metric: calls, weight: 40 %, cap: 1.5}, {metric: won, target: 5}]}",
    "most_improved": "{metric: calls, baseline: {start: 2026-10-01, end: 2026-11-01}}",
    "ranking_with_minimum": "{metric: calls, reserves: [9, 5], below_reserve: lapse}",
    "ranking_with_pot": "{metric: revenue}",
    "proportional_share": "{metric: revenue}",
    "lottery": "{metric: calls, every: 5, at_most: 9, seed: secret}",
    "record": "{metric: revenue, to_beat: 100}",
    "championship": "{metric: revenue, points: [3, 2, 1], drop: 1, round_days: 6}",
    "elimination": "{metric: revenue, leave: 2, lives: 2, at_least: 5}",
    "tiered_leagues": "{metric: revenue, leagues: [{key: a, start: [ana]}, {key: b}]}",
    "mission_path": "{acts: [{key: one, metric: calls}, {key: two, metric: calls, after: []}]}",
    "power_hour": "{metric: calls, feed_delay: 1, repeated: [{from: '14:00', to: '15:00'}]}",
}


def codes(text: str) -> list[tuple[str, str, int | None]]:
    with pytest.raises(Invalid) as caught:
        parse_rules(text, file="rules.yaml")
    assert all(issue.remedy for issue in caught.value.issues)
    assert {issue.place.file for issue in caught.value.issues} == {"rules.yaml"}
    return [(i.code, i.place.path, i.place.line) for i in caught.value.issues]


def test_a_full_document() -> None:
    rules = parse_rules(FULL)
    assert rules.end == datetime(2026, 12, 1, 17, tzinfo=UTC)
    # two working days after Tuesday 18:00, with Wednesday closed
    assert rules.cut_off_at == datetime(2026, 12, 4, 17, tzinfo=UTC)
    assert rules.metrics == {"revenue", "calls"}
    assert (rules.name("fr"), rules.name("en")) == ("Course d'automne", "Autumn race")
    assert [prize.amount for prize in rules.prizes] == [25050, 1]


def test_loaded_data_and_text_give_the_same_rules() -> None:
    text = HEAD + "format: race\nscore: {metric: revenue, target: 5}\n"
    loaded = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it builds only text
    assert parse_rules(loaded) == parse_rules(text)
    assert parse_rules(loaded, text) == parse_rules(text)
    assert parse_rules(text).sha256 != parse_rules(text.replace("5", "6")).sha256


def test_all_mistakes_at_once_each_with_its_line() -> None:
    text = """key: x
timezone: Europe/Parris
window: {start: 2026-11-01}
format: race
score:
  metric: revenue
  target: -5
  measur: count
prizes:
  - {for: rank, kind: money, amount: 10}
"""
    assert codes(text) == [
        ("unknown_zone", "timezone", 2),
        ("missing_key", "window.end", 3),
        ("too_small", "score.target", 7),
        ("unknown_key", "score.measur", 8),
        ("money_without_amount", "prizes[0]", 10),
        ("rank_or_range", "prizes[0]", 10),
    ]


EVERYTHING_WRONG = """key:
timezone: Paris
window: {start: 2026-11-31, end: 2026-12-01}
cut_off: soon
official_at: {}
pauses:
  - {start: 2026-11-05}
  - {start: 2026-11-09, end: 2026-11-07}
format: rase
score: {metric: [revenue]}
winners: 0
colour: blue
entrants: {kind: teams, best_n: 2, late_joiners: open_until, open_until: 150 %}
ties: {rule: share, chain: [{by: draw}, {by: luck}]}
after_official: {policy: amend_above}
calendar: {country: XX, weekdays: [lundi], closed: [2026-12-2]}
prorate: perhaps
prizes:
  - {for: rank, from: 3, to: 2, kind: money, currency: EUR}
  - {for: rank, rank: 1, kind: gift, amount: 1.5, cost: 3}
  - {for: podium, kind: trip}
  - {for: unit, kind: gift, currency: EUR}
"""


def test_a_wrong_format_hides_nothing_that_does_not_depend_on_it() -> None:
    assert codes(EVERYTHING_WRONG) == [
        ("missing_key", "key", 1),
        ("unknown_zone", "timezone", 2),
        ("not_a_moment", "window.start", 3),
        ("not_a_moment", "cut_off", 4),
        ("unexpected", "official_at", 5),
        ("missing_key", "pauses[0].end", 7),
        ("bad_pause", "pauses[1]", 8),
        ("not_an_option", "format", 9),
        ("not_whole", "winners", 11),
        ("unknown_key", "colour", 12),
        ("not_an_option", "entrants.kind", 13),
        ("best_n", "entrants.best_n", 13),
        ("not_a_share", "entrants.open_until", 13),
        ("not_an_option", "ties.chain[1].by", 14),
        ("tie_chain", "ties.chain", 14),
        ("draw_without_seed", "ties.seed", 14),
        ("amend_above", "after_official.above", 15),
        ("not_an_option", "calendar.weekdays[0]", 16),
        ("not_a_date", "calendar.closed[0]", 16),
        ("calendar.unknown_country", "calendar", 16),
        ("not_an_option", "prorate", 17),
        ("money_without_amount", "prizes[0]", 19),
        ("ranks_reversed", "prizes[0].to", 19),
        ("whole_amount", "prizes[1].amount", 20),
        ("cost_currency", "prizes[1].cost", 20),
        ("not_an_option", "prizes[2].for", 21),
        ("missing_key", "prizes[3].every", 22),
        ("currency_without_money", "prizes[3].currency", 22),
    ]


def test_one_wrong_value_hides_no_other_check() -> None:
    good = FULL.replace("race\nscore", "most\nscore").replace(", target: 100_000", "")
    parse_rules(good)
    broken = good.replace("key: autumn", "key: []").replace("above: 500", "above: x")
    broken = broken.replace("rule: chain", "rule: luck").replace("250.50", "250.505")
    assert [(code, path) for code, path, _ in codes(broken.replace("seed: x", "seed:"))] == [
        ("unexpected", "key"),
        ("not_an_option", "ties.rule"),
        ("draw_without_seed", "ties.seed"),
        ("number.not_a_number", "after_official.above"),
        ("money.too_fine", "prizes[0].amount"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("key: [", "document.ends"),
        ("key: a\nkey: b\n", "document.doubled_key"),
        ("key: &a x\nname: *a\n", "document.alias"),
        ("just a text", "unexpected"),
        (FULL.replace("official", "oficial"), "unknown_key"),
        (FULL.replace("above: 500", ""), "amend_above"),
        (FULL.replace("  seed: x\n", ""), "draw_without_seed"),
        (FULL.replace("late_joiners: open_until, ", ""), "open_until"),
        (FULL.replace("25 %", "125 %"), "not_a_share"),
        (FULL.replace("country: FR", "country: XX"), "calendar.unknown_country"),
        (FULL.replace("currency: EUR}\n  -", "currency: EUX}\n  -"), "money.unknown_currency"),
        (FULL.replace("250.50", "250.505"), "money"),
        (FULL.replace("format: race", "format: rase"), "not_an_option"),
        (FULL + "cut_off: 2026-11-30\n", "document.doubled_key"),
        (FULL.replace("{working_days: 2}", "2026-11-30"), "early_cut_off"),
        (FULL + "official_at: 2026-12-01T19:00\n", "early_official"),
        (FULL + "pauses: [{start: 2026-11-05, end: 2026-11-05}]\n", "bad_pause"),
        (FULL.replace("target: 100_000", "target: 1e999999"), "number.too_large"),
    ],
)
def test_each_refusal(text: str, code: str) -> None:
    assert any(found.startswith(code) for found, _, _ in codes(text))


def test_lower_wins_is_for_rates_and_has_no_minimum() -> None:
    rate = f"format: rate\nscore: {SCORES['rate']}\n"
    assert rules_of(rate).lower_wins
    with pytest.raises(Invalid) as caught:
        rules_of(rate + "minimum: 3\n")
    assert [issue.code for issue in caught.value.issues] == ["minimum_with_lower"]
    with pytest.raises(Invalid):
        rules_of("format: most\nscore: {metric: revenue, better: lower}\n")


def test_a_float_in_loaded_data_is_refused() -> None:
    data: dict[str, Any] = yaml.safe_load(FULL)
    with pytest.raises(Invalid) as caught:
        parse_rules(data)
    assert [issue.code for issue in caught.value.issues] == ["document.not_exact"]


def test_the_published_schema_accepts_what_the_parser_accepts() -> None:
    assert set(SCORES) == set(FORMATS)
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    texts = [FULL, *(HEAD + f"format: {key}\nscore: {score}\n" for key, score in SCORES.items())]
    for text in texts:
        parse_rules(text)
        plain = as_json_would_be(yaml.safe_load(text))
        assert [error.message for error in validator.iter_errors(plain)] == []
    broken = as_json_would_be(yaml.safe_load(FULL))
    lenient = {"minimum": None, "prizes": None, "prorate": "no", "decimals": "3", "key": 7}
    parse_rules(broken | lenient)
    assert [error.message for error in validator.iter_errors(broken | lenient)] == []
    for key, value in (("window", {"start": "x"}), ("format", "rase"), ("score", {}), ("foo", 1)):
        assert list(validator.iter_errors(broken | {key: value})), key


def as_json_would_be(value: Any) -> Any:
    match value:
        case dict():
            return {key: as_json_would_be(inner) for key, inner in value.items()}
        case list():
            return [as_json_would_be(inner) for inner in value]
        case str() | bool() | int() | float() | None:
            return value
    return value.isoformat()


@pytest.mark.parametrize("key", SCORES)
def test_rulebook_says_each_rule_and_fills_every_gap(key: str) -> None:
    rules = rules_of(f"format: {key}\nscore: {SCORES[key]}\n")
    sentences = [template.format(**params) for template, params in rulebook(rules)]
    assert sentences[0].startswith("november: ")
    assert any("2026-12-04T00:00:00+01:00" in sentence for sentence in sentences)
    assert all("{" not in sentence for sentence in sentences)


def test_rulebook_of_the_full_document() -> None:
    book = rulebook(parse_rules(FULL), "fr")
    sentences = [template.format(**params) for template, params in book]
    assert sentences[:6] == [
        "Course d'automne: Race to target.",
        "Each person competes for themselves.",
        "Only these teams: north, south.",
        "Joining is possible until 25 % of the time has passed.",
        "Whoever joins later counts from the day of joining.",
        "Whoever leaves or changes team keeps what they have scored.",
    ]
    assert "Ranks 1 to 3: 250.50 EUR each." in sentences
    assert (
        "Between equal scores decides: the higher number of “calls”, then a draw by lot."
    ) in sentences


LOWERED = "Own targets are lowered by the working days on which somebody is not there."
OF_THAT_DAY = "A record counts for the team to which its person belonged on the day it happened."
KEPT = "Whoever leaves or changes team keeps what they have scored."


def told(text: str) -> list[str]:
    return [template.format(**params) for template, params in rulebook(rules_of(text))]


@pytest.mark.parametrize(
    ("joining", "sentences"),
    [
        ("late_joiners: closed", ["Nobody can join after the start."]),
        ("late_joiners: always", ["Whoever joins later counts from the day of joining."]),
        ("late_joiners: open_until, open_until: 25 %, scores_from: start",
         ["Joining is possible until 25 % of the time has passed.",
          "Whoever joins later counts from the start."]),
    ],
)  # fmt: skip
def test_the_rulebook_says_what_counts_of_who_joins_late(
    joining: str, sentences: list[str]
) -> None:
    said = told(f"format: most\nscore: {{metric: revenue}}\nentrants: {{{joining}}}\n")
    assert [one for one in said if "join" in one.lower()] == sentences


@pytest.mark.parametrize(
    ("text", "kept", "of_that_day", "lowered"),
    [
        ("format: most\nscore: {metric: revenue}\n", True, False, False),
        ("format: most\nscore: {metric: revenue}\nentrants: {kind: team}\n", False, True, False),
        ("format: elimination\nscore: {metric: revenue}\n", False, False, False),
        ("format: percent_of_target\nscore: {metric: revenue}\n", True, False, True),
        ("format: percent_of_target\nscore: {metric: revenue}\nprorate: false\n",
         True, False, False),
        ("format: over_the_line\nscore: {metric: revenue, target: own}\n", True, False, True),
        ("format: over_the_line\nscore: {metric: revenue, target: 5}\n", True, False, False),
        ("format: scorecard\nscore: {parts: [{metric: revenue, target: 5}, {metric: calls}]}\n",
         True, False, True),
        ("format: scorecard\nscore: {parts: [{metric: revenue, target: 5}]}\n",
         True, False, False),
    ],
)  # fmt: skip
def test_the_rulebook_says_what_becomes_of_who_leaves_moves_or_is_away(
    text: str, kept: bool, of_that_day: bool, lowered: bool
) -> None:
    said = told(text)
    assert [KEPT in said, OF_THAT_DAY in said, LOWERED in said] == [kept, of_that_day, lowered]
