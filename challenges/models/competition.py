"""Challenges, their rules and entrants, and the standings, which are rows and the only truth."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models import Person, Team

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class ChallengeState(models.TextChoices):
    """The life of a challenge; `challenges.services` holds the one table of allowed moves."""

    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")
    PROVISIONAL = "provisional", _("Provisional")
    OFFICIAL = "official", _("Official")
    AMENDED = "amended", _("Amended")
    CANCELLED = "cancelled", _("Cancelled")


class Challenge(models.Model):
    """One competition. Its rules are the document of its latest `RulesVersion`.

    `starts_at`, `ends_at`, `cut_off_at` repeat what the rules say, so that the timer can ask the
    database what is due; `turns_at` is when the board, as it was scored last, moves next without a
    record. `version` counts the changes of the standings.
    """

    name = models.CharField(max_length=200)
    state = models.CharField(
        max_length=16, choices=ChallengeState.choices, default=ChallengeState.DRAFT
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cut_off_at = models.DateTimeField()
    metric_keys = models.JSONField(default=list)
    # what these metrics are, frozen with the launch (or when an amendment brings another one)
    definitions = models.JSONField(default=dict)
    # who of the teams plays: people in these roles; without any, everybody who does not lead
    role_keys = models.JSONField(default=list)
    after_official = models.CharField(max_length=16, default="final")
    # why it did not start when it was due (`kept_issue`), until it is launched again
    refused = models.JSONField(null=True, blank=True)
    # what belongs to no single row: common goal, when it was decided, who did not get in
    summary = models.JSONField(default=dict)
    # what entrants see of the board, as the rules say; `revealed_at` ends a freeze by hand
    seen = models.JSONField(default=dict)
    frozen_from = models.DateTimeField(null=True, blank=True)
    revealed_at = models.DateTimeField(null=True, blank=True)
    teams = models.ManyToManyField(Team, related_name="challenges")
    version = models.PositiveBigIntegerField(default=0)
    scored_at = models.DateTimeField(null=True, blank=True)
    turns_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(cut_off_at__gte=F("ends_at")),
                name="challenge_clocks_in_order",
            )
        ]
        indexes = [models.Index(fields=["state", "ends_at"])]


class RulesVersion(models.Model):
    """The rules as they stood from a moment on; an amendment keeps both and says why."""

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="rules")
    number = models.PositiveIntegerField()
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["challenge", "number"], name="rules_number_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Transition(models.Model):
    """Each change of state, numbered: two workers cannot both make the same one. Append-only."""

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="transitions")
    number = models.PositiveIntegerField()
    from_state = models.CharField(max_length=16, choices=ChallengeState.choices)
    to_state = models.CharField(max_length=16, choices=ChallengeState.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["challenge", "number"], name="transition_number_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Entrant(models.Model):
    """Somebody who takes part, as the roster stands.

    `target` is an own target that the challenge states. `targets` are those that hold, frozen with
    the launch (or when somebody joins later): pairs of metric (or null) and exact value; null
    before. Only an amendment reads them anew.
    """

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="entrants")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    joined_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    target = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    targets = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["challenge", "person"], name="entrant_once")]


class Standing(models.Model):
    """One row of the board as it is now: a person's, or a team's in a team challenge.

    `score_text` is exact. `tally` is what the entrant's records come to, so that the others can be
    ranked again without reading them, and `effects` what each record counts (record id to amount),
    so that the next scoring can say which one moved the score (`challenges.gathering.tallies`).
    Both are null until the entrant is scored from the log.
    """

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="standings")
    entrant_key = models.CharField(max_length=40)  # "person:12" or "team:3"
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()  # a unique order, also among equals and unranked
    rank = models.PositiveIntegerField(null=True, blank=True)
    score_text = models.CharField(max_length=80, null=True, blank=True)
    detail = models.JSONField(default=dict)
    tally = models.JSONField(null=True, blank=True)
    effects = models.JSONField(null=True, blank=True)
    since = models.DateTimeField()  # when this row last changed

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["challenge", "entrant_key"], name="standing_entrant_once"
            )
        ]
        indexes = [models.Index(fields=["challenge", "position"])]


class ToScore(models.Model):
    """News that no scoring has read yet: this person's records moved in this challenge.

    Written after the records are committed, deleted in the transaction that scores them. So of a
    burst of messages the first does all the work, and a lost message or a killed worker loses
    nothing.
    """

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")


class ScoreChange(models.Model):
    """Why a score moved: which record, under which rules, from what to what. Append-only.

    `detail` holds `rank` [before, after], `passed` (keys of entrants who were ahead and now are
    not, nearest first, at most `boards.MOST_PASSED`), when it moved, `target` [before, after], and
    in the line of a starting position `records`, how many records count in it.
    """

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="changes")
    entrant_key = models.CharField(max_length=40)
    at = models.DateTimeField()
    record = models.CharField(max_length=260)
    cause = models.CharField(max_length=40)  # opening, counted, corrected, cancelled, rules, ...
    delta = models.CharField(max_length=80)
    before = models.CharField(max_length=80)
    after = models.CharField(max_length=80)
    rules_number = models.PositiveIntegerField()
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["challenge", "entrant_key", "id"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Result(models.Model):
    """Official (or amended) standings with rules and inputs by hash: a snapshot for ever.

    `roster` is with the first one: who played, as an amendment reads it (`signed_rosters`).
    """

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="results")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    rules_sha256 = models.CharField(max_length=64)
    inputs_sha256 = models.CharField(max_length=64)
    roster = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["challenge", "number"], name="result_number_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
