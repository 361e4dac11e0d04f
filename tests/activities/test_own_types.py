"""Kinds of activity of one's own: made in the product, known to the form, files and the API."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from activities.models import Activity, ActivityType
from activities.queries import activity_types, counted
from activities.services import create_api_key, load_activity_types
from activities.services.own_types import (
    MOST_ATTRIBUTES,
    Attribute,
    TypeInput,
    change_type,
    create_type,
    restore_type,
    retire_type,
)
from common.models import AuditEntry
from kernel.issues import Invalid
from tests.activities.conftest import Crew
from tests.activities.test_api import CALL_OF_LEA, outcome, send
from tests.activities.test_importing import bring
from tests.activities.test_pages import browser, logged

NOON = datetime(2026, 3, 10, 11, tzinfo=UTC)
PLACE = Attribute("Lieu", "Place", choices=("home", "shop", "fair"), required=True)
KM = Attribute("", "Distance", type="number", key="km", unit="km", least=0)
VISIT = TypeInput("Visite surprise", "Surprise visit", attributes=(PLACE, KM))


@pytest.fixture(autouse=True)
def in_march() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def visit(crew: Crew) -> Crew:
    create_type(actor=crew.admin, wanted=VISIT)
    return crew


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(issue.code, issue.place.path) for issue in refused.value.issues]


# --- making and changing ---------------------------------------------------------------------


def test_a_type_has_what_was_wanted_and_says_who_made_it(crew: Crew) -> None:
    made = create_type(actor=crew.admin, wanted=VISIT)

    assert ActivityType.objects.filter(pk=made.pk).values().get() == {
        "id": made.pk, "key": "own_surprise_visit", "name_fr": "Visite surprise",
        "name_en": "Surprise visit", "has_amount": False, "loggable": True, "retired_at": None,
        "attributes": [
            {"key": "place", "type": "text", "name_fr": "Lieu", "name_en": "Place",
             "choices": ["home", "shop", "fair"], "required": True},
            {"key": "km", "type": "number", "name_fr": "Distance", "name_en": "Distance",
             "unit": "km", "least": 0},
        ],
    }  # fmt: skip
    entry = AuditEntry.objects.get(action="activity_type.create")
    assert (entry.actor_id, (entry.after or {})["key"]) == (crew.admin.pk, "own_surprise_visit")


def test_the_key_is_the_one_that_was_asked_for(crew: Crew) -> None:
    assert create_type(actor=None, wanted=VISIT, key="drop_in").key == "own_drop_in"
    other = TypeInput("Visite Surprise !", "")
    assert create_type(actor=None, wanted=other, key="own_again").key == "own_again"
    assert create_type(actor=None, wanted=TypeInput("Drop in", "")).key == "own_drop_in_2"


@pytest.mark.parametrize(
    ("wanted", "key", "found"),
    [
        (TypeInput("", " "), "", [("type_name_missing", "name_en")]),
        (TypeInput("appel", "New"), "", [("type_name_taken", "name_fr")]),
        (TypeInput("", "New"), "Big Deal", [("type_key", "key")]),
        (TypeInput("", "New"), "taken", [("type_key_taken", "key")]),
        (
            replace(VISIT, attributes=(Attribute("", ""), replace(KM, key="É"))),
            "",
            [("type_name_missing", "attributes[0].name_en"), ("type_key", "attributes[1].key")],
        ),
        (
            replace(VISIT, attributes=(KM, KM)),
            "",
            [("type_key", "attributes[0].key"), ("type_key", "attributes[1].key")],
        ),
        (
            replace(VISIT, attributes=(replace(PLACE, choices=("one",)),)),
            "",
            [("type_choices", "attributes[0].choices")],
        ),
        (
            replace(VISIT, attributes=(replace(PLACE, choices=("a", "a")),)),
            "",
            [("type_choices", "attributes[0].choices")],
        ),
        (
            replace(VISIT, attributes=(replace(KM, choices=("1", "2")),)),
            "",
            [("type_choices", "attributes[0].choices")],
        ),
        (
            replace(VISIT, attributes=(replace(KM, most=-1),)),
            "",
            [("type_limits", "attributes[0].least")],
        ),
        (
            replace(VISIT, attributes=(replace(PLACE, most=3),)),
            "",
            [("type_limits", "attributes[0].least")],
        ),
        (
            replace(VISIT, attributes=(Attribute("", "x", type="colour"),)),
            "",
            [("type_of_attribute", "attributes[0].type")],
        ),
        (
            TypeInput("", "New", attributes=(Attribute("", "x"),) * (MOST_ATTRIBUTES + 1)),
            "",
            [("type_attributes_most", "")],
        ),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    crew: Crew, wanted: TypeInput, key: str, found: list[tuple[str, str]]
) -> None:
    create_type(actor=None, wanted=TypeInput("", "Taken"), key="taken")
    before = list(ActivityType.objects.order_by("id").values())
    with pytest.raises(Invalid) as refused:
        create_type(actor=crew.admin, wanted=wanted, key=key)
    assert codes(refused) == found
    assert list(ActivityType.objects.order_by("id").values()) == before


def test_a_type_may_be_renamed_and_state_more_but_forgets_no_attribute(visit: Crew) -> None:
    key, place = "own_surprise_visit", replace(PLACE, key="place", name_fr="Endroit")
    for attributes in ((place,), (place, replace(KM, type="text", least=None))):
        with pytest.raises(Invalid) as refused:
            change_type(actor=visit.admin, key=key, wanted=replace(VISIT, attributes=attributes))
        assert codes(refused) == [("type_attribute_lost", "")]
    assert not AuditEntry.objects.filter(action="activity_type.change").exists()

    more = (place, KM, Attribute("", "Place"))
    wanted = TypeInput("Visite", "Visit", has_amount=True, loggable=False, attributes=more)
    change_type(actor=visit.admin, key=key, wanted=wanted)
    change_type(actor=visit.admin, key=key, wanted=replace(
        wanted, attributes=(place, KM, Attribute("", "Place", key="place_2"))
    ))  # fmt: skip

    held = ActivityType.objects.get(key=key)
    assert (held.name_fr, held.name_en, held.has_amount, held.loggable) == (
        "Visite", "Visit", True, False,
    )  # fmt: skip
    assert [(one["key"], one["name_fr"]) for one in held.attributes] == [
        ("place", "Endroit"), ("km", "Distance"), ("place_2", "Place"),
    ]  # fmt: skip
    assert AuditEntry.objects.filter(action="activity_type.change").count() == 1


def test_a_type_that_ships_is_not_ones_own_to_change(crew: Crew) -> None:
    with pytest.raises(ActivityType.DoesNotExist):
        change_type(actor=crew.admin, key="call", wanted=VISIT)
    assert browser(crew.admin).get("/data/types/call/").status_code == 404


def test_an_update_of_the_product_leaves_ones_own_and_what_is_retired(visit: Crew) -> None:
    retire_type(actor=None, key="call")
    before = list(ActivityType.objects.order_by("id").values())
    load_activity_types()
    assert list(ActivityType.objects.order_by("id").values()) == before
    assert not [row.key for row in activity_types() if row.key == "own_"]


# --- recording -------------------------------------------------------------------------------


def test_the_form_asks_what_the_type_states(visit: Crew) -> None:
    client = browser(visit.lea_user)
    text = client.get("/log/?type=own_surprise_visit").content.decode()
    assert "Distance (km)" in text
    assert re.findall(r'<option value="(\w*)"[^>]*>[^<]*</option>', text)[-4:] == [
        "", "home", "shop", "fair",
    ]  # fmt: skip
    values: dict[str, object] = {
        "type": "own_surprise_visit", "person": visit.lea.pk, "attribute_km": "12,5"
    }  # fmt: skip
    logged(client, **values, attribute_place="moon")
    assert not Activity.objects.exists()
    logged(client, **values, attribute_place="shop")
    row = counted().get()
    assert (row.type_id, row.attributes) == (
        "own_surprise_visit", {"km": "12.5", "place": "shop"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"place": "fair", "km": 0}, []),
        ({"place": "fare"}, ["attribute_not_a_choice"]),
        ({"place": "fair", "km": -1}, ["attribute_out_of_range"]),
        ({"km": 3}, ["missing_attribute"]),
    ],
)
def test_the_api_takes_the_type_and_holds_it_to_its_choices(
    visit: Crew, attributes: dict[str, object], found: Sequence[str]
) -> None:
    key = create_api_key(actor=visit.admin, name="crm", scopes=["activities:write"]).secret
    row = {**CALL_OF_LEA, "type": "own_surprise_visit", "attributes": attributes}
    status = "rejected" if found else "created"
    assert outcome(send(row, key)) == [("c1", status, list(found))]


def test_a_file_brings_the_type(visit: Crew) -> None:
    mapping = {
        "kind": "activities", "source": "crm",
        "columns": {
            "external_id": "id", "type": "what", "occurred_at": "date", "person": "who",
            "attributes.place": "place",
        },
    }  # fmt: skip
    head = "id;what;date;who;place\n"
    bad = bring(f"{head}v1;own_surprise_visit;2026-03-09;P1;moon\n", mapping=mapping)
    assert [issue.code for issue in bad.issues] == ["attribute_not_a_choice"]
    bring(f"{head}v1;own_surprise_visit;2026-03-09;P1;shop\n", mapping=mapping)
    assert counted().get().attributes == {"place": "shop"}


# --- retiring --------------------------------------------------------------------------------


def offered(crew: Crew) -> bool:
    text = browser(crew.lea_user).get("/log/").content.decode()
    return 'value="own_surprise_visit"' in text


def test_a_retired_type_takes_only_what_happened_before(visit: Crew) -> None:
    key = create_api_key(actor=visit.admin, name="crm", scopes=["activities:write"]).secret
    row = {**CALL_OF_LEA, "type": "own_surprise_visit", "attributes": {"place": "shop"}}
    before, at = "2026-03-10T10:59:59+00:00", "2026-03-10T11:00:00+00:00"
    assert offered(visit)
    retire_type(actor=visit.admin, key="own_surprise_visit")
    retire_type(actor=visit.admin, key="own_surprise_visit")

    assert not offered(visit)
    assert outcome(send({**row, "occurred_at": before}, key)) == [("c1", "created", [])]
    late = {**row, "external_id": "c2", "occurred_at": at}
    assert outcome(send(late, key)) == [("c2", "rejected", ["retired_type"])]
    assert AuditEntry.objects.filter(action="activity_type.retire").count() == 1

    restore_type(actor=visit.admin, key="own_surprise_visit")
    assert offered(visit)
    assert outcome(send(late, key)) == [("c2", "created", [])]


def test_a_record_of_a_retired_type_is_still_corrected(visit: Crew) -> None:
    client = browser(visit.lea_user)
    kept = {"type": "own_surprise_visit", "person": visit.lea.pk, "attribute_place": "shop",
            "occurred_at": "2026-03-10T09:00"}  # fmt: skip
    logged(client, **kept)
    retire_type(actor=None, key="own_surprise_visit")
    (row,) = counted()
    client.post(
        f"/activities/{row.pk}/correct/",
        {
            **kept,
            "attribute_place": "fair",
            "reason": "it was the fair",
            "token": "x" * 8,
            "amount": "",
        }
        | {"token": "6f9619ff-8b86-d011-b42d-00c04fc964ff"},
    )
    assert counted().get().attributes == {"place": "fair"}


def test_what_the_product_records_and_the_last_for_people_stay(crew: Crew) -> None:
    with pytest.raises(Invalid) as needed:
        retire_type(actor=crew.admin, key="deal_won")
    assert codes(needed) == [("type_needed", "")]
    for one in activity_types():
        if one.loggable and one.key != "call":
            retire_type(actor=crew.admin, key=one.key)
    with pytest.raises(Invalid) as last:
        retire_type(actor=crew.admin, key="call")
    assert codes(last) == [("type_last", "")]
    assert offered(crew) is False
    assert ActivityType.objects.get(key="call").retired_at is None


def test_the_last_for_people_is_not_changed_into_one_for_files_alone(visit: Crew) -> None:
    for one in activity_types():
        if one.loggable and one.key != "own_surprise_visit":
            retire_type(actor=visit.admin, key=one.key)
    quiet = replace(VISIT, attributes=(replace(PLACE, key="place"), KM), loggable=False)
    with pytest.raises(Invalid) as last:
        change_type(actor=visit.admin, key="own_surprise_visit", wanted=quiet)
    assert codes(last) == [("type_last", "")]
    assert offered(visit)

    restore_type(actor=visit.admin, key="call")
    change_type(actor=visit.admin, key="own_surprise_visit", wanted=quiet)
    assert not offered(visit)


# --- pages -----------------------------------------------------------------------------------


def rows_of(*rows: dict[str, str], held: int = 0) -> dict[str, str]:
    fields = {"attributes-TOTAL_FORMS": str(len(rows)), "attributes-INITIAL_FORMS": str(held)}
    for at, row in enumerate(rows):
        fields |= {
            f"attributes-{at}-{name}": value for name, value in {"type": "text", **row}.items()
        }
    return fields


def test_an_administrator_makes_and_changes_one_on_the_page(crew: Crew) -> None:
    client = browser(crew.admin)
    blank: dict[str, str] = {}
    rows = rows_of(blank, {"name_en": "Place", "choices": "home, shop"}, blank)
    answer = client.post(
        "/data/types/new/", {"name_en": "Visit", "loggable": "on", **rows}, follow=True
    )
    text = answer.content.decode()
    assert 'id="type-own_visit"' in text
    assert "can be recorded now" in text
    assert ActivityType.objects.get(key="own_visit").attributes[0]["choices"] == ["home", "shop"]

    rows = rows_of({"name_fr": "Lieu", "choices": "home, shop, fair"}, held=1)
    client.post("/data/types/own_visit/", {"name_en": "Visit", "name_fr": "Visite", **rows})
    held = ActivityType.objects.get(key="own_visit")
    assert (held.name_fr, held.loggable) == ("Visite", False)
    assert held.attributes == [
        {"key": "place", "type": "text", "name_fr": "Lieu", "name_en": "Lieu",
         "choices": ["home", "shop", "fair"]}
    ]  # fmt: skip


def test_what_somebody_else_has_added_meanwhile_is_not_overwritten(visit: Crew) -> None:
    address, drawn = "/data/types/own_surprise_visit/", replace(PLACE, key="place")
    place = {"name_en": "Place", "choices": "home, shop, fair", "required": "on"}
    sent = rows_of(place, {"name_en": "Distance", "type": "number"}, {"name_en": "Mine"}, held=2)
    change_type(actor=visit.admin, key="own_surprise_visit", wanted=replace(
        VISIT, attributes=(drawn, KM, Attribute("", "Theirs", type="date"))
    ))  # fmt: skip
    before = ActivityType.objects.values().get(key="own_surprise_visit")

    answer = browser(visit.admin).post(address, {"name_en": "Visit", **sent}, follow=True)

    assert "Somebody has changed this type meanwhile." in answer.content.decode()
    assert ActivityType.objects.values().get(key="own_surprise_visit") == before


def test_what_is_wrong_stands_at_its_row(crew: Crew) -> None:
    rows = rows_of({}, {"choices": "one"}, {"name_en": "Km", "least": "x", "type": "number"})
    text = (
        browser(crew.admin).post("/data/types/new/", {"name_en": "Call", **rows}).content.decode()
    )
    assert 'id="id_attributes-2-least_error"' in text
    rows = rows_of({}, {"choices": "one"})
    text = (
        browser(crew.admin).post("/data/types/new/", {"name_en": "Call", **rows}).content.decode()
    )
    for field in ("name_en", "attributes-1-name_en", "attributes-1-choices"):
        assert f'id="id_{field}_error"' in text
    assert not ActivityType.objects.filter(key__startswith="own_").exists()


def test_types_are_retired_and_brought_back_on_the_page(visit: Crew) -> None:
    client, address = browser(visit.admin), "/data/types/own_surprise_visit/retire/"
    client.post(address)
    assert ActivityType.objects.get(key="own_surprise_visit").retired_at == NOON
    client.post(address, {"back": "1"})
    assert ActivityType.objects.get(key="own_surprise_visit").retired_at is None
    said = client.post("/data/types/deal_won/retire/", follow=True).content.decode()
    assert "The product itself records" in said
    assert client.post("/data/types/nothing/retire/").status_code == 404
