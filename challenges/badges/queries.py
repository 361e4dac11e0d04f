"""What pages and other rooms may ask of badges; read only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, DateTimeField, OuterRef, QuerySet, Subquery

from challenges.badges.visibility import shown_name, visible_owners
from challenges.models import Badge, BadgeAward, BadgeMove
from common.labels import label
from people.access import Viewer


def badge_named(key: str) -> Badge:
    """The badge of a key; `Badge.DoesNotExist` when there is none."""
    return Badge.objects.get(key=key)


def with_state(awards: QuerySet[BadgeAward] | None = None) -> QuerySet[BadgeAward]:
    """Awards with `last_move` (empty while none) and `moved_at`, from their last moves."""
    last = BadgeMove.objects.filter(award=OuterRef("pk")).order_by("-number")
    rows = BadgeAward.objects.all() if awards is None else awards
    return rows.annotate(
        last_move=Subquery(last.values("kind")[:1], output_field=CharField()),
        moved_at=Subquery(last.values("at")[:1], output_field=DateTimeField()),
    )


def is_taken_back(award: BadgeAward) -> bool:
    """Whether an award of `with_state` was taken back and not given back since."""
    return bool(getattr(award, "last_move", None) == BadgeMove.Kind.TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class BadgePoints:
    """The points of one award; `source` is the same for ever, whatever becomes of it."""

    source: str
    person_id: int
    points: int
    awarded_at: datetime
    taken_back_at: datetime | None


def badge_points(award_ids: Collection[int] | None = None) -> list[BadgePoints]:
    """The points of all awards (of these) that carry any, in the order in which they came. One
    query.

    What was taken back says since when; once it is given back it says nothing again.
    """
    rows = with_state().filter(points__gt=0).select_related("badge").order_by("id")
    if award_ids is not None:
        rows = rows.filter(pk__in=award_ids)
    return [
        BadgePoints(
            source_of(row),
            row.person_id,
            row.points,
            row.awarded_at,
            getattr(row, "moved_at", None) if is_taken_back(row) else None,
        )
        for row in rows
    ]


def source_of(award: BadgeAward) -> str:
    """The name of an award for other rooms: badge, person and period."""
    return f"badge:{award.badge.key}:{award.person_id}:{award.valid_from.isoformat()}"


@dataclass(frozen=True, slots=True)
class RecentAward:
    """A badge that somebody has, as a feed shows it; `person` is the name that the viewer reads,
    `given_by` and `sentence` are set when it was given.

    `source` is as in `BadgePoints`.
    """

    source: str
    person_id: int
    person: str
    badge_key: str
    name_fr: str
    name_en: str
    art: str
    points: int
    awarded_at: datetime
    given_by: str
    sentence: str

    @property
    def name(self) -> str:
        """The badge's label in the active language."""
        return label(self.name_fr, self.name_en)


def recent_awards(viewer: Viewer, since: datetime) -> list[RecentAward]:
    """Badges awarded since a moment and not taken back, of people whom the viewer may see with
    badges (`visibility.visible_owners`), newest first."""
    rows = with_state().filter(awarded_at__gte=since)
    rows = rows.select_related("badge", "person__challenge_face", "given_by__person")
    found = visible_owners(viewer, rows).order_by("-awarded_at", "-id")
    return [
        RecentAward(
            source_of(row),
            row.person_id,
            shown_name(viewer, row.person)[0],
            row.badge.key,
            row.badge.name_fr,
            row.badge.name_en,
            row.badge.art,
            row.points,
            row.awarded_at,
            row.given_by.name if row.given_by else "",
            row.sentence,
        )
        for row in found
        if not is_taken_back(row)
    ]
