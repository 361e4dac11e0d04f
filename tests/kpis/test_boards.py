"""Boards, scorecards and heat maps: ranks, gaps, what a rep may see, pace and history."""

from datetime import date
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.services.accounts import AccountInput, load_accounts
from kernel.periods import parse_period
from kpis.calc.bands import Band
from kpis.queries import (
    deals_behind,
    leaderboard,
    records_behind,
    scorecard,
    team_attainment,
    team_heatmap,
)
from kpis.services import ObjectiveInput, change_formula, recompute_touched, set_objective
from people.access import Viewer, viewer_of
from people.models import Absence, Assignment, Person, Role, User
from tests.kpis.crew import Crew, event, plain, record

MARCH = parse_period("2026-03")


def rows(board: object) -> list[tuple[object, ...]]:
    return [
        (row.rank, row.name, row.figure.value, row.tied, row.change)
        for row in board.rows  # type: ignore[attr-defined]  # the board of people, not of teams
    ]


def win(number: int, when: str, who: str, amount: int) -> None:
    record(event(f"w{number}", when, who, kind="deal_won", amount=amount))


@pytest.fixture
def race(crew: Crew) -> Crew:
    """In February Hugo led; in March Léa leads and Hugo ties with Noor."""
    win(1, "2026-02-10 10:00", "P2", 100)
    win(2, "2026-02-10 10:00", "P1", 50)
    win(3, "2026-03-10 10:00", "P1", 300)
    win(4, "2026-03-10 11:00", "P2", 200)
    win(5, "2026-03-10 12:00", "P3", 200)
    recompute_touched()
    return crew


def test_ranks_ties_and_changes(race: Crew) -> None:
    board = leaderboard("revenue_booked", MARCH)

    assert rows(board) == [
        (1, "Léa Martin", 300, False, 1),
        (2, "Hugo Petit", 200, True, -1),
        (2, "Noor Haddad", 200, True, 1),
    ]
    assert [(row.gap, row.gap_rank) for row in board.rows] == [(None, None), (100, 1), (100, 1)]
    assert board.entrants == 3


def test_who_leads_is_on_the_board_only_with_a_value_of_their_own(race: Crew) -> None:
    win(6, "2026-03-11 10:00", "P4", 1)
    recompute_touched()

    board = leaderboard("revenue_booked", MARCH)

    assert [row.name for row in board.rows] == [
        "Léa Martin", "Hugo Petit", "Noor Haddad", "Inès Roy",
    ]  # fmt: skip


def test_without_a_value_one_stands_last_and_unranked(race: Crew) -> None:
    record(event("l1", "2026-03-12 10:00", "P3", kind="deal_lost"))
    recompute_touched()
    board = leaderboard("closing_rate", MARCH)
    quiet = leaderboard("closing_rate", parse_period("2026-02"))

    assert [(row.rank, row.name) for row in board.rows] == [
        (1, "Hugo Petit"), (1, "Léa Martin"), (3, "Noor Haddad"),
    ]  # fmt: skip
    assert [(row.rank, row.name) for row in quiet.rows] == [
        (1, "Hugo Petit"), (1, "Léa Martin"), (None, "Noor Haddad"),
    ]  # fmt: skip


def test_less_is_better_for_the_sales_cycle(crew: Crew) -> None:
    for number, who, days in ((1, "P1", 20), (2, "P2", 5)):
        record(event(f"w{number}", "2026-03-10 10:00", who, kind="deal_won", amount=1,
                     attributes={"cycle_days": days}))  # fmt: skip
    recompute_touched()

    board = leaderboard("sales_cycle", MARCH)

    assert [(row.rank, row.name) for row in board.rows][:2] == [
        (1, "Hugo Petit"),
        (2, "Léa Martin"),
    ]


def test_a_team_in_which_nobody_sells_is_not_on_the_board_until_it_has_a_value(race: Crew) -> None:
    director = Role.objects.get(key="manager")
    Assignment.objects.create(
        person=Person.objects.create(number="P9", first_name="Zoé", last_name="Haut"),
        team=race.west, role=director, valid_from=MARCH.start,
    )  # fmt: skip
    assert [row.name for row in leaderboard("revenue_booked", MARCH, "team").rows] == [
        "North", "South",
    ]  # fmt: skip

    record(event("w9", "2026-03-10 10:00", "P9", kind="deal_won", amount=900))
    recompute_touched()

    assert [plain(row.rank, row.name, row.figure.value) for row in
            leaderboard("revenue_booked", MARCH, "team").rows] == [
        (1, "West", 900), (2, "North", 500), (3, "South", 200),
    ]  # fmt: skip


def test_teams_and_regions(race: Crew) -> None:
    assert [plain(row.rank, row.name, row.figure.value) for row in
            leaderboard("revenue_booked", MARCH, "team").rows] == [
        (1, "North", 500), (2, "South", 200),
    ]  # fmt: skip
    region = leaderboard("revenue_booked", MARCH, "region")
    assert [plain(row.name, row.figure.value) for row in region.rows] == [("West", 700)]


@pytest.fixture
def market(crew: Crew) -> Crew:
    """Léa sells to Acme, Hugo to Besson and Calix, Inès (who leads) to nobody by name."""
    for number, who, amount, account, product in (
        (1, "P1", 300, "Acme", "bike"),
        (2, "P2", 200, "Besson", "bike"),
        (3, "P2", 400, "Calix", "bell"),
        (4, "P4", 100, "", ""),
    ):
        record(event(f"w{number}", "2026-03-10 10:00", who, kind="deal_won", amount=amount,
                     account=account, product=product))  # fmt: skip
    rows = [AccountInput(key=name, segment="Large") for name in ("Acme", "Besson")]
    load_accounts(actor=None, rows=rows)
    recompute_touched()
    return crew


def ids_or_names(by: str, viewer: Viewer) -> list[tuple[object, ...]]:
    board = leaderboard("revenue_booked", MARCH, by, viewer=viewer)
    assert board.entrants == len(board.rows)
    assert not any(row.is_me for row in board.rows)
    named = by in ("product", "account")
    return [plain(row.rank, row.name if named else row.id, row.figure.value) for row in board.rows]


ALL_OF_IT = {
    "role": [(1, "ae", 900), (2, "manager", 100)],
    "product": [(1, "Bike", 500), (2, "Bell", 400)],
    "series": [(1, "Road", 500), (2, "Parts", 400)],
    "segment": [(1, "Large", 500)],
    "account": [(1, "Calix", 400), (2, "Acme", 300), (3, "Besson", 200)],
}
OF_HUGO = {
    "role": [(1, "ae", 600)],
    "product": [(1, "Bell", 400), (2, "Bike", 200)],
    "series": [(1, "Parts", 400), (2, "Road", 200)],
    "segment": [(1, "Large", 200)],
    "account": [(1, "Calix", 400), (2, "Besson", 200)],
}


@pytest.mark.parametrize("by", ALL_OF_IT)
def test_boards_of_roles_products_segments_and_accounts(market: Crew, by: str) -> None:
    admin = viewer_of(market.admin, date(2026, 3, 20))
    hugo = viewer_of(market.user_of(market.hugo), date(2026, 3, 20))
    nobody = viewer_of(User.objects.create_user("new@example.org", "x"), date(2026, 3, 20))

    assert ids_or_names(by, admin) == ALL_OF_IT[by]
    # an account is mostly one person's: nobody reads another's figure off it
    assert ids_or_names(by, hugo) == OF_HUGO[by]
    assert ids_or_names(by, nobody) == []


def test_the_figures_of_others_are_in_no_earlier_rank_either(market: Crew) -> None:
    """In February Léa sold more to Calix than Hugo to Besson, which Hugo does not see."""
    for number, who, amount, account in ((5, "P1", 900, "Calix"), (6, "P2", 10, "Besson")):
        record(event(f"w{number}", "2026-02-10 10:00", who, kind="deal_won", amount=amount,
                     account=account))  # fmt: skip
    recompute_touched()
    seen = {
        name: {
            row.name: row.previous_rank
            for row in leaderboard("revenue_booked", MARCH, "account", viewer=viewer).rows
        }
        for name, viewer in (
            ("admin", viewer_of(market.admin, date(2026, 3, 20))),
            ("hugo", viewer_of(market.user_of(market.hugo), date(2026, 3, 20))),
        )
    }

    assert seen == {
        "admin": {"Calix": 1, "Acme": None, "Besson": 2},
        "hugo": {"Calix": None, "Besson": 1},
    }


@pytest.fixture
def crowd(crew: Crew) -> Crew:
    """Twenty more people; Z00 sells most, Z19 least, Léa sells as twelfth."""
    ae = Role.objects.get(key="ae")
    for number in range(20):
        person = Person.objects.create(
            number=f"Z{number:02}", first_name="Z", last_name=f"{number:02}"
        )
        Assignment.objects.create(
            person=person, team=crew.south, role=ae, valid_from=date(2025, 1, 1)
        )
        win(number, "2026-03-10 10:00", f"Z{number:02}", 1000 - number * 10)
    win(99, "2026-03-10 10:00", "P1", 885)
    recompute_touched()
    return crew


def test_a_rep_sees_the_top_and_the_neighbours_and_no_bottom(crowd: Crew) -> None:
    viewer = viewer_of(crowd.user_of(crowd.lea), date(2026, 3, 20))

    board = leaderboard("revenue_booked", MARCH, viewer=viewer)

    assert [row.rank for row in board.rows] == [1, 2, 3, 11, 12, 13, 14, 15]
    assert board.hidden_before == (0, 0, 0, 7, 0, 0, 0, 0)
    assert board.my_row is not None
    assert plain(board.my_row.name, board.my_row.gap, board.my_row.gap_rank) == (
        "Léa Martin",
        5,
        12,
    )


def test_an_admin_sees_the_whole_board(crowd: Crew) -> None:
    board = leaderboard("revenue_booked", MARCH, viewer=viewer_of(crowd.admin))

    assert len(board.rows) == board.entrants == 23
    assert set(board.hidden_before) == {0}
    assert board.my_row is None


def test_as_many_statements_for_a_crowd(crowd: Crew) -> None:
    viewer = viewer_of(crowd.user_of(crowd.lea), date(2026, 3, 20))
    with CaptureQueriesContext(connection) as seen:
        leaderboard("revenue_booked", MARCH, viewer=viewer)
    with CaptureQueriesContext(connection) as small:
        leaderboard("revenue_booked", MARCH, viewer=viewer, team_ids=[crowd.north.pk])

    assert len(seen) == len(small) <= 18


# --- scorecards ------------------------------------------------------------------------------


def objective(kpi: str, value: int, who: str, month: str = "2026-03") -> None:
    period = parse_period(month)
    set_objective(
        actor=None,
        objective=ObjectiveInput(kpi, Fraction(value), period.start, period.end, person=who),
    )


def test_a_card_stands_beside_objective_pace_and_past(race: Crew) -> None:
    objective("revenue_booked", 660, "P1")
    # in March 2026 there are 22 working days, 6 of them before the 9th and 7 before the 10th
    card = scorecard(race.lea.pk, date(2026, 3, 10)).cards[0]

    assert card.kpi.key == "revenue_booked"
    assert card.period == MARCH
    assert plain(card.value, card.target and card.target.value) == (300, 660)
    assert card.attainment == Fraction(300, 660)
    assert card.pace == Fraction(6, 22)
    assert card.expected == 180
    assert card.band is Band.GOOD
    assert card.previous.value == 50
    assert card.previous_to_date.value == 50
    assert card.change == 250
    assert plain(*card.history) == (0, 0, 0, 0, 50, 300)


def test_days_away_are_no_working_days(race: Crew) -> None:
    objective("revenue_booked", 600, "P1")
    Absence.objects.create(
        person=race.lea, kind="leave", valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 4)
    )
    card = scorecard(race.lea.pk, date(2026, 3, 10)).cards[0]

    assert card.pace == Fraction(4, 20)


def test_the_same_part_of_the_previous_month(race: Crew) -> None:
    card = scorecard(race.lea.pk, date(2026, 3, 5)).cards[0]

    assert plain(card.previous.value, card.previous_to_date.value) == (50, 0)


def test_the_scorecard_follows_the_role_and_a_rate_has_no_half_way(race: Crew) -> None:
    objective("closing_rate", 50, "P1")
    card = scorecard(race.lea.pk, date(2026, 3, 10))
    by_key = {one.kpi.key: one for one in card.cards}

    assert list(by_key) == [
        "revenue_booked", "closing_rate", "average_deal", "sales_cycle", "proposals_count",
        "meetings_count",
    ]  # fmt: skip
    assert plain(by_key["closing_rate"].pace, by_key["closing_rate"].attainment) == (1, 2)
    assert by_key["proposals_count"].value == 0
    assert scorecard(race.ines.pk, date(2026, 3, 10)).role_key == "manager"


def test_somebody_without_a_place_has_an_empty_scorecard(crew: Crew) -> None:
    ada = Person.objects.create(number="P9", first_name="Ada", last_name="Lone")

    assert scorecard(ada.pk, date(2026, 3, 10)).cards == ()


def test_the_heat_map_of_a_team_and_all_below(race: Crew) -> None:
    objective("revenue_booked", 400, "P2")
    heat = team_heatmap(race.west.pk, MARCH, date(2026, 3, 10))

    assert [(row.name, row.team_name) for row in heat.rows] == [
        ("Hugo Petit", "North"), ("Léa Martin", "South"), ("Noor Haddad", "South"),
    ]  # fmt: skip
    assert heat.kpis[0].key == "revenue_booked"
    first = heat.rows[0].cells[0]
    assert plain(first.figure.value, first.attainment, first.pace) == (
        200,
        Fraction(1, 2),
        Fraction(3, 11),
    )
    assert first.previous.value == 100


def test_the_heat_map_of_a_month_that_is_over_keeps_the_formula_of_then(race: Crew) -> None:
    change_formula(actor=None, kpi_key="revenue_booked", formula="revenue * 10",
                   valid_from=MARCH.end, reason="tenfold")  # fmt: skip

    def hugo(month: str) -> list[object]:
        heat = team_heatmap(race.west.pk, parse_period(month), MARCH.end)
        cell = heat.rows[0].cells[0]
        return [heat.kpis[0].formula, *plain(cell.figure.value, cell.previous.value)]

    assert hugo("2026-03") == ["revenue", 200, 100]
    assert hugo("2026-04") == ["revenue * 10", 0, 2000]


def test_a_team_against_its_own_objective(race: Crew) -> None:
    set_objective(
        actor=None,
        objective=ObjectiveInput(
            "revenue_booked", Fraction(1000), MARCH.start, MARCH.end, team="north"
        ),
    )

    found = team_attainment(race.north.pk, "revenue_booked", MARCH)

    assert plain(found.figure.value, found.attainment) == (500, Fraction(1, 2))
    assert team_attainment(race.west.pk, "revenue_booked", MARCH).figure.value == 700


def test_the_records_behind_a_figure(race: Crew) -> None:
    behind = records_behind("average_deal", race.lea.pk, MARCH)

    assert [plain(row.metric, row.external_id, row.value) for row in behind] == [
        ("revenue", "w3", 300), ("deals_won", "w3", 1),
    ]  # fmt: skip
    assert deals_behind("average_deal", race.lea.pk, MARCH) == []
