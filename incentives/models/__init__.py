"""Plans, pay periods, runs, statements, the pay ledger, and what people say about them."""

from incentives.models.adjustments import Adjustment
from incentives.models.blocks import (
    BLOCK,
    CORRECTIONS,
    Block,
    BlockStatement,
    RunBlock,
    RunStatement,
)
from incentives.models.exports import Export, ExportLine, PayrollTemplate
from incentives.models.guards import APPEND_ONLY
from incentives.models.notices import Notice, Receipt
from incentives.models.periods import PayPeriod, PeriodTransition, Run
from incentives.models.personnel import PersonnelRecord
from incentives.models.plans import Plan, PlanAssignment, PlanVersion
from incentives.models.reviews import Dispute, DisputeEntry, TeamReview
from incentives.models.rosters import Roster, RosterMember, RosterNews, RosterPayee
from incentives.models.statements import LedgerLine, Statement

__all__ = [
    "APPEND_ONLY",
    "BLOCK",
    "CORRECTIONS",
    "Adjustment",
    "Block",
    "BlockStatement",
    "Dispute",
    "DisputeEntry",
    "Export",
    "ExportLine",
    "LedgerLine",
    "Notice",
    "PayPeriod",
    "PayrollTemplate",
    "PeriodTransition",
    "PersonnelRecord",
    "Plan",
    "PlanAssignment",
    "PlanVersion",
    "Receipt",
    "Roster",
    "RosterMember",
    "RosterNews",
    "RosterPayee",
    "Run",
    "RunBlock",
    "RunStatement",
    "Statement",
    "TeamReview",
]
