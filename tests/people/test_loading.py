"""Loading many people: what a row does, what is refused, and that twice is once."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.models import AuditEntry
from people.models import Assignment, Person, Team
from people.services import PersonInput, RowResult, Status, load_people, load_roles

pytestmark = pytest.mark.django_db
JAN = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def _roles() -> None:
    load_roles()


def person(key: str, **fields: object) -> PersonInput:
    row: dict[str, object] = {
        "number": key,
        "name": f"Person {key}",
        "team": "Nantes",
        "parent_team": "West",
        "role": "ae",
        "valid_from": JAN,
    }
    return PersonInput(**{**row, **fields})  # type: ignore[arg-type]  # fields of a test by name


def load(*rows: PersonInput, dry_run: bool = False) -> list[RowResult]:
    return load_people(actor=None, rows=rows, dry_run=dry_run)


def codes(result: RowResult) -> list[str]:
    return [issue.code for issue in result.issues]


def places() -> list[tuple[object, ...]]:
    rows = Assignment.objects.order_by("person__number", "valid_from")
    return list(
        rows.values_list(
            "person__number",
            "team__name",
            "team__parent__name",
            "role__key",
            "manager__number",
            "share",
            "valid_from",
            "valid_to",
        )
    )


def everything() -> tuple[object, ...]:
    return (
        list(Person.objects.order_by("id").values_list()),
        list(Team.objects.order_by("id").values_list()),
        list(Assignment.objects.order_by("id").values_list()),
        AuditEntry.objects.count(),
    )


def test_a_first_load_makes_people_teams_managers_and_places() -> None:
    results = load(
        person("1", name="Anna Snelling", manager="Dustin Brinkmann"),
        person("2", name="Cecily Lampkin", manager="dustin  brinkmann", team="Brest"),
        person("3", first_name="Léa", last_name="Roy", share=Decimal("0.8"), role="Field rep"),
    )
    assert [result.status for result in results] == [Status.CREATED] * 3
    assert places() == [
        ("1", "Nantes", "West", "ae", "dustin-brinkmann", Decimal(1), JAN, None),
        ("2", "Brest", "West", "ae", "dustin-brinkmann", Decimal(1), JAN, None),
        ("3", "Nantes", "West", "field", None, Decimal("0.8"), JAN, None),
        ("dustin-brinkmann", "West", None, "manager", None, Decimal(1), JAN, None),
    ]
    names = Person.objects.order_by("number").values_list("first_name", "last_name")
    assert list(names) == [
        ("Anna", "Snelling"),
        ("Cecily", "Lampkin"),
        ("Léa", "Roy"),
        ("Dustin", "Brinkmann"),
    ]


def test_loading_twice_changes_nothing_not_even_the_audit_log() -> None:
    rows = [person("1", manager="Zoé Petit"), person("2", team="Brest"), person("3", manager="2")]
    load(*rows)
    before = everything()
    again = load(*rows)
    assert [result.status for result in again] == [Status.UNCHANGED] * 3
    assert everything() == before


def test_a_dry_run_tells_the_same_and_writes_nothing() -> None:
    rows = [person("1", manager="Zoé Petit"), person("2")]
    before = everything()
    dry = load(*rows, dry_run=True)
    assert everything() == before
    assert dry == load(*rows)


def test_one_bad_row_and_nothing_of_the_file_is_written() -> None:
    before = everything()
    results = load(person("1"), person("2", role="astronaut"))
    assert [result.status for result in results] == [Status.CREATED, Status.REJECTED]
    assert everything() == before
    [issue] = results[1].issues
    assert (issue.code, issue.place.path) == ("role.unknown", "role")
    assert "sdr" in issue.remedy_text()
    assert "field" in issue.remedy_text()


@pytest.mark.parametrize(
    ("fields", "code", "column"),
    [
        ({"number": "", "name": ""}, "person.nobody", "number"),
        ({"name": ""}, "person.no_name", "last_name"),
        ({"role": ""}, "role.unknown", "role"),
        ({"valid_from": None}, "assignment.no_start", "valid_from"),
        ({"share": Decimal("1.2")}, "assignment.share", "share"),
        ({"share": Decimal(0)}, "assignment.share", "share"),
        ({"valid_to": JAN}, "range.backwards", "valid_to"),
        ({"hired_on": JAN, "left_on": JAN}, "range.backwards", "left_on"),
        ({"manager": "9"}, "assignment.own_manager", "manager"),
    ],
)
def test_what_a_row_is_refused_for(fields: dict[str, object], code: str, column: str) -> None:
    [result] = load(person("9", **fields))
    assert result.status is Status.REJECTED
    assert [(issue.code, issue.place.path) for issue in result.issues] == [(code, column)]
    assert not Person.objects.exists()


def test_all_mistakes_of_all_rows_are_told_at_once() -> None:
    results = load(
        person("1", share=Decimal(2), valid_to=JAN), person("2", role="x", valid_from=None)
    )
    assert codes(results[0]) == ["assignment.share", "range.backwards"]
    assert codes(results[1]) == ["role.unknown", "assignment.no_start"]


def test_two_rows_that_contradict_each_other_are_refused_and_equal_ones_are_one() -> None:
    results = load(person("1"), person("1", role="am"))
    assert [codes(result) for result in results] == [[], ["person.twice"]]
    results = load(person("1"), person("1"))
    assert [result.status for result in results] == [Status.CREATED, Status.UNCHANGED]
    assert len(places()) == 1


def test_rows_that_give_one_person_two_names_are_refused() -> None:
    march = date(2026, 3, 1)
    results = load(person("1", name="Léa Roy"), person("1", name="Léa Roi", valid_from=march))
    assert [codes(result) for result in results] == [[], ["person.contradiction"]]
    results = load(person("1", name="Léa Roy"), person("1", name="", valid_from=march))
    assert [result.status for result in results] == [Status.CREATED, Status.UNCHANGED]


def test_a_manager_named_ambiguously_is_refused_with_the_numbers() -> None:
    load(person("1", name="Jean Martin"), person("2", name="Jean Martin"))
    [result] = load(person("3", manager="jean martin"))
    assert codes(result) == ["manager.ambiguous"]
    assert "1, 2" in result.issues[0].remedy_text()
    [result] = load(person("3", manager="2"))
    assert result.status is Status.CREATED


def test_a_team_name_that_exists_twice_needs_the_team_above_it() -> None:
    load(person("1", parent_team="West"), person("2", parent_team="East"))
    assert Team.objects.filter(name="Nantes").count() == 2
    [result] = load(person("3", parent_team=""))
    assert codes(result) == ["team.ambiguous"]
    [result] = load(person("3", parent_team="east"))
    assert result.status is Status.CREATED


def test_a_new_manager_who_looks_like_somebody_known_is_pointed_out() -> None:
    load(person("1", name="Dustin Brinkmann"))
    [result] = load(person("2", manager="Dustin Brinkman"))
    assert (result.status, codes(result)) == (Status.CREATED, ["manager.looks_like"])


def test_a_manager_with_a_row_of_their_own_is_placed_by_that_row_wherever_it_stands() -> None:
    load(person("1", manager="Zoé Petit"), person("2", name="Zoé Petit", role="director"))
    assert places() == [
        ("1", "Nantes", "West", "ae", "2", Decimal(1), JAN, None),
        ("2", "Nantes", "West", "director", None, Decimal(1), JAN, None),
    ]


def test_a_person_without_a_team_is_loaded_with_a_warning() -> None:
    [result] = load(person("1", team=""))
    assert (result.status, codes(result)) == (Status.CREATED, ["person.no_team"])
    assert places() == []


def test_a_new_place_closes_the_old_one_and_a_correction_replaces_it() -> None:
    load(person("1"))
    march = date(2026, 3, 1)
    [moved] = load(person("1", team="Brest", valid_from=march))
    assert moved.status is Status.CHANGED
    assert places() == [
        ("1", "Nantes", "West", "ae", None, Decimal(1), JAN, march),
        ("1", "Brest", "West", "ae", None, Decimal(1), march, None),
    ]
    load(person("1", team="Brest", valid_from=march, share=Decimal("0.5")))
    assert places()[1] == ("1", "Brest", "West", "ae", None, Decimal("0.5"), march, None)
    [old] = load(person("1"))
    assert old.status is Status.UNCHANGED
    assert len(places()) == 2


def test_an_earlier_place_ends_where_the_known_one_starts() -> None:
    load(person("1", valid_from=date(2026, 3, 1)))
    load(person("1", team="Brest"))
    assert [(row[1], row[6], row[7]) for row in places()] == [
        ("Brest", JAN, date(2026, 3, 1)),
        ("Nantes", date(2026, 3, 1), None),
    ]


def test_a_changed_name_is_taken_and_an_empty_one_erases_nothing() -> None:
    load(person("1", name="Lea Roy", email="Lea@velo.example"))
    [result] = load(person("1", name="Léa Roy-Petit", email=""))
    assert result.status is Status.CHANGED
    known = Person.objects.get()
    assert (known.name, known.email) == ("Léa Roy-Petit", "lea@velo.example")


def test_establishment_and_contract_come_with_the_person_and_stay_when_not_said() -> None:
    load(person("1", establishment=" PARIS ", contract="CDI-7"))
    load(person("1", establishment="LYON", contract=""))
    known = Person.objects.get()
    assert (known.establishment, known.contract) == ("LYON", "CDI-7")
    [result] = load(person("1", establishment="LYON"))
    assert result.status is Status.UNCHANGED


def test_two_rows_of_a_person_that_name_two_establishments_are_refused() -> None:
    rows = [person("1", establishment="LYON"), person("1", establishment="PARIS")]
    refused = load(*rows)[1]
    assert [(one.code, one.place.path) for one in refused.issues] == [
        ("person.contradiction", "establishment")
    ]
    assert not Person.objects.exists()


def test_a_load_leaves_one_audit_row_with_the_counts() -> None:
    load(person("1"), person("2"))
    row = AuditEntry.objects.get(action="people.load")
    assert row.after == {"rows": {"created": 2, "changed": 0, "unchanged": 0, "rejected": 0}}


# --- any file at all ---------------------------------------------------------------------------

DAYS = [date(2026, month, 1) for month in range(1, 7)]
NAMES = {"1": "Ann Ray", "2": "Bo Lee", "3": "Cy"}


def row_of(number: str, **fields: object) -> PersonInput:
    return PersonInput(number=number, name=NAMES[number], **fields)  # type: ignore[arg-type]  # fields of a test by name


ROWS = st.builds(
    row_of,
    number=st.sampled_from(["1", "2", "3"]),
    team=st.sampled_from(["North", "South", "West", ""]),
    parent_team=st.sampled_from(["", "West", "North"]),
    manager=st.sampled_from(["", "1", "Ann Ray", "Zoe New", "bo lee"]),
    role=st.sampled_from(["ae", "ae", "am", "am", "manager", "manager", "x"]),
    valid_from=st.sampled_from([*DAYS, *DAYS, None]),
    valid_to=st.sampled_from([None, None, None, *DAYS[3:], date(2026, 9, 1)]),
    share=st.sampled_from([None, Decimal("0.5"), Decimal(1)]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.lists(ROWS, max_size=4), second=st.lists(ROWS, max_size=4))
def test_any_two_files_load_whole_or_not_at_all_and_a_second_time_change_nothing(
    first: list[PersonInput], second: list[PersonInput]
) -> None:
    with transaction.atomic():
        for rows in (first, second):
            empty = everything()
            dry = load(*rows, dry_run=True)
            assert everything() == empty
            done = load(*rows)
            assert done == dry
            if any(result.status is Status.REJECTED for result in done):
                assert everything() == empty
        rejected = any(result.status is Status.REJECTED for result in done)
        before = everything()
        again = load(*second)
        assert everything() == before
        if not rejected:
            assert {result.status for result in again} <= {Status.UNCHANGED}
        transaction.set_rollback(True)
