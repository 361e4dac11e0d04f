"""Who is in the teams that play and yet did not get in, and why: told to themselves, and to who may
change the challenge. To the latter also who is charged and has left."""

from typing import Any

from django.utils.translation import gettext as _

from challenges.calc.rules import Rules
from challenges.charging.queries import lost_in
from challenges.entrants.reading import refused_in
from challenges.models import Challenge
from challenges.words import Words
from people.access import Viewer
from people.models import Person


def outside(
    challenge: Challenge, viewer: Viewer, words: Words, *, may_change: bool
) -> dict[str, Any]:
    """`own` is a sentence for the viewer, `others` are those for who may change the challenge. One
    query where somebody did not get in."""
    refused = refused_in(challenge)
    if not refused:
        return {}
    people = Person.objects.filter(number__in=refused).order_by("last_name", "first_name", "number")
    said = {
        one: words.sentence(refused[one.number]["template"], refused[one.number]["params"])
        for one in people
    }
    own = next((text for one, text in said.items() if one.pk == viewer.person_id), "")
    return {
        "own": _("You do not take part. %(reason)s") % {"reason": own} if own else "",
        "others": [f"{one.name}: {text}" for one, text in said.items()] if may_change else [],
    }


def lost_charges(challenge: Challenge, rules: Rules) -> list[str]:
    """A sentence for each one who is charged here and does not play any more. One query where there
    are any, and those of the roster where anybody is charged."""
    lost = lost_in(challenge, rules)
    people = Person.objects.filter(number__in=lost) if lost else []
    said = _(
        "%(name)s is charged here, but left before: the charge is taken from nobody. Change the "
        "rules without it, and it is to be charged again."
    )
    return sorted(said % {"name": one.name} for one in people)
