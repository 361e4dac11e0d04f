"""Whose badges and jerseys somebody may see: one place for pages, feeds and other rooms."""

from django.db.models import Q, QuerySet

from challenges.models import BadgeAward, Face
from common.memo import once_per_request
from people import access, queries
from people.access import Viewer
from people.models import Person


@once_per_request
def colleagues(viewer: Viewer) -> frozenset[int]:
    """Who holds a place in the viewer's own teams (and below) on the viewer's day. Two queries."""
    if not viewer.own_team_ids:
        return frozenset()
    return frozenset(row.person_id for row in queries.people_on(viewer.day, viewer.own_team_ids))


@once_per_request
def hidden_people() -> frozenset[int]:
    """Who wants no public rank. One query."""
    return frozenset(Face.objects.filter(hidden=True).values_list("person_id", flat=True))


def visible_owners(viewer: Viewer, rows: QuerySet[BadgeAward]) -> QuerySet[BadgeAward]:
    """The awards of those whose badges the viewer may see: the own ones, those of people whose
    figures are open, and those of colleagues who do not object to a public rank."""
    if viewer.user_id is None:
        return rows.none()
    scope = access.figures_scope(viewer)
    if scope.everyone:
        return rows
    public = Q(person_id__in=colleagues(viewer) - hidden_people())
    return rows.filter(public | Q(person_id__in=scope.person_ids))


def shown_name(viewer: Viewer, person: Person) -> tuple[str, str]:
    """Name and initials as the viewer reads them: the nickname, unless the figures are open.
    One query for each person, none when `challenge_face` is selected with them."""
    face = getattr(person, "challenge_face", None)
    if face is None or not face.nickname or person.pk in access.figures_scope(viewer):
        return person.name, person.initials
    return face.nickname, face.nickname[:2].upper()


def can_see_badges(viewer: Viewer, person: Person) -> bool:
    """Whether the viewer may open a person's badges."""
    if viewer.user_id is None:
        return False
    if person.pk in access.figures_scope(viewer):
        return True
    return person.pk in colleagues(viewer) - hidden_people()
