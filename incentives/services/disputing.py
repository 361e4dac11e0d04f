"""Disputes: a payee does not agree with a line of a statement, and HR answers in time.

Everything said stays, in an append-only log; the state of a dispute changes only along the table
below. A dispute never changes an amount: an accepted one is the cause of a manual adjustment.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import partial

from celery import current_app
from django.db import transaction

from common import audit, live
from common.locks import transaction_lock
from incentives import queries
from incentives.choices import DisputeState, PeriodState
from incentives.models import Dispute, DisputeEntry, Statement
from kernel.issues import N_, Invalid, Issue, Place, error
from people import queries as people
from people.models import Right, User

ANSWER_WORKING_DAYS = 10
"""Working days of the company's calendar within which an open dispute is to be answered."""


class Party(StrEnum):
    """As whom somebody speaks in a dispute."""

    PAYEE = "payee"
    HR = "hr"
    MANAGER = "manager"


S = DisputeState
_EVERYBODY = frozenset(Party)
_HR = frozenset({Party.HR})
_PAYEE = frozenset({Party.PAYEE})
TRANSITIONS: Mapping[tuple[str, str], frozenset[Party]] = {
    (S.OPEN, S.OPEN): _EVERYBODY,  # a remark
    (S.OPEN, S.ANSWERED): _HR,
    (S.OPEN, S.ACCEPTED): _HR,
    (S.OPEN, S.REJECTED): _HR,
    (S.OPEN, S.WITHDRAWN): _PAYEE,
    (S.ANSWERED, S.ANSWERED): frozenset({Party.HR, Party.MANAGER}),
    (S.ANSWERED, S.OPEN): _PAYEE,  # the answer does not convince
    (S.ANSWERED, S.ACCEPTED): _HR,
    (S.ANSWERED, S.REJECTED): _HR,
    (S.ANSWERED, S.WITHDRAWN): _PAYEE,
}


def parties_of(actor: User, person_id: int, opened_by_id: int | None = None) -> frozenset[Party]:
    """As whom `actor` speaks about the pay of a person.

    Nobody decides about their own pay, whatever their rights. Whoever opened a dispute on behalf
    of the payee may speak for them. Anybody else is the manager: the pages let nobody else in.
    """
    if actor.person_id == person_id:
        return _PAYEE
    found = _HR if Right.HR in actor.rights else frozenset({Party.MANAGER})
    return found | _PAYEE if opened_by_id == actor.pk else found


def possible(parties: frozenset[Party], state: str) -> tuple[str, ...]:
    """The states to which these parties may take a dispute from `state`, in the table's order."""
    return tuple(to for (at, to), who in TRANSITIONS.items() if at == state and who & parties)


def answer_due_from(day: date) -> date:
    """The last day for an answer to what is said on `day`."""
    return people.company().calendar.add_working_days(day, ANSWER_WORKING_DAYS)


@transaction.atomic
def open_dispute(*, actor: User, statement_id: int, component: str, text: str) -> Dispute:
    """Dispute a line of a statement, as the payee or, with the rights of HR, on their behalf.

    The answer is due within `ANSWER_WORKING_DAYS`. `Invalid` with all that is wrong: no words, a
    line that the statement does not have, a statement that does not count, one disputed already.
    """
    rows = Statement.objects.select_related("run__period", "plan_version")
    statement = rows.get(pk=statement_id)
    transaction_lock("dispute", statement.person_id)
    issues = list(_refusals(actor, statement, component, text))
    if issues:
        raise Invalid(issues)
    due = answer_due_from(people.today())
    dispute = Dispute.objects.create(
        statement=statement, component=component, opened_by=actor, answer_by_on=due
    )
    entry = DisputeEntry.objects.create(
        dispute=dispute, text=text.strip(), to_state=S.OPEN, by=actor
    )
    audit.record(
        actor=actor,
        action="dispute.open",
        subject=dispute,
        after={
            "statement": statement.pk,
            "component": component,
            "state": S.OPEN,
            "answer_by_on": due,
        },
        reason=entry.text,
    )
    _told(dispute, entry)
    return dispute


def _refusals(actor: User, statement: Statement, component: str, text: str) -> Iterator[Issue]:
    yield from _no_words(text)
    if _party_missing(actor, statement):
        yield error(
            "dispute.not_yours",
            N_("Only the payee, or HR on their behalf, disputes a statement."),
            N_("Ask the payee to dispute the line."),
        )
    if component not in {line["component"] for line in statement.result["lines"]}:
        yield error(
            "dispute.no_such_line",
            N_('The statement has no line "{component}".'),
            N_("Choose one of the lines of the statement."),
            Place(path="component"),
            component=component,
        )
    elif _disputed_already(statement, component):
        yield error(
            "dispute.open_already",
            N_("This line is disputed already."),
            N_("Add what there is to say to the dispute that is open."),
            Place(path="component"),
        )
    if not _counts(statement):
        yield error(
            "dispute.not_current",
            N_("This statement does not count: its period is open, or was calculated again."),
            N_("Dispute the line in the statement of the last calculation."),
        )


def _party_missing(actor: User, statement: Statement) -> bool:
    return parties_of(actor, statement.person_id) == {Party.MANAGER}


def _disputed_already(statement: Statement, component: str) -> bool:
    """Whether the line is in dispute, also in a statement of an earlier run of the period."""
    return Dispute.objects.filter(
        statement__person_id=statement.person_id,
        statement__run__period_id=statement.run.period_id,
        statement__plan_version__plan_id=statement.plan_version.plan_id,
        statement__corrects_id=statement.corrects_id,
        component=component,
        state__in=[S.OPEN, S.ANSWERED],
    ).exists()


def _counts(statement: Statement) -> bool:
    period = statement.run.period
    if period.state == PeriodState.OPEN:
        return False
    return statement.runs.filter(pk__in=[run.pk for run in queries.last_runs([period.pk])]).exists()


def _no_words(text: str) -> Iterator[Issue]:
    if not text.strip():
        yield error(
            "dispute.no_words",
            N_("Nothing is said."),
            N_("Say in a sentence or two what is meant."),
            Place(path="text"),
        )


@transaction.atomic
def move_dispute(*, actor: User, dispute_id: int, to: str, text: str) -> DisputeEntry:
    """Say something in a dispute and take it to a state of the table; the same state is a remark.

    A dispute that is opened again is due again. `Invalid` when the table has no such move, when it
    is not the actor's to make, or when nothing is said.
    """
    rows = Dispute.objects.select_for_update(of=("self",)).select_related("statement__run")
    dispute = rows.get(pk=dispute_id)
    issues = [*_no_words(text), *_no_move(actor, dispute, to)]
    if issues:
        raise Invalid(issues)
    before = {"state": dispute.state, "answer_by_on": dispute.answer_by_on}
    if to == S.OPEN and dispute.state != S.OPEN:
        dispute.answer_by_on = answer_due_from(people.today())
    dispute.state = to
    dispute.save(update_fields=["state", "answer_by_on"])
    entry = DisputeEntry.objects.create(dispute=dispute, text=text.strip(), to_state=to, by=actor)
    audit.record(
        actor=actor,
        action="dispute.move",
        subject=dispute,
        before=before,
        after={"state": to, "answer_by_on": dispute.answer_by_on},
        reason=entry.text,
    )
    _told(dispute, entry)
    return entry


def _no_move(actor: User, dispute: Dispute, to: str) -> Iterator[Issue]:
    allowed = TRANSITIONS.get((dispute.state, to))
    if allowed is None:
        yield error(
            "dispute.no_such_move",
            N_("The dispute is {state}; that cannot be done with it any more."),
            N_("Look at the dispute again: somebody may have answered meanwhile."),
            state=dispute.get_state_display(),
        )
    elif not allowed & parties_of(actor, dispute.statement.person_id, dispute.opened_by_id):
        yield error(
            "dispute.not_allowed",
            N_("This step is not yours: HR answers and decides, the payee replies or withdraws."),
            N_("Nobody decides about their own pay, whatever their rights."),
        )


def _told(dispute: Dispute, entry: DisputeEntry) -> None:
    live.publish(f"dispute:{dispute.pk}")
    live.publish(f"period:{dispute.statement.run.period_id}")
    transaction.on_commit(partial(_send_news, entry.pk), robust=True)


def _send_news(entry_id: int) -> None:
    # a queue that does not answer is logged by on_commit; the words stand on the pages
    current_app.send_task("incentives.tell_dispute", args=[entry_id], retry=False)
