"""What people see of a challenge, and what they can do with it in a browser."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from challenges import services
from challenges.calc import parse_rules
from challenges.gathering.inputs import latest_rules
from challenges.models import Challenge, ChallengeState
from challenges.topics import can_listen_to_challenge
from common.formats import MISSING
from common.models import AuditEntry
from kpis.models import Metric
from people.access import viewer_of
from people.models import Assignment, Person, Role, User
from tests.challenges.controls import Controls, controls_of
from tests.challenges.games import AFTER_CUT_OFF, MID_MARCH, live, made, rescore, win
from tests.kpis.crew import Crew, at, cancel, event, record

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def client_of(user: User, language: str = "en") -> Client:
    user.language = language
    user.save()
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def text_of(html: str) -> str:
    """What a reader reads: no tags, one space between words."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def read(client: Client, name: str, **kwargs: object) -> str:
    response = client.get(reverse(f"challenges:{name}", kwargs=kwargs))
    assert response.status_code == 200
    return text_of(response.content.decode())


@pytest.fixture
def race(crew: Crew) -> Challenge:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    return live()


def crowd(crew: Crew) -> None:
    """Twenty more people of South; Z00 sells most, Z19 least."""
    ae = Role.objects.get(key="ae")
    for number in range(20):
        name = f"Z{number:02}"
        person = Person.objects.create(number=name, first_name="Zed", last_name=f"{number:02}")
        Assignment.objects.create(
            person=person, team=crew.south, role=ae, valid_from=at("2025-01-01 12:00").date()
        )
        win(f"z{number}", "2026-03-10 10:00", name, 1000 - number * 10)


def test_a_rep_reads_rules_board_gap_and_prizes(crew: Crew, race: Challenge) -> None:
    client = client_of(crew.user_of(crew.lea))
    page = read(client, "page", challenge_id=race.pk)

    assert "March sprint" in page
    assert "The score is the total of “Booked revenue” in the window." in page
    assert "1 Mar 2026, 00:00" in page or "1 Mar 2026 00:00" in page
    assert "€100 to rank 1" in page
    assert "€500.00" in page
    assert "rank 1" in page
    assert "100 points" in page
    assert "starting position, 1 record counts · – → €1,000 · rank – → 1" in page
    assert "Hugo Petit · +€1,000" in page


def test_the_page_in_french_has_french_figures(crew: Crew, race: Challenge) -> None:
    page = read(client_of(crew.user_of(crew.lea), "fr"), "page", challenge_id=race.pk)

    assert "Sprint de mars" in page
    assert "Chiffre d'affaires signé" in page
    assert "500,00 €" in page
    assert "1 000 €" in page


def test_no_public_bottom(crew: Crew) -> None:
    crowd(crew)
    win("d1", "2026-03-10 11:00", "P1", 885)
    challenge = live()
    rep = read(client_of(crew.user_of(crew.lea)), "board", challenge_id=challenge.pk)
    boss = read(client_of(crew.admin), "board", challenge_id=challenge.pk)

    names = re.findall(r"Zed \d\d", rep)
    assert list(dict.fromkeys(names)) == [
        "Zed 00", "Zed 01", "Zed 02", "Zed 10", "Zed 11", "Zed 12", "Zed 13",
    ]  # fmt: skip
    assert "Noor" not in rep
    assert "7 more" in rep
    assert len(set(re.findall(r"Zed \d\d", boss))) == 20
    assert "Noor Haddad" in boss


def test_who_is_not_of_the_audience_learns_nothing(crew: Crew) -> None:
    challenge = live(teams=("north",))
    noor = crew.user_of(crew.noor)

    for name in ("page", "board"):
        address = reverse(f"challenges:{name}", args=[challenge.pk])
        assert client_of(noor).get(address).status_code == 404
        assert client_of(crew.user_of(crew.hugo)).get(address).status_code == 200
    assert "March sprint" not in read(client_of(noor), "list")
    assert "March sprint" in read(client_of(crew.user_of(crew.hugo)), "list")
    assert not can_listen_to_challenge(viewer_of(noor), str(challenge.pk))
    assert can_listen_to_challenge(viewer_of(crew.user_of(crew.hugo)), str(challenge.pk))
    assert not can_listen_to_challenge(viewer_of(crew.admin), "nonsense")


def test_a_draft_is_seen_by_who_can_change_it_alone(crew: Crew) -> None:
    draft = made(teams=("north",))
    address = reverse("challenges:page", args=[draft.pk])

    assert client_of(crew.user_of(crew.ines)).get(address).status_code == 200
    assert client_of(crew.user_of(crew.hugo)).get(address).status_code == 404
    assert client_of(crew.user_of(crew.paul)).get(address).status_code == 404


def test_a_score_opens_into_its_records(crew: Crew, race: Challenge) -> None:
    win("d3", "2026-03-12 11:00", "P2", 40)
    record(cancel("d3"), recorded_at=at("2026-03-17 10:00"))
    rescore(race, at("2026-03-17 11:00"))
    client = client_of(crew.user_of(crew.hugo))
    page = read(client, "explain", challenge_id=race.pk, entrant_key=f"person:{crew.hugo.pk}")

    assert "d2 +€1,000" in page
    assert "Cancelled by crm:d3#2" in page
    assert page.index("Records that do not count") < page.index("Score €1,000")


def test_a_rep_does_not_read_the_records_of_others(crew: Crew, race: Challenge) -> None:
    address = reverse("challenges:explain", args=[race.pk, f"person:{crew.hugo.pk}"])

    assert client_of(crew.user_of(crew.lea)).get(address).status_code == 404
    assert client_of(crew.user_of(crew.ines)).get(address).status_code == 200


def test_an_amendment_is_public(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live({"after_official": {"policy": "amend"}})
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    services.make_official(actor=crew.admin, challenge=challenge, at=AFTER_CUT_OFF)
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    rescore(challenge, at("2026-04-20 09:00"))

    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)

    assert "Amended after signing" in page
    assert "Léa Martin 2 1 €900 €900" in page


def test_the_board_is_read_from_the_cache_and_never_stale(crew: Crew, race: Challenge) -> None:
    client = client_of(crew.user_of(crew.lea))
    first = read(client, "board", challenge_id=race.pk)
    win("d4", "2026-03-17 11:00", "P1", 500)
    assert read(client, "board", challenge_id=race.pk) == first
    rescore(race, at("2026-03-17 12:00"))

    assert "€1,400" in read(client, "board", challenge_id=race.pk)


def test_the_number_of_queries_does_not_grow_with_the_people(
    crew: Crew,
) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    client = client_of(crew.admin)

    def queries(name: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            read(client, name, challenge_id=challenge.pk)
        return len(seen)

    with CaptureQueriesContext(connection) as scoring:
        rescore(challenge, MID_MARCH)
    few = [queries("page"), queries("page"), queries("board")]
    crowd(crew)
    rescore(challenge, at("2026-03-17 12:00"))
    with CaptureQueriesContext(connection) as scoring_many:
        rescore(challenge, at("2026-03-17 12:00"))

    assert [queries("page"), queries("page"), queries("board")] == few
    assert few[2] <= 10
    assert len(scoring_many) <= len(scoring)


# --- making one -------------------------------------------------------------------------------

COMING = f"{datetime.now(UTC).year + 1}-04-01T00:00"
"""A window that has not begun, whenever the tests run."""
FORM = {
    "name.en": "April race", "name.fr": "", "score.metric": "revenue", "score.target": "10 000",
    "teams": ["north"], "window.start": COMING, "window.end": COMING.replace("-04-", "-05-"),
    "winners.as": "number", "winners": "3", "ties.rule": "share", "prizes.count": "1",
    "prizes[0].for": "rank", "prizes[0].rank": "1", "prizes[0].kind": "money",
    "prizes[0].amount": "300", "after_official.policy": "amend",
}  # fmt: skip


def race_address() -> str:
    return reverse("challenges:new_of", args=["race"])


def test_a_manager_makes_launches_and_calls_off_a_challenge(crew: Crew) -> None:
    client = client_of(crew.user_of(crew.ines))
    response = client.post(race_address(), FORM)
    challenge = Challenge.objects.get()
    assert response.status_code == 302
    assert (challenge.state, challenge.metric_keys) == ("draft", ["revenue"])

    def act(verb: str, data: dict[str, str] | None = None) -> int:
        return client.post(
            reverse("challenges:act", args=[challenge.pk, verb]), data or {}
        ).status_code

    assert act("launch") == 302
    challenge.refresh_from_db()
    assert challenge.state == ChallengeState.SCHEDULED
    assert act("cancel") == 200  # the reason is missing
    assert act("cancel", {"reason": "No budget"}) == 302
    challenge.refresh_from_db()
    assert challenge.state == ChallengeState.CANCELLED
    assert list(
        AuditEntry.objects.filter(action__startswith="challenge.").order_by("id")
        .values_list("action", "actor_id", "reason")
    ) == [
        ("challenge.create", crew.user_of(crew.ines).pk, ""),
        ("challenge.schedule", crew.user_of(crew.ines).pk, ""),
        ("challenge.cancel", crew.user_of(crew.ines).pk, "No budget"),
    ]  # fmt: skip


def test_a_manager_cannot_let_foreign_teams_play(crew: Crew) -> None:
    client = client_of(crew.user_of(crew.ines))
    response = client.post(race_address(), {**FORM, "teams": ["south"]})
    mixed = live(teams=("north", "south"))

    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"teams"}
    for verb in ("pause", "cancel"):
        address = reverse("challenges:act", args=[mixed.pk, verb])
        assert client.post(address, {"reason": "x"}).status_code == 404
    assert Challenge.objects.get().state == "live"


def test_the_preview_says_the_rules_in_words_and_stores_nothing(crew: Crew) -> None:
    client = client_of(crew.user_of(crew.ines))
    page = text_of(
        client.post(reverse("challenges:preview") + "?format=race", FORM).content.decode()
    )

    assert "The first to reach a total of €10,000 of “Booked revenue” wins." in page
    assert "Rank 1: €300.00." in page
    assert not Challenge.objects.exists()


def test_the_form_shows_what_a_draft_says_and_changes_it(crew: Crew) -> None:
    client = client_of(crew.user_of(crew.ines))
    client.post(race_address(), FORM)
    challenge = Challenge.objects.get()
    address = reverse("challenges:change", args=[challenge.pk])
    shown = controls_of(client.get(address).content.decode(), "challenge-form")
    keys = ("name.en", "score.target", "prizes[0].amount", "teams", "window.start")
    assert [shown[key] for key in keys] == [
        ["April race"], ["10000"], ["300"], ["north"], [COMING],
    ]  # fmt: skip

    response = client.post(address, shown | {"score.target": ["20000"]})

    assert response.status_code == 302
    assert "20000" in latest_rules(challenge).document
    assert parse_rules(latest_rules(challenge).document).key == "april-race"


def test_the_list_without_a_challenge_says_what_to_do(crew: Crew) -> None:
    assert "No challenge yet" in read(client_of(crew.user_of(crew.noor)), "list")
    assert "New challenge" in read(client_of(crew.user_of(crew.ines)), "list")


# --- rules with more to them ------------------------------------------------------------------

RICH = {
    "weighted": {
        "format": "weighted_points",
        "score": {"parts": [{"metric": "revenue", "points": "1"},
                            {"metric": "calls", "points": "2"}]},
    },
    "chain": {
        "ties": {"rule": "chain", "seed": "spring", "chain": [
            {"by": "second_metric", "metric": "calls"}, {"by": "draw"}]},
    },
    "many prizes": {
        "prizes": [{"for": "rank", "rank": str(place), "kind": "points", "amount": "10"}
                   for place in range(1, 6)],
    },
    "other kinds of prizes": {
        "prizes": [{"for": "rank", "rank": "1", "kind": "money", "amount": "5", "currency": "EUR"},
                   {"for": "rank", "rank": "2", "kind": "points", "amount": "5"}],
    },
    "some people": {"entrants": {"people": ["P1", "P2"]}},
    "late joiners": {"entrants": {"late_joiners": "closed"}},
    "amend above": {"after_official": {"policy": "amend_above", "above": "100"}},
}  # fmt: skip


def sheet_of(client: Client, address: str) -> Controls:
    return controls_of(client.get(address).content.decode(), "challenge-form")


@pytest.mark.parametrize("rich", RICH)
@pytest.mark.parametrize("make", [made, live])
def test_the_form_shows_and_keeps_whatever_the_rules_say(
    crew: Crew, rich: str, make: Callable[..., Challenge]
) -> None:
    challenge = make(RICH[rich])
    before = parse_rules(latest_rules(challenge).document)
    address = reverse("challenges:change", args=[challenge.pk])
    client = client_of(crew.admin)

    shown = sheet_of(client, address)
    done = client.post(address, shown | {"winners": ["1"], "reason": ["One is enough"]})

    assert done.status_code == 302
    after = parse_rules(latest_rules(challenge).document)
    assert after.winners == 1
    assert replace(after, winners=2, sha256="") == replace(before, sha256="")


@pytest.mark.parametrize("make", [made, live])
def test_rules_are_changed_as_a_document_too(crew: Crew, make: Callable[..., Challenge]) -> None:
    challenge = make(RICH["chain"])
    address = reverse("challenges:change", args=[challenge.pk]) + "?as=document"
    client = client_of(crew.admin)
    initial = client.get(address).context["form"].initial
    sent = {key: value for key, value in initial.items() if value}
    more = re.sub("winners: '?2'?", "winners: 1", sent["document"])
    assert more != sent["document"]

    bad = client.post(address, {**sent, "document": "format: golf", "reason": "x"})
    done = client.post(address, {**sent, "document": more, "reason": "One winner is enough"})

    assert (bad.status_code, done.status_code) == (200, 302), done.context["form"].errors
    assert parse_rules(latest_rules(challenge).document) == parse_rules(more)


def test_what_the_form_does_not_show_stays(crew: Crew) -> None:
    challenge = live({
        "prizes": [], "cut_off": {"working_days": "5"}, "prorate": "false", "decimals": "0",
        "window": {"start": "2026-03-01T00:00:30+01:00", "end": "2026-04-01"},
    })  # fmt: skip
    before = parse_rules(latest_rules(challenge).document)
    address = reverse("challenges:change", args=[challenge.pk])
    client = client_of(crew.admin)
    prize = {
        "prizes.count": ["1"], "prizes[0].for": ["rank"], "prizes[0].rank": ["1"],
        "prizes[0].kind": ["points"], "prizes[0].amount": ["7"], "reason": ["x"],
    }  # fmt: skip

    answer = client.post(address, sheet_of(client, address) | prize)

    assert answer.status_code == 302
    after = parse_rules(latest_rules(challenge).document)
    assert [prize.amount for prize in after.prizes] == [7]
    assert replace(after, prizes=(), sha256="") == replace(before, sha256="")


def test_the_preview_of_an_amendment_speaks_of_the_challenge(crew: Crew) -> None:
    challenge = live({"prizes": [], "cut_off": {"working_days": "5"}})
    client = client_of(crew.user_of(crew.ines))
    address = reverse("challenges:preview") + f"?challenge={challenge.pk}"
    sent = {key: value for key, value in FORM.items() if key != "teams"} | {"reason": "x"}

    assert client.post(address, sent).status_code == 404
    page = client_of(crew.admin).post(address, sent).content.decode()

    assert "Rank 1: €300.00." in text_of(page)
    assert "The score is the total of “Booked revenue” in the window." in text_of(page)


def test_a_rep_reads_who_went_past_but_not_with_which_record(crew: Crew) -> None:
    challenge = live()
    win("own-deal", "2026-03-10 11:00", "P1", 900)
    rescore(challenge, MID_MARCH)
    win("secret-deal", "2026-03-11 11:00", "P2", 1000)
    rescore(challenge, MID_MARCH)
    me = f"person:{crew.lea.pk}"

    client = client_of(crew.user_of(crew.lea))
    log = read(client, "page", challenge_id=challenge.pk)
    why = read(client, "explain", challenge_id=challenge.pk, entrant_key=me)
    lead = read(client_of(crew.admin), "page", challenge_id=challenge.pk)

    assert f"a record counts now · €0 → €1,000 · rank {MISSING} → 1" in log
    assert f"own-deal counts now · €0 → €900 · rank {MISSING} → 1" in log
    assert "Who went past Hugo Petit · +€1,000" in why
    assert ("secret-deal" in log, "secret-deal" in why, "secret-deal" in lead) == (
        False, False, True,
    )  # fmt: skip


def test_two_managers_do_not_overwrite_each_other(crew: Crew) -> None:
    challenge = live({"prizes": []})
    address = reverse("challenges:change", args=[challenge.pk])
    client = client_of(crew.admin)
    sent = sheet_of(client, address)

    first = client.post(address, sent | {"winners": ["1"], "reason": ["One is enough"]})
    second = client.post(address, sent | {"winners": ["3"], "reason": ["Three are better"]})

    assert (first.status_code, second.status_code) == (302, 200)
    assert "Somebody else has changed the rules" in text_of(second.content.decode())
    assert parse_rules(latest_rules(challenge).document).winners == 1
    assert 'name="based_on"' in client.get(address).content.decode()


def test_a_challenge_that_cannot_be_scored_any_more_is_shown_and_called_off(crew: Crew) -> None:
    record(event("c1", "2026-03-10 11:00", "P1"), recorded_at=at("2026-03-10 11:00"))
    challenge = live({"score": {"metric": "calls"}})
    Metric.objects.filter(key="calls").delete()
    client = client_of(crew.admin)

    assert "March sprint" in read(client, "page", challenge_id=challenge.pk)
    assert "March sprint" in read(client, "list")
    address = reverse("challenges:act", args=[challenge.pk, "cancel"])
    assert client.post(address, {"reason": "The metric is gone"}).status_code == 302
    challenge.refresh_from_db()
    assert challenge.state == "cancelled"


def test_the_window_is_told_on_the_clock_of_the_challenge_and_on_the_readers(crew: Crew) -> None:
    challenge = live({"timezone": "America/New_York"})
    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)

    assert challenge.starts_at == at("2026-03-01 06:00")
    for said in (
        "It counts from 1 Mar 2026 00:00 until just before 1 Apr 2026 00:00 (America/New_York)",
        "known by 7 Apr 2026 00:00 (America/New_York)",
        "Starts 1 Mar 2026 06:00 (Europe/Paris)",
        "Ends 1 Apr 2026 06:00 (Europe/Paris)",
    ):
        assert said in page


def test_where_the_clocks_are_the_same_the_zone_is_named_once(crew: Crew) -> None:
    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=live().pk)

    assert "until just before 1 Apr 2026 00:00 (Europe/Paris)" in page
    assert page.count("(Europe/Paris)") == 1
