"""What entrants see of a board: how much, of when, and under which names; per kind of viewer."""

from collections.abc import Mapping

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from challenges import queries, services
from challenges.models import Challenge, Face
from challenges.topics import can_listen_to_challenge, can_listen_to_live_challenge
from common.models import AuditEntry
from kernel.issues import Invalid
from people.access import viewer_of
from people.models import Person, User
from tests.challenges.games import AFTER_CUT_OFF, MARCH, MID_MARCH, live, made, rescore, win
from tests.challenges.test_pages import client_of, crowd, read, text_of
from tests.kpis.crew import Crew, at

FROZEN = {"visibility": {"freeze": "10 %"}}
# 31 days less the hour of the clock change: the last tenth begins on 28 March, 20:42
FREEZE = at("2026-03-28 20:42")
LATER = at("2026-03-30 09:00")


def names(challenge: Challenge, user: User) -> list[tuple[int | None, str]]:
    shown = queries.board(challenge, viewer_of(user))
    return [(row.standing.rank, row.name) for row in shown.rows]


def scores(challenge: Challenge, user: User) -> list[tuple[int | None, str, str | None]]:
    shown = queries.board(challenge, viewer_of(user))
    return [(r.standing.rank, r.name.split()[0], r.standing.score_text) for r in shown.rows]


def frozen(crew: Crew, more: Mapping[str, object] | None = None) -> Challenge:
    """Hugo leads when it is frozen; then Léa overtakes him."""
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live({**FROZEN, **(more or {})})
    rescore(challenge, at("2026-03-20 09:00"))
    win("d3", "2026-03-29 11:00", "P1", 500)
    rescore(challenge, LATER)
    challenge.refresh_from_db()
    return challenge


BEFORE = [(1, "Hugo", "1000"), (2, "Léa", "900")]
NOW = [(1, "Léa", "1400"), (2, "Hugo", "1000")]


# --- how much ---------------------------------------------------------------------------------


def test_top_and_neighbours_are_as_the_rules_say(crew: Crew) -> None:
    crowd(crew)
    win("d1", "2026-03-10 11:00", "P1", 905)
    challenge = live({"visibility": {"top": 1, "neighbours": 1}})
    me = crew.user_of(crew.lea)

    assert names(challenge, me) == [(1, "Zed 00"), (10, "Zed 09"), (11, "Léa Martin"),
                                    (12, "Zed 10")]  # fmt: skip


def test_the_top_may_be_a_share_of_the_ranked(crew: Crew) -> None:
    crowd(crew)
    challenge = live({"visibility": {"top": 1, "top_share": "10 %", "neighbours": 0}})
    me = crew.user_of(crew.lea)

    # 20 are ranked; Léa is not, and sees the top and herself
    assert names(challenge, me) == [(1, "Zed 00"), (2, "Zed 01"), (None, "Léa Martin")]


def test_the_bottom_is_shown_to_nobody_but_those_who_see_figures(crew: Crew) -> None:
    crowd(crew)
    challenge = live({"visibility": {"top": 2, "neighbours": 0}})
    total = queries.board(challenge, viewer_of(crew.admin)).total

    assert len(names(challenge, crew.admin)) == total == 23
    # Paul leads South, where the crowd and two of the crew play
    assert len(names(challenge, crew.user_of(crew.paul))) == 22


# --- of when ----------------------------------------------------------------------------------


@time_machine.travel(LATER, tick=False)
def test_the_public_board_stands_still_and_managers_see_it_live(crew: Crew) -> None:
    challenge = frozen(crew)
    public = [crew.user_of(crew.hugo), crew.user_of(crew.lea)]
    live_for = [crew.admin, crew.user_of(crew.ines), crew.user_of(crew.paul)]

    assert [scores(challenge, user)[:2] for user in public] == [BEFORE, BEFORE]
    assert [scores(challenge, user)[:2] for user in live_for] == [NOW, NOW, NOW]


@pytest.mark.parametrize(
    ("moment", "board"), [("2026-03-28 20:30", NOW), ("2026-03-28 20:50", BEFORE)]
)
def test_it_stands_still_from_the_stated_moment(
    crew: Crew, moment: str, board: list[object]
) -> None:
    challenge = frozen(crew)
    with time_machine.travel(at(moment), tick=False):
        seen = scores(challenge, crew.user_of(crew.hugo))[:2]

    assert challenge.frozen_from == FREEZE
    assert seen == board


@time_machine.travel(LATER, tick=False)
def test_what_arrives_late_does_not_move_the_frozen_board(crew: Crew) -> None:
    challenge = frozen(crew)
    win("d4", "2026-03-12 11:00", "P1", 5000, known=LATER)
    rescore(challenge, LATER)

    assert scores(challenge, crew.user_of(crew.hugo))[:2] == BEFORE


@time_machine.travel(LATER, tick=False)
def test_pages_fragments_and_reasons_tell_nothing_of_the_frozen_part(crew: Crew) -> None:
    challenge = frozen(crew)
    rep, boss = client_of(crew.user_of(crew.lea)), client_of(crew.user_of(crew.paul))
    key = f"person:{crew.lea.pk}"
    pages: list[tuple[str, dict[str, object]]] = [
        ("page", {"challenge_id": challenge.pk}),
        ("board", {"challenge_id": challenge.pk}),
        ("explain", {"challenge_id": challenge.pk, "entrant_key": key}),
    ]
    public = " ".join(read(rep, name, **kwargs) for name, kwargs in pages)
    inside = " ".join(read(boss, name, **kwargs) for name, kwargs in pages)
    listed = text_of(rep.get(reverse("challenges:list")).content.decode())
    home = text_of(rep.get("/", follow=True).content.decode())

    assert "The board stands still" in public
    for hidden in ("1,400", "€500 ", "+€500"):
        assert hidden not in public.replace("€500.00", "")
    assert "1,400" in inside
    assert "you: 2 of 3" in listed
    assert "1,400" not in home


@time_machine.travel(LATER, tick=False)
def test_a_fragment_that_was_drawn_before_the_freeze_is_not_kept(crew: Crew) -> None:
    challenge = frozen(crew)
    rep = client_of(crew.user_of(crew.lea))
    address = reverse("challenges:board", args=[challenge.pk])
    with time_machine.travel(at("2026-03-28 20:00"), tick=False):
        moving = text_of(rep.get(address).content.decode())
    still = text_of(rep.get(address).content.decode())

    assert ("1,400" in moving, "1,400" in still) == (True, False)


@time_machine.travel(LATER, tick=False)
def test_the_stream_of_a_frozen_board_is_for_those_who_see_it_move(crew: Crew) -> None:
    challenge = frozen(crew)
    allowed = {
        user.email: (
            can_listen_to_challenge(viewer_of(user), str(challenge.pk)),
            can_listen_to_live_challenge(viewer_of(user), str(challenge.pk)),
        )
        for user in (crew.admin, crew.user_of(crew.paul), crew.user_of(crew.lea))
    }
    stranger = viewer_of(User.objects.create_user("out@example.org", "x"))

    assert allowed == {
        "admin@example.org": (True, True),
        "p5@example.org": (True, True),
        "p1@example.org": (True, False),
    }
    assert can_listen_to_live_challenge(stranger, str(challenge.pk)) is False


@time_machine.travel(LATER, tick=False)
def test_who_plays_is_not_ahead_of_the_others_though_they_lead(crew: Crew) -> None:
    win("d9", "2026-03-11 11:00", "P4", 10)
    challenge = frozen(crew, {"entrants": {"people": ["P1", "P2", "P4"]}})

    assert scores(challenge, crew.user_of(crew.ines))[:2] == BEFORE


def sign(challenge: Challenge) -> Challenge:
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)


def test_the_signature_reveals_the_board(crew: Crew) -> None:
    challenge = frozen(crew)
    rep = crew.user_of(crew.hugo)
    with time_machine.travel(at("2026-04-02 09:00"), tick=False):
        provisional = scores(challenge, rep)[:2]
    challenge = sign(challenge)
    with time_machine.travel(AFTER_CUT_OFF, tick=False):
        official = scores(challenge, rep)[:2]

    assert (provisional, official) == (BEFORE, NOW)


@time_machine.travel(AFTER_CUT_OFF, tick=False)
def test_a_ceremony_reveals_it_once_and_only_after_the_signature(crew: Crew) -> None:
    ceremony = {"visibility": {"freeze": "10 %", "reveal": "ceremony"}}
    challenge = frozen(crew, ceremony)
    rep = crew.user_of(crew.hugo)
    with pytest.raises(Invalid) as early:
        services.reveal(actor=crew.admin, challenge=challenge)
    challenge = sign(challenge)
    signed = scores(challenge, rep)[:2]
    client = client_of(crew.admin)
    page = read(client, "page", challenge_id=challenge.pk)
    client.post(reverse("challenges:act", args=[challenge.pk, "reveal"]))
    challenge.refresh_from_db()

    assert "Reveal" in page
    assert (signed, scores(challenge, rep)[:2]) == (BEFORE, NOW)
    assert AuditEntry.objects.filter(action="challenge.reveal").count() == 1
    with pytest.raises(Invalid) as again:
        services.reveal(actor=crew.admin, challenge=challenge)
    codes = [one.value.issues[0].code for one in (early, again)]
    assert codes == ["challenges.nothing_hidden"] * 2


@time_machine.travel(LATER, tick=False)
def test_what_is_called_off_is_not_frozen(crew: Crew) -> None:
    challenge = frozen(crew)
    services.cancel_challenge(actor=None, challenge=challenge, reason="Snow", at=LATER)
    challenge.refresh_from_db()

    assert scores(challenge, crew.user_of(crew.hugo))[:2] == NOW


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"freeze": "120 %"}, "not_a_share"),
        ({"top_share": "2"}, "not_a_share"),
        ({"reveal": "ceremony"}, "nothing_to_reveal"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    crew: Crew, wanted: dict[str, object], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        made({"visibility": wanted})

    assert [one.code for one in refused.value.issues] == [code]
    assert Challenge.objects.count() == 0


# --- under which names ------------------------------------------------------------------------


def level(crew: Crew) -> Challenge:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    return live()


def face(person: Person, nickname: str = "", *, hidden: bool = False) -> Face:
    return services.set_face(actor=None, person=person, nickname=nickname, hidden=hidden)


def test_others_read_the_nickname_and_managers_the_name(crew: Crew) -> None:
    challenge = level(crew)
    face(crew.hugo, "  The  Fox ")
    seen = {
        user.email: names(challenge, user)[0]
        for user in (
            crew.user_of(crew.lea), crew.user_of(crew.hugo), crew.user_of(crew.ines), crew.admin
        )
    }  # fmt: skip

    assert seen == {
        "p1@example.org": (1, "The Fox"),
        "p2@example.org": (1, "The Fox"),
        "p4@example.org": (1, "Hugo Petit"),
        "admin@example.org": (1, "Hugo Petit"),
    }
    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)
    assert ("The Fox" in page, "Hugo" in page) == (True, False)


def test_who_wants_no_public_rank_is_not_shown_and_wins_all_the_same(crew: Crew) -> None:
    challenge = level(crew)
    face(crew.hugo, hidden=True)
    rescore(challenge, at("2026-03-20 09:00"))
    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)

    assert names(challenge, crew.user_of(crew.lea)) == [(2, "Léa Martin")]
    assert names(challenge, crew.user_of(crew.hugo))[0] == (1, "Hugo Petit")
    assert names(challenge, crew.admin)[0] == (1, "Hugo Petit")
    assert "Hugo" not in page
    winner = challenge.standings.get(person=crew.hugo)
    assert [award["amount"] for award in winner.detail["awards"]] == [50000]


def test_a_new_face_is_drawn_at_once_and_audited(crew: Crew) -> None:
    challenge = level(crew)
    rep = client_of(crew.user_of(crew.lea))
    address = reverse("challenges:board", args=[challenge.pk])
    before = text_of(rep.get(address).content.decode())
    mine = client_of(crew.user_of(crew.hugo))
    sent = mine.post(reverse("challenges:face"), {"nickname": "Fox"})
    after = text_of(rep.get(address).content.decode())

    assert sent.status_code == 302
    assert ("Hugo" in before, "Hugo" in after, "Fox" in after) == (True, False, True)
    entry = AuditEntry.objects.get(action="challenge.face")
    assert entry.after == {
        "nickname": "Fox", "hidden": False, "off_duels": False, "off_feed": False,
        "off_screens": False,
    }  # fmt: skip


@pytest.mark.parametrize("taken", ["Léa Martin", "léa martin", "fox"])
def test_a_nickname_is_nobody_elses(crew: Crew, taken: str) -> None:
    face(crew.noor, "Fox")
    with pytest.raises(Invalid) as refused:
        face(crew.hugo, taken)

    assert [one.code for one in refused.value.issues] == ["challenges.nickname_taken"]
    assert list(Face.objects.values_list("person__number", flat=True)) == ["P3"]


def test_one_may_keep_ones_own_name_and_nickname(crew: Crew) -> None:
    face(crew.hugo, "Fox")
    assert face(crew.hugo, "Fox", hidden=True).hidden is True
    assert face(crew.hugo, "Hugo Petit").nickname == "Hugo Petit"


def test_only_a_person_has_a_face(crew: Crew) -> None:
    assert client_of(crew.admin).get(reverse("challenges:face")).status_code == 404
    assert Client().get(reverse("challenges:face")).status_code == 302


def test_rules_that_show_fewer_rows_and_move_none_are_drawn_at_once(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    win("d3", "2026-03-12 11:00", "P3", 100)
    challenge = live({"visibility": {"top": 3}})
    rep = client_of(crew.user_of(crew.noor))
    before = read(rep, "board", challenge_id=challenge.pk)
    version = challenge.version
    services.amend_challenge(
        actor=None, challenge=challenge, reason="Less to see", at=MID_MARCH,
        document={**MARCH, "visibility": {"top": 1, "neighbours": 0}},
    )  # fmt: skip
    after = read(rep, "board", challenge_id=challenge.pk)
    challenge.refresh_from_db()
    again = rescore(challenge, MID_MARCH)

    assert ("Léa" in before, "Léa" in after) == (True, False)
    assert ("Hugo" in after, "Noor" in after) == (True, True)
    assert (challenge.summary["rules"], challenge.version, again) == (2, version + 1, False)
