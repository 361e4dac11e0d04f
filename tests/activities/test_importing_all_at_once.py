"""A bad file says everything that is wrong with it at once, dry or not, and leaves nothing."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from activities.importing.kinds import kind_of
from activities.importing.mapping import guess_mapping
from activities.models import Product
from kpis.models import Objective
from kpis.services import load_dictionary
from people.models import Person, Team
from tests.activities.conftest import Crew
from tests.activities.test_importing import bring, found, nothing_written, workbook

Told = list[tuple[str, int | None, str]]

LOG = "id;type;date;commercial;montant;devise\n"
DEALS = "id,stage,owner,product,amount,currency,engaged_on,closed_on\n"
STAFF = "number,last name,team,role,since,share,manager,hired on,left on\n"
AIMS = "person;team;kpi;period;from;to;target\n"


def check(text: str | bytes, kind: str, expected: Told) -> None:
    """The whole list, the same for a dry run and a real one; nothing is kept."""
    people, teams = Person.objects.count(), Team.objects.count()
    products, aims = Product.objects.count(), Objective.objects.count()
    for dry_run in (True, False):
        report = bring(text, kind, dry_run=dry_run)
        assert found(report) == expected
        assert (report.is_good, report.batch_id) == (False, None)
        assert all(issue.remedy_text() for issue in report.issues)
        assert report.row_count >= sum(report.counts.values())
    assert nothing_written()
    assert (Person.objects.count(), Team.objects.count()) == (people, teams)
    assert (Product.objects.count(), Objective.objects.count()) == (products, aims)


# --- every row, and in each row every field ---------------------------------------------------


def test_all_fields_of_a_bad_record_are_told(crew: Crew) -> None:
    check(
        LOG + "a1;cal;31/02/2026;Nobody;x;\n"
        "a2;deal_won;25/03/2026;P1;12,505;\n"
        ";call;;;;\n"
        "a4;call;25/03/2026;P1;12,5;USD\n",
        "activities",
        [
            ("unknown_person", 2, "commercial"),
            ("unreadable_date", 2, "date"),
            ("amount_without_currency", 2, "devise"),
            ("number.not_a_number", 2, "montant"),
            ("unknown_type", 2, "type"),
            ("amount_without_currency", 3, "devise"),
            ("money.too_fine", 3, "montant"),
            ("missing_value", 4, "commercial"),
            ("missing_value", 4, "date"),
            ("missing_value", 4, "id"),
            ("other_currency", 5, "devise"),
        ],
    )


def test_all_fields_of_a_bad_deal_are_told(crew: Crew) -> None:
    check(
        DEALS + "D1,won,Nobody,,x,,2026-03-10,2026-03-01\n"
        "D2,wom,Nobody,,12,EUR,2026-13-10,\n"
        "D3,won,P1,,12,EUR,2026-03-10,\n"
        "D3,lost,P9,,12,EUR,2026-03-10,2026-03-09\n"
        ",won,P1,,12,XXX,2026-03-10,2026-03-12\n"
        ",won,P2,=1,12,EUR,2026-03-10,2026-03-12\n",
        "deals",
        [
            ("stages_out_of_order", 2, ""),
            ("number.not_a_number", 2, "amount"),
            ("amount_without_currency", 2, "currency"),
            ("unknown_person", 2, "owner"),
            ("unreadable_date", 3, "engaged_on"),
            ("unknown_person", 3, "owner"),
            ("unknown_value", 3, "stage"),
            ("missing_date", 4, "closed_on"),
            ("stages_out_of_order", 5, ""),
            ("duplicate_id_with_other_content", 5, "id"),
            ("unknown_person", 5, "owner"),
            ("money.unknown_currency", 6, "currency"),
            ("missing_value", 6, "id"),
            ("missing_value", 7, "id"),
            ("spreadsheet_formula", 7, "product"),
        ],
    )


def test_all_fields_of_a_bad_person_are_told(crew: Crew) -> None:
    check(
        STAFF + "P9,Noir,North,wizard,,2,P9,2026-01-01,2025-01-01\n"
        "P1,Other,North,ae,2026-01-01,x,,,\n"
        "P1,Another,North,aee,2026-99-01,1,,,\n"
        "P8,,North,ae,2026-01-01,=1+1,,,\n"
        ",,North,wizard,,,,,\n",
        "people",
        [
            ("range.backwards", 2, "left on"),
            ("assignment.own_manager", 2, "manager"),
            ("role.unknown", 2, "role"),
            ("assignment.share", 2, "share"),
            ("number.not_a_number", 3, "share"),
            ("person.contradiction", 4, "last name"),
            ("role.unknown", 4, "role"),
            ("unreadable_date", 4, "since"),
            ("person.no_name", 5, "last name"),
            ("number.not_a_number", 5, "share"),
            ("person.nobody", 6, "number"),
            ("role.unknown", 6, "role"),
            ("assignment.no_start", 6, "since"),
        ],
    )


def test_all_fields_of_a_bad_objective_are_told(crew: Crew) -> None:
    load_dictionary(actor=None)
    check(
        AIMS + "Nobody;;revenu;;;;x\n"
        "Nobody;Nowhere;revenue_booked;2026-03;;;5\n"
        "P1;;revenue_booked;2026-03;;;x\n"
        "P1;;revenue_booked;;2026-03-01;2026-04-01;12\n"
        ";;revenue_booked;13-2026;;;-1\n"
        "=1;;revenu;;2026-99-01;2026-02-01;1\n",
        "objectives",
        [
            ("objective.dates_missing", 2, ""),
            ("objective.unknown_kpi", 2, "kpi"),
            ("objective.unknown_person", 2, "person"),
            ("number.not_a_number", 2, "target"),
            ("objective.one_scope", 3, ""),
            ("objective.unknown_person", 3, "person"),
            ("objective.unknown_team", 3, "team"),
            ("number.not_a_number", 4, "target"),
            ("objective.said_twice", 5, ""),
            ("objective.one_scope", 6, ""),
            ("objective.target_range", 6, ""),
            ("period.unreadable", 6, "period"),
            ("unreadable_date", 7, "from"),
            ("objective.unknown_kpi", 7, "kpi"),
            ("spreadsheet_formula", 7, "person"),
        ],
    )


def test_all_fields_of_a_bad_product_are_told(crew: Crew) -> None:
    check(
        "key,name,price\nA,Alpha,12\na,Alpha,13\n,,x\nB,Beta,12.3456\n",
        "products",
        [
            ("duplicate_id_with_other_content", 3, "key"),
            ("missing_value", 4, "name"),
            ("number.not_a_number", 4, "price"),
            ("money.too_fine", 5, "price"),
        ],
    )


def test_all_cells_of_a_bad_workbook_are_told(crew: Crew) -> None:
    rows: list[list[object]] = [
        ["id", "type", "date", "rep", "amount", "currency", "account"],
        ["a1", "cal", date(2026, 3, 10), "=x", None, None, "#REF!"],
        ["a2", "call", "03/04/2026", "Nobody", "1,234", None, None],
        ["a3", "call", "31/12/2025", None, "#N/A", "USD", None],
        ["a4", "call", "12/31/2025", "P1", date(2026, 1, 1), "EUR", None],
        ["a5", "call", 12, "P1", None, None, "x", "too", "many"],
    ]
    check(
        workbook(rows),
        "activities",
        [
            ("spreadsheet_error", 2, "account"),
            ("spreadsheet_formula", 2, "rep"),
            ("unknown_type", 2, "type"),
            ("ambiguous_numbers", 3, "amount"),
            ("amount_without_currency", 3, "currency"),
            ("ambiguous_dates", 3, "date"),
            ("unknown_person", 3, "rep"),
            ("spreadsheet_error", 4, "amount"),
            ("other_currency", 4, "currency"),
            ("missing_value", 4, "rep"),
            ("date_for_number", 5, "amount"),
            ("row_too_wide", 6, ""),
        ],
    )


# --- a format that is not settled hides nothing -----------------------------------------------


def test_each_row_with_the_rarer_decimal_mark_is_told_beside_the_other_mistakes(
    crew: Crew,
) -> None:
    check(
        LOG + "a1;deal_won;25/03/2026;P1;12,50;EUR\n"
        "a2;deal_won;25/03/2026;Nobody;12.50;EUR\n"
        "a3;deal_won;25/03/2026;P1;1 212,50;\n"
        "a4;deal_won;25/03/2026;P1;1.5;EUR\n"
        "a5;deal_won;99/03/2026;P1;100;EUR\n"
        "a6;cal;25/03/2026;P1;7,25;EUR\n",
        "activities",
        [
            ("unknown_person", 3, "commercial"),
            ("mixed_decimal_marks", 3, "montant"),
            ("amount_without_currency", 4, "devise"),
            ("mixed_decimal_marks", 5, "montant"),
            ("unreadable_date", 6, "date"),
            ("unknown_type", 7, "type"),
        ],
    )


def test_a_question_about_a_column_hides_no_other_mistake(crew: Crew) -> None:
    check(
        LOG + "a1;call;03/04/2026;P9;12,505;\n"
        "a2;cal;04/05/2026;P1;x;EUR\n"
        "a3;call;;P1;;\n"
        "a4;call;99/99/2026;P1;;\n"
        "a5;call;05/06/2026;P1;;;one;more\n"
        "a6;call;06/07/2026;Nobody;;\n",
        "activities",
        [
            ("unknown_person", 2, "commercial"),
            ("ambiguous_dates", 2, "date"),
            ("amount_without_currency", 2, "devise"),
            ("ambiguous_numbers", 2, "montant"),
            ("number.not_a_number", 3, "montant"),
            ("unknown_type", 3, "type"),
            ("missing_value", 4, "date"),
            ("unreadable_date", 5, "date"),
            ("row_too_wide", 6, ""),
            ("unknown_person", 7, "commercial"),
        ],
    )


def test_a_file_whose_only_fault_is_a_question_is_asked_only_that(crew: Crew) -> None:
    text = LOG + "a1;deal_won;03/04/2026;P1;1,234;EUR\na2;call;04/05/2026;P2;;\n"
    check(text, "activities", [("ambiguous_dates", 2, "date"), ("ambiguous_numbers", 2, "montant")])
    kind = kind_of("activities")
    assert kind is not None
    stated = guess_mapping(kind, LOG.strip().split(";")).as_document()
    report = bring(text, mapping=stated | {"date_format": "dmy", "decimal": "point"})
    assert (found(report), report.counts) == ([], {"created": 2})


def test_a_quotation_mark_that_nobody_closes_swallows_nothing(crew: Crew) -> None:
    check(
        "id;type;date;commercial;client\na1;cal;25/03/2026;P1;Acme\n"
        'a2;call;25/03/2026;P1;"Acme\na3;call;25/03/2026;P1;Isdom\n',
        "activities",
        [("unknown_type", 2, "type"), ("broken_csv", 3, "")],
    )


# --- rows about the same thing ----------------------------------------------------------------


def test_a_second_record_is_compared_with_a_bad_first_one(crew: Crew) -> None:
    check(
        LOG + "a1;cal;25/03/2026;P1;;\na1;call;26/03/2026;P1;;\na2;call;25/03/2026;P9;;\n",
        "activities",
        [
            ("unknown_type", 2, "type"),
            ("duplicate_id_with_other_content", 3, "id"),
            ("unknown_person", 4, "commercial"),
        ],
    )


def test_a_correction_of_a_bad_record_is_not_blamed_and_one_of_nothing_is(crew: Crew) -> None:
    head = "id;type;date;commercial;nature\n"
    check(
        head + "a1;call;25/03/2026;Nobody;record\n"
        "a1;call;25/03/2026;P1;correction\n"
        "a2;call;25/03/2026;Nobody;correction\n"
        "a3;call;25/03/2026;P1;cancellation\n",
        "activities",
        [
            ("unknown_person", 2, "commercial"),
            ("unknown_person", 4, "commercial"),
            ("nothing_to_correct", 4, "id"),
            ("nothing_to_correct", 5, "id"),
        ],
    )


def test_a_row_that_is_known_but_for_one_bad_cell_is_told_only_that(crew: Crew) -> None:
    text = LOG + "a1;deal_won;25/03/2026;P1;12,50;EUR\na2;call;25/03/2026;P2;;\n"
    assert bring(text).counts == {"created": 2}
    report = bring(text.replace("12,50", "12,5O"))
    assert found(report) == [("number.not_a_number", 2, "montant")]
    assert report.counts == {"rejected": 1, "unchanged": 1}
    assert bring(text).counts == {"unchanged": 2}


# --- what is wrong with the whole file is told once -------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (
            "people",
            "number,last name,team\nP8,Noir,North\nP9,Vert,North\n",
            [("unmapped_field", None, "role"), ("unmapped_field", None, "valid_from")],
        ),
        (
            "people",
            "number,team,role,since\nP8,North,wizard,2026-01-01\nP9,North,ae,2026-01-01\n",
            [("unmapped_field", None, "last_name"), ("role.unknown", 2, "role")],
        ),
        (
            "deals",
            "id,stage,owner,amount\nD1,won,Nobody,12\nD2,won,P1,x\n",
            [
                ("unmapped_field", None, "closed_on"),
                ("unmapped_field", None, "currency"),
                ("unknown_person", 2, "owner"),
                ("number.not_a_number", 3, "amount"),
            ],
        ),
        (
            "activities",
            "type,date,rep\ncall,2026-03-25,Nobody\ncal,2026-03-25,P1\n",
            [
                ("unmapped_field", None, "external_id"),
                ("unknown_person", 2, "rep"),
                ("unknown_type", 3, "type"),
            ],
        ),
        (
            "objectives",
            "kpi,target\nrevenu,x\nrevenue_booked,5\n",
            [
                ("unmapped_field", None, "period"),
                ("unmapped_field", None, "person"),
                ("objective.unknown_kpi", 2, "kpi"),
                ("number.not_a_number", 2, "target"),
            ],
        ),
    ],
)
def test_a_column_that_is_not_there_is_told_once(
    crew: Crew, kind: str, text: str, expected: Told
) -> None:
    load_dictionary(actor=None)
    check(text, kind, expected)


def test_two_columns_of_one_name_hide_no_other_mistake(crew: Crew) -> None:
    check(
        "id;type;date;rep;date\na1;cal;25/03/2026;P1;99\na2;call;x;Nobody;26/03/2026\n",
        "activities",
        [("column_twice", 1, ""), ("unknown_type", 2, "type"), ("unknown_person", 3, "rep")],
    )


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (
            "people",
            "name,role,hired on,team\n,wizard,2026-01-05,North\nZoé Noir,ae,,North\n",
            [
                ("person.nobody", 2, "name"),
                ("role.unknown", 2, "role"),
                ("assignment.no_start", 3, "hired on"),
            ],
        ),
        ("people", "number,name\nP8,\nP9,\n", [
            ("person.no_name", 2, "name"), ("person.no_team", 2, "team"),
            ("person.no_name", 3, "name"), ("person.no_team", 3, "team"),
        ]),
        ("objectives", "rep,kpi,from,to,target\nP1,revenu,2026-03-01,2026-02-01,5\n", [
            ("objective.unknown_kpi", 2, "kpi"), ("period.empty", 2, "to"),
        ]),
    ],
)  # fmt: skip
def test_a_column_that_says_it_in_another_way_keeps_its_rows(
    crew: Crew, kind: str, text: str, expected: Told
) -> None:
    load_dictionary(actor=None)
    check(text, kind, expected)


def test_a_constant_that_cannot_be_right_is_told_once(crew: Crew) -> None:
    columns = {"external_id": "id", "type": "type", "occurred_at": "date"}
    text = "id,type,date\na1,call,2026-03-25\na2,cal,2026-03-25\n"
    report = bring(text, mapping={"columns": columns | {"person": {"constant": "P9"}}})
    assert found(report) == [("unknown_person", None, "person"), ("unknown_type", 3, "type")]
    report = bring(text, mapping={"columns": columns | {"person": {"constant": "=1+1"}}})
    assert found(report) == [("spreadsheet_formula", None, "person"), ("unknown_type", 3, "type")]
    assert nothing_written()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"hello world\nthis is a text\n", "a.xlsx", "not_a_workbook"),
        (b"hello world\nthis is a text\n", "a.XLS", "not_a_workbook"),
        (b"<html><table><tr><td>id</td></tr></table>", "a.xls", "other_file_format"),
        (b'<?xml version="1.0"?><rows/>', "a.csv", "other_file_format"),
        (b'[{"id": 1}]', "a.csv", "other_file_format"),
        (b"{\\rtf1 id}", "a.csv", "other_file_format"),
        (b"PK\x03\x04 half a workbook", "a.csv", "broken_workbook"),
    ],
)
def test_a_file_whose_content_contradicts_its_name(
    crew: Crew, content: bytes, name: str, code: str
) -> None:
    report = bring(content, name=name)
    assert found(report) == [(code, None, "")]
    assert nothing_written()


def test_a_table_is_read_by_its_content_whatever_its_name(crew: Crew) -> None:
    text = LOG + "a1;call;25/03/2026;P1;;\n"
    assert bring(text, name="a.xlsx").counts == {"created": 1}
    rows: list[list[object]] = [[*LOG.strip().split(";")], ["a1", "call", "25/03/2026", "P1"]]
    assert bring(workbook(rows), name="a.csv").counts == {"unchanged": 1}


# --- what the database would refuse -----------------------------------------------------------


def test_texts_that_are_too_long_are_told_with_their_row(crew: Crew) -> None:
    check(
        f"number,last name,team,role,since,manager\n{'x' * 41},{'y' * 101},{'z' * 201},ae,"
        f"2026-01-01,{'m' * 101}\nP1,,North,ae,2026-01-01,{'m' * 60}\n",
        "people",
        [
            ("text_too_long", 2, "last name"),
            ("text_too_long", 2, "manager"),
            ("text_too_long", 2, "number"),
            ("text_too_long", 2, "team"),
            ("manager.long_number", 3, "manager"),
        ],
    )
    check(
        f"id,stage,owner,product,account\n{'D' * 160},engaging,P1,{'p' * 201},{'a' * 201}\n",
        "deals",
        [
            ("unmapped_field", None, "engaged_on"),
            ("text_too_long", 2, "account"),
            ("bad_deal_id", 2, "id"),
            ("text_too_long", 2, "product"),
        ],
    )


def test_somebody_cannot_leave_before_the_known_first_day(crew: Crew) -> None:
    assert bring("number,last name,hired on\nP7,Vert,2026-01-05\n", "people").is_good
    report = bring("number,left on\nP7,2025-01-05\n", "people")
    assert found(report) == [("range.backwards", 2, "left on"), ("person.no_team", 2, "team")]
    assert Person.objects.get(number="P7").left_on is None


def test_two_prices_of_a_product_cannot_both_be_taken(crew: Crew) -> None:
    text = "key,name,price\nA,Alpha,12\na,Alpha,12\n"
    assert found(bring(text.replace("a,", "A,"), "products")) == []
    again = bring(text.replace("a,", "A,"), "products")
    assert (again.counts, again.batch_id) == ({"unchanged": 2}, None)


# --- the command ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "first", "again"),
    [("fr", "Nouveau 2", "Inchangé 2"), ("en", "New 2", "As before 2")],
)
def test_the_command_counts_in_the_readers_words(
    crew: Crew, tmp_path: Path, language: str, first: str, again: str
) -> None:
    file = tmp_path / "log.csv"
    file.write_text(LOG + "a1;call;25/03/2026;P1;;\na2;call;26/03/2026;P2;;\n", encoding="utf-8")
    dry, real, twice = (_printed(file, language, dry_run=dry) for dry in (True, False, False))
    assert (dry.endswith(first), real.endswith(first), twice.endswith(again)) == (True, True, True)
    assert "created" not in dry + real + twice


def _printed(file: Path, language: str, *, dry_run: bool) -> str:
    out = io.StringIO()
    call_command(
        "import_data", "activities", str(file), language=language, dry_run=dry_run, stdout=out
    )
    return out.getvalue().strip()


def test_the_command_says_that_there_is_no_such_file(crew: Crew, tmp_path: Path) -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            "import_data", "deals", str(tmp_path / "no.csv"), json=True, language="en", stdout=out
        )
    assert ended.value.code == 1
    assert [issue["code"] for issue in json.loads(out.getvalue())["issues"]] == ["no_such_file"]
