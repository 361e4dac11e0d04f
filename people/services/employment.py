"""Hiring, places in teams and roles since when, absences."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error, refuse_errors
from people.models import Absence, AbsenceKind, Assignment, Person, Role, Team, User


@transaction.atomic
def hire_person(
    *,
    actor: User | None,
    number: str,
    last_name: str,
    first_name: str = "",
    email: str = "",
    hired_on: date | None = None,
    establishment: str = "",
    contract: str = "",
) -> Person:
    """A new person; `Invalid` when the number is empty or taken, or the name is missing.

    `establishment` and `contract` are what the payroll calls them; they go into its files.
    """
    transaction_lock("people")
    number, last_name = number.strip(), last_name.strip()
    refuse_errors([*_number_issues(number), *_name_issues(last_name)])
    person = Person.objects.create(
        number=number,
        first_name=first_name.strip(),
        last_name=last_name,
        email=email.strip().lower(),
        hired_on=hired_on,
        establishment=establishment.strip(),
        contract=contract.strip(),
    )
    audit.record(actor=actor, action="person.hire", subject=person, after=audit.snapshot(person))
    return person


@transaction.atomic
def rename_person(
    *,
    actor: User | None,
    person: Person,
    first_name: str,
    last_name: str,
    email: str,
    establishment: str | None = None,
    contract: str | None = None,
) -> Person:
    """Correct the name and the e-mail address of a person; the sign-in keeps its own address.

    `establishment` and `contract` stay as they are when None.
    """
    transaction_lock("person", person.pk)
    refuse_errors(_name_issues(last_name.strip()))
    before = audit.snapshot(person)
    person.first_name, person.last_name = first_name.strip(), last_name.strip()
    person.email = email.strip().lower()
    if establishment is not None:
        person.establishment = establishment.strip()
    if contract is not None:
        person.contract = contract.strip()
    person.save(update_fields=["first_name", "last_name", "email", "establishment", "contract"])
    _recorded(actor, "person.rename", person, before)
    return person


def _number_issues(number: str) -> list[Issue]:
    if not number:
        return [
            error(
                "person.no_number",
                N_("The person has no number."),
                N_("Write the number of the payroll, or any text that is theirs alone."),
                Place(path="number"),
            )
        ]
    if Person.objects.filter(number=number).exists():
        return [
            error(
                "person.number_taken",
                N_('There is already a person with the number "{number}".'),
                N_("Open that person, or use another number."),
                Place(path="number"),
                number=number,
            )
        ]
    return []


def _name_issues(last_name: str) -> list[Issue]:
    if last_name:
        return []
    return [
        error(
            "person.no_name",
            N_("The person has no name."),
            N_("Write at least the last name."),
            Place(path="last_name"),
        )
    ]


@transaction.atomic
def assign(
    *,
    actor: User | None,
    person: Person,
    team: Team,
    role: Role,
    valid_from: date,
    valid_to: date | None = None,
    share: Decimal = Decimal(1),
    manager: Person | None = None,
) -> Assignment:
    """Give a person a place from `valid_from` up to, not including, `valid_to` (None: open).

    `Invalid` when it overlaps another place, ends before it starts, or the share is not in ]0, 1].
    """
    transaction_lock("person", person.pk)
    refuse_errors(
        [
            *_range_issues(valid_from, valid_to),
            *_share_issues(share),
            *_manager_issues(person, manager),
            *_overlap_issues(person, valid_from, valid_to),
        ]
    )
    with _overlap_refused():
        place = Assignment.objects.create(
            person=person,
            team=team,
            role=role,
            manager=manager,
            share=share,
            valid_from=valid_from,
            valid_to=valid_to,
        )
    audit.record(actor=actor, action="assignment.open", subject=place, after=audit.snapshot(place))
    return place


@transaction.atomic
def change_assignment(
    *, actor: User | None, assignment: Assignment, valid_from: date, **changes: Any
) -> Assignment:
    """Close a place on `valid_from` and open its successor, which differs by `changes`.

    `changes`: team, role, manager, share. The successor ends when the old place would have. On
    the first day of the place itself nothing has been lived yet, and it is replaced in place.
    """
    unknown = set(changes) - {"team", "role", "manager", "share"}
    if unknown:
        raise TypeError(f"not parts of an assignment: {sorted(unknown)}")
    transaction_lock("person", assignment.person_id)
    assignment.refresh_from_db()
    refuse_errors(
        [
            *_within_issues(assignment, valid_from),
            *_share_issues(changes.get("share", assignment.share)),
            *_manager_issues(assignment.person, changes.get("manager", assignment.manager)),
        ]
    )
    before = audit.snapshot(assignment)
    successor = _successor(assignment, valid_from)
    for name, value in changes.items():
        setattr(successor, name, value)
    successor.save()
    audit.record(
        actor=actor,
        action="assignment.change",
        subject=successor,
        before=before,
        after=audit.snapshot(successor),
    )
    return successor


def _successor(assignment: Assignment, valid_from: date) -> Assignment:
    if valid_from == assignment.valid_from:
        return assignment
    end = assignment.valid_to
    assignment.valid_to = valid_from
    assignment.save(update_fields=["valid_to"])
    return Assignment(
        person=assignment.person,
        team=assignment.team,
        role=assignment.role,
        manager=assignment.manager,
        share=assignment.share,
        valid_from=valid_from,
        valid_to=end,
    )


@transaction.atomic
def end_assignment(*, actor: User | None, assignment: Assignment, valid_to: date) -> Assignment:
    """Close a place: `valid_to` is the first day on which it holds no more."""
    transaction_lock("person", assignment.person_id)
    assignment.refresh_from_db()
    refuse_errors(_range_issues(assignment.valid_from, valid_to))
    before = audit.snapshot(assignment)
    assignment.valid_to = valid_to
    with _overlap_refused():
        assignment.save(update_fields=["valid_to"])
    _recorded(actor, "assignment.close", assignment, before)
    return assignment


@transaction.atomic
def end_employment(*, actor: User | None, person: Person, last_day_on: date) -> Person:
    """Record that somebody leaves; `left_on` and the open place end the day after `last_day_on`.

    A place that would only start later is refused: end or move it first.
    """
    transaction_lock("person", person.pk)
    left_on = last_day_on + timedelta(days=1)
    later = Assignment.objects.filter(person=person, valid_from__gte=left_on).order_by("valid_from")
    refuse_errors(
        [
            *_range_issues(person.hired_on or last_day_on, left_on),
            *(_later_issue(place) for place in later),
        ]
    )
    before = audit.snapshot(person)
    person.left_on = left_on
    person.save(update_fields=["left_on"])
    Assignment.objects.filter(person=person).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=left_on)
    ).update(valid_to=left_on)
    _recorded(actor, "person.leave", person, before)
    return person


@transaction.atomic
def record_absence(
    *, actor: User | None, person: Person, kind: str, valid_from: date, valid_to: date
) -> Absence:
    """Whole days away, up to but not including `valid_to`; `Invalid` when two overlap."""
    transaction_lock("person", person.pk)
    overlapping = Absence.objects.filter(
        person=person, valid_from__lt=valid_to, valid_to__gt=valid_from
    ).order_by("valid_from")
    refuse_errors(
        [
            *_range_issues(valid_from, valid_to),
            *_kind_issues(kind),
            *(_overlap(one.valid_from, one.valid_to) for one in overlapping),
        ]
    )
    with _overlap_refused():
        absence = Absence.objects.create(
            person=person, kind=kind, valid_from=valid_from, valid_to=valid_to
        )
    after = audit.snapshot(absence)
    audit.record(actor=actor, action="absence.record", subject=absence, after=after)
    return absence


# --- what is refused ---------------------------------------------------------------------------


def _recorded(
    actor: User | None, action: str, subject: Person | Assignment, before: dict[str, object]
) -> None:
    after = audit.snapshot(subject)
    audit.record(actor=actor, action=action, subject=subject, before=before, after=after)


@contextmanager
def _overlap_refused() -> Iterator[None]:
    """The constraint has the last word where two processes wrote without the lock (an import)."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        if "no_overlap" not in str(problem):
            raise
        raise Invalid(_overlap(None, None)) from problem


def _overlap_issues(person: Person, start: date, end: date | None) -> list[Issue]:
    others = Assignment.objects.filter(person=person).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=start)
    )
    if end is not None:
        others = others.filter(valid_from__lt=end)
    return [_overlap(one.valid_from, one.valid_to) for one in others.order_by("valid_from")]


def _overlap(start: date | None, end: date | None) -> Issue:
    return error(
        "range.overlap",
        N_("These dates overlap what is recorded from {start} to {end}."),
        N_("End the other one first, or choose other dates."),
        Place(path="valid_from"),
        start=start or "?",
        end=end - timedelta(days=1) if end else "…",
    )


def _range_issues(start: date, end: date | None) -> list[Issue]:
    if end is None or start < end:
        return []
    return [
        error(
            "range.backwards",
            N_("It would end before it starts ({start})."),
            N_("Choose a later end."),
            Place(path="valid_to"),
            start=start,
        )
    ]


def _within_issues(assignment: Assignment, day: date) -> list[Issue]:
    end = assignment.valid_to
    if assignment.valid_from <= day and (end is None or day < end):
        return []
    return [
        error(
            "assignment.not_then",
            N_("The place does not hold on {day}."),
            N_("Choose a day from {start} on and before its end."),
            Place(path="valid_from"),
            day=day,
            start=assignment.valid_from,
        )
    ]


def _share_issues(share: Decimal) -> list[Issue]:
    if 0 < share <= 1:
        return []
    return [
        error(
            "assignment.share",
            N_("A share of {share} is not between 0 and 1."),
            N_("Write 1 for full time, 0.8 for four days of five."),
            Place(path="share"),
            share=share,
        )
    ]


def _manager_issues(person: Person, manager: Person | None) -> list[Issue]:
    if manager is None or manager.pk != person.pk:
        return []
    return [
        error(
            "assignment.own_manager",
            N_("{name} cannot be their own manager."),
            N_("Choose somebody else, or nobody."),
            Place(path="manager"),
            name=person.name,
        )
    ]


def _kind_issues(kind: str) -> list[Issue]:
    if kind in AbsenceKind.values:
        return []
    return [
        error(
            "absence.kind",
            N_('"{kind}" is not a kind of absence.'),
            N_("Use one of {known}."),
            Place(path="kind"),
            kind=kind,
            known=", ".join(AbsenceKind.values),
        )
    ]


def _later_issue(place: Assignment) -> Issue:
    return error(
        "person.place_later",
        N_("A place starts on {start}, after the last day."),
        N_("Choose a later last day, or end that place first."),
        Place(path="last_day_on"),
        start=place.valid_from,
    )
