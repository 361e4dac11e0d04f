"""The statement on paper: a PDF with the same words as the page, in the active language."""

from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.printing import compiled
from common.states import look_of
from incentives.models import Statement
from incentives.queries import SHOWN_TO_PAYEES
from incentives.statements.page import Cells, statement_page
from people import queries as people

TEMPLATE = Path(__file__).parent.parent / "printing" / "statement.typ"


def pdf_of(row: Statement) -> bytes:
    """The statement as PDF, in the active language; the same row gives the same bytes."""
    return compiled(TEMPLATE, _data(statement_page(row)))


def _data(page: Cells) -> Cells:
    correction = page["correction"]
    title = _("Statement of variable pay")
    return {
        "lang": get_language() or "fr",
        "company": people.company().name,
        "title": f"{title} · {page['name']} · {page['period']}",
        "description": title,
        "heading": title,
        "name": page["name"],
        "period": page["period"],
        "page": _("Page"),
        "total_label": _("Difference to pay") if correction else _("To pay"),
        "total": page["total"],
        "state": state_words(page["state"]),
        "facts": [_fact(fact) for fact in page["facts"]],
        "correction": _correction(correction) if correction else None,
        "lines_title": _("How the amount due now is made") if correction else _("How it is made"),
        "lines": [
            {key: line[key] for key in ("name", "value", "reads", "does", "parts")}
            for line in page["lines"]
        ],
        "lines_total_label": _("Total due now") if correction else _("Total"),
        "lines_total": page["lines_total"],
        "moves_title": _("What became of it"),
        "moves_heads": [_("Line"), _("What"), _("Amount")],
        "moves_paid_label": _("Paid out"),
        "moves": page["moves"],
        "added_title": _("Added by hand in this period"),
        "added_heads": [_("Adjustment"), _("Reason"), _("Amount")],
        "added_total_label": _("To pay with what was added"),
        "added": page["added"],
        "elements_title": _("Elements of the calculation"),
        "elements_heads": [_("Element"), _("Value"), _("Where it comes from")],
        "elements": page["elements"],
        "rule_title": _("The rule in words"),
        "rule": [_part(part) for part in page["rule"]],
        **_records(page),
        **_proof(page),
    }


def state_words(state: str) -> str:
    """What the period stands at; paper that HR does not stand by yet says so."""
    words = str(look_of(state).label)
    draft = _("draft, not approved yet")
    return words if state in SHOWN_TO_PAYEES else f"{words} · {draft}"


def _fact(fact: Cells) -> Cells:
    return {"label": str(fact["label"]), "value": fact["value"], "note": fact.get("note", "")}


def _correction(correction: Cells) -> Cells:
    return {
        "title": _("Correction of %(period)s") % {"period": correction["period"]},
        "heads": [_("Line"), _("Paid so far"), _("Due now"), _("Difference")],
        "rows": [
            [line["label"], line["paid"], line["due"], line["change"], line["by_engine"]]
            for line in correction["lines"]
        ],
        "engine": correction["engine"],
    }


def _part(part: Cells) -> Cells:
    steps = [{"text": step["text"], "items": step["items"]} for step in part["steps"]]
    return {"title": part["title"], "note": part["note"], "steps": steps}


def _records(page: Cells) -> Cells:
    who = ["person"] if page["with_person"] else []
    heads = [_("Date"), *([_("Credited to")] if who else []), _("Account"), _("Product")]
    cells = ["day", *who, "account", "product", "id", "amount"]
    return {
        "with_person": page["with_person"],
        "deals_title": _("Records behind this statement"),
        "deals_heads": [*heads, _("Record"), _("Amount")],
        "deals": [[deal[key] or "–" for key in cells] for deal in page["deals"]],
    }


def _proof(page: Cells) -> Cells:
    return {
        "proof_title": _("Proof"),
        "proof_text": _(
            "The proof that can be downloaded with this statement recomputes it on any machine, "
            "without access to our database. It is the true one when it has this digest (SHA-256):"
        ),
        "digest": page["digest"],
        "proof_note": page["proof_note"],
        "command": _("python manage.py verify_statement FILE.zip --digest DIGEST"),
        "proof": [_fact(fact) for fact in page["proof"]],
    }
