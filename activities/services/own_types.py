"""Kinds of activity of one's own: no code, and the same rules as for those that ship.

Their keys begin with `own_`, which no key that ships does, so an update of the product never meets
them. Records, metrics and other systems know a kind and its attributes by their keys, so these
stay; names, units, choices and limits may change, and a kind that is retired keeps its records.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from activities.models import ActivityType
from common import audit
from common.keys import new_key
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error

OWN = "own_"
ATTRIBUTE_TYPES = ("text", "number", "date", "boolean")
MOST_ATTRIBUTES, MOST_CHOICES = 20, 50
_KEY = re.compile(r"[a-z][a-z0-9_]{0,45}")


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a record may state besides; of the two names one may be left empty, and the key is made
    of them where it is. `choices` are of a text, `least` and `most` of a number."""

    name_fr: str
    name_en: str
    type: str = "text"
    key: str = ""
    unit: str = ""
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    required: bool = False

    def document(self, key: str) -> dict[str, Any]:
        """The stored form."""
        fr, en = self.name_fr.strip(), self.name_en.strip()
        found: dict[str, Any] = {
            "key": key, "type": self.type, "name_fr": fr or en, "name_en": en or fr
        }  # fmt: skip
        optional = {"unit": self.unit.strip(), "choices": list(self.choices)}
        limits = {"least": self.least, "most": self.most}
        found |= {name: value for name, value in optional.items() if value}
        found |= {name: value for name, value in limits.items() if value is not None}
        return found | ({"required": True} if self.required else {})


@dataclass(frozen=True, slots=True)
class TypeInput:
    """A kind of activity as somebody wants it; of the two names one may be left empty."""

    name_fr: str
    name_en: str
    has_amount: bool = False
    loggable: bool = True
    attributes: tuple[Attribute, ...] = ()


@transaction.atomic
def create_type(
    *, actor: AbstractBaseUser | None, wanted: TypeInput, key: str = ""
) -> ActivityType:
    """Make a kind of activity, known everywhere at once. `key` is what files and other systems call
    it, after `own_`; made of the name where it is empty. `Invalid` with all issues."""
    transaction_lock("activity-types")
    held = list(ActivityType.objects.order_by("id"))
    taken = {one.key for one in held}
    stem = key.strip().removeprefix(OWN)
    issues = _name_issues(wanted, held) + _attribute_issues(wanted.attributes, [])
    if stem and not _KEY.fullmatch(stem):
        issues.append(_bad_key(stem, "key"))
    elif OWN + stem in taken:
        issues.append(_taken_key(OWN + stem))
    if issues:
        raise Invalid(issues)
    made = ActivityType(key=OWN + stem if stem else new_key(_name(wanted), taken, OWN))
    _put(made, wanted, [])
    audit.record(
        actor=actor, action="activity_type.create", subject=made, after=audit.snapshot(made)
    )
    return made


@transaction.atomic
def change_type(*, actor: AbstractBaseUser | None, key: str, wanted: TypeInput) -> ActivityType:
    """Change what a kind of one's own is called and may state; attributes are added, never taken
    away, and keep their key and type. What was recorded stays. `Invalid` with all issues."""
    transaction_lock("activity-types")
    held = ActivityType.objects.select_for_update().get(key=key, key__startswith=OWN)
    others = list(ActivityType.objects.exclude(pk=held.pk).order_by("id"))
    issues = _name_issues(wanted, others) + _attribute_issues(wanted.attributes, held.attributes)
    if not wanted.loggable and _is_last_offered(held):
        issues.append(_last_one())
    if issues:
        raise Invalid(issues)
    before = audit.snapshot(held)
    _put(held, wanted, held.attributes)
    if audit.snapshot(held) != before:
        audit.record(
            actor=actor, action="activity_type.change", subject=held,
            before=before, after=audit.snapshot(held),
        )  # fmt: skip
    return held


@transaction.atomic
def retire_type(*, actor: AbstractBaseUser | None, key: str) -> ActivityType:
    """From now on nothing happens that could be recorded as this; what was recorded counts as
    before. `Invalid` for what the product itself records, and for the last that can be logged."""
    transaction_lock("activity-types")
    held = ActivityType.objects.select_for_update().get(key=key)
    if not may_retire(held.key, loggable=held.loggable):
        raise Invalid(_needed(held))
    if _is_last_offered(held):
        raise Invalid(_last_one())
    return _retired(actor, held, "activity_type.retire", to=held.retired_at or timezone.now())


@transaction.atomic
def restore_type(*, actor: AbstractBaseUser | None, key: str) -> ActivityType:
    """Let the kind be recorded again."""
    held = ActivityType.objects.select_for_update().get(key=key)
    return _retired(actor, held, "activity_type.restore", to=None)


def _is_last_offered(held: ActivityType) -> bool:
    """Whether people can log this by hand, and nothing else."""
    offered = ActivityType.objects.filter(loggable=True, retired_at__isnull=True)
    return list(offered.values_list("pk", flat=True)[:2]) == [held.pk]


def may_retire(key: str, *, loggable: bool) -> bool:
    """Whether a kind may be retired: one's own, or one that people log by hand."""
    return loggable or key.startswith(OWN)


def _retired(
    actor: AbstractBaseUser | None, held: ActivityType, action: str, *, to: Any
) -> ActivityType:
    if held.retired_at != to:
        before = {"retired_at": held.retired_at}
        held.retired_at = to
        held.save(update_fields=["retired_at"])
        audit.record(
            actor=actor, action=action, subject=held, before=before, after={"retired_at": to}
        )
    return held


def _put(row: ActivityType, wanted: TypeInput, held: Sequence[Any]) -> None:
    row.name_fr = wanted.name_fr.strip() or wanted.name_en.strip()
    row.name_en = wanted.name_en.strip() or wanted.name_fr.strip()
    row.has_amount, row.loggable = wanted.has_amount, wanted.loggable
    taken = {one["key"] for one in held} | {one.key for one in wanted.attributes}
    documents = []
    for one in wanted.attributes:
        key = one.key or new_key(one.name_en.strip() or one.name_fr.strip(), taken)
        taken.add(key)
        documents.append(one.document(key))
    row.attributes = documents
    row.save()


def _name(wanted: TypeInput) -> str:
    return wanted.name_en.strip() or wanted.name_fr.strip()


# --- what is wrong ---------------------------------------------------------------------------


def _name_issues(wanted: TypeInput, others: Sequence[ActivityType]) -> list[Issue]:
    if not _name(wanted):
        return [_nameless("name_en")]
    taken = {text.casefold(): one.key for one in others for text in (one.name_fr, one.name_en)}
    return [
        error(
            "type_name_taken",
            N_('"{name}" is already the name of {key}.'),
            N_("Give another name."),
            Place(path=field),
            name=text,
            key=taken[text.casefold()],
        )
        for field, text in (
            ("name_en", wanted.name_en.strip()),
            ("name_fr", wanted.name_fr.strip()),
        )
        if text.casefold() in taken
    ]


def _attribute_issues(given: Sequence[Attribute], held: Sequence[Any]) -> list[Issue]:
    issues: list[Issue] = []
    stated = [one.key for one in given if one.key]
    for at, one in enumerate(given):
        place = f"attributes[{at}]"
        if not (one.name_fr.strip() or one.name_en.strip()):
            issues.append(_nameless(f"{place}.name_en"))
        if one.key and (not _KEY.fullmatch(one.key) or stated.count(one.key) > 1):
            issues.append(_bad_key(one.key, f"{place}.key"))
        issues += _value_issues(one, place)
    types = {one.key: one.type for one in given}
    lost = [one["key"] for one in held if types.get(one["key"]) != one["type"]]
    if lost:
        issues.append(_lost(lost))
    if len(given) > MOST_ATTRIBUTES:
        issues.append(_too_many(MOST_ATTRIBUTES))
    return issues


def _value_issues(one: Attribute, place: str) -> list[Issue]:
    """Choices that are none, limits that nothing meets, and both where they mean nothing."""
    issues: list[Issue] = []
    distinct = set(one.choices) - {""}
    if one.choices and not (
        one.type == "text" and 2 <= len(distinct) == len(one.choices) <= MOST_CHOICES
    ):
        issues.append(
            error(
                "type_choices",
                N_("These are no choices of a text."),
                N_("Write at least two different ones, at most {most}, or none."),
                Place(path=f"{place}.choices"),
                most=str(MOST_CHOICES),
            )
        )
    has_limits = one.least is not None or one.most is not None
    upside_down = one.least is not None and one.most is not None and one.least > one.most
    if (has_limits and one.type != "number") or upside_down:
        issues.append(
            error(
                "type_limits",
                N_("No value can keep these limits."),
                N_("Limits are of a number, and the least is not above the most."),
                Place(path=f"{place}.least"),
            )
        )
    if one.type not in ATTRIBUTE_TYPES:
        issues.append(
            error(
                "type_of_attribute",
                N_('"{found}" is no type of an attribute.'),
                N_("Choose one of: {known}."),
                Place(path=f"{place}.type"),
                found=one.type,
                known=", ".join(ATTRIBUTE_TYPES),
            )
        )
    return issues


def _nameless(field: str) -> Issue:
    return error(
        "type_name_missing",
        N_("The name is missing."),
        N_("Give it in one language at least; it is shown in both then."),
        Place(path=field),
    )


def _bad_key(key: str, field: str) -> Issue:
    return error(
        "type_key",
        N_('"{key}" cannot be a key here.'),
        N_("Use small letters, digits and _, beginning with a letter, and each key once."),
        Place(path=field),
        key=key,
    )


def _taken_key(key: str) -> Issue:
    return error(
        "type_key_taken",
        N_('There is already a type of activity with the key "{key}".'),
        N_("Choose another key, or leave it empty."),
        Place(path="key"),
        key=key,
    )


def _lost(keys: Sequence[str]) -> Issue:
    return error(
        "type_attribute_lost",
        N_("Records and metrics know these attributes: {keys}."),
        N_("Keep them, with their type; add another one for what is new."),
        keys=", ".join(keys),
    )


def _too_many(most: int) -> Issue:
    return error(
        "type_attributes_most",
        N_("A type of activity states at most {most} attributes."),
        N_("Make a second type for the rest."),
        most=str(most),
    )


def _needed(held: ActivityType) -> Issue:
    return error(
        "type_needed",
        N_('The product itself records "{key}".'),
        N_("Types that come in by files and by deals stay."),
        key=held.key,
    )


def _last_one() -> Issue:
    return error(
        "type_last",
        N_("This is the last type that people can log by hand."),
        N_("Let another one be logged by hand first."),
    )
