"""Rules, alerts, the actions that they ended in, who hears of them and how."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models import Person, Team


class AlertRule(models.Model):
    """A rule; `document` is read by `kpis.calc.alerts.rules`. Without a team it is for all."""

    key = models.SlugField(unique=True, max_length=80)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    document = models.JSONField()
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )


class Alert(models.Model):
    """One cause, from when it began to when it ended: the rule, the person, and the KPI, objective
    or deal (`subject`). A cause that comes back is a new alert.

    `seen` is what the rule saw last, as plain texts of exact numbers.
    """

    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=120, blank=True)
    seen = models.JSONField()
    is_grave = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "person", "subject"],
                condition=Q(ended_at__isnull=True),
                name="alert_once_per_cause",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="alert_ends_after_begin",
            ),
        ]
        indexes = [models.Index(fields=["person", "ended_at"])]


class FigureMoved(models.Model):
    """The outbox of the live path: figures of this person moved, and no check has seen it yet.

    Rows are only inserted there, and deleted by the check in its own transaction: however many
    records come in, they wait for one check, and what a killed one had taken is there for the next.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")


class ActionKind(models.TextChoices):
    """What a manager does about an alert."""

    ANALYSE = "analyse", _("Analyse")
    TALK = "talk", _("Talk")
    ADJUST = "adjust", _("Adjust")


class AlertAction(models.Model):
    """What somebody decided to do, by when, and what came of it.

    `before` is what the rule saw when it was chosen, `latest` what it saw last; `latest` follows
    while the action is open, also after the alert has ended.
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=8, choices=ActionKind.choices)
    note = models.CharField(max_length=500)
    due_on = models.DateField()
    before = models.JSONField()
    latest = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert"], condition=Q(closed_at__isnull=True), name="alert_one_open_action"
            )
        ]


class AlertMute(models.Model):
    """Somebody wants to hear nothing of a rule, of a person or of both, until a day (exclusive)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(AlertRule, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    until_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__isnull=False) | Q(person__isnull=False), name="mute_of_something"
            )
        ]


class AlertWishes(models.Model):
    """How somebody wants to hear of alerts, and of reviews that are due; without a row by mail, at
    once, at any hour."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    by_mail = models.BooleanField(default=True)
    of_reviews = models.BooleanField(default=True)
    digest_at = models.TimeField(null=True, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            )
        ]


class WebhookForm(models.TextChoices):
    """How the message is put for who receives it."""

    SLACK = "slack", _("Slack")
    TEAMS = "teams", _("Microsoft Teams")


class Webhook(models.Model):
    """An address that an administrator entered; without a team it hears of everybody's alerts.

    Who has the address can write into the channel: it is sealed (`kpis.alerts.addresses`), and
    empty once the webhook is removed.
    """

    name = models.CharField(max_length=100)
    sealed_url = models.TextField()
    form = models.CharField(max_length=8, choices=WebhookForm.choices)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    language = models.CharField(max_length=2, default="fr")
    removed_at = models.DateTimeField(null=True, blank=True)


class Delivery(models.Model):
    """One message about one alert to one user (by mail) or one webhook, with what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DROPPED = "dropped", _("No longer needed")
        FAILED = "failed", _("Failed")

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    webhook = models.ForeignKey(
        Webhook, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField()
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, webhook__isnull=False)
                | Q(user__isnull=False, webhook__isnull=True),
                name="delivery_to_one",
            ),
            models.UniqueConstraint(
                fields=["alert", "user"], condition=Q(user__isnull=False), name="delivery_user_once"
            ),
            models.UniqueConstraint(
                fields=["alert", "webhook"],
                condition=Q(webhook__isnull=False),
                name="delivery_webhook_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"])]
