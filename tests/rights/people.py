"""Addresses of people, the company, one's own settings, and those of no room."""

from collections.abc import Mapping

from people.models import Assignment
from tests.rights import everyone, only
from tests.world import World


def omar(world: World) -> Mapping[str, object]:
    return {"person_id": world.people["omar"].pk}


def place_of_omar(world: World) -> Mapping[str, object]:
    return {"place_id": Assignment.objects.get(person=world.people["omar"]).pk}


def user_omar(world: World) -> Mapping[str, object]:
    return {"user_id": world.users["omar"].pk}


PAGES = {
    "people:list": only("admin", "hr"),
    "people:person": only("admin", "hr", kwargs=omar),
    "people:teams": only("admin", "hr"),
    "people:hire": only("admin"),
    "people:rename": only("admin", kwargs=omar),
    "people:place_new": only("admin", kwargs=omar),
    "people:place_change": only("admin", kwargs=place_of_omar),
    "people:place_end": only("admin", kwargs=place_of_omar),
    "people:leave": only("admin", kwargs=omar),
    "people:absence_new": only("admin", kwargs=omar),
    "people:sign_in_new": only("admin", kwargs=omar),
    "people:sign_ins": only("admin"),
    "people:sign_in_office": only("admin"),
    "people:invite": only("admin", status=405, kwargs=user_omar),
    "people:rights": only("admin", kwargs=user_omar),
    "people:open_sign_in": only("admin", status=405, kwargs=user_omar),
    "people:company": only("admin"),
    "people:calendar": everyone(),
    "people:me": everyone(),
    "set_language": everyone(status=405, stranger=405),
    "healthz": everyone(stranger=200),
    "readyz": everyone(stranger=200),
}
