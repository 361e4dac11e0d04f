"""Sealed secrets: who opens them, who does not, and how a key is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from common.sealing import SealedError, again, seal, unseal

OLD, NEW = "old-" + "o" * 50, "new-" + "n" * 50
ADDRESS = "https://hooks.example.org/services/T0/B0/é"


@given(st.text())
def test_what_is_sealed_comes_out_again(text: str) -> None:
    assert unseal(seal(text, "x"), "x") == text


def test_nothing_of_the_secret_is_to_be_seen_and_no_two_seals_are_equal() -> None:
    one, two = seal(ADDRESS, "x"), seal(ADDRESS, "x")
    assert one != two
    assert not any(part in one for part in ("https", "hooks", "services"))


def test_a_seal_of_another_purpose_or_one_that_was_changed_does_not_open() -> None:
    sealed = seal(ADDRESS, "x")
    with pytest.raises(SealedError):
        unseal(sealed, "y")
    for at in (0, 20, len(sealed) // 2):
        other = "A" if sealed[at] != "A" else "B"
        with pytest.raises(SealedError):
            unseal(sealed[:at] + other + sealed[at + 1 :], "x")
    for odd in ("", "é", "not sealed at all"):
        with pytest.raises(SealedError):
            unseal(odd, "x")


def test_a_key_is_changed_in_three_steps(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    sealed = seal(ADDRESS, "x")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert unseal(sealed, "x") == ADDRESS
    anew = again(sealed, "x")
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(anew, "x") == ADDRESS
    for lost in (unseal, again):
        with pytest.raises(SealedError):
            lost(sealed, "x")
