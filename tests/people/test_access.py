"""The rights matrix, cell by cell: each kind of viewer, each column, for self, team and others."""

from datetime import date

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from kernel.periods import Period
from people import access, services
from people.access import NOBODY, Area, Export, Scope, Viewer, viewer_of
from people.models import Assignment, Role
from tests.world import WHO, World, make_world

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 15)
JUNE = Period.month(DAY)
EVERYBODY = "wanda marc léa rémi sonia omar"


@pytest.fixture
def world() -> World:
    return make_world()


def viewer(world: World, name: str, day: date = DAY) -> Viewer:
    return viewer_of(world.users[name], day)


def seen(world: World, scope: Scope) -> str:
    """Names of the people in a scope, in the order of EVERYBODY."""
    return " ".join(name for name in EVERYBODY.split() if world.people[name].pk in scope)


# who: whose figures, whose pay, whose pay when managers do not see it, sums of pay
SCOPES = {
    "léa": ("léa", "léa", "léa", False),
    "marc": ("marc léa rémi", "marc léa rémi", "marc", False),
    "wanda": ("wanda marc léa rémi", "wanda marc léa rémi", "wanda", False),
    "sonia": ("sonia omar", "sonia omar", "sonia", False),
    "hana": (EVERYBODY, EVERYBODY, EVERYBODY, True),
    "ada": (EVERYBODY, "", "", False),
    "eve": (EVERYBODY, "", "", True),
}


@pytest.mark.parametrize("name", SCOPES)
def test_whose_figures_and_whose_pay(world: World, name: str) -> None:
    figures, pay, pay_if_hidden, totals = SCOPES[name]
    who = viewer(world, name)
    assert seen(world, access.figures_scope(who)) == figures
    assert seen(world, access.pay_scope(who)) == pay
    assert access.can_see_pay_totals(who) is totals
    services.set_up_company(actor=None, name="Vélo SA", managers_see_pay=False)
    assert seen(world, access.pay_scope(viewer(world, name))) == pay_if_hidden


@pytest.mark.parametrize("name", SCOPES)
def test_single_answers_agree_with_the_scopes(world: World, name: str) -> None:
    figures, pay, _, _ = SCOPES[name]
    who, ids = viewer(world, name), {n: p.pk for n, p in world.people.items()}
    by_figures = [n for n in EVERYBODY.split() if access.can_see_person_figures(who, ids[n])]
    by_pay = [n for n in EVERYBODY.split() if access.can_see_pay(who, ids[n])]
    listed = access.visible_people(who).values_list("number", flat=True)
    assert (" ".join(by_figures), " ".join(by_pay)) == (figures, pay)
    assert set(listed) == set(figures.split())


def test_an_executive_or_admin_who_sells_sees_their_own_pay(world: World) -> None:
    for right in ("executive", "admin"):
        services.grant_rights(actor=None, user=world.users["omar"], rights=[right])
        world.users["omar"].refresh_from_db()
        who = viewer(world, "omar")
        assert seen(world, access.pay_scope(who)) == "omar"
        assert seen(world, access.figures_scope(who)) == EVERYBODY


def test_rights_add_up(world: World) -> None:
    services.grant_rights(actor=None, user=world.users["marc"], rights=["hr", "admin"])
    world.users["marc"].refresh_from_db()
    who = viewer(world, "marc")
    assert seen(world, access.pay_scope(who)) == EVERYBODY
    assert {area for area in Area if access.can_configure(who, area)} == set(Area)
    assert {what for what in Export if access.can_export(who, what)} == set(Export)


AREAS = {
    "léa": "",
    "marc": "challenges objectives",
    "hana": "periods plans",
    "ada": "challenges objectives plans people company data kpis",
    "eve": "",
}
EXPORTS = {
    "léa": "own_statement",
    "marc": "own_statement team_report",
    "hana": "payroll totals",
    "ada": "team_report data",
    "eve": "totals",
}


@pytest.mark.parametrize("name", AREAS)
def test_what_can_be_configured_and_exported(world: World, name: str) -> None:
    who = viewer(world, name)
    areas = " ".join(area for area in Area if access.can_configure(who, area))
    exports = " ".join(what for what in Export if access.can_export(who, what))
    assert (areas, exports) == (AREAS[name], EXPORTS[name])


def test_a_manager_configures_only_what_is_theirs(world: World) -> None:
    marc, ids = viewer(world, "marc"), {n: p.pk for n, p in world.people.items()}
    north, south = world.teams["North"].pk, world.teams["South"].pk

    def can(**what: list[int]) -> bool:
        return access.can_configure(marc, Area.CHALLENGES, **what)

    assert can(team_ids=[north])
    assert not can(team_ids=[south])
    assert not can(team_ids=[north, south])
    assert can(person_ids=[ids["léa"], ids["marc"]])
    assert not can(person_ids=[ids["léa"], ids["omar"]])
    wanda = viewer(world, "wanda")
    assert access.can_configure(wanda, Area.OBJECTIVES, team_ids=[north])


# --- dates -------------------------------------------------------------------------------------


def move(world: World, name: str, team: str, day: date) -> None:
    place = Assignment.objects.get(person=world.people[name])
    services.change_assignment(actor=None, assignment=place, valid_from=day, team=world.teams[team])


def test_a_manager_sees_the_people_of_then_in_the_teams_of_today(world: World) -> None:
    move(world, "léa", "South", date(2026, 6, 1))
    marc, sonia = viewer(world, "marc"), viewer(world, "sonia")
    may, june = Period.month(date(2026, 5, 1)), JUNE
    assert seen(world, access.figures_scope(marc)) == "marc rémi"
    assert seen(world, access.figures_scope(marc, may)) == "marc léa rémi"
    assert seen(world, access.figures_scope(marc, june)) == "marc rémi"
    assert seen(world, access.figures_scope(sonia, june)) == "léa sonia omar"
    assert not access.can_see_pay(sonia, world.people["léa"].pk, may)
    assert access.can_see_pay(sonia, world.people["léa"].pk, june)


def test_on_the_day_of_a_move_the_new_manager_sees_and_the_old_does_not(world: World) -> None:
    move(world, "léa", "South", DAY)
    léa = world.people["léa"].pk
    before, after = date(2026, 6, 14), DAY
    assert access.can_see_person_figures(viewer(world, "marc", before), léa)
    assert not access.can_see_person_figures(viewer(world, "sonia", before), léa)
    assert not access.can_see_person_figures(viewer(world, "marc", after), léa)
    assert access.can_see_person_figures(viewer(world, "sonia", after), léa)


def test_who_no_longer_leads_sees_only_themselves(world: World) -> None:
    place = Assignment.objects.get(person=world.people["marc"])
    rep = Role.objects.get(key="ae")
    services.change_assignment(actor=None, assignment=place, valid_from=DAY, role=rep)
    marc = viewer(world, "marc")
    assert seen(world, access.figures_scope(marc, Period.month(date(2026, 5, 1)))) == "marc"
    assert not marc.is_manager


def test_who_reports_to_somebody_by_name_is_seen_by_them_too(world: World) -> None:
    place = Assignment.objects.get(person=world.people["omar"])
    services.change_assignment(
        actor=None, assignment=place, valid_from=DAY, manager=world.people["rémi"]
    )
    assert seen(world, access.figures_scope(viewer(world, "rémi"))) == "rémi omar"


# --- boards ------------------------------------------------------------------------------------


def test_a_board_shows_a_rep_the_top_and_the_neighbours_never_the_bottom() -> None:
    ranked = list(range(100, 120))
    rep = Viewer(user_id=1, person_id=110, day=DAY)
    assert sorted(access.board_rows(rep, ranked)) == [100, 101, 102, 108, 109, 110, 111, 112]
    outsider = Viewer(user_id=2, person_id=7, day=DAY)
    assert sorted(access.board_rows(outsider, ranked)) == [100, 101, 102]
    assert access.board_rows(Viewer(user_id=3, is_executive=True), ranked) == frozenset(ranked)


def test_a_board_shows_a_manager_the_whole_own_team(world: World) -> None:
    filler = list(range(10_000, 10_020))
    ranked = [*filler, world.people["rémi"].pk, world.people["omar"].pk]
    shown = access.board_rows(viewer(world, "marc"), ranked)
    assert shown == {10_000, 10_001, 10_002, world.people["rémi"].pk}


# --- at the door -------------------------------------------------------------------------------


def answer(world: World, name: str, *kinds: access.Kind, **headers: str) -> int:
    @access.needs(*kinds)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("in")

    request = RequestFactory().get("/secret/?a=1", headers=headers)
    request.user = world.users[name]
    try:
        return int(view(request).status_code)
    except Http404:
        return 404


@pytest.mark.parametrize("kind", ["anyone", *WHO])
def test_the_door_lets_in_the_kind_that_it_names(world: World, kind: access.Kind) -> None:
    inside = {
        "anyone": "léa marc hana ada eve",
        "rep": "léa marc",
        "manager": "marc",
        "hr": "hana",
        "admin": "ada",
        "executive": "eve",
    }
    names = ["léa", "marc", "hana", "ada", "eve"]
    got = {name: answer(world, name, kind) for name in names}
    assert got == {name: 200 if name in inside[kind].split() else 404 for name in names}


def test_a_closed_sign_in_has_no_rights(world: World) -> None:
    user = services.set_active(actor=None, user=world.users["hana"], is_active=False)
    assert viewer_of(user, DAY) == NOBODY
    assert answer(world, "hana", "hr") == 404


def test_nobody_sees_nothing(world: World) -> None:
    assert seen(world, access.figures_scope(NOBODY)) == ""
    assert seen(world, access.pay_scope(NOBODY)) == ""
    assert not any(access.can_configure(NOBODY, area) for area in Area)
    assert not any(access.can_export(NOBODY, what) for what in Export)
    assert not access.can_see_person_figures(NOBODY, None)
    assert not access.can_see_pay(NOBODY, None)
