"""Reading the environment strictly: a wrong value stops the start, with its name and remedy.

django-environ takes any unknown word for "no"; a misspelt BEHIND_TLS would silently turn the
secure cookies off.
"""

import os
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


def required(name: str, remedy: str) -> str:
    """The text of a variable that has no default."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    return value


def text(name: str, default: str, among: Collection[str] = ()) -> str:
    """The text of a variable; with `among`, one of these words."""
    value = os.environ.get(name, "").strip() or default
    if among and value not in among:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to one of: {', '.join(among)}.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """1, true, yes, on or 0, false, no, off."""
    value = os.environ.get(name, "").strip().lower()
    if value and value not in _YES | _NO:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")
    return value in _YES if value else default


def whole(name: str, default: int, *, least: int) -> int:
    """A whole number that is not below `least`."""
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Set it to a whole number of {least} or more."
        )
    return int(value)


def words(name: str, default: list[str]) -> list[str]:
    """Words between commas."""
    value = os.environ.get(name, "")
    return [word.strip() for word in value.split(",") if word.strip()] or default


def time_zone(name: str, default: str) -> str:
    """The name of a time zone that this machine knows."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Set it to the name of a time zone, like {default}."
        ) from problem
    return value


def database(name: str, remedy: str) -> dict[str, Any]:
    """Django's parameters of a PostgreSQL address; a unix socket's directory comes quoted."""
    url = required(name, remedy)
    # The value is not repeated in a message: it holds a password.
    refusal = ImproperlyConfigured(f"{name} is not an address of PostgreSQL. {remedy}")
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise refusal
    try:
        found = dict(environ.Env.db_url_config(url))
    except ValueError as problem:  # a port that is no number
        raise refusal from problem
    return {**found, "HOST": unquote(found["HOST"])}


def redis(name: str, remedy: str) -> str:
    """An address of Redis or Valkey: redis, rediss (TLS) or a unix socket."""
    url = required(name, remedy)
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured(f"{name} is not an address of Redis. {remedy}")
    return url


def email(name: str) -> dict[str, Any]:
    """Django's e-mail settings of an address like smtp+tls://user:password@host:587, or none."""
    url = os.environ.get(name, "").strip()
    if not url:
        return {}
    if urlsplit(url).scheme not in environ.Env.EMAIL_SCHEMES:
        raise ImproperlyConfigured(
            f"{name} is not an address of a mail server. "
            "Set it to smtp+tls://user:password@host:587, or leave it empty."
        )
    return dict(environ.Env.email_url_config(url))
