"""Who reads what in the feed, praise, reactions, pages; and celebrations once per viewer.

By the real clock: today Léa and Noor are of South, which Paul leads, Hugo of North, led by Inès.
"""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import close_old_connections, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges import services as challenges
from challenges.feed import deriving, queries, services
from challenges.models import Celebrated, EventKind, FeedEvent, Praise, Reaction
from challenges.topics import can_listen_to_feed
from common.models import AuditEntry
from kernel.issues import Invalid
from people.access import NOBODY, Viewer, viewer_of
from people.models import Person, User
from tests.challenges.feed.test_deriving import signed
from tests.challenges.games import AFTER_CUT_OFF, win
from tests.challenges.test_pages import client_of, read, text_of
from tests.kpis.crew import Crew, make_crew


def viewer(crew: Crew, person: Person) -> Viewer:
    return viewer_of(crew.user_of(person))


def praised(crew: Crew, **more: object) -> Praise:
    """Hugo of North thanks Léa of South."""
    words = {"writer": crew.hugo, "person": crew.lea, "about": "Your advice", "text": "It worked."}
    return services.write_praise(actor=None, **{**words, **more})  # type: ignore[arg-type]  # as keywords


def deal(person: Person, team_id: int, *, at: datetime | None = None, key: str = "d1") -> FeedEvent:
    moment = at or timezone.now()
    return FeedEvent.objects.create(
        key=f"deal:crm:{key}", kind=EventKind.DEAL, at=moment, happened_at=moment,
        person=person, team_id=team_id, detail={"from": "1000", "shared": False},
    )  # fmt: skip


def readers(crew: Crew, event: FeedEvent, among: Sequence[Person] = ()) -> list[str]:
    people = among or (crew.lea, crew.noor, crew.paul, crew.hugo, crew.ines)
    return [
        one.first_name
        for one in people
        if queries.visible_events(viewer(crew, one)).filter(pk=event.pk).exists()
    ]


# --- who reads what ---------------------------------------------------------------------------


def test_what_happened_to_somebody_is_read_by_their_team_and_who_leads_it(crew: Crew) -> None:
    event = deal(crew.lea, crew.south.pk)
    assert readers(crew, event) == ["Léa", "Noor", "Paul"]
    assert queries.visible_events(viewer_of(crew.admin)).get() == event
    assert not queries.visible_events(NOBODY).exists()


def test_praise_is_read_by_its_writer_too(crew: Crew) -> None:
    event = praised(crew).event
    assert readers(crew, event) == ["Léa", "Noor", "Paul", "Hugo"]


def test_a_result_is_read_by_whom_the_challenge_exists_for(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = signed()
    of_north = challenges.create_challenge(actor=None, document=_march(), team_keys=["north"])
    of_north = challenges.launch(actor=None, challenge=of_north, at=AFTER_CUT_OFF)
    of_north = challenges.make_official(actor=None, challenge=of_north, at=AFTER_CUT_OFF)
    deriving.derive_results(at=AFTER_CUT_OFF)
    by_challenge = {one.challenge_id: one for one in FeedEvent.objects.all()}

    everybody = ["Léa", "Noor", "Paul", "Hugo", "Inès"]
    assert readers(crew, by_challenge[challenge.pk]) == everybody
    # Léa sold in North in March, so she played; Noor and Paul are of South
    assert readers(crew, by_challenge[of_north.pk]) == ["Léa", "Hugo", "Inès"]


def _march() -> dict[str, object]:
    return {
        "key": "north", "window": {"start": "2026-03-01", "end": "2026-04-01"},
        "format": "most", "score": {"metric": "revenue"},
    }  # fmt: skip


def test_who_opted_out_is_told_of_to_nobody_but_themselves(crew: Crew) -> None:
    event, words = deal(crew.lea, crew.south.pk), praised(crew).event
    face = {"actor": None, "person": crew.lea, "nickname": "", "hidden": False}
    challenges.set_face(**face, off_feed=True)  # type: ignore[arg-type]  # as keywords
    assert readers(crew, event) == readers(crew, words) == ["Léa"]
    assert not queries.visible_events(viewer_of(crew.admin)).exists()
    with pytest.raises(Invalid):
        praised(crew)
    assert "Léa" not in read(client_of(crew.user_of(crew.hugo)), "praise")
    challenges.set_face(**face)  # type: ignore[arg-type]  # as keywords
    assert readers(crew, event) == ["Léa", "Noor", "Paul"]


def test_a_winner_who_wants_no_public_rank_is_not_named(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    signed()
    deriving.derive_results(at=AFTER_CUT_OFF)
    named = "“March sprint” is official. Won by Hugo Petit, Léa Martin."
    assert named in read(client_of(crew.user_of(crew.noor)), "feed")
    challenges.set_face(actor=None, person=crew.hugo, nickname="", hidden=True)
    challenges.set_face(actor=None, person=crew.lea, nickname="Fox", hidden=False)
    assert "Won by Fox and 1 other." in read(client_of(crew.user_of(crew.noor)), "feed")
    assert named in read(client_of(crew.admin), "feed")
    assert "500" not in read(client_of(crew.admin), "feed")


def test_the_topic_tells_only_that_something_changed(crew: Crew) -> None:
    assert can_listen_to_feed(viewer(crew, crew.lea), "")
    assert not can_listen_to_feed(viewer(crew, crew.lea), "12")
    assert not can_listen_to_feed(NOBODY, "")


# --- pages ------------------------------------------------------------------------------------


def test_pages_follow_one_another_without_a_gap_whatever_comes_meanwhile(crew: Crew) -> None:
    now = timezone.now()
    for number in range(7):
        deal(crew.lea, crew.south.pk, at=now - timedelta(hours=number // 2), key=f"d{number}")
    seen, before = list[str](), None
    noor = viewer(crew, crew.noor)
    while True:
        page = queries.feed_page(noor, before, size=2)
        seen += [one.key for one in page.events]
        deal(crew.lea, crew.south.pk, key=f"new{len(seen)}")
        if page.older is None:
            break
        before = queries.read_place(str(page.older))
    order = FeedEvent.objects.exclude(key__contains="new").order_by("-at", "-id")
    assert seen == list(order.values_list("key", flat=True))


@pytest.mark.parametrize("text", ["", "x", "2026-03-10~1", "2026-03-10T10:00:00+00:00~x", "~"])
def test_a_place_that_nobody_wrote_is_the_beginning(crew: Crew, text: str) -> None:
    assert queries.read_place(text) is None
    client = client_of(crew.user_of(crew.lea))
    assert client.get(reverse("challenges:feed"), {"before": text}).status_code == 200


def test_the_cockpit_shows_the_newest_and_an_empty_one_says_what_comes(crew: Crew) -> None:
    client = client_of(crew.user_of(crew.noor))
    cockpit = reverse("cockpit:me")
    assert "Nothing yet" in text_of(client.get(cockpit).content.decode())
    deal(crew.lea, crew.south.pk)
    assert "Léa Martin won a large deal." in text_of(client.get(cockpit).content.decode())


# --- praise -----------------------------------------------------------------------------------


def test_words_are_written_read_and_withdrawn_by_their_writer_alone(crew: Crew) -> None:
    hugo, noor = (client_of(crew.user_of(one)) for one in (crew.hugo, crew.noor))
    words = {"person": crew.lea.pk, "about": "Your advice", "text": "It worked."}
    sent = hugo.post(reverse("challenges:praise"), words, follow=True)
    praise = Praise.objects.get()
    told = "Hugo Petit praises Léa Martin for: Your advice It worked."
    assert "You praise Léa Martin for: Your advice" in text_of(sent.content.decode())
    assert told in read(noor, "feed")
    assert _post(noor, "praise_withdraw", praise.pk) == 404
    assert _post(hugo, "praise_withdraw", praise.pk) == 302
    assert _post(hugo, "praise_withdraw", praise.pk) == 302
    assert told not in read(noor, "feed")
    acts = AuditEntry.objects.filter(action__startswith="praise.").order_by("id")
    assert list(acts.values_list("action", flat=True)) == ["praise.write", "praise.withdraw"]


def _post(client: Client, name: str, *args: object, **data: str) -> int:
    return client.post(reverse(f"challenges:{name}", args=args), data).status_code


def test_a_manager_hides_words_with_a_reason_that_the_writer_reads(crew: Crew) -> None:
    praise = praised(crew)
    paul, ines = (client_of(crew.user_of(one)) for one in (crew.paul, crew.ines))
    noor = client_of(crew.user_of(crew.noor))
    assert _post(noor, "praise_hide", praise.pk, reason="No") == 404
    assert _post(paul, "praise_hide", praise.pk, reason=" ") == 200
    assert _post(paul, "praise_hide", praise.pk, reason="Names a customer") == 302
    assert _post(ines, "praise_hide", praise.pk, reason="Again") == 302
    praise.refresh_from_db()
    assert (praise.hidden_why, praise.hidden_by) == ("Names a customer", crew.user_of(crew.paul))
    assert "It worked." not in read(noor, "feed")
    assert "Names a customer" in read(client_of(crew.user_of(crew.hugo)), "feed")


def test_the_two_themselves_do_not_hide_it(crew: Crew) -> None:
    praise = praised(crew, writer=crew.paul)
    assert [
        queries.may_hide(viewer(crew, one), praise) for one in (crew.paul, crew.lea, crew.ines)
    ] == [False, False, False]
    assert queries.may_hide(viewer_of(crew.admin), praise)


@pytest.mark.parametrize(
    "words", [{"about": " "}, {"text": "\n"}, {"person": None}], ids=["about", "text", "oneself"]
)
def test_no_words_and_oneself_are_refused(crew: Crew, words: dict[str, object]) -> None:
    if words == {"person": None}:
        words = {"person": crew.hugo}
    with pytest.raises(Invalid):
        praised(crew, **words)
    assert not FeedEvent.objects.exists()


def test_281_characters_are_too_many(crew: Crew) -> None:
    hugo = client_of(crew.user_of(crew.hugo))
    words = {"person": str(crew.lea.pk), "about": "Advice", "text": "x" * 281}
    assert _post(hugo, "praise", **words) == 200
    assert _post(hugo, "praise", **{**words, "text": "x" * 280}) == 302


# --- reactions --------------------------------------------------------------------------------


def test_one_of_each_kind_per_person_and_it_can_be_taken_off(crew: Crew) -> None:
    event = deal(crew.lea, crew.south.pk)
    noor, paul = (client_of(crew.user_of(one)) for one in (crew.noor, crew.paul))
    for client, kind in ((noor, "bravo"), (noor, "bravo"), (noor, "strong"), (paul, "bravo")):
        assert _post(client, "react", event.pk, kind, wanted="1") == 302
    assert Reaction.objects.count() == 3
    assert "Bravo 2 Strong 1 Thank you Inspiring" in read(noor, "feed")
    assert _post(noor, "react", event.pk, "bravo", wanted="0") == 302
    assert "Bravo 1 Strong 1 Thank you Inspiring" in read(noor, "feed")
    page = noor.get(reverse("challenges:feed")).content.decode()
    assert page.count('aria-pressed="true"') == 1 + _elsewhere(page)


def _elsewhere(page: str) -> int:
    """The switches of language and colours are pressed buttons too."""
    return page.split('id="main"')[0].count('aria-pressed="true"')


def test_reactions_to_what_one_cannot_read_to_oneself_and_of_no_kind_are_not_found(
    crew: Crew,
) -> None:
    event = deal(crew.lea, crew.south.pk)
    lea, hugo, noor = (client_of(crew.user_of(p)) for p in (crew.lea, crew.hugo, crew.noor))
    assert _post(hugo, "react", event.pk, "bravo", wanted="1") == 404
    assert _post(lea, "react", event.pk, "bravo", wanted="1") == 404
    assert _post(noor, "react", event.pk, "boo", wanted="1") == 404
    assert _post(noor, "react", event.pk, "bravo", wanted="1") == 302
    assert Reaction.objects.count() == 1


def test_a_browser_gets_the_reactions_of_the_entry_back(crew: Crew) -> None:
    event = deal(crew.lea, crew.south.pk)
    noor = client_of(crew.user_of(crew.noor))
    address = reverse("challenges:react", args=[event.pk, "bravo"])
    answer = noor.post(address, {"wanted": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert text_of(answer) == "Bravo 1 Strong Thank you Inspiring"
    assert f'id="reactions-{event.pk}"' in answer


# --- celebrations -----------------------------------------------------------------------------


def celebrated(client: Client) -> str:
    return text_of(client.post(reverse("challenges:celebrate")).content.decode())


def test_a_large_deal_is_celebrated_once_for_each_viewer(crew: Crew) -> None:
    deal(crew.lea, crew.south.pk)
    noor, paul, hugo = (client_of(crew.user_of(p)) for p in (crew.noor, crew.paul, crew.hugo))
    told = "Léa Martin won a large deal."
    assert [celebrated(noor), celebrated(noor), celebrated(paul)] == [told, "", told]
    assert celebrated(hugo) == ""
    assert Celebrated.objects.count() == 2


def test_yesterdays_and_what_is_taken_back_are_not(crew: Crew) -> None:
    now = timezone.now()
    deal(crew.lea, crew.south.pk, at=now - timedelta(days=1, seconds=1))
    gone = deal(crew.lea, crew.south.pk, key="d2")
    FeedEvent.objects.filter(pk=gone.pk).update(taken_back_at=now)
    praised(crew)
    assert celebrated(client_of(crew.user_of(crew.noor))) == ""


def test_a_finished_challenge_is_celebrated_and_an_amended_result_is_not(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    signed()
    deriving.derive_results(at=AFTER_CUT_OFF)
    FeedEvent.objects.update(at=timezone.now())
    noor, hugo = (client_of(crew.user_of(p)) for p in (crew.noor, crew.hugo))
    assert "“March sprint” is official. Won by Léa Martin." in celebrated(noor)
    event = FeedEvent.objects.get()
    FeedEvent.objects.update(detail={**event.detail, "amended": True})
    assert celebrated(hugo) == ""


@pytest.mark.django_db(transaction=True)
def test_two_windows_of_one_viewer_celebrate_once() -> None:
    crew = make_crew()
    event = deal(crew.lea, crew.south.pk)
    user: User = crew.user_of(crew.noor)
    together, noted = threading.Barrier(3), list[frozenset[int]]()

    def work() -> None:
        close_old_connections()
        try:
            together.wait(30)
            noted.append(services.note_celebrated(event_ids=[event.pk], user_id=user.pk))
        finally:
            connection.close()

    windows = [threading.Thread(target=work, daemon=True) for _ in range(3)]
    for window in windows:
        window.start()
    for window in windows:
        window.join(60)

    assert sorted(map(len, noted)) == [0, 0, 1]


def test_the_page_asks_for_celebrations_in_a_place_that_is_read_out(crew: Crew) -> None:
    page = client_of(crew.user_of(crew.noor)).get(reverse("cockpit:me")).content.decode()
    place = page[page.index('id="celebrations"') - 5 :][:300]
    assert 'role="status"' in place
    assert 'hx-trigger="load, live"' in place


def test_everything_is_said_in_french_too(crew: Crew) -> None:
    praised(crew)
    told: list[tuple[EventKind, dict[str, object]]] = [
        (EventKind.DEAL, {"from": "1000", "shared": False}),
        (EventKind.DEAL, {"from": "1000", "shared": True}),
        (EventKind.RECORD, {"metric": "calls", "month": "2026-10-01"}),
        (EventKind.BADGE, {"fr": "Étoile", "en": "Star", "art": ""}),
        (EventKind.JERSEY, {"jersey": "yellow", "month": "2026-10-01"}),
    ]
    for number, (kind, detail) in enumerate(told):
        FeedEvent.objects.create(
            key=f"entry {number}", kind=kind, at=timezone.now(), happened_at=timezone.now(),
            person=crew.lea, team=crew.south, detail=detail,
        )  # fmt: skip
    page = read(client_of(crew.user_of(crew.noor), "fr"), "feed")
    said = [
        "Hugo Petit félicite Léa Martin pour : Your advice",
        "Léa Martin a gagné une grosse affaire.",
        "Léa Martin, avec d’autres, a gagné une grosse affaire.",
        "Léa Martin a connu en octobre 2026 son meilleur mois en deux ans :",
        "Léa Martin a le badge « Étoile ».",
        "Léa Martin porte le maillot jaune",
    ]
    assert [sentence for sentence in said if sentence not in page] == []
