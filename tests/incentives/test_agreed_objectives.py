"""Pay reads what is agreed; the checklist of a pay period counts what is only proposed."""

from datetime import date, datetime
from fractions import Fraction

import time_machine

from incentives.gathering.payees import field_of
from incentives.gathering.targets import value_of
from incentives.periods.readiness import readiness
from kpis.services import (
    ObjectiveInput,
    accept_objective,
    counter_objective,
    propose_objective,
    withdraw_objective,
)
from tests.incentives.conftest import Pay
from tests.kpis.crew import PARIS


def waiting(pay: Pay) -> int:
    return readiness(pay.march, field_of(pay.march), None, date(2026, 4, 2)).proposed_objectives


def paid_against(pay: Pay) -> dict[str, Fraction]:
    """What Léa's pay of March is held against, by KPI."""
    lea = pay.world.people["léa"].pk
    (mine,) = [one for one in field_of(pay.march).payees if one.person_id == lea]
    return {key: value_of(parts) for key, parts in mine.objectives}


def asked(target: int, reason: str = "") -> ObjectiveInput:
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    return ObjectiveInput(
        "revenue_booked", Fraction(target), march, april, person="léa", reason=reason
    )


def test_pay_is_held_against_what_both_sides_signed(pay: Pay) -> None:
    marc, lea = pay.world.users["marc"], pay.world.users["léa"]
    with time_machine.travel(datetime(2026, 2, 20, 9, tzinfo=PARIS), tick=False):
        assert (paid_against(pay), waiting(pay)) == ({}, 0)
        made = propose_objective(actor=marc, objective=asked(9_000))
        assert (paid_against(pay), waiting(pay)) == ({}, 1)
        counter_objective(actor=lea, objective=made, target=Fraction(8_000), reason="a new area")
        assert (paid_against(pay), waiting(pay)) == ({}, 1)
        accept_objective(actor=marc, objective=made)
        assert (paid_against(pay), waiting(pay)) == ({"revenue_booked": Fraction(8_000)}, 0)

        more = propose_objective(actor=marc, objective=asked(9_500, reason="a second area"))
        assert (paid_against(pay), waiting(pay)) == ({"revenue_booked": Fraction(8_000)}, 1)
        accept_objective(actor=lea, objective=more)
        assert (paid_against(pay), waiting(pay)) == ({"revenue_booked": Fraction(9_500)}, 0)
        withdraw_objective(actor=marc, objective=more, reason="the area is closed")
        assert (paid_against(pay), waiting(pay)) == ({}, 0)
