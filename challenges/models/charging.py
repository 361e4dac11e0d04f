"""What revisions of signed results were charged to, each once."""

from django.db import models

from challenges.models.competition import Challenge


class ChargedRevision(models.Model):
    """A charge in the rules of a challenge, so that no other takes it in too.

    The rules say it; this repeats it for whoever asks the other way round. It goes when the rules
    have it no more, or when the challenge is called off. `value` is exact.
    """

    source = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="charged_on")
    into = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="charged_in")
    revision = models.CharField(max_length=260)
    person_number = models.CharField(max_length=100)
    metric = models.CharField(max_length=100)
    value = models.CharField(max_length=80)
    count = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "revision", "person_number", "metric"], name="charged_once"
            )
        ]
