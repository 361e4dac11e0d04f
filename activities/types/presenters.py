"""Kinds of activity as lines of a table."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from activities.queries import TypeRow
from activities.services.own_types import OWN, may_retire
from common.labels import label


def type_rows(types: Sequence[TypeRow]) -> list[dict[str, Any]]:
    """Own ones first, each with what it may state and what may be done with it."""
    ordered = sorted(types, key=lambda one: (one.retired_at is not None, not _is_own(one)))
    return [
        {
            "key": one.key,
            "name": label(one.name_fr, one.name_en),
            "attributes": ", ".join(_attribute(each) for each in one.attributes),
            "comes_in": _("By hand, files, API") if one.loggable else _("Files, API"),
            "is_own": _is_own(one),
            "retired_at": one.retired_at,
            "may_retire": may_retire(one.key, loggable=one.loggable),
        }
        for one in ordered
    ]  # fmt: skip


def _is_own(one: TypeRow) -> bool:
    return one.key.startswith(OWN)


def _attribute(one: Any) -> str:
    name = label(one.get("name_fr", ""), one.get("name_en", "")) or one["key"]
    return f"{name} ({one['unit']})" if one.get("unit") else name
