"""Challenges with their rules, entrants and standings."""

from challenges.models.acknowledging import Acknowledgement
from challenges.models.badges import (
    Badge,
    BadgeAward,
    BadgeMove,
    BadgeRule,
    JerseyHolder,
    JerseyKind,
    JerseyMonth,
)
from challenges.models.competition import (
    APPEND_ONLY,
    Challenge,
    ChallengeState,
    Entrant,
    Result,
    RulesVersion,
    ScoreChange,
    Standing,
    ToScore,
    Transition,
)
from challenges.models.faces import Face
from challenges.models.reviews import Decision

__all__ = [
    "APPEND_ONLY",
    "Acknowledgement",
    "Badge",
    "BadgeAward",
    "BadgeMove",
    "BadgeRule",
    "Challenge",
    "ChallengeState",
    "Decision",
    "Entrant",
    "Face",
    "JerseyHolder",
    "JerseyKind",
    "JerseyMonth",
    "Result",
    "RulesVersion",
    "ScoreChange",
    "Standing",
    "ToScore",
    "Transition",
]
