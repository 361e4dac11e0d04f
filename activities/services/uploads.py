"""A file on its way in: kept, mapped, checked, imported; and mappings kept for next time."""

import hashlib
import logging
from collections.abc import Mapping

from celery import current_app
from django.db import transaction

from activities.importing.kinds import Kind
from activities.importing.limits import limits
from activities.importing.mapping import FileMapping, check_mapping, guess_mapping, required_kind
from activities.importing.reading import is_misnamed, not_a_workbook, read_table
from activities.importing.running import Report, run_import
from activities.models import ImportBatch, SavedMapping, Upload
from common import audit
from kernel.issues import N_, Invalid, Place, error
from people.models import User

AT_ONCE_ROWS = 2_000  # more than that is a worker's job
_log = logging.getLogger(__name__)


@transaction.atomic
def receive_file(
    *, actor: User, kind: Kind, file_name: str, content: bytes, saved_mapping_id: int | None = None
) -> Upload:
    """Keep a file that was sent; its columns are recognised or taken from a saved mapping.

    `Invalid` when it cannot be read at all.
    """
    if len(content) > limits().file_bytes:
        read_table(content, file_name)  # says so
    saved = SavedMapping.objects.filter(kind=kind.key, pk=saved_mapping_id or 0).first()
    mapping = check_mapping(saved.document, Place(file=saved.name), kind) if saved else None
    table = read_table(content, file_name)
    mapping = mapping or guess_mapping(kind, table.headers)
    if is_misnamed(table) and not mapping.columns:
        raise Invalid(not_a_workbook(Place(file=file_name)))
    upload = Upload.objects.create(
        kind=kind.key,
        file_name=file_name[-255:],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        mapping=mapping.as_document(),
        created_by=actor,
    )
    audit.record(
        actor=actor, action="upload.receive", subject=upload, after={"file": upload.file_name}
    )
    return upload


def mapping_of(upload: Upload) -> FileMapping:
    """The mapping that the upload is to be read with."""
    return check_mapping(upload.mapping, Place(), required_kind(upload.kind))


@transaction.atomic
def map_upload(*, actor: User, upload: Upload, document: Mapping[str, object]) -> Upload:
    """Say how the columns are to be read. `Invalid` when the mapping is not one."""
    mapping = check_mapping(dict(document), Place(), required_kind(upload.kind))
    upload.mapping, upload.report = mapping.as_document(), None
    upload.save(update_fields=["mapping", "report"])
    audit.record(actor=actor, action="upload.map", subject=upload, after=upload.mapping)
    return upload


@transaction.atomic
def keep_mapping(*, actor: User, kind: Kind, name: str, document: Mapping[str, object]) -> None:
    """Keep a mapping under a name, for the next file of its kind."""
    if not name.strip() or len(name) > 100:
        raise Invalid(
            error(
                "bad_mapping_name",
                N_("The mapping needs a name of at most 100 characters."),
                N_("Name it after the system that the file comes from."),
                Place(path="save_as"),
            )
        )
    saved, _made = SavedMapping.objects.update_or_create(
        kind=kind.key, name=name.strip(), defaults={"document": dict(document)}
    )
    audit.record(actor=actor, action="mapping.save", subject=saved, after=saved.document)


def start_upload(*, actor: User, upload: Upload, rows: int, dry_run: bool) -> None:
    """Check or import the file: at once when it is short, otherwise by a worker."""
    if rows <= AT_ONCE_ROWS:
        run_upload(actor=actor, upload_id=upload.pk, dry_run=dry_run)
        return
    working = Upload.State.CHECKING if dry_run else Upload.State.IMPORTING
    if not Upload.objects.filter(pk=upload.pk, state=Upload.State.IDLE).update(state=working):
        return  # somebody pressed twice
    try:
        current_app.send_task("activities.run_upload", [upload.pk, dry_run], retry=False)
    except Exception:  # noqa: BLE001 - without a broker the reader waits instead
        _log.warning("the broker is away; importing at once", exc_info=True)
        run_upload(actor=actor, upload_id=upload.pk, dry_run=dry_run)


def run_upload(*, actor: User, upload_id: int, dry_run: bool) -> Report:
    """Check or import a kept file and keep the report with it; importing twice changes nothing."""
    upload = Upload.objects.get(pk=upload_id)
    kind = required_kind(upload.kind)
    try:
        report = run_import(
            actor=actor,
            kind=kind,
            content=bytes(upload.content),
            file_name=upload.file_name,
            mapping=mapping_of(upload),
            dry_run=dry_run,
        )
        upload.report = report.as_json()
        if report.batch_id is not None:
            upload.batch = ImportBatch.objects.get(pk=report.batch_id)
    finally:
        upload.state = Upload.State.IDLE
        upload.save(update_fields=["report", "state", "batch"])
    return report
