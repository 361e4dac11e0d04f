"""Files of other people's making: detected, shown, refused as a whole, taken back."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook

from activities.importing.kinds import kind_of
from activities.importing.mapping import check_mapping, guess_mapping, read_mapping
from activities.importing.reading import read_table
from activities.importing.running import Report, run_import
from activities.inputs import ActivityInput, Entry
from activities.models import Activity, Credit, Deal, DealStage, ImportBatch, Product, TouchedDay
from activities.queries import counted, stages_at
from activities.services import record_activities, revert_batch
from kernel.issues import Invalid, Place
from kpis.models import Objective
from kpis.services import load_dictionary
from people.models import Person, Team
from tests.activities.conftest import Crew

HEAD = "id;type;date;commercial;montant;devise\n"
GOOD = HEAD + "a1;call;10/03/2026;Léa Martin;;\na2;deal_won;25/03/2026 14:05;P2;1 234,56;EUR\n"


def bring(
    text: str | bytes,
    kind: str = "activities",
    mapping: dict[str, Any] | None = None,
    dry_run: bool = False,
    name: str = "log.csv",
) -> Report:
    found = kind_of(kind)
    assert found is not None
    checked = None if mapping is None else check_mapping(mapping, Place(), found)
    content = text if isinstance(text, bytes) else text.encode()
    return run_import(
        actor=None, kind=found, content=content, file_name=name, mapping=checked, dry_run=dry_run
    )


def found(report: Report) -> list[tuple[str, int | None, str]]:
    return [(issue.code, issue.place.line, issue.place.path) for issue in report.issues]


def nothing_written() -> bool:
    tables = (Activity, Credit, Deal, DealStage, ImportBatch, TouchedDay)
    return not any(table.objects.exists() for table in tables)


def workbook(rows: list[list[object]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- what is detected ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("cp1252"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "crlf", "cr"],
)
def test_the_encoding_is_found_out(crew: Crew, encode: Callable[[str], bytes]) -> None:
    report = bring(encode(GOOD))
    assert found(report) == []
    assert report.counts == {"created": 2}
    names = {credit.person.name for credit in Credit.objects.select_related("person")}
    assert names == {"Léa Martin", "Hugo Petit"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    text = 'name;note\n"Roy; Inès, and | co";x\n'.replace(";", delimiter, 1).replace(
        '";x', f'"{delimiter}x'
    )
    table = read_table(text.encode(), "x.csv")
    assert (table.delimiter, table.headers) == (delimiter, ("name", "note"))


def test_formats_are_found_out_and_shown(crew: Crew) -> None:
    report = bring(GOOD)
    shown = report.as_json()
    assert (shown["delimiter"], shown["encoding"], shown["header_row"]) == (";", "utf-8", 1)
    assert (shown["formats"]["occurred_at"], shown["formats"]["amount"]) == (
        "20/11/2026",
        "1234,56",
    )
    won = counted().get(type__key="deal_won")
    assert (won.amount_minor, won.occurred_at.isoformat()) == (123456, "2026-03-25T13:05:00+00:00")


def test_rows_are_numbered_as_a_spreadsheet_shows_them(crew: Crew) -> None:
    text = "\n\n" + HEAD + '"a\n1";call;10/03/2026;P1;;\n\na2;cal;25/03/2026;P1;;\n'
    report = bring(text)
    assert found(report) == [("unknown_type", 6, "type")]


def test_a_workbook_with_real_dates_and_numbers(crew: Crew) -> None:
    report = bring(
        workbook(
            [
                ["id", "type", "date", "rep", "amount", "currency"],
                ["a1", "call", date(2026, 3, 10), "P1", None, None],
                [2, "deal_won", datetime(2026, 3, 25, 14, 5), "P2", 1234.56, "EUR"],
            ]
        ),
        name="log.xlsx",
    )
    assert (found(report), report.counts) == ([], {"created": 2})
    won = counted().get(type__key="deal_won")
    assert (won.external_id, won.amount_minor) == ("2", 123456)


def test_the_columns_are_recognised_in_both_languages() -> None:
    kind = kind_of("deals")
    assert kind is not None
    french = guess_mapping(kind, ["Affaire", "Commercial", "Étape", "Montant", "Date de clôture"])
    assert french.columns == {
        "name": "Affaire",
        "owner": "Commercial",
        "stage": "Étape",
        "amount": "Montant",
        "closed_on": "Date de clôture",
    }
    english = guess_mapping(kind, ["opportunity_id", "sales_agent", "deal_stage", "close_value"])
    assert set(english.columns) == {"external_id", "owner", "stage", "amount"}


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("a1;call;25/03/2026;Nobody Here;;", [("unknown_person", 2, "commercial")]),
        ("a1;call;31/02/2026;P1;;\na2;call;25/03/2026;P1;;", [("unreadable_date", 2, "date")]),
        ("a1;call;;P1;;", [("missing_value", 2, "date")]),
        (";call;25/03/2026;P1;;", [("missing_value", 2, "id")]),
        ("a1;deal_won;25/03/2026;P1;12,50;", [("amount_without_currency", 2, "devise")]),
        ("a1;deal_won;25/03/2026;P1;12,505;EUR", [("ambiguous_numbers", 2, "montant")]),
        ("a1;deal_won;25/03/2026;P1;12,5056;EUR", [("money.too_fine", 2, "montant")]),
        (
            "a1;deal_won;25/03/2026;P1;12,50;EUR\na2;deal_won;25/03/2026;P1;12.50;EUR",
            [("mixed_decimal_marks", 3, "montant")],
        ),
        ("a1;call;03/04/2026;P1;;", [("ambiguous_dates", 2, "date")]),
        ("a1;call;25/03/2026;=cmd|'/c calc'!A0;;", [("spreadsheet_formula", 2, "commercial")]),
        ("a1;call;25/03/2026;@SUM(A1);;", [("spreadsheet_formula", 2, "commercial")]),
        ("a1;call;25/03/2026;+1+cmd;;", [("spreadsheet_formula", 2, "commercial")]),
        ("a1;call;25/03/2026;\t=1;;", [("spreadsheet_formula", 2, "commercial")]),
        ("a1;call;25/03/2026;P1;;;too;many", [("row_too_wide", 2, "")]),
        (
            "a1;call;25/03/2026;P1;;\na1;call;25/03/2026;P2;;",
            [("duplicate_id_with_other_content", 3, "id")],
        ),
    ],
)
def test_each_bad_row_is_named_and_nothing_is_written(
    crew: Crew, rows: str, expected: list[tuple[str, int, str]]
) -> None:
    report = bring(HEAD + rows + "\n")
    assert found(report) == expected
    assert all(issue.remedy for issue in report.issues)
    assert nothing_written()


def test_all_bad_rows_are_said_at_once(crew: Crew) -> None:
    text = HEAD + "\n".join(
        [
            "a1;call;25/03/2026;P1;;",
            "a2;cal;25/03/2026;P1;;",
            "a3;call;99/99/2026;P9;;",
            "a4;deal_won;25/03/2026;P9;x;EUR",
        ]
    )
    assert found(bring(text)) == [
        ("unknown_type", 3, "type"),
        ("unknown_person", 4, "commercial"),
        ("unreadable_date", 4, "date"),
        ("unknown_person", 5, "commercial"),
        ("number.not_a_number", 5, "montant"),
    ]
    assert nothing_written()


def test_an_ambiguity_is_resolved_by_the_mapping(crew: Crew) -> None:
    text = HEAD + "a1;deal_won;03/04/2026;P1;1,234;EUR\n"
    columns = guess_mapping(
        _activities(), ["id", "type", "date", "commercial", "montant", "devise"]
    )
    stated = columns.as_document() | {"date_format": "mdy", "decimal": "point"}
    report = bring(text, mapping=stated)
    assert report.counts == {"created": 1}
    looks = {name: look for name, look in report.as_json()["formats"].items() if look}
    assert looks == {"occurred_at": "11/20/2026", "amount": "1234.56"}
    row = counted().get()
    assert (row.amount_minor, row.occurred_at.date()) == (123400, date(2026, 3, 3))


def _activities() -> Any:
    return kind_of("activities")


def test_a_formula_in_a_workbook(crew: Crew) -> None:
    head: list[object] = ["id", "type", "date", "rep", "amount", "currency"]
    in_text = workbook([head, ["a1", "call", date(2026, 3, 10), '=HYPERLINK("x")', None, None]])
    refused = bring(in_text)
    assert found(refused) == [("spreadsheet_formula", 2, "rep")]
    assert dict(refused.issues[0].params)["found"] == "=…"
    in_number = workbook([head, ["a1", "deal_won", date(2026, 3, 10), "P1", "=1+1", "EUR"]])
    # a file that no spreadsheet has calculated holds no value for it
    assert found(bring(in_number)) == [("formula_without_value", 2, "amount")]
    calculated = _with_saved_value(in_number, "<f>1+1</f><v />", "<f>1+1</f><v>2</v>")
    report = bring(calculated)
    assert (found(report), report.counts) == (
        [("formula_value_used", 2, "amount")],
        {"created": 1},
    )
    assert counted().get().amount_minor == 200


def _with_saved_value(content: bytes, old: str, new: str) -> bytes:
    """The workbook as a spreadsheet would have saved it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            if name.endswith("sheet1.xml"):
                changed = text.replace(old.encode(), new.encode())
                assert changed != text
                text = changed
            after.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"\x1f\x8b\x08\x00abc", "other_file_format"),
        (b"\xd0\xcf\x11\xe0abc", "other_file_format"),
        (b"PK\x03\x04not a zip", "broken_workbook"),
        (b"id;a\n1;\x00\n", "unreadable_text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(crew: Crew, content: bytes, code: str) -> None:
    assert [one[0] for one in found(bring(content))] == [code]


def test_a_zip_that_is_no_workbook_or_unpacks_to_too_much(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (3 * 1024 * 1024))
    assert [one[0] for one in found(bring(out.getvalue()))] == ["broken_workbook"]
    monkeypatch.setenv("IMPORT_MAX_UNPACKED_MB", "2")
    assert [one[0] for one in found(bring(out.getvalue()))] == ["file_too_large_unpacked"]


def test_limits_of_size_and_rows(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORT_MAX_ROWS", "1")
    assert [one[0] for one in found(bring(GOOD))] == ["too_many_rows"]
    monkeypatch.setenv("IMPORT_MAX_FILE_MB", "0")
    assert [one[0] for one in found(bring(GOOD))] == ["file_too_large"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("[1]", ["unreadable_mapping"]),
        ("a: [", ["document.ends"]),
        ("source: a\nsource: b", ["document.doubled_key"]),
        ("kind: deals", ["bad_mapping"]),
        ("colums: {}", ["unknown_mapping_key"]),
        ("columns: {persn: x}", ["unknown_field"]),
        ("columns: {person: [x]}", ["bad_mapping"]),
        ("decimal: dot\ndate_format: european\ncolumns: {occurred_at: d}", ["bad_mapping"] * 2),
        ("create_missing: {product: true}", ["bad_mapping"]),
        ("header_row: 0\nvalues: {type: {a: }, product: x}\nsource: [crm]", ["bad_mapping"] * 4),
    ],
)
def test_a_bad_mapping_says_all_that_is_wrong(text: str, codes: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_mapping(text, Place(file="m.yaml"), _activities())
    assert [issue.code for issue in refused.value.issues] == codes


def test_a_mapping_keeps_the_texts_that_were_written_and_tells_lines() -> None:
    text = (
        "header_row: 3\nvalues: {type: {no: call, 0.10: mail}}\ncolumns:\n"
        "  amount: {constant: 0.10}\n"
    )
    mapping = read_mapping(text, Place(file="m.yaml"), _activities())
    assert (mapping.header_row, mapping.values) == (3, {"type": {"no": "call", "0.10": "mail"}})
    assert mapping.constants == {"amount": "0.10"}
    with pytest.raises(Invalid) as refused:
        read_mapping(text.replace("amount", "amonut"), Place(file="m.yaml"), _activities())
    assert [str(issue.place) for issue in refused.value.issues] == ["m.yaml:columns.amonut:4:3"]


def test_a_mapping_document_reads_back_as_itself() -> None:
    document = {
        "kind": "activities",
        "source": "crm",
        "columns": {"external_id": "id", "currency": {"constant": "EUR"}},
        "values": {"type": {"appel": "call"}},
        "date_format": {"occurred_at": "dmy"},
        "decimal": "comma",
    }
    mapping = check_mapping(document, Place(), _activities())
    assert mapping.as_document() == document


def test_a_mapping_that_does_not_fit_the_file(crew: Crew) -> None:
    report = bring(GOOD, mapping={"columns": {"external_id": "idd", "type": "type"}})
    assert [one[0] for one in found(report)] == [
        "no_such_column",
        "unmapped_field",
        "unmapped_field",
    ]
    assert 'Did you mean "id"?' in [issue.remedy_text() for issue in report.issues]


# --- what is kept ----------------------------------------------------------------------------


def test_a_dry_run_says_what_would_happen_and_changes_nothing(crew: Crew) -> None:
    report = bring(GOOD, dry_run=True)
    assert (report.counts, report.is_good, report.batch_id) == ({"created": 2}, True, None)
    assert nothing_written()


def test_the_same_file_again_changes_nothing(crew: Crew) -> None:
    first, second = bring(GOOD), bring(GOOD)
    assert (first.counts, second.counts) == ({"created": 2}, {"unchanged": 2})
    assert (ImportBatch.objects.count(), Activity.objects.count()) == (1, 2)
    batch = ImportBatch.objects.get()
    assert (batch.row_count, batch.created_count, batch.file_name) == (2, 2, "log.csv")


def test_a_batch_is_reverted_and_can_be_imported_again(crew: Crew) -> None:
    batch = bring(GOOD).batch_id
    assert batch is not None
    TouchedDay.objects.all().delete()
    revert_batch(actor=crew.admin, batch_id=batch)
    assert counted().count() == 0
    assert TouchedDay.objects.count() == 2
    rows = Activity.objects.count()
    revert_batch(actor=crew.admin, batch_id=batch)
    assert Activity.objects.count() == rows
    assert bring(GOOD).counts == {"created": 2}
    assert counted().count() == 2


def test_a_revert_restores_what_the_batch_corrected(crew: Crew) -> None:
    bring(GOOD)
    text = "id;type;date;commercial;nature\na1;email;2026-03-10;P2;correction\n"
    batch = bring(text).batch_id
    assert batch is not None
    assert counted().get(external_id="a1").type_id == "email"
    revert_batch(actor=None, batch_id=batch)
    restored = counted().get(external_id="a1")
    assert (restored.type_id, restored.revision) == ("call", 3)
    assert restored.credits.get().person == crew.lea


def test_a_batch_whose_records_were_changed_since_is_not_reverted(crew: Crew) -> None:
    batch = bring(GOOD).batch_id
    assert batch is not None
    gone = ActivityInput("a1", kind=Entry.CANCELLATION, reason="x")
    record_activities(actor=None, source="import", records=[gone])
    with pytest.raises(Invalid) as refused:
        revert_batch(actor=None, batch_id=batch)
    assert [issue.code for issue in refused.value.issues] == ["changed_since_import"]
    assert ImportBatch.objects.get(pk=batch).state == "done"
    assert counted().count() == 1


DEALS = """id,stage,owner,product,amount,currency,engaged_on,closed_on
D1,Won,Léa Martin,GTX Pro,4514,EUR,2026-03-01,2026-03-11
D2,engaging,P2,GTXPro,,,2026-03-05,
"""


def test_deals_are_imported_and_an_unknown_product_is_said_to_look_alike(crew: Crew) -> None:
    report = bring(DEALS, "deals")
    assert [(one[0], one[1]) for one in found(report)] == [("product_looks_alike", 3)]
    assert report.counts == {"created": 2}
    assert Product.objects.filter(name="GTXPro").exists()
    strict = bring(
        DEALS.replace("GTXPro", "GTXPlus"),
        "deals",
        guess_mapping(_deals(), DEALS.split("\n")[0].split(",")).as_document()
        | {"create_missing": {"product": False}},
    )
    assert [one[0] for one in found(strict)] == ["unknown_product"]


def _deals() -> Any:
    return kind_of("deals")


def test_a_batch_of_deals_is_reverted_to_what_was_before(crew: Crew) -> None:
    first = bring(DEALS, "deals").batch_id
    second = bring(DEALS.replace("engaging,P2", "lost,P2").replace("05,", "05,2026-03-09"), "deals")
    assert (first is not None, second.counts) == (True, {"unchanged": 1, "corrected": 1})
    assert {state.stage for state in stages_at()} == {"won", "lost"}
    with pytest.raises(Invalid):
        revert_batch(actor=None, batch_id=first or 0)
    revert_batch(actor=None, batch_id=second.batch_id or 0)
    assert {state.stage for state in stages_at()} == {"won", "engaging"}
    assert {row.type_id for row in counted()} == {"opportunity_created", "deal_won"}
    assert Product.objects.filter(name="GTXPro").exists()


def test_a_reverted_batch_of_deals_leaves_nothing_that_counts(crew: Crew) -> None:
    batch = bring(DEALS, "deals").batch_id
    revert_batch(actor=None, batch_id=batch or 0)
    assert (stages_at(), counted().count()) == ([], 0)
    assert bring(DEALS, "deals").counts == {"created": 2}
    assert counted().count() == 3


def test_one_deal_with_two_contents_in_a_file_is_refused(crew: Crew) -> None:
    report = bring(DEALS.replace("D2", "D1"), "deals")
    assert ("duplicate_id_with_other_content", 3, "id") in found(report)
    assert nothing_written()


def test_people_come_in_by_file(crew: Crew) -> None:
    text = "matricule,prénom,nom,équipe,rôle,depuis\nP9,Zoé,Noir,North,ae,2026-01-05\n"
    report = bring(text, "people")
    assert (found(report), report.counts) == ([], {"created": 1})
    assert Person.objects.get(number="P9").name == "Zoé Noir"
    assert bring(text, "people").counts == {"unchanged": 1}
    bad = bring(text.replace(",ae,", ",wizard,").replace("P9", "P10"), "people")
    assert [(one[1], one[2]) for one in found(bad)] == [(2, "rôle")]
    assert not Person.objects.filter(number="P10").exists()


PEOPLE = "matricule,prénom,nom,équipe,rôle,depuis\nP9,Zoé,Noir,Harbour,ae,2026-01-05\n"


def test_a_reverted_batch_of_people_leaves_no_person_and_no_team(crew: Crew) -> None:
    before = (Person.objects.count(), Team.objects.count())
    batch = bring(PEOPLE, "people").batch_id
    revert_batch(actor=None, batch_id=batch or 0)
    assert (Person.objects.count(), Team.objects.count()) == before
    assert bring(PEOPLE, "people").counts == {"created": 1}


def test_people_with_records_are_not_reverted(crew: Crew) -> None:
    batch = bring(PEOPLE, "people").batch_id
    bring("id,type,commercial,date\nZ1,call,P9,2026-03-02\n")
    with pytest.raises(Invalid) as refused:
        revert_batch(actor=None, batch_id=batch or 0)
    assert [issue.code for issue in refused.value.issues] == ["people.in_use"]
    assert Person.objects.filter(number="P9", assignments__isnull=False).exists()


def test_a_batch_that_changed_people_is_not_reverted(crew: Crew) -> None:
    bring(PEOPLE, "people")
    batch = bring(PEOPLE.replace("Zoé", "Zoë"), "people").batch_id
    with pytest.raises(Invalid) as refused:
        revert_batch(actor=None, batch_id=batch or 0)
    assert [issue.code for issue in refused.value.issues] == ["people_changed"]
    assert Person.objects.get(number="P9").first_name == "Zoë"


def test_objectives_come_in_by_file(crew: Crew) -> None:
    load_dictionary(actor=None)
    text = "kpi;rep;from;to;target\nrevenue;Léa Martin;2026-03-01;2026-04-01;12 500,50\n"
    report = bring(text, "objectives")
    assert (found(report), report.counts) == ([], {"created": 1})
    assert Objective.objects.get().target == Decimal("12500.50")
    assert bring(text, "objectives").counts == {"unchanged": 1}
    bad = bring(text.replace("revenue", "revenu").replace("Léa Martin", "P9"), "objectives")
    assert [(one[1], one[2]) for one in found(bad)] == [(2, "kpi"), (2, "rep")]
    assert Objective.objects.count() == 1
