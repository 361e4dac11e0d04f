"""What is kept with a signature reads back exactly."""

import json
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.calc.roster import Person, Roster
from challenges.calc.stored import from_plain, to_plain

people = st.builds(Person)  # every field, also those that are added later
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(st.lists(people, max_size=2), st.lists(st.tuples(st.text(), st.text()), max_size=2))
def test_a_roster_reads_back_as_it_was(found: list[Person], names: list[tuple[str, str]]) -> None:
    roster = Roster(tuple(found), tuple(names))
    plain = json.loads(json.dumps(to_plain(roster)))

    assert from_plain(Roster, plain) == roster


@given(days, st.fractions())
def test_days_and_numbers_are_exact(day: date, number: Fraction) -> None:
    assert from_plain(date, to_plain(day)) == day
    assert from_plain(Fraction, to_plain(number)) == number


def test_a_field_that_was_not_kept_yet_has_its_default() -> None:
    assert from_plain(Person, {"id": "ana"}) == Person("ana")


def test_what_has_no_exact_form_is_refused() -> None:
    with pytest.raises(TypeError, match="float is not kept"):
        to_plain(1.5)
