"""What the demo company sells, and to whom."""

from dataclasses import dataclass

SEED = 1903
PORTFOLIO = 36
"""Accounts of an account manager, stores of a field rep."""
OWN_ACCOUNT = " (siège)"
"""How the accounts of account managers end."""


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

# who has not bought yet when the year begins: every now and then one of them becomes a customer
_HOUSES = ("Atelier", "Maison", "Galerie", "Archives", "Cabinet", "Agence", "Musée", "Lycée",
           "Clinique", "Domaine", "Hôtel", "Bureau")  # fmt: skip
_TOWNS = (
    "d'Arras", "de Lens", "d'Amiens", "de Rouen", "du Havre", "de Caen", "de Brest", "de Quimper",
    "de Vannes", "de Lorient", "de Laval", "du Mans", "d'Angers", "de Tours", "d'Orléans",
    "de Chartres", "de Reims", "de Troyes", "de Metz", "de Nancy", "d'Épinal", "de Colmar",
    "de Dijon", "de Beaune", "de Dole", "d'Annecy", "de Chambéry", "de Grenoble", "de Valence",
    "de Privas", "d'Avignon", "d'Arles", "de Toulon", "de Nice", "d'Antibes", "de Nîmes",
    "de Béziers", "de Narbonne", "de Perpignan", "de Foix", "de Pau", "de Bayonne", "d'Agen",
    "de Cahors", "de Rodez", "d'Albi", "de Castres", "d'Aurillac", "de Tulle", "de Limoges",
    "de Poitiers", "de Niort", "de La Rochelle", "de Saintes", "de Cognac", "de Bordeaux",
    "d'Arcachon", "de Bergerac", "de Moulins", "de Vichy",
)  # fmt: skip
PROSPECTS = tuple(f"{house} {town}" for town in _TOWNS for house in _HOUSES)
STORES = tuple(
    f"{sign} {town}" for sign in ("Grand Plume", "Papier & Cie", "L'Encrier") for town in _TOWNS
)


_SEGMENTS = {
    "Imprimeurs": ("Imprimerie", "Cartonnages"),
    "Librairies et papeteries": ("Librairie", "Papeterie"),
    "Éditeurs": ("Éditions", "Studio"),
    "Relieurs": ("Reliure", "Atelier"),
    "Institutions": ("Archives", "Musée", "Lycée", "Clinique"),
    "Entreprises": ("Maison", "Galerie", "Cabinet", "Agence", "Domaine", "Hôtel", "Bureau"),
    "Grandes surfaces": ("Grand Plume", "Papier & Cie", "L'Encrier"),
}


def segment_of(account: str) -> str:
    """What kind of customer an account is, by what its name begins with."""
    found = (one for one, names in _SEGMENTS.items() if account.startswith(names))
    return next(found, "")


def portfolio_of(role: str, number: str) -> tuple[str, ...]:
    """The accounts of an account manager, the stores of a field rep: nobody else's."""
    seat = int(number[1:]) // 2
    if role == "field":
        return STORES[seat * PORTFOLIO :][:PORTFOLIO]
    return tuple(name + OWN_ACCOUNT for name in ACCOUNTS[seat * PORTFOLIO :][:PORTFOLIO])
