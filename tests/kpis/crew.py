"""A small company with a past: Léa moves from North to South, Hugo stays, Noor does nothing.

North and South lie in the region West. Inès leads North, Paul leads South. Paris time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from activities.inputs import ActivityInput, CreditInput, Entry, RowResult
from activities.models import Product
from activities.services import load_activity_types, record_activities
from kpis.services import load_dictionary
from people.models import Assignment, Person, Role, Team, User
from people.services import load_roles, set_up_company

PARIS = ZoneInfo("Europe/Paris")
MOVED_ON = date(2026, 3, 15)


@dataclass(frozen=True, slots=True)
class Crew:
    lea: Person
    hugo: Person
    noor: Person
    ines: Person
    paul: Person
    west: Team
    north: Team
    south: Team
    admin: User

    def user_of(self, person: Person) -> User:
        """The sign-in of somebody, made when first asked for."""
        email = f"{person.number.lower()}@example.org"
        found = User.objects.filter(email=email).first()
        return found or User.objects.create_user(email, "x", person=person)


def make_crew(timezone: str = "Europe/Paris") -> Crew:
    set_up_company(actor=None, name="Demo", timezone=timezone)
    load_roles()
    load_activity_types()
    load_dictionary()
    west = Team.objects.create(key="west", name="West")
    north = Team.objects.create(key="north", name="North", parent=west)
    south = Team.objects.create(key="south", name="South", parent=west)
    lea, hugo, noor, ines, paul = (
        Person.objects.create(number=number, first_name=first, last_name=last)
        for number, first, last in (
            ("P1", "Léa", "Martin"),
            ("P2", "Hugo", "Petit"),
            ("P3", "Noor", "Haddad"),
            ("P4", "Inès", "Roy"),
            ("P5", "Paul", "Blanc"),
        )
    )
    ae, lead = Role.objects.get(key="ae"), Role.objects.get(key="manager")
    start = date(2025, 1, 1)
    Assignment.objects.bulk_create(
        [
            Assignment(person=lea, team=north, role=ae, manager=ines, valid_from=start,
                       valid_to=MOVED_ON),
            Assignment(person=lea, team=south, role=ae, manager=paul, valid_from=MOVED_ON),
            Assignment(person=hugo, team=north, role=ae, manager=ines, valid_from=start),
            Assignment(person=noor, team=south, role=ae, manager=paul, valid_from=start),
            Assignment(person=ines, team=north, role=lead, valid_from=start),
            Assignment(person=paul, team=south, role=lead, valid_from=start),
        ]
    )  # fmt: skip
    Product.objects.create(key="bike", name="Bike", series="Road", list_price_minor=100_000)
    Product.objects.create(key="bell", name="Bell", series="Parts", list_price_minor=1_500)
    admin = User.objects.create_user("admin@example.org", "x", rights=["admin"])
    return Crew(lea, hugo, noor, ines, paul, west, north, south, admin)


def plain(*values: object) -> tuple[object, ...]:
    """Values side by side, to be compared as a whole whatever their kinds of number."""
    return values


def at(text: str) -> datetime:
    """A moment on the clock of Paris: "2026-03-10 11:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def event(
    external_id: str,
    when: str,
    who: str | Sequence[tuple[str, Fraction]] = "P1",
    *,
    kind: str = "call",
    amount: int | None = None,
    **more: object,
) -> ActivityInput:
    """A record of somebody (by number) or of several with their shares; amount in euros."""
    credits = () if isinstance(who, str) else tuple(CreditInput(one, part) for one, part in who)
    return ActivityInput(
        external_id=external_id,
        type=kind,
        occurred_at=at(when),
        person=who if isinstance(who, str) else "",
        credits=credits,
        amount=None if amount is None else Fraction(amount),
        currency="" if amount is None else "EUR",
        **more,  # type: ignore[arg-type]  # the fields of ActivityInput
    )


def as_correction(row: ActivityInput) -> ActivityInput:
    """The same content as the corrected state of its record."""
    return replace(row, kind=Entry.CORRECTION)


def cancel(external_id: str) -> ActivityInput:
    """The cancellation of a record."""
    return ActivityInput(external_id=external_id, kind=Entry.CANCELLATION, reason="a mistake")


def record(*events: ActivityInput, recorded_at: datetime | None = None) -> list[RowResult]:
    """Write into the log; every row must be accepted."""
    results = record_activities(actor=None, source="crm", records=events, recorded_at=recorded_at)
    refused = [issue for result in results if result.is_rejected for issue in result.issues]
    assert not refused, refused
    return results
