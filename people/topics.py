"""Live topics of this room."""

from common import live
from common.numbers import whole
from people import access


@live.listens("person")
def can_listen_to_person(viewer: access.Viewer, person_id: str) -> bool:
    """Changes of one person's figures: whoever may see these figures."""
    known = whole(person_id)
    return known is not None and access.can_see_person_figures(viewer, known)
