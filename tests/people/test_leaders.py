"""Who leads whom, asked from both sides: the answers agree."""

from datetime import date

import pytest

from people import access
from people.models import Assignment, Person, Role, Team
from tests.kpis.crew import MOVED_ON, Crew, make_crew


@pytest.fixture
def crew(db: None) -> Crew:
    """North and South under West; somebody leads West, and Noor reports to Inès besides."""
    made = make_crew()
    wim = Person.objects.create(number="P6", first_name="Wim", last_name="Oost")
    lead = Role.objects.get(key="manager")
    Assignment.objects.create(person=wim, team=made.west, role=lead, valid_from=date(2026, 1, 1))
    Assignment.objects.filter(person=made.noor).update(manager=made.ines)
    Team.objects.create(key="east", name="East", parent=made.west)
    return made


@pytest.mark.parametrize("day", [date(2025, 6, 1), date(2026, 3, 14), MOVED_ON])
def test_leaders_are_those_who_lead(crew: Crew, day: date) -> None:
    everybody = Person.objects.order_by("id")
    viewers = {one.pk: access.viewer_of(crew.user_of(one), day) for one in everybody}
    for person in everybody:
        leading = {pk for pk, one in viewers.items() if person.pk in access.led_people(one)}
        assert access.leaders_of([person.pk], day) == leading, person.name


def test_leaders_of_several_are_the_leaders_of_each(crew: Crew) -> None:
    day = date(2026, 3, 24)
    both = access.leaders_of([crew.hugo.pk, crew.noor.pk], day)
    assert both == access.leaders_of([crew.hugo.pk], day) | access.leaders_of([crew.noor.pk], day)
    assert access.leaders_of([], day) == frozenset()
