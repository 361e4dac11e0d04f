"""The kinds of file that this room knows how to write; that of accounts is in `accounts`, that of
the log in `records`."""

from dataclasses import replace
from datetime import tzinfo
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from activities.importing.accounts import ACCOUNTS
from activities.importing.kinds import (
    Field,
    FieldType,
    Kind,
    Load,
    MappedRow,
    Outcome,
    outcomes,
    register,
)
from activities.importing.moments import moment_of
from activities.importing.records import ACTIVITIES
from activities.importing.repeats import contradictions, refused
from activities.importing.words import PLANNED_CLOSE, SALE_NAMES, STAGE_NAMES
from activities.inputs import DealInput
from activities.models import ImportBatch
from activities.references import closest, folded
from activities.services.deals import record_deal_stages
from activities.services.products import ProductInput, known_products, load_products
from activities.texts import SHORT
from kernel.issues import N_, Invalid, Issue, Place, error, warning
from kernel.numbers import round_to
from people import queries as people
from people import services as people_services
from people.models import User

TEXT, NUMBER, DATE = FieldType.TEXT, FieldType.NUMBER, FieldType.DATE


# --- people ----------------------------------------------------------------------------------


def load_people(call: Load) -> list[Outcome]:
    """People with their teams, managers and places."""
    results = people_services.load_people(
        actor=call.actor,
        rows=[_person(row) for row in call.rows],
        batch_id=call.batch.pk,
    )
    return [
        Outcome(
            row.number,
            "corrected" if result.status == "changed" else result.status.value,
            tuple(issue.at(row.place.under(issue.place.path)) for issue in result.issues),
        )
        for row, result in zip(call.rows, results, strict=True)
    ]


def _person(row: MappedRow) -> people_services.PersonInput:
    share = row.number_of("share")
    return people_services.PersonInput(
        number=row.text("number"),
        first_name=row.text("first_name"),
        last_name=row.text("last_name"),
        name=row.text("name"),
        email=row.text("email"),
        team=row.text("team"),
        parent_team=row.text("parent_team"),
        manager=row.text("manager"),
        role=row.text("role"),
        valid_from=row.day_of("valid_from"),
        valid_to=row.day_of("valid_to"),
        share=None if share is None else Decimal(round_to(share, 4)),
        hired_on=row.day_of("hired_on"),
        left_on=row.day_of("left_on"),
        establishment=row.text("establishment"),
        contract=row.text("contract"),
        unread=row.unread,
    )


def revert_people(actor: User | None, batch: ImportBatch) -> None:
    """Take the people of an import back; `Invalid` where it changed somebody known before."""
    if batch.corrected_count:
        raise Invalid(
            error(
                "people_changed",
                N_("This import changed {count} people who were known before."),
                N_("Correct them by hand, or import a file with what they were."),
                count=batch.corrected_count,
            )
        )
    people_services.revert_people(actor=actor, batch_id=batch.pk)


PEOPLE = Kind(
    "people",
    _("People"),
    (
        Field("number", also=("matricule", "employee number", "employee id", "id"), longest=40),
        Field("first_name", also=("prénom", "prenom", "firstname", "given name"), longest=100),
        Field("last_name", also=("nom", "lastname", "surname", "nom de famille"), longest=100),
        Field(
            "name",
            also=("nom complet", "full name", "sales agent", "commercial", "rep"),
            longest=100,
        ),
        Field("email", also=("e mail", "mail", "courriel", "adresse e mail"), longest=254),
        Field("team", also=("équipe", "equipe", "regional office", "agence"), longest=SHORT),
        Field(
            "parent_team", also=("région", "region", "parent team", "équipe parente"), longest=SHORT
        ),
        Field("manager", also=("responsable", "supérieur", "chef"), longest=100),
        Field("role", also=("rôle", "fonction", "poste", "job")),
        Field("share", NUMBER, also=("temps de travail", "taux", "fte", "etp")),
        Field("valid_from", DATE, also=("depuis", "since", "début", "start")),
        Field("valid_to", DATE, also=("until", "fin", "end")),
        Field("hired_on", DATE, also=("embauche", "date d'embauche", "hire date")),
        Field("left_on", DATE, also=("départ", "date de départ", "leave date")),
        Field(
            "establishment",
            also=("établissement", "etablissement", "company code", "siret"),
            longest=40,
        ),
        Field("contract", also=("contrat", "numéro de contrat", "contract number"), longest=40),
    ),
    load_people,
    needs_together=(
        ("", ("number", "name", "last_name", "email")),
        ("team", ("role",)),
        ("team", ("valid_from", "hired_on")),
    ),
    stand_ins={
        "number": ("name", "last_name", "email"),
        "last_name": ("name",),
        "valid_from": ("hired_on",),
    },
    revert=revert_people,
)


# --- products --------------------------------------------------------------------------------


def load_product_rows(call: Load) -> list[Outcome]:
    """Products with series and list price, which is in the company's currency."""
    results = load_products(
        actor=call.actor,
        rows=[
            ProductInput(
                name=row.text("name"),
                key=row.text("key"),
                series=row.text("series"),
                list_price=row.number_of("list_price"),
                place=row.place,
                unread=row.unread,
            )
            for row in call.rows
        ],
        batch=call.batch,
    )
    repeated = contradictions(call.rows, "key", "name", same=folded)
    return refused(outcomes(call.rows, results), repeated)


PRODUCTS = Kind(
    "products",
    _("Products"),
    (
        Field("key", also=("code", "référence", "reference", "sku"), longest=SHORT),
        Field("name", required=True, also=("product", "produit", "nom"), longest=SHORT),
        Field("series", also=("série", "gamme", "famille", "family", "category"), longest=100),
        Field("list_price", NUMBER, also=("sales price", "price", "prix", "prix catalogue")),
    ),
    load_product_rows,
)


# --- deals -----------------------------------------------------------------------------------


def load_deals(call: Load) -> list[Outcome]:
    """Deals as they stand now; the same file again changes nothing."""
    zone = people.company().tz
    alike = _missing_products(call) if "product" in call.create_missing else {}
    repeated = contradictions(call.rows, "external_id")
    results = record_deal_stages(
        actor=call.actor,
        source=call.source,
        deals=[
            _deal(row, zone, row.unread if index not in repeated else row.unread | {"external_id"})
            for index, row in enumerate(call.rows)
        ],
        batch=call.batch,
    )
    return [
        replace(one, issues=(*one.issues, *alike.get(one.number, ())))
        for one in refused(outcomes(call.rows, results), repeated)
    ]


# what the service calls a field, where the file's field has another name
_MOMENTS = {
    "engaged_on": "engaged_at",
    "proposed_on": "proposed_at",
    "closed_on": "closed_at",
    "cancelled_on": "cancelled_at",
}


def _deal(row: MappedRow, zone: tzinfo, unread: frozenset[str]) -> DealInput:
    return DealInput(
        external_id=row.text("external_id"),
        stage=row.text("stage"),
        owner=row.text("owner"),
        name=row.text("name"),
        account=row.text("account"),
        product=row.text("product"),
        amount=row.number_of("amount"),
        currency=row.text("currency"),
        margin=row.number_of("margin"),
        sale=row.text("sale"),
        engaged_at=moment_of(row.date_of("engaged_on"), zone),
        proposed_at=moment_of(row.date_of("proposed_on"), zone),
        closed_at=moment_of(row.date_of("closed_on"), zone),
        cancelled_at=moment_of(row.date_of("cancelled_on"), zone),
        planned_close_on=row.day_of("planned_close_on"),
        place=row.place,
        unread=frozenset(_MOMENTS.get(name, name) for name in unread) if unread else unread,
    )


def _missing_products(call: Load) -> dict[int, tuple[Issue, ...]]:
    """Make the products that nobody knows; warn where one looks like a known one."""
    known = known_products()
    names = {folded(name) for name in known}
    missing: dict[str, MappedRow] = {}
    for row in call.rows:
        product = row.text("product")
        if product and folded(product) not in names:
            missing.setdefault(product, row)
    load_products(
        actor=call.actor,
        rows=[ProductInput(name=name, place=row.place) for name, row in missing.items()],
        batch=call.batch,
    )
    return {
        row.number: (_made_product(name, closest(name, known), row.place),)
        for name, row in missing.items()
    }


def _made_product(name: str, match: str, place: Place) -> Issue:
    if match:
        return warning(
            "product_looks_alike",
            N_('The product "{found}" is new, and looks like "{closest}".'),
            N_('If they are the same, map it: values: product: "{found}": "{closest}".'),
            place.under("product"),
            found=name,
            closest=match,
        )
    return warning(
        "product_made",
        N_('The product "{found}" is new and has no list price.'),
        N_("Import the products first, if they have a series and a list price."),
        place.under("product"),
        found=name,
    )


DEALS = Kind(
    "deals",
    _("Deals"),
    (
        Field("external_id", required=True, also=("id", "opportunity id", "deal id", "n°")),
        Field("owner", required=True, also=("sales agent", "commercial", "vendeur", "person")),
        Field("stage", required=True, also=("deal stage", "étape", "statut"), known=STAGE_NAMES),
        Field("name", also=("nom", "opportunity", "affaire", "deal"), longest=SHORT),
        Field("product", also=("produit",), longest=SHORT),
        Field(
            "account", also=("compte", "client", "customer", "company", "société"), longest=SHORT
        ),
        Field("engaged_on", DATE, also=("engage date", "date d'engagement", "created", "créé le")),
        Field("proposed_on", DATE, also=("proposal date", "date de proposition")),
        Field("closed_on", DATE, also=("close date", "date de clôture", "closed", "signé le")),
        Field("cancelled_on", DATE, also=("cancel date", "date d'annulation", "annulé le")),
        Field("planned_close_on", DATE, also=PLANNED_CLOSE),
        Field("amount", NUMBER, also=("close value", "montant", "valeur", "value")),
        Field("currency", also=("devise", "monnaie")),
        Field("margin", NUMBER, also=("marge", "gross margin", "marge brute")),
        Field("sale", also=("type de vente", "sale type"), known=SALE_NAMES),
    ),
    load_deals,
    creates=("product",),
    needs_together=(("amount", ("currency",)), ("margin", ("currency",))),
)


def register_all() -> None:
    """Called once, when the room is ready."""
    for kind in (PEOPLE, PRODUCTS, ACCOUNTS, DEALS, ACTIVITIES):
        register(kind)
