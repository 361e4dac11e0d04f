"""What hangs on the wall: opened by a secret, shown without anybody being signed in.

The secret stands behind the `#` of the link, which browsers send to nobody: no log and no proxy
reads it. The page gives it to `POST /tv/`, which answers with a cookie that scripts cannot read.
A wall speaks the company's language and tells its time.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation

from challenges.models import Screen
from challenges.screens import presenters, services
from challenges.screens.guests import COOKIE, screen_in, viewer_of
from people.queries import company

COOKIE_AGE = timedelta(days=400)
"""The longest that browsers keep one."""
MOST_WRONG = 30
"""Wrong secrets in a minute from one network address."""

View = Callable[[HttpRequest], HttpResponse]


def _of_the_company(view: View) -> View:
    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        known = company()
        with translation.override(known.language), timezone.override(known.tz):
            response = view(request)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return shown


@_of_the_company
def tv(request: HttpRequest) -> HttpResponse:
    """The wall, or (404) the page that takes the secret out of the address and posts it."""
    if request.method == "POST":
        return _open(request)
    screen = screen_in(request)
    if screen is None:
        return render(request, "challenges/screens/closed.html", status=404)
    return render(request, "challenges/screens/tv.html", _shown(screen))


@_of_the_company
def show(request: HttpRequest) -> HttpResponse:
    """The live fragment; 404 as soon as the link is withdrawn."""
    screen = screen_in(request)
    if screen is None:
        return HttpResponse(status=404)
    return render(request, "challenges/screens/slides.html", _shown(screen))


def _shown(screen: Screen) -> dict[str, object]:
    at = timezone.now()
    services.note_seen(screen, at)
    return presenters.wall(screen, viewer_of(screen), at)


def _open(request: HttpRequest) -> HttpResponse:
    if _tried_too_often(request):
        return render(request, "challenges/screens/closed.html", status=429)
    secret = request.POST.get("secret", "")
    if services.screen_of(secret) is None:
        _note_wrong(request)
        return render(request, "challenges/screens/closed.html", status=404)
    response = redirect("challenges:tv")
    response.set_cookie(
        COOKIE, secret, max_age=COOKIE_AGE, httponly=True, secure=request.is_secure(),
        samesite="Lax",
    )  # fmt: skip
    return response


def _tries(request: HttpRequest) -> str:
    return f"screen-tries:{get_adapter(request).get_client_ip(request)}"


def _tried_too_often(request: HttpRequest) -> bool:
    return int(cache.get(_tries(request), 0)) >= MOST_WRONG


def _note_wrong(request: HttpRequest) -> None:
    key = _tries(request)
    if not cache.add(key, 1, timeout=60):
        with suppress(ValueError):  # the minute has ended just now
            cache.incr(key)
