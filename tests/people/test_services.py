"""Hiring, places, absences, company and sign-ins: each success beside its refusals."""

from datetime import date
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from common.models import AuditEntry
from kernel.issues import Invalid
from people import services
from people.models import Absence, Assignment, Company, Person, Role, Team, User
from people.tasks import send_invitation

pytestmark = pytest.mark.django_db
JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@velo.example", rights=["admin"])


@pytest.fixture
def léa() -> Person:
    return services.hire_person(actor=None, number="7", first_name="Léa", last_name="Roy")


@pytest.fixture
def north() -> Team:
    return services.create_team(actor=None, name="North")


def role(key: str = "ae") -> Role:
    return Role.objects.get_or_create(key=key, defaults={"name_fr": key, "name_en": key})[0]


def refused(work: Any) -> list[tuple[str, str]]:
    """Codes and places of the issues, and proof that nothing was audited."""
    before = AuditEntry.objects.count()
    with pytest.raises(Invalid) as caught, transaction.atomic():
        work()
    assert AuditEntry.objects.count() == before
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


# --- hiring ------------------------------------------------------------------------------------


def test_hiring_leaves_a_person_and_one_audit_row(ada: User) -> None:
    person = services.hire_person(
        actor=ada, number=" 7 ", last_name="Roy", email="Lea@Velo.example", hired_on=JAN
    )
    assert (person.number, person.email, person.hired_on) == ("7", "lea@velo.example", JAN)
    row = AuditEntry.objects.get()
    assert row.after is not None
    assert (row.actor, row.action, row.subject_id) == (ada, "person.hire", str(person.pk))
    assert row.after["hired_on"] == "2026-01-01"


def test_a_number_is_needed_and_is_somebodys_alone(léa: Person) -> None:
    def hire(number: str, last_name: str) -> Any:
        return services.hire_person(actor=None, number=number, last_name=last_name)

    assert refused(lambda: hire(" ", "")) == [
        ("person.no_number", "number"),
        ("person.no_name", "last_name"),
    ]
    assert refused(lambda: hire("7", "Martin")) == [("person.number_taken", "number")]


def test_renaming(léa: Person) -> None:
    services.rename_person(
        actor=None, person=léa, first_name="Léa", last_name="Roy-Petit", email=""
    )
    léa.refresh_from_db()
    assert léa.name == "Léa Roy-Petit"
    last = AuditEntry.objects.latest("id")
    assert last.before is not None
    assert last.after is not None
    assert (last.before["last_name"], last.after["last_name"]) == ("Roy", "Roy-Petit")


# --- places ------------------------------------------------------------------------------------


def assign(person: Person, team: Team, start: date, end: date | None = None, **more: Any) -> Any:
    return services.assign(
        actor=None, person=person, team=team, role=role(), valid_from=start, valid_to=end, **more
    )


def test_places_may_touch_but_not_overlap(léa: Person, north: Team) -> None:
    assign(léa, north, JAN, FEB)
    assign(léa, north, FEB)
    for start, end in ((JAN, None), (date(2026, 1, 31), FEB), (MAR, None), (JAN, MAR)):
        codes = refused(lambda start=start, end=end: assign(léa, north, start, end))
        assert {code for code, _ in codes} == {"range.overlap"}
    assert Assignment.objects.count() == 2


def test_the_database_itself_forbids_overlaps(léa: Person, north: Team) -> None:
    assign(léa, north, JAN, FEB)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(person=léa, team=north, role=role(), valid_from=date(2026, 1, 31))


def test_all_that_is_wrong_with_a_place_is_told_at_once(léa: Person, north: Team) -> None:
    codes = refused(lambda: assign(léa, north, FEB, JAN, share=Decimal(2), manager=léa))
    assert codes == [
        ("range.backwards", "valid_to"),
        ("assignment.share", "share"),
        ("assignment.own_manager", "manager"),
    ]


def test_a_change_closes_the_old_place_and_keeps_the_rest(léa: Person, north: Team) -> None:
    first = assign(léa, north, JAN, MAR, share=Decimal("0.8"))
    services.change_assignment(actor=None, assignment=first, valid_from=FEB, role=role("am"))
    rows = Assignment.objects.order_by("valid_from")
    values = rows.values_list("role__key", "share", "valid_from", "valid_to")
    assert list(values) == [
        ("ae", Decimal("0.8"), JAN, FEB),
        ("am", Decimal("0.8"), FEB, MAR),
    ]
    assert actions()[-1] == "assignment.change"


def test_a_change_on_the_first_day_replaces_in_place(léa: Person, north: Team) -> None:
    first = assign(léa, north, JAN)
    services.change_assignment(actor=None, assignment=first, valid_from=JAN, role=role("am"))
    assert [row.role.key for row in Assignment.objects.all()] == ["am"]


@pytest.mark.parametrize("day", [date(2025, 12, 31), FEB])
def test_a_change_outside_the_place_is_refused(léa: Person, north: Team, day: date) -> None:
    first = assign(léa, north, JAN, FEB)
    codes = refused(
        lambda: services.change_assignment(
            actor=None, assignment=first, valid_from=day, role=role("am")
        )
    )
    assert codes == [("assignment.not_then", "valid_from")]


def test_ending_a_place(léa: Person, north: Team) -> None:
    place = assign(léa, north, JAN)
    assert refused(lambda: services.end_assignment(actor=None, assignment=place, valid_to=JAN)) == [
        ("range.backwards", "valid_to")
    ]
    services.end_assignment(actor=None, assignment=place, valid_to=FEB)
    place.refresh_from_db()
    assert place.valid_to == FEB


def test_leaving_ends_the_open_place_the_day_after_the_last_day(léa: Person, north: Team) -> None:
    place = assign(léa, north, JAN)
    services.end_employment(actor=None, person=léa, last_day_on=date(2026, 1, 31))
    place.refresh_from_db()
    léa.refresh_from_db()
    assert (place.valid_to, léa.left_on) == (FEB, FEB)


def test_leaving_before_a_later_place_is_refused(léa: Person, north: Team) -> None:
    assign(léa, north, MAR)
    codes = refused(
        lambda: services.end_employment(actor=None, person=léa, last_day_on=date(2026, 1, 31))
    )
    assert codes == [("person.place_later", "last_day_on")]


def test_absences(léa: Person) -> None:
    def away(start: date, end: date, kind: str = "sick") -> Any:
        return services.record_absence(
            actor=None, person=léa, kind=kind, valid_from=start, valid_to=end
        )

    away(JAN, FEB)
    away(FEB, MAR, "leave")
    assert refused(lambda: away(date(2026, 2, 28), date(2026, 4, 1))) == [
        ("range.overlap", "valid_from")
    ]
    assert refused(lambda: away(MAR, MAR, "moon")) == [
        ("range.backwards", "valid_to"),
        ("absence.kind", "kind"),
    ]
    assert Absence.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_make_one_place(north: Team) -> None:
    person = services.hire_person(actor=None, number="9", last_name="Roy")
    outcomes: list[str] = []

    def give() -> None:
        try:
            assign(person, north, JAN)
            outcomes.append("placed")
        except Invalid as invalid:
            outcomes.append(invalid.issues[0].code)
        finally:
            connection.close()

    role()
    threads = [Thread(target=give) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["placed", *["range.overlap"] * 3]
    assert Assignment.objects.count() == 1


# --- teams, roles, company ---------------------------------------------------------------------


def test_teams_of_one_name_need_different_places(north: Team) -> None:
    below = services.create_team(actor=None, name="North", parent=north)
    assert (north.key, below.key) == ("north", "north-north")
    third = services.create_team(actor=None, name="North", parent=below)
    assert third.key == "north-north-2" or third.key not in {"north", "north-north"}
    assert refused(lambda: services.create_team(actor=None, name="north")) == [
        ("team.exists", "name")
    ]
    assert refused(lambda: services.create_team(actor=None, name=" ")) == [("team.no_name", "name")]


def test_the_shipped_roles_are_loaded_once_and_changed_names_stay() -> None:
    Role.objects.all().delete()
    assert services.load_roles() == 7
    Role.objects.filter(key="ae").update(name_fr="Vendeuse")
    assert services.load_roles() == 0
    assert Role.objects.get(key="ae").name_fr == "Vendeuse"
    leading = Role.objects.filter(leads=True).order_by("key").values_list("key", flat=True)
    assert list(leading) == ["director", "manager"]


def test_a_role_key_is_taken_once() -> None:
    services.create_role(actor=None, key="kam", name_fr="Grands comptes", name_en="Key accounts")
    assert refused(
        lambda: services.create_role(actor=None, key="kam", name_fr="x", name_en="x")
    ) == [("role.exists", "key")]


def test_the_company_is_one_and_everything_wrong_is_told(ada: User) -> None:
    services.set_up_company(actor=ada, name="Vélo SA")
    services.set_up_company(actor=ada, name="Vélo SAS", country="FR", subdivision="57")
    assert list(Company.objects.values_list("pk", "name")) == [(1, "Vélo SAS")]
    codes = refused(
        lambda: services.set_up_company(
            actor=ada,
            name="",
            currency="EURO",
            timezone="Europe/Lyon",
            language="de",
            country="XX",
            fiscal_year_start_month=13,
        )
    )
    assert [path for _, path in codes] == [
        "name",
        "currency",
        "timezone",
        "language",
        "country",
        "fiscal_year_start_month",
    ]


# --- sign-ins ----------------------------------------------------------------------------------


def test_a_sign_in_is_somebodys_alone(ada: User, léa: Person) -> None:
    user = services.create_user(actor=ada, email=" Lea@Velo.example ", person=léa)
    assert (user.email, user.has_usable_password()) == ("lea@velo.example", False)
    codes = refused(
        lambda: services.create_user(
            actor=ada, email="lea@velo.EXAMPLE", person=léa, rights=["king"], language="de"
        )
    )
    assert codes == [
        ("user.email_taken", "email"),
        ("user.person_taken", "person"),
        ("user.unknown_right", "rights"),
        ("language.unknown", "language"),
    ]
    assert refused(lambda: services.create_user(actor=ada, email="lea")) == [
        ("user.no_email", "email")
    ]


def test_rights_are_granted_by_somebody_else(ada: User, léa: Person) -> None:
    user = services.create_user(actor=ada, email="lea@velo.example", person=léa)
    services.grant_rights(actor=ada, user=user, rights=["hr"])
    user.refresh_from_db()
    assert user.rights == ["hr"]
    last = AuditEntry.objects.latest("id")
    assert last.before is not None
    assert last.after is not None
    assert (last.before["rights"], last.after["rights"]) == ([], ["hr"])
    assert refused(lambda: services.grant_rights(actor=ada, user=ada, rights=["admin", "hr"])) == [
        ("user.own_rights", "rights")
    ]


def test_nobody_closes_their_own_sign_in(ada: User) -> None:
    assert refused(lambda: services.set_active(actor=ada, user=ada, is_active=False)) == [
        ("user.own_closing", "")
    ]


def test_an_invitation_is_a_mail_in_their_language_with_a_link(
    ada: User, mailoutbox: list[mail.EmailMessage]
) -> None:
    user = services.create_user(actor=ada, email="eve@velo.example", language="en")
    send_invitation(user.pk)
    [message] = mailoutbox
    assert message.to == ["eve@velo.example"]
    assert "http://localhost:8000/accounts/password/reset/key/" in message.body
    assert "Hello eve@velo.example" in message.body


def test_a_closed_sign_in_is_neither_invited_nor_mailed(
    ada: User, mailoutbox: list[mail.EmailMessage]
) -> None:
    user = services.create_user(actor=ada, email="eve@velo.example")
    services.set_active(actor=ada, user=user, is_active=False)
    assert refused(lambda: services.invite(actor=ada, user=user)) == [("user.inactive", "")]
    send_invitation(user.pk)
    send_invitation(user.pk + 1000)
    assert mailoutbox == []


def test_the_language_follows_the_user(ada: User) -> None:
    services.set_language(actor=ada, language="en")
    ada.refresh_from_db()
    assert ada.language == "en"
    assert refused(lambda: services.set_language(actor=ada, language="de")) == [
        ("language.unknown", "language")
    ]
