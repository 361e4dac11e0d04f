"""One cell of a payroll file: the text of a field as its column writes it, or why it cannot."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from incentives.payroll.lines import FIELDS, Batch, Kind, PayrollLine
from incentives.payroll.templates import Column, FileTemplate
from kernel.issues import N_, Issue, Place, error
from kernel.money import digits_of
from kernel.numbers import as_text

# what a spreadsheet would run as a formula when it opens the file; the last four are full-width
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
BREAKS = "\t\r\n"
CODECS = {"utf-8-bom": "utf-8"}


def neutral(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: an apostrophe before a formula.

    Only for texts; an amount keeps its minus sign.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


@dataclass(slots=True)
class Clerk:
    """Writes the cells of one export and collects what is wrong, each thing once."""

    template: FileTemplate
    batch: Batch
    _issues: dict[tuple[object, ...], Issue] = field(default_factory=dict)

    @property
    def issues(self) -> tuple[Issue, ...]:
        return tuple(self._issues.values())

    def refuse(self, code: str, message: str, remedy: str, path: str, /, **params: object) -> str:
        """Report an issue and give an empty cell."""
        issue = error(code, message, remedy, Place(path=path), **params)
        self._issues.setdefault((code, path, issue.params), issue)
        return ""

    def cells(self, line: PayrollLine, number: int) -> list[str]:
        """The cells of a line, the `number`-th of its file."""
        return [self._cell(line, column, number) for column in self.template.columns]

    def head(self) -> list[str]:
        """The names of the columns."""
        return [neutral(column.name) for column in self.template.columns]

    def _cell(self, line: PayrollLine, column: Column, number: int) -> str:
        if column.field is not None and FIELDS[column.field][0] is Kind.NUMBER:
            text = self._number(line, column, number)
        else:
            text = self._fitted(line.who, self._text(line, column), column)
        if column.required and not text.strip():
            return self.refuse(
                "payroll.empty",
                N_("{who}: {column} is empty."),
                N_("Fill it in on the page of the person, or in the file of people."),
                column.name,
                who=line.who,
                column=column.name,
            )
        return self._padded(line, text, column)

    # --- texts --------------------------------------------------------------------------------

    def _text(self, line: PayrollLine, column: Column) -> str:
        if column.constant is not None:
            return column.constant
        if column.entity is not None:
            return self.of_entity(line, column.entity)
        match column.field:
            case "code":
                return self.code(line)
            case "neutral_code":
                return line.code
            case "label":
                return line.label_fr if self.template.language == "fr" else line.label_en
            case "currency":
                return line.amount.currency
            case "sign":
                return column.negative if line.amount.minor < 0 else column.positive
            case "export_id":
                return self.batch.export_id
            case "pay_month":
                return self._date(self.template.month_of(line.pay_month), column)
            case "period_start" | "period_end" as name:
                return self._date(getattr(line, name), column)
            case "leave_base" | "minimum_wage" as name:
                return column.when_true if getattr(line, name) else column.when_false
        return str(getattr(line, column.field or ""))

    def code(self, line: PayrollLine) -> str:
        """The payroll's code of a line."""
        found = self.template.code_of(line.establishment, line.code)
        if found is None:
            return self.refuse(
                "payroll.no_code",
                N_("The line {line} has no payroll code{where}."),
                N_("Add it to `codes` of the template: the payroll knows its code."),
                "code",
                line=line.code,
                where=f" ({line.establishment})" if line.establishment else "",
            )
        return found.negative if line.amount.minor < 0 and found.negative else found.code

    def of_entity(self, line: PayrollLine, key: str) -> str:
        """A text that the template gives for the person's establishment."""
        entity = self.template.entity_of(line.establishment)
        if entity is not None and key in entity.values:
            return entity.values[key]
        if not any(key in one.values for one in self.template.entities.values()):
            return self.refuse(
                "payroll.no_entities",
                N_("The template does not say {key} of any establishment."),
                N_('Write it under `entities`, for all with `entities: {{"*": {{{key}: ...}}}}`.'),
                key,
                key=key,
            )
        if not line.establishment:
            return self.refuse(
                "payroll.no_establishment",
                N_("{who} has no establishment, so {key} is not known."),
                N_('Fill in the establishment of the person, or `entities: {{"*": ...}}`.'),
                key,
                who=line.who,
                key=key,
            )
        return self.refuse(
            "payroll.no_entity",
            N_("The template does not say {key} of the establishment {establishment}."),
            N_("Add the establishment to `entities`, with this key."),
            key,
            key=key,
            establishment=line.establishment,
        )

    def _date(self, day: date, column: Column) -> str:
        pattern = column.format or self.template.dates
        parts = {
            "yyyy": f"{day.year:04}",
            "yy": f"{day.year % 100:02}",
            "mm": f"{day.month:02}",
            "dd": f"{day.day:02}",
        }
        return re.sub("yyyy|yy|mm|dd", lambda found: parts[found[0]], pattern)

    def _fitted(self, who: str, text: str, column: Column) -> str:
        """A text in one form of Unicode, cut where the column says so, with no bad character."""
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if column.too_long == "cut" and column.width is not None:
            text = text[: column.width]
        bad = bad_character(self.template, text)
        if bad is not None:
            return self.refuse(
                "payroll.character",
                N_("{who}: {column} holds a character that the file cannot hold ({bad})."),
                N_("Correct the text, or choose another `encoding` (utf-8 holds every letter)."),
                column.name,
                who=who,
                column=column.name,
                bad=f"{bad} U+{ord(bad):04X}" if bad.isprintable() else f"U+{ord(bad):04X}",
            )
        return text if self.template.format == "fixed" else neutral(text)

    # --- numbers ------------------------------------------------------------------------------

    def _number(self, line: PayrollLine, column: Column, number: int) -> str:
        match column.field:
            case "amount":
                return self._amount(line, column)
            case "line":
                value: Fraction | None = Fraction(number)
            case "batch":
                value = Fraction(self.batch.sequence)
            case "revision":
                value = Fraction(line.revision)
            case _:
                value = line.quantity if column.field == "quantity" else line.rate
        if value is None:
            return ""
        places = column.decimals
        if places is None and column.field not in ("quantity", "rate"):
            places = 0
        return self._digits(line, column, value, places)

    def _amount(self, line: PayrollLine, column: Column) -> str:
        places = column.decimals if column.decimals is not None else self.template.decimals
        if places is None:
            places = digits_of(line.amount.currency)
        value = line.amount.amount
        if self.template.sign == "absolute" and value < 0:
            if not self._says_sign(line):
                return self.refuse(
                    "payroll.sign_lost",
                    N_("{who}: nothing in the line says that the amount is negative."),
                    N_("Add a column `sign`, or a code for negative amounts, or another `sign`."),
                    column.name,
                    who=line.who,
                )
            value = -value
        return self._digits(line, column, value, places)

    def _says_sign(self, line: PayrollLine) -> bool:
        columns = self.template.columns
        if any(one.field == "sign" and one.positive != one.negative for one in columns):
            return True
        found = self.template.code_of(line.establishment, line.code)
        written = any(one.field == "code" for one in columns)
        return written and found is not None and found.negative not in (None, found.code)

    def _digits(
        self, line: PayrollLine, column: Column, value: Fraction, places: int | None
    ) -> str:
        """An exact number; with `places`, exactly so many decimals; the sign by the template."""
        text = _decimal(abs(value), places)
        if text is None:
            return self.refuse(
                "payroll.too_fine",
                N_("{who}: {column} has more decimals ({value}) than the {places} of the file."),
                N_("Give the column more `decimals`; the file never rounds."),
                column.name,
                who=line.who,
                column=column.name,
                value=as_text(value),
                places=places or 0,
            )
        mark = self.template.decimal_mark if self.template.format != "xlsx" else "."
        text = text.replace(".", "" if mark == "none" else mark)
        if value >= 0:
            return text
        if self.template.sign == "trailing":
            return f"{text}-"
        return f"-{text}"

    # --- widths -------------------------------------------------------------------------------

    def _padded(self, line: PayrollLine, text: str, column: Column) -> str:
        width = column.width
        if width is None:
            return text
        if len(text) > width:
            return self.refuse(
                "payroll.too_long",
                N_('{who}: {column} "{value}" is longer than {width} characters.'),
                N_("Make the column wider, or shorten the value. Nothing is exported."),
                column.name,
                who=line.who,
                column=column.name,
                value=text,
                width=width,
            )
        if self.template.format != "fixed":
            return text
        if column.align == "left":
            return text.ljust(width, column.pad)
        if column.pad == "0" and text.startswith("-"):
            return "-" + text[1:].rjust(width - 1, "0")
        # an empty cell stays empty: zeros would be a value
        return text.rjust(width, column.pad if text else " ")


def _decimal(value: Fraction, places: int | None) -> str | None:
    """Decimal text of a number that is not negative; None when it does not end in `places`."""
    if places is None:
        text = as_text(value)
        return None if "/" in text else text
    scaled = value * 10**places
    if scaled.denominator != 1:
        return None
    digits = str(scaled.numerator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def bad_character(template: FileTemplate, text: str) -> str | None:
    """The first character of a text that a file of this template cannot hold."""
    quoted = template.format == "delimited" and template.quoting != "none"
    if text.isascii() and text.isprintable() and (quoted or template.format != "delimited"):
        return None  # nearly every cell
    breaks = BREAKS if quoted or template.format == "xlsx" else ""
    for found in CONTROL.findall(text):
        if found not in breaks:
            return str(found)
    if template.format == "delimited" and not quoted and template.delimiter in text:
        return template.delimiter
    try:
        text.encode(CODECS.get(template.encoding, template.encoding))
    except UnicodeEncodeError as problem:
        return text[problem.start]
    return None


def currencies_of(lines: Iterable[PayrollLine]) -> list[str]:
    """The currencies of these lines, in the order of the alphabet."""
    return sorted({line.amount.currency for line in lines})
