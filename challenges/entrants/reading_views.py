"""One word of an entrant: I have read the rules."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from challenges import services
from challenges.boards.views import seen_challenge
from challenges.models import Entrant
from common.issues import text_of
from common.numbers import whole
from kernel.issues import Invalid
from people import access
from people.models import Person


@access.needs("anyone")
def read_rules(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """Only for who plays."""
    challenge, viewer = seen_challenge(request, challenge_id)
    if viewer.person_id is None:
        raise Http404
    access.require(Entrant.objects.filter(challenge=challenge, person=viewer.person_id).exists())
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    person = Person.objects.get(pk=viewer.person_id)
    try:
        services.acknowledge_rules(
            actor=access.actor_in(request), challenge=challenge, person=person,
            number=whole(request.POST.get("rules")) or 0,
        )  # fmt: skip
        messages.success(request, _("Thank you. It is noted that you read the rules."))
    except Invalid as invalid:
        messages.error(request, " ".join(text_of(one) for one in invalid.issues))
    return redirect("challenges:page", challenge.pk)
