"""Writers of how alerts are heard: wishes, mutes, webhooks."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from common import audit
from common.sealing import SealedError
from kernel.issues import N_, Invalid, Issue, Place, error
from kpis.alerts.addresses import seal_address, sealed_again
from kpis.alerts.outgoing import read_target
from kpis.alerts.telling import tell_self
from kpis.models import AlertMute, AlertWishes, Webhook, WebhookForm
from people import queries as people
from people.models import User


@transaction.atomic
def keep_wishes(
    *,
    actor: User,
    by_mail: bool,
    of_reviews: bool = True,
    digest_at: time | None = None,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
) -> AlertWishes:
    """How the actor wants to hear. `Invalid` when only one end of the quiet hours is given."""
    if (quiet_from is None) != (quiet_until is None):
        raise Invalid(_half_quiet())
    wishes, _made = AlertWishes.objects.update_or_create(
        user=actor,
        defaults={
            "by_mail": by_mail,
            "of_reviews": of_reviews,
            "digest_at": digest_at,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
        },
    )
    after = {"by_mail": by_mail, "of_reviews": of_reviews, "digest_at": str(digest_at or ""),
             "quiet": f"{quiet_from or ''}-{quiet_until or ''}"}  # fmt: skip
    audit.record(actor=actor, action="alert_wishes.keep", subject=wishes, after=after)
    return wishes


@transaction.atomic
def mute(
    *, actor: User, until_on: date, rule_id: int | None = None, person_id: int | None = None
) -> AlertMute:
    """Hear nothing of a rule, of a person or of both until a day, which is the first one to hear
    again. `Invalid` for a day that is not ahead."""
    if until_on <= people.today():
        raise Invalid(_past())
    made = AlertMute.objects.create(
        user=actor, rule_id=rule_id, person_id=person_id, until_on=until_on
    )
    after = {"rule": rule_id, "person": person_id, "until_on": str(until_on)}
    audit.record(actor=actor, action="alert.mute", subject=made, after=after)
    tell_self(actor)
    return made


@transaction.atomic
def unmute(*, actor: User, mute_id: int) -> None:
    """Hear again of what the actor has muted; nothing where there is none."""
    found = AlertMute.objects.filter(user=actor, pk=mute_id)
    for one in found:
        before = {"rule": one.rule_id, "person": one.person_id, "until_on": str(one.until_on)}
        audit.record(actor=actor, action="alert.unmute", subject=one, before=before)
    found.delete()
    tell_self(actor)


@dataclass(frozen=True, slots=True)
class HookInput:
    """A webhook as an administrator enters it."""

    name: str
    url: str
    form: str
    language: str = "fr"
    team_id: int | None = None


@transaction.atomic
def add_webhook(*, actor: User, hook: HookInput) -> Webhook:
    """A new address. `Invalid` for what is no https address of the open internet. The address is a
    secret: neither the audit log nor a page repeats it."""
    issues: list[Issue] = []
    if not hook.name.strip():
        issues.append(_no_hook_name())
    if hook.form not in WebhookForm.values or hook.language not in ("fr", "en"):
        issues.append(_unknown_form())
    try:
        target = read_target(hook.url)
    except Invalid as invalid:
        raise Invalid([*issues, *invalid.issues]) from None
    if issues:
        raise Invalid(issues)
    made = Webhook.objects.create(
        name=hook.name.strip(), sealed_url=seal_address(hook.url.strip()), form=hook.form,
        language=hook.language, team_id=hook.team_id,
    )  # fmt: skip
    after = {"name": made.name, "host": target.host, "form": made.form, "team": made.team_id}
    audit.record(actor=actor, action="webhook.add", subject=made, after=after)
    return made


@transaction.atomic
def remove_webhook(*, actor: User, webhook_id: int, now: datetime | None = None) -> None:
    """No message leaves to it any more; its log stays, its address is forgotten."""
    hook = Webhook.objects.select_for_update().get(pk=webhook_id)
    if hook.removed_at is None:
        hook.removed_at, hook.sealed_url = now or timezone.now(), ""
        hook.save(update_fields=["removed_at", "sealed_url"])
        audit.record(actor=actor, action="webhook.remove", subject=hook)


@transaction.atomic
def seal_webhooks_again() -> tuple[int, list[str]]:
    """Every address under the present key: how many, and the names of those that no key opens."""
    done, lost = 0, []
    for hook in Webhook.objects.filter(removed_at=None).select_for_update().order_by("id"):
        try:
            hook.sealed_url = sealed_again(hook)
        except SealedError:
            lost.append(hook.name)
            continue
        hook.save(update_fields=["sealed_url"])
        audit.record(actor=None, action="webhook.seal_again", subject=hook)
        done += 1
    return done, lost


def _half_quiet() -> Issue:
    return error(
        "alerts.half_quiet",
        N_("Only one end of the quiet hours is given."),
        N_("Give both, or neither."),
        Place(path="quiet_until"),
    )


def _past() -> Issue:
    return error(
        "alerts.mute_past",
        N_("This day is not ahead."),
        N_("Choose the first day on which you want to hear again."),
        Place(path="until_on"),
    )


def _no_hook_name() -> Issue:
    return error(
        "alerts.no_hook_name",
        N_("The webhook has no name."),
        N_("Write which channel it leads to."),
        Place(path="name"),
    )


def _unknown_form() -> Issue:
    return error(
        "alerts.unknown_form",
        N_("The form of the message or its language is not known."),
        N_("Choose Slack or Microsoft Teams, and French or English."),
        Place(path="form"),
    )
