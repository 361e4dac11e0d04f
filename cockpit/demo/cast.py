"""The people of the demo company, and the story that each of them is there to tell."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

COMPANY = "Atelier Vélin"
DOMAIN = "velin.example"


class Story(StrEnum):
    """What the figures of a person show."""

    STEADY = "steady"
    STAR = "star"
    RISER = "riser"
    FALLER = "faller"
    NEWCOMER = "newcomer"
    PART_TIMER = "part_timer"
    LEAVER = "leaver"
    TWIN = "twin"


@dataclass(frozen=True, slots=True)
class Character:
    """One person; `skill` is around 100 and scales what they achieve."""

    number: str
    first_name: str
    last_name: str
    role: str
    team: str
    region: str
    manager: str
    story: Story
    skill: int
    share: Decimal
    joined_on: date
    left_on: date | None = None

    @property
    def email(self) -> str:
        plain = str.maketrans("éèêëàâïîôûüçÉ '", "eeeeaaiiouucE--")
        return f"{self.first_name}.{self.last_name}@{DOMAIN}".translate(plain).lower()


REGIONS: dict[str, tuple[str, ...]] = {
    "Nord": ("Lille", "Paris Est", "Paris Ouest"),
    "Ouest": ("Nantes", "Rennes"),
    "Sud": ("Lyon", "Marseille", "Toulouse"),
}
TEAMS = tuple((team, region) for region, teams in REGIONS.items() for team in teams)
DIRECTORS = {"Nord": "Hélène Vasseur", "Ouest": "Gaël Le Bihan", "Sud": "Mireille Aubanel"}
MANAGERS = (
    "Karim Bensaïd", "Claire Fontaine", "Olivier Marchand", "Soizic Kermarrec",
    "Yann Guillou", "Nadia Perrin", "Bastien Olive", "Élodie Castan",
)  # fmt: skip
ROLES_OF_A_TEAM = ("ae", "ae", "ae", "ae", "sdr", "sdr")
FIRST = (
    "Léa", "Hugo", "Inès", "Lucas", "Chloé", "Nathan", "Manon", "Enzo", "Camille", "Jules",
    "Sarah", "Louis", "Emma", "Gabriel", "Jade", "Arthur", "Zoé", "Adam", "Lina", "Tom",
    "Anaïs", "Maxime", "Eva", "Théo", "Rose", "Paul", "Louna", "Noé", "Mila", "Victor",
    "Julia", "Samuel", "Alice", "Raphaël", "Nina", "Ethan", "Romane", "Antoine", "Agathe", "Rayan",
    "Clara", "Mathis", "Lucie", "Simon", "Margaux", "Axel", "Élise", "Kylian",
)  # fmt: skip
LAST = (
    "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Richard", "Petit", "Durand", "Leroy",
    "Moreau", "Simon", "Laurent", "Lefebvre", "Michel", "Garcia", "David", "Bertrand", "Roux",
    "Vincent", "Fournier", "Morel", "Girard", "Andre", "Mercier", "Dupont", "Lambert", "Bonnet",
    "François", "Martinez", "Legrand", "Garnier", "Faure", "Rousseau", "Blanc", "Guérin", "Muller",
    "Henry", "Roussel", "Nicolas", "Perrot", "Morin", "Mathieu", "Clément", "Gauthier", "Dumont",
    "Lopez", "Chevalier", "Robin",
)  # fmt: skip
# who looks after customers and stores: name, role, team
SPECIALISTS = (
    ("Capucine Berger", "am", "Lille"), ("Titouan Caron", "field", "Paris Est"),
    ("Maëlys Rivière", "am", "Nantes"), ("Gwenaël Prigent", "field", "Rennes"),
    ("Faustine Arnal", "am", "Lyon"), ("Marius Escoffier", "field", "Marseille"),
)  # fmt: skip
# by place in the order of hiring: who tells which story
STORIES = {
    0: Story.STAR, 2: Story.RISER, 7: Story.FALLER, 9: Story.NEWCOMER,
    13: Story.PART_TIMER, 19: Story.LEAVER, 24: Story.TWIN, 31: Story.TWIN,
}  # fmt: skip

# a story is told by its course, so these begin from the same level
SKILLS = {Story.STAR: 150, Story.RISER: 105, Story.FALLER: 105, Story.NEWCOMER: 95}


def cast(today: date) -> list[Character]:
    """Everybody, directors and managers first; places relative to `today`, the same each time."""
    start = date(today.year - 1, today.month, 1)
    people = [
        Character(f"D{number}", *_split(name), "director", region, "", "", Story.STEADY, 100,
                  Decimal(1), start - timedelta(days=900))
        for number, (region, name) in enumerate(DIRECTORS.items(), 1)
    ]  # fmt: skip
    for place, (team, region) in enumerate(TEAMS):
        people.append(
            Character(f"M{place + 1:02}", *_split(MANAGERS[place]), "manager", team, region,
                      f"D{list(REGIONS).index(region) + 1}", Story.STEADY, 100, Decimal(1),
                      start - timedelta(days=600 + 20 * place))
        )  # fmt: skip
    people += [_seller(place, today, start) for place in range(len(TEAMS) * len(ROLES_OF_A_TEAM))]
    people += [_specialist(place, start) for place in range(len(SPECIALISTS))]
    return people


def _specialist(place: int, start: date) -> Character:
    name, role, team = SPECIALISTS[place]
    at = next(number for number, (one, _) in enumerate(TEAMS) if one == team)
    return Character(f"W{place + 1:02}", *_split(name), role, team, TEAMS[at][1], f"M{at + 1:02}",
                     Story.STEADY, 92 + 7 * place, Decimal(1),
                     start - timedelta(days=200 + 45 * place))  # fmt: skip


def _split(name: str) -> tuple[str, str]:
    first, last = name.split(" ", 1)
    return first, last


def _seller(place: int, today: date, start: date) -> Character:
    at, seat = divmod(place, len(ROLES_OF_A_TEAM))
    team, region = TEAMS[at]
    story = STORIES.get(place, Story.STEADY)
    joined = start - timedelta(days=30 + 37 * (place % 23))
    left = None
    if story is Story.NEWCOMER:
        joined = _month_start(today, -2)
    if story is Story.LEAVER:
        left = _month_start(today, -1) + timedelta(days=16)
    return Character(
        number=f"V{place + 1:03}",
        first_name=FIRST[place],
        last_name=LAST[(place * 5 + 3) % len(LAST)],
        role=ROLES_OF_A_TEAM[seat],
        team=team,
        region=region,
        manager=f"M{at + 1:02}",
        story=story,
        skill=SKILLS.get(story, 78 + (place * 29) % 47),
        share=Decimal("0.6") if story is Story.PART_TIMER else Decimal(1),
        joined_on=joined,
        left_on=left,
    )


def _month_start(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


month_start = _month_start
