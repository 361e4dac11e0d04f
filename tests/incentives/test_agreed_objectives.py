"""The checklist of a pay period tells what is agreed from what is only proposed."""

from datetime import date, datetime
from fractions import Fraction

import time_machine

from incentives.gathering.payees import field_of
from incentives.periods.readiness import readiness
from kpis.services import (
    ObjectiveInput,
    accept_objective,
    counter_objective,
    propose_objective,
)
from tests.incentives.conftest import Pay
from tests.kpis.crew import PARIS


def waiting(pay: Pay) -> int:
    return readiness(pay.march, field_of(pay.march), None, date(2026, 4, 2)).proposed_objectives


def test_the_checklist_counts_what_waits_for_an_answer(pay: Pay) -> None:
    marc, lea = pay.world.users["marc"], pay.world.users["léa"]
    with time_machine.travel(datetime(2026, 2, 20, 9, tzinfo=PARIS), tick=False):
        assert waiting(pay) == 0
        made = propose_objective(
            actor=marc,
            objective=ObjectiveInput(
                "revenue_booked", Fraction(9_000), date(2026, 3, 1), date(2026, 4, 1), person="léa"
            ),
        )
        assert waiting(pay) == 1
        counter_objective(actor=lea, objective=made, target=Fraction(8_000), reason="a new area")
        assert waiting(pay) == 1
        accept_objective(actor=marc, objective=made)
        assert waiting(pay) == 0
