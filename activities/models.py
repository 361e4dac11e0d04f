"""The append-only log of what happened, the deals behind it, and the ways in."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from activities.choices import Sale, Stage

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class ActivityType(models.Model):
    """A kind of event and the typed attributes that a record of it may carry.

    `attributes` is a list of {"key", "type": text|number|date|boolean, "required"?: bool,
    "asked"?: bool, "least"?, "most"?: whole numbers, "unit"?, "choices"?: texts, "name_fr"?,
    "name_en"?}; what is `asked` is required in the form alone. What happens from `retired_at` on
    cannot be recorded with it.
    """

    key = models.SlugField(unique=True)
    name_fr = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    has_amount = models.BooleanField(default=False)
    loggable = models.BooleanField(default=True)  # offered in the "log activity" form
    attributes = models.JSONField(default=list, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)


class ImportBatch(models.Model):
    """One file or call that brought records in; it can be reverted as a whole."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")
        REVERTED = "reverted", _("Reverted")

    kind = models.CharField(max_length=16)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    row_count = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    corrected_count = models.PositiveIntegerField(default=0)
    cancelled_count = models.PositiveIntegerField(default=0)
    issues = models.JSONField(default=list, blank=True)  # warnings, or why a task failed
    # of rows that keep no history: what they were before, and are since
    replaced = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DONE)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    reverted_at = models.DateTimeField(null=True, blank=True)


class Upload(models.Model):
    """A file between its upload and its import, kept here so that no path is ever trusted.

    `report` is that of the last check or import; while a worker is at it, `state` says so.
    """

    class State(models.TextChoices):
        IDLE = "idle", _("Waiting")
        CHECKING = "checking", _("Being checked")
        IMPORTING = "importing", _("Being imported")

    kind = models.CharField(max_length=16)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    mapping = models.JSONField(default=dict)
    report = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.IDLE)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    batch = models.OneToOneField(ImportBatch, null=True, blank=True, on_delete=models.PROTECT)


class SavedMapping(models.Model):
    """How the columns and the values of a known kind of file are to be read."""

    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=100)
    document = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="saved_mapping_name_once")
        ]


class Account(models.Model):
    """A customer or prospect."""

    external_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    segment = models.CharField(max_length=100, blank=True)
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT)


class Product(models.Model):
    """What is sold; `series` groups products."""

    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    series = models.CharField(max_length=100, blank=True)
    list_price_minor = models.BigIntegerField(null=True, blank=True)
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT)


class Deal(models.Model):
    """The identity of an opportunity; where it stands is its stage history."""

    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="deal_id_once")
        ]


class DealStage(models.Model):
    """A deal's state from a business moment on, as known since `recorded_at`. Append-only.

    The state of a deal at a moment is its latest row by (`entered_at`, `id`) that is not
    superseded; a row without `entered_at` (a date nobody knows) counts from the beginning.
    """

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="stages")
    stage = models.CharField(max_length=16, choices=Stage.choices)
    entered_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    owner = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    margin_minor = models.BigIntegerField(null=True, blank=True)
    sale = models.CharField(max_length=10, blank=True, choices=Sale.choices)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    withdrawn = models.BooleanField(default=False)  # this row only takes `supersedes` back
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        indexes = [
            models.Index(fields=["deal", "entered_at", "id"]),
            BrinIndex(fields=["recorded_at"], name="stage_recorded", pages_per_range=16),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class DealPlan(models.Model):
    """On which day a deal is planned to close, as said at `recorded_at`; no day takes it back.

    The latest row of a deal holds. `source` is who said it: the deal's own source, or "form" for a
    person in the product. Append-only.
    """

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="plans")
    close_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=40)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        indexes = [models.Index(fields=["deal", "recorded_at", "id"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Activity(models.Model):
    """Something that happened at `occurred_at`, known since `recorded_at`. Append-only.

    A source's id has a chain of revisions: revision 1 is the record; each later one corrects or
    cancels the one that it supersedes. The row that nothing supersedes is the one that counts,
    unless it is a cancellation.
    """

    class Kind(models.TextChoices):
        RECORD = "record", _("Record")
        CORRECTION = "correction", _("Correction")
        CANCELLATION = "cancellation", _("Cancellation")

    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    revision = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.RECORD)
    type = models.ForeignKey(
        ActivityType, to_field="key", on_delete=models.PROTECT, db_index=False
    )  # `activity_by_type` begins with it
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT)
    deal = models.ForeignKey(Deal, null=True, blank=True, on_delete=models.PROTECT)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id", "revision"], name="activity_revision_once"
            ),
            # only what supersedes is in this index: a small one, asked of every record that is read
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=Q(supersedes__isnull=False),
                name="activity_superseded_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="record", revision=1, supersedes__isnull=True)
                | (~Q(kind="record") & Q(revision__gt=1, supersedes__isnull=False)),
                name="activity_revision_chain",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True) | ~Q(currency=""),
                name="activity_amount_has_currency",
            ),
        ]
        indexes = [
            # what tells an account's first and newest record is read without the table
            models.Index(
                fields=["type", "occurred_at"],
                include=["id", "account", "kind", "recorded_at"],
                name="activity_by_type",
            ),
            # what is new since a moment lies at the end of the table: this costs an insert nothing
            BrinIndex(fields=["recorded_at"], name="activity_recorded", pages_per_range=16),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Credit(models.Model):
    """Who gets how much of a record; `amount_minor` is already allocated, so parts sum exactly.

    `occurred_at`, `type` and `account` repeat the record's, so that one index answers "what did
    this person do in this window" without the record. A cancellation has none.
    """

    # constraint and index below begin with them
    activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, related_name="credits", db_index=False
    )
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    share = models.DecimalField(max_digits=9, decimal_places=8, default=1)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField()
    # the record's own keys are checked and protected: these need not be
    type = models.ForeignKey(
        ActivityType, to_field="key", on_delete=models.DO_NOTHING, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.DO_NOTHING, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["activity", "person"], name="credit_person_once"),
            models.CheckConstraint(
                condition=Q(share__gt=0) & Q(share__lte=1), name="credit_share_range"
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "occurred_at"],
                include=["activity", "type", "account", "share", "amount_minor"],
                name="credit_by_person",
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class TouchedDay(models.Model):
    """The outbox of the log: this person's figures of this business day must be recomputed.

    Rows are only inserted here and deleted by the worker that recomputed them, in one
    transaction, so a mark is never lost and a writer never waits for a worker.
    """

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    marked_at = models.DateTimeField(auto_now_add=True)


class ApiKey(models.Model):
    """A key of a machine: shown once, kept as a hash, limited to its scopes."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    hashed = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="api_key_expires_later",
            )
        ]
