"""Balances that wait: of people whom the plan that left them does not pay in a period."""

from collections.abc import Iterable
from dataclasses import dataclass

from incentives.gathering.balances import Key, Left, left_before, unfinished
from incentives.gathering.payees import Field
from incentives.models import PayPeriod, PlanVersion
from incentives.periods.ledgers import carried_minor, held_minor
from people import queries as people


@dataclass(frozen=True, slots=True)
class Waiting:
    """What locked statements have left of a person, in minor units of `currency`.

    `held` waits for customers' money, `owed` is still to be set off against pay, and `due` is
    carried in the person's favour.
    """

    name: str
    held: int
    owed: int
    due: int
    currency: str


def waiting_balances(period: PayPeriod, field: Field) -> tuple[Waiting, ...]:
    """The balances before a period that nothing in it moves on, by name. At most four queries.

    A draw of somebody who has left, money held back for deals of a plan that the person is no
    longer paid by: it waits until that plan pays them again, or until HR settles it by hand.
    """
    left = left_before(period)
    if not left:
        return ()
    waiting = unfinished(left, _paid(field))
    names = people.person_names({person for person, _ in waiting})
    currency = people.company().currency
    found = [_waiting(names[person], one, currency) for (person, _), one in waiting.items()]
    some = [one for one in found if one.held or one.owed or one.due]
    return tuple(sorted(some, key=lambda one: (one.name, one.held, one.owed, one.due)))


def _paid(field: Field) -> Iterable[Key]:
    versions = {one.plan_version_id for one in field.payees}
    plans = dict(PlanVersion.objects.filter(pk__in=versions).values_list("id", "plan_id"))
    return {(one.person_id, plans[one.plan_version_id]) for one in field.payees}


def _waiting(name: str, left: Left, currency: str) -> Waiting:
    carried = carried_minor(left, currency)
    return Waiting(
        name=name,
        held=held_minor(left, currency),
        owed=-sum(value for value in carried if value < 0),
        due=sum(value for value in carried if value > 0),
        currency=currency,
    )
