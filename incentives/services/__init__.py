"""The only writers of pay: plans, periods, runs, statements, disputes, adjustments, exports."""

from incentives.services.adjusting import Proposal, decide_adjustment, propose_adjustment
from incentives.services.blocks import TRANSIENT, calculate_block, calculate_run
from incentives.services.disputing import ANSWER_WORKING_DAYS, move_dispute, open_dispute
from incentives.services.exporting import export_period, file_of
from incentives.services.locking import lock_period
from incentives.services.moving import (
    approve_period,
    last_run,
    open_period,
    reopen_period,
    review_period,
)
from incentives.services.notifying import confirm_reading, publish_notices
from incentives.services.payroll_templates import save_template
from incentives.services.planning import (
    assign_plan,
    profile_findings,
    publish_plan,
    save_plan,
)
from incentives.services.reviewing import sign_off_team
from incentives.services.running import (
    fail_run,
    finish_run,
    prepare_run,
    resume_runs,
    start_run,
)

__all__ = [
    "ANSWER_WORKING_DAYS",
    "TRANSIENT",
    "Proposal",
    "approve_period",
    "assign_plan",
    "calculate_block",
    "calculate_run",
    "confirm_reading",
    "decide_adjustment",
    "export_period",
    "fail_run",
    "file_of",
    "finish_run",
    "last_run",
    "lock_period",
    "move_dispute",
    "open_dispute",
    "open_period",
    "prepare_run",
    "profile_findings",
    "propose_adjustment",
    "publish_notices",
    "publish_plan",
    "reopen_period",
    "resume_runs",
    "review_period",
    "save_plan",
    "save_template",
    "sign_off_team",
    "start_run",
]
