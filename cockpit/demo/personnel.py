"""What only HR knows of the people of the demo company: sex and base salary, for HR's reports."""

from decimal import Decimal

from cockpit.demo.cast import Character
from incentives.services.personnel import load_personnel
from people.models import User

WOMEN = {
    "Léa", "Inès", "Chloé", "Manon", "Camille", "Sarah", "Emma", "Jade", "Zoé", "Lina", "Anaïs",
    "Eva", "Rose", "Louna", "Mila", "Julia", "Alice", "Nina", "Romane", "Agathe", "Clara",
    "Lucie", "Margaux", "Élise", "Capucine", "Maëlys", "Faustine",
    "Hélène", "Mireille", "Claire", "Soizic", "Nadia", "Élodie",
}  # fmt: skip
FULL_TIME = {"sdr": 1_900, "field": 2_150, "am": 2_300, "ae": 2_450, "manager": 3_050,
             "director": 5_200}  # fmt: skip
"""Monthly base pay in euros of somebody who has just begun, at full time."""
STEPS = {"sdr": 25, "field": 30, "am": 35, "ae": 40, "manager": 60, "director": 120}
"""What the base pay of a role grows by, from one person to the next better paid one."""
PLACES = 7


def load_base_pay(hr: User, people: list[Character]) -> None:
    """Hand HR's file of everybody over, as HR would paste it; the same every time."""
    lines = ["number;sex;salary;from", *(_line(place, one) for place, one in enumerate(people))]
    load_personnel(actor=hr, text="\n".join(lines))


def _line(place: int, one: Character) -> str:
    sex = "F" if one.first_name in WOMEN else "M"
    grown = STEPS[one.role] * (place * 3 % PLACES)
    salary = (FULL_TIME[one.role] + grown) * Decimal(one.share)
    return f"{one.number};{sex};{salary:.2f};{one.joined_on.isoformat()}"
