"""The company's own payroll templates: written as documents, kept only when they can be read."""

from django.db import transaction

from common import audit
from common.locks import transaction_lock
from incentives.models import PayrollTemplate
from incentives.payroll import SHIPPED, parse_template
from kernel.issues import N_, Invalid, Issue, Place, error
from people.models import User


@transaction.atomic
def save_template(*, actor: User | None, document: str, key: str | None = None) -> PayrollTemplate:
    """Write a new template, or with `key` the new text of that one.

    What was exported stays as it was; lines that come later are written by the new text. `Invalid`
    with every issue of the document, and when its key is taken, shipped or another one than `key`.
    """
    read = parse_template(document)
    transaction_lock("payroll_template", read.key)
    known = PayrollTemplate.objects.filter(key=read.key).first()
    issues = list(_key_issues(read.key, key, known))
    if issues:
        raise Invalid(issues)
    before = known.document if known else None
    if before == document and known is not None:
        return known
    saved, _new = PayrollTemplate.objects.update_or_create(
        key=read.key,
        defaults={
            "name_fr": read.name["fr"][:200],
            "name_en": read.name["en"][:200],
            "document": document,
            "updated_by": actor,
        },
    )
    audit.record(
        actor=actor,
        action="payroll_template.save",
        subject=saved,
        before=None if before is None else {"document": before},
        after={"document": document, "sha256": read.hash},
    )
    return saved


def _key_issues(written: str, key: str | None, known: PayrollTemplate | None) -> list[Issue]:
    where = Place(path="key")
    if key is not None and written != key:
        return [
            error(
                "template.key_stays",
                N_("The key of this template is {key}; its exports carry it."),
                N_("Leave the key as it was, or write a new template."),
                where,
                key=key,
            )
        ]
    if written in SHIPPED or (key is None and known is not None):
        return [
            error(
                "template.key_taken",
                N_("There is already a template with the key {key}."),
                N_("Choose another key, such as {key}-2."),
                where,
                key=written,
            )
        ]
    return []
