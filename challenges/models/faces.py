"""How people want to be seen by the other entrants."""

from django.db import models

from people.models import Person


class Face(models.Model):
    """A nickname, no public rank at all, no duels, no entries in the feed, not on the screens on
    walls; none of it costs a prize or pay."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="challenge_face")
    nickname = models.CharField(max_length=40, blank=True)
    hidden = models.BooleanField(default=False)
    off_duels = models.BooleanField(default=False)
    off_feed = models.BooleanField(default=False)
    off_screens = models.BooleanField(default=False)
