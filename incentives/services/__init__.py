"""The only writers of plans, pay periods, runs, statements and exports."""

from incentives.services.exporting import export_period
from incentives.services.locking import lock_period
from incentives.services.moving import (
    approve_period,
    last_run,
    open_period,
    reopen_period,
    review_period,
)
from incentives.services.planning import assign_plan, publish_plan, save_plan
from incentives.services.running import (
    calculate_block,
    fail_run,
    finish_run,
    resume_runs,
    start_run,
)

__all__ = [
    "approve_period",
    "assign_plan",
    "calculate_block",
    "export_period",
    "fail_run",
    "finish_run",
    "last_run",
    "lock_period",
    "open_period",
    "publish_plan",
    "reopen_period",
    "resume_runs",
    "review_period",
    "save_plan",
    "start_run",
]
