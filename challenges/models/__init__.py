"""Challenges with their rules, entrants and standings."""

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

__all__ = [
    "APPEND_ONLY",
    "Challenge",
    "ChallengeState",
    "Entrant",
    "Result",
    "RulesVersion",
    "ScoreChange",
    "Standing",
    "ToScore",
    "Transition",
]
