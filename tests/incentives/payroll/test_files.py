"""Payroll files, byte by byte: encodings, widths, signs, digits of currencies, formulas, names."""

import csv
import io
import zipfile
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from incentives.payroll import PayrollLine, packed, parse_template, shipped_documents, written
from kernel.money import Money, digits_of
from kernel.numbers import parse_number
from tests.incentives.payroll.people import (
    CHLOÉ,
    EVERYBODY,
    LÉA,
    NOOR,
    NOTHING,
    OCTOBER,
    YUKI,
    column,
    refused,
    template,
    text,
)

FIXED = {
    "format": "fixed",
    "encoding": "cp1252",
    "header": None,
    "file_name": "own.txt",
    "decimal_mark": ",",
    "decimals": 3,
}
POSITIONS = [
    {"field": "employee_number", "width": 8, "align": "right", "pad": "0"},
    {"field": "last_name", "width": 10},
    {"field": "amount", "width": 12, "pad": "0"},
]
SHIPPED = {key: parse_template(document) for key, document in shipped_documents().items()}


def codes(*lines: PayrollLine, **changes: object) -> list[str]:
    return [issue.code for issue in refused(template(**changes), *lines)]


# --- digits and signs --------------------------------------------------------------------------


def test_amounts_have_the_digits_of_their_currency() -> None:
    assert text(template(), *EVERYBODY) == (
        "1001;sales.commission;1875.00;EUR\r\n"
        "1002;sales.commission;-312.50;EUR\r\n"
        "1003;sales.commission;150000;JPY\r\n"
        "1004;sales.commission;1234.567;KWD\r\n"
    )


def test_amounts_with_stated_decimals_are_filled_up_and_never_rounded() -> None:
    three = template(decimals=3, decimal_mark=",")
    assert text(three, YUKI, NOOR) == (
        "1003;sales.commission;150000,000;JPY\r\n1004;sales.commission;1234,567;KWD\r\n"
    )
    (issue,) = refused(template(decimals=2), NOOR)
    assert issue.text() == (
        "Noor Al-Sabah (1004): amount has more decimals (1234.567) than the 2 of the file."
    )


def test_minor_units_are_digits_without_a_mark() -> None:
    columns = [{"field": "employee_number"}, {"field": "amount"}]
    plain = template(columns=columns, decimal_mark="none")
    assert text(plain, LÉA, CHLOÉ) == "1001;187500\r\n1002;-31250\r\n"


@pytest.mark.parametrize(
    ("sign", "expected"), [("leading", "-312.50"), ("trailing", "312.50-"), ("absolute", "312.50")]
)
def test_the_sign_stands_where_the_template_says(sign: str, expected: str) -> None:
    columns = column(field="sign", positive="C", negative="D")
    made = template(sign=sign, columns=columns)
    assert text(made, LÉA, CHLOÉ) == (
        f"1001;sales.commission;1875.00;EUR;C\r\n1002;sales.commission;{expected};EUR;D\r\n"
    )


def test_a_code_of_its_own_may_say_that_an_amount_is_negative() -> None:
    mapped = {"sales.commission": {"code": "300", "negative": "301"}}
    made = template(sign="absolute", codes=mapped)
    assert text(made, LÉA, CHLOÉ) == "1001;300;1875.00;EUR\r\n1002;301;312.50;EUR\r\n"


def test_a_sign_that_nothing_says_is_refused() -> None:
    assert codes(CHLOÉ, sign="absolute") == ["payroll.sign_lost"]
    assert text(template(sign="absolute"), LÉA) == "1001;sales.commission;1875.00;EUR\r\n"


def test_quantity_and_rate_are_exact_and_empty_where_the_line_has_none() -> None:
    columns = [*column(field="quantity"), {"field": "rate"}]
    made = template(columns=columns)
    assert text(made, LÉA, CHLOÉ) == (
        "1001;sales.commission;1875.00;EUR;37500;0.05\r\n1002;sales.commission;-312.50;EUR;;\r\n"
    )


# --- dates, flags, months ----------------------------------------------------------------------


def test_dates_months_and_flags_are_written_as_the_payroll_reads_them() -> None:
    columns = [
        *column(field="period_start"),
        {"field": "period_end", "format": "dd/mm/yy"},
        {"field": "pay_month", "format": "mm/yyyy"},
        {"field": "leave_base", "when_true": "O", "when_false": "N"},
        {"field": "minimum_wage"},
        {"field": "revision"},
    ]
    made = template(columns=columns, pay_month="next")
    assert text(made, CHLOÉ) == (
        "1002;sales.commission;-312.50;EUR;2026-09-01;30/09/26;11/2026;N;1;2\r\n"
    )


def test_december_is_paid_in_january() -> None:
    made = template(columns=column(field="pay_month", format="yyyy-mm"), pay_month="next")
    december = replace(LÉA, pay_month=LÉA.pay_month.replace(month=12))
    assert text(made, december).endswith(";2027-01\r\n")


# --- texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    evil = replace(LÉA, last_name=f"{start}1+1", first_name="", code="-x", amount=Money(-1, "EUR"))
    made = template(columns=column(field="last_name"))
    (row,) = csv.reader(io.StringIO(text(made, evil), newline=""), delimiter=";")
    assert row == ["1001", "'-x", "-0.01", "EUR", f"'{start}1+1"]


def test_delimiters_and_quotes_inside_a_text_stay_inside_it() -> None:
    odd = replace(LÉA, last_name='O"Neil; "X"', first_name="")
    made = template(columns=column(field="name"))
    assert text(made, odd) == '1001;sales.commission;1875.00;EUR;"O""Neil; ""X"""\r\n'
    plain = template(columns=column(field="name"), quoting="none")
    assert [issue.code for issue in refused(plain, odd)] == ["payroll.character"]


def test_all_cells_may_stand_in_quotes_and_lines_may_end_as_on_unix() -> None:
    made = template(quoting="all", line_end="lf", delimiter=",")
    assert text(made, LÉA) == '"1001","sales.commission","1875.00","EUR"\n'


@pytest.mark.parametrize(
    ("encoding", "codec", "bytes_of_é"),
    [("utf-8", "utf-8", b"\xc3\xa9"), ("cp1252", "cp1252", b"\xe9")],
)
def test_accents_are_written_in_the_encoding(encoding: str, codec: str, bytes_of_é: bytes) -> None:
    made = template(encoding=encoding, columns=column(field="first_name"))
    decomposed = replace(LÉA, first_name="Le\u0301a")
    (file,) = written(made, [decomposed], OCTOBER).files
    assert file.content == b"1001;sales.commission;1875.00;EUR;L" + bytes_of_é + b"a\r\n"
    assert file.content_type.startswith("text/csv; charset=")
    assert file.content.decode(codec).count("é") == 1


def test_a_letter_that_the_encoding_lacks_is_told_with_the_person_and_the_field() -> None:
    columns = [*column(field="first_name"), {"field": "last_name"}]
    made = template(encoding="cp1252", columns=columns)
    paweł = replace(LÉA, first_name="Paweł", last_name="Wiśniewski")
    assert [issue.text() for issue in refused(made, LÉA, paweł)] == [
        "Paweł Wiśniewski (1001): first_name holds a character that the file cannot hold"
        " (ł U+0142).",
        "Paweł Wiśniewski (1001): last_name holds a character that the file cannot hold"
        " (ś U+015B).",
    ]


def test_what_must_not_be_empty_is_told_for_everybody_at_once() -> None:
    columns = column(field="contract", required=True)
    nobody = replace(CHLOÉ, employee_number="1005", first_name="Ana", last_name="Roy")
    issues = refused(template(columns=columns), CHLOÉ, nobody)
    assert [issue.text() for issue in issues] == [
        "Chloé Noël (1002): contract is empty.",
        "Ana Roy (1005): contract is empty.",
    ]
    assert text(template(columns=columns), LÉA).endswith(";CDI-1\r\n")


# --- fixed positions ---------------------------------------------------------------------------


def test_fixed_positions_are_filled_with_spaces_and_zeros() -> None:
    made = template(**FIXED, columns=POSITIONS)
    (file,) = written(made, [LÉA, CHLOÉ], OCTOBER).files
    assert file.content == (
        b"00001001Martin    00001875,000\r\n00001002No\xebl      -0000312,500\r\n"
    )
    assert file.content_type == "text/plain; charset=windows-1252"


def test_a_trailing_sign_stands_behind_the_zeros() -> None:
    made = template(**FIXED, columns=POSITIONS, sign="trailing")
    assert text(made, CHLOÉ, codec="cp1252") == "00001002Noël      0000312,500-\r\n"


def test_nothing_goes_out_when_a_value_is_too_long_and_all_of_them_are_told() -> None:
    made = template(**FIXED, columns=POSITIONS)
    long = replace(LÉA, last_name="Martin-Dupont-Lefèvre", employee_number="123456789")
    rich = replace(CHLOÉ, amount=Money(10**12, "EUR"))
    assert [issue.text() for issue in refused(made, LÉA, long, rich)] == [
        'Léa Martin-Dupont-Lefèvre (123456789): employee_number "123456789" is longer than 8'
        " characters.",
        'Léa Martin-Dupont-Lefèvre (123456789): last_name "Martin-Dupont-Lefèvre" is longer than'
        " 10 characters.",
        'Chloé Noël (1002): amount "10000000000,000" is longer than 12 characters.',
    ]


def test_a_label_may_be_cut_where_the_template_says_so() -> None:
    cut = {"field": "label", "width": 6, "too_long": "cut"}
    made = template(**FIXED, columns=[*POSITIONS, cut])
    assert text(made, LÉA, codec="cp1252").endswith("Commis\r\n")


def test_a_line_break_in_a_name_never_shifts_the_columns() -> None:
    broken = replace(LÉA, last_name="Mar\ntin")
    assert codes(broken, **FIXED, columns=POSITIONS) == ["payroll.character"]


# --- codes and establishments ------------------------------------------------------------------


def test_a_code_is_looked_up_for_the_establishment_then_for_all() -> None:
    made = template(
        unmapped="refuse",
        codes={"sales.commission": "300"},
        entities={"LYON": {"codes": {"sales.commission": "L30"}}},
    )
    assert text(made, LÉA, CHLOÉ) == "1001;300;1875.00;EUR\r\n1002;L30;-312.50;EUR\r\n"


def test_every_code_that_is_missing_is_told_once() -> None:
    made = template(unmapped="refuse", codes={"sales.other": "1"})
    spiff = replace(LÉA, code="sales.spiff")
    issues = refused(made, LÉA, LÉA, CHLOÉ, spiff)
    assert [issue.text() for issue in issues] == [
        "The line sales.commission has no payroll code (PARIS).",
        "The line sales.commission has no payroll code (LYON).",
        "The line sales.spiff has no payroll code (PARIS).",
    ]
    everything = template(unmapped="refuse", codes={"*": "999"})
    assert text(everything, spiff) == "1001;999;1875.00;EUR\r\n"


def test_lines_whose_file_name_differs_go_to_different_files() -> None:
    made = template(
        file_name="PR{company}EPI.csv",
        entities={"PARIS": {"company": "ABC"}, "LYON": {"company": "XYZ"}, "*": {"company": "INT"}},
    )
    result = written(made, [LÉA, CHLOÉ, YUKI, LÉA], OCTOBER)
    assert [(one.name, one.line_count, one.totals) for one in result.files] == [
        ("PRABCEPI.csv", 2, {"EUR": 375000}),
        ("PRINTEPI.csv", 1, {"JPY": 150000}),
        ("PRXYZEPI.csv", 1, {"EUR": -31250}),
    ]
    archive = packed(result.files, OCTOBER)
    assert archive.name == "month-2026-10-01-own.zip"
    assert (archive.line_count, archive.totals) == (4, {"EUR": 343750, "JPY": 150000})
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == {
            one.name: one.content for one in result.files
        }
    assert packed(result.files, OCTOBER).content == archive.content
    assert packed(result.files[:1], OCTOBER) == result.files[0]


def test_an_establishment_that_the_template_does_not_know_is_told() -> None:
    made = template(columns=column(entity="company"), entities={"PARIS": {"company": "ABC"}})
    nowhere = replace(LÉA, establishment="")
    assert [issue.code for issue in refused(made, LÉA, CHLOÉ, nowhere)] == [
        "payroll.no_entity",
        "payroll.no_establishment",
    ]
    assert text(made, LÉA) == "1001;sales.commission;1875.00;EUR;ABC\r\n"


def test_what_the_template_says_of_nobody_is_told_once() -> None:
    (issue,) = refused(template(columns=column(entity="company")), *EVERYBODY)
    assert issue.text() == "The template does not say company of any establishment."
    assert issue.remedy_text() == (
        'Write it under `entities`, for all with `entities: {"*": {company: ...}}`.'
    )


def test_a_file_name_never_leaves_its_directory() -> None:
    made = template(file_name="pay-{establishment}.csv")
    assert [one.name for one in written(made, [LÉA], OCTOBER).files] == ["pay-PARIS.csv"]
    away = replace(LÉA, establishment="../../etc/cron")
    assert [issue.code for issue in refused(made, away)] == ["payroll.file_name"]


def test_a_file_name_has_an_end() -> None:
    made = template(file_name="pay-{establishment}.csv")
    assert len(written(made, [replace(LÉA, establishment="P" * 112)], OCTOBER).files) == 1
    far = replace(LÉA, establishment="P" * 113)
    assert [issue.code for issue in refused(made, far)] == ["payroll.file_name_long"]


def test_two_currencies_need_a_column_that_tells_them_apart() -> None:
    columns = [{"field": "employee_number"}, {"field": "amount"}]
    assert codes(LÉA, YUKI, columns=columns) == ["payroll.currencies"]
    assert text(template(columns=columns), LÉA, CHLOÉ) == "1001;1875.00\r\n1002;-312.50\r\n"


# --- lines of nothing --------------------------------------------------------------------------


def test_lines_of_zero_are_left_out_or_kept_as_the_template_says() -> None:
    assert text(template(), LÉA, NOTHING) == "1001;sales.commission;1875.00;EUR\r\n"
    kept = text(template(zero_lines="keep"), LÉA, NOTHING)
    assert kept == "1001;sales.commission;1875.00;EUR\r\n1001;sales.spiff;0.00;EUR\r\n"


def test_no_line_at_all_is_a_file_with_its_head() -> None:
    (file,) = written(template(header=True), [NOTHING], OCTOBER).files
    assert file.content == b"employee_number;code;amount;currency\r\n"
    assert (file.line_count, file.totals) == (0, {})


# --- workbooks ---------------------------------------------------------------------------------


def test_a_workbook_holds_numbers_as_numbers_and_texts_as_texts() -> None:
    made = template(format="xlsx", file_name="own.xlsx", header=True, columns=column(field="name"))
    evil = replace(LÉA, first_name="=HYPERLINK(1)", employee_number="0042")
    (file,) = written(made, [evil, CHLOÉ], OCTOBER).files
    (again,) = written(made, [evil, CHLOÉ], OCTOBER).files
    assert file.content == again.content
    sheet = load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    assert [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()][1:] == [
        [("0042", "s"), ("sales.commission", "s"), (1875, "n"), ("EUR", "s"),
         ("'=HYPERLINK(1) Martin", "s")],
        [("1002", "s"), ("sales.commission", "s"), (-312.5, "n"), ("EUR", "s"),
         ("Chloé Noël", "s")],
    ]  # fmt: skip


# --- any people at all -------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
AMOUNTS = st.builds(
    Money,
    st.integers(-(10**12), 10**12),
    st.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
)
LINES = st.builds(
    lambda name, code, amount: replace(
        LÉA, first_name="", last_name=name or "x", code=code or "c", amount=amount
    ),
    NAMES,
    NAMES,
    AMOUNTS,
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["minimal", "all"]), st.sampled_from(",;\t"))
def test_a_delimited_file_reads_back_as_what_was_written(
    lines: list[PayrollLine], quoting: str, delimiter: str
) -> None:
    made = template(quoting=quoting, delimiter=delimiter, zero_lines="keep")
    result = written(made, lines, OCTOBER)
    if result.issues:
        assert {issue.code for issue in result.issues} == {"payroll.character"}
        return
    (file,) = result.files
    content = io.StringIO(file.content.decode(), newline="")
    rows = list(csv.reader(content, delimiter=delimiter, strict=True))
    assert [(row[0], row[2], row[3]) for row in rows] == [
        (one.employee_number, one.amount.text(), one.amount.currency) for one in lines
    ]
    assert not any(cell[:1] in "=+-@\t\r\n" for row in rows for cell in (row[0], row[1]) if cell)
    for currency in {one.amount.currency for one in lines}:
        read = sum(
            (parse_number(row[2], decimal_comma=False) for row in rows if row[3] == currency),
            Fraction(0),
        )
        assert read * 10 ** digits_of(currency) == file.totals[currency]


@given(st.lists(LINES, max_size=6))
def test_every_line_of_a_fixed_file_has_the_same_width_or_nothing_is_written(
    lines: list[PayrollLine],
) -> None:
    columns = [*POSITIONS[:2], {"field": "amount", "width": 16}, {"field": "currency", "width": 3}]
    made = template(**(FIXED | {"decimals": 4}), columns=columns, zero_lines="keep")
    result = written(made, lines, OCTOBER)
    if result.issues:
        assert {issue.code for issue in result.issues} <= {"payroll.character", "payroll.too_long"}
        return
    rows = result.files[0].content.split(b"\r\n")[:-1]
    assert [len(row) for row in rows] == [37] * len(lines)
    for row, line in zip(rows, lines, strict=True):
        amount = parse_number(row[18:34].decode("cp1252").strip(), decimal_comma=True)
        assert amount == line.amount.amount


@pytest.mark.parametrize("key", sorted(SHIPPED))
def test_the_file_of_a_shipped_template_is_named_as_its_key(key: str) -> None:
    assert SHIPPED[key].key == key
