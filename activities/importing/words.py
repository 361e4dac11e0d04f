"""What columns and cells of files are called, in French and English."""

from activities.choices import Sale, Stage
from activities.references import folded

_STAGES = {
    Stage.PROSPECTING: ("prospecting", "prospection", "prospect", "lead", "new", "nouveau"),
    Stage.ENGAGING: ("engaging", "engaged", "engagement", "qualification", "open", "en cours"),
    Stage.PROPOSAL: ("proposal", "proposition", "quote", "devis", "negotiation", "négociation"),
    Stage.WON: ("won", "closed won", "gagné", "gagnée", "signé", "signée"),
    Stage.LOST: ("lost", "closed lost", "perdu", "perdue"),
    Stage.CANCELLED: ("cancelled", "canceled", "annulé", "annulée"),
}
STAGE_NAMES = {folded(name): stage.value for stage, names in _STAGES.items() for name in names}
_SALES = {
    Sale.NEW: ("new", "nouveau", "nouvelle", "new business"),
    Sale.UPSELL: ("upsell", "up-sell", "montée en gamme"),
    Sale.CROSS_SELL: ("cross_sell", "cross-sell", "cross sell", "vente croisée"),
}
SALE_NAMES = {folded(name): sale.value for sale, names in _SALES.items() for name in names}
ENTRY_NAMES = {
    "record": "record",
    "enregistrement": "record",
    "correction": "correction",
    "cancellation": "cancellation",
    "annulation": "cancellation",
}
YES_NO = {
    **dict.fromkeys(("true", "yes", "y", "oui", "o", "vrai", "1"), "true"),
    **dict.fromkeys(("false", "no", "n", "non", "faux", "0"), "false"),
}
PLANNED_CLOSE = (
    "planned close", "planned close date", "planned closing date", "expected close",
    "expected close date", "expected closing date", "estimated close date",
    "forecast close date", "clôture prévue", "clôture prévue le", "date de clôture prévue",
    "date de clôture estimée", "signature prévue", "date de signature prévue",
    "date prévisionnelle", "échéance",
)  # fmt: skip
