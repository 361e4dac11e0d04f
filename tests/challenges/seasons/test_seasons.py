"""Season history: what was signed stays as it was signed, and shows no more than the board did."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from challenges import services
from challenges.models import Challenge, Face
from challenges.seasons.queries import Season, quarters, season
from kpis.models import Metric
from people.access import viewer_of
from people.models import Assignment, Company, User
from tests.challenges.games import rescore
from tests.challenges.rewards.purses import ended, sign
from tests.challenges.test_pages import client_of, crowd, read
from tests.kpis.crew import Crew, at, cancel, record

CEREMONY = {"visibility": {"freeze": "10 %", "reveal": "ceremony"}}
TEAMS = {
    "entrants": {"kind": "team", "team_score": "sum"},
    "prizes": [{"for": "rank", "rank": 1, "kind": "points", "amount": "301"}],
}


def only(user: User) -> Season:
    """The one season that there is."""
    viewer = viewer_of(user)
    ((quarter, challenges),) = quarters(viewer).items()
    return season(viewer, quarter, challenges)


def table(user: User) -> list[tuple[int | None, str, str, bool]]:
    (closed,) = only(user).closed
    return [(row.rank, row.name, str(row.score), row.is_me) for row in closed.rows]


def mine(user: User) -> tuple[int, int, int]:
    """In how many I took part, how often I was first, my points."""
    told = only(user)
    return told.my_places, told.my_wins, told.my_points


SIGNED_TABLE = [(1, "Hugo Petit", "1000", False), (2, "Léa Martin", "900", True)]


def test_who_won_my_place_and_my_points(crew: Crew) -> None:
    sign(ended())
    lea, hugo, noor = (crew.user_of(one) for one in (crew.lea, crew.hugo, crew.noor))

    assert table(lea) == SIGNED_TABLE
    assert (mine(lea), mine(hugo), mine(noor)) == ((1, 0, 200), (1, 1, 500), (1, 0, 0))


def test_later_changes_of_people_move_nothing(crew: Crew) -> None:
    sign(ended())
    me = crew.user_of(crew.lea)
    before = only(me)
    crew.hugo.last_name = "Grand"
    crew.hugo.save()
    crew.lea.number = "P100"
    crew.lea.save()
    Assignment.objects.filter(person=crew.lea).update(team=crew.south)
    Assignment.objects.filter(person=crew.hugo).delete()
    after = only(me)

    assert table(me) == SIGNED_TABLE
    assert (after.my_points, after.my_wins, after.closed[0].rows) == (
        before.my_points, before.my_wins, before.closed[0].rows,
    )  # fmt: skip


@time_machine.travel(at("2026-05-04 09:00"), tick=False)
def test_a_season_tells_scores_in_the_unit_of_the_launch(crew: Crew) -> None:
    sign(ended())
    calls = {"kind": "count", "types": ["call"]}
    assert Metric.objects.filter(key="revenue").update(definition=calls) == 1
    page = read(client_of(crew.admin), "season", first_day="2026-01-01")
    assert "€1,000" in page


def test_a_later_cancellation_amends_it_and_only_so(crew: Crew) -> None:
    challenge = sign(ended())
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    unread = table(crew.user_of(crew.lea))
    rescore(challenge, at("2026-04-20 09:00"))

    assert unread == SIGNED_TABLE
    assert table(crew.user_of(crew.lea))[0] == (1, "Léa Martin", "900", True)
    assert mine(crew.user_of(crew.lea)) == (1, 1, 500)


def test_it_lies_in_the_quarter_of_the_companys_year(crew: Crew) -> None:
    sign(ended())
    viewer = viewer_of(crew.admin)
    calendar = [str(one) for one in quarters(viewer)]
    Company.objects.update(fiscal_year_start_month=2)

    # the window ends with the last moment of March
    assert calendar == ["2026-01-01/2026-04-01"]
    assert [str(one) for one in quarters(viewer)] == ["2026-02-01/2026-05-01"]


def test_nothing_is_told_before_the_ceremony(crew: Crew) -> None:
    challenge = sign(ended(CEREMONY))
    hidden = quarters(viewer_of(crew.admin))
    services.reveal(actor=None, challenge=challenge)

    assert hidden == {}
    assert len(quarters(viewer_of(crew.admin))) == 1


def test_what_is_not_signed_is_in_no_season(crew: Crew) -> None:
    ended()
    assert quarters(viewer_of(crew.admin)) == {}


def test_who_hides_the_rank_is_hidden_here_too(crew: Crew) -> None:
    sign(ended())
    Face.objects.create(person=crew.hugo, hidden=True)

    assert table(crew.user_of(crew.lea)) == [(2, "Léa Martin", "900", True)]
    assert table(crew.user_of(crew.hugo))[0] == (1, "Hugo Petit", "1000", True)
    assert table(crew.user_of(crew.ines))[0][1] == "Hugo Petit"


def test_a_nickname_is_read_by_the_others(crew: Crew) -> None:
    sign(ended())
    Face.objects.create(person=crew.hugo, nickname="Fox")

    assert table(crew.user_of(crew.lea))[0][1] == "Fox"
    assert table(crew.user_of(crew.ines))[0][1] == "Hugo Petit"


def test_the_bottom_is_nobodys_business(crew: Crew) -> None:
    crowd(crew)
    sign(ended({"visibility": {"top": 1, "neighbours": 0}}))

    assert [row[1] for row in table(crew.user_of(crew.lea))] == ["Hugo Petit", "Léa Martin"]
    assert len(table(crew.admin)) == 23


def test_a_team_is_mine_when_i_was_in_it(crew: Crew) -> None:
    """Léa changed from North to South in the middle; afterwards she goes back."""
    sign(ended(TEAMS))
    Assignment.objects.filter(person=crew.lea, team=crew.south).delete()
    told = only(crew.user_of(crew.lea)).closed[0]

    assert [(row.rank, row.name) for row in told.rows if row.rank == 1] == [(1, "North")]
    assert told.my_points == 150
    assert mine(crew.user_of(crew.noor))[2] == 0


def test_what_does_not_exist_for_somebody_is_in_no_season_of_theirs(crew: Crew) -> None:
    challenge = ended()
    Challenge.objects.get(pk=challenge.pk).teams.set([crew.north])
    sign(challenge)

    assert quarters(viewer_of(crew.user_of(crew.paul))) == {}


# --- pages ----------------------------------------------------------------------------------------


@time_machine.travel(at("2026-05-04 09:00"), tick=False)
def test_the_pages(crew: Crew) -> None:
    challenge = sign(ended())
    client = client_of(crew.user_of(crew.lea))
    listed = read(client, "seasons")
    page = read(client, "season", first_day="2026-01-01")

    assert "1 Jan – 31 Mar 2026 1 closed challenge" in listed
    assert "Took part 1 First places 0 Points earned 200" in page
    assert "1 Yellow jersey: leads Hugo Petit €1,000 500 points" in page
    assert "Your rank: 2 · 200 points" in page
    assert (
        reverse("challenges:page", args=[challenge.pk])
        in client.get(reverse("challenges:season", args=["2026-01-01"])).content.decode()
    )


@time_machine.travel(at("2026-05-04 09:00"), tick=False)
def test_a_season_asks_as_often_for_many_as_for_few(crew: Crew) -> None:
    client = client_of(crew.user_of(crew.lea))
    asked = []
    for number in range(2):
        if number:
            crowd(crew)
        sign(ended())
        for _ in range(2):
            client.get(reverse("challenges:season", args=["2026-01-01"]))
        with CaptureQueriesContext(connection) as made:
            read(client, "season", first_day="2026-01-01")
        asked.append(len(made))

    assert asked == [15, 15]


@pytest.mark.parametrize("first_day", ["2026-01-02", "2025-01-01", "spring"])
def test_a_season_that_is_none_is_not_found(crew: Crew, first_day: str) -> None:
    sign(ended())
    client = client_of(crew.user_of(crew.lea))

    assert client.get(reverse("challenges:season", args=[first_day])).status_code == 404


def test_without_any_the_page_says_when_there_will_be(crew: Crew) -> None:
    assert "No season is over yet" in read(client_of(crew.user_of(crew.lea)), "seasons")


@pytest.mark.parametrize(("language", "name"), [("en", "March sprint"), ("fr", "Sprint de mars")])
def test_the_list_names_challenges_in_the_readers_language(
    crew: Crew, language: str, name: str
) -> None:
    sign(ended())
    assert name in read(client_of(crew.user_of(crew.lea), language), "seasons")
