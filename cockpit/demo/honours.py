"""Badges and jerseys of the demo company's last months, looked at week by week as it went."""

from datetime import datetime, timedelta

from challenges.badges import services as badges
from challenges.badges.queries import badge_named
from cockpit.demo.events import WEEKS
from people.models import Person, User

WORDS = (
    # giver, badge, receiver, weeks ago, sentence
    ("manager", "manager-salute", "rep", 1,
     "Trois relances sur Altaïr sans lâcher, et c'est signé. Bravo."),
    ("rep", "helping-hand", "rep, new", 2,
     "Il a repris ma démonstration au pied levé, le client n'a rien vu."),
    ("rep, new", "helping-hand", "rep", 5,
     "Elle m'a laissé sa fiche de questions, j'ai gagné une semaine."),
)  # fmt: skip


def load_honours(users: dict[str, User], now: datetime) -> None:
    """As if the product had been there since the summer: each look knows what was known then."""
    looks = [now - timedelta(weeks=ago) for ago in range(WEEKS, 0, -1)]
    for ago, at in zip(range(WEEKS, -1, -1), [*looks, now], strict=True):
        badges.award_all(at=at)
        badges.sign_due_months(at=at)
        for giver, badge, receiver, when, sentence in WORDS:
            person = users[receiver].person
            if when == ago and person is not None:
                _give(users[giver], badge, person, sentence, at)


def _give(actor: User, badge: str, person: Person, sentence: str, at: datetime) -> None:
    badges.give_badge(
        actor=actor, badge=badge_named(badge), person=person, sentence=sentence,
        is_manager=badge.startswith("manager"), at=at,
    )  # fmt: skip
