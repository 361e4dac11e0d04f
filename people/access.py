"""Who may see and do what: the only place in the product that decides it.

Each function below is one column of the rights matrix; the person is a row in several roles at
once, and the rights add up. What is not allowed answers 404, never a hint that it exists. A
manager's teams are those that he or she leads today; for a past period they show the people who
were in these teams then.

| | figures of | pay of | configures | exports |
|---|---|---|---|---|
| rep | self; boards: top, neighbours | self | - | own statement |
| manager | + led teams, below too | + these, if allowed | challenges, objectives | team report |
| HR | everybody | everybody | pay periods, plans | payroll, totals |
| admin | everybody | self | all but pay periods | team report, data |
| executive | everybody | self, sums of all | - | totals |
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, Literal, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from common.memo import once_per_request
from kernel.periods import Period
from people import queries
from people.models import Assignment, Person, Right, User

BOARD_TOP = 3
BOARD_NEIGHBOURS = 2


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks: the rights of one signed-in user on one day."""

    user_id: int | None = None
    person_id: int | None = None
    is_hr: bool = False
    is_admin: bool = False
    is_executive: bool = False
    led_team_ids: frozenset[int] = frozenset()
    """Teams led on `day`, with all teams below them."""
    own_team_ids: frozenset[int] = frozenset()
    report_ids: frozenset[int] = frozenset()
    """People whose assignment names the viewer as manager on `day`."""
    managers_see_pay: bool = False
    wall_team_id: int | None = None
    """A screen on the wall of this team: nobody in person, who reads what all of the team may."""
    day: date = date.min

    @property
    def is_manager(self) -> bool:
        """Leads a team, or somebody reports to them."""
        return bool(self.led_team_ids or self.report_ids)

    @property
    def is_rep(self) -> bool:
        """Has figures of their own."""
        return self.person_id is not None


NOBODY = Viewer()


def viewer_of(user: AbstractBaseUser | AnonymousUser, day: date | None = None) -> Viewer:
    """The rights of `user` on `day` (default: today in the company's time zone).

    At most four queries; one for somebody without a person.
    """
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    company = queries.company()
    day = day or timezone.now().astimezone(company.tz).date()
    mine = list(
        Assignment.objects.filter(queries.held_in(day), person_id=user.person_id)
        .order_by("id")
        .values_list("team_id", "role__leads")
        if user.person_id
        else []
    )
    led = [team_id for team_id, leads in mine if leads]
    return Viewer(
        user_id=user.pk,
        person_id=user.person_id,
        is_hr=Right.HR in user.rights,
        is_admin=Right.ADMIN in user.rights,
        is_executive=Right.EXECUTIVE in user.rights,
        led_team_ids=queries.team_ids_below(led) if led else frozenset(),
        own_team_ids=frozenset(team_id for team_id, _ in mine),
        report_ids=_reports(user.person_id, day),
        managers_see_pay=company.managers_see_pay,
        day=day,
    )


def _reports(person_id: int | None, day: date) -> frozenset[int]:
    if person_id is None:
        return frozenset()
    held = Assignment.objects.filter(queries.held_in(day), manager_id=person_id)
    return frozenset(held.values_list("person_id", flat=True))


def viewer_in(request: HttpRequest) -> Viewer:
    """The viewer of a request, made once per request."""
    known = getattr(request, "_viewer", None)
    if known is None:
        known = viewer_of(request.user)
        request._viewer = known  # type: ignore[attr-defined]  # Django's way to remember per request
    return cast(Viewer, known)


Guest = Callable[[HttpRequest], Viewer]
_guests: list[Guest] = []


def knows_guests(find: Guest) -> Guest:
    """Register who recognises somebody that is not signed in, as a screen on a wall; `find` answers
    `NOBODY` for all others. No page for signed-in people opens to such a viewer."""
    _guests.append(find)
    return find


def guest_in(request: HttpRequest) -> Viewer:
    """Who looks without being signed in; `NOBODY` for a stranger."""
    found = (find(request) for find in _guests)
    return next((viewer for viewer in found if viewer != NOBODY), NOBODY)


def actor_in(request: HttpRequest) -> User:
    """Who acts, for the services; 404 for somebody who is not signed in."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return user


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose single figures are open: everybody's, or those of `person_ids`."""

    everyone: bool = False
    person_ids: frozenset[int] = frozenset()
    totals: bool = False
    """Sums over everybody may be shown, even where single people may not."""

    def __contains__(self, person_id: int | None) -> bool:
        return person_id is not None and (self.everyone or person_id in self.person_ids)

    def limit(self, person_ids: Collection[int]) -> frozenset[int]:
        """Those of `person_ids` that are open."""
        return frozenset(one for one in person_ids if one in self)


# --- the columns of the matrix ---------------------------------------------------------------


def figures_scope(viewer: Viewer, period: Period | None = None) -> Scope:
    """Whose figures may be seen in `period` (default: the viewer's day)."""
    if viewer.is_hr or viewer.is_admin or viewer.is_executive:
        return Scope(everyone=True, totals=True)
    return Scope(person_ids=_self(viewer) | led_people(viewer, period))


def can_see_person_figures(
    viewer: Viewer, person_id: int | None, period: Period | None = None
) -> bool:
    """Whether the figures of one person may be seen (columns 1 and 2)."""
    return person_id is not None and (
        person_id == viewer.person_id or person_id in figures_scope(viewer, period)
    )


def pay_scope(viewer: Viewer, period: Period | None = None) -> Scope:
    """Whose pay may be seen (columns 3 to 5); `totals` says whether company sums may."""
    if viewer.is_hr:
        return Scope(everyone=True, totals=True)
    team = led_people(viewer, period) if viewer.managers_see_pay else frozenset()
    return Scope(person_ids=_self(viewer) | team, totals=viewer.is_executive)


def can_see_pay(viewer: Viewer, person_id: int | None, period: Period | None = None) -> bool:
    """Whether the pay of one person may be seen."""
    return person_id is not None and (
        person_id == viewer.person_id or person_id in pay_scope(viewer, period)
    )


def can_see_pay_totals(viewer: Viewer) -> bool:
    """Whether sums of pay over the company may be seen."""
    return pay_scope(viewer).totals


class Area(StrEnum):
    """What can be configured."""

    CHALLENGES = "challenges"
    OBJECTIVES = "objectives"
    PERIODS = "periods"
    PLANS = "plans"
    PEOPLE = "people"
    COMPANY = "company"
    DATA = "data"
    KPIS = "kpis"


_OF_MANAGERS = frozenset({Area.CHALLENGES, Area.OBJECTIVES})
_OF_HR = frozenset({Area.PERIODS, Area.PLANS})
# a pay period cannot be run without seeing amounts, so it is the one thing an admin lacks
_OF_ADMINS = frozenset(Area) - {Area.PERIODS}


def can_configure(
    viewer: Viewer,
    area: Area,
    *,
    person_ids: Collection[int] = (),
    team_ids: Collection[int] = (),
) -> bool:
    """Whether `area` may be changed; a manager only for people and teams that he or she leads."""
    if viewer.is_admin and area in _OF_ADMINS:
        return True
    if viewer.is_hr and area in _OF_HR:
        return True
    return (
        viewer.is_manager
        and area in _OF_MANAGERS
        and set(team_ids) <= viewer.led_team_ids
        and (not person_ids or set(person_ids) <= led_people(viewer) | _self(viewer))
    )


class Export(StrEnum):
    """What can leave the product as a file."""

    OWN_STATEMENT = "own_statement"
    TEAM_REPORT = "team_report"
    PAYROLL = "payroll"
    TOTALS = "totals"
    DATA = "data"


def can_export(viewer: Viewer, what: Export) -> bool:
    """Whether a kind of file may be taken (column 7); whose rows it has is a scope's affair."""
    match what:
        case Export.OWN_STATEMENT:
            return viewer.is_rep
        case Export.TEAM_REPORT:
            return viewer.is_manager or viewer.is_admin
        case Export.PAYROLL:
            return viewer.is_hr
        case Export.TOTALS:
            return viewer.is_hr or viewer.is_executive
        case Export.DATA:
            return viewer.is_admin


# --- people behind the scopes ----------------------------------------------------------------


def _self(viewer: Viewer) -> frozenset[int]:
    return frozenset() if viewer.person_id is None else frozenset({viewer.person_id})


@once_per_request
def led_people(viewer: Viewer, period: Period | None = None) -> frozenset[int]:
    """Who was in the led teams in `period` (default: the viewer's day), and the direct reports."""
    if not viewer.is_manager:
        return frozenset()
    when = period or viewer.day
    rows = Assignment.objects.filter(queries.held_in(when))
    of_teams = rows.filter(team_id__in=viewer.led_team_ids)
    of_mine = rows.filter(manager_id=viewer.person_id)
    return frozenset(
        of_teams.values_list("person_id", flat=True).union(
            of_mine.values_list("person_id", flat=True)
        )
    )


def leaders_of(person_ids: Collection[int], day: date) -> frozenset[int]:
    """Who leads any of these people on a day, as `led_people` sees it from the other side: heads of
    their teams and of those above, and named managers. Three queries."""
    held = Assignment.objects.filter(queries.held_in(day))
    places = list(held.filter(person_id__in=person_ids).values_list("team_id", "manager_id"))
    above = {team_id for team_id, _manager in places}
    for team in reversed(queries.team_tree()):  # children before parents
        if team.id in above and team.parent_id:
            above.add(team.parent_id)
    heads = held.filter(team_id__in=above, role__leads=True).values_list("person_id", flat=True)
    return frozenset(heads) | {manager_id for _team, manager_id in places if manager_id}


def visible_people(viewer: Viewer, period: Period | None = None) -> QuerySet[Person]:
    """The people whose figures are open to the viewer, by name."""
    scope = figures_scope(viewer, period)
    people = Person.objects.order_by("last_name", "first_name", "id")
    return people if scope.everyone else people.filter(pk__in=scope.person_ids)


def board_rows(
    viewer: Viewer, ranked: Sequence[int], period: Period | None = None
) -> frozenset[int]:
    """Which of the `ranked` people (best first) the viewer may see on a board.

    Who sees everybody's figures sees every row. Others see the top, their own row with its
    neighbours, and the people whose figures are open to them: never a public bottom.
    """
    scope = figures_scope(viewer, period)
    if scope.everyone:
        return frozenset(ranked)
    shown = set(ranked[:BOARD_TOP]) | scope.limit(ranked)
    if viewer.person_id in ranked:
        at = ranked.index(viewer.person_id)
        shown.update(ranked[max(0, at - BOARD_NEIGHBOURS) : at + BOARD_NEIGHBOURS + 1])
    return frozenset(shown)


# --- at the door -----------------------------------------------------------------------------

Kind = Literal["anyone", "rep", "manager", "hr", "admin", "executive"]
View = Callable[Concatenate[HttpRequest, ...], Any]

_KINDS: dict[Kind, Callable[[Viewer], bool]] = {
    "anyone": lambda viewer: viewer.user_id is not None,
    "rep": lambda viewer: viewer.is_rep,
    "manager": lambda viewer: viewer.is_manager,
    "hr": lambda viewer: viewer.is_hr,
    "admin": lambda viewer: viewer.is_admin,
    "executive": lambda viewer: viewer.is_executive,
}


def require(condition: object) -> None:
    """Raise `Http404` unless the condition holds."""
    if not condition:
        raise Http404


def page(allowed: Callable[[Viewer], bool]) -> Callable[[View], View]:
    """A view for signed-in people for whom `allowed(viewer)` holds; 404 for the others.

    Somebody who is not signed in is sent to the sign-in page and comes back.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            require(allowed(viewer_in(request)))
            return cast(HttpResponseBase, view(request, *args, **kwargs))

        return guarded

    return decorate


def needs(*kinds: Kind) -> Callable[[View], View]:
    """A view for people of any of the `kinds`: `@access.needs("hr", "admin")`."""
    tests = [_KINDS[kind] for kind in kinds]
    return page(lambda viewer: any(test(viewer) for test in tests))


def configures(area: Area) -> Callable[[View], View]:
    """A view for people who may configure `area` at all."""
    return page(lambda viewer: can_configure(viewer, area))


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # a fragment must not swallow the sign-in page: let the whole page go there
        response = HttpResponse(status=204)
        response["HX-Redirect"] = resolve_url("account_login")
        return response
    return redirect_to_login(request.get_full_path(), reverse("account_login"))
