"""The mail that says which reviews are due."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import ngettext, override

from cockpit.reviews.listing import names_of
from cockpit.reviews.words import address_of, title_of
from kpis.reviews.queries import Sitting
from people import queries as people
from people.models import User


def mail(user: User, sittings: Sequence[Sitting]) -> None:
    """One mail about all of them, in the language of its reader. Raises what the mailer does."""
    with override(user.language):
        names = names_of([one.team_id for one in sittings])
        context = {
            "name": user.name,
            "company": people.company().name,
            "rows": [
                {
                    "name": names[one.team_id],
                    "title": title_of(one),
                    "link": settings.SITE_URL.rstrip("/") + address_of(one),
                }
                for one in sittings
            ],
        }
        body = render_to_string("cockpit/reviews/mail.txt", context)
        count = len(sittings)
        subject = ngettext("%(n)s review is due", "%(n)s reviews are due", count) % {"n": count}
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])
