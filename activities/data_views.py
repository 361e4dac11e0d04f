"""Pages of an administrator: files in, batches, keys of machines."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activities import presenters
from activities.forms import KeyForm, MappingForm, UploadForm
from activities.importing.mapping import required_kind
from activities.importing.running import Report, examine
from activities.models import ApiKey, ImportBatch, SavedMapping, Upload
from activities.services import create_api_key, revert_batch, revoke_api_key
from activities.services.keys import NewKey
from activities.services.uploads import (
    keep_mapping,
    map_upload,
    mapping_of,
    receive_file,
    start_upload,
)
from common.forms import saved
from common.issues import text_of
from kernel.issues import Invalid
from people import access
from people import queries as people
from people.access import Area
from people.models import User

administers = access.configures(Area.DATA)
_SHOWN = 50


@administers
def imports(request: HttpRequest) -> HttpResponse:
    """Send a file; files that wait; what was imported."""
    mappings = SavedMapping.objects.order_by("kind", "name", "id")
    choices = [(str(one.pk), f"{presenters.kind_label(one.kind)}: {one.name}") for one in mappings]
    form = UploadForm(request.POST or None, request.FILES or None, saved=choices)
    if request.method == "POST":
        upload = saved(form, lambda: _receive(request, form))
        if upload is not None:
            return redirect("activities:upload", upload.pk)
    batches = ImportBatch.objects.select_related("created_by__person").order_by("-id")[:_SHOWN]
    waiting = Upload.objects.filter(batch=None).defer("content", "report").order_by("-id")[:10]
    context = {
        "form": form,
        "batches": presenters.batch_rows(list(batches)),
        "waiting": presenters.upload_rows(list(waiting)),
    }
    return render(request, "activities/imports.html", context)


def _receive(request: HttpRequest, form: UploadForm) -> Upload:
    file = form.cleaned_data["file"]
    return receive_file(
        actor=_user(request),
        kind=required_kind(form.cleaned_data["kind"]),
        file_name=file.name,
        content=file.read(),
        saved_mapping_id=form.cleaned_data["mapping"],
    )


def _user(request: HttpRequest) -> User:
    access.require(isinstance(request.user, User))
    return request.user  # type: ignore[return-value]  # just required


@administers
def upload_page(request: HttpRequest, upload_id: int) -> HttpResponse:
    """What was found in a file, how it is read, what is wrong with it; check or import it."""
    upload = get_object_or_404(Upload, pk=upload_id)
    if upload.batch_id is not None:
        return redirect("activities:batch", upload.batch_id)
    report = examine(upload)
    form = _mapping_form(request, upload, report)
    if request.method == "POST" and saved(form, lambda: _act(request, upload, form, report)):
        return redirect("activities:upload", upload.pk)
    return render(request, "activities/upload.html", _upload_context(upload, form, report))


def _mapping_form(request: HttpRequest, upload: Upload, report: Report) -> MappingForm:
    headers = report.table.headers if report.table else ()
    return MappingForm(
        request.POST or None,
        kind=required_kind(upload.kind),
        headers=headers,
        mapping=mapping_of(upload),
    )


def _act(request: HttpRequest, upload: Upload, form: MappingForm, report: Report) -> bool:
    """Take over the mapping, keep it when it has a name, then check or import."""
    document = form.document()
    map_upload(actor=_user(request), upload=upload, document=document)
    if form.cleaned_data["save_as"]:
        name = form.cleaned_data["save_as"]
        keep_mapping(actor=_user(request), kind=form.kind, name=name, document=document)
    start_upload(
        actor=_user(request),
        upload=upload,
        rows=report.row_count,
        dry_run=request.POST.get("do") != "import",
    )
    return True


def _upload_context(upload: Upload, form: MappingForm, report: Report) -> dict[str, Any]:
    found = report.as_json()
    formats = found["formats"]
    return {
        "upload_id": upload.pk,
        "file_name": upload.file_name,
        "kind": presenters.kind_label(upload.kind),
        "form": form,
        "fields": [
            {
                **row,
                "label": presenters.FIELD_LABELS.get(row["name"], row["name"]),
                "found": formats.get(row["name"], ""),
            }
            for row in form.rows()
        ],
        "facts": presenters.file_facts(found),
        "headers": found["headers"],
        "preview": report.preview(),
        "report": presenters.report_page(upload.report) if upload.report else None,
        "working": upload.state != Upload.State.IDLE,
        "rows": report.row_count,
    }


@administers
def upload_state(request: HttpRequest, upload_id: int) -> HttpResponse:
    """The fragment that waits for a worker; sends the page on when it is done."""
    upload = get_object_or_404(Upload.objects.defer("content", "report"), pk=upload_id)
    context = {"upload_id": upload.pk, "working": upload.state != Upload.State.IDLE}
    response = render(request, "activities/upload_state.html", context)
    if not context["working"]:
        response["HX-Refresh"] = "true"
    return response


@administers
def batch_page(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One import."""
    batch = get_object_or_404(ImportBatch.objects.select_related("created_by__person"), pk=batch_id)
    upload = Upload.objects.filter(batch=batch).only("report").first()
    report = upload.report if upload else None
    page = presenters.report_page(report) if report else None
    context = {"batch": presenters.batch_page(batch), "issues": page.issues if page else []}
    return render(request, "activities/batch.html", context)


@administers
@require_POST
def revert(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take an import back."""
    get_object_or_404(ImportBatch, pk=batch_id)
    try:
        revert_batch(actor=_user(request), batch_id=batch_id)
        messages.success(request, _("The import was taken back."))
    except Invalid as invalid:
        for issue in invalid.issues:
            messages.error(request, text_of(issue))
    return redirect("activities:batch", batch_id)


@administers
def keys(request: HttpRequest) -> HttpResponse:
    """Keys of machines; a new one is shown once."""
    form = KeyForm(request.POST or None)
    new = None
    if request.method == "POST":
        new = saved(form, lambda: _make_key(request, form))
        form = KeyForm() if new else form
    rows = presenters.key_rows(list(ApiKey.objects.order_by("-id")))
    context = {"form": form, "rows": rows, "secret": new.secret if new else ""}
    response = render(request, "activities/keys.html", context)
    if new:
        response["Cache-Control"] = "no-store"
    return response


def _make_key(request: HttpRequest, form: KeyForm) -> NewKey:
    last_day = form.cleaned_data["expires_on"]
    zone = people.company().tz
    after = datetime.combine(last_day + timedelta(days=1), time.min, zone) if last_day else None
    return create_api_key(
        actor=_user(request),
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        expires_at=after,
    )


@administers
@require_POST
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Make a key useless."""
    get_object_or_404(ApiKey, pk=key_id)
    revoke_api_key(actor=_user(request), key_id=key_id)
    messages.success(request, _("The key is revoked."))
    return redirect("activities:keys")
