"""Payroll templates and files as plain values for pages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.formats import minor_text, moment_text
from common.labels import label
from incentives.models import Export, PayPeriod, PayrollTemplate
from incentives.payroll import FileTemplate, Written, parse_template, shipped_documents
from incentives.payroll_files.exports import (
    HANDED_OVER,
    KnownCode,
    codes_in,
    last_handed_over,
    missing_codes,
    own_templates,
    preview,
    readable,
    usable_templates,
    waiting_counts,
)
from incentives.periods.pages import named
from incentives.plans.pages import document_lines, issue_rows
from kernel.issues import Issue

Cells = dict[str, Any]
SHOWN_LINES = 20
SHOWN_ISSUES = 50
FORMATS = {"delimited": "CSV", "xlsx": "XLSX"}


def template_name(template: FileTemplate) -> str:
    """The name in the reader's language."""
    return label(template.name["fr"], template.name["en"])


# --- a period ----------------------------------------------------------------------------------


def export_card(period: PayPeriod, exports: Sequence[Export]) -> Cells:
    """The files of a period, and the templates that it can be exported with.

    Four queries once it is locked, none before.
    """
    templates = usable_templates() if period.state in HANDED_OVER else []
    names = {one.key: template_name(one) for one in templates}
    return {
        "rows": [_export_row(one, names) for one in exports],
        "choices": _choices(period, templates) if templates else [],
    }


def _choices(period: PayPeriod, templates: Sequence[FileTemplate]) -> list[Cells]:
    codes, counts = codes_in(period), waiting_counts(period)
    return [
        {
            "key": one.key,
            "name": template_name(one),
            "url": reverse("incentives:payroll_template", args=[one.key]),
            "missing": len(missing_codes(one, codes)),
            "new_lines": counts.get(one.key, 0),
        }
        for one in templates
    ]


def _export_row(one: Export, names: Mapping[str, str]) -> Cells:
    return {
        "url": reverse("incentives:export_file", args=[one.pk]),
        "file_name": one.file_name,
        "export_id": one.export_id,
        "name": names.get(one.template, one.template),
        "is_later": one.number > 1,
        "lines": one.line_count,
        "totals": totals_text(one.control_totals),
        "sha256": one.sha256,
        "who": one.made_by.name if one.made_by else _("command line"),
        "at": moment_text(one.made_at),
    }


def totals_text(totals: Mapping[str, int]) -> str:
    """The control totals, one per currency."""
    return " · ".join(minor_text(minor, currency) for currency, minor in sorted(totals.items()))


# --- templates ---------------------------------------------------------------------------------


def template_list() -> Cells:
    """The company's templates and the shipped ones. One query."""
    return {
        "own": [
            {
                "key": one.key,
                "name": label(one.name_fr, one.name_en),
                "url": reverse("incentives:payroll_template", args=[one.key]),
                "format": _format_of(one),
                "at": moment_text(one.updated_at),
                "who": one.updated_by.name if one.updated_by else "",
            }
            for one in own_templates()
        ],
        "shipped": [
            _shipped_row(parse_template(text, f"{key}.yaml"))
            for key, text in shipped_documents().items()
        ],
    }


def _format_of(one: PayrollTemplate) -> str:
    template = readable(one.key, one.document)
    return format_text(template) if template else _("cannot be read any more: correct it")


def _shipped_row(template: FileTemplate) -> Cells:
    return {
        "key": template.key,
        "name": template_name(template),
        "url": reverse("incentives:payroll_template", args=[template.key]),
        "format": format_text(template),
        "is_ready": template.is_ready,
        "copy_url": f"{reverse('incentives:payroll_template_new')}?from={template.key}",
    }


def format_text(template: FileTemplate) -> str:
    """What kind of file it is, in a word."""
    return FORMATS.get(template.format) or _("fixed positions")


def template_page(template: FileTemplate, document: str, period: PayPeriod | None) -> Cells:
    """One template: its document, the codes of our lines, and a period as it would be written."""
    codes = codes_in(period) if period else []
    return {
        "key": template.key,
        "name": template_name(template),
        "format": format_text(template),
        "lines": document_lines(document, []),
        "is_shipped": template.key in shipped_documents(),
        "is_ready": template.is_ready,
        "copy_url": f"{reverse('incentives:payroll_template_new')}?from={template.key}",
        "codes": [_code_row(template, one) for one in codes],
        "missing": len(missing_codes(template, codes)),
        "by_establishment": any(one.establishment for one in codes),
        "trial": trial(template, period),
    }


def _code_row(template: FileTemplate, one: KnownCode) -> Cells:
    found = template.code_of(one.establishment, one.code)
    parts = [] if found is None else [part for part in (found.code, found.negative) if part]
    return {
        "establishment": one.establishment,
        "code": one.code,
        "label": label(one.label_fr, one.label_en),
        "payroll": " / ".join(parts),
    }


def trial(template: FileTemplate, period: PayPeriod | None) -> Cells | None:
    """A locked period as the template would write it, or everything that stands against it."""
    if period is None:
        return None
    # a workbook is shown as the text of its cells
    shown = template
    if template.format == "xlsx":
        shown = replace(template, format="delimited", delimiter=";", quoting="minimal")
    made = preview(shown, period)
    return {
        "period": named(period),
        "files": _files(shown, made),
        "issues": issue_rows(made.issues[:SHOWN_ISSUES]),
        "issue_count": len(made.issues),
        "more_issues": max(0, len(made.issues) - SHOWN_ISSUES),
    }


def _files(template: FileTemplate, made: Written) -> list[Cells]:
    codec = "utf-8-sig" if template.encoding == "utf-8-bom" else template.encoding
    found = []
    for file in made.files:
        lines = file.content.decode(codec).splitlines()
        found.append(
            {
                "name": file.name,
                "text": "\n".join(lines[:SHOWN_LINES]),
                "more": max(0, len(lines) - SHOWN_LINES),
                "lines": file.line_count,
                "totals": totals_text(file.totals),
            }
        )
    return found


def copied(document: str, key: str) -> str:
    """The text of a template under a new key, to begin one's own with."""
    return re.sub(r"^key:.*$", f"key: {key}", document, count=1, flags=re.MULTILINE)


def refused(text: str, issues: Sequence[Issue]) -> Cells:
    """A document that was not saved, with each issue beside its line."""
    return {"lines": document_lines(text, issues), "issues": issue_rows(issues)}


def tried_on(period: PayPeriod | None) -> PayPeriod | None:
    """The period that a template is tried on: the stated one when it is locked, else the last."""
    return period if period is not None and period.state in HANDED_OVER else last_handed_over()


def issue_count(issues: Iterable[Issue]) -> str:
    """How much stands against an export, for a message."""
    count = len(list(issues))
    return ngettext(
        "%(n)s point prevents the export; nothing was handed over.",
        "%(n)s points prevent the export; nothing was handed over.",
        count,
    ) % {"n": count}
