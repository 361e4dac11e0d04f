"""Duels, praise and the feed of the demo company: of the star's team, of the last two weeks."""

from datetime import datetime, timedelta

from challenges import services as challenges
from challenges.duels import services as duels
from challenges.feed import deriving
from challenges.feed import services as feed
from challenges.feed.queries import feed_page
from cockpit.demo.notices import sign_in_of
from people.access import viewer_of
from people.models import Assignment, Person, User

CELEBRATED_FROM = 1_200_000
MINUTES = 24 * 60
DAYS_TOLD = 14
KINDS = ("bravo", "thanks", "strong")
PRAISE = (
    (2, 0, "La démo chez Altaïr", "Ta démonstration a fait basculer le comité d’achat. Chapeau !"),
    (5, 1, "Un coup de main", "Merci d’avoir repris mes rendez-vous pendant mon congé."),
    (
        9,
        2,
        "Le nouveau discours",
        "Ta façon de présenter les délais marche : je la reprends.",
    ),
)
"""How many days ago, to which colleague of the team, about what, in which words."""


def load_social(admin: User, rep: User, now: datetime) -> None:
    """House rules, three duels of the star, three words of praise, and what follows from records.

    One duel runs, one was declined, one waits for the star's answer. Deterministic.
    """
    challenges.state_house_rules(
        actor=admin, duel_reach="team", duel_points=20, duel_minutes=MINUTES,
        celebrate_from_minor=CELEBRATED_FROM,
    )  # fmt: skip
    star = rep.person
    if star is None:
        return
    mates = _mates(star, now)
    _duels(star, mates, now)
    _feed(star, mates, now)


def _mates(star: Person, now: datetime) -> list[Person]:
    """Who sells in the star's team since long ago, by number."""
    team = Assignment.objects.get(person=star, valid_to=None).team_id
    rows = Assignment.objects.filter(team_id=team, valid_to=None, role__leads=False)
    old = rows.filter(valid_from__lt=(now - timedelta(days=60)).date()).exclude(person=star)
    return [row.person for row in old.select_related("person").order_by("person__number")]


def _duels(star: Person, mates: list[Person], now: datetime) -> None:
    asked = now - timedelta(days=2)
    runs = duels.propose_duel(
        actor=None, proposer=star, opponent=mates[0], metric="revenue", days=7, wager=True,
        words="À toi de jouer !", at=asked,
    )  # fmt: skip
    duels.accept_duel(actor=None, duel_id=runs.pk, at=asked + timedelta(minutes=25))
    no = duels.propose_duel(
        actor=None, proposer=star, opponent=mates[1], metric="calls", days=3, at=asked
    )
    duels.decline_duel(
        actor=None, duel_id=no.pk, words="Pas cette semaine, je boucle deux dossiers.",
        at=asked + timedelta(hours=1),
    )  # fmt: skip
    duels.propose_duel(
        actor=None, proposer=mates[2], opponent=star, metric="meetings_held", days=3, wager=True,
        words="Qui en tient le plus d’ici jeudi ?", at=now,
    )  # fmt: skip


def _feed(star: Person, mates: list[Person], now: datetime) -> None:
    for ago, to, about, text in PRAISE:
        feed.write_praise(
            actor=None, writer=star, person=mates[to], about=about, text=text,
            at=now - timedelta(days=ago),
        )  # fmt: skip
    feed.write_praise(
        actor=None, writer=mates[0], person=star, about="Ton conseil sur les remises",
        text="J’ai tenu le prix, et le client a signé.", at=now - timedelta(days=1),
    )  # fmt: skip
    for ago in range(DAYS_TOLD, -1, -1):
        deriving.derive_deals(at=now - timedelta(days=ago))
    deriving.derive_all()  # what was signed while the demo is loaded is known after `now`
    _reactions(mates)


def _reactions(mates: list[Person]) -> None:
    """Three colleagues react to what they read of others, each in their own way."""
    for number, mate in enumerate(mates[:3]):
        user = sign_in_of(mate)
        viewer = viewer_of(user)
        page = feed_page(viewer)
        for place, event in enumerate(page.events):
            if event.person_id not in (None, mate.pk):
                feed.react(
                    actor=user, viewer=viewer, person=mate, event_id=event.pk,
                    kind=KINDS[(number + place) % len(KINDS)], wanted=True,
                )  # fmt: skip
