"""Live activity for the demo company: one record at a time, through the ingest service."""

from datetime import datetime
from fractions import Fraction
from random import Random

from activities.inputs import ActivityInput, DealInput
from activities.services import record_activities, record_deal_stages
from cockpit.demo.loading import SOURCE
from cockpit.demo.market import ACCOUNTS, OFFERS
from people import queries as people

EVERY_NTH_WINS = 4
KINDS = ("call", "email", "meeting_held", "proposal_sent", "qualified_meeting")


def beat(now: datetime, number: int) -> str:
    """Record something that happens now; every fourth time a deal is won. Says what it was."""
    dice = Random(f"{now.isoformat()}{number}")  # noqa: S311 - invented activity, no secret
    sellers = [row for row in people.people_on(people.today(now)) if row.role_key in ("ae", "sdr")]
    one = dice.choice(sellers)
    name, account = f"pulse-{now:%Y%m%d%H%M%S}-{number}", dice.choice(ACCOUNTS)
    if one.role_key == "ae" and number % EVERY_NTH_WINS == 0:
        offer = dice.choice(OFFERS)
        deal = DealInput(
            external_id=name,
            stage="won",
            owner=one.number,
            account=account,
            product=offer.key,
            amount=Fraction(offer.price),
            currency=people.company().currency,
            engaged_at=now,
            closed_at=now,
        )
        record_deal_stages(actor=None, source=SOURCE, deals=[deal])
        return f"{one.name}: {offer.name}, {offer.price} EUR, {account}"
    kind = dice.choice(KINDS)
    record = ActivityInput(
        external_id=name, type=kind, occurred_at=now, person=one.number, account=account
    )
    record_activities(actor=None, source=SOURCE, records=[record])
    return f"{one.name}: {kind}, {account}"
