"""The French profile: what blocks, warns and helps; what passes stands beside what does not."""

import json
import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from incentives.calc import Plan, parse_plan
from incentives.calc.exposure import exposure_of
from incentives.calc.profile import Facts, Finding, NoticeFact, Profile, RoleFact, profile_of
from incentives.calc.profile_checks import check_profile
from incentives.calc.profile_facts import read_facts
from kernel.documents import load_text
from kernel.issues import Invalid, Level
from tests.incentives.calc.building import MEASURES, plan_of

FLAT: dict[str, Any] = {"step": "flat_rate", "base": "revenue", "rate": "5 %"}
BONUS: dict[str, Any] = {"step": "step_curve", "value": "attainment", "pay": "pay",
                         "bands": [{"from": "1", "pays": "1"}]}  # fmt: skip
PRORATE: dict[str, Any] = {"step": "prorate_pay", "share": "there"}
THERE = {**MEASURES, "there": {"presence": "share"}}
JULY, JUNE = date(2026, 7, 1), date(2026, 6, 20)


def french() -> Profile:
    profile = profile_of("FR")
    assert profile is not None
    return profile


def rules_of(plan: Plan, previous: Plan | None = None, facts: Facts | None = None) -> set[str]:
    return {one.rule.key for one in check_profile(french(), plan, previous, facts)}


def one_of(findings: tuple[Finding, ...], key: str) -> Finding:
    (found,) = [one for one in findings if one.rule.key == key]
    return found


def test_the_profile_is_data_with_a_version_a_note_and_both_languages() -> None:
    profile = french()
    assert (profile.country, profile.version) == ("FR", "2026.1")
    assert "not legal advice" in profile.note["en"]
    assert "pas un conseil juridique" in profile.note["fr"]
    for rule in profile.rules.values():
        assert rule.basis
        assert set(rule.text) == set(rule.remedy) == {"fr", "en"}
        braces = [sorted(part.split("}")[0] for part in text.split("{")[1:])
                  for text in rule.text.values()]  # fmt: skip
        assert braces[0] == braces[1], rule.key
    assert profile_of("xx") is None
    assert profile_of("../fr") is None


def test_a_plain_commission_has_nothing_to_remark() -> None:
    assert rules_of(plan_of(FLAT)) == set()


# --- notices ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published_on", "read_on", "languages", "rules"),
    [
        (JUNE, date(2026, 6, 25), ("fr", "en"), set()),
        (None, None, ("fr",), {"notice_missing"}),
        (JULY, date(2026, 7, 2), ("fr",), {"notice_late"}),
        (JUNE, None, ("fr",), {"notice_unread"}),
        (JUNE, JULY, ("fr",), {"notice_unread"}),
        (JUNE, date(2026, 6, 25), ("en",), {"notice_language"}),
    ],
)
def test_notices_come_before_the_period_are_read_and_in_french(
    published_on: date | None, read_on: date | None, languages: tuple[str, ...], rules: set[str]
) -> None:
    fact = NoticeFact("Ana", JULY, published_on, read_on, languages)
    assert rules_of(plan_of(FLAT), facts=Facts(notices=[fact])) == rules


def test_a_late_notice_tells_the_exposure_in_euros_and_how_it_was_found() -> None:
    plan = plan_of(FLAT, {"step": "cap", "at": "4000"})
    fact = NoticeFact("Ana", JULY, JULY, exposure=exposure_of(plan))
    (finding,) = check_profile(french(), plan, facts=Facts(notices=[fact]))
    assert finding.warns
    assert not finding.blocks
    assert finding.issue("fr").text() == (
        "Ana a reçu ses objectifs le 2026-07-01, après le début de la période (2026-07-01)."
        " Exposition : 4000 EUR (maximum du plan)."
    )
    assert finding.issue("en").remedy_text().endswith("Basis: Code du travail L.1222-2, L.1222-3.")
    exposure = finding.as_json("en")["exposure"]
    assert exposure == {"amount": "4000", "currency": "EUR", "how": "the most that the plan pays"}


def test_the_exposure_of_a_plan_without_a_most_is_the_amount_at_target() -> None:
    given = {"objectives": {"revenue": "80000"}}
    exposure = exposure_of(plan_of(FLAT), given)
    assert exposure.amount == Fraction(4000)  # 5 % of the objective
    assert "no maximum" in exposure.how["en"]
    assert exposure_of(plan_of(BONUS), {**given, "measures": {"pay": "1500"}}).amount == 1500


# --- changes ------------------------------------------------------------------------------------


def with_rate(*values: dict[str, str], set_by: str = "contract", **top: Any) -> Plan:
    rate = {"set_by": set_by, "reference": "Contract, art. 3", "values": list(values)}
    return plan_of({**FLAT, "rate": "r"}, parameters={"r": rate}, **top)


FIRST = {"from": "2026-01-01", "value": "5 %"}
LATER = {"from": "2026-07-01", "value": "4 %"}


@pytest.mark.parametrize(
    ("later", "rules"),
    [
        ({**LATER, "amendment": "Amendment of 12 June 2026"}, set()),
        (LATER, {"contract_change"}),
        ({**LATER, "reference": "Letter of 3 May"}, {"contract_change"}),
    ],
)
def test_a_contract_parameter_changes_by_a_signed_amendment_only(
    later: dict[str, str], rules: set[str]
) -> None:
    assert rules_of(with_rate(FIRST, later), with_rate(FIRST)) == rules


def test_an_amendment_cannot_be_used_twice_nor_history_be_rewritten() -> None:
    signed = {**LATER, "amendment": "A-1"}
    before = with_rate(FIRST, signed)
    again = {"from": "2026-10-01", "value": "3 %", "amendment": "A-1"}
    assert rules_of(with_rate(FIRST, signed, again), before) == {"contract_change"}
    new = {**again, "amendment": "A-2"}
    assert rules_of(with_rate(FIRST, signed, new), before) == set()
    assert rules_of(with_rate({**FIRST, "value": "6 %"}, signed), before) == {"contract_change"}
    assert rules_of(with_rate(FIRST), before) == {"contract_change"}
    assert rules_of(plan_of(FLAT), before) == {"contract_change"}
    assert rules_of(with_rate(FIRST, signed, set_by="employer"), before) == {"contract_change"}


@pytest.mark.parametrize(
    ("kind", "day", "passes"),
    [
        ("month", "2026-08-01", True),
        ("month", "2026-08-15", False),
        ("quarter", "2026-07-01", True),
        ("quarter", "2026-08-01", False),
        ("half", "2026-07-01", True),
        ("half", "2026-10-01", False),
        ("year", "2027-01-01", True),
        ("year", "2026-07-01", False),
        ("week", "2026-07-06", True),
        ("week", "2026-07-07", False),
        ("any", "2026-07-07", True),
    ],
)
def test_the_employer_changes_a_parameter_at_the_start_of_a_period(
    kind: str, day: str, passes: bool
) -> None:
    later = {"from": day, "value": "4 %"}
    plan = with_rate(FIRST, later, set_by="employer", period=kind)
    assert rules_of(plan) == (set() if passes else {"employer_change"})
    # what was published before is not told again
    assert rules_of(plan, plan) == set()


def test_a_new_version_starts_where_a_period_of_the_one_before_starts() -> None:
    plan, middle = plan_of(FLAT), Facts(valid_from=date(2026, 8, 1))
    assert rules_of(plan, plan, middle) == {"version_start"}
    assert rules_of(plan, plan, Facts(valid_from=JULY)) == set()
    assert rules_of(plan, plan, Facts(valid_from=date(2026, 8, 1), first_month=2)) == set()
    assert rules_of(plan, None, middle) == set()


# --- presence and absence -----------------------------------------------------------------------


def test_an_amount_per_period_asks_what_a_leaver_gets() -> None:
    absences = {"sick": {"objective": True, "payout": True}}
    assert rules_of(plan_of(BONUS)) == {"leaver_pro_rata"}
    prorated = plan_of(BONUS, PRORATE, measures=THERE, absences=absences)
    assert rules_of(prorated) == set()
    (finding,) = check_profile(french(), plan_of(BONUS))
    assert finding.rule.level is Level.INFO


@pytest.mark.parametrize("key", ["employed_on_payment", "still_here", "present_at_31_march"])
def test_nobody_must_be_there_after_the_period(key: str) -> None:
    gate = {"step": "gate", "value": "there", "at_least": "1"}
    after = {**MEASURES, "there": {"given": key}}
    assert "presence_after_period" in rules_of(plan_of(FLAT, gate, measures=after))
    assert "presence_after_period" not in rules_of(plan_of(FLAT, measures=after))  # not read
    within = plan_of(FLAT, gate, measures=THERE, absences={"sick": {"payout": True}})
    assert rules_of(within) == set()


def absences_of(**table: dict[str, bool]) -> list[str]:
    plan = plan_of(BONUS, PRORATE, measures=THERE, absences=table)
    findings = check_profile(french(), plan)
    return [f"{dict(one.params)['kind']}.{dict(one.params)['switch']}" for one in findings]


def test_maternity_is_never_worse_than_other_absences() -> None:
    both, none = {"objective": True, "payout": True}, {"objective": False, "payout": False}
    assert absences_of(sick=both, maternity=both) == []
    assert absences_of(sick=both, maternity={"objective": True}) == []
    assert absences_of(sick=none, maternity=both) == ["maternity.payout"]
    assert absences_of(sick=both, parental=none) == ["parental.objective"]
    assert absences_of(leave=none, sick=both, maternity={"payout": True}) == [
        "maternity.payout",
        "maternity.objective",
    ]
    table = plan_of(BONUS, PRORATE, measures=THERE)
    assert rules_of(table) == {"absence_table"}


# --- nothing acquired is taken back -------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "rules"),
    [
        ({"step": "clawback", "negative": "allow"}, {"negative_pay"}),
        ({"step": "clawback", "negative": "carry"}, {"set_against_later_pay"}),
        ({"step": "clawback", "negative": "zero"}, set()),
        ({"step": "holdback"}, set()),
        ({"step": "true_up", "already": "0", "negative": "allow"}, {"negative_pay"}),
        ({"step": "true_up", "already": "0", "negative": "zero"}, set()),
        ({"step": "draw", "draw": "900", "on_leaving": "recover"}, {"negative_pay"}),
        ({"step": "draw", "draw": "900", "on_leaving": "waive"}, {"set_against_later_pay"}),
        ({"step": "draw", "draw": "900", "recoverable": False}, set()),
        ({"step": "fixed_amount", "amount": "-50"}, {"negative_pay", "leaver_pro_rata"}),
        ({"step": "fixed_amount", "amount": "50"}, {"leaver_pro_rata"}),
    ],
)
def test_what_was_acquired_is_not_taken_back(step: dict[str, Any], rules: set[str]) -> None:
    assert rules_of(plan_of({**FLAT, "by": "deal"}, step)) == rules


def test_a_component_that_can_fall_below_zero_is_told_and_a_floor_answers_it() -> None:
    measures = {**MEASURES, "returns": {"sum": "returned"}}
    net = {**FLAT, "base": "revenue - returns"}
    examples = [{"given": {"measures": {"revenue": "100", "returns": "40"}},
                 "expect": {"total": "3"}}]  # fmt: skip
    assert rules_of(plan_of(net, measures=measures, examples=examples)) == {"below_zero"}
    floored = plan_of(net, {"step": "floor", "at": "0"}, measures=measures, examples=examples)
    assert rules_of(floored) == set()


# --- the rest -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["rank", "sales_rank", "rang", "bottom_10", "team_quartile"])
def test_a_forced_rank_decides_no_pay(key: str) -> None:
    factor = {"step": "multiplier", "by": ["place"]}
    measures = {**MEASURES, "place": {"given": key}}
    plan = plan_of(FLAT, factor, measures=measures)
    assert one_of(check_profile(french(), plan), "forced_rank").blocks
    assert rules_of(plan_of(FLAT, measures=measures)) == set()
    assert rules_of(plan_of(FLAT, factor, measures={**MEASURES, "place": {"given": "franc"}})) == (
        set()
    )


def test_pay_outside_the_base_of_leave_asks_for_a_reason() -> None:
    one = {"key": "commission", "steps": [FLAT]}
    assert rules_of(plan_of(components=[{**one, "leave_base": False}])) == {"payroll_flags"}
    assert rules_of(plan_of(components=[one])) == set()


@pytest.mark.parametrize(
    ("market", "share", "told"),
    [("b2b", 70, False), ("b2b", 80, False), ("b2b", 69, True), ("b2c", 65, False),
     ("b2c", 76, True)],
)  # fmt: skip
def test_the_share_of_fixed_pay_is_compared_with_what_is_usual(
    market: str, share: int, told: bool
) -> None:
    facts = Facts(roles=[RoleFact("Sales", market, Fraction(share, 100))])
    assert rules_of(plan_of(FLAT), facts=facts) == ({"fixed_share"} if told else set())


def test_what_blocks_comes_first_and_every_finding_has_its_line() -> None:
    text = json.dumps({**plan_of(BONUS, {"step": "true_up", "already": "0"}).document}, indent=1)
    plan, written = parse_plan(text), load_text(text)
    found = check_profile(french(), plan, document=written)
    assert [one.rule.key for one in found] == ["negative_pay", "leaver_pro_rata"]
    assert all(one.place.line for one in found)


def test_facts_are_read_with_all_their_mistakes() -> None:
    facts = read_facts(
        "valid_from: 2026-07-01\nnotices: [{payee: Ana, starts_on: 2026-07-01}]\n"
        "roles: [{role: AE, market: b2b, fixed_share: 75 %}]\n"
    )
    assert facts == Facts(
        JULY, (NoticeFact("Ana", JULY),), (RoleFact("AE", "b2b", Fraction(3, 4)),)
    )
    with pytest.raises(Invalid) as caught:
        read_facts("notices: [{payee: Ana}]\nroles: [{role: AE, market: b2x, fixed_share: x}]\n")
    assert {one.code for one in caught.value.issues} >= {
        "plan.missing_key", "plan.unknown_choice"
    }  # fmt: skip


# --- the command --------------------------------------------------------------------------------


def test_the_command_tells_all_and_fails_when_something_blocks(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    good = plan_of(FLAT)
    file.write_text(json.dumps(dict(good.document)))
    call_command("check_plan", "--plan", str(file), "--profile", "fr", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["plan"], told["profile"]["findings"]) == (True, good.hash, [])

    bad = plan_of({**FLAT, "by": "deal"}, {"step": "clawback", "negative": "allow"})
    file.write_text(json.dumps(dict(bad.document)))
    with pytest.raises(SystemExit) as ended:
        call_command("check_plan", "--plan", str(file), "--profile", "fr", "--json",
                     "--language", "fr")  # fmt: skip
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    (finding,) = told["profile"]["findings"]
    assert (told["ok"], finding["code"]) == (False, "profile.negative_pay")
    assert finding["message"] == (
        "L'étape clawback peut reprendre ce qui a été acquis : negative: allow."
    )


# --- the page -----------------------------------------------------------------------------------

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "french-profile.md"
LEVELS = {Level.ERROR: "blocks", Level.WARNING: "warns", Level.INFO: "helps"}


def test_the_table_of_the_page_is_the_profile() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    rules = french().rules.values()
    assert rows == [(one.key, LEVELS[one.level], ", ".join(one.basis)) for one in rules]


def test_the_facts_of_the_page_find_what_it_says() -> None:
    (facts,) = re.findall(r"```yaml facts\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert rules_of(plan_of(FLAT), facts=read_facts(facts)) == {"notice_late"}
