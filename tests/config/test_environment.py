"""A value of the environment is taken as meant, or refused with its name and the remedy."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

REMEDY = "Set it to an address."


@pytest.mark.parametrize(
    ("value", "read", "expected"),
    [
        ("1", lambda: environment.flag("X", default=False), True),
        ("Off", lambda: environment.flag("X", default=True), False),
        ("", lambda: environment.flag("X", default=True), True),
        ("12", lambda: environment.whole("X", 8, least=1), 12),
        ("", lambda: environment.whole("X", 8, least=1), 8),
        ("a.org, b.org,", lambda: environment.words("X", []), ["a.org", "b.org"]),
        ("en", lambda: environment.text("X", "fr", among=("fr", "en")), "en"),
        ("America/Lima", lambda: environment.time_zone("X", "Europe/Paris"), "America/Lima"),
        ("rediss://h:1/0", lambda: environment.redis("X", REMEDY), "rediss://h:1/0"),
        ("", lambda: environment.email("X"), {}),
    ],
)
def test_a_right_value_is_taken(
    monkeypatch: pytest.MonkeyPatch, value: str, read: Callable[[], Any], expected: object
) -> None:
    monkeypatch.setenv("X", value)
    assert read() == expected


@pytest.mark.parametrize(
    ("value", "read", "message"),
    [
        ("ture", lambda: environment.flag("X", default=False), "X is 'ture'. Set it to 1 or 0."),
        (
            "0",
            lambda: environment.whole("X", 8, least=1),
            "X is '0'. Set it to a whole number of 1 or more.",
        ),
        (
            "de",
            lambda: environment.text("X", "fr", among=("fr", "en")),
            "X is 'de'. Set it to one of: fr, en.",
        ),
        (
            "Paris",
            lambda: environment.time_zone("X", "Europe/Paris"),
            "X is 'Paris'. Set it to the name of a time zone, like Europe/Paris.",
        ),
        ("", lambda: environment.required("X", REMEDY), f"X is not set. {REMEDY}"),
        (
            "mysql://anna:secret@h/n",
            lambda: environment.database("X", REMEDY),
            f"X is not an address of PostgreSQL. {REMEDY}",
        ),
        (
            "postgres://anna:secret@h:port/n",
            lambda: environment.database("X", REMEDY),
            f"X is not an address of PostgreSQL. {REMEDY}",
        ),
        (
            "http://h",
            lambda: environment.redis("X", REMEDY),
            f"X is not an address of Redis. {REMEDY}",
        ),
        (
            "h:25",
            lambda: environment.email("X"),
            "X is not an address of a mail server. "
            "Set it to smtp+tls://user:password@host:587, or leave it empty.",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, value: str, read: Callable[[], Any], message: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        read()
    assert str(refusal.value) == message


def test_a_database_behind_a_socket_in_a_directory_with_capitals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("X", "postgres://maillot@%2FVar%2FRun/Data")
    found = environment.database("X", REMEDY)
    assert (found["HOST"], found["NAME"], found["USER"]) == ("/Var/Run", "Data", "maillot")


def test_a_database_far_away_keeps_what_its_address_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("X", "postgresql://anna:s%40cret@db.example:5433/sales?sslmode=require")
    assert environment.database("X", REMEDY) == {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "db.example",
        "PORT": 5433,
        "NAME": "sales",
        "USER": "anna",
        "PASSWORD": "s@cret",
        "OPTIONS": {"sslmode": "require"},
    }
