"""People as plain values for templates."""

from collections.abc import Collection
from datetime import date
from typing import Any

import holidays
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.formats import day_text, moment_text, number_text, span_text
from common.labels import label
from kernel.periods import Period
from people import queries
from people.listing import ListedPerson, SignInRow
from people.models import AbsenceKind, Person, Right, User
from people.queries import AssignmentRow, CompanyRow, TeamRow

Cells = dict[str, Any]


def role_names() -> dict[str, str]:
    """Role name by key, in the reader's language."""
    return {role.key: label(role.name_fr, role.name_en) for role in queries.roles()}


def people_rows(people: Collection[ListedPerson], names: dict[str, str]) -> list[Cells]:
    """Rows of the list of people."""
    return [
        {
            "url": reverse("people:person", args=[one.person_id]),
            "number": one.number,
            "name": one.name,
            "team": one.place.team_name if one.place else "",
            "role": names.get(one.place.role_key, "") if one.place else "",
            "share": number_text(one.place.share * 100, 0) + " %" if one.place else "",
            "left": day_text(queries.day_before(one.left_on)) if one.left_on else "",
            "sign_in": one.sign_in,
        }
        for one in people
    ]


def place_events(places: Collection[AssignmentRow], names: dict[str, str]) -> list[Cells]:
    """A person's places as a timeline."""
    managers = queries.person_names({row.manager_id for row in places if row.manager_id})
    return [_place_event(row, names, managers) for row in places]


def _place_event(row: AssignmentRow, names: dict[str, str], managers: dict[int, str]) -> Cells:
    parts = [names.get(row.role_key, row.role_key)]
    if row.share != 1:
        parts.append(_("%(share)s %% of full time") % {"share": number_text(row.share * 100, 2)})
    if row.manager_id:
        parts.append(_("manager: %(name)s") % {"name": managers.get(row.manager_id, "–")})
    return {
        "at": _span(row.valid_from, row.valid_to),
        "title": row.team_name,
        "text": " · ".join(parts),
        "icon": "flag" if row.leads else "user",
        "url": "",
    }


def _span(start: date, end: date | None) -> str:
    if end is None:
        return _("since %(day)s") % {"day": day_text(start)}
    return span_text(start, end)


def absence_rows(person_id: int, since: date) -> list[Cells]:
    """Absences of a person from `since` on, newest first."""
    period = Period(since, date(2999, 1, 1))
    rows = queries.absences_between(period, [person_id])
    return [
        {"kind": AbsenceKind(row.kind).label, "days": span_text(row.valid_from, row.valid_to)}
        for row in reversed(rows)
    ]


def sign_in_row(row: SignInRow) -> Cells:
    """A sign-in with its rights in words."""
    return {
        "user_id": row.user_id,
        "email": row.email,
        "name": row.name,
        "person_url": reverse("people:person", args=[row.person_id]) if row.person_id else "",
        "rights": ", ".join(str(Right(right).label) for right in row.rights),
        "is_active": row.is_active,
        "has_password": row.has_password,
        "last_login": moment_text(row.last_login) if row.last_login else "",
    }


def team_rows(teams: Collection[TeamRow], heads: dict[int, int]) -> list[Cells]:
    """The tree as rows; `heads` is how many people each team holds today."""
    return [
        {
            "name": team.name,
            "above": " / ".join(team.path[:-1]),
            "depth": team.depth,
            "count": heads.get(team.id, 0),
        }
        for team in teams
    ]


def company_facts(company: CompanyRow) -> list[Cells]:
    """What everybody may know about the company."""
    return [
        {"label": _("Company"), "value": company.name},
        {"label": _("Currency"), "value": company.currency},
        {"label": _("Time zone"), "value": company.timezone},
        {"label": _("Country"), "value": f"{company.country} {company.subdivision}".strip()},
    ]


def calendar_months(company: CompanyRow, year: int) -> list[Cells]:
    """Working days of each month of `year`."""
    whole = Period(date(year, 1, 1), date(year + 1, 1, 1))
    return [
        {"name": day_text(month.start, "month"), "days": company.calendar.working_days(month)}
        for month in whole.months()
    ]


def public_holidays(company: CompanyRow, year: int) -> list[Cells]:
    """Public holidays of `year`, by day, named in the reader's language where that is known."""
    if not company.country:
        return []
    found = holidays.country_holidays(
        company.country,
        subdiv=company.subdivision or None,
        years=year,
        language=_holiday_language(company.country),
    )
    return [{"day": day_text(day, "long"), "name": name} for day, name in sorted(found.items())]


def _holiday_language(country: str) -> str | None:
    wanted = "fr" if (get_language() or "").startswith("fr") else "en_US"
    return wanted if wanted in holidays.list_localized_countries().get(country, []) else None


def person_facts(person: Person) -> list[Cells]:
    """Number, address, first and last day; establishment and contract where they are known."""
    facts = [
        {"label": _("Number"), "value": person.number},
        {"label": _("E-mail"), "value": person.email or "–"},
        {"label": _("First day"), "value": day_text(person.hired_on)},
    ]
    if person.left_on:
        last = day_text(queries.day_before(person.left_on))
        facts.append({"label": _("Last day"), "value": last})
    if person.establishment:
        facts.append({"label": _("Establishment"), "value": person.establishment})
    if person.contract:
        facts.append({"label": _("Contract"), "value": person.contract})
    return facts


def company_initial(company: CompanyRow) -> Cells:
    """The stored settings as the first values of their form."""
    names = (
        "name",
        "currency",
        "timezone",
        "language",
        "country",
        "subdivision",
        "fiscal_year_start_month",
        "managers_see_pay",
    )
    return {name: getattr(company, name) for name in names}


def sign_in_facts(user: User) -> list[Cells]:
    """My own sign-in in words."""
    rights = ", ".join(str(Right(right).label) for right in user.rights)
    facts = [{"label": _("Signs in as"), "value": user.email}]
    if user.person:
        facts.append({"label": _("Number"), "value": user.person.number})
    if rights:
        facts.append({"label": _("Rights"), "value": rights})
    return facts
