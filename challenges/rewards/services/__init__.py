"""The verbs of points and rewards: the only writers of their tables."""

from challenges.rewards.services.asking import ask_for, decide_request
from challenges.rewards.services.keeping import Offer, keep_reward, set_budget
from challenges.rewards.services.posting import post_all, post_challenge

__all__ = [
    "Offer",
    "ask_for",
    "decide_request",
    "keep_reward",
    "post_all",
    "post_challenge",
    "set_budget",
]
