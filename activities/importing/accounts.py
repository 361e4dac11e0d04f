"""Files of accounts: what customers are called, and of which segment they are."""

from django.utils.translation import gettext_lazy as _

from activities.importing.kinds import Field, Kind, Load, Outcome, outcomes
from activities.importing.repeats import contradictions, refused
from activities.services.accounts import AccountInput, load_accounts
from activities.texts import SHORT

LONGEST_SEGMENT = 100


def load_account_rows(call: Load) -> list[Outcome]:
    """Accounts with name and segment; the same file again changes nothing."""
    results = load_accounts(
        actor=call.actor,
        rows=[
            AccountInput(
                key=row.text("key"),
                name=row.text("name"),
                segment=row.text("segment"),
                place=row.place,
                unread=row.unread,
            )
            for row in call.rows
        ],
        batch=call.batch,
    )
    return refused(outcomes(call.rows, results), contradictions(call.rows, "key", "name"))


ACCOUNTS = Kind(
    "accounts",
    _("Accounts"),
    (
        Field(
            "key",
            also=(
                "id", "account id", "account key", "account number", "customer id",
                "customer number", "code", "code client", "numéro client", "numéro de client",
                "n° client", "identifiant", "référence", "reference",
            ),
            longest=SHORT,
        ),
        Field(
            "name",
            also=(
                "account", "account name", "customer", "customer name", "company", "company name",
                "client", "compte", "nom", "nom du client", "nom du compte", "société",
                "raison sociale",
            ),
            longest=SHORT,
        ),
        Field(
            "segment",
            also=(
                "customer segment", "sector", "industry", "category", "segment client",
                "secteur", "secteur d'activité", "catégorie", "type de client",
            ),
            longest=LONGEST_SEGMENT,
        ),
    ),
    load_account_rows,
    needs_together=(("", ("key", "name")),),
    stand_ins={"key": ("name",)},
)  # fmt: skip
