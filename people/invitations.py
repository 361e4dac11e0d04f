"""The mail that lets somebody set their password."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from people import queries
from people.models import User


def link_for(user: User) -> str:
    """The address under which `user` sets a password: once, and only for a few days."""
    key = default_token_generator.make_token(user)
    place = {"uidb36": user_pk_to_url_str(user), "key": key}
    path = reverse("account_reset_password_from_key", kwargs=place)
    return f"{settings.SITE_URL}".rstrip("/") + path


def send(user_id: int) -> None:
    """Mail the link in the user's language; nobody is told when the user is gone or closed."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    with override(user.language):
        context = {
            "name": user.name,
            "link": link_for(user),
            "email": user.email,
            "company": queries.company().name,
        }
        body = render_to_string("people/invitation.txt", context)
        subject = _("Your sign-in at %(company)s") % {"company": context["company"]}
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])
