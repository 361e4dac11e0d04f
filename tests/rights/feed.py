"""Addresses of the feed: Rémi of North, led by Marc, praises Léa."""

from collections.abc import Mapping

from challenges.feed import services
from challenges.models import Praise
from kpis.services import load_dictionary
from tests.rights import everyone, only
from tests.world import World


def praised(world: World) -> Praise:
    load_dictionary()
    return Praise.objects.first() or services.write_praise(
        actor=None, writer=world.people["rémi"], person=world.people["léa"],
        about="A hand", text="It helped.",
    )  # fmt: skip


def praising(world: World) -> Mapping[str, object]:
    return {"praise_id": praised(world).pk}


def reacting(world: World) -> Mapping[str, object]:
    return {"event_id": praised(world).event.pk, "kind": "bravo"}


PAGES = {
    "challenges:feed": everyone(),
    "challenges:feed_short": everyone(),
    "challenges:celebrate": everyone(status=405),
    "challenges:praise": only("rep", "manager"),
    # only Rémi's, who wrote it
    "challenges:praise_withdraw": only(kwargs=praising),
    "challenges:praise_hide": only("manager", "admin", kwargs=praising),
    # not Léa's: it is about her
    "challenges:react": only("manager", status=405, kwargs=reacting),
}
