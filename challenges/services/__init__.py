"""The verbs of challenges: the only writers of their tables."""

from challenges.services.acknowledging import acknowledge_rules
from challenges.services.changing import amend_challenge, close_challenge, extend_challenge
from challenges.services.creating import change_draft, create_challenge, read_draft
from challenges.services.facing import set_face
from challenges.services.moving import (
    advance,
    cancel_challenge,
    coming,
    launch,
    pause,
    resume,
    schedule,
    sweep_all,
    wake_all,
)
from challenges.services.news import note_news, rescore_people, score_news
from challenges.services.rehearsing import ask_for_rehearsal, rehearsal_run, rehearse_next
from challenges.services.revealing import reveal
from challenges.services.reviewing import decide_record
from challenges.services.scoring import rescore_challenge
from challenges.services.signing import make_official
from challenges.services.stating import state_house_rules
from challenges.services.verifying import verify_boards

__all__ = [
    "acknowledge_rules",
    "advance",
    "amend_challenge",
    "ask_for_rehearsal",
    "cancel_challenge",
    "change_draft",
    "close_challenge",
    "coming",
    "create_challenge",
    "decide_record",
    "extend_challenge",
    "launch",
    "make_official",
    "note_news",
    "pause",
    "read_draft",
    "rehearsal_run",
    "rehearse_next",
    "rescore_challenge",
    "rescore_people",
    "resume",
    "reveal",
    "schedule",
    "score_news",
    "set_face",
    "state_house_rules",
    "sweep_all",
    "verify_boards",
    "wake_all",
]
