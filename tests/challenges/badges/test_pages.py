"""Pages of badges and jerseys: what they say, to whom, and who gets nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from celery import current_app
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from challenges import services as challenges
from challenges.badges import services, tasks
from challenges.models import Badge, BadgeAward, BadgeRule
from kpis.services import recompute_touched
from people.models import Assignment, Person, Right, User
from tests.challenges.badges.cabinet import call, cancelled, held, look, made
from tests.challenges.badges.test_jerseys import a_month
from tests.kpis.crew import Crew, at

NOW = at("2026-03-20 18:00")
GIVEN: dict[str, object] = {"form": "given", "by": "anyone", "monthly_cap": 5}


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page(who: User, name: str, *args: object, **query: int) -> str:
    """The text of a page that the user may open."""
    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.get(reverse(f"challenges:{name}", args=args), query)
    assert response.status_code == 200, response.status_code
    return " ".join(response.content.decode().split())


def status(who: User, name: str, *args: object, **query: int) -> int:
    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.get(reverse(f"challenges:{name}", args=args), query).status_code


def posted(who: User, name: str, *args: object, **form: object) -> tuple[int, str]:
    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    query = "?as=document" if "document" in form else ""
    response = client.post(reverse(f"challenges:{name}", args=args) + query, form)
    return response.status_code, response.content.decode()


def english(crew: Crew) -> None:
    for person in Person.objects.all():
        crew.user_of(person)
    User.objects.update(language="en")


def three(crew: Crew) -> None:
    """Léa's three calls of the 19th and of the 20th; one of the 19th was cancelled."""
    made("Busy", {"form": "threshold", "metric": "calls", "at_least": 3, "per": "day"}, points=60)
    for day in ("19", "20"):
        for hour in ("09", "10", "11"):
            call(f"c{day}{hour}", f"2026-03-{day} {hour}:00")
    look("2026-03-20 11:30")
    cancelled("c1909", "2026-03-20 12:00")
    look("2026-03-20 12:30")
    assert held() == [("Busy", "Léa", "2026-03-20")]


def test_my_page_shows_what_i_have_what_comes_next_and_what_was_taken_back(bare: Crew) -> None:
    three(bare)
    made("Deals", {"form": "threshold", "metric": "deals_won", "at_least": 4, "per": "month"})
    call("d1", "2026-03-19 09:00", kind="deal_won", amount=10)
    recompute_touched()
    english(bare)
    text = page(bare.user_of(bare.lea), "badges")
    earned, taken = text.index(">Earned<"), text.index(">Taken back<")
    assert "Busy" in text[earned:taken]
    assert "The record c1909 was cancelled." in text[taken:]
    assert "At least" not in text or "On one day: at least 3 “Calls made”." in text
    ahead = text[text.index(">Next<") : earned]
    assert "Deals" in ahead
    assert "<b>1</b> / 4" in ahead
    assert "Busy" not in ahead
    assert "2 days" in text  # the run: the 19th and the 20th


def test_others_see_what_i_have_and_nothing_that_was_taken_back(bare: Crew) -> None:
    three(bare)
    english(bare)
    paul = bare.user_of(bare.paul)  # leads South, where Léa is now
    noor = bare.user_of(bare.noor)  # her colleague there
    hugo = bare.user_of(bare.hugo)  # in North
    for who in (paul, noor):
        text = page(who, "badge_person", bare.lea.pk)
        assert "Busy" in text
        assert "cancelled" not in text
    assert status(hugo, "badge_person", bare.lea.pk) == 404
    assert status(hugo, "badge_person", 10**9) == 404


def test_who_wants_no_public_rank_is_seen_only_by_who_is_responsible(bare: Crew) -> None:
    three(bare)
    english(bare)
    challenges.set_face(actor=None, person=bare.lea, nickname="", hidden=True)
    assert status(bare.user_of(bare.noor), "badge_person", bare.lea.pk) == 404
    assert status(bare.user_of(bare.paul), "badge_person", bare.lea.pk) == 200
    assert status(bare.user_of(bare.lea), "badges") == 200


def test_a_badge_is_given_to_a_colleague_and_the_person_reads_the_sentence(crew: Crew) -> None:
    english(crew)
    noor = crew.user_of(crew.noor)
    said = {"person": crew.lea.pk, "badge": "helping-hand", "sentence": "She saved my demo."}
    assert posted(noor, "badge_give", **said)[0] == 302
    assert "She saved my demo." in page(crew.user_of(crew.lea), "badges")
    code, again = posted(noor, "badge_give", **said)
    assert code == 200
    assert "has this badge for this month already" in again
    assert BadgeAward.objects.count() == 1


def test_nobody_gives_to_strangers_nor_a_managers_badge_without_leading(crew: Crew) -> None:
    english(crew)
    noor, paul = crew.user_of(crew.noor), crew.user_of(crew.paul)
    stranger = {"person": crew.hugo.pk, "badge": "helping-hand", "sentence": "Hello"}
    salute = {"person": crew.lea.pk, "badge": "manager-salute", "sentence": "Well done"}
    assert posted(noor, "badge_give", **stranger)[0] == 200
    assert posted(noor, "badge_give", **salute)[0] == 200
    assert BadgeAward.objects.count() == 0
    assert posted(paul, "badge_give", **salute)[0] == 302
    assert BadgeAward.objects.count() == 1


def test_a_badge_of_a_team_is_given_to_its_people_only(crew: Crew) -> None:
    """In March Noor and Léa are in South; Hugo is in North, which Inès leads."""
    english(crew)
    made("north", GIVEN, points=20, team=crew.north, begun=None)
    made("south", GIVEN, points=20, team=crew.south, begun=None)
    noor, said = crew.user_of(crew.noor), {"sentence": "Thank you"}
    shown = page(noor, "badge_give")
    assert 'value="south"' in shown
    assert 'value="north"' not in shown
    assert posted(noor, "badge_give", person=crew.lea.pk, badge="north", **said)[0] == 200
    # who is in both teams' reach is offered both, and still told who each is for
    Assignment.objects.filter(person=crew.paul).update(team=crew.west)
    code, told = posted(
        crew.user_of(crew.paul), "badge_give", person=crew.lea.pk, badge="north", **said
    )
    assert (code, BadgeAward.objects.count()) == (200, 0)
    assert "only for people of one team" in told
    assert posted(noor, "badge_give", person=crew.lea.pk, badge="south", **said)[0] == 302


def test_who_gives_to_somebody_hidden_lands_in_the_gallery_and_reads_the_shown_name(
    crew: Crew,
) -> None:
    english(crew)
    challenges.set_face(actor=None, person=crew.lea, nickname="Fox", hidden=True)
    client = Client()
    client.force_login(
        crew.user_of(crew.noor), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    said = {"person": crew.lea.pk, "badge": "helping-hand", "sentence": "Thank you"}
    there = client.post(reverse("challenges:badge_give"), said, follow=True)
    assert (there.status_code, there.redirect_chain) == (
        200, [(reverse("challenges:badge_gallery"), 302)]
    )  # fmt: skip
    assert "Fox has “Helping hand” now." in there.content.decode()
    twice = client.post(reverse("challenges:badge_give"), said).content.decode()
    assert "has this badge for this month already" in twice
    assert "Léa" not in twice


def test_only_administrators_make_badges_that_give_many_points_away(crew: Crew) -> None:
    english(crew)
    paul = crew.user_of(crew.paul)
    said = {"name_en": "Thanks", "name_fr": "Merci", "art": "heart", "team": crew.south.pk,
            "document": "form: given\nby: anyone\nmonthly_cap: 100\n"}  # fmt: skip
    code, told = posted(paul, "badge_new", points=21, **said)
    assert code == 200
    assert "carries 20 points at most" in told
    assert posted(paul, "badge_new", points=20, **said)[0] == 302
    change = {"document": said["document"], "reason": "More"}
    assert posted(paul, "badge_change", "thanks", points=21, **change)[0] == 200
    assert posted(crew.admin, "badge_change", "thanks", points=900, **change)[0] == 302


def test_a_badge_is_made_amended_and_retired_by_those_who_may(crew: Crew) -> None:
    english(crew)
    paul = crew.user_of(crew.paul)
    User.objects.filter(pk=crew.admin.pk).update(rights=[Right.ADMIN], language="en")
    said = {"name_en": "Six", "name_fr": "Six", "art": "bolt", "points": 3,
            "document": "form: threshold\nmetric: calls\nat_least: 6\nper: day\n"}  # fmt: skip
    assert posted(paul, "badge_new", team="everybody", **said)[0] == 200  # not for everybody
    assert posted(paul, "badge_new", team=crew.north.pk, **said)[0] == 200  # not his team
    assert not Badge.objects.filter(key="six").exists()
    assert posted(paul, "badge_new", team=crew.south.pk, **said)[0] == 302
    assert posted(crew.admin, "badge_new", team="everybody", **{**said, "name_en": "All"})[0] == 302
    assert status(paul, "badge_change", "all") == 404
    change = {"document": said["document"].replace("6", "7"), "points": 4, "reason": "More"}  # type: ignore[attr-defined]  # a text
    code, _wrong = posted(paul, "badge_change", "six", **{**change, "reason": ""})
    assert code == 200
    assert posted(paul, "badge_change", "six", **change)[0] == 302
    assert list(
        BadgeRule.objects.filter(badge__key="six")
        .order_by("number")
        .values_list("points", flat=True)
    ) == [3, 4]
    assert posted(paul, "badge_retire", "six")[0] == 302
    assert Badge.objects.get(key="six").retired
    assert posted(paul, "badge_retire", "all")[0] == 404
    assert posted(paul, "badge_retire", "six", again="1")[0] == 302
    assert not Badge.objects.get(key="six").retired
    assert posted(crew.user_of(crew.noor), "badge_retire", "six")[0] == 404


def test_the_gallery_says_every_shipped_rule_in_both_languages(crew: Crew) -> None:
    english(crew)
    noor = crew.user_of(crew.noor)
    text = page(noor, "badge_gallery")
    for said in (
        "The first of all: “Deals won”.",
        "At least 2 “Calls made” on one day, from 07:00 to 10:00.",
        "In one week: at least 4 “Meetings held”.",
        "More “Booked revenue” than in any month before.",
        "At the end of a month: “Win rate” at 40% or more.",
        "5 own working days in a row with at least 1 “Calls made” each.",
        "In one month: all of these badges: Hat-trick, Four strong weeks.",
    ):
        assert said in text, said
    User.objects.update(language="fr")
    assert "Première signature" in page(noor, "badge_gallery")


def test_the_jerseys_of_a_month_show_the_top_and_oneself(crew: Crew) -> None:
    a_month(crew)
    recompute_touched()
    english(crew)
    text = page(crew.admin, "jerseys", team=crew.west.pk)
    assert "Provisional" in text
    yellow = text[text.index("Yellow jersey") : text.index("Green jersey")]
    assert yellow.index("Hugo Petit") < yellow.index("Léa Martin")
    assert ("80%" in yellow, "50%" in yellow) == (True, True)
    services.sign_due_months(at=at("2026-04-20 09:00"))
    assert "Official" in page(crew.admin, "jerseys", team=crew.west.pk)


def test_jerseys_of_other_teams_are_not_there_and_hidden_people_have_no_name(crew: Crew) -> None:
    a_month(crew)
    recompute_touched()
    english(crew)
    Assignment.objects.filter(person=crew.noor).update(team=crew.west)
    challenges.set_face(actor=None, person=crew.hugo, nickname="", hidden=True)
    noor = crew.user_of(crew.noor)
    assert status(noor, "jerseys", team=crew.south.pk) == 404
    text = page(noor, "jerseys", team=crew.west.pk)
    assert "Hugo" not in text
    assert "Somebody who is not shown" in text
    assert "Léa Martin" in text
    assert "Hugo Petit" in page(crew.user_of(crew.hugo), "jerseys", team=crew.north.pk)


def test_the_line_of_the_cockpit_tells_badges_run_and_jersey(bare: Crew) -> None:
    three(bare)
    a_month(bare)
    recompute_touched()
    english(bare)
    text = page(bare.user_of(bare.lea), "badge_line")
    assert "1 badge<" in text
    assert "run of 2 days" in text
    assert "Green jersey: most points" in text
    assert status(bare.admin, "badge_line") == 404


def test_provisional_jerseys_are_made_by_a_worker_and_read_by_pages(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_month(crew)
    recompute_touched()
    english(crew)
    sent: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args=(), **_more: sent.append((name, list(args)))
    )

    def yellow() -> str:
        text = page(crew.admin, "jerseys", team=crew.west.pk)
        return text[text.index("Yellow jersey") : text.index("Green jersey")]

    assert yellow().index("Hugo Petit") < yellow().index("Léa Martin")
    assert sent == []  # made by the first reader, and not a minute old
    call("d3", "2026-03-11 09:00", "P1", kind="deal_won", amount=500)
    recompute_touched()
    sent.clear()
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        with CaptureQueriesContext(connection) as asked:
            assert yellow().index("Hugo Petit") < yellow().index("Léa Martin")
        assert not [one for one in asked.captured_queries if "kpis_cell" in one["sql"]]
        yellow()
        assert sent == [("challenges.keep_jerseys", ["2026-03-01"])]  # two readers, asked once
        tasks.keep_jerseys(*sent[0][1])
        assert yellow().index("Léa Martin") < yellow().index("Hugo Petit")
        assert sent == [("challenges.keep_jerseys", ["2026-03-01"])]
