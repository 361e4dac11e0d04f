"""Plain values for the pages of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from activities.importing.kinds import kind_of, outcome_label
from activities.models import Activity, ApiKey, ImportBatch, Upload
from activities.queries import LogRow
from activities.services.batches import is_revertible
from activities.services.keys import SCOPES
from common.labels import label

DELIMITERS = {",": ",", ";": ";", "\t": "tab", "|": "|"}
FORM_SOURCE = "form"


def log_rows(rows: Sequence[LogRow], *, may_change: bool) -> list[dict[str, Any]]:
    """The records of a person, newest first."""
    return [
        {
            "id": row.id,
            "type": label(row.type_fr, row.type_en),
            "at": row.occurred_at,
            "account": row.account,
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "source": row.source,
            "by_hand": may_change and row.source == FORM_SOURCE,
        }
        for row in rows
    ]


FIELD_LABELS = {
    "account": _lazy("Account"),
    "amount": _lazy("Amount"),
    "cancelled_on": _lazy("Cancelled on"),
    "closed_on": _lazy("Closed on"),
    "contract": _lazy("Contract"),
    "currency": _lazy("Currency"),
    "deal": _lazy("Deal"),
    "email": _lazy("E-mail"),
    "engaged_on": _lazy("Engaged on"),
    "establishment": _lazy("Establishment"),
    "external_id": _lazy("Id in its source"),
    "first_name": _lazy("First name"),
    "hired_on": _lazy("First day"),
    "key": _lazy("Code"),
    "kind": _lazy("Record, correction or cancellation"),
    "kpi": _lazy("KPI"),
    "last_name": _lazy("Last name"),
    "left_on": _lazy("Day after the last"),
    "list_price": _lazy("List price"),
    "manager": _lazy("Manager"),
    "name": _lazy("Name"),
    "number": _lazy("Number"),
    "occurred_at": _lazy("When"),
    "owner": _lazy("Owner"),
    "parent_team": _lazy("Team above"),
    "person": _lazy("Person"),
    "planned_close_on": _lazy("Planned closing date"),
    "product": _lazy("Product"),
    "proposed_on": _lazy("Proposal on"),
    "reason": _lazy("Reason"),
    "role": _lazy("Role"),
    "series": _lazy("Series"),
    "share": _lazy("Share of full time"),
    "stage": _lazy("Stage"),
    "target": _lazy("Target"),
    "team": _lazy("Team"),
    "type": _lazy("Type of activity"),
    "valid_from": _lazy("From"),
    "valid_to": _lazy("Up to, not including"),
}


def kind_label(key: str) -> str:
    """The name of a kind of file."""
    kind = kind_of(key)
    return str(kind.label) if kind else key


def batch_rows(batches: Sequence[ImportBatch]) -> list[dict[str, Any]]:
    """Imports, newest first."""
    return [_batch(batch) for batch in batches]


def _batch(batch: ImportBatch) -> dict[str, Any]:
    return {
        "url": reverse("activities:batch", args=[batch.pk]),
        "kind": kind_label(batch.kind),
        "file": batch.file_name,
        "at": batch.created_at,
        "by": batch.created_by.name if batch.created_by else _("command"),
        "rows": batch.row_count,
        "changed": batch.created_count + batch.corrected_count + batch.cancelled_count,
        "state": "cancelled" if batch.state == ImportBatch.State.REVERTED else batch.state,
        "state_label": str(ImportBatch.State(batch.state).label),
    }


def batch_page(batch: ImportBatch) -> dict[str, Any]:
    """One import: what it brought."""
    return {
        **_batch(batch),
        "id": batch.pk,
        "facts": [
            {"label": _("Rows in the file"), "value": str(batch.row_count)},
            {"label": _("New"), "value": str(batch.created_count)},
            {"label": _("Changed"), "value": str(batch.corrected_count)},
            {"label": _("Cancelled"), "value": str(batch.cancelled_count)},
            {"label": _("As before"), "value": str(batch.unchanged_count)},
            {"label": _("Fingerprint (SHA-256)"), "value": batch.sha256[:16] + "…"},
        ],
        "revertible": batch.state == ImportBatch.State.DONE and is_revertible(batch.kind),
    }


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What was found out about a file, for a page."""

    facts: list[dict[str, str]]
    issues: list[dict[str, Any]]
    more_issues: int
    is_good: bool
    errors: int
    counts: list[dict[str, str]]


MOST_ISSUES_SHOWN = 200


def report_page(report: dict[str, Any]) -> ReportPage:
    """A stored report: counts, and issues with the row as a spreadsheet shows it."""
    issues = report["issues"]
    return ReportPage(
        facts=file_facts(report),
        issues=[_issue(one) for one in issues[:MOST_ISSUES_SHOWN]],
        more_issues=max(0, len(issues) - MOST_ISSUES_SHOWN),
        is_good=report["ok"],
        errors=sum(one["level"] == "error" for one in issues),
        counts=[
            {"label": outcome_label(status), "value": str(count)}
            for status, count in report["counts"].items()
        ],
    )


def _issue(issue: dict[str, Any]) -> dict[str, Any]:
    place = issue["place"]
    words = []
    if place.get("line"):
        words.append(_("row %(row)s") % {"row": place["line"]})
    if place.get("path"):
        words.append(str(place["path"]))
    return {
        "text": issue["message"],
        "remedy": issue["remedy"],
        "level": issue["level"],
        "place": ", ".join(words),
    }


def file_facts(report: dict[str, Any]) -> list[dict[str, str]]:
    """What was detected in a file."""
    facts = [{"label": _("Rows"), "value": str(report["rows"])}]
    if report["file_type"] == "xlsx":
        facts.append({"label": _("Sheet"), "value": report["sheet"]})
    elif report["file_type"]:
        facts.append({"label": _("Encoding"), "value": report["encoding"]})
        delimiter = DELIMITERS.get(report["delimiter"], report["delimiter"])
        facts.append({"label": _("Delimiter"), "value": delimiter})
    if report["header_row"]:
        facts.append({"label": _("Head in row"), "value": str(report["header_row"])})
    return facts


def upload_rows(uploads: Sequence[Upload]) -> list[dict[str, Any]]:
    """Files that wait to be imported."""
    return [
        {
            "url": reverse("activities:upload", args=[upload.pk]),
            "file": upload.file_name,
            "kind": kind_label(upload.kind),
            "at": upload.created_at,
        }
        for upload in uploads
    ]


def key_rows(keys: Sequence[ApiKey]) -> list[dict[str, Any]]:
    """Keys of machines; the secret is not among them."""
    return [
        {
            "id": key.pk,
            "name": key.name,
            "prefix": f"mk_{key.prefix}_…",
            "scopes": ", ".join(str(SCOPES.get(scope, scope)) for scope in key.scopes),
            "created_at": key.created_at,
            "last_used_at": key.last_used_at,
            "expires_at": key.expires_at,
            "is_revoked": key.revoked_at is not None,
        }
        for key in keys
    ]


def activity_line(activity: Activity) -> str:
    """One record in a few words."""
    kind = label(activity.type.name_fr, activity.type.name_en)
    return f"{kind} · {activity.account.name}" if activity.account else kind
