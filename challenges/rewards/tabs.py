"""The tabs of the pages about rewards."""

from django.urls import reverse
from django.utils.translation import gettext as _

from challenges.models import RequestState
from challenges.rewards.queries import requests_of
from people import access
from people.access import Area, Viewer


def tabs(viewer: Viewer, here: str) -> list[dict[str, object]]:
    """Those that the viewer may open; empty when there is nothing to choose."""
    keeps = access.can_configure(viewer, Area.CHALLENGES)
    waiting = requests_of(viewer).filter(state=RequestState.ASKED).count() if keeps else 0
    found: list[tuple[str, str, bool, int | None]] = [
        ("rewards", _("My points"), viewer.is_rep, None),
        ("reward_requests", _("Requests"), keeps, waiting or None),
        ("reward_items", _("Items"), keeps, None),
        ("reward_budgets", _("Budgets"), viewer.is_admin, None),
    ]
    shown: list[dict[str, object]] = [
        {"label": text, "url": reverse(f"challenges:{name}"), "active": name == here,
         "count": count}
        for name, text, may, count in found
        if may
    ]  # fmt: skip
    return shown if len(shown) > 1 else []
