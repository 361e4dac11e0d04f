"""What leaves the product: a mail with all that is due to somebody, a line for Slack or Teams.

A line names who, which rule and where to read more. It holds no figure: a channel has readers who
may not see them, and the page asks for the right.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from kpis.alerts.words import Teller, rule_name, title
from kpis.models import Alert, Webhook, WebhookForm
from kpis.queries.catalogue import catalogue
from people import queries as people
from people.models import User


def address_of(alert: Alert) -> str:
    """The whole address of an alert's page."""
    path = reverse("kpis:alert", args=[alert.pk])
    return settings.SITE_URL.rstrip("/") + path


def mail(user: User, alerts: Sequence[Alert]) -> None:
    """One mail about several alerts, in the language of its reader. Raises what the mailer does."""
    with override(user.language):
        teller = Teller(catalogue(people.today()), people.company().currency)
        context = {
            "name": user.name,
            "company": people.company().name,
            "rows": [
                {
                    "person": one.person.name,
                    "title": title(one),
                    "text": teller.sentence(one),
                    "link": address_of(one),
                }
                for one in alerts
            ],
        }
        body = render_to_string("kpis/alerts/mail.txt", context)
        count = len(alerts)
        subject = ngettext("%(n)s alert about your team", "%(n)s alerts about your team", count) % {
            "n": count
        }
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])


def line(hook: Webhook, alert: Alert) -> Mapping[str, Any]:
    """The message to a webhook, in its language."""
    with override(hook.language):
        said = _("%(name)s: %(rule)s") % {"name": alert.person.name, "rule": rule_name(alert.rule)}
        more = _("Read more")
    if hook.form == WebhookForm.SLACK:
        return {"text": f"{_plain(said)} <{address_of(alert)}|{_plain(more)}>"}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": _unmarked(said), "wrap": True}],
        "actions": [{"type": "Action.OpenUrl", "title": more, "url": address_of(alert)}],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def _plain(text: str) -> str:
    """As Slack asks for: these three characters have a meaning of their own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unmarked(text: str) -> str:
    """Without the marks that a card would draw: a name never makes a link."""
    return "".join(f"\\{one}" if one in "\\`*_[]()#" else one for one in text)
