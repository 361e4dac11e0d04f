"""Payroll files: the neutral line, and templates that say how a payroll reads it. No Django."""

from incentives.payroll.files import PayrollFile, Written, packed, written
from incentives.payroll.lines import Batch, PayrollLine
from incentives.payroll.reading import parse_template
from incentives.payroll.reference import template_reference
from incentives.payroll.shipped import SHIPPED, shipped_documents
from incentives.payroll.templates import Code, Column, Entity, FileTemplate

__all__ = [
    "SHIPPED",
    "Batch",
    "Code",
    "Column",
    "Entity",
    "FileTemplate",
    "PayrollFile",
    "PayrollLine",
    "Written",
    "packed",
    "parse_template",
    "shipped_documents",
    "template_reference",
    "written",
]
