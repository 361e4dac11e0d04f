"""What the frame of every page needs: navigation by role, theme, language.

A new page enters the navigation here. An entry whose address does not exist is left out, so a
room can be absent without breaking the frame.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incentives.claims.disputes import waiting_for_hr
from incentives.notices.queries import notices_waiting
from kpis.alerts.queries import alerts_waiting
from people import access

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation: `name` of its url and who sees it ("all" or roles)."""

    name: str
    label: str | Promise
    icon: str
    who: frozenset[str]


def _entry(name: str, label: str | Promise, icon: str, *who: str) -> Entry:
    return Entry(name, label, icon, frozenset(who))


_FIGURES = ("rep", "lead", "hr", "admin", "executive")
"""Who has figures of somebody to look at."""

# rep = has a person; seller = has one and leads nobody; lead = leads people, lead-team = a team;
# lead-pay = and sees its pay; hr, admin, executive = rights. The order is the order on the page; on
# a phone the first four that the reader may see are in the bottom bar.
ENTRIES = (
    _entry("cockpit:me", _("My cockpit"), "gauge", "seller"),
    _entry("cockpit:team", _("My team"), "users", "lead"),
    _entry("cockpit:direction", _("Direction"), "chart-line", "executive"),
    _entry("cockpit:office", _("Overview"), "list-checks", "hr"),
    _entry("cockpit:setup", _("Set-up"), "sliders-horizontal", "admin"),
    _entry("incentives:periods", _("Pay periods"), "calendar-check", "hr", "executive"),
    _entry("incentives:disputes", _("Disputes"), "message-circle", "hr"),
    _entry("kpis:leaderboard", _("Rankings"), "list-ordered", "all"),
    _entry("kpis:alerts", _("Alerts"), "bell", "rep", "lead"),
    _entry("challenges:list", _("Challenges"), "trophy", "all"),
    _entry("kpis:objectives", _("Objectives"), "target", "rep", "lead"),
    _entry("kpis:forecast", _("Forecast"), "trending-up", *_FIGURES),
    _entry(
        "cockpit:reviews", _("Reviews"), "clipboard-list", "lead-team", "hr", "admin", "executive"
    ),
    _entry("challenges:feed", _("What happened"), "newspaper", "all"),
    _entry("challenges:rewards", _("Rewards"), "gift", "rep"),
    _entry("incentives:statements", _("My pay"), "receipt-text", "rep"),
    _entry("incentives:my_notices", _("My rules and objectives"), "file-check", "rep"),
    _entry("incentives:team_pay", _("Pay of my team"), "pen-line", "lead-pay"),
    _entry("activities:deals", _("Open deals"), "handshake", "rep"),
    _entry("activities:mine", _("Activities"), "list-checks", "rep"),
    _entry("incentives:plans", _("Plans"), "file-sliders", "hr", "admin"),
    _entry("incentives:histories", _("History of pay"), "history", "admin"),
    _entry("challenges:reward_items", _("Rewards shop"), "gift", "admin"),
    _entry("activities:imports", _("Imports"), "file-up", "admin"),
    _entry("kpis:alert_rules", _("Rules of alerts"), "bell", "admin"),
    _entry("people:list", _("People"), "contact", "hr", "admin"),
    _entry("people:company", _("Company"), "building-2", "admin"),
)


def roles_of(viewer: access.Viewer) -> frozenset[str]:
    """The words of `ENTRIES` that fit a signed-in viewer."""
    words = {
        "all": True,
        "rep": viewer.is_rep,
        "seller": viewer.is_rep and not viewer.is_manager,
        "lead": viewer.is_manager,
        "lead-team": bool(viewer.led_team_ids),
        "lead-pay": viewer.is_manager and viewer.managers_see_pay,
        "hr": viewer.is_hr,
        "admin": viewer.is_admin,
        "executive": viewer.is_executive,
    }
    return frozenset(word for word, fits in words.items() if fits)


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry as the page shows it."""

    key: str
    label: str | Promise
    url: str
    icon: str
    active: bool
    count: int = 0
    """How much waits there for the reader; 0 shows nothing."""


def navigation(
    viewer: access.Viewer, path: str, waiting: Mapping[str, int] = MappingProxyType({})
) -> list[NavItem]:
    """Entries for `viewer`; the one with the longest address that holds `path` is active.

    `waiting` says by url name how much waits there.
    """
    roles = roles_of(viewer)
    open_to = [(entry, address_of(entry.name)) for entry in ENTRIES if entry.who & roles]
    shown = [(entry, url) for entry, url in open_to if url is not None]
    here = max((url for _entry, url in shown if _holds(url, path)), key=len, default=None)
    return [
        NavItem(_key(entry), entry.label, url, entry.icon, url == here, waiting.get(entry.name, 0))
        for entry, url in shown
    ]


def _key(entry: Entry) -> str:
    """Where a fragment puts a new count (`.waits-KEY`)."""
    return entry.name.rpartition(":")[2]


def _holds(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def address_of(name: str) -> str | None:
    """The address of a page, or None while its room is absent."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: nav, what waits for the reader, theme, language.

    No navigation for a stranger, nor inside a fragment.
    """
    theme = request.COOKIES.get(THEME_COOKIE, "")
    viewer = _reader(request)
    waiting = _waiting(viewer) if viewer else {}
    return {
        "nav": navigation(viewer, request.path, waiting) if viewer else [],
        "notices_waiting": waiting.get("incentives:my_notices", 0),
        "theme": theme if theme in THEMES else "auto",
        "language": get_language() or "en",
    }


def _reader(request: HttpRequest) -> access.Viewer | None:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return None
    return access.viewer_in(request)


def _waiting(viewer: access.Viewer) -> dict[str, int]:
    """How much waits on which page: one query each, and only for those who answer."""
    waiting = {"incentives:disputes": waiting_for_hr()} if viewer.is_hr else {}
    if viewer.is_manager:
        waiting["kpis:alerts"] = alerts_waiting(viewer)
    if viewer.is_rep:
        waiting["incentives:my_notices"] = notices_waiting(viewer.person_id)
    return waiting
