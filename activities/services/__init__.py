"""The verbs of the log: the only writers of its tables."""

from activities.freezing import freeze_moment
from activities.services.batches import revert_batch
from activities.services.deals import record_deal_stages
from activities.services.keys import create_api_key, revoke_api_key
from activities.services.kinds import load_activity_types
from activities.services.planning import plan_closing
from activities.services.recording import (
    cancel_activity,
    correct_activity,
    record_activities,
)

__all__ = [
    "cancel_activity",
    "correct_activity",
    "create_api_key",
    "freeze_moment",
    "load_activity_types",
    "plan_closing",
    "record_activities",
    "record_deal_stages",
    "revert_batch",
    "revoke_api_key",
]
