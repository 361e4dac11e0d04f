"""The verbs of badges and jerseys: the only writers of their tables."""

from challenges.badges.services.awarding import Outcome, award_badge
from challenges.badges.services.defining import (
    BadgeInput,
    amend_badge,
    create_badge,
    problems_of,
    readable,
    retire_badge,
)
from challenges.badges.services.giving import give_badge
from challenges.badges.services.looking import award_all, award_people, sweep
from challenges.badges.services.shipping import load_badges
from challenges.badges.services.signing import sign_due_months
from challenges.badges.services.withdrawing import withdraw_badge

__all__ = [
    "BadgeInput",
    "Outcome",
    "amend_badge",
    "award_all",
    "award_badge",
    "award_people",
    "create_badge",
    "give_badge",
    "load_badges",
    "problems_of",
    "readable",
    "retire_badge",
    "sign_due_months",
    "sweep",
    "withdraw_badge",
]
