"""What the demo company sells, and to whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """A product with its list price in euros."""

    key: str
    name: str
    series: str
    price: int


OFFERS = (
    Offer("carnet", "Carnet relié", "Papier", 900),
    Offer("registre", "Registre d'atelier", "Papier", 2_400),
    Offer("presse", "Presse de table", "Machines", 7_800),
    Offer("massicot", "Massicot pro", "Machines", 14_500),
    Offer("entretien", "Contrat d'entretien", "Services", 3_200),
    Offer("formation", "Formation reliure", "Services", 1_600),
)

_TRADES = ("Imprimerie", "Librairie", "Papeterie", "Reliure", "Éditions", "Cartonnages", "Studio")
_PLACES = (
    "du Marais", "des Halles", "Saint-Jean", "de la Loire", "Bellevue", "du Vieux-Port",
    "des Carmes", "de l'Erdre", "Montplaisir", "du Canal", "Les Tilleuls", "de Bretagne",
    "du Capitole", "Croix-Rousse", "des Flandres", "du Palais", "La Fabrique", "des Alpes",
    "Sainte-Anne", "du Parc",
)  # fmt: skip
ACCOUNTS = tuple(f"{trade} {place}" for place in _PLACES for trade in _TRADES)
