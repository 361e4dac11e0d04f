"""Work of the log that takes longer than a page may."""

from typing import Any

from celery import shared_task
from django.utils import translation

from activities.models import Upload
from activities.services.uploads import run_upload


@shared_task(name="activities.run_upload")
def run_upload_task(upload_id: int, dry_run: bool, **_later: Any) -> None:
    """Check or import a kept file, in the language of who sent it."""
    upload = Upload.objects.select_related("created_by").get(pk=upload_id)
    with translation.override(upload.created_by.language):
        run_upload(actor=upload.created_by, upload_id=upload_id, dry_run=dry_run)
