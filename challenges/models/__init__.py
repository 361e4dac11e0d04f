"""Challenges with their rules, entrants and standings."""

from challenges.models.acknowledging import Acknowledgement
from challenges.models.badges import (
    Badge,
    BadgeAward,
    BadgeMove,
    BadgeRule,
    BadgeToPost,
    JerseyHolder,
    JerseyKind,
    JerseyMonth,
)
from challenges.models.charging import ChargedRevision
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
from challenges.models.duels import DuelProposal, DuelState
from challenges.models.faces import Face
from challenges.models.feed import (
    Celebrated,
    EventKind,
    FeedEvent,
    Praise,
    Reaction,
    ReactionKind,
)
from challenges.models.house import HouseRules, Reach
from challenges.models.rehearsals import RehearsalRun
from challenges.models.reviews import Decision
from challenges.models.rewards import (
    PointsAccount,
    PointsDue,
    PointsMove,
    PointsRead,
    RequestState,
    RequestStep,
    Reward,
    RewardBudget,
    RewardRequest,
)
from challenges.models.screens import Screen

__all__ = [
    "APPEND_ONLY",
    "Acknowledgement",
    "Badge",
    "BadgeAward",
    "BadgeMove",
    "BadgeRule",
    "BadgeToPost",
    "Celebrated",
    "Challenge",
    "ChallengeState",
    "ChargedRevision",
    "Decision",
    "DuelProposal",
    "DuelState",
    "Entrant",
    "EventKind",
    "Face",
    "FeedEvent",
    "HouseRules",
    "JerseyHolder",
    "JerseyKind",
    "JerseyMonth",
    "PointsAccount",
    "PointsDue",
    "PointsMove",
    "PointsRead",
    "Praise",
    "Reach",
    "Reaction",
    "ReactionKind",
    "RehearsalRun",
    "RequestState",
    "RequestStep",
    "Result",
    "Reward",
    "RewardBudget",
    "RewardRequest",
    "RulesVersion",
    "ScoreChange",
    "Screen",
    "Standing",
    "ToScore",
    "Transition",
]
