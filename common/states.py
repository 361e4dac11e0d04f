"""The word, the icon and the tone of each state, so that a state looks the same on every page."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class StateLook:
    """How a state is shown; `icon` is a lucide name, empty for the beating dot of what is live."""

    label: str | Promise
    icon: str
    tone: str = ""


STATES: dict[str, StateLook] = {
    "draft": StateLook(_("Draft"), "pencil-line"),
    "scheduled": StateLook(_("Scheduled"), "clock"),
    "live": StateLook(_("Live"), "", "good"),
    "paused": StateLook(_("Paused"), "pause", "warn"),
    "provisional": StateLook(_("Provisional"), "hourglass", "warn"),
    "official": StateLook(_("Official"), "badge-check", "accent"),
    "amended": StateLook(_("Amended"), "file-pen-line", "warn"),
    "locked": StateLook(_("Locked"), "lock", "accent"),
    "open": StateLook(_("Open"), "circle-dashed", "accent"),
    "calculated": StateLook(_("Calculated"), "calculator"),
    "review": StateLook(_("In review"), "eye", "warn"),
    "reviewed": StateLook(_("Reviewed"), "eye", "good"),
    "approved": StateLook(_("Approved"), "check", "good"),
    "exported": StateLook(_("Exported"), "file-check", "good"),
    "proposed": StateLook(_("Proposed"), "send"),
    "countered": StateLook(_("Countered"), "reply", "warn"),
    "answered": StateLook(_("Answered"), "reply", "accent"),
    "rejected": StateLook(_("Rejected"), "x", "bad"),
    "withdrawn": StateLook(_("Withdrawn"), "undo-2"),
    "lapsed": StateLook(_("Lapsed"), "timer-off", "bad"),
    "refused": StateLook(_("Refused"), "x", "bad"),
    "accepted": StateLook(_("Accepted"), "check", "good"),
    "expired": StateLook(_("Expired"), "timer-off"),
    "cancelled": StateLook(_("Cancelled"), "ban", "bad"),
    "reverted": StateLook(_("Reverted"), "undo-2", "bad"),
    "asked": StateLook(_("Asked"), "send", "accent"),
    "delivered": StateLook(_("Delivered"), "package-check", "good"),
    "done": StateLook(_("Done"), "check", "good"),
    "failed": StateLook(_("Failed"), "triangle-alert", "bad"),
}


def look_of(state: str) -> StateLook:
    """The look of `state`; one that is not listed shows its own name, without a tone."""
    return STATES.get(state) or StateLook(state.replace("_", " ").capitalize(), "circle")
