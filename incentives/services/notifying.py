"""Telling payees the rules and objectives of a period, and keeping that they have read them."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from common import audit, live
from incentives.models import Notice, PayPeriod, Receipt
from incentives.notices.letters import Letter, sentences_not_in_french
from incentives.notices.queries import CLOSED, NoticeRow, is_replaced, notice_rows
from incentives.services.moving import locked_row
from kernel.issues import N_, Invalid, Issue, error
from kpis import queries as kpis
from people import queries as people
from people.models import User

LANGUAGES = ("fr", "en")
_BATCH = 500


@transaction.atomic
def publish_notices(
    *, actor: User, period_id: int, published_at: datetime | None = None
) -> list[Notice]:
    """Write and publish the letter of each payee who has none, or whose rules have changed.

    Who has the current one keeps it. `published_at` takes over what was told in another way at an
    earlier moment (default: now); the audit row keeps the moment of recording. `Invalid` when the
    period is paid already, and when nobody lacks a letter.
    """
    period = locked_row(period_id)
    if period.state in CLOSED:
        raise Invalid(
            error(
                "notices.closed",
                N_("The period is {state}; rules can no longer be announced for it."),
                N_("Publish the notices of the next period."),
                state=period.get_state_display(),
            )
        )
    due = [row for row in notice_rows(period) if row.is_due]
    if not due:
        raise Invalid(
            error(
                "notices.none_due",
                N_("Every payee has the current rules and objectives already."),
                N_("Another notice is only needed when a plan or an objective changes."),
            )
        )
    _refuse_english(due)
    at = _past(published_at)
    notices = Notice.objects.bulk_create(_written(actor, period, due, at), batch_size=_BATCH)
    audit.record(
        actor=actor,
        action="notices.publish",
        subject=period,
        after={"notices": [{"person": one.person_id, "sha256": one.sha256} for one in notices]},
    )
    live.publish(f"period:{period.pk}")
    return notices


def _refuse_english(rows: list[NoticeRow]) -> None:
    """The French text is the one that counts, so it has to be French (Code du travail L.1321-6)."""
    plans = {row.version.pk: row.plan for row in rows}
    lacking = {one for plan in plans.values() for one in sentences_not_in_french(plan)}
    if lacking:
        raise Invalid(
            error(
                "notices.no_french",
                N_("The rules cannot be told in French: {sentences}"),
                N_("An administrator compiles the translations; then publish again."),
                sentences=" / ".join(sorted(lacking)),
            )
        )


def _past(moment: datetime | None) -> datetime:
    """The moment, or now: nothing is told or read in the future."""
    now = timezone.now()
    return now if moment is None else min(moment, now)


def _written(actor: User, period: PayPeriod, rows: list[NoticeRow], at: datetime) -> list[Notice]:
    company, known = people.company(), kpis.catalogue(period.starts_on)
    found = []
    for row in rows:
        replaces_on = people.today(row.told.published_at) if row.told else None
        letter = Letter(
            row.payee, row.version, row.plan, row.days, company.name, company.currency, known,
            replaces_on,
        )  # fmt: skip
        text = letter.text("fr")
        found.append(
            Notice(
                person_id=row.payee.person_id,
                plan_version=row.version,
                starts_on=period.starts_on,
                ends_on=period.ends_on,
                text_fr=text,
                text_en=letter.text("en"),
                sha256=sha256(text.encode()).hexdigest(),
                published_by=actor,
                published_at=at,
            )
        )
    return found


@transaction.atomic
def confirm_reading(
    *, actor: User, notice_id: int, language: str, read_at: datetime | None = None
) -> Receipt:
    """The payee confirms having read a notice, in the language in which it was on the screen.

    The receipt holds the hash of the French text, which is the one that counts. `read_at` takes
    over a reading on paper, as `publish_notices` does. `Invalid` for
    anybody but the payee, for an unknown language, when it is confirmed already, and when a newer
    notice replaces it.
    """
    notice = (
        Notice.objects.select_for_update(of=("self",)).select_related("plan_version").get(
            pk=notice_id
        )
    )  # fmt: skip
    issue = _refusal(actor, notice, language)
    if issue is not None:
        raise Invalid(issue)
    receipt = Receipt.objects.create(
        notice=notice, language=language, sha256=notice.sha256, by=actor, at=_past(read_at)
    )
    audit.record(
        actor=actor,
        action="notice.read",
        subject=notice,
        after={"language": language, "sha256": notice.sha256},
    )
    return receipt


def _refusal(actor: User, notice: Notice, language: str) -> Issue | None:
    if actor.person_id is None or actor.person_id != notice.person_id:
        return error(
            "notice.not_yours",
            N_("Only the person that a notice is for confirms it."),
            N_("HR sees on the page of the period who has not confirmed yet."),
        )
    if language not in LANGUAGES:
        return error(
            "notice.language",
            N_("A notice is read in French or in English."),
            N_("Choose one of the two above the text."),
        )
    if Receipt.objects.filter(notice=notice).exists():
        return error(
            "notice.read_already",
            N_("You have confirmed this notice already."),
            N_("The day and the text are kept; nothing more is to be done."),
        )
    if is_replaced(notice):
        return error(
            "notice.replaced",
            N_("A newer notice replaces this one."),
            N_("Read and confirm the newer one."),
        )
    return None
