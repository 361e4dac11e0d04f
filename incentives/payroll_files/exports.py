"""What payroll files are made from: the lines of the ledger, and the templates that are known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, F, QuerySet

from incentives.calc import Plan
from incentives.choices import PeriodState
from incentives.models import ExportLine, LedgerLine, PayPeriod, PayrollTemplate, PlanVersion
from incentives.payroll import (
    Batch,
    FileTemplate,
    PayrollLine,
    Written,
    parse_template,
    shipped_documents,
    written,
)
from kernel.issues import Invalid
from kernel.money import Money
from people import queries as people

HANDED_OVER = (PeriodState.LOCKED, PeriodState.EXPORTED)

# --- templates -----------------------------------------------------------------------------------


def document_of(key: str) -> str | None:
    """The document of a template, the company's or a shipped one. At most one query."""
    shipped = shipped_documents().get(key)
    if shipped is not None:
        return shipped
    found = PayrollTemplate.objects.filter(key=key).values_list("document", flat=True)
    return found.first()


def template_of(key: str) -> FileTemplate | None:
    """A template by its key; None when there is none. At most one query."""
    document = document_of(key)
    return None if document is None else parse_template(document, f"{key}.yaml")


def own_templates() -> list[PayrollTemplate]:
    """The templates of the company, by key. One query."""
    return list(PayrollTemplate.objects.select_related("updated_by__person").order_by("key"))


def usable_templates() -> list[FileTemplate]:
    """What a period can be exported with: shipped ones that need no code, then the company's."""
    shipped = [parse_template(text, f"{key}.yaml") for key, text in shipped_documents().items()]
    own = PayrollTemplate.objects.order_by("key").values_list("key", "document")
    read = [readable(key, text) for key, text in own]
    return [*(one for one in shipped if one.is_ready), *(one for one in read if one is not None)]


def readable(key: str, document: str) -> FileTemplate | None:
    """The template of a stored text; None when a later version of the product refuses it."""
    try:
        return parse_template(document, f"{key}.yaml")
    except Invalid:
        return None


# --- lines ---------------------------------------------------------------------------------------


def ledger_of(period: PayPeriod) -> QuerySet[LedgerLine]:
    """The lines of a period in the order of payroll files: number, plan, component, days, id.

    The period's own line stands before corrections of earlier ones, oldest first.
    """
    corrected = F("statement__corrects__run__period__starts_on").asc(nulls_first=True)
    return LedgerLine.objects.filter(period=period).order_by(
        "person__number", "statement__plan_version__plan__key", "component", corrected, "id"
    )


def waiting(period: PayPeriod, template: str) -> QuerySet[LedgerLine]:
    """The lines of a period that no export with this template has handed over."""
    return ledger_of(period).exclude(export_lines__template=template)


_COLUMNS = {
    "number": F("person__number"),
    "first_name": F("person__first_name"),
    "last_name": F("person__last_name"),
    "establishment": F("person__establishment"),
    "contract": F("person__contract"),
    "plan_key": F("statement__plan_version__plan__key"),
    "version_id": F("statement__plan_version_id"),
    "corrects_id": F("statement__corrects_id"),
    "corrects_start": F("statement__corrects__run__period__starts_on"),
    "corrects_end": F("statement__corrects__run__period__ends_on"),
    "start": F("period__starts_on"),
    "end": F("period__ends_on"),
    "adjustment_id": F("adjustment__id"),
    "result_lines": F("statement__figures__lines"),
}
_OWN = ("id", "component", "label_fr", "label_en", "amount_minor", "currency", "statement_id")


def payroll_lines(rows: QuerySet[LedgerLine]) -> list[PayrollLine]:
    """These ledger lines in the neutral form, in their order. Three queries, whatever the size."""
    found = list(rows.values(*_OWN, **_COLUMNS))
    revisions = _revisions({row["corrects_id"] for row in found} - {None})
    versions = {row["version_id"] for row in found} - {None}
    plans = {
        one.pk: one.terms()
        for one in PlanVersion.objects.filter(pk__in=versions).only("document", "state")
    }
    return [_line(row, plans.get(row["version_id"]), revisions) for row in found]


def _line(row: Mapping[str, Any], plan: Plan | None, revisions: Mapping[int, int]) -> PayrollLine:
    factors = _factors(row)
    leave_base, minimum_wage = _flags(plan, row["component"])
    last_day = people.day_before(row["end"])
    return PayrollLine(
        employee_number=row["number"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        establishment=row["establishment"],
        contract=row["contract"],
        code=code_of(row["plan_key"], row["component"]),
        label_fr=row["label_fr"],
        label_en=row["label_en"],
        amount=Money(row["amount_minor"], row["currency"]),
        quantity=Fraction(factors["quantity"]) if factors else None,
        rate=Fraction(factors["rate"]) if factors else None,
        period_start=row["corrects_start"] or row["start"],
        period_end=people.day_before(row["corrects_end"]) if row["corrects_end"] else last_day,
        pay_month=last_day.replace(day=1),
        leave_base=leave_base,
        minimum_wage=minimum_wage,
        source=_source(row),
        revision=revisions.get(row["statement_id"] or 0, 1),
    )


def code_of(plan_key: str | None, component: str) -> str:
    """Our own code of a line: `plan.component`; an adjustment has no plan."""
    return f"{plan_key}.{component}" if plan_key else component


def _factors(row: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Quantity and rate, where the line of the statement has both and is no difference."""
    if row["corrects_id"] is not None:
        return None
    for line in row["result_lines"] or ():
        if line["component"] == row["component"] and "quantity" in line:
            return dict(line)
    return None


def _flags(plan: Plan | None, component: str) -> tuple[bool, bool]:
    """Leave base and minimum wage: as the plan says; a line of no component as any of its plan."""
    parts = plan.components if plan else ()
    own = [one for one in parts if one.key == component] or parts
    if not own:
        return True, True
    return any(one.leave_base for one in own), any(one.minimum_wage for one in own)


def _source(row: Mapping[str, Any]) -> str:
    ids = [f"ledger:{row['id']}"]
    if row["statement_id"] is not None:
        ids.append(f"statement:{row['statement_id']}:{row['component']}")
    if row["adjustment_id"] is not None:
        ids.append(f"adjustment:{row['adjustment_id']}")
    return " ".join(ids)


def _revisions(corrected: Iterable[int]) -> dict[int, int]:
    """By statement: 2 for the first correction of one of these, 3 for the second. One query."""
    posted = LedgerLine.objects.filter(statement__corrects__in=list(corrected))
    pairs = posted.values_list("statement__corrects_id", "statement_id").distinct()
    numbers: dict[int | None, int] = {}
    found: dict[int, int] = {}
    for root, statement_id in pairs.order_by("statement_id"):
        numbers[root] = numbers.get(root, 1) + 1
        if statement_id is not None:
            found[statement_id] = numbers[root]
    return found


# --- before exporting ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownCode:
    """A line that the payroll may have to know, and where the people are who get it."""

    establishment: str
    code: str
    label_fr: str
    label_en: str


def codes_in(period: PayPeriod) -> list[KnownCode]:
    """The codes of a period's ledger, by establishment. One query."""
    rows = (
        LedgerLine.objects.filter(period=period)
        .values_list(
            "person__establishment",
            "statement__plan_version__plan__key",
            "component",
            "label_fr",
            "label_en",
        )
        .distinct()
        .order_by(
            "person__establishment",
            "statement__plan_version__plan__key",
            "component",
            "label_fr",
            "label_en",
        )
    )
    found: dict[tuple[str, str], KnownCode] = {}
    for establishment, plan_key, component, fr, en in rows:
        code = code_of(plan_key, component)
        found.setdefault((establishment, code), KnownCode(establishment, code, fr, en))
    return list(found.values())


def missing_codes(template: FileTemplate, codes: Sequence[KnownCode]) -> list[KnownCode]:
    """Those of the codes that the template does not map. Pure."""
    return [one for one in codes if template.code_of(one.establishment, one.code) is None]


def last_handed_over() -> PayPeriod | None:
    """The last period that is locked: what a template is tried on. One query."""
    rows = PayPeriod.objects.filter(state__in=HANDED_OVER)
    return rows.order_by("-ends_on", "-id").first()


def preview(template: FileTemplate, period: PayPeriod, limit: int | None = None) -> Written:
    """All lines of a period (or its first ones) as the template would write them. Four queries."""
    rows = ledger_of(period)
    lines = payroll_lines(rows[:limit] if limit else rows)
    return written(template, lines, batch_of(period, template.key, 1, 1))


def batch_of(period: PayPeriod, template: str, number: int, sequence: int) -> Batch:
    """The facts of an export: its id is the same whenever and by whomever it is made."""
    again = f"-{number}" if number > 1 else ""
    return Batch(
        export_id=f"{period.kind}-{period.starts_on.isoformat()}-{template}{again}",
        kind=period.kind,
        start=period.starts_on,
        end=people.day_before(period.ends_on),
        number=number,
        sequence=sequence,
    )


def waiting_counts(period: PayPeriod) -> dict[str, int]:
    """By template that has exported the period: how many of its lines came since. Two queries."""
    total = LedgerLine.objects.filter(period=period).count()
    rows = ExportLine.objects.filter(ledger_line__period=period).values("template")
    handed = rows.annotate(count=Count("id")).order_by("template")
    return {row["template"]: total - row["count"] for row in handed}
