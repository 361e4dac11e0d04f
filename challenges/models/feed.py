"""What happened, praise, reactions, and which celebrations somebody has seen."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from challenges.models.competition import Challenge
from people.models import Person, Team


class EventKind(models.TextChoices):
    """What an entry of the feed is about."""

    RESULT = "result", _("Result")
    DEAL = "deal", _("Large deal")
    RECORD = "record", _("Personal record")
    BADGE = "badge", _("Badge")
    JERSEY = "jersey", _("Jersey")
    PRAISE = "praise", _("Praise")


class Praise(models.Model):
    """A colleague's words to somebody, about something. What was written is never changed: its
    writer may withdraw it, and who leads the person praised may hide it with a reason."""

    writer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="praises")
    about = models.CharField(max_length=80)
    text = models.CharField(max_length=280)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    hidden_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(writer=F("person")), name="praise_of_another")
        ]


class FeedEvent(models.Model):
    """One entry. `key` names the record behind, so that it is there once, however often it is
    derived; it is taken back with the record, and given back when the record returns.

    `at` orders the feed; `happened_at` is the business time of the record. `team` is that of the
    person when it happened, and says who reads it. `detail` holds what a sentence needs, never an
    amount of pay and no rank but the winners'.
    """

    key = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    at = models.DateTimeField()
    happened_at = models.DateTimeField()
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    challenge = models.ForeignKey(
        Challenge, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    praise = models.OneToOneField(
        Praise, null=True, blank=True, on_delete=models.PROTECT, related_name="event"
    )
    detail = models.JSONField(default=dict)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"]),
            models.Index(fields=["kind", "happened_at"]),
            models.Index(fields=["person", "kind"]),
        ]


class ReactionKind(models.TextChoices):
    """All reactions that there are."""

    BRAVO = "bravo", _("Bravo")
    STRONG = "strong", _("Strong")
    THANKS = "thanks", _("Thank you")
    IDEA = "idea", _("Inspiring")


class Reaction(models.Model):
    """One of each kind per person and entry."""

    event = models.ForeignKey(FeedEvent, on_delete=models.CASCADE, related_name="reactions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=ReactionKind.choices)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "person", "kind"], name="reaction_once")
        ]


class Celebrated(models.Model):
    """Somebody has seen the celebration of an entry: it is not shown to them again."""

    event = models.ForeignKey(FeedEvent, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "user"], name="celebrated_once")]
