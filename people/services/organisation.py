"""The company, its roles and its teams."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from django.db import transaction
from django.utils.text import slugify

from common import audit
from common.locks import transaction_lock
from kernel.calendars import WorkCalendar
from kernel.issues import N_, Invalid, Issue, Place, error, refuse_errors
from kernel.money import digits_of
from people.models import Company, Role, Team, User

_ROLES = Path(__file__).resolve().parent.parent / "data" / "roles.yaml"
LANGUAGES = ("fr", "en")


@transaction.atomic
def set_up_company(
    *,
    actor: User | None,
    name: str,
    currency: str = "EUR",
    timezone: str = "Europe/Paris",
    language: str = "fr",
    country: str = "FR",
    subdivision: str = "",
    fiscal_year_start_month: int = 1,
    managers_see_pay: bool = True,
) -> Company:
    """Create or change the one company; `Invalid` with everything that is wrong.

    Amounts are stored in minor units of `currency` and days are cut in `timezone`: change these
    two only before the first record (the settings page does not offer it).
    """
    refuse_errors(
        [
            *_missing(name),
            *_currency(currency),
            *_timezone(timezone),
            *language_issues(language),
            *_holidays(country, subdivision),
            *_month(fiscal_year_start_month),
        ]
    )
    transaction_lock("company")
    old = Company.objects.filter(pk=1).first()
    company = Company(
        pk=1,
        name=name.strip(),
        currency=currency,
        timezone=timezone,
        language=language,
        country=country,
        subdivision=subdivision,
        fiscal_year_start_month=fiscal_year_start_month,
        managers_see_pay=managers_see_pay,
    )
    company.save()
    audit.record(
        actor=actor,
        action="company.set_up",
        subject=company,
        before=audit.snapshot(old) if old else None,
        after=audit.snapshot(company),
    )
    return company


def _missing(name: str) -> list[Issue]:
    if name.strip():
        return []
    return [
        error(
            "company.no_name",
            N_("The company has no name."),
            N_("Write the name that stands on statements."),
            Place(path="name"),
        )
    ]


def _currency(code: str) -> list[Issue]:
    try:
        digits_of(code, Place(path="currency"))
    except Invalid as invalid:
        return list(invalid.issues)
    return []


def _timezone(name: str) -> list[Issue]:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [
            error(
                "company.unknown_timezone",
                N_('"{name}" is not a time zone.'),
                N_("Use a name of the IANA list, for example Europe/Paris."),
                Place(path="timezone"),
                name=name,
            )
        ]
    return []


def language_issues(code: str) -> list[Issue]:
    """What is wrong with a language code."""
    if code in LANGUAGES:
        return []
    return [
        error(
            "language.unknown",
            N_('The product does not speak "{language}".'),
            N_("Choose fr or en."),
            Place(path="language"),
            language=code,
        )
    ]


def _holidays(country: str, subdivision: str) -> list[Issue]:
    try:
        WorkCalendar(country, subdivision or None)
    except Invalid as invalid:
        return [issue.at(Place(path="country")) for issue in invalid.issues]
    return []


def _month(month: int) -> list[Issue]:
    if 1 <= month <= 12:
        return []
    return [
        error(
            "company.fiscal_month",
            N_("{month} is not a month."),
            N_("Write 1 for January to 12 for December."),
            Place(path="fiscal_year_start_month"),
            month=month,
        )
    ]


@transaction.atomic
def create_role(
    *, actor: User | None, key: str, name_fr: str, name_en: str, leads: bool = False
) -> Role:
    """A new job; `Invalid` when the key is taken."""
    transaction_lock("roles")
    if Role.objects.filter(key=key).exists():
        raise Invalid(
            error(
                "role.exists",
                N_('There is already a role "{key}".'),
                N_("Choose another key."),
                Place(path="key"),
                key=key,
            )
        )
    role = Role.objects.create(key=key, name_fr=name_fr, name_en=name_en, leads=leads)
    audit.record(actor=actor, action="role.create", subject=role, after=audit.snapshot(role))
    return role


def shipped_roles() -> list[dict[str, Any]]:
    """The roles that every installation starts with."""
    rows: list[dict[str, Any]] = yaml.safe_load(_ROLES.read_text(encoding="utf-8"))
    return rows


@transaction.atomic
def load_roles(*, actor: User | None = None) -> int:
    """Add the shipped roles that are missing; how many. Roles that exist are left as they are."""
    transaction_lock("roles")
    known = set(Role.objects.values_list("key", flat=True))
    fresh = [Role(**row) for row in shipped_roles() if row["key"] not in known]
    if fresh:
        Role.objects.bulk_create(fresh)
        keys = [role.key for role in fresh]
        audit.record(
            actor=actor,
            action="role.load",
            subject=("people.role", "shipped"),
            after={"keys": keys},
        )
    return len(fresh)


@transaction.atomic
def create_team(
    *, actor: User | None, name: str, parent: Team | None = None, key: str = ""
) -> Team:
    """A new team below `parent` (none: a region); `Invalid` when the parent has one so named."""
    transaction_lock("teams")
    clean = " ".join(name.split())
    if not clean:
        raise Invalid(_team_without_name())
    if Team.objects.filter(name__iexact=clean, parent=parent).exists():
        raise Invalid(_team_exists(clean))
    taken = set(Team.objects.values_list("key", flat=True))
    chosen = key or free_key(clean, parent.key if parent else "", taken)
    if chosen in taken:
        raise Invalid(_team_exists(chosen))
    team = Team.objects.create(key=chosen, name=clean, parent=parent)
    audit.record(actor=actor, action="team.create", subject=team, after=audit.snapshot(team))
    return team


def free_key(name: str, parent_key: str, taken: set[str]) -> str:
    """A readable key that is not taken: the name, then with the parent's, then with a number."""
    base = slugify(name)[:80] or "team"
    candidates = [base, f"{parent_key}-{base}"[:90]] if parent_key else [base]
    number = 2
    while candidates[0] in taken:
        candidates = candidates[1:] or [f"{base}-{number}"]
        number += 1
    return candidates[0]


def _team_without_name() -> Issue:
    return error(
        "team.no_name",
        N_("The team has no name."),
        N_("Write a name."),
        Place(path="name"),
    )


def _team_exists(name: str) -> Issue:
    return error(
        "team.exists",
        N_('There is already a team "{name}" in this place.'),
        N_("Choose another name, or another team above it."),
        Place(path="name"),
        name=name,
    )
