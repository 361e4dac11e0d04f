"""Mails about disputes: that something was said, never what, and no amount."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from incentives.models import DisputeEntry
from people import queries as people
from people.models import Right, User


def tell(entry_id: int) -> int:
    """Mail the other side of a dispute, each in their language; how many mails.

    What the payee's side says goes to everybody with the rights of HR who did not say it; what
    anybody else says goes to the payee. Nobody is mailed about their own words.
    """
    rows = DisputeEntry.objects.select_related("dispute__statement")
    entry = rows.filter(pk=entry_id).first()
    if entry is None:
        return 0
    payee_id = entry.dispute.statement.person_id
    users = User.objects.filter(is_active=True).exclude(pk=entry.by_id)
    by_payee = entry.by.person_id == payee_id
    chosen = (
        users.filter(rights__contains=[Right.HR]) if by_payee else users.filter(person=payee_id)
    )
    for user in chosen.order_by("id"):
        _mail(user, entry)
    return len(chosen)


def _mail(user: User, entry: DisputeEntry) -> None:
    with override(user.language):
        path = reverse("incentives:dispute", args=[entry.dispute_id])
        context = {
            "name": user.name,
            "company": people.company().name,
            "state": entry.get_to_state_display(),
            "link": f"{settings.SITE_URL}".rstrip("/") + path,
        }
        body = render_to_string("incentives/dispute_mail.txt", context)
        subject = _("A dispute of a statement: news")
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])
