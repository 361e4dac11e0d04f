"""The rule of a badge as fields: what it writes is what the document says."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from challenges.badges.rule_sheet import base_of
from challenges.calc.badges.rules import Combination, Form, Slot, Threshold, parse_badge
from challenges.models import Badge, BadgeRule
from people.models import Right, User
from tests.challenges.controls import Controls, controls_of
from tests.kpis.crew import Crew

SHIPPED = [
    "first-deal", "opener-of-the-day", "early-bird", "busy-week", "hat-trick", "quarter-of-gold",
    "sharp-closer", "personal-best", "on-a-roll", "four-strong-weeks", "complete-month",
    "helping-hand", "manager-salute",
]  # fmt: skip
NEW = {"name_en": "Own", "name_fr": "Propre", "art": "bolt", "team": "everybody", "points": "3"}


@pytest.fixture
def admin(crew: Crew) -> Client:
    User.objects.filter(pk=crew.admin.pk).update(rights=[Right.ADMIN], language="en")
    client = Client()
    client.force_login(crew.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def controls(client: Client, path: str, **query: str) -> Controls:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return controls_of(answer.content.decode(), "badge-form")


def newest(key: str) -> BadgeRule:
    return BadgeRule.objects.filter(badge__key=key).order_by("-number")[0]


def test_every_shipped_badge_is_named_here(crew: Crew) -> None:
    assert list(Badge.objects.order_by("id").values_list("key", flat=True)) == SHIPPED
    forms = {base_of(newest(key).document)["form"] for key in SHIPPED}
    assert forms == {form.value for form in Form}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_rule_comes_back_from_its_fields_as_it_was(
    crew: Crew, admin: Client, key: str, language: str
) -> None:
    User.objects.filter(pk=crew.admin.pk).update(language=language)
    path = reverse("challenges:badge_change", args=[key])
    before = newest(key)
    answer = admin.post(path, {**controls(admin, path), "reason": "More points", "points": "7"})
    assert answer.status_code == 302
    after = newest(key)
    assert (after.number, after.points) == (before.number + 1, 7)
    assert base_of(after.document) == base_of(before.document)
    # and the document beside it says the same
    written = admin.get(path, {"as": "document"}).context["form"].initial["document"]
    assert parse_badge(written) == parse_badge(before.document)


def other_form(admin: Client, form: str) -> Controls:
    """The fields of a new badge after another form was chosen: nothing is judged or kept by it."""
    path = reverse("challenges:badge_new")
    begun = {**controls(admin, path), **NEW, "earned.form": form, "do": "show"}
    answer = admin.post(path, begun)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert 'role="alert"' not in html
    return controls_of(html, "badge-form")


def made(admin: Client, sent: dict[str, Any]) -> Any:
    answer = admin.post(reverse("challenges:badge_new"), sent)
    return answer.content.decode() if answer.status_code == 200 else answer.status_code


def test_a_badge_is_made_of_fields(admin: Client) -> None:
    begun = controls(admin, reverse("challenges:badge_new"))
    assert made(admin, {**begun, **NEW, "earned.metric": "calls", "earned.at_least": "1,5"}) == 302
    rule = parse_badge(newest("own").document)
    assert isinstance(rule, Threshold)
    assert (rule.measure.metric, float(rule.at_least), rule.per) == ("calls", 1.5, "month")


def test_another_form_asks_for_its_own_fields(admin: Client) -> None:
    fields = other_form(admin, "hours")
    assert {name for name in fields if name.startswith("earned.")} == {
        "earned.form", "earned.metric", "earned.from", "earned.to", "earned.at_least",
    }  # fmt: skip
    assert fields["name_en"] == ["Own"]  # what was filled in stays
    assert not Badge.objects.filter(key="own").exists()
    sent = {**fields, "earned.from": "08:00", "earned.to": "9:30", "earned.at_least": "4"}
    assert made(admin, sent) == 302
    rule = parse_badge(newest("own").document)
    assert isinstance(rule, Slot)
    assert (rule.metric, rule.start, rule.end, rule.at_least) == ("deals_won", 480, 570, 4)


def test_other_badges_are_chosen_by_name(admin: Client) -> None:
    fields = other_form(admin, "combination")
    path = reverse("challenges:badge_new")
    page = admin.post(path, {**fields, "earned.form": "combination", "do": "show"})
    html = page.content.decode()
    assert 'value="hat-trick"' in html
    assert 'value="complete-month"' not in html  # a combination is no part of another
    sent = {**fields, "earned.of": ["hat-trick", "busy-week"], "earned.per": "week"}
    assert made(admin, sent) == 302
    rule = parse_badge(newest("own").document)
    assert isinstance(rule, Combination)
    assert set(rule.keys) == {"hat-trick", "busy-week"}


def test_everything_that_is_wrong_is_told_where_it_is(admin: Client) -> None:
    begun = controls(admin, reverse("challenges:badge_new"))
    sent: dict[str, Any] = {
        **begun,
        **NEW,
        "name_en": "",
        "earned.metric": "nothing",
        "earned.at_least": "",
    }
    told = made(admin, sent)
    assert 'role="alert"' in told
    assert 'id="f-earned-at-least-error"' in told
    assert "This field is required." in told
    told = made(admin, {**begun, **NEW, "earned.metric": "nothing"})
    assert 'id="f-earned-metric-error"' in told
    assert not Badge.objects.filter(key="own").exists()


def test_an_amendment_keeps_form_and_period_and_needs_a_reason(admin: Client) -> None:
    path = reverse("challenges:badge_change", args=["hat-trick"])
    begun = {**controls(admin, path), "reason": "Shorter"}
    refused = admin.post(path, {**begun, "earned.per": "week"})
    assert refused.status_code == 200
    assert "An amendment keeps the form of the rule" in refused.content.decode()
    assert admin.post(path, {**begun, "reason": ""}).status_code == 200
    assert newest("hat-trick").number == 1
    assert admin.post(path, {**begun, "earned.at_least": "4"}).status_code == 302
    assert newest("hat-trick").number == 2


def test_the_words_follow_the_fields(admin: Client) -> None:
    path = reverse("challenges:badge_new")
    begun: dict[str, Any] = {**controls(admin, path), "do": "show", "earned.at_least": "9"}
    assert "In one month: at least 9 “Deals won”." in admin.post(path, begun).content.decode()
    begun["earned.at_least"] = "none"
    told = admin.post(path, begun).content.decode()
    assert "Not complete yet" in told
