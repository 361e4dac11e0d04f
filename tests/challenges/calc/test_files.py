"""Records and rosters from files, and the two commands."""

import json
from datetime import date
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

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


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("person,joined_on,left_on\nana,2026-11-10,2026-11-10\n", "left_on", 2),
        ("person,team,joined_on,left_on\nana,n,2026-11-10,\nana,,,2026-11-02\n", "left_on", 3),
        ("person,team,joined_on,left_on\nana,n,,2026-11-02\nana,,2026-11-10,\n", "left_on", 2),
        ('{"people": [{"person": "a", "joined_on": "2026-11-10", "left_on": "2026-11-02"}]}',
         "people[0].left_on", 1),
    ],
)  # fmt: skip
def test_who_leaves_before_joining_is_refused_where_it_is_said(
    text: str, path: str, line: int
) -> None:
    with pytest.raises(Invalid) as caught:
        read_roster(text, "people")
    (issue,) = caught.value.issues
    assert (issue.code, issue.place.path, issue.place.line) == ("empty_span", path, line)
    later = read_roster(text.replace("2026-11-02", "2026-11-11").replace(
        "2026-11-10,2026-11-10", "2026-11-10,2026-11-11"), "people")  # fmt: skip
    assert later.people[0].left_on == date(2026, 11, 11)


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


def refusal(*arguments: str) -> list[tuple[str, int | None]]:
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command(*arguments, "--json", "--language=fr", stdout=out)
    assert stopped.value.code == 1
    body = json.loads(out.getvalue())
    assert body["ok"] is False
    return [(issue["code"], issue["place"].get("line")) for issue in body["issues"]]


def test_rules_records_and_roster_are_refused_together(tmp_path: Path) -> None:
    rules = RULES_TEXT.replace("most", "mots").replace("amount: 100, ", "")
    records = CSV.replace("occurred_at", "ocurred_at").replace(",60,", ",x,") + "y,z\n"
    arguments = files(tmp_path, rules, records)
    (tmp_path / "people.csv").write_text("person,joined_on,fte\nana,2026-13-01,2\n,,half\n")
    assert refusal(*arguments, "--as-of=2026-11-20") == [
        ("not_an_option", 4),
        ("money_without_amount", 6),
        ("wrong_width", 7),
        ("misspelt_column", 2),
        ("number.not_a_number", 2),
        ("not_a_date", 2),
        ("not_a_share", 2),
        ("empty_cell", 3),
        ("number.not_a_number", 3),
    ]


def test_the_board_speaks_the_language_that_is_asked_for(tmp_path: Path) -> None:
    rules = RULES_TEXT + "name: {en: November race, fr: Course de novembre}\n"
    boards = {}
    for language in ("en", "fr"):
        out = StringIO()
        call_command(
            *files(tmp_path, rules), "--as-of=2026-11-20", f"--language={language}", stdout=out
        )
        boards[language] = out.getvalue().splitlines()
    assert boards["en"] == [
        "November race · Most at the end · Live · as of 2026-11-20T00:00:00+01:00",
        "",
        " Rank  Name                                  Score  Reached, prizes, reason",
        "    1  Ana                                    5.00  100.00 EUR",
        "    -  Ben                                    0.00  No score above zero.",
    ]
    assert boards["fr"][0].startswith("Course de novembre · Le plus à l’arrivée · En cours · ")
    assert boards["fr"][-1].startswith("    -  Ben                                    0.00  ")
    assert "No score" not in boards["fr"][-1]


def test_json_has_its_sentences_in_the_language_and_its_codes_in_none(tmp_path: Path) -> None:
    told = {}
    for language in ("en", "fr"):
        out = StringIO()
        arguments = files(tmp_path, records=CSV + "z,zoe,revenue,2026-11-08,,1,,,,\n")
        call_command(
            *arguments, "--as-of=2026-11-20", "--json", f"--language={language}", stdout=out
        )
        told[language] = json.loads(out.getvalue())
    english, french = told["en"], told["fr"]
    reasons = [board["standings"][1]["reason"] for board in (english, french)]
    assert [reason["code"] for reason in reasons] == ["no_score", "no_score"]
    assert reasons[0]["text"] != reasons[1]["text"]
    assert [issue["code"] for issue in french["issues"]] == ["unknown_person"]
    assert french["issues"][0]["message"] != english["issues"][0]["message"]
    assert english["inputs_sha256"] == french["inputs_sha256"]


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


def refused(text: str, *, of: str = "records") -> list[tuple[str, str, int | None]]:
    with pytest.raises(Invalid) as caught:
        read_records(text, RULES, "f") if of == "records" else read_roster(text, "f")
    assert all(issue.remedy for issue in caught.value.issues)
    return [(i.code, i.place.path, i.place.line) for i in caught.value.issues]


def test_records_of_json_with_five_kinds_of_mistakes_are_told_with_their_lines() -> None:
    text = """{"records": [
  {"id": "a", "person": "ana", "occurred_at": "2026-11-03", "value": "x"},
  7,
  {"id": "b", "person": "", "occurred_at": "soon", "value": 1,
   "Value": 2},
  {"id": "c", "person": "ana", "occurred_at": "2026-11-03", "value": 1, "kind": "other"},
  {"id": "d", "person": "ana", "occurred_at": "2026-11-03", "value": 1},
  {"id": "d", "person": "ana", "occurred_at": "2026-11-03", "value": 2},
  {"id": "e", "person": "ana", "occurred_at": "2026-11-03", "value": 2, "supersedes": "e"}
]}"""
    assert refused(text) == [
        ("not_a_row", "records[1]", 3),
        ("column_twice", "records[2]", 4),
        ("number.not_a_number", "records[0].value", 2),
        ("empty_cell", "records[2].person", 4),
        ("not_a_moment", "records[2].occurred_at", 4),
        ("unknown_kind", "records[3].kind", 6),
        ("record_twice", "records[5].id", 8),
    ]


def test_a_key_twice_in_json_is_told_in_every_form_of_file() -> None:
    row = '{"id": "a", "person": "ana", "occurred_at": "2026-11-03", "value": 1, "value": 2}'
    assert refused(f'{{"records": [\n{row}]}}') == [("document.doubled_key", "records[0].value", 2)]
    good = row.replace('"value": 1, ', "")
    lines = f"{row}\n{{bad}}\n[1]\n{good}\n"
    assert refused(lines) == [
        ("document.doubled_key", "value", 1),
        ("document.character", "", 2),
        ("not_a_row", "", 3),
    ]
    assert read_records(good, RULES) == read_records(f"{good}\n", RULES)
    assert len(read_records(f'{{"records": [{good}]}}', RULES)) == 1
    people = '{"teams": {"n": "N", "n": "M"}, "people": [{"person": "ana", "person": "ben"}]}'
    assert [code for code, _, _ in refused(people, of="roster")] == ["document.doubled_key"] * 2


def test_nothing_inside_a_roster_of_json_is_left_out_in_silence() -> None:
    text = """{"teams": ["north"], "people": [
  {"person": "ana", "memberships": [{"valid_from": "2026-11-31", "fte": 2}, "north"]},
  {"person": "ben", "memberships": "south", "targets": "100", "weekdays": ["lundi"]},
  {"person": "cleo", "targets": [{"metric": "calls", "value": -1, "target_form": "x"}, 5],
   "absences": ["now"]},
  {"targets": {"calls": "x", "revenue": null}, "left_on": "tomorrow"}
]}"""
    assert refused(text, of="roster") == [
        ("not_a_share", "people[0].memberships[0].fte", 2),
        ("not_a_date", "people[0].memberships[0].valid_from", 2),
        ("empty_cell", "people[0].memberships[0].team", 2),
        ("not_a_row", "people[0].memberships[1]", 2),
        ("unknown_weekday", "people[1].weekdays", 3),
        ("not_a_row", "people[1].memberships", 3),
        ("not_a_row", "people[1].targets", 3),
        ("misspelt_column", "people[2].targets[0].target_form", 4),
        ("negative_target", "people[2].targets[0].value", 4),
        ("not_a_row", "people[2].targets[1]", 4),
        ("period.unreadable", "people[2].absences", 5),
        ("empty_cell", "people[3].person", 6),
        ("not_a_date", "people[3].left_on", 6),
        ("number.not_a_number", "people[3].targets.calls", 6),
        ("not_team_names", "teams", 1),
    ]


def test_csv_with_a_bad_quote_a_misspelt_and_a_doubled_column_still_tells_its_rows() -> None:
    text = 'id,persn,occurred_at,value,value\na,,soon,1,1\nb,ana,2026-11-03,1\nc,"ana"x,,,\n'
    assert refused(text) == [
        ("column_twice", "", 1),
        ("wrong_width", "", 3),
        ("bad_csv", "", 4),
        ("misspelt_column", "persn", 2),
        ("empty_cell", "person", 2),
        ("not_a_moment", "occurred_at", 2),
    ]
