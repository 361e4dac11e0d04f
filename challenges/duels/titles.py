"""What a duel is called before those whom it does not concern.

The title of a duel names the two, and its rules are written once; who wants no public rank, or
chose a nickname since, must not be named by it. The one place for it: lists, pages, seasons, the
feed, wallets, walls.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from challenges.calc import Rules
from challenges.gathering.newest_rules import newest_rules
from challenges.models import Challenge, DuelProposal, Face
from people import access
from people.access import Viewer
from people.models import Person

NEUTRAL = (("en", "Duel"), ("fr", "Duel"))


def unnamed(viewer: Viewer, challenges: Collection[Challenge]) -> frozenset[int]:
    """The duels among these whose title the viewer may not read. One query."""
    names = {one.pk: one.name for one in challenges}
    rows = DuelProposal.objects.filter(challenge_id__in=names).select_related(
        "proposer__challenge_face", "opponent__challenge_face"
    )
    return frozenset(
        duel.challenge_id
        for duel in rows
        if duel.challenge_id is not None and _is_secret(duel, names[duel.challenge_id], viewer)
    )


def _is_secret(duel: DuelProposal, title: str, viewer: Viewer) -> bool:
    two = (duel.proposer, duel.opponent)
    if viewer.person_id in {one.pk for one in two}:  # they agreed to compare themselves
        return False
    return any(_is_shy(one, title) and one.pk not in access.figures_scope(viewer) for one in two)


def _is_shy(person: Person, title: str) -> bool:
    face: Face | None = getattr(person, "challenge_face", None)
    return face is not None and (face.hidden or face.nickname not in title)


def titled(viewer: Viewer, found: Mapping[Challenge, Rules]) -> dict[int, Rules]:
    """The rules by challenge, under the titles that the viewer may read. One query with duels."""
    duels = [one for one, rules in found.items() if rules.format.key == "duel"]
    shy = unnamed(viewer, duels) if duels else frozenset()
    return {
        one.pk: replace(rules, names=NEUTRAL) if one.pk in shy else rules
        for one, rules in found.items()
    }


def rules_for(viewer: Viewer, challenge: Challenge, rules: Rules) -> Rules:
    """The rules of one challenge, as `titled`."""
    return titled(viewer, {challenge: rules})[challenge.pk]


def newest_titled(viewer: Viewer, challenges: Iterable[Challenge]) -> dict[int, Rules]:
    """The rules by challenge as they were written last, as `titled`. One query, and one with
    duels."""
    found = {one.pk: one for one in challenges}
    return titled(viewer, {found[pk]: rules for pk, rules in newest_rules(found).items()})


def public_titles(challenges: Collection[Challenge]) -> dict[int, str]:
    """By challenge what may stand where nobody knows who reads it: the stored title, but of a duel
    that people proposed the neutral one. One query."""
    duels = DuelProposal.objects.filter(challenge__in=challenges)
    agreed = set(duels.values_list("challenge_id", flat=True))
    return {one.pk: dict(NEUTRAL)["en"] if one.pk in agreed else one.name for one in challenges}
