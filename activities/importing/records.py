"""Records of the log as a kind of file."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from activities.importing.kinds import (
    Field,
    FieldType,
    Kind,
    Load,
    MappedRow,
    Outcome,
    Value,
    outcomes,
)
from activities.importing.moments import moment_of
from activities.importing.repeats import beside_bad_rows
from activities.importing.words import ENTRY_NAMES, YES_NO
from activities.inputs import ActivityInput, Entry
from activities.queries import activity_types
from activities.services.recording import record_activities
from activities.texts import SHORT
from kernel.numbers import as_text
from people import queries as people

TEXT, NUMBER, DATE = FieldType.TEXT, FieldType.NUMBER, FieldType.DATE
ATTRIBUTES = "attributes."
_ATTRIBUTE_TYPES = {"number": NUMBER, "date": DATE}


def load_activities(call: Load) -> list[Outcome]:
    """Records of the log; the same file again changes nothing."""
    zone = people.company().tz
    results = record_activities(
        actor=call.actor,
        source=call.source,
        records=[_activity(row, zone) for row in call.rows],
        batch=call.batch,
    )
    return beside_bad_rows(call.rows, outcomes(call.rows, results))


def _activity(row: MappedRow, zone: tzinfo) -> ActivityInput:
    attributes: Mapping[str, object] = {
        name.removeprefix(ATTRIBUTES): _plain(value)
        for name, value in row.values.items()
        if name.startswith(ATTRIBUTES)
    }
    return ActivityInput(
        external_id=row.text("external_id"),
        type=row.text("type"),
        occurred_at=moment_of(row.date_of("occurred_at"), zone),
        person=row.text("person"),
        kind=Entry(row.text("kind") or "record"),
        amount=row.number_of("amount"),
        currency=row.text("currency"),
        account=row.text("account"),
        deal=row.text("deal"),
        product=row.text("product"),
        attributes=attributes,
        reason=row.text("reason"),
        place=row.place,
        unread=row.unread,
    )


def _plain(value: Value) -> object:
    """A value of a file as an attribute is written elsewhere."""
    match value:
        case Fraction():
            return as_text(value)
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
    return value


def attribute_fields() -> dict[str, Field]:
    """What a column of attributes must hold, where all types that have the attribute agree."""
    kinds: dict[str, set[str]] = {}
    for kind in activity_types():
        for one in kind.attributes:
            kinds.setdefault(ATTRIBUTES + one["key"], set()).add(one["type"])
    agreed = {name: next(iter(found)) for name, found in kinds.items() if len(found) == 1}
    return {
        name: Field(
            name, _ATTRIBUTE_TYPES.get(kind, TEXT), known=YES_NO if kind == "boolean" else {}
        )
        for name, kind in agreed.items()
    }


ACTIVITIES = Kind(
    "activities",
    _("Activities"),
    (
        Field("external_id", required=True, also=("id", "event id", "record id", "n°")),
        Field("type", required=True, also=("activity type", "type d'activité", "activité")),
        Field("occurred_at", DATE, required=True, also=("date", "occurred on", "moment", "le")),
        Field("person", required=True, also=("rep", "sales agent", "commercial", "personne")),
        Field("amount", NUMBER, also=("montant", "valeur", "value")),
        Field("currency", also=("devise", "monnaie")),
        Field("account", also=("compte", "client", "customer"), longest=SHORT),
        Field("product", also=("produit",)),
        Field("deal", also=("affaire", "opportunity", "deal id")),
        Field("kind", also=("nature",), known=ENTRY_NAMES),
        Field("reason", also=("motif", "raison")),
    ),
    load_activities,
    free_prefix=ATTRIBUTES,
    free_fields=attribute_fields,
    needs_together=(("amount", ("currency",)),),
)
