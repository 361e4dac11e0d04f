"""Records and rosters from files, and the two commands."""

import json
from datetime import date
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from challenges.calc import Cancellation, Membership, Person, Span, Target
from challenges.calc.record_files import read_records
from challenges.calc.roster_files import read_roster
from kernel.issues import Invalid
from tests.challenges.calc.builders import at, people, record, result, rules_of, span

RULES_TEXT = """key: november
timezone: Europe/Paris
window: {start: 2026-11-01, end: 2026-12-01}
format: most
score: {metric: revenue}
prizes: [{for: rank, rank: 1, kind: money, amount: 100, currency: EUR}]
"""
RULES = rules_of("format: most\nscore: {metric: revenue}\n")
CSV = """id,person,metric,occurred_at,recorded_at,value,kind,supersedes,cancelled_at,note
a,ana,revenue,2026-11-03T11:00,,60,,,,hello
b,ana,revenue,2026-11-04,2026-11-05T09:00:00Z,"1234.50",,,,
c,ana,revenue,2026-11-04T10:00+00:00,2026-11-05T09:00:00Z,5,correction,a,,
d,,,,2026-11-06T10:00:00Z,,cancellation,b,,
e,ben,revenue,2026-11-07T08:00Z,,7,,,2026-11-09T08:00Z,
"""
ENTRIES = (
    record("a", "ana", "11-03 10:00", 60),
    record("b", "ana", "11-03 23:00", Fraction(2469, 2), known="11-05 09:00", date_only=True),
    record("c", "ana", "11-04 10:00", 5, known="11-05 09:00", supersedes="a"),
    Cancellation("d", "b", at("11-06 10:00")),
    record("e", "ben", "11-07 08:00", 7),
    Cancellation("e#cancelled", "e", at("11-09 08:00")),
)


def test_records_from_csv_with_every_kind_of_row() -> None:
    with pytest.raises(Invalid) as caught:
        read_records(CSV + "x\n", RULES)
    assert [issue.code for issue in caught.value.issues] == ["wrong_width"]
    assert read_records(CSV, RULES) == ENTRIES


def test_records_from_json_and_json_lines_are_the_same() -> None:
    rows = [
        {"id": "a", "person": "ana", "occurred_at": "2026-11-03T11:00", "value": 60},
        {"id": "b", "person": "ana", "occurred_at": "2026-11-03T12:00", "value": 0.1},
    ]
    expected = (
        record("a", "ana", "11-03 10:00", 60),
        record("b", "ana", "11-03 11:00", Fraction(1, 10)),
    )
    assert read_records(json.dumps(rows), RULES) == expected
    assert read_records(json.dumps({"records": rows}, indent=1), RULES) == expected
    assert read_records("\n".join(json.dumps(row) for row in rows), RULES) == expected


def test_semicolon_files_may_use_the_decimal_comma() -> None:
    text = "id;person;occurred_at;value\na;ana;2026-11-03T11:00;1 234,5\n"
    assert read_records(text, RULES) == (record("a", "ana", "11-03 10:00", Fraction(2469, 2)),)


def test_without_a_value_column_each_record_is_one() -> None:
    text = "id,person,occurred_at\na,ana,2026-11-03T11:00\n"
    assert read_records(text, RULES) == (record("a", "ana", "11-03 10:00", 1),)


def test_every_bad_row_is_named() -> None:
    text = """id,person,metric,occurred_at,value,cancelled
a,ana,revenue,3 Nov,1,
,ana,revenue,2026-11-03,1,
c,ana,revenue,2026-11-03,"1,5",
d,ana,revenue,2026-11-03,,
e,ana,revenue,2026-11-03,1,maybe
f,ana,revenue,2026-10-25T02:30,1,
g,ana,revenue,2026-11-03,"1,234",
"""
    with pytest.raises(Invalid) as caught:
        read_records(text, RULES, "r.csv")
    assert [(i.code, i.place.line, i.place.path) for i in caught.value.issues] == [
        ("not_a_moment", 2, "occurred_at"),
        ("empty_cell", 3, "id"),
        ("number.wrong_mark", 4, "value"),
        ("empty_cell", 5, "value"),
        ("not_true_or_false", 6, "cancelled"),
        ("clock_change", 7, "occurred_at"),
        ("number.ambiguous", 8, "value"),
    ]


def test_a_misspelt_column_is_not_left_alone() -> None:
    text = "id,person,occurred_at,superseeds\na,ana,2026-11-03,\n"
    with pytest.raises(Invalid) as caught:
        read_records(text, RULES)
    assert [issue.code for issue in caught.value.issues] == ["misspelt_column"]


ROSTER_HEAD = (
    "person,name,team,fte,valid_from,valid_to,joined_on,left_on,"
    "target,target:calls,absences,weekdays\n"
)
ROSTER_ROWS = """\
ana,Ana,north,1,,2026-11-16,2026-01-05,,100,,2026-11-03;2026-11-09/2026-11-12,mon tue
ana,,south,80 %,2026-11-16,,,,,40,,
ben,Ben,south,,,,,2026-11-20,,,,
"""
ANA = Person(
    "ana",
    "Ana",
    (
        Membership("north", Fraction(1), span(None, "11-16")),
        Membership("south", Fraction(4, 5), span("11-16", None)),
    ),
    joined_on=date(2026, 1, 5),
    targets=(Target(Fraction(100)), Target(Fraction(40), "calls")),
    absences=(span("11-03", "11-04"), span("11-09", "11-12")),
    weekdays=frozenset({0, 1}),
)
ROSTER_CSV = ROSTER_HEAD + ROSTER_ROWS
BEN = Person("ben", "Ben", (Membership("south"),), left_on=date(2026, 11, 20))


def test_roster_from_csv_with_several_rows_for_a_person() -> None:
    assert read_roster(ROSTER_CSV).people == (ANA, BEN)


def test_roster_from_json() -> None:
    data = {
        "teams": {"north": "The North"},
        "people": [
            {
                "person": "ana",
                "name": "Ana",
                "joined_on": "2026-01-05",
                "weekdays": ["mon", "tue"],
                "memberships": [
                    {"team": "north", "valid_to": "2026-11-16"},
                    {"team": "south", "fte": 0.8, "valid_from": "2026-11-16"},
                ],
                "targets": [{"value": 100}, {"metric": "calls", "value": "40"}],
                "absences": ["2026-11-03", "2026-11-09/2026-11-12"],
            },
            {"person": "ben", "name": "Ben", "team": "south", "left_on": "2026-11-20"},
        ],
    }
    roster = read_roster(json.dumps(data))
    assert roster.people == (ANA, BEN)
    assert roster.team_name("north") == "The North"


def test_bad_rosters_are_refused_by_row() -> None:
    text = """person,team,fte,left_on,target,absences,valid_to
ana,north,1.5,,,,
ben,north,1,30/11/2026,-5,,
cleo,north,1,,,whenever,
dora,north,1,,,,
dora,south,1,,,,
,south,1,,,,
"""
    with pytest.raises(Invalid) as caught:
        read_roster(text, "people.csv")
    assert [(issue.code, issue.place.line) for issue in caught.value.issues] == [
        ("not_a_share", 2),
        ("not_a_date", 3),
        ("negative_target", 3),
        ("period.unreadable", 4),
        ("empty_cell", 7),
        ("two_teams", 5),
    ]


def files(folder: Path, rules: str = RULES_TEXT, records: str = CSV) -> list[str]:
    for name, text in (("rules.yaml", rules), ("records.csv", records), ("people.csv", ROSTER_CSV)):
        (folder / name).write_text(text)
    return [
        "score_challenge",
        f"--rules={folder / 'rules.yaml'}",
        f"--records={folder / 'records.csv'}",
        f"--roster={folder / 'people.csv'}",
    ]


def test_command_prints_the_board_and_json(tmp_path: Path) -> None:
    out = StringIO()
    call_command(*files(tmp_path), "--as-of=2026-11-20", "--json", stdout=out)
    data = json.loads(out.getvalue())
    assert [(r["rank"], r["entrant"], r["score"]) for r in data["standings"]] == [
        (1, "ana", "5"),
        (None, "ben", "0"),
    ]
    assert data["awards"][0]["amount"] == 10000
    assert len(data["inputs_sha256"]) == 64
    plain = StringIO()
    call_command(*files(tmp_path), "--as-of=2026-11-20", stdout=plain)
    assert "    1  Ana" in plain.getvalue()
    assert "100.00 EUR" in plain.getvalue()


def test_command_refuses_with_all_issues_of_all_files(tmp_path: Path) -> None:
    errors, out = StringIO(), StringIO()
    arguments = files(tmp_path, records="id,person\na,ana\n")
    with pytest.raises(SystemExit) as stopped:
        call_command(*arguments, "--as-of=soon", stderr=errors, stdout=out)
    assert stopped.value.code == 1
    assert "as-of" in errors.getvalue()
    assert "records.csv:occurred_at:2" in errors.getvalue()
    with pytest.raises(SystemExit):
        call_command(*files(tmp_path, rules="key: x"), "--as-of=soon", "--json", stdout=out)
    assert json.loads(out.getvalue())["issues"][0]["code"] == "missing_key"
    with pytest.raises(CommandError):
        call_command(*arguments[:1], "--rules=no", "--records=no", "--roster=no", "--as-of=now")


def test_schema_command() -> None:
    out = StringIO()
    call_command("challenge_schema", stdout=out)
    assert json.loads(out.getvalue())["title"] == "Rules of a challenge"


def test_builders_and_files_mean_the_same_board() -> None:
    board = result(RULES, ENTRIES, people("ana", "ben"))
    assert [row.entrant for row in board.rows if row.rank == 1] == ["ana"]
    assert Span() == span(None, None)


def test_a_number_with_groups_is_read_only_where_it_means_one_thing() -> None:
    text = 'id,person,occurred_at,value\na,ana,2026-11-03T11:00,"1,234.50"\n'
    assert read_records(text, RULES) == (record("a", "ana", "11-03 10:00", Fraction(2469, 2)),)
    with pytest.raises(Invalid) as caught:
        read_roster('person,target\nana,"1,234"\n')
    assert [(i.code, i.place.path) for i in caught.value.issues] == [("number.ambiguous", "target")]
