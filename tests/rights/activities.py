"""Addresses of the log: people write their own, managers that of their teams, admins import."""

from collections.abc import Mapping
from datetime import UTC, datetime

from activities.inputs import ActivityInput, DealInput
from activities.models import ActivityType, ApiKey, ImportBatch, Upload
from activities.services import (
    create_api_key,
    load_activity_types,
    record_activities,
    record_deal_stages,
)
from activities.services.own_types import TypeInput, create_type
from tests.rights import Row, everyone, only
from tests.world import WHO, World


def call_of_lea(world: World) -> Mapping[str, object]:
    load_activity_types()
    call = ActivityInput("c1", "call", datetime(2026, 6, 1, 9, tzinfo=UTC), person="léa")
    (result,) = record_activities(actor=None, source="form", records=[call])
    return {"activity_id": result.id or 0}


def deal_of_lea(world: World) -> Mapping[str, object]:
    load_activity_types()
    deal = DealInput("d1", "engaging", "léa", engaged_at=datetime(2026, 6, 1, 9, tzinfo=UTC))
    (result,) = record_deal_stages(actor=None, source="crm", deals=[deal])
    return {"deal_id": result.id or 0}


def a_batch(world: World) -> Mapping[str, object]:
    batch = ImportBatch.objects.create(kind="deals", file_name="d.csv", sha256="0" * 64)
    return {"batch_id": batch.pk}


def an_upload(world: World) -> Mapping[str, object]:
    known = Upload.objects.first()
    upload = known or Upload.objects.create(
        kind="deals",
        file_name="d.csv",
        sha256="0" * 64,
        content=b"id,owner,stage\n1,x,won\n",
        mapping={"kind": "deals"},
        created_by=world.who("admin"),
    )
    return {"upload_id": upload.pk}


def a_key(world: World) -> Mapping[str, object]:
    known = ApiKey.objects.first()
    admin = world.who("admin")
    key = known or create_api_key(actor=admin, name="x", scopes=["deals:write"]).key
    return {"key_id": key.pk}


def a_type(world: World) -> Mapping[str, object]:
    if not ActivityType.objects.filter(key="own_visit").exists():
        create_type(actor=world.who("admin"), wanted=TypeInput("Visite", "Visit"))
    return {"type_key": "own_visit"}


ONLY_KEYS = Row(dict.fromkeys((*WHO, "stranger"), 401))

PAGES = {
    "activities:log": only("rep", "manager"),
    "activities:mine": only("rep", "manager"),
    "activities:correct": only("rep", "manager", kwargs=call_of_lea),
    "activities:cancel": only("rep", "manager", kwargs=call_of_lea),
    "activities:undo": only("rep", "manager", status=405, kwargs=call_of_lea),
    "activities:deals": only("rep", "manager"),
    "activities:deal": everyone(kwargs=deal_of_lea),
    "activities:imports": only("admin"),
    "activities:upload": only("admin", kwargs=an_upload),
    "activities:upload_state": only("admin", kwargs=an_upload),
    "activities:batch": only("admin", kwargs=a_batch),
    "activities:revert": only("admin", status=405, kwargs=a_batch),
    "activities:keys": only("admin"),
    "activities:revoke_key": only("admin", status=405, kwargs=a_key),
    "activities:types": only("admin"),
    "activities:type_new": only("admin"),
    "activities:type": only("admin", kwargs=a_type),
    "activities:type_retire": only("admin", status=405, kwargs=a_type),
    "activities:api_activities": ONLY_KEYS,
    "activities:api_deals": ONLY_KEYS,
    "activities:api_schema": everyone(stranger=200),
    "api_unknown": everyone(status=404, stranger=404),
}
